"""The wandb host's GraphQL, with the queries as clients print them."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

PROJECT = (
    "query Project($name: String!, $entityName: String!) { project(name: $name, entityName: $entityName) { name } }"
)
UPSERT = """
mutation UpsertModel($name: String!, $id: String, $entity: String!, $description: String, $repo: String) {
  upsertModel(input: {id: $id, name: $name, entityName: $entity, description: $description, repo: $repo}) {
    model { name description }
  }
}
"""
DETAILS = """
query ProjectDetails($entity: String, $project: String) {
  model(name: $project, entityName: $entity) { id name repo dockerImage description }
}
"""
VIEWER = """
query Viewer {
  viewer { id entity username email flags teams { edges { node { name } } } }
  serverInfo { cliVersionInfo latestLocalVersionInfo { outOfDate latestVersionString versionOnThisInstanceString } }
}
"""
PROBE = """
query ProbeServerCapabilities {
  QueryType: __type(name: "Query") { ...Names }
  MutationType: __type(name: "Mutation") { ...Names }
  ServerInfoType: __type(name: "ServerInfo") { ...Names }
}
fragment Names on __Type { fields { name } }
"""


def ask(client: TestClient, query: str, **variables: object) -> dict[str, Any]:
    """The answer; every answer to a caller we know has status 200."""
    answer = client.post("/graphql", json={"query": query, "variables": variables or None})
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


def test_start_up_of_the_client(app_client: TestClient, project: str) -> None:
    entity, _, name = project.partition("/")
    assert ask(app_client, PROJECT, name=name, entityName=entity) == {"data": {"project": None}}
    assert ask(app_client, DETAILS, project=name, entity=entity) == {"data": {"model": None}}
    made = {"data": {"upsertModel": {"model": {"name": name, "description": None}}}}
    assert ask(app_client, UPSERT, name=name, entity=entity, description=None) == made
    assert ask(app_client, UPSERT, name=name, entity=entity, description=None) == made
    assert ask(app_client, PROJECT, name=name, entityName=entity) == {"data": {"project": {"name": name}}}
    assert ask(app_client, DETAILS, project=name, entity=entity)["data"]["model"]["name"] == name


def test_default_entity(app_client: TestClient) -> None:
    viewer = ask(app_client, "query DefaultEntity { viewer { username defaultEntity { name } } }")
    assert viewer == {"data": {"viewer": {"username": "local", "defaultEntity": {"name": "local"}}}}


def test_login_of_the_wandb_package(app_client: TestClient) -> None:
    answer = ask(app_client, VIEWER)["data"]
    assert answer["viewer"]["flags"] == "{}"
    assert answer["viewer"]["teams"] == {"edges": [{"node": {"name": "local"}}]}
    assert answer["serverInfo"]["latestLocalVersionInfo"]["outOfDate"] is False


def test_capabilities_are_read_by_introspection(app_client: TestClient) -> None:
    answer = ask(app_client, PROBE)["data"]
    assert {"viewer", "project", "serverInfo"} <= {field["name"] for field in answer["QueryType"]["fields"]}
    assert answer["MutationType"]["fields"] == [{"name": "upsertModel"}]


def test_inlined_input_and_other_white_space_are_the_same_query(app_client: TestClient, project: str) -> None:
    entity, _, name = project.partition("/")
    query = f'mutation{{upsertModel(input:{{name:"{name}" entityName:"{entity}"}}){{model{{name}}}}}}'
    assert ask(app_client, query) == {"data": {"upsertModel": {"model": {"name": name}}}}


def test_a_doubled_slash_is_forgiven(app_client: TestClient) -> None:
    assert app_client.post("http://testserver//graphql", json={"query": "{viewer{id}}"}).json()["data"]["viewer"]["id"]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "{",
        "{ nothing }",
        "query ($id: ID!) { artifact(id: $id) { id } }",
        "{" + "a{" * 3000 + "}" * 3001,
        "{viewer}",
    ],
)
def test_queries_nobody_serves_are_errors_in_the_answer(app_client: TestClient, query: str) -> None:
    answer = ask(app_client, query)
    assert answer["errors"][0]["message"]
    assert answer.get("data") is None


@pytest.mark.parametrize("name", ["", "a/b", "..", None])
def test_projects_that_cannot_exist(app_client: TestClient, name: str | None) -> None:
    mutation = 'mutation ($n: String) { upsertModel(input: {name: $n, entityName: "e"}) { model { name } } }'
    answer = ask(app_client, mutation, n=name)
    assert answer["errors"][0]["extensions"]["code"] == "INVALID_REQUEST"
    assert answer["data"] == {"upsertModel": None}


@pytest.mark.parametrize("body", [[], {}, {"query": 5}, {"query": "{viewer{id}}", "variables": "x"}])
def test_bodies_that_are_no_graphql_request(app_client: TestClient, body: object) -> None:
    assert app_client.post("/graphql", json=body).status_code == 422
