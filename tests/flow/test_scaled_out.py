"""Several servers over one PostgreSQL, one ClickHouse and one bucket are one server to whoever asks them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from typing import Any

import httpx
import pytest

from tests.live import LiveServer
from tests.services.clickhouse_front import ClickHouseFront
from tests.services.postgres import Postgres
from tests.services.s3 import S3
from weft.core.identity import Role
from weft.core.ids import new_id
from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.keys import KeyStore

ADMIN = "A" * 40
SERVERS = 2


class Site:
    """The servers, asked in turn unless one is named."""

    def __init__(self, servers: list[LiveServer], entities_url: str) -> None:
        self.entities_url = entities_url
        self.clients = [httpx.Client(base_url=server.url, auth=("api", ADMIN), timeout=120) for server in servers]
        self._turns = cycle(range(len(servers)))

    def ask(self, path: str, body: dict[str, Any], server: int | None = None) -> Any:
        answer = self.clients[next(self._turns) if server is None else server].post(path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, postgres: Postgres, clickhouse: ClickHouseFront, s3: S3
) -> Iterator[Site]:
    url = postgres.create_database()
    environment = {
        "WEFT_ENTITIES_URL": url,
        "WEFT_EVENTS_URL": clickhouse.url,
        # One half by the URL, the other as every client of S3 is told.
        "WEFT_BLOBS_URL": f"{s3.plain_url}?region=eu-central-1",
        **s3.environment,
        "WEFT_SECRETS_KEY": "k" * 32,
        "WEFT_ADMIN_KEY": ADMIN,
        "WEFT_AUTH": "keys",
        "WEFT_SCORING_POLL_SECONDS": "0.2",
    }
    folder = tmp_path_factory.mktemp("site")
    servers = [LiveServer(folder / f"server{number}", **environment) for number in range(SERVERS)]
    # At once, as an orchestrator does it: they have to agree on who migrates and who makes the first key.
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda server: server.start(timeout=240), servers))
    opened = Site(servers, url)
    yield opened
    for client in opened.clients:
        client.close()
    for server in servers:
        server.stop()
    postgres.drop_database(url)


def _start(site: Site, project: str, call_id: str, **server: int) -> None:
    start = {
        "project_id": project, "id": call_id, "trace_id": new_id(), "op_name": "op", "attributes": {},
        "started_at": "2026-01-01T00:00:00Z", "inputs": {"q": "é\u0000"},
    }  # fmt: skip
    site.ask("/call/start", {"start": start}, **server)


def _end(site: Site, project: str, call_id: str, **server: int) -> None:
    end = {"project_id": project, "id": call_id, "ended_at": "2026-01-01T00:00:01Z", "output": "o", "summary": {}}
    site.ask("/call/end", {"end": end}, **server)


def _rename(site: Site, project: str, call_id: str, **server: int) -> None:
    site.ask("/call/update", {"project_id": project, "call_id": call_id, "display_name": "renamed"}, **server)


def test_a_call_is_started_on_one_ended_on_another_and_renamed_on_the_first(site: Site, project: str) -> None:
    call_id = new_id()
    _start(site, project, call_id, server=0)
    _end(site, project, call_id, server=1)
    _rename(site, project, call_id, server=0)
    for server in range(SERVERS):
        read = site.ask("/call/read", {"project_id": project, "id": call_id}, server=server)["call"]
        assert (read["output"], read["display_name"], read["inputs"]) == ("o", "renamed", {"q": "é\u0000"})


def test_changes_of_one_call_on_two_servers_at_once_are_both_kept(site: Site, project: str) -> None:
    call_ids = [new_id() for _ in range(20)]
    for call_id in call_ids:
        _start(site, project, call_id)
    with ThreadPoolExecutor(8) as pool:
        for call_id in call_ids:
            pool.submit(_end, site, project, call_id, server=0)
            pool.submit(_rename, site, project, call_id, server=1)
    calls = [site.ask("/call/read", {"project_id": project, "id": call_id})["call"] for call_id in call_ids]
    assert {(call["output"], call["display_name"]) for call in calls} == {("o", "renamed")}


def test_what_one_server_stores_the_other_has_at_once(site: Site, project: str) -> None:
    for value in range(3):
        obj = {"project_id": project, "object_id": "thing", "val": {"n": value}}
        digest = site.ask("/obj/create", {"obj": obj}, server=value % 2)["digest"]
        read = site.ask("/obj/read", {"project_id": project, "object_id": "thing", "digest": "latest"}, (value + 1) % 2)
        assert (read["obj"]["digest"], read["obj"]["version_index"]) == (digest, value)
    call_id = new_id()
    _start(site, project, call_id, server=0)
    feedback = {
        "project_id": project,
        "weave_ref": f"weave:///{project}/call/{call_id}",
        "feedback_type": "note",
        "payload": {"note": "n"},
    }
    made = site.ask("/feedback/create", feedback, server=0)["id"]
    query = {"$expr": {"$eq": [{"$getField": "id"}, {"$literal": made}]}}
    found = site.ask("/feedback/query", {"project_id": project, "query": query}, server=1)["result"]
    assert [item["payload"] for item in found] == [{"note": "n"}]
    site.ask("/feedback/purge", {"project_id": project, "query": query}, server=1)
    assert site.ask("/feedback/query", {"project_id": project, "query": query}, server=0)["result"] == []


def test_files_go_to_the_bucket_and_come_back_from_any_server(site: Site, project: str) -> None:
    content = bytes(range(256)) * 50
    made = site.clients[0].post("/file/create", data={"project_id": project}, files={"file": ("name.bin", content)})
    assert made.status_code == 200, made.text
    body = {"project_id": project, "digest": made.json()["digest"]}
    read = site.clients[1].post("/file/content", json=body)
    assert (read.status_code, read.content) == (200, content)


def test_ids_of_a_thousand_calls_fit_into_one_question(site: Site, project: str) -> None:
    call_id = new_id()
    _start(site, project, call_id)
    ids = [call_id, *(new_id() for _ in range(999))]
    answer = site.clients[0].post("/calls/stream_query", json={"project_id": project, "filter": {"call_ids": ids}})
    assert answer.status_code == 200, answer.text
    assert len(answer.text.splitlines()) == 1


def test_a_revoked_key_is_refused_by_every_server_within_seconds(site: Site, project: str) -> None:
    database = EntitiesDatabase(site.entities_url)
    keys = KeyStore(database)
    key = keys.create_key("bob", Role.member)
    body = {"project_id": project, "filter": {}}
    _start(site, project, new_id())

    def statuses() -> set[int]:
        urls = [client.base_url.join("/calls/query_stats") for client in site.clients]
        return {httpx.post(url, json=body, auth=("api", key), timeout=120).status_code for url in urls}

    assert statuses() == {200}
    keys.revoke(next(record.id for record in keys.list_keys() if record.username == "bob"))
    database.close()
    deadline = time.monotonic() + 60
    while 200 in (seen := statuses()):
        assert time.monotonic() < deadline, "a server still takes the key"
        time.sleep(0.2)
    assert seen == {401}
