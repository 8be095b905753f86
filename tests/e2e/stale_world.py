"""The world of bench/stale.py and of stale_test.py: a server on a folder of its own, and a node of ada's that cy may
sometimes read."""

import json
import pathlib
import sys

import stewardry

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "bench"))
import stale  # noqa: E402


def make(folder):
    folder = pathlib.Path(folder)
    maker = stewardry.TestCase()
    maker.folder = folder
    server = stewardry.Server(folder / "data")
    maker.import_directory(server, stewardry.directory())
    server.start()
    account = maker.account(server)
    node = maker.node(server, account)

    def directory(member):
        bits = {"ada": 32, "ben": 16, "dee": 8, "gus": 1}
        whole = stewardry.directory({**bits, "cy": 8} if member else bits, team=())
        return json.loads(json.dumps(whole))

    world = stale.World(
        server.port,
        {"owner": server.token("ada"), "reader": server.token("cy"), "operator": server.token("ops")},
        node,
        stewardry.user("cy"),
        stewardry.WORKSPACE,
        directory,
    )
    return server, world
