"""What a project's policy does to calls on their way in: sampling, expiry and personal data, over HTTP."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from weft.core.ids import new_id
from weft.services import Services

START = "2024-01-01T00:00:00Z"
END = "2024-01-01T00:00:01Z"


def _place(trace_id: str) -> float:
    return int(hashlib.sha256(trace_id.encode()).hexdigest(), 16) % 1_000_000 / 1_000_000


def _trace(*, kept: bool, rate: float = 0.5) -> str:
    """A trace id on the wanted side of the sample."""
    while (_place(trace_id := new_id()) < rate) is not kept:
        pass
    return trace_id


def _configure(client: TestClient, project: str, **settings: Any) -> None:
    assert client.put(f"/weft/v1/projects/{project}/settings", json=settings).status_code == 200


def _start(project: str, trace_id: str, **fields: Any) -> dict[str, Any]:
    plain = {"project_id": project, "id": new_id(), "trace_id": trace_id, "op_name": "op", "started_at": START}
    return {**plain, "attributes": {}, "inputs": {}, **fields}


def _end(project: str, call_id: str, **fields: Any) -> dict[str, Any]:
    return {"project_id": project, "id": call_id, "ended_at": END, "output": 1, "summary": {}, **fields}


def _complete(project: str, trace_id: str, **fields: Any) -> dict[str, Any]:
    return {**_start(project, trace_id), "ended_at": END, "output": 1, "summary": {}, **fields}


def _post(client: TestClient, path: str, body: Any) -> Any:
    answer = client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _calls(client: TestClient, project: str) -> list[dict[str, Any]]:
    answer = client.post("/calls/stream_query", json={"project_id": project})
    return [json.loads(line) for line in answer.text.splitlines()]


def _ids(client: TestClient, project: str) -> set[str]:
    return {call["id"] for call in _calls(client, project)}


def _row_ids(client: TestClient, project: str) -> set[str]:
    """The ids of all rows of the project in the engine, those of orphans and tombstones included."""
    services: Services = client.app.state.services  # type: ignore[attr-defined]
    entity, name = project.split("/")
    found = services.stores.projects.find(entity, name)
    assert found is not None
    sql = "SELECT DISTINCT id FROM calls WHERE project_id = {project_id:String}"
    return {row["id"] for row in services.engine.query(sql, {"project_id": found.id})}


def test_complete_calls_are_kept_by_trace_and_say_so(app_client: TestClient, project: str) -> None:
    _configure(app_client, project, sample_rate=0.5)
    kept = [_complete(project, _trace(kept=True), attributes={"weave": {"k": 1}, "env": "x"}) for _ in range(3)]
    dropped = [_complete(project, _trace(kept=False)) for _ in range(3)]
    _post(app_client, f"/v2/{project}/calls/complete", {"batch": [*kept, *dropped]})
    found = _calls(app_client, project)
    assert {call["id"] for call in found} == {call["id"] for call in kept}
    assert found[0]["attributes"] == {"weave": {"k": 1, "ingest_sample_rate": 0.5}, "env": "x"}
    assert _row_ids(app_client, project) == {call["id"] for call in kept}


@pytest.mark.parametrize("v2", [False, True])
@pytest.mark.parametrize("told", [False, True])
def test_dropped_start_and_its_end_answer_200_and_leave_nothing(
    app_client: TestClient, project: str, v2: bool, told: bool
) -> None:
    _configure(app_client, project, sample_rate=0.5)
    start = _start(project, _trace(kept=False))
    end = _end(project, start["id"], **({"trace_id": start["trace_id"]} if told else {}))
    prefix = f"/v2/{project}" if v2 else ""
    assert _post(app_client, f"{prefix}/call/start", {"start": start}) == {
        "id": start["id"],
        "trace_id": start["trace_id"],
    }
    _post(app_client, f"{prefix}/call/end", {"end": {**end, "started_at": START}})
    _post(app_client, "/call/update", {"project_id": project, "call_id": start["id"], "display_name": "shown"})
    assert _row_ids(app_client, project) == set()


def test_kept_start_and_end_make_a_call(app_client: TestClient, project: str) -> None:
    _configure(app_client, project, sample_rate=0.5)
    start = _start(project, _trace(kept=True))
    _post(app_client, "/call/start", {"start": start})
    _post(app_client, "/call/end", {"end": _end(project, start["id"])})
    (call,) = _calls(app_client, project)
    assert (call["id"], call["output"], call["attributes"]) == (start["id"], 1, {"weave": {"ingest_sample_rate": 0.5}})


def test_batch_of_starts_and_ends_answers_for_each_and_keeps_whole_calls(app_client: TestClient, project: str) -> None:
    _configure(app_client, project, sample_rate=0.5)
    starts = [_start(project, _trace(kept=kept)) for kept in (True, False, True, False)]
    batch = [{"mode": "end", "req": {"end": _end(project, start["id"])}} for start in starts[:2]]
    batch += [{"mode": "start", "req": {"start": start}} for start in starts]
    batch += [{"mode": "end", "req": {"end": _end(project, start["id"])}} for start in starts[2:]]
    answers = _post(app_client, "/call/upsert_batch", {"batch": batch})["res"]
    assert len(answers) == len(batch)
    expected = {starts[0]["id"], starts[2]["id"]}
    assert {call["id"] for call in _calls(app_client, project) if call["ended_at"]} == expected
    assert _row_ids(app_client, project) == expected


def test_server_names_the_ids_of_a_call_it_leaves_out(app_client: TestClient, project: str) -> None:
    _configure(app_client, project, sample_rate=0)
    start = _start(project, new_id())
    del start["id"]
    del start["trace_id"]
    answer = _post(app_client, "/call/start", {"start": start})
    assert all(answer.values())
    assert _row_ids(app_client, project) == set()


@pytest.mark.parametrize(
    "mark",
    [
        {"op_name": "weave:///{project}/op/Evaluation.evaluate:" + "a" * 43},
        {"op_name": "Evaluation.evaluate"},
        {"attributes": {"_weave_eval_meta": {"declarative": True}}},
        {"attributes": {"weave.eval.run_id": "r"}},
        {"attributes": {"weave": {"eval": {"run_id": "r"}}}},
        {"otel_dump": {"attributes": {"weave.eval.run_id": "r"}}},
    ],
)
def test_traces_of_evaluations_are_kept_whole(app_client: TestClient, project: str, mark: dict[str, Any]) -> None:
    _configure(app_client, project, sample_rate=0)
    trace_id = new_id()
    mark = {**mark, "op_name": mark.get("op_name", "op").format(project=project)}
    root = _start(project, trace_id, **mark)
    _post(app_client, "/call/start", {"start": root})
    child = _complete(project, trace_id, parent_id=root["id"])
    _post(app_client, f"/v2/{project}/calls/complete", {"batch": [child, _complete(project, new_id())]})
    _post(app_client, "/call/end", {"end": _end(project, root["id"], trace_id=trace_id)})
    found = {call["id"]: call for call in _calls(app_client, project)}
    assert set(found) == {root["id"], child["id"]}
    assert found[root["id"]]["ended_at"] is not None
    assert all("ingest_sample_rate" not in call["attributes"].get("weave", {}) for call in found.values())


def test_end_that_says_it_is_of_an_evaluation_waits_for_its_start(app_client: TestClient, project: str) -> None:
    _configure(app_client, project, sample_rate=0)
    trace_id = new_id()
    start = _start(project, trace_id, attributes={"_weave_eval_meta": {}})
    _post(app_client, "/call/end", {"end": _end(project, start["id"], trace_id=trace_id, is_eval=True)})
    _post(app_client, "/call/start", {"start": start})
    (call,) = _calls(app_client, project)
    assert call["output"] == 1


def test_a_trace_that_was_begun_before_sampling_is_finished(app_client: TestClient, project: str) -> None:
    root = _start(project, _trace(kept=False))
    _post(app_client, "/call/start", {"start": root})
    _configure(app_client, project, sample_rate=0.5)
    child = _complete(project, root["trace_id"], parent_id=root["id"])
    _post(app_client, f"/v2/{project}/calls/complete", {"batch": [child]})
    _post(app_client, f"/v2/{project}/call/end", {"end": {**_end(project, root["id"]), "started_at": START}})
    assert {call["id"] for call in _calls(app_client, project) if call["ended_at"]} == {root["id"], child["id"]}


def test_end_of_a_dropped_call_stays_dropped_when_sampling_is_switched_off(
    app_client: TestClient, project: str
) -> None:
    _configure(app_client, project, sample_rate=0)
    start = _start(project, new_id())
    _post(app_client, "/call/start", {"start": start})
    _configure(app_client, project, sample_rate=1)
    _post(app_client, f"/v2/{project}/call/end", {"end": {**_end(project, start["id"]), "started_at": START}})
    assert _row_ids(app_client, project) == set()
    _post(app_client, "/call/start", {"start": start})
    _post(app_client, "/call/end", {"end": _end(project, start["id"])})
    assert _calls(app_client, project)[0]["output"] == 1


def test_dry_run_drops_and_marks_nothing(app_client: TestClient, project: str) -> None:
    _configure(app_client, project, sample_rate=0, sample_dry_run=True)
    _post(app_client, f"/v2/{project}/calls/complete", {"batch": [_complete(project, new_id())]})
    (call,) = _calls(app_client, project)
    assert call["attributes"] == {}


def test_one_projects_sampling_leaves_anothers_calls_alone(app_client: TestClient, project: str) -> None:
    other = f"tests/p-{new_id()}"
    _configure(app_client, project, sample_rate=0)
    starts = [_start(name, new_id()) for name in (project, other)]
    batch = [{"mode": "start", "req": {"start": start}} for start in starts]
    _post(app_client, "/call/upsert_batch", {"batch": batch})
    assert (_ids(app_client, other), _row_ids(app_client, project)) == ({starts[1]["id"]}, set())


def test_feedback_scores_and_evaluations_through_the_api_are_never_sampled(
    app_client: TestClient, project: str
) -> None:
    _configure(app_client, project, sample_rate=0)
    ref = f"weave:///{project}/call/{new_id()}"
    note = {"project_id": project, "weave_ref": ref, "feedback_type": "wandb.note.1", "payload": {"note": "hi"}}
    _post(app_client, "/feedback/create", note)
    assert _post(app_client, "/feedback/query", {"project_id": project})["total_count"] == 1
    model, evaluation, scorer = (f"weave:///{project}/object/{name}:v0" for name in ("m", "e", "s"))
    run = _post(app_client, f"/v2/{project}/evaluation_runs", {"evaluation": evaluation, "model": model})[
        "evaluation_run_id"
    ]
    prediction = _post(
        app_client,
        f"/v2/{project}/predictions",
        {"model": model, "inputs": {"x": 1}, "output": 2, "evaluation_run_id": run},
    )["prediction_id"]
    body = {"prediction_id": prediction, "scorer": scorer, "value": 0.5, "evaluation_run_id": run}
    score = _post(app_client, f"/v2/{project}/scores", body)["score_id"]
    assert {run, prediction, score} <= _ids(app_client, project)


def test_expiry_follows_from_start_and_retention(app_client: TestClient, project: str) -> None:
    before = _complete(project, new_id())
    _post(app_client, f"/v2/{project}/calls/complete", {"batch": [before]})
    _configure(app_client, project, retention_days=10_000)
    complete, start = _complete(project, new_id()), _start(project, new_id())
    _post(app_client, f"/v2/{project}/calls/complete", {"batch": [complete]})
    _post(app_client, "/call/start", {"start": start})
    _post(app_client, "/call/end", {"end": _end(project, start["id"])})
    found = {call["id"]: call["expire_at"] for call in _calls(app_client, project)}
    expected = datetime.fromisoformat(START) + timedelta(days=10_000)
    assert found[before["id"]] is None
    assert datetime.fromisoformat(found[complete["id"]]) == expected
    assert datetime.fromisoformat(found[start["id"]]) == expected


def test_expiry_of_a_call_started_before_retention_counts_from_its_end(app_client: TestClient, project: str) -> None:
    start = _start(project, new_id())
    _post(app_client, "/call/start", {"start": start})
    _configure(app_client, project, retention_days=10_000)
    _post(app_client, "/call/end", {"end": _end(project, start["id"])})
    expires = datetime.fromisoformat(_calls(app_client, project)[0]["expire_at"])
    assert expires == datetime.fromisoformat(END) + timedelta(days=10_000)


def test_calls_written_by_the_server_expire_too(app_client: TestClient, project: str) -> None:
    _configure(app_client, project, retention_days=5)
    model = f"weave:///{project}/object/m:v0"
    _post(app_client, f"/v2/{project}/predictions", {"model": model, "inputs": {}, "output": 2})
    (call,) = _calls(app_client, project)
    lasting = datetime.fromisoformat(call["expire_at"]) - datetime.fromisoformat(call["started_at"])
    assert lasting == timedelta(days=5)


def test_personal_data_is_replaced_in_every_part_of_a_call(app_client: TestClient, project: str) -> None:
    _configure(app_client, project, pii_policy="pii-v1")
    mail = "jane@example.com"
    ref = f"weave:///{project}/object/o:{'a' * 43}"
    start = _start(
        project,
        new_id(),
        op_name=f"ask {mail}",
        display_name=f"for {mail}",
        inputs={"to": mail, "ref": ref, "json": json.dumps({"phone": "+1 415 555 2671"})},
        attributes={"who": mail},
        otel_dump={"name": mail},
    )
    _post(app_client, "/call/start", {"start": start})
    failure = json.dumps({"type": "ValueError", "message": "ssn 123-45-6789"})
    end = _end(project, start["id"], output=["4111 1111 1111 1111"], summary={"by": mail}, exception=failure)
    _post(app_client, "/call/end", {"end": end})
    (call,) = _calls(app_client, project)
    assert mail not in json.dumps(call)
    assert call["inputs"] == {"to": "<EMAIL_ADDRESS>", "ref": ref, "json": '{"phone":"<PHONE_NUMBER>"}'}
    assert call["output"] == ["<CREDIT_CARD>"]
    assert json.loads(call["exception"])["message"] == "ssn <US_SSN>"
    assert call["display_name"] == "for <EMAIL_ADDRESS>"
    _post(app_client, "/call/update", {"project_id": project, "call_id": start["id"], "display_name": f"to {mail}"})
    assert _calls(app_client, project)[0]["display_name"] == "to <EMAIL_ADDRESS>"


def test_personal_data_of_complete_calls_is_replaced_and_other_projects_keep_theirs(
    app_client: TestClient, project: str
) -> None:
    other = f"tests/p-{new_id()}"
    _configure(app_client, project, pii_policy="pii-v1")
    for name in (project, other):
        call = _complete(name, new_id(), inputs={"m": "a@example.com"}, output={"m": "a@example.com"})
        _post(app_client, f"/v2/{name}/calls/complete", {"batch": [call]})
    redacted, plain = (_calls(app_client, name)[0] for name in (project, other))
    assert (redacted["inputs"], redacted["output"]) == ({"m": "<EMAIL_ADDRESS>"}, {"m": "<EMAIL_ADDRESS>"})
    assert (plain["inputs"], plain["output"]) == ({"m": "a@example.com"}, {"m": "a@example.com"})
