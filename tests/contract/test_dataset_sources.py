"""What the rows of datasets were made from, over HTTP."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from weft.core.ids import new_id
from weft.services import Services
from weft.storage.events.spans import Span

NAMESPACE = uuid.UUID("9f2c1d3e-7b4a-5c6d-8e9f-0a1b2c3d4e5f")
CONVERSATION = {"source_kind": "conversation", "source_id": "chat/1", "source_trace_id": ""}


class Sources:
    """A project whose datasets have rows with sources."""

    def __init__(self, client: TestClient, project: str) -> None:
        self.client = client
        self.project = project
        self.services: Services = client.app.state.services  # type: ignore[attr-defined]

    @property
    def internal(self) -> str:
        entity, _, name = self.project.partition("/")
        found = self.services.stores.projects.find(entity, name)
        assert found is not None
        return found.id

    def post(self, path: str, **body: Any) -> Any:
        content = json.dumps({"project_id": self.project, **body})
        return self.client.post(path, content=content, headers={"content-type": "application/json"})

    def ok(self, path: str, **body: Any) -> Any:
        response = self.post(path, **body)
        assert response.status_code == 200, response.text
        return response.json()

    def call(self, **given: Any) -> dict[str, str]:
        call_id, trace_id = new_id(), new_id()
        start = {"id": call_id, "trace_id": trace_id, "op_name": "op", "started_at": "2026-01-01T00:00:00.000001Z"}
        self.ok("/call/start", start={"project_id": self.project, "attributes": {}, "inputs": {}, **start, **given})
        return {"source_kind": "call", "source_id": call_id, "source_trace_id": trace_id}

    def span(self, name: str) -> dict[str, str]:
        self.call()
        trace_id, span_id = uuid.uuid4().hex, uuid.uuid4().hex[:16]
        started = datetime(2026, 1, 1, 0, 0, 0, 7, tzinfo=UTC)
        self.services.stores.spans.put([Span(self.internal, trace_id, span_id, started, span_name=name)])
        return {"source_kind": "span", "source_id": span_id, "source_trace_id": trace_id}

    def link(self, *rows: tuple[str, list[dict[str, str]]], dataset: str = "ds", **options: Any) -> list[Any]:
        links = [{"row_digest": digest, "sources": sources} for digest, sources in rows]
        body = {"dataset_object_id": dataset, "dataset_digest": "d", "links": links, **options}
        entries: list[Any] = self.ok("/dataset_sources/link", **body)["entries"]
        return entries

    def links(self, **query: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ok("/dataset_sources/query", **{"dataset_object_id": "ds", **query})["links"]
        return found

    def memberships(self, *sources: dict[str, str], **options: Any) -> list[dict[str, Any]]:
        found = self.ok("/dataset_sources/source_datasets_query", sources=list(sources), **options)
        listed: list[dict[str, Any]] = found["memberships"]
        return listed


@pytest.fixture
def sources(app_client: TestClient, project: str) -> Sources:
    return Sources(app_client, project)


def test_each_kind_of_source_is_linked_as_it_is_now(sources: Sources) -> None:
    op = f"weave:///{sources.project}/op/answer:abc"
    call, named, span = sources.call(op_name=op), sources.call(display_name="Shown"), sources.span("chat gpt")
    lies = {**call, "source_trace_id": "made up"}
    before = datetime.now(UTC)
    entries = sources.link(("r1", [lies, span]), ("r2", [CONVERSATION, named]))
    assert [set(entry) for entry in entries] == [{"link_id", "created"}] * 4
    assert [entry["created"] for entry in entries] == [None] * 4

    found = {link["id"]: link for link in sources.links()}
    assert len(found) == 4
    by_call, by_span, by_chat, by_name = (found[entry["link_id"]] for entry in entries)
    assert (by_call["row_digest"], by_call["source_kind"], by_call["source_id"]) == ("r1", "call", call["source_id"])
    assert by_call["source_trace_id"] == call["source_trace_id"]
    assert (by_call["source_display_name"], by_name["source_display_name"]) == ("answer", "Shown")
    assert by_call["source_started_at"] == "2026-01-01T00:00:00.000001Z"
    assert (by_span["source_trace_id"], by_span["source_display_name"]) == (span["source_trace_id"], "chat gpt")
    assert by_span["source_started_at"] == "2026-01-01T00:00:00.000007Z"
    assert (by_chat["row_digest"], by_chat["source_display_name"], by_chat["source_trace_id"]) == ("r2", "", "")
    assert datetime.fromisoformat(by_chat["source_started_at"]) >= before
    assert by_chat["added_by"]
    assert by_chat["created_at"] == by_chat["updated_at"]
    assert (by_chat["deleted_at"], by_chat["link_metadata"]) == (None, None)


def test_the_id_of_a_link_follows_from_what_it_links(sources: Sources) -> None:
    call = sources.call()
    (entry,) = sources.link(("r1", [call]), dataset="my ds")
    parts = (sources.internal, "my ds", "r1", "call", call["source_id"], call["source_trace_id"])
    text = "".join(f"{len(part)}:{part}" for part in parts)
    assert entry["link_id"] == str(uuid.uuid5(NAMESPACE, text))


def test_linking_again_says_so_and_keeps_the_first_moment(sources: Sources) -> None:
    call = sources.call()
    first = sources.link(("r1", [call]), ("r1", [call]), include_created_status=True)
    assert [entry["created"] for entry in first] == [True, False]
    assert first[0]["link_id"] == first[1]["link_id"]
    (link,) = sources.links()
    again = sources.link(("r1", [call]), ("r2", [call]), include_created_status=True)
    assert [entry["created"] for entry in again] == [False, True]
    sources.link(("r1", [call]))
    (kept,) = sources.links(row_digests=["r1"])
    assert (kept["id"], kept["created_at"]) == (link["id"], link["created_at"])
    assert kept["updated_at"] > link["updated_at"]


def test_metadata_comes_back_as_it_was_sent(sources: Sources) -> None:
    metadata = {"why": "é 🙂", "nested": {"n": [1.5, None, True]}, "big": 10**30, "odd": float("nan")}
    links = [{"row_digest": "r", "sources": [CONVERSATION], "link_metadata": metadata}]
    sources.ok("/dataset_sources/link", dataset_object_id="ds", dataset_digest="d", links=links)
    assert sources.links()[0]["link_metadata"] == {**metadata, "odd": "NaN"}


def test_deleted_links_are_hidden_and_come_back(sources: Sources) -> None:
    first, second = sources.link(("r1", [CONVERSATION]), ("r2", [CONVERSATION]))
    ids = [first["link_id"], first["link_id"]]
    deleted = sources.ok("/dataset_sources/link_delete", link_ids=ids)["entries"]
    assert deleted == [{"link_id": ids[0], "deleted": True}, {"link_id": ids[0], "deleted": False}]
    assert sources.ok("/dataset_sources/link_delete", link_ids=ids[:1])["entries"][0]["deleted"] is False
    assert [link["id"] for link in sources.links()] == [second["link_id"]]
    hidden, shown = sources.links(include_deleted=True)
    assert hidden["deleted_at"] is not None
    assert shown["deleted_at"] is None
    (again,) = sources.link(("r1", [CONVERSATION]), include_created_status=True)
    assert again == {"link_id": ids[0], "created": False}
    revived = sources.links()[0]
    assert (revived["deleted_at"], revived["created_at"]) == (None, hidden["created_at"])


def test_one_unknown_id_keeps_everything(sources: Sources) -> None:
    (entry,) = sources.link(("r1", [CONVERSATION]))
    answer = sources.post("/dataset_sources/link_delete", link_ids=[entry["link_id"], "nope"])
    assert (answer.status_code, list(answer.json())) == (400, ["reason"])
    elsewhere = Sources(sources.client, f"{sources.project}-2")
    elsewhere.call()
    assert elsewhere.post("/dataset_sources/link_delete", link_ids=[entry["link_id"]]).status_code == 400
    assert len(sources.links()) == 1
    assert sources.ok("/dataset_sources/link_delete", link_ids=[]) == {"entries": []}


def test_links_are_listed_by_row_kind_and_source(sources: Sources) -> None:
    call, span = sources.call(), sources.span("s")
    sources.link(("b", [span, CONVERSATION, call]), ("a", [CONVERSATION]))
    sources.link(("a", [call]), dataset="other")

    def listed(**query: Any) -> list[tuple[str, str]]:
        return [(link["row_digest"], link["source_kind"]) for link in sources.links(**query)]

    every = [("a", "conversation"), ("b", "call"), ("b", "conversation"), ("b", "span")]
    assert listed() == every
    assert listed(limit=2, offset=1) == every[1:3]
    assert listed(row_digests=["b"], source_kinds=["span", "call"]) == [every[1], every[3]]
    assert listed(row_digests=[], source_kinds=[]) == every
    nulls = dict.fromkeys(("row_digests", "source_kinds", "include_deleted", "limit", "offset"))
    assert listed(**nulls) == every
    assert listed(limit=0) == []
    assert listed(limit=10**30, offset=10**30) == []
    assert listed(dataset_object_id="none") == []


def test_the_datasets_of_sources_are_found(sources: Sources) -> None:
    call, other, span = sources.call(), sources.call(), sources.span("s")
    rows = [f"r{number:03}" for number in range(120)]
    sources.link(*((row, [call]) for row in rows))
    sources.link(("x", [span, CONVERSATION]), dataset="chats")
    found = sources.memberships(span, call, other, CONVERSATION, call)
    assert [(one["source_kind"], one["dataset_object_id"]) for one in found] == [
        ("call", "ds"),
        ("conversation", "chats"),
        ("span", "chats"),
    ]
    many = found[0]
    assert (many["source_id"], many["source_trace_id"]) == (call["source_id"], call["source_trace_id"])
    assert many["row_digests"] == rows[:100]
    assert (many["row_digests_truncated"], many["row_digests_total_count"]) == (True, 120)
    assert many["first_seen_at"] == sources.links(limit=1)[0]["created_at"]
    assert (found[1]["row_digests"], found[1]["row_digests_truncated"]) == (["x"], False)
    assert sources.memberships({**call, "source_trace_id": ""}) == []
    assert sources.memberships() == []

    gone = sources.link(("x", [CONVERSATION]), dataset="chats")
    sources.ok("/dataset_sources/link_delete", link_ids=[gone[0]["link_id"]])
    assert sources.memberships(CONVERSATION) == []
    assert len(sources.memberships(CONVERSATION, include_deleted=True)) == 1


def test_links_outlive_their_sources(sources: Sources) -> None:
    call = sources.call()
    sources.link(("r", [call]))
    sources.ok("/calls/delete", call_ids=[call["source_id"]])
    assert len(sources.links()) == 1
    assert sources.memberships(call)[0]["row_digests"] == ["r"]


def test_nothing_is_linked_when_one_source_is_missing(sources: Sources) -> None:
    call, span = sources.call(), sources.span("s")
    for missing in (
        {**call, "source_id": new_id()},
        {**span, "source_trace_id": uuid.uuid4().hex},
        {**span, "source_id": call["source_id"]},
        {**span, "source_trace_id": ""},
        {**CONVERSATION, "source_trace_id": "t"},
        {**CONVERSATION, "source_id": ""},
        {**CONVERSATION, "source_id": "a\ud800"},
        {**span, "source_id": "\ud800"},
        {**call, "source_id": "\0"},
    ):
        links = [{"row_digest": "r", "sources": [call, missing]}]
        answer = sources.post("/dataset_sources/link", dataset_object_id="ds", dataset_digest="d", links=links)
        assert (answer.status_code, list(answer.json())) == (400, ["reason"]), answer.text
    assert sources.links() == []


def test_a_request_links_a_thousand_sources_at_most(sources: Sources) -> None:
    rows = [(f"r{number}", [CONVERSATION, sources.call()] if number == 0 else [CONVERSATION]) for number in range(999)]
    assert len(sources.link(*rows)) == 1000
    links = [{"row_digest": "r", "sources": [CONVERSATION] * 1001}]
    answer = sources.post("/dataset_sources/link", dataset_object_id="ds", dataset_digest="d", links=links)
    assert answer.status_code == 413
    assert sources.link() == []
    assert sources.link(("r", [])) == []


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("link", {"links": None}, 422),
        ("link", {"links": [{"row_digest": "r", "sources": [{**CONVERSATION, "source_kind": "turn"}]}]}, 422),
        ("link", {"links": [{"row_digest": "r\0", "sources": [CONVERSATION]}]}, 400),
        ("link", {"dataset_object_id": "\ud800"}, 400),
        (
            "link",
            {"links": [{"row_digest": "r", "sources": [CONVERSATION], "link_metadata": {"a": ["\ud800"]}}]},
            400,
        ),
        ("link", {"links": [{"row_digest": "r", "sources": [CONVERSATION], "link_metadata": [1]}]}, 422),
        ("link_delete", {"link_ids": ["\ud800"]}, 400),
        ("link_delete", {}, 422),
        ("query", {"limit": -1}, 400),
        ("query", {"offset": -1}, 400),
        ("query", {"source_kinds": ["turn"]}, 422),
        ("query", {"row_digests": ["\ud800"]}, 400),
        ("source_datasets_query", {"sources": [{**CONVERSATION, "source_id": "\ud800"}]}, 400),
        ("source_datasets_query", {"sources": [{"source_kind": "call", "source_id": "a"}]}, 422),
    ],
)
def test_bad_requests_are_refused(sources: Sources, path: str, body: dict[str, Any], status: int) -> None:
    sources.call()
    filled = {"dataset_object_id": "ds", **({"dataset_digest": "d", "links": []} if status == 400 else {}), **body}
    if "links" in body:
        filled["dataset_digest"] = "d"
    answer = sources.post(f"/dataset_sources/{path}", **filled)
    assert answer.status_code == status, answer.text
    assert list(answer.json()) == (["detail"] if status == 422 else ["reason"])
