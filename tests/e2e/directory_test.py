"""The directory from outside: imported while a server runs, by command line and by API, and counting at once."""

import copy

import stewardry
from stewardry import TEAM, WORKSPACE, directory, user


class Directory(stewardry.TestCase):
    def test_a_running_server_sees_an_import_at_once_also_for_tokens_issued_before(self):
        server = self.server()
        node = self.node(server, self.account(server))
        self.expect(server.call("ada", "POST", f"/compute-nodes/{node}/permissions/teams", {"teamId": TEAM}), 201)
        self.expect(server.call("cy", "GET", f"/compute-nodes/{node}"), 200)
        self.assertEqual(self.import_directory(server, directory(team=("dee",))).returncode, 0)
        self.expect(server.call("cy", "GET", f"/compute-nodes/{node}"), 404)
        self.expect(server.call("dee", "GET", f"/compute-nodes/{node}"), 200)
        # Still in the team, and no member of the workspace: the grant works no longer, and again when she is back.
        self.assertEqual(
            self.import_directory(server, directory(members={"ada": 32, "cy": 8}, team=("dee",))).returncode, 0
        )
        self.expect(server.call("dee", "GET", f"/compute-nodes/{node}"), 404)
        self.assertEqual(self.import_directory(server, directory(team=("dee",))).returncode, 0)
        self.expect(server.call("dee", "GET", f"/compute-nodes/{node}"), 200)

    def test_importing_the_same_twice_changes_nothing(self):
        server = self.server()
        again = self.import_directory(server, directory())
        self.assertEqual(again.returncode, 0)
        self.assertNotIn('"added":1', again.stdout)
        self.assertNotIn('"removed":1', again.stdout)

    def test_a_bad_file_exits_1_says_where_and_changes_nothing(self):
        server = self.server()
        account = self.account(server)
        good = directory()

        def broken(change):
            document = copy.deepcopy(good)
            change(document)
            return document

        cases = {
            "/workspaces/0/members/0/permissionBit": broken(
                lambda d: d["workspaces"][0]["members"][0].update(permissionBit=3)
            ),
            "/users/0/id": broken(lambda d: d["users"][0].update(id="N:user:nonsense")),
            "/users/7": broken(lambda d: d["users"].append(d["users"][0])),
            "/workspaces/0/members/5": broken(
                lambda d: d["workspaces"][0]["members"].append(d["workspaces"][0]["members"][0])
            ),
            "/workspaces/0/teams/0/members/0": broken(
                lambda d: d["workspaces"][0]["teams"][0].update(members=[user("nobody")])
            ),
            "line 1": "{not json",
        }
        for where, document in cases.items():
            if isinstance(document, dict):
                document["workspaces"][0]["name"] = "changed"
            refused = self.import_directory(server, document)
            self.assertEqual(refused.returncode, 1, where)
            self.assertIn(where, refused.stderr)
            self.expect(server.call("ben", "GET", f"/accounts/{account}"), 200)

    def test_an_operator_imports_by_the_api_and_nobody_else(self):
        server = self.server()
        document = directory(members={"ada": 32})
        self.expect(server.call("ada", "PUT", "/directory", document), 403)
        self.expect(server.call("ops", "PUT", "/directory", document), 200)
        self.expect(server.call("cy", "GET", f"/compute-nodes?organization_id={WORKSPACE}"), 403)
        document["workspaces"][0]["members"][0]["permissionBit"] = 5
        problem = self.expect(server.call("ops", "PUT", "/directory", document), 400).json
        self.assertEqual([error["pointer"] for error in problem["errors"]], ["/workspaces/0/members/0/permissionBit"])


if __name__ == "__main__":
    stewardry.main()
