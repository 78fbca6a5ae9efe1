"""Traces over OTLP: what is stored of them and where, what is answered, and what is refused."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from tests import otlp
from weft.app import create_app
from weft.core.identity import Role
from weft.core.ids import new_id
from weft.services import Services
from weft.settings import Settings
from weft.storage.events.engine import EventsEngine
from weft.storage.events.spans import Span

CALLS = ("/otel/v1/traces", "/otel/v1/trace", "/v1/traces")
AGENTS = "/agents/otel/v1/traces"
PROTOBUF = "application/x-protobuf"
CHAT = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt", "gen_ai.usage.input_tokens": 3}
CONFLICT = {"error": True, "error.type": "x"}
BROKEN = {"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "abc"}]}]}]}

Send = Callable[..., httpx.Response]


@pytest.fixture
def send(app_client: TestClient, project: str) -> Send:
    """Send a request in protobuf and expect the answer in protobuf."""

    def post(
        sent: ExportTraceServiceRequest, path: str = CALLS[0], *, project_id: str | None = project, **headers: str
    ) -> httpx.Response:
        named = {"project_id": project_id} if project_id else {}
        headers = {"content-type": PROTOBUF, **named, **headers}
        return app_client.post(path, content=sent.SerializeToString(), headers=headers)

    return post


@pytest.fixture
def stored(app_client: TestClient, project: str) -> Callable[..., list[dict[str, Any]]]:
    """The calls of the project, first started first."""

    def read(project_id: str = project) -> list[dict[str, Any]]:
        answer = app_client.post("/calls/stream_query", json={"project_id": project_id})
        return [json.loads(line) for line in answer.text.splitlines()] if answer.status_code == 200 else []

    return read


@pytest.fixture
def rows(app_client: TestClient, project: str) -> Callable[..., list[Span]]:
    """The rows of agents with the ids of these spans."""

    def read(sent: ExportTraceServiceRequest, project_id: str = project) -> list[Span]:
        found = _project_id(app_client, project_id)
        spans = [item for batch in sent.resource_spans for scope in batch.scope_spans for item in scope.spans]
        if found is None:
            return []
        return [
            row
            for item in spans
            for row in _services(app_client).stores.spans.get(found, item.trace_id.hex(), [item.span_id.hex()])
        ]

    return read


def told(response: httpx.Response) -> tuple[int, str]:
    """How many spans an answer in protobuf says were rejected, and why."""
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == PROTOBUF
    answer = ExportTraceServiceResponse.FromString(response.content)
    return answer.partial_success.rejected_spans, answer.partial_success.error_message


@pytest.mark.parametrize("path", CALLS)
def test_a_span_becomes_a_call(send: Send, stored: Any, project: str, path: str) -> None:
    sent = otlp.span(
        "chat gpt/4",
        trace_id="0af7651916cd43dd8448eb211c80319c",
        span_id="b7ad6b7169203331",
        parent_id="00f067aa0ba902b7",
        attributes={**CHAT, "input.value": '{"q": 1}', "output.value": "a", "wandb.display_name": "shown"},
        events=[("note", {"a.b": 1})],
        links=[("0af7651916cd43dd8448eb211c80319c", "00f067aa0ba902b7", {})],
        status=(2, "boom"),
    )
    response = send(otlp.request(sent), path)
    assert told(response) == (0, "")
    assert response.content == b""
    (call,) = stored()
    assert call["op_name"].startswith(f"weave:///{project}/op/chat_gpt_4:")
    dump = call["attributes"].pop("otel_span")
    assert {name: call[name] for name in ("id", "trace_id", "parent_id", "display_name", "exception")} == {
        "id": "b7ad6b7169203331",
        "trace_id": "0af7651916cd43dd8448eb211c80319c",
        "parent_id": "00f067aa0ba902b7",
        "display_name": "shown",
        "exception": "boom",
    }
    assert (call["started_at"], call["ended_at"]) == ("2023-11-14T22:13:20.123457Z", "2023-11-14T22:13:21.123457Z")
    assert (call["inputs"], call["output"]) == ({"input.value": {"q": 1}}, {"output.value": "a"})
    assert call["attributes"] == {"model": "gpt", "model_parameters": {"model": "gpt"}, "operation_name": "chat"}
    assert call["summary"]["usage"]["gpt"]["input_tokens"] == 3
    assert call["summary"]["weave"]["status"] == "error"
    assert dump["attributes"]["gen_ai"]["usage"] == {"input_tokens": 3}
    assert dump["events"] == [
        {
            "name": "note",
            "timestamp": otlp.START + 1,
            "attributes": {"a": {"b": 1}},
            "dropped_attributes_count": 0,
        }
    ]
    assert {name: dump[name] for name in ("name", "kind", "parent_id", "start_time", "end_time", "status")} == {
        "name": "chat gpt/4",
        "kind": "CLIENT",
        "parent_id": "00f067aa0ba902b7",
        "start_time": "2023-11-14T22:13:20.123457",
        "end_time": "2023-11-14T22:13:21.123457",
        "status": {"code": "ERROR", "message": "boom"},
    }
    assert dump["resource"] == {"attributes": {"service": {"name": "tests"}}, "dropped_attributes_count": 0}


def test_the_paths_write_what_they_are_for(send: Send, stored: Any, rows: Any) -> None:
    chat, plain = otlp.span("chat", attributes=CHAT), otlp.span("plain", attributes={"a": 1})
    for path, calls, agents in (
        (CALLS[0], {"chat", "plain"}, set()),
        (AGENTS, set(), {"chat", "plain"}),
        (CALLS[2], {"chat", "plain"}, {"chat"}),
    ):
        project = f"tests/p-{new_id()}"
        sent = otlp.request(chat, plain)
        assert told(send(sent, path, project_id=project)) == (0, "")
        assert {call["op_name"].rsplit("/", 1)[1].partition(":")[0] for call in stored(project)} == calls, path
        assert {row.span_name for row in rows(sent, project)} == agents, path


def test_a_span_becomes_a_row_of_an_agent(send: Send, rows: Any) -> None:
    sent = otlp.request(
        otlp.span(
            "invoke_agent helper",
            attributes={**CHAT, "gen_ai.operation.name": "invoke_agent", "user.tier": 2, "gen_ai.conversation.id": "c"},
            end=0,
        )
    )
    assert told(send(sent, AGENTS, wb_run_id="e/p/run1")) == (0, "")
    (row,) = rows(sent)
    assert (row.span_name, row.agent_name, row.operation_name) == ("invoke_agent helper", "helper", "invoke_agent")
    assert (row.span_kind, row.status_code, row.parent_span_id) == ("CLIENT", "UNSET", "")
    assert (row.request_model, row.input_tokens, row.conversation_id) == ("gpt", 3, "c")
    assert row.custom_attrs_int == {"user.tier": 2}
    assert row.wb_run_id == "e/p/run1"
    assert row.wb_user_id
    assert row.ended_at.year == 1970
    assert json.loads(row.raw_span_dump)["attributes"]["user"] == {"tier": 2}


def test_json_is_answered_in_json_in_the_words_of_both(app_client: TestClient, project: str, stored: Any) -> None:
    def post(path: str, body: Any) -> Any:
        answer = app_client.post(path, json=body, headers={"project_id": project})
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/json"
        return answer.json()

    good = otlp.as_json(otlp.request(otlp.span(attributes={"a": 1})))
    assert post(CALLS[0], good) == {"partial_success": None}
    assert post(CALLS[2], good) == {}
    assert post(AGENTS, good) == {"accepted_spans": 1, "rejected_spans": 0, "error_message": ""}
    assert len(stored()) == 1
    bad = post(CALLS[0], BROKEN)
    why = bad["partial_success"]["error_message"]
    assert "trace id" in why
    assert bad == {
        "partial_success": {"rejected_spans": 1, "error_message": why},
        "partialSuccess": {"rejectedSpans": "1", "errorMessage": why},
    }
    assert post(CALLS[2], BROKEN) == {"partialSuccess": {"rejectedSpans": "1", "errorMessage": why}}
    assert post(AGENTS, BROKEN) == {
        "accepted_spans": 0,
        "rejected_spans": 1,
        "error_message": why,
        "partialSuccess": {"rejectedSpans": "1", "errorMessage": why},
    }


@pytest.mark.parametrize("path", [CALLS[0], CALLS[2], AGENTS])
def test_one_bad_span_costs_only_itself(send: Send, stored: Any, rows: Any, path: str) -> None:
    good, bad = otlp.span("good"), otlp.span("bad", attributes=CONFLICT)
    sent = otlp.request(good, bad, otlp.span("also good"))
    rejected, why = told(send(sent, path))
    assert rejected == 1
    assert why.startswith(
        f"Rejected span (name='bad' trace_id='{bad.trace_id.hex()}' span_id='{bad.span_id.hex()}'): Invalid attribute"
    )
    names = {row.span_name for row in rows(sent)} | {call["attributes"]["otel_span"]["name"] for call in stored()}
    assert names == {"good", "also good"}


def test_only_the_first_reasons_are_told(send: Send) -> None:
    sent = otlp.request(*(otlp.span("bad", attributes=CONFLICT) for _ in range(25)))
    rejected, why = told(send(sent))
    assert rejected == 25
    assert why.count("Rejected span") == 20
    assert why.endswith("; ...")


def test_a_value_no_column_takes_rejects_a_span_only_where_it_would_be_nowhere(send: Send, stored: Any) -> None:
    sent = otlp.request(otlp.span("chat", attributes={**CHAT, "gen_ai.output.type": "bogus"}))
    rejected, why = told(send(sent, AGENTS))
    assert rejected == 1
    assert why.startswith(f"Extraction failed for span {sent.resource_spans[0].scope_spans[0].spans[0].span_id.hex()}")
    assert told(send(sent, CALLS[2])) == (0, "")
    assert len(stored()) == 1


def test_times_beyond_what_can_be_kept_reject_a_span(send: Send, stored: Any) -> None:
    rejected, why = told(send(otlp.request(otlp.span("late", start=2**64 - 1), otlp.span("fine"))))
    assert rejected == 1
    assert "started_at" in why
    assert len(stored()) == 1


@pytest.mark.parametrize("path", [CALLS[0], AGENTS])
def test_a_span_sent_again_replaces_itself(send: Send, stored: Any, rows: Any, path: str) -> None:
    first = otlp.span("step", attributes={"input.value": "one", "n": 1}, end=0)
    second = otlp.span(
        "step", attributes={"input.value": "two", "n": 2}, trace_id=first.trace_id.hex(), span_id=first.span_id.hex()
    )
    for item in (first, first, second, second):
        assert told(send(otlp.request(item), path)) == (0, "")
    if path == AGENTS:
        (row,) = rows(otlp.request(second))
        assert (row.custom_attrs_int, row.ended_at.year) == ({"n": 2}, 2023)
    else:
        (call,) = stored()
        assert (call["inputs"], call["ended_at"] is not None) == ({"input.value": "two"}, True)


def test_a_span_sent_twice_in_one_request_is_one_call(send: Send, stored: Any) -> None:
    item = otlp.span()
    assert told(send(otlp.request(item, item))) == (0, "")
    assert len(stored()) == 1


def test_concurrent_exports_lose_and_double_nothing(send: Send, stored: Any, project: str) -> None:
    trace_id = otlp.new_trace_id()
    requests = [
        otlp.request(*(otlp.span(f"step {number % 5}", trace_id=trace_id) for number in range(20))) for _ in range(12)
    ]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, requests + requests[:4]))
    assert [told(answer) for answer in answers] == [(0, "")] * 16
    calls = stored()
    assert len({call["id"] for call in calls}) == len(calls) == 240
    assert len({call["op_name"] for call in calls}) == 5


def test_more_spans_than_are_stored_at_once(send: Send, stored: Any) -> None:
    trace_id = otlp.new_trace_id()
    spans = [otlp.span("step", trace_id=trace_id, attributes={"input.value": number}) for number in range(2300)]
    spans[1500] = otlp.span("bad", attributes=CONFLICT)
    assert told(send(otlp.request(*spans)))[0] == 1
    assert len(stored()) == 2299


# Where the spans go


def test_the_resource_says_the_project_before_the_header(send: Send, stored: Any, project: str) -> None:
    entity, name = f"tests/q-{new_id()}".split("/")
    sent = otlp.request(otlp.span(), resource={"wandb.entity": entity, "wandb.project": name})
    sent.MergeFrom(otlp.request(otlp.span(), otlp.span()))
    assert told(send(sent)) == (0, "")
    assert len(stored(f"{entity}/{name}")) == 1
    assert len(stored()) == 2


def test_spans_of_nobody_are_rejected_and_the_others_stored(send: Send, stored: Any, project: str) -> None:
    entity, name = project.split("/")
    sent = otlp.request(otlp.span(), resource={"wandb.entity": entity, "wandb.project": name})
    sent.MergeFrom(otlp.request(otlp.span()))
    rejected, why = told(send(sent, project_id=None))
    assert rejected == 1
    assert "project" in why
    assert len(stored()) == 1


@pytest.mark.parametrize("path", [*CALLS, AGENTS])
def test_no_project_at_all_is_a_mistake(send: Send, path: str) -> None:
    answer = send(otlp.request(otlp.span()), path, project_id=None)
    assert answer.status_code == 400
    assert "project_id" in answer.json()["reason"]
    assert send(otlp.request(otlp.span()), path, project_id="no-slash").status_code == 400


def test_the_run_is_the_headers_or_the_spans(send: Send, stored: Any, project: str) -> None:
    steps = {"wandb.wb_run_id": "r1", "wandb.wb_run_step": 0, "wandb.wb_run_step_end": 4}
    assert told(send(otlp.request(otlp.span(attributes=steps)))) == (0, "")
    assert told(send(otlp.request(otlp.span(attributes=steps, start=otlp.START + 1)), wb_run_id="e/p/r2")) == (0, "")
    assert [(call["wb_run_id"], call["wb_run_step"], call["wb_run_step_end"]) for call in stored()] == [
        (f"{project}/r1", 0, 4),
        ("e/p/r2", 0, 4),
    ]


# The request itself


@pytest.mark.parametrize(
    ("encoding", "pack"), [("identity", bytes), ("gzip", gzip.compress), ("deflate", zlib.compress)]
)
@pytest.mark.parametrize("json_body", [False, True])
def test_bodies_may_be_compressed(
    app_client: TestClient, project: str, stored: Any, encoding: str, pack: Callable[[bytes], bytes], json_body: bool
) -> None:
    sent = otlp.request(otlp.span())
    body = json.dumps(otlp.as_json(sent)).encode() if json_body else sent.SerializeToString()
    kind = "application/json; charset=utf-8" if json_body else PROTOBUF
    headers = {"content-type": kind, "content-encoding": encoding, "project_id": project}
    assert app_client.post(CALLS[0], content=pack(body), headers=headers).status_code == 200
    assert len(stored()) == 1


@pytest.mark.parametrize("path", [*CALLS, AGENTS])
@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"not protobuf", {"content-type": PROTOBUF}, 400),
        (b"not json", {"content-type": "application/json"}, 400),
        (b"{}", {"content-type": "text/plain"}, 415),
        (b"", {"content-type": ""}, 415),
        (b"not gzip", {"content-type": PROTOBUF, "content-encoding": "gzip"}, 400),
        (b"", {"content-type": PROTOBUF, "content-encoding": "br"}, 400),
        (gzip.compress(b"\0" * (33 * 1024 * 1024)), {"content-type": PROTOBUF, "content-encoding": "gzip"}, 413),
    ],
)
def test_what_cannot_be_read_is_refused(
    app_client: TestClient, project: str, path: str, body: bytes, headers: dict[str, str], status: int
) -> None:
    answer = app_client.post(path, content=body, headers={"project_id": project, **headers})
    assert answer.status_code == status, answer.text
    assert answer.json()["reason"]


@pytest.mark.parametrize("path", [*CALLS, AGENTS])
def test_a_request_without_spans_is_fine(send: Send, path: str) -> None:
    assert told(send(ExportTraceServiceRequest(), path)) == (0, "")
    assert told(send(ExportTraceServiceRequest(), path, project_id=None)) == (0, "")


@pytest.fixture
def keyed(tmp_path: Path, events_engine: EventsEngine, events_url: str) -> Any:
    settings = Settings(data=tmp_path / "data", events_url=events_url, auth="keys", scoring_worker=False)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize("path", [CALLS[0], AGENTS])
def test_only_members_of_a_project_may_write_to_it(keyed: TestClient, project: str, path: str) -> None:
    keys = _services(keyed).stores.keys
    member = keys.create_key("writer", Role.member, project=project)
    viewer = keys.create_key("reader", Role.viewer, project=project)
    other = f"tests/q-{new_id()}"
    entity, name = other.split("/")

    def post(sent: ExportTraceServiceRequest, **headers: str) -> int:
        headers = {"content-type": PROTOBUF, "project_id": project, **headers}
        return keyed.post(path, content=sent.SerializeToString(), headers=headers).status_code

    mine = otlp.request(otlp.span())
    both = otlp.request(otlp.span())
    both.MergeFrom(otlp.request(otlp.span(), resource={"wandb.entity": entity, "wandb.project": name}))
    assert post(mine) == 401
    assert post(mine, authorization=f"Bearer {'0' * 40}") == 401
    assert post(mine, authorization=f"Bearer {viewer}") == 403
    assert post(both, authorization=f"Bearer {member}") == 403
    assert _project_id(keyed, other) is None
    assert post(mine, authorization=f"Bearer {member}") == 200
    basic = base64.b64encode(f"api:{member}".encode()).decode()
    assert post(mine, authorization=f"Basic {basic}") == 200


# Ops


def test_spans_take_the_op_that_was_published_under_their_name(
    send: Send, stored: Any, app_client: TestClient, project: str
) -> None:
    body = {"name": "step", "source_code": "def step(): ..."}
    digest = app_client.post(f"/v2/{project}/ops", json=body).json()["digest"]
    assert told(send(otlp.request(otlp.span("step"), otlp.span("other"), otlp.span("Step")))) == (0, "")
    ops = {call["attributes"]["otel_span"]["name"]: call["op_name"] for call in stored()}
    assert ops["step"] == ops["Step"] == f"weave:///{project}/op/step:{digest}"
    placeholder = ops["other"].rpartition(":")[2]
    read = app_client.get(f"/v2/{project}/ops/other/versions/{placeholder}")
    assert read.status_code == 200
    assert "source not captured" in read.json()["code"]


@pytest.mark.parametrize(
    ("name", "op"),
    [
        ("", "span"),
        ("🎉", "span"),
        ("Été Größe/ß:x(1)", "été_größe_ßx1"),
        ("B" * 128, "b" * 128),
        ("A" * 200, "a" * 123 + "70d3"),
        ("a/../b", "a_.._b"),
    ],
)
def test_any_name_of_a_span_names_an_op(send: Send, stored: Any, project: str, name: str, op: str) -> None:
    assert told(send(otlp.request(otlp.span(name)))) == (0, "")
    (call,) = stored()
    assert call["op_name"].removeprefix(f"weave:///{project}/op/").partition(":")[0] == op
    assert call["attributes"]["otel_span"]["name"] == name


def test_an_object_of_the_name_is_not_in_the_way(send: Send, stored: Any, app_client: TestClient, project: str) -> None:
    value = {"_type": "Dataset", "_class_name": "Dataset", "_bases": ["Object", "BaseModel"], "rows": []}
    body = {"obj": {"project_id": project, "object_id": "step", "val": value}}
    assert app_client.post("/obj/create", json=body).status_code == 200
    assert told(send(otlp.request(otlp.span("step")))) == (0, "")
    assert "/op/step:" in stored()[0]["op_name"]


# What is stored of it


@pytest.mark.parametrize("path", [CALLS[0], AGENTS])
def test_credentials_are_not_stored(send: Send, stored: Any, rows: Any, path: str) -> None:
    attributes = {
        "input.value": '{"api_key": "hush", "q": 1}',
        "http.request.header.authorization": ["Bearer hush"],
        "my.api-key": "hush",
        "gen_ai.tool.call.arguments": '{"access_token": "hush"}',
    }
    sent = otlp.request(
        otlp.span(attributes=attributes, events=[("request", {"x.api_key": "hush"})]), resource={"secret_key": "hush"}
    )
    assert told(send(sent, path)) == (0, "")
    found = repr(rows(sent)) if path == AGENTS else json.dumps(stored())
    assert "REDACTED" in found
    assert "hush" not in found


@pytest.mark.parametrize("path", [CALLS[0], AGENTS])
def test_refs_are_kept_in_stored_form(
    send: Send, stored: Any, rows: Any, app_client: TestClient, project: str, path: str
) -> None:
    ref = f"weave:///{project}/object/thing:{'a' * 43}"
    attributes = {"input.value": json.dumps({"thing": ref}), "weave.object_refs": [ref], "plain": ref}
    sent = otlp.request(otlp.span(attributes=attributes))
    assert told(send(sent, path)) == (0, "")
    if path == AGENTS:
        (row,) = rows(sent)
        internal = f"weave-trace-internal:///{_project_id(app_client, project)}/object/thing:{'a' * 43}"
        assert row.object_refs == [internal]
        assert row.custom_attrs_string["plain"] == internal
    else:
        (call,) = stored()
        assert call["inputs"] == {"input.value": {"thing": ref}}
        body = {"project_id": project, "filter": {"input_refs": [ref]}}
        assert len(app_client.post("/calls/stream_query", json=body).text.splitlines()) == 1


def test_refs_of_projects_of_others_reject_a_span(send: Send, stored: Any) -> None:
    foreign = otlp.span("foreign", attributes={"input.value": "weave-trace-internal:///c29tZW9uZQ==/object/x:v"})
    rejected, why = told(send(otlp.request(foreign, otlp.span("mine"))))
    assert rejected == 1
    assert "ref" in why
    assert len(stored()) == 1


@pytest.mark.parametrize("path", [CALLS[0], AGENTS])
def test_media_are_kept_as_files(
    send: Send, stored: Any, rows: Any, app_client: TestClient, project: str, path: str
) -> None:
    png = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 40
    part = {"type": "blob", "mime_type": "image/png", "content": base64.b64encode(png).decode()}
    asked = json.dumps([{"role": "user", "parts": [part]}])
    sent = otlp.request(otlp.span("chat", attributes={"gen_ai.input.messages": asked}))
    assert told(send(sent, path)) == (0, "")
    if path == AGENTS:
        (row,) = rows(sent)
        (message,) = json.loads(row.input_messages)
        ref = json.loads(message["content"])[0]["content"]
        ref = ref.replace(f"weave-trace-internal:///{_project_id(app_client, project)}", f"weave:///{project}")
        assert part["content"] not in row.raw_span_dump
    else:
        (call,) = stored()
        ref = call["inputs"]["gen_ai.input.messages"][0]["parts"][0]["content"]
        assert part["content"] not in json.dumps(call)
    assert ref.startswith(f"weave:///{project}/object/image-")
    (value,) = app_client.post("/refs/read_batch", json={"refs": [ref]}).json()["vals"]
    assert value["weave_type"] == {"type": "weave.type_wrappers.Content.content.Content"}
    body = {"project_id": project, "digest": value["files"]["content"]}
    assert app_client.post("/file/content", json=body).content == png


# The project's policy


def _configure(client: TestClient, project: str, **settings: Any) -> None:
    assert client.put(f"/weft/v1/projects/{project}/settings", json=settings).status_code == 200


@pytest.mark.parametrize("path", [CALLS[0], AGENTS, CALLS[2]])
def test_whole_traces_are_sampled_and_what_is_left_out_counts_as_taken(
    send: Send, stored: Any, rows: Any, app_client: TestClient, project: str, path: str
) -> None:
    _configure(app_client, project, sample_rate=0.0)
    evaluation = otlp.new_trace_id()
    sent = otlp.request(
        otlp.span("gone", attributes=CHAT),
        otlp.span("first", trace_id=evaluation, attributes=CHAT),
        otlp.span("second", trace_id=evaluation, attributes={"weave.eval.run_id": "r"}),
    )
    assert told(send(sent, path)) == (0, "")
    if path != AGENTS:
        assert {call["attributes"]["otel_span"]["name"] for call in stored()} == {"first", "second"}
    if path != CALLS[0]:
        assert {row.span_name for row in rows(sent)} == {"first", "second"}
    later = otlp.request(otlp.span("third", trace_id=evaluation, attributes=CHAT), otlp.span("gone too"))
    assert told(send(later, path)) == (0, "")
    assert [row.span_name for row in rows(later)] == ([] if path == CALLS[0] else ["third"])


def test_what_the_sample_keeps_says_so(
    send: Send, stored: Any, rows: Any, app_client: TestClient, project: str
) -> None:
    _configure(app_client, project, sample_rate=0.999999)
    sent = otlp.request(otlp.span(attributes={**CHAT, "input.value": "x"}))
    assert told(send(sent, CALLS[2])) == (0, "")
    (call,) = stored()
    assert call["attributes"]["weave"] == {"ingest_sample_rate": 0.999999}
    (row,) = rows(sent)
    assert row.custom_attrs_float == {"weave.ingest_sample_rate": 0.999999}


def test_spans_expire_with_their_project(
    send: Send, stored: Any, rows: Any, app_client: TestClient, project: str
) -> None:
    _configure(app_client, project, retention_days=10_000)
    sent = otlp.request(otlp.span(attributes=CHAT))
    assert told(send(sent, CALLS[2])) == (0, "")
    assert stored()[0]["expire_at"].startswith("2051-04-01")
    assert rows(sent)[0].expire_at.isoformat().startswith("2051-04-01")


def test_personal_data_is_replaced_everywhere(
    send: Send, stored: Any, rows: Any, app_client: TestClient, project: str
) -> None:
    _configure(app_client, project, pii_policy="pii-v1")
    mail = "jane.doe@example.com"
    sent = otlp.request(
        otlp.span(
            f"mail {mail}",
            attributes={**CHAT, "gen_ai.input.messages": json.dumps([{"role": "user", "content": f"I am {mail}"}])},
            events=[(f"from {mail}", {"to": mail})],
            links=[(otlp.new_trace_id(), "00f067aa0ba902b7", {"to": mail})],
            status=(2, f"no {mail}"),
        ),
        resource={"owner": mail},
    )
    assert told(send(sent, CALLS[2])) == (0, "")
    (row,) = rows(sent)
    for found in (json.dumps(stored()), repr(row)):
        assert "EMAIL" in found.upper()
        assert "jane" not in found
        assert "example.com" not in found


def _services(client: TestClient) -> Services:
    services: Services = client.app.state.services  # type: ignore[attr-defined]
    return services


def _project_id(client: TestClient, project: str) -> str | None:
    found = _services(client).stores.projects.find(*project.split("/"))
    return None if found is None else found.id
