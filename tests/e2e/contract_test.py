"""The committed contract is the one that the program speaks, and the pages that are generated from it are true."""

import json
import pathlib

import stewardry
from stewardry import run

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

# The table of the mission's document: what must be there, whatever else is.
DOCUMENT = """
POST /accounts
GET /accounts
GET /accounts/{id}
POST /accounts/{uuid}/workspaces
DELETE /accounts/{uuid}/workspaces/{workspaceId}
POST /compute-nodes
GET /compute-nodes
GET /compute-nodes/{id}
DELETE /compute-nodes/{id}
GET /compute-nodes/{id}/permissions
PUT /compute-nodes/{id}/permissions
POST /compute-nodes/{id}/permissions/users
DELETE /compute-nodes/{id}/permissions/users/{userId}
POST /compute-nodes/{id}/permissions/teams
DELETE /compute-nodes/{id}/permissions/teams/{teamId}
POST /compute-nodes/{id}/organization
DELETE /compute-nodes/{id}/organization
"""


class Contract(stewardry.TestCase):
    def test_the_committed_document_is_what_the_types_say(self):
        printed = run("openapi")
        self.assertEqual(printed.returncode, 0, printed.stderr)
        committed = (ROOT / "api" / "openapi.json").read_text()
        self.assertEqual(printed.stdout, committed, "run: build/release/stewardry openapi > api/openapi.json")

    def test_every_endpoint_of_the_mission_is_in_it(self):
        paths = json.loads((ROOT / "api" / "openapi.json").read_text())["paths"]
        for line in DOCUMENT.split("\n"):
            if line:
                method, path = line.split(" ")
                self.assertIn(method.lower(), paths[path], line)

    def test_every_reference_in_it_leads_somewhere(self):
        document = json.loads((ROOT / "api" / "openapi.json").read_text())

        def walk(value):
            if isinstance(value, dict):
                if "$ref" in value:
                    target = document
                    for step in value["$ref"].removeprefix("#/").split("/"):
                        target = target[step]
                for inner in value.values():
                    walk(inner)
            elif isinstance(value, list):
                for inner in value:
                    walk(inner)

        walk(document)

    def test_operation_ids_are_unique(self):
        paths = json.loads((ROOT / "api" / "openapi.json").read_text())["paths"]
        ids = [
            endpoint["operationId"]
            for methods in paths.values()
            for endpoint in methods.values()
            if "operationId" in endpoint
        ]
        self.assertEqual(len(ids), len(set(ids)))

    def test_the_table_of_settings_in_the_docs_is_the_programs(self):
        printed = run("config", "reference").stdout
        self.assertIn(printed, (ROOT / "docs" / "reference" / "settings.md").read_text())


if __name__ == "__main__":
    stewardry.main()
