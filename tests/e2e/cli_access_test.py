"""Who may what and why, as the command line tells it."""

import json

import cli_case
import stewardry
from cli_case import FORBIDDEN, NO, NOT_FOUND, USAGE
from stewardry import user


class Access(cli_case.CliCase):
    def test_why_not(self):
        server = self.world()
        self.lab(server)
        told = self.text("ada", "access", "why", "--user", "ben", "--node", "gpu-1")
        first = told.splitlines()[0]
        self.assertTrue(first.startswith("Ben may not read gpu-1: "), told)
        self.assertIn("✗", told)
        self.assertIn("\n├─ ", told)
        self.assertIn("\n└─ ", told)
        self.assertIn("What would change it: ", told)
        self.assertIn("Ada Lovelace", told.split("What would change it")[1])
        self.assertNotIn("N:user:", told, "names where ids are known")

    def test_operators_see_names_too(self):
        server = self.world()
        uuid = self.lab(server)
        told = self.text("ops", "access", "why", "--user", user("ben"), "--node", uuid)
        self.assertTrue(told.startswith("Ben may not read " + uuid + ": "), told)
        self.assertIn("Ada Lovelace", told)
        self.assertNotIn("N:user:", told)

    def test_refusals_have_names(self):
        server = self.world()
        self.lab(server)
        self.text("ada", "nodes", "share", "gpu-1", "--user", "cy")
        told = self.refused("cy", "nodes", "delete", "gpu-1", "--yes", code=FORBIDDEN)
        self.assertIn("Ada Lovelace", told)
        self.assertNotIn("N:user:", told)

    def test_why(self):
        server = self.world()
        self.lab(server)
        told = self.text("ada", "access", "why", "--node", "gpu-1", "--action", "delete")
        self.assertTrue(told.startswith("You may delete gpu-1: "), told)
        self.assertIn("✓", told)
        self.assertNotIn("What would change it", told)
        every = self.text("ada", "access", "why", "--node", "gpu-1", "--action", "all")
        self.assertEqual(every.count("You may "), 7, every)

    def test_in_ascii_and_in_narrow_terminals(self):
        server = self.world()
        self.lab(server)
        plain = self.text("ada", "access", "why", "--user", "ben", "--node", "gpu-1", LC_ALL="C")
        self.assertTrue(plain.isascii(), plain)
        self.assertIn("[no] ", plain)
        narrow = self.text("ada", "access", "why", "--user", "ben", "--node", "gpu-1", COLUMNS="40")
        for line in narrow.splitlines():
            self.assertLessEqual(cli_case.columns_of(line), 40, line)

    def test_why_as_json_is_what_the_server_says(self):
        server = self.world()
        uuid = self.lab(server)
        told = self.json("ada", "access", "why", "--user", "ben", "--node", "gpu-1")
        self.assertEqual((told["nodeUuid"], told["userId"], told["allowed"]), (uuid, user("ben"), False))
        self.assertEqual(told["actions"]["read"]["allowed"], False)

    def test_about_a_node_that_one_may_not_read(self):
        server = self.world()
        uuid = self.lab(server)
        self.assertIn("a uuid in full", self.refused("ben", "access", "why", "--node", "gpu-1", code=NOT_FOUND))
        told = self.text("ben", "access", "why", "--node", uuid)
        self.assertTrue(told.startswith("You may not read " + uuid), told)
        nobodys = "0" + uuid[1:] if uuid[0] != "0" else "1" + uuid[1:]
        self.assertEqual(self.text("ben", "access", "why", "--node", nobodys).replace(nobodys, uuid), told)
        self.refused("ben", "access", "why", "--node", uuid, "--user", "cy", code=NOT_FOUND)
        self.text("ada", "nodes", "share", "gpu-1", "--user", "cy")
        self.refused("cy", "access", "why", "--node", "gpu-1", "--user", "ben", code=FORBIDDEN)

    def test_check_is_for_scripts(self):
        server = self.world()
        self.lab(server)
        self.assertEqual(self.text("ada", "access", "check", "--node", "gpu-1"), "You may read gpu-1.\n")
        self.assertEqual(
            self.text("ada", "access", "check", "--node", "gpu-1", "--user", "cy", "--action", "set-scope", code=NO),
            "Cy Young may not set the scope of gpu-1.\n",
        )
        self.assertFalse(self.json("ada", "access", "check", "--node", "gpu-1", "--user", "cy", code=NO)["allowed"])
        self.refused("ada", "access", "check", "--node", "gpu-2", code=NOT_FOUND)
        self.refused("ada", "access", "check", "--node", "gpu-1", "--action", "fly", code=USAGE)

    def test_who(self):
        server = self.world()
        self.lab(server)
        self.text("ada", "nodes", "share", "gpu-1", "--user", "dee", "--team", "gpu")
        told = self.json("ada", "access", "who", "--node", "gpu-1", "--all")
        ways = {each["userId"]: [way["through"] for way in each["ways"]] for each in told["principals"]}
        self.assertEqual(set(ways), {user("ada"), user("cy"), user("dee")})
        self.assertEqual((ways[user("cy")], ways[user("dee")]), (["team-grant"], ["user-grant"]))
        table = self.text("ada", "access", "who", "--node", "gpu-1")
        for words in ("Ada Lovelace", "owner", "team gpu", "user-grant"):
            self.assertIn(words, table)
        self.refused("cy", "access", "who", "--node", "gpu-1", code=FORBIDDEN)

    def test_list(self):
        server = self.world()
        self.lab(server)
        self.assertEqual(self.json("cy", "access", "list"), [])
        self.text("ada", "nodes", "share", "gpu-1", "--user", "cy")
        self.assertEqual([each["name"] for each in self.json("cy", "access", "list", "--all")], ["gpu-1"])
        self.assertEqual([each["name"] for each in self.json("ops", "access", "list", "--user", user("cy"))], ["gpu-1"])
        self.assertEqual(self.json("cy", "access", "list", "--status", "Failed"), [])
        self.refused("cy", "access", "list", "--user", user("ada"), code=FORBIDDEN)

    def test_preview_of_a_node(self):
        server = self.world()
        self.lab(server)
        gains = self.json("ada", "access", "preview", "--node", "gpu-1", "--share-team", "gpu")
        self.assertEqual([each["userId"] for each in gains["gains"]], [user("cy")])
        self.assertEqual(gains["loses"], [])
        told = self.text("ada", "access", "preview", "--node", "gpu-1", "--share-team", "gpu")
        self.assertIn("Would gain the right to read:\n└─ Cy Young (team gpu)\nNobody would lose.\n", told)
        self.assertEqual(self.json("cy", "nodes", "list"), [], "nothing was changed")
        self.text("ada", "nodes", "share", "gpu-1", "--user", "dee")
        for change in (("--unshare-user", "dee"), ("--scope", "private"), ("--detach",)):
            loses = self.json("ada", "access", "preview", "--node", "gpu-1", *change)
            self.assertEqual([each["userId"] for each in loses["loses"]], [user("dee")], change)
        self.refused("ada", "access", "preview", "--node", "gpu-1", code=USAGE)
        self.refused("ada", "access", "preview", "--node", "gpu-1", "--detach", "--scope", "private", code=USAGE)
        self.refused("ada", "access", "preview", "--scope", "private", code=USAGE)
        self.refused("cy", "access", "preview", "--node", "gpu-1", "--detach", code=NOT_FOUND)
        self.refused("dee", "access", "preview", "--node", "gpu-1", "--detach", code=FORBIDDEN)

    def test_preview_of_an_enablement(self):
        server = self.world()
        self.lab(server, node=None)
        private = self.json("ada", "access", "preview", "--account", "lab", "--enable", "private")
        self.assertEqual([each["userId"] for each in private["loses"]], [user("ben")])
        ended = self.text("ada", "access", "preview", "--account", "lab", "--workspace", "acme", "--disable")
        self.assertIn("Would lose the right to make compute nodes:", ended)
        self.assertIn("Ben", ended)
        self.refused("ada", "access", "preview", "--account", "lab", "--detach", code=USAGE)

    def test_preview_of_the_directory(self):
        server = self.world()
        self.lab(server)
        self.text("ada", "nodes", "share", "gpu-1", "--user", "cy")
        document = cli_case.directory()
        for workspace in document["workspaces"]:
            workspace["members"] = [each for each in workspace["members"] if each["user"] != user("cy")]
            for team in workspace.get("teams", []):
                team["members"] = [each for each in team["members"] if each != user("cy")]
        file = self.folder / "next.json"
        file.write_text(json.dumps({"users": document["users"], "workspaces": document["workspaces"]}))
        told = self.text("ops", "access", "preview", "--directory", str(file))
        self.assertIn("Cy Young in acme: permission bit 8, in gpu -> no member", told)
        self.assertIn("-> no member\n└─ loses compute nodes: 1\n   └─ ", told)
        shifts = self.json("ops", "access", "preview", "--directory", str(file))["users"]
        self.assertEqual([each["userId"] for each in shifts], [user("cy")])
        self.assertEqual(shifts[0]["loses"]["computeNodes"], 1)
        self.assertEqual(len(self.json("cy", "nodes", "list")), 1, "nothing was changed")
        file.write_text('{"users": []}')
        told = self.text("ops", "access", "preview", "--directory", str(file))
        self.assertEqual(told, "No membership would change.\n")
        self.refused("ada", "access", "preview", "--directory", str(file), code=FORBIDDEN)
        self.refused("ops", "access", "preview", "--directory", str(file), "--detach", code=USAGE)
        self.refused("ops", "access", "preview", "--directory", str(self.folder / "none"), code=USAGE)
        file.write_text("[")
        self.assertIn("line 1", self.refused("ops", "access", "preview", "--directory", str(file), code=USAGE))


if __name__ == "__main__":
    stewardry.main()
