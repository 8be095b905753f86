"""Who may and why, asked of the real program: AuthZEN as its conformance scenario asks, explanations, previews.

The scenario's protocol tests (OpenID AuthZEN Authorization API 1.0, certification scenario: Basic Core, Batch Core,
Search Core, Discovery) are played with this world's names: its record-1 is the node that ada's team reads.
"""

import uuid

import stewardry
from stewardry import OTHER_WORKSPACE, TEAM, WORKSPACE, directory, user

ACTIONS = ("read", "update", "delete", "share", "set-scope", "attach", "detach")
EVERYBODY = ("ada", "ben", "cy", "dee", "gus", "zoe", "ops", "svc")


def subject(name):
    return {"type": "user", "id": user(name)}


def node_of(uuid_):
    return {"type": "compute-node", "id": uuid_}


class AuthzenCase(stewardry.TestCase):
    def setUp(self):
        super().setUp()
        document = directory(users=EVERYBODY)
        callers = user("svc").upper().replace("N:USER", "N:user")  # settings may write ids in capitals
        self.pdp = self.server(document=document, environment={"STEWARDRY_ACCESS_CALLERS": callers})
        self.lab = self.account(self.pdp)
        self.record = self.node(self.pdp, self.lab, owner="ben", name="record-1")
        self.expect(
            self.pdp.call("ben", "POST", f"/compute-nodes/{self.record}/permissions/teams", {"teamId": TEAM}), 201
        )

    def ask(self, path, body, who="svc", status=200, headers=None):
        return self.expect(self.pdp.call(who, "POST", "/access/v1/" + path, body, headers), status)

    def decision(self, name, action, resource, who="svc", context=None):
        body = {"subject": subject(name), "action": {"name": action}, "resource": resource}
        if context:
            body["context"] = context
        return self.ask("evaluation", body, who).json["decision"]


class Basic(AuthzenCase):
    def request(self, **changes):
        body = {"subject": subject("cy"), "action": {"name": "read"}, "resource": node_of(self.record)}
        body.update(changes)
        return {key: value for key, value in body.items() if value is not None}

    def test_decisions(self):
        self.assertEqual(self.ask("evaluation", self.request()).json["decision"], True)
        self.assertEqual(self.ask("evaluation", self.request(action={"name": "delete"})).json["decision"], False)
        with_context = self.request(context={"time": "2025-06-27T18:03-07:00", "ip": "192.168.1.1"})
        self.assertEqual(self.ask("evaluation", with_context).json["decision"], True)
        properties = self.request(
            subject=subject("cy") | {"properties": {"department": "Sales", "role": "manager"}},
            action={"name": "read", "properties": {"method": "GET"}},
            resource=node_of(self.record) | {"properties": {"status": "active", "owner": "bob"}},
        )
        self.assertEqual(self.ask("evaluation", properties).json["decision"], True)
        unknown = self.request(foo="bar", futureField={"nested": True})
        self.assertEqual(self.ask("evaluation", unknown).json["decision"], True)
        answers = [self.ask("evaluation", self.request()).text for _ in range(5)]
        self.assertEqual(len(set(answers)), 1)

    def test_format(self):
        answer = self.ask("evaluation", self.request())
        self.assertEqual(answer.headers["Content-Type"], "application/json")
        self.assertIs(type(answer.json["decision"]), bool)
        self.assertIs(type(answer.json["context"]), dict)

    def test_errors(self):
        for changes in (
            {"subject": None},
            {"action": None},
            {"resource": None},
            {"subject": {"id": user("cy")}},
            {"subject": {"type": "user"}},
            {"action": {}},
            {"resource": {"id": self.record}},
            {"resource": {"type": "compute-node"}},
            {"subject": "cy"},
            {"action": {"name": 123}},
        ):
            with self.subTest(changes=changes):
                self.ask("evaluation", self.request(**changes), status=400)
        self.ask("evaluation", "{", status=400)
        self.ask("evaluation", "", status=400)
        self.ask("evaluation", "<a/>", status=400, headers={"Content-Type": "application/xml"})
        self.expect(self.pdp.call(None, "POST", "/access/v1/evaluation", self.request()), 401)

    def test_request_id(self):
        for path in ("evaluation", "evaluations"):
            mine = str(uuid.uuid4())
            answer = self.ask(path, self.request(), headers={"X-Request-ID": mine})
            self.assertEqual(answer.headers["X-Request-ID"], mine)
            self.assertTrue(self.ask(path, self.request()).headers["X-Request-ID"])
            refused = self.ask(path, {}, status=400, headers={"X-Request-ID": mine})
            self.assertEqual(refused.headers["X-Request-ID"], mine)

    def test_a_change_counts_at_once(self):
        self.assertTrue(self.decision("cy", "read", node_of(self.record)))
        path = f"/compute-nodes/{self.record}/permissions/teams/{TEAM}"
        self.expect(self.pdp.call("ben", "DELETE", path), 200)
        self.assertFalse(self.decision("cy", "read", node_of(self.record)))


class Batch(AuthzenCase):
    def test_defaults_and_order(self):
        body = {
            "subject": subject("cy"),
            "resource": node_of(self.record),
            "evaluations": [{"action": {"name": "read"}}, {"action": {"name": "delete"}}],
        }
        answer = self.ask("evaluations", body).json
        self.assertEqual([each["decision"] for each in answer["evaluations"]], [True, False])
        self.assertNotIn("decision", answer)

    def test_an_evaluation_that_is_wrong_is_its_own(self):
        body = {
            "subject": subject("cy"),
            "action": {"name": "read"},
            "evaluations": [{"resource": node_of(self.record)}, {}],
        }
        answer = self.ask("evaluations", body).json["evaluations"]
        self.assertEqual([each["decision"] for each in answer], [True, False])
        self.assertEqual(answer[1]["context"]["error"]["status"], 400)

    def test_without_evaluations(self):
        body = {"subject": subject("cy"), "action": {"name": "read"}, "resource": node_of(self.record)}
        single = self.ask("evaluation", body).text
        self.assertEqual(self.ask("evaluations", body).text, single)
        self.assertEqual(self.ask("evaluations", body | {"evaluations": []}).text, single)

    def test_semantics(self):
        decided = {"execute_all": 3, "deny_on_first_deny": 2, "permit_on_first_permit": 1}
        for semantic, count in decided.items():
            body = {
                "subject": subject("cy"),
                "resource": node_of(self.record),
                "options": {"evaluations_semantic": semantic},
                "evaluations": [{"action": {"name": name}} for name in ("read", "delete", "read")],
            }
            self.assertEqual(len(self.ask("evaluations", body).json["evaluations"]), count, semantic)
        body["options"]["evaluations_semantic"] = "sometimes"
        self.ask("evaluations", body, status=400)

    def test_a_thousand_are_as_one_by_one(self):
        """Also over the boundary of one read of the table, with unknown ids in between."""
        mine = [self.node(self.pdp, self.lab, owner="ben", name=f"n{i}", complete=False) for i in range(3)]
        ids = [mine[i % 3] if i % 2 else str(uuid.uuid4()) for i in range(999)] + [self.record]
        body = {
            "subject": subject("cy"),
            "action": {"name": "read"},
            "evaluations": [{"resource": node_of(each)} for each in ids],
        }
        answer = self.ask("evaluations", body).json["evaluations"]
        self.assertEqual([each["decision"] for each in answer], [False] * 999 + [True])
        self.assertEqual({each["context"]["reason"]["code"] for each in answer[:-1]}, {"private-node", "not-found"})
        body["evaluations"].append(body["evaluations"][0])
        refused = self.ask("evaluations", body, status=400)
        self.assertIn("1000 are the limit", refused.json["detail"])


class Search(AuthzenCase):
    def all_of(self, path, body, who="svc", limit=2):
        results, page = [], {"limit": limit}
        while True:
            answer = self.ask("search/" + path, body | {"page": page}, who).json
            self.assertEqual(list(answer), ["page", "results"], "the page comes first")
            self.assertEqual(answer["page"]["count"], len(answer["results"]))
            self.assertLessEqual(len(answer["results"]), limit)
            results += answer["results"]
            if not answer["page"]["next_token"]:
                return results
            page = {"token": answer["page"]["next_token"]}

    def test_results_are_what_evaluations_allow(self):
        """Each search against all evaluations that there are, as the standard expects of its results."""
        private = self.node(self.pdp, self.lab, owner="ada", name="private")
        nodes = [self.record, private]
        for resource in [node_of(each) for each in nodes] + [
            {"type": "account", "id": self.lab},
            {"type": "workspace", "id": WORKSPACE},
        ]:
            for context in (None, {"workspaceId": WORKSPACE}):
                extra = {"context": context} if context else {}
                names = {"compute-node": ACTIONS, "workspace": ("read", "administer")}.get(
                    resource["type"], ("read", "update", "delete", "enable", "create-node")
                )
                allowed = {
                    (name, action): self.decision(name, action, resource, context=context)
                    for name in EVERYBODY
                    for action in names
                }
                for action in names:
                    body = {"subject": {"type": "user"}, "action": {"name": action}, "resource": resource} | extra
                    found = [each["id"] for each in self.all_of("subject", body)]
                    expected = sorted(user(name) for name in EVERYBODY if allowed[name, action])
                    self.assertEqual(found, expected, (resource, action, context))
                for name in EVERYBODY:
                    found = [
                        each["name"]
                        for each in self.all_of("action", {"subject": subject(name), "resource": resource} | extra)
                    ]
                    self.assertEqual(found, [action for action in names if allowed[name, action]], (resource, name))
        for name in EVERYBODY:
            for action in ACTIONS:
                body = {"subject": subject(name), "action": {"name": action}, "resource": {"type": "compute-node"}}
                found = {each["id"] for each in self.all_of("resource", body, limit=1)}
                expected = {each for each in nodes if self.decision(name, action, node_of(each))}
                self.assertEqual(found, expected, (name, action))

    def test_paging_parameters_and_unknown_names(self):
        body = {"subject": {"type": "user"}, "action": {"name": "read"}, "resource": node_of(self.record)}
        first = self.ask("search/subject", body | {"page": {"limit": 1}}).json
        self.assertTrue(first["page"]["next_token"])
        changed = body | {"page": {"token": first["page"]["next_token"], "limit": 2}}
        self.ask("search/subject", changed, status=400)
        for change in (
            {"subject": {"type": "spaceship"}},
            {"action": {"name": "fly"}},
            {"resource": {"type": "record", "id": "record-1"}},
            {"resource": node_of(str(uuid.uuid4()))},
        ):
            answer = self.ask("search/subject", body | change).json
            self.assertEqual((answer["results"], answer["page"]["next_token"]), ([], ""), change)
        for path, missing in (("subject", "action"), ("resource", "subject"), ("action", "resource")):
            full = {"subject": subject("cy"), "action": {"name": "read"}, "resource": node_of(self.record)}
            del full[missing]
            self.ask("search/" + path, full, status=400)


class Discovery(AuthzenCase):
    def test_metadata(self):
        for base in ("", "/compute/resources"):
            answer = self.expect(self.pdp.call(None, "GET", base + "/.well-known/authzen-configuration"), 200)
            self.assertEqual(answer.headers["Content-Type"], "application/json")
            metadata = answer.json
            self.assertEqual(metadata["policy_decision_point"], self.pdp.url + base)
            body = {"subject": subject("cy"), "action": {"name": "read"}, "resource": node_of(self.record)}
            for name in (
                "access_evaluation",
                "access_evaluations",
                "search_subject",
                "search_resource",
                "search_action",
            ):
                url = metadata[name + "_endpoint"]
                self.assertTrue(url.startswith(self.pdp.url + base + "/access/v1/"), url)
                self.expect(self.pdp.call("svc", "POST", url.removeprefix(self.pdp.url), body), 200)

    def test_public_url(self):
        behind = self.server("--config", self.config(), name="behind")
        metadata = self.expect(behind.call(None, "GET", "/.well-known/authzen-configuration"), 200).json
        self.assertEqual(metadata["policy_decision_point"], "https://pdp.example.org/stewardry")
        self.assertEqual(
            metadata["access_evaluation_endpoint"], "https://pdp.example.org/stewardry/access/v1/evaluation"
        )

    def config(self):
        file = self.folder / "stewardry.toml"
        file.write_text('[server]\npublic_url = "https://pdp.example.org/stewardry"\n')
        return str(file)

    def test_metrics(self):
        self.decision("cy", "read", node_of(self.record))
        self.decision("zoe", "read", node_of(self.record))
        metrics = self.expect(self.pdp.call(None, "GET", "/metrics"), 200).text
        self.assertIn('stewardry_access_decisions_total{front="evaluation",decision="allow"} 1', metrics)
        self.assertIn('stewardry_access_decisions_total{front="evaluation",decision="deny"} 1', metrics)
        self.assertIn('stewardry_access_answer_seconds_count{front="evaluation"} 2', metrics)


class Explained(AuthzenCase):
    def explained(self, name, uuid_, who=None, status=200):
        return self.expect(
            self.pdp.call(who or name, "GET", f"/compute-nodes/{uuid_}/access?userId={user(name)}"), status
        )

    def test_each_action_is_as_evaluated(self):
        for name in EVERYBODY:
            told = self.explained(name, self.record, who="ben").json
            self.assertEqual(tuple(told["actions"]), ACTIONS)
            self.assertEqual(told["allowed"], told["actions"]["read"]["allowed"])
            for action, why in told["actions"].items():
                decided = self.decision(name, action, node_of(self.record))
                self.assertEqual(why["allowed"], decided, (name, action))
                self.assertTrue(why["reason"])
                self.assertTrue(why["facts"], (name, action))
                if not decided:
                    self.assertTrue(why["remedy"]["text"], (name, action))
                    self.assertTrue(why["remedy"]["steps"], (name, action))

    def test_reads_are_what_is_explained(self):
        for name in EVERYBODY:
            read = self.pdp.call(name, "GET", f"/compute-nodes/{self.record}").status == 200
            self.assertEqual(self.explained(name, self.record, who="ben").json["allowed"], read, name)

    def test_a_remedy_is_one(self):
        """What is proposed for a no makes it a yes: each grant that a remedy names is made by who it says."""
        private = self.node(self.pdp, self.lab, owner="ben", name="private")
        remedy = self.explained("dee", private, who="ben").json["actions"]["read"]["remedy"]
        self.assertEqual([step["by"] for step in remedy["steps"]], [[user("ben")]])
        path = f"/compute-nodes/{private}/permissions/users"
        self.expect(self.pdp.call("ben", "POST", path, {"userId": user("dee")}), 201)
        self.assertTrue(self.explained("dee", private).json["allowed"])

    def test_hidden_is_as_unknown_to_the_byte(self):
        hidden, nobodys = self.node(self.pdp, self.lab, owner="ben", name="hidden"), str(uuid.uuid4())
        for name in ("cy", "gus", "zoe"):
            one, other = (self.explained(name, each).text.replace(each, "ID") for each in (hidden, nobodys))
            self.assertEqual(one, other)
            for action in (*ACTIONS, "fly"):
                for context in ({}, {"workspaceId": WORKSPACE}, {"workspaceId": OTHER_WORKSPACE}):
                    answers = []
                    for each in (hidden, nobodys):
                        body = {
                            "subject": subject(name),
                            "action": {"name": action},
                            "resource": node_of(each),
                            "context": context,
                        }
                        answers.append(self.ask("evaluation", body, who=name).text)
                    self.assertEqual(*answers, (name, action))
        self.explained("ben", hidden, who="cy", status=404)
        self.explained("ben", self.record, who="cy", status=403)


class Preview(AuthzenCase):
    def who(self, node):
        principals, path = [], f"/compute-nodes/{node}/access/principals?limit=2"
        while path:
            answer = self.expect(self.pdp.call("ops", "GET", path), 200)
            principals += [each["userId"] for each in answer.json["principals"]]
            link = answer.headers["Link"]
            path = link[1 : link.index(">")] if link else None
        self.assertEqual(principals, sorted(set(principals)))
        return set(principals)

    def previewed(self, node, change, who="ben"):
        gains, loses, path = set(), set(), f"/compute-nodes/{node}/permissions/preview?limit=2"
        while path:
            answer = self.expect(self.pdp.call(who, "POST", path, change), 200)
            gains |= {each["userId"] for each in answer.json["gains"]}
            loses |= {each["userId"] for each in answer.json["loses"]}
            link = answer.headers["Link"]
            path = link[1 : link.index(">")] if link else None
        return gains, loses

    def test_a_preview_is_what_happens(self):
        node = self.node(self.pdp, self.lab, owner="ben", name="moving")
        base = f"/compute-nodes/{node}"
        steps = (
            ({"grant": {"userId": user("cy")}}, "POST", "/permissions/users", {"userId": user("cy")}),
            ({"grant": {"teamId": TEAM}}, "POST", "/permissions/teams", {"teamId": TEAM}),
            ({"revoke": {"userId": user("cy")}}, "DELETE", f"/permissions/users/{user('cy')}", None),
            ({"revoke": {"teamId": TEAM}}, "DELETE", f"/permissions/teams/{TEAM}", None),
            ({"accessScope": "workspace"}, "PUT", "/permissions", {"accessScope": "workspace"}),
            ({"accessScope": "private"}, "PUT", "/permissions", {"accessScope": "private"}),
            ({"accessScope": "workspace"}, "PUT", "/permissions", {"accessScope": "workspace"}),
            ({"detach": True}, "DELETE", "/organization", None),
            ({"attach": WORKSPACE}, "POST", f"/organization?organization_id={WORKSPACE}", None),
            ({"ownerId": user("dee")}, "PUT", "/owner", {"userId": user("dee")}),
        )
        for change, method, path, body in steps:
            before = self.who(node)
            gains, loses = self.previewed(node, change)
            self.assertEqual(self.who(node), before, "looking changes nothing")
            answer = self.pdp.call("ben", method, base + path, body)
            self.assertIn(answer.status, (200, 201), answer.text)
            after = self.who(node)
            self.assertEqual((gains, loses), (after - before, before - after), change)

    def test_an_enablement_too(self):
        path = f"/accounts/{self.lab}/workspaces/{WORKSPACE}"

        def creators():
            body = {
                "subject": {"type": "user"},
                "action": {"name": "create-node"},
                "resource": {"type": "account", "id": self.lab},
                "context": {"workspaceId": WORKSPACE},
            }
            return {each["id"] for each in self.ask("search/subject", body).json["results"]}

        for public in (False, True):
            before = creators()
            told = self.expect(self.pdp.call("ada", "POST", path + "/preview", {"isPublic": public}), 200).json
            self.expect(self.pdp.call("ada", "PUT", path, {"isPublic": public}), 200)
            after = creators()
            self.assertEqual({each["userId"] for each in told["gains"]}, after - before)
            self.assertEqual({each["userId"] for each in told["loses"]}, before - after)
        refused = self.expect(self.pdp.call("ada", "POST", path + "/preview", {"enabled": False}), 409).json
        self.assertEqual(refused["detail"], self.expect(self.pdp.call("ada", "DELETE", path), 409).json["detail"])


if __name__ == "__main__":
    stewardry.main()
