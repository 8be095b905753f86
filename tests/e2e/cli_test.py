"""The command line, command by command, against a real server: what each does, prints and exits with."""

import json
import subprocess

import cli_case
import stewardry
from cli_case import AMBIGUOUS, CONFLICT, FORBIDDEN, IMPOSSIBLE, NO, NOT_FOUND, USAGE
from stewardry import BINARY, TEAM, WORKSPACE, user


class Accounts(cli_case.CliCase):
    def test_the_life_of_an_account(self):
        self.world()
        words = ("--role", "R", "--name", "lab", "--description", "x")
        made = self.json("ada", "accounts", "register", "123456789012", *words)
        self.assertEqual((made["accountId"], made["name"], made["description"]), ("123456789012", "lab", "x"))
        told = self.text("ada", "accounts", "register", "123456789013", "--role", "Role-Two")
        self.assertIn("trust policy on the role Role-Two", told)
        self.assertIn('"sts:ExternalId"', told)

        for name in ("lab", "LAB", "123456789012", made["uuid"], made["uuid"][:8], made["uuid"].upper()):
            self.assertEqual(self.json("ada", "accounts", "show", name)["uuid"], made["uuid"], name)
        self.assertEqual(len(self.json("ada", "accounts", "list")), 2)

        self.assertEqual(self.json("ada", "accounts", "update", "lab", "--name", "lab-2")["name"], "lab-2")
        self.assertIn("Paused", self.text("ada", "accounts", "pause", "lab-2"))
        self.assertIn("Enabled", self.text("ada", "accounts", "resume", "lab-2"))
        self.refused("ada", "accounts", "update", "lab-2", code=USAGE)
        self.refused("ada", "accounts", "delete", "lab-2", code=USAGE)
        self.assertIn("lab-2 is deleted", self.text("ada", "accounts", "delete", "lab-2", "--yes"))
        self.assertIn("There is no account lab-2", self.refused("ada", "accounts", "show", "lab-2", code=NOT_FOUND))

    def test_the_same_account_twice_is_a_conflict(self):
        self.world()
        self.text("ada", "accounts", "register", "123456789012", "--role", "R")
        told = self.refused("ada", "accounts", "register", "123456789012", "--role", "R", code=CONFLICT)
        self.assertIn("(request ", told)
        key = ("--role", "S", "--idempotency-key", "once")
        first = self.json("ada", "accounts", "register", "123456789099", *key)
        self.assertEqual(self.json("ada", "accounts", "register", "123456789099", *key)["uuid"], first["uuid"])

    def test_what_the_server_finds_wrong_is_told_with_its_place(self):
        self.world()
        told = self.refused("ada", "accounts", "register", "12", "--role", "no spaces please", code=USAGE)
        self.assertIn("/accountId", told)
        self.assertIn("/roleName", told)

    def test_enabling_and_disabling(self):
        server = self.world()
        uuid = self.lab(server, node=None)
        self.text("ada", "accounts", "disable", "lab", "--workspace", "acme")
        self.assertIn("no workspace", self.cli("ada", "accounts", "workspaces", "lab").stderr)
        self.assertFalse(self.json("ada", "accounts", "enable", "lab", "--workspace", "acme")["isPublic"])
        self.assertIn("administrators", self.text("ada", "accounts", "enable", "lab", "--public"))
        [one] = self.json("ada", "accounts", "workspaces", "lab")
        self.assertEqual((one["workspaceId"], one["isPublic"]), (WORKSPACE, True))
        self.assertIn("acme", self.text("ada", "accounts", "list", "--workspaces"))
        self.assertEqual(self.json("ben", "accounts", "list"), [])
        self.assertEqual([each["uuid"] for each in self.json("ben", "accounts", "list", "--workspace", "acme")], [uuid])
        self.assertEqual(self.json("ben", "accounts", "show", "lab")["uuid"], uuid, "as an administrator sees it")
        self.refused("ada", "accounts", "enable", "lab", "--public", "--private", code=USAGE)
        self.refused("ada", "accounts", "enable", "lab", "--workspace", "nowhere", code=NOT_FOUND)


class Nodes(cli_case.CliCase):
    def test_the_life_of_a_node(self):
        server = self.world()
        self.lab(server, node=None)
        told = self.text("ada", "nodes", "create", "gpu-1", "--account", "lab", "--workspace", "acme")
        self.assertIn("gpu-1 is being made.", told)
        self.assertIn("stewardry operations watch ", told)
        [operation] = self.json("ops", "operations", "list", "--status", "Pending")
        self.assertEqual(self.json("ops", "operations", "complete", operation["id"])["status"], "Success")

        node = self.json("ada", "nodes", "show", "gpu-1")
        self.assertEqual(node["status"], "Enabled")
        for name in (node["uuid"], node["uuid"][:4], node["uuid"][:13].upper()):
            self.assertEqual(self.json("ada", "nodes", "show", name)["uuid"], node["uuid"], name)
        self.assertEqual(self.json("ada", "nodes", "update", "gpu-1", "--description", "new")["description"], "new")
        self.assertEqual(self.json("ada", "nodes", "pause", "gpu-1")["status"], "Paused")
        self.assertIn("Enabled", self.text("ada", "nodes", "resume", "gpu-1"))
        self.refused("ada", "nodes", "update", "gpu-1", code=USAGE)

        self.assertIn("add --yes", self.refused("ada", "nodes", "delete", "gpu-1", code=USAGE))
        self.text("ada", "nodes", "delete", "gpu-1", "--yes")
        [operation] = self.json("ops", "operations", "list", "--status", "Pending")
        self.assertIn("no capacity", self.text("ops", "operations", "fail", operation["id"], "--reason", "no capacity"))
        self.assertIn("no capacity", self.text("ada", "nodes", "show", "gpu-1"))
        self.text("ada", "nodes", "delete", "gpu-1", "--yes")
        [operation] = self.json("ada", "operations", "list", "--status", "Pending")
        self.text("ops", "operations", "complete", operation["id"])
        self.refused("ada", "nodes", "show", "gpu-1", code=NOT_FOUND)

    def test_a_creation_that_failed_is_tried_again(self):
        server = self.world()
        self.lab(server, node=None)
        self.text("ada", "nodes", "create", "gpu-1", "--account", "lab")
        [operation] = self.json("ops", "operations", "list")
        self.text("ops", "operations", "fail", operation["id"], "--reason", "x")
        self.assertEqual(self.json("ada", "nodes", "retry", "gpu-1")["status"], "Pending")

    def test_waiting_ends_with_the_operation(self):
        server = self.world()
        self.lab(server, node=None)
        for end, code in ((("complete",), 0), (("fail", "--reason", "it broke"), NO)):
            words = ("nodes", "create", "gpu-" + end[0], "--account", "lab", "--wait")
            waiting = subprocess.Popen(
                [BINARY, *words, "--profile", "ada", "--json"],
                env=self.environment(),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            try:
                while not (pending := self.json("ops", "operations", "list", "--status", "Pending")):
                    pass
                self.text("ops", "operations", end[0], pending[0]["id"], *end[1:])
                out, err = waiting.communicate(timeout=60)
            finally:
                waiting.kill()
            self.assertEqual(waiting.returncode, code, err)
            self.assertEqual(json.loads(out)["status"], "Success" if code == 0 else "Failed")
        self.assertEqual(self.cli("ada", "operations", "watch", pending[0]["id"], code=NO).returncode, NO)

    def test_cancelling(self):
        server = self.world()
        self.lab(server, node=None)
        started = self.json("ada", "nodes", "create", "gpu-1", "--account", "lab")
        self.refused("ben", "operations", "cancel", started["operation"]["id"], code=NOT_FOUND)
        self.assertEqual(self.json("ada", "operations", "cancel", started["operation"]["id"])["status"], "Cancelled")
        self.refused("ada", "operations", "cancel", started["operation"]["id"], code=CONFLICT)
        self.assertIn("Cancelled", self.text("ada", "operations", "show", started["operation"]["id"][:18]))

    def test_sharing(self):
        server = self.world()
        self.lab(server)
        self.assertEqual(self.json("cy", "nodes", "list"), [])
        told = self.text("ada", "nodes", "share", "gpu-1", "--user", "Dee", "--team", "gpu")
        self.assertEqual(told, "gpu-1 is shared with Dee.\ngpu-1 is shared with the team gpu.\n")
        for who in ("cy", "dee"):
            self.assertEqual([each["name"] for each in self.json(who, "nodes", "list")], ["gpu-1"])
        seen = self.json("ada", "nodes", "permissions", "gpu-1")
        self.assertEqual((seen["sharedWithUsers"], seen["sharedWithTeams"]), ([user("dee")], [TEAM]))
        table = self.text("ada", "nodes", "permissions", "gpu-1")
        for name in ("shared", "acme", "Ada Lovelace", "Dee", "gpu"):
            self.assertIn(name, table)
        self.refused("cy", "nodes", "share", "gpu-1", "--user", "ben", code=FORBIDDEN)
        self.refused("ada", "nodes", "share", "gpu-1", code=USAGE)
        self.refused("ada", "nodes", "share", "gpu-1", "--user", "zoe", code=NOT_FOUND)
        self.refused("ada", "nodes", "share", "gpu-1", "--user", user("zoe"), code=IMPOSSIBLE)
        answers = self.json("ada", "nodes", "unshare", "gpu-1", "--user", "dee@example.org", "--team", TEAM)
        self.assertEqual([each["action"] for each in answers], ["revoked", "revoked"])
        self.assertEqual(self.json("dee", "nodes", "list"), [])

    def test_scope_detach_attach_and_hand_over(self):
        server = self.world()
        uuid = self.lab(server)
        self.assertEqual(self.json("ada", "nodes", "scope", "gpu-1", "workspace")["accessScope"], "workspace")
        self.assertEqual([each["name"] for each in self.json("dee", "nodes", "list", "--workspace", "acme")], ["gpu-1"])
        self.assertIn("in no workspace now", self.text("ada", "nodes", "detach", "gpu-1"))
        self.assertEqual(self.json("ada", "nodes", "show", "gpu-1")["organizationId"], "")
        self.assertIn("gpu-1 is in acme now.", self.text("ada", "nodes", "attach", "gpu-1", "--workspace", "acme"))
        self.assertEqual(self.json("ops", "nodes", "hand-over", uuid, "--to", user("ben"))["ownerId"], user("ben"))
        self.assertEqual(self.json("ben", "nodes", "show", "gpu-1")["uuid"], uuid)

    def test_a_version_that_is_gone_changes_nothing(self):
        server = self.world()
        self.lab(server)
        number = self.text("ada", "nodes", "show", "gpu-1").split("Version:")[1].split('"')[1]
        self.text("ada", "nodes", "update", "gpu-1", "--description", "a", "--if-version", number)
        self.refused("ada", "nodes", "update", "gpu-1", "--description", "b", "--if-version", number, code=CONFLICT)
        self.assertEqual(self.json("ada", "nodes", "show", "gpu-1")["description"], "a")

    def test_lists_are_narrowed_sorted_and_paged(self):
        server = self.world()
        account = self.lab(server, node=None)
        for name in ("cpu-1", "gpu-1", "gpu-2", "gpu-3"):
            self.node(server, account, name=name, complete=name != "gpu-3")

        def names(*arguments):
            return [each["name"] for each in self.json("ada", "nodes", "list", *arguments)]

        self.assertEqual(names(), ["cpu-1", "gpu-1", "gpu-2", "gpu-3"])
        self.assertEqual(names("--name-prefix", "gpu", "--descending"), ["gpu-3", "gpu-2", "gpu-1"])
        self.assertEqual(names("--status", "Pending"), ["gpu-3"])
        self.assertEqual(names("--account", "lab", "--sort", "created", "--limit", "2"), ["cpu-1", "gpu-1"])
        self.assertEqual(names("--all"), ["cpu-1", "gpu-1", "gpu-2", "gpu-3"])
        cut = self.cli("ada", "nodes", "list", "--limit", "2")
        self.assertEqual(len(cut.stdout.splitlines()), 3)
        self.assertIn("There are more", cut.stderr)
        self.refused("ada", "nodes", "list", "--all", "--limit", "2", code=USAGE)
        for limit in ("0", "-1", "x", "1.5", ""):
            self.refused("ada", "nodes", "list", "--limit=" + limit, code=USAGE)
        chosen = self.text("ada", "nodes", "list", "--columns", "uuid,name").splitlines()
        self.assertEqual(chosen[0].split(), ["UUID", "NAME"])
        self.assertIn("there are name, status", self.refused("ada", "nodes", "list", "--columns", "x", code=USAGE))


class People(cli_case.CliCase):
    def test_workspaces_members_and_teams(self):
        self.world()
        [acme] = self.json("ada", "workspaces", "list")
        self.assertEqual((acme["name"], acme["permissionBit"]), ("acme", 32))
        self.assertIn("owner", self.text("ada", "workspaces", "list"))
        members = self.text("ben", "workspaces", "members", "acme")
        for word in ("Ada Lovelace", "ada@example.org", "administrator", "collaborator", "guest"):
            self.assertIn(word, members)
        self.assertEqual(len(self.json("ben", "workspaces", "members")), 5)
        self.assertEqual([each["name"] for each in self.json("ben", "workspaces", "teams", "ACME")], ["gpu"])
        self.assertEqual([each["teamId"] for each in self.json("ben", "teams", "list")], [TEAM])
        self.assertEqual([each["name"] for each in self.json("ben", "teams", "members", "gpu")], ["Cy Young"])
        self.assertEqual(len(self.json("ops", "workspaces", "members", WORKSPACE)), 5, "an operator, by the id")
        self.refused("gus", "workspaces", "members", "acme", code=FORBIDDEN)
        self.assertIn("gpu", self.refused("ben", "teams", "members", "gpuu", code=NOT_FOUND))

    def test_every_page_of_many_members(self):
        document = cli_case.directory()
        many = [f"n{i}" for i in range(1100)]
        document["users"] += [{"id": user(name), "name": name, "email": name + "@many.example"} for name in many]
        document["workspaces"][0]["members"] += [{"user": user(name), "permissionBit": 8} for name in many]
        server = self.server(document=document)
        self.login(server, "ada")
        self.assertEqual(len(self.json("ada", "workspaces", "members", "acme", "--all")), 1105)
        self.assertEqual(len(self.json("ada", "workspaces", "members", "acme", "--limit", "1050")), 1050)
        self.assertEqual(len(self.json("ada", "workspaces", "members", "acme")), 100)
        self.assertEqual(len(self.text("ada", "workspaces", "members", "acme", "--all").splitlines()), 1106)

    def test_a_name_that_several_have_is_not_guessed(self):
        document = cli_case.directory()
        for one in document["users"]:
            if one["name"] in ("Ben", "Dee"):
                one["name"] = "Robin " + one["name"]
        server = self.server(document=document)
        self.login(server, "ada")
        self.lab(server)
        told = self.refused("ada", "nodes", "share", "gpu-1", "--user", "robin", code=AMBIGUOUS)
        for each in (user("ben"), user("dee"), "Robin Dee <dee@example.org>"):
            self.assertIn(each, told)
        self.assertIn("Robin Dee", self.text("ada", "nodes", "share", "gpu-1", "--user", "robin dee"))
        account = self.json("ada", "accounts", "list")[0]["uuid"]
        self.node(server, account, name="gpu-1")
        told = self.refused("ada", "nodes", "show", "gpu-1", code=AMBIGUOUS)
        self.assertIn("gpu-1 may be any of 2 compute nodes: say which by its id.", told)

    def test_which_workspace_is_meant(self):
        document = cli_case.directory()
        document["workspaces"][1]["members"].append({"user": user("ada"), "permissionBit": 8})
        server = self.server(document=document)
        self.login(server, "ada")
        told = self.refused("ada", "teams", "list", code=USAGE)
        self.assertIn("say which one: acme, globex", told)
        token = server.token("ada", workspace=WORKSPACE)
        self.assertEqual(self.run_cli("login", "--url", server.url, "--profile", "acme", stdin=token).returncode, 0)
        self.assertEqual([each["name"] for each in self.json("acme", "teams", "list")], ["gpu"])


class Audit(cli_case.CliCase):
    def test_what_was_done_is_listed(self):
        server = self.world()
        uuid = self.lab(server)
        self.text("ada", "nodes", "share", "gpu-1", "--user", "cy")
        events = self.json("ada", "audit", "list", "--node", "gpu-1", "--since", "1h")
        self.assertIn(user("ada"), [each["principalId"] for each in events])
        self.assertIn((uuid, "compute-node.share"), [(each["targetId"], each["action"]) for each in events])
        self.assertIn("Ada Lovelace", self.text("ada", "audit", "list", "--account", "lab"))
        self.assertEqual(self.json("ops", "audit", "list", "--user", user("zoe")), [])
        self.assertEqual(self.json("ada", "audit", "list", "--until", "1h"), [])
        self.refused("ada", "audit", "list", "--since", "yesterday", code=USAGE)
        self.refused("ada", "audit", "list", "--node", "gpu-1", "--account", "lab", code=USAGE)

    def test_the_commands_of_a_data_folder_are_there_too(self):
        server = self.world()
        self.lab(server)
        self.assertEqual(self.run_cli("audit", "verify", "--data", str(server.data)).returncode, 0)


if __name__ == "__main__":
    stewardry.main()
