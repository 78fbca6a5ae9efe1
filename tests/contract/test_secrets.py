"""Secrets of a project: who may write them, that nobody reads them, how they lie on disk."""

from __future__ import annotations

import json
import sqlite3
import stat
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import update

from tests.conftest import BASIC
from tests.llm_app import OPENAI_KEY, Playground, llm_client, playground, provider, running_provider
from tests.llm_provider import LLMProvider, Reply
from weft.app import create_app
from weft.core.identity import Role, User
from weft.domain.secrets import put_secret
from weft.services import Services, sealer_of
from weft.settings import InvalidSettings, Settings, load_settings
from weft.storage.entities.sealing import CannotOpen
from weft.storage.entities.secrets import SecretStore, project_secrets
from weft.storage.events.engine import EventsEngine

__all__ = ["llm_client", "playground", "provider", "running_provider"]

VALUE = "sk-very-secret-0123456789"


def _listed(playground: Playground) -> Any:
    return playground.client.get(f"/weft/v1/projects/{playground.project}/secrets").json()["secrets"]


def test_secrets_are_listed_by_name_and_host_without_their_values(playground: Playground) -> None:
    answer = playground.secret("MY_KEY", f" {VALUE}\n", "API.example.com", "b.example:8443", "b.example:8443")
    assert answer["hosts"] == ["api.example.com", "b.example:8443"]
    listed = _listed(playground)
    assert [secret["name"] for secret in listed] == ["MY_KEY", "OPENAI_API_KEY"]
    assert listed[0].keys() == {"name", "hosts", "updated_at", "updated_by"}
    assert VALUE not in json.dumps([answer, listed])


def test_a_secret_is_replaced_and_removed(playground: Playground, provider: LLMProvider) -> None:
    playground.secret("OPENAI_API_KEY", VALUE)
    playground.complete()
    assert provider.headers[-1]["authorization"] == f"Bearer {VALUE}"
    path = f"/weft/v1/projects/{playground.project}/secrets/OPENAI_API_KEY"
    assert playground.client.delete(path).status_code == 204
    assert playground.client.delete(path).status_code == 404
    assert _listed(playground) == []
    assert "No API key OPENAI_API_KEY" in playground.complete()["response"]["error"]


def test_a_secret_of_one_project_is_none_of_another_s(playground: Playground, provider: LLMProvider) -> None:
    other = Playground(playground.client, f"{playground.project}-other")
    other.secret("GROQ_API_KEY", VALUE)
    assert "No API key OPENAI_API_KEY" in other.complete()["response"]["error"]
    assert provider.requests == []


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("MY_KEY", {"value": VALUE}, 400),
        ("MY_KEY", {"value": VALUE, "hosts": []}, 400),
        ("MY_KEY", {"value": VALUE, "hosts": None}, 400),
        ("AWS_SECRET_ACCESS_KEY", {"value": ""}, 400),
        ("MY_KEY", {"value": " ", "hosts": ["a.example"]}, 400),
        ("MY_KEY", {"value": "x" * 100_000, "hosts": ["a.example"]}, 400),
        ("MY_KEY", {"value": "\ud800", "hosts": ["a.example"]}, 400),
        ("MY_KEY", {"value": VALUE, "hosts": ["https://a.example/"]}, 400),
        ("MY_KEY", {"value": VALUE, "hosts": ["*.example"]}, 400),
        ("MY_KEY", {"value": VALUE, "hosts": ["a b"]}, 400),
        ("MY_KEY", {"value": VALUE, "hosts": ["a" * 3000 + "."]}, 400),
        ("MY_KEY", {"value": VALUE, "hosts": ["a.example"] * 21}, 400),
        ("1 bad name", {"value": VALUE, "hosts": ["a.example"]}, 400),
        ("MY_KEY", {"hosts": ["a.example"]}, 422),
        ("MY_KEY", {"value": VALUE, "hosts": ["a.example"], "more": 1}, 422),
        ("MY_KEY", {"value": [VALUE], "hosts": ["a.example"]}, 422),
    ],
)
def test_what_cannot_be_a_secret_is_refused_without_repeating_it(
    playground: Playground, name: str, body: dict[str, Any], status: int
) -> None:
    answer = playground.client.put(
        f"/weft/v1/projects/{playground.project}/secrets/{name}",
        content=json.dumps(body),
        headers={"content-type": "application/json"},
    )
    assert answer.status_code == status, answer.text
    assert VALUE not in answer.text


def test_a_provider_s_words_do_not_give_a_key_away(playground: Playground, provider: LLMProvider) -> None:
    provider.script.append(Reply(status=401, body={"error": {"message": f"no {OPENAI_KEY}"}}))
    answer = playground.complete()
    assert answer["response"]["error"] == "The LLM endpoint answered 401: no ***"
    assert OPENAI_KEY not in repr(playground.span(answer))


def test_the_database_holds_no_secret_in_the_clear(playground: Playground) -> None:
    playground.secret("MY_KEY", VALUE, "a.example")
    data = playground.services.settings.data
    kept = [path for path in data.rglob("*") if path.is_file()]
    assert {"entities.db", "secrets.key"} <= {path.name for path in kept}
    assert [path for path in kept if VALUE.encode() in path.read_bytes()] == []
    assert stat.S_IMODE((data / "secrets.key").stat().st_mode) == 0o600


# The store by itself.


@pytest.fixture
def stored(services: Services) -> Services:
    """Services with one secret."""
    project = services.stores.projects.ensure("e", "p")
    put_secret(services.stores, project, User("u", "ann"), "MY_KEY", VALUE, ["a.example"])
    return services


def _opened(services: Services, **changes: Any) -> Any:
    """The secret as another process would read it, with other settings."""
    settings = services.settings.model_copy(update=changes)
    project = services.stores.projects.ensure("e", "p")
    return SecretStore(services.database, sealer_of(settings)).open_secret(project.id, "MY_KEY")


def test_another_process_reads_it_with_the_key_in_the_data_folder(stored: Services) -> None:
    assert _opened(stored).value == VALUE
    assert VALUE not in repr(_opened(stored))


def test_with_another_key_it_cannot_be_read(stored: Services) -> None:
    with pytest.raises(CannotOpen, match="WEFT_SECRETS_KEY"):
        _opened(stored, secrets_key=SecretStr("k" * 40))
    (stored.settings.data / "secrets.key").unlink()
    with pytest.raises(CannotOpen, match="cannot be read"):
        _opened(stored)


@pytest.mark.parametrize("change", ["hosts = '[\"evil.example\"]'", "name = 'OTHER'", "project_id = 'other'"])
def test_a_row_that_was_changed_in_the_database_cannot_be_read(stored: Services, change: str) -> None:
    database = sqlite3.connect(stored.settings.data / "entities.db")
    with database:
        database.execute(f"UPDATE project_secrets SET {change}")
    (row,) = database.execute("SELECT project_id, name FROM project_secrets").fetchall()
    database.close()
    with pytest.raises(CannotOpen, match="cannot be opened"):
        stored.stores.secrets.open_secret(*row)


def test_servers_that_share_a_database_need_a_key_they_share() -> None:
    with pytest.raises(InvalidSettings, match="WEFT_SECRETS_KEY is missing"):
        load_settings(entities_url="postgresql://host/name")
    assert load_settings(entities_url="postgresql://host/name", secrets_key="k" * 32).secrets_key is not None


def test_a_secret_that_cannot_be_opened_is_no_trouble_but_its_own(
    playground: Playground, provider: LLMProvider
) -> None:
    entity, _, name = playground.project.partition("/")
    project = playground.services.stores.projects.ensure(entity, name)
    with playground.services.database.write() as connection:
        connection.execute(
            update(project_secrets).where(project_secrets.c.project_id == project.id).values(hosts=["evil.example"])
        )
    assert "cannot be opened" in playground.complete()["response"]["error"]
    assert [secret["name"] for secret in _listed(playground)] == ["OPENAI_API_KEY"]
    playground.secret("OPENAI_API_KEY", VALUE)
    assert "error" not in playground.complete()["response"]
    assert len(provider.requests) == 1


# Who may.


@pytest.fixture(scope="module")
def keyed(
    tmp_path_factory: pytest.TempPathFactory, events_engine: EventsEngine, events_url: str
) -> Iterator[TestClient]:
    """A client of an application that asks for keys."""
    data = tmp_path_factory.mktemp("keyed") / "data"
    settings = Settings(data=data, events_url=events_url, auth="keys", scoring_worker=False)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def bearer(keyed: TestClient) -> Callable[[Role], dict[str, str]]:
    """Makes a key and gives the header that carries it."""
    services: Services = keyed.app.state.services  # type: ignore[attr-defined]
    return lambda role: {"authorization": f"Bearer {services.stores.keys.create_key('ann', role, 'team/p')}"}


@pytest.mark.parametrize(
    ("role", "put", "list_", "complete"),
    [
        (Role.viewer, 403, 403, 403),
        (Role.annotator, 403, 403, 403),
        (Role.member, 403, 200, 200),
        (Role.admin, 200, 200, 200),
    ],
)
def test_administrators_write_and_members_see_and_use(
    keyed: TestClient, bearer: Callable[[Role], dict[str, str]], role: Role, put: int, list_: int, complete: int
) -> None:
    headers = bearer(role)
    path = "/weft/v1/projects/team/p/secrets"
    body = {"value": VALUE, "hosts": ["a.example"]}
    assert keyed.put(f"{path}/K", json=body, headers=headers).status_code == put
    assert keyed.delete(f"{path}/NOT_THERE", headers=headers).status_code == (404 if put == 200 else 403)
    assert keyed.get(path, headers=headers).status_code == list_
    request = {"project_id": "team/p", "inputs": {"model": "gpt-4o"}}
    assert keyed.post("/completions/create", json=request, headers=headers).status_code == complete
    assert keyed.post("/completions/create_stream", json=request, headers=headers).status_code == complete
    request = {"project_id": "team/p", "inputs": {"model": "dall-e-3", "prompt": "x"}}
    assert keyed.post("/image/create", json=request, headers=headers).status_code == complete
    runtime = {"base_url": "https://a.example/v1", "runtime_ids": []}
    assert keyed.put("/v2/team/p/runtimes/r", json=runtime, headers=headers).status_code == complete
    assert keyed.get(path, headers=BASIC).status_code == 401
