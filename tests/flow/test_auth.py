"""Who gets in and what they may do, over HTTP, against a whole application that asks for keys."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from weft.app import create_app
from weft.core.identity import Role
from weft.services import Services
from weft.settings import Settings
from weft.storage.events.engine import EventsEngine

Header = dict[str, str]


@pytest.fixture(scope="module")
def keyed(
    tmp_path_factory: pytest.TempPathFactory, events_engine: EventsEngine, events_url: str
) -> Iterator[TestClient]:
    """A client without credentials of an application that asks for keys."""
    data: Path = tmp_path_factory.mktemp("keyed") / "data"
    settings = Settings(data=data, events_url=events_url, auth="keys", scoring_worker=False)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def bearer(keyed: TestClient) -> Callable[..., Header]:
    """Makes a key and gives the header that carries it."""
    services: Services = keyed.app.state.services  # type: ignore[attr-defined]

    def make(role: Role, scope: str = "*", username: str = "ann") -> Header:
        return {"authorization": f"Bearer {services.stores.keys.create_key(username, role, scope)}"}

    return make


def basic(password: str, username: str = "api") -> Header:
    """The header that official clients send."""
    return {"authorization": "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()}


def info(client: TestClient, project: str, headers: Header) -> int:
    """The status of a request that needs to read the project."""
    return client.post("/service/projects_info", json={"project_ids": [project]}, headers=headers).status_code


def create(client: TestClient, project: str, headers: Header) -> object:
    """What `weave.init` does to make a project."""
    entity, _, name = project.partition("/")
    query = "mutation M($i: UpsertModelInput!) { upsertModel(input: $i) { model { name } } }"
    body = {"query": query, "variables": {"i": {"name": name, "entityName": entity}}}
    return client.post("/graphql", json=body, headers=headers).json()


def test_basic_and_bearer_both_carry_a_key(keyed: TestClient, bearer: Callable[..., Header]) -> None:
    header = bearer(Role.member)
    key = header["authorization"].removeprefix("Bearer ")
    for headers in (
        header,
        basic(key),
        basic(key, "anybody"),
        {"authorization": f"basic {basic(key)['authorization'][6:]}"},
    ):
        assert keyed.get("/weft/v1/projects", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        basic("x" * 40),
        basic(""),
        basic("DISABLED"),
        {"authorization": "Basic not-base64"},
        {"authorization": "Basic /w=="},
        {b"authorization": b"Basic caf\xe9"},
        {"authorization": "Bearer "},
        {"authorization": "Digest abc"},
    ],
)
def test_strangers_are_told_to_authenticate(keyed: TestClient, headers: Header | dict[bytes, bytes]) -> None:
    for answer in (
        keyed.get("/weft/v1/projects", headers=headers),
        keyed.post("/service/projects_info", content=b"not json", headers=headers),
        keyed.post("/graphql", json={"query": "{viewer{id}}"}, headers=headers),
    ):
        assert answer.status_code == 401
        assert set(answer.json()) == {"reason"}
        assert answer.headers["www-authenticate"].startswith("Basic")


def test_an_unknown_project_and_a_forbidden_one_look_the_same(
    keyed: TestClient, bearer: Callable[..., Header], project: str
) -> None:
    create(keyed, project, bearer(Role.admin))
    outsider = bearer(Role.admin, "elsewhere/*")
    answers = [
        keyed.post("/service/projects_info", json={"project_ids": [name]}, headers=outsider)
        for name in (project, "tests/never-made")
    ]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert answers[0].json() == answers[1].json() == {"reason": "Forbidden"}


def test_a_reader_of_a_project_nobody_made_gets_404(
    keyed: TestClient, bearer: Callable[..., Header], project: str
) -> None:
    assert info(keyed, project, bearer(Role.annotator)) == 404


def test_the_internal_id_is_known_before_the_first_write(
    keyed: TestClient, bearer: Callable[..., Header], project: str
) -> None:
    services: Services = keyed.app.state.services  # type: ignore[attr-defined]
    header = bearer(Role.member)
    answer = keyed.post("/service/projects_info", json={"project_ids": [project]}, headers=header)
    entity, _, name = project.partition("/")
    assert services.stores.projects.find(entity, name) is None
    create(keyed, project, header)
    made = services.stores.projects.find(entity, name)
    assert made is not None
    assert answer.json() == [{"external_project_id": project, "internal_project_id": made.id}]


@pytest.mark.parametrize("role", [Role.viewer, Role.annotator])
def test_only_members_make_projects(keyed: TestClient, bearer: Callable[..., Header], project: str, role: Role) -> None:
    answer = create(keyed, project, bearer(role))
    assert answer["errors"][0]["extensions"]["code"] == "PERMISSION_ERROR"  # type: ignore[index]
    assert info(keyed, project, bearer(Role.viewer)) == 404


@pytest.mark.parametrize("name", ["", "only", "/x", "x/", "a/b/c", "a/..", "*/x", "a/*", " a/b", "a/b\x00", "a/\ud800"])
def test_malformed_projects_are_refused(keyed: TestClient, bearer: Callable[..., Header], name: str) -> None:
    body = b'{"project_ids": [' + ascii_json(name) + b"]}"
    answer = keyed.post(
        "/service/projects_info", content=body, headers={**bearer(Role.admin), "content-type": "application/json"}
    )
    assert answer.status_code == 400
    assert "entity/project" in answer.json()["reason"]


def ascii_json(text: str) -> bytes:
    """JSON that may hold what UTF-8 cannot."""
    return ('"' + "".join(f"\\u{ord(character):04x}" for character in text) + '"').encode()


def test_the_switched_off_client_makes_no_project(keyed: TestClient, bearer: Callable[..., Header]) -> None:
    assert info(keyed, "DISABLED/DISABLED", bearer(Role.admin)) == 403
    answer = create(keyed, "DISABLED/DISABLED", bearer(Role.admin))
    assert answer["data"] == {"upsertModel": None}  # type: ignore[index]


def test_each_caller_sees_their_projects(keyed: TestClient, bearer: Callable[..., Header]) -> None:
    admin = bearer(Role.admin)
    for name in ("seen/one", "seen/two", "unseen/three"):
        create(keyed, name, admin)
    shown = keyed.get("/weft/v1/projects", headers=bearer(Role.viewer, "seen/*")).json()["projects"]
    assert shown == [{"entity": "seen", "name": name, "role": "viewer"} for name in ("one", "two")]


def test_keys_are_managed_by_administrators_of_everything(keyed: TestClient, bearer: Callable[..., Header]) -> None:
    wanted = {"username": "bob", "role": "viewer", "scope": "seen/*", "name": "ci"}
    for header in (bearer(Role.member), bearer(Role.admin, "seen/*")):
        assert keyed.get("/weft/v1/keys", headers=header).status_code == 403
        assert keyed.post("/weft/v1/keys", json=wanted, headers=header).status_code == 403
        assert keyed.delete("/weft/v1/keys/any", headers=header).status_code == 403
    admin = bearer(Role.admin)
    key = keyed.post("/weft/v1/keys", json=wanted, headers=admin).json()["key"]
    assert keyed.get("/weft/v1/projects", headers=basic(key)).status_code == 200
    listed = keyed.get("/weft/v1/keys", headers=admin)
    assert key not in listed.text
    (record,) = [item for item in listed.json()["keys"] if item["username"] == "bob"]
    assert record["grants"] == [{"scope": "seen/*", "role": "viewer"}]
    assert keyed.delete(f"/weft/v1/keys/{record['id']}", headers=admin).status_code == 204
    assert keyed.get("/weft/v1/projects", headers=basic(key)).status_code == 401
    assert keyed.delete(f"/weft/v1/keys/{record['id']}", headers=admin).status_code == 404


@pytest.mark.parametrize(
    "change", [{"role": "god"}, {"scope": "a"}, {"username": ""}, {"username": "a/b"}, {"extra": 1}]
)
def test_bad_keys_are_not_made(keyed: TestClient, bearer: Callable[..., Header], change: dict[str, object]) -> None:
    body = {"username": "eve", "role": "viewer", **change}
    assert keyed.post("/weft/v1/keys", json=body, headers=bearer(Role.admin)).status_code in (400, 422)
    assert "eve" not in keyed.get("/weft/v1/keys", headers=bearer(Role.admin)).text


def test_a_browser_logs_in_and_out(keyed: TestClient, bearer: Callable[..., Header]) -> None:
    key = bearer(Role.admin)["authorization"].removeprefix("Bearer ")
    assert keyed.get("/weft/v1/session").json()["username"] is None
    assert keyed.post("/weft/v1/session", json={"key": "x" * 40}).status_code == 401
    login = keyed.post("/weft/v1/session", json={"key": key})
    try:
        cookie = login.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert keyed.get("/weft/v1/session").json() == {
            "auth": "keys",
            "username": "ann",
            "default_entity": "ann",
            "administrator": True,
        }
        wanted = {"username": "made-by-cookie", "role": "viewer"}
        for headers in ({}, {"origin": "https://elsewhere.example"}, {"origin": "null"}):
            assert keyed.post("/weft/v1/keys", json=wanted, headers=headers).status_code == 403
        own = {"origin": "http://testserver"}
        assert keyed.post("/weft/v1/keys", json=wanted, headers=own).status_code == 201
        assert keyed.delete("/weft/v1/session", headers=own).status_code == 204
        assert keyed.get("/weft/v1/session").json()["username"] is None
    finally:
        keyed.cookies.clear()


def test_another_page_cannot_log_the_browser_in(keyed: TestClient, bearer: Callable[..., Header]) -> None:
    key = bearer(Role.viewer)["authorization"].removeprefix("Bearer ")
    headers = {"origin": "https://elsewhere.example"}
    assert keyed.post("/weft/v1/session", json={"key": key}, headers=headers).status_code == 403


def test_without_keys_everyone_is_local(app_client: TestClient) -> None:
    for headers in ({"authorization": ""}, basic("whatever"), {"authorization": "Bearer x"}):
        session = app_client.get("/weft/v1/session", headers=headers).json()
        assert session == {"auth": "off", "username": "local", "default_entity": "local", "administrator": True}


def test_without_keys_the_switched_off_client_is_still_refused(app_client: TestClient) -> None:
    assert info(app_client, "DISABLED/DISABLED", basic("DISABLED")) == 401
    assert info(app_client, "DISABLED/DISABLED", basic("k" * 40)) == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://elsewhere.example"}, 403),
        ({"origin": "null"}, 403),
        ({"host": "rebound.example.com:6345"}, 403),
        ({"host": "rebound.example.com:6345", "origin": "http://rebound.example.com:6345"}, 403),
        ({"host": "127.0.0.1:6345", "origin": "http://127.0.0.1:6345"}, 200),
        ({"host": "[::1]:6345", "origin": "http://[::1]:6345"}, 200),
        ({"host": "[::1"}, 200),
        ({"host": "localhost"}, 200),
        ({"host": "host.docker.internal:6345"}, 200),
    ],
)
def test_without_keys_pages_from_elsewhere_are_refused(app_client: TestClient, headers: Header, status: int) -> None:
    assert app_client.get("/weft/v1/projects", headers=headers).status_code == status


def test_probes_need_no_key(keyed: TestClient) -> None:
    assert keyed.get("/health").json() == {"status": "ok"}
    assert keyed.get("/ready").json() == {"status": "ready", "unavailable": [], "scoring": "off"}
    assert keyed.get("/server_info").json()["min_required_weave_python_version"] == "0.0.0"
    assert keyed.get("/traces/server_info").status_code == 200
