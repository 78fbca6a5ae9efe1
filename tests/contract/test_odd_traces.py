"""Traces nobody would send on purpose: every span is stored or counted as rejected, and nothing fails on our side."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import otlp
from weft.core.ids import new_id

PATHS = ("/v1/traces", "/agents/otel/v1/traces")

_NAMES = st.one_of(
    st.sampled_from(
        [
            "gen_ai.input.messages",
            "gen_ai.output.messages",
            "gen_ai.prompt",
            "gen_ai.prompt.0.role",
            "gen_ai.request.model",
            "gen_ai.usage.input_tokens",
            "gen_ai.response.finish_reasons",
            "gen_ai.system_instructions",
            "gen_ai.tool.definitions",
            "gen_ai.conversation.id",
            "gen_ai.output.type",
            "input.value",
            "output",
            "inputs",
            "llm.invocation_parameters",
            "mlflow.spanOutputs",
            "wandb.attributes",
            "wandb.wb_run_id",
            "wandb.wb_run_step",
            "wandb.display_name",
            "langfuse.startTime",
            "langfuse.endTime",
            "weave.eval.trial_index",
            "weave.content_refs",
            "error",
            "error.type",
        ]
    ),
    st.text(max_size=6),
    st.text(alphabet="ab.", max_size=6),
)
_ODD = st.sampled_from(
    [
        2**63 - 1,
        -(2**63),
        float("nan"),
        float("inf"),
        1e308,
        "\x00",
        "NaN",
        "9" * 400,
        '{"a": 1e999, "b": NaN, "c": 123456789012345678901234567890}',
        '["\\ud800", "\\u0000"]',
        "[" * 300 + "]" * 300,
        '{"role": 5, "content": {"x": []}}',
        '[{"role": "user", "parts": [{"type": []}, null, 5]}]',
        '[[["a"]]]',
        "weave:///x",
        "weave:///a/b/object/c:d",
        "weave-trace-internal:///x/object/c:d",
        '{"secret_key": ["a"], "api_key": {"b": "c"}}',
        "9999-12-31T23:59:59+00:00",
        "0001-01-01T00:00:00",
    ]
)
_LONG = st.integers(8190, 8200).map(lambda length: "A" * length)
_VALUES = st.recursive(
    st.one_of(
        _ODD,
        _LONG,
        _LONG.map("data:image/png;base64,{}".format),
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(),
        st.text(),
        st.binary(),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
_ATTRIBUTES = st.dictionaries(_NAMES, _VALUES, max_size=5)
_TIMES = st.one_of(st.integers(0, 2**64 - 1), st.sampled_from([0, 1, 2**63, 2**64 - 1, otlp.START]))
_SPANS = st.builds(
    otlp.span,
    st.one_of(st.text(max_size=20), st.text(min_size=130, max_size=140)),
    attributes=_ATTRIBUTES,
    start=_TIMES,
    end=_TIMES,
    status=st.tuples(st.integers(0, 4), st.text(max_size=5)),
    events=st.lists(
        st.tuples(
            st.sampled_from(["exception", "gen_ai.tool.input", "gen_ai.content.completion", "\x00"]), _ATTRIBUTES
        ),
        max_size=2,
    ),
    kind=st.integers(0, 9),
)


@pytest.mark.parametrize("path", PATHS)
@given(spans=st.lists(_SPANS, min_size=1, max_size=3), resource=_ATTRIBUTES, as_json=st.booleans())
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_every_span_is_stored_or_counted(
    app_client: TestClient, path: str, spans: list[Any], resource: dict[str, Any], as_json: bool
) -> None:
    project = f"tests/p-{new_id()}"
    sent = otlp.request(*spans, resource=resource)
    # The answer in JSON has the counts; the same request in protobuf is told the same.
    body = json.dumps(otlp.as_json(sent)).encode() if as_json else sent.SerializeToString()
    kind = "application/json" if as_json else "application/x-protobuf"
    answer = app_client.post(path, content=body, headers={"content-type": kind, "project_id": project})
    assert answer.status_code == 200, answer.text
    told = app_client.post(path, json=otlp.as_json(sent), headers={"project_id": project}).json()
    rejected = int(told.get("partialSuccess", {}).get("rejectedSpans", 0))
    if path == PATHS[0]:
        listed = app_client.post("/calls/stream_query", json={"project_id": project})
        assert listed.status_code == 200
        calls = [json.loads(line) for line in listed.text.splitlines()]
        assert len(calls) == len(spans) - rejected
    else:
        assert told["accepted_spans"] == len(spans) - rejected
        asked = {"project_id": project, "include_details": True}
        listed = app_client.post("/agents/spans/query", json=asked)
        assert listed.status_code == 200, listed.text
        assert len(listed.json()["spans"]) == len(spans) - rejected
