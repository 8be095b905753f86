"""A grant that was taken back is refused by the next request, while others read and write: bench/stale.py in short."""

import stewardry
import stale_world
import stale

SECONDS, READERS = 3, 8


class Stale(stewardry.TestCase):
    def test_no_answer_is_older_than_the_last_change(self):
        server, world = stale_world.make(self.folder)
        self.addCleanup(server.close)
        found = stale.watch(world, SECONDS, READERS)
        print({**found, "stale": len(found["stale"])})
        self.assertEqual(found["stale"], [])
        self.assertGreater(found["changes"], 2 * len(world.ways), "every way was gone")
        self.assertGreater(found["judged"], 0)

    def test_a_stale_answer_would_be_found(self):
        """The same with a server that, for the readers, always answers what was true at the beginning."""
        server, world = stale_world.make(self.folder)
        self.addCleanup(server.close)
        unmoved = world.sees
        world.sees = lambda *of: unmoved(*of) and False
        self.assertNotEqual(stale.watch(world, 0.5, 2)["stale"], [])


if __name__ == "__main__":
    stewardry.main()
