"""Calls that ended are scored as active monitors ask: which calls, by whom, once, and never the scorers' own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.monitor_objects import Watched, equals
from tests.scoring_fixtures import client, drain, provider, running_provider, scoring_app, scoring_services
from tests.scoring_objects import ScoringClient, builtin_scorer, judge, judge_model
from weft.core.ids import new_id
from weft.services import Services

__all__ = ["client", "drain", "provider", "running_provider", "scoring_app", "scoring_services"]

Drain = Callable[[], None]
JSON = "ValidJSONScorer"
XML = "ValidXMLScorer"


@pytest.fixture
def watched(client: ScoringClient, scoring_services: Services) -> Watched:
    return Watched(client, scoring_services)


def _json(client: ScoringClient) -> str:
    return client.publish(JSON, builtin_scorer(JSON))


def _call(client: ScoringClient, inputs: dict[str, Any] | None = None, output: Any = "{}", **fields: Any) -> str:
    return client.complete([{**client.ended_call(inputs or {}, output), **fields}])[0]


def test_a_finished_call_is_scored_in_the_name_of_the_monitor_and_its_publisher(
    watched: Watched, client: ScoringClient, drain: Drain
) -> None:
    scorer = _json(client)
    monitor = watched.publish("watch", [scorer], op_names=["predict"])
    scored = client.call({"question": "q"}, '{"a": 1}')
    assert watched.end(scored) == []
    drain()
    (feedback,) = client.feedback()
    publisher = client.post("/objs/query", {"project_id": client.project, "filter": {"object_ids": ["watch"]}})["objs"][
        0
    ]
    assert feedback["weave_ref"] == f"weave:///{client.project}/call/{scored}"
    assert feedback["feedback_type"] == f"wandb.runnable.{JSON}"
    assert feedback["payload"] == {"output": {"json_valid": True}}
    assert (feedback["runnable_ref"], feedback["trigger_ref"]) == (scorer, monitor)
    assert feedback["wb_user_id"] == publisher["wb_user_id"]
    assert feedback["call_ref"]
    (task,) = client.tasks()
    assert (task["state"], task["trigger_ref"], task["wb_user_id"]) == ("scored", monitor, publisher["wb_user_id"])
    (job,) = client.get("/weft/v1/scoring/jobs", project_id=client.project)["jobs"]
    assert (job["kind"], job["total"], job["done"]) == ("monitor", 1, True)


def test_the_same_calls_again_leave_one_task_each(watched: Watched, client: ScoringClient, drain: Drain) -> None:
    watched.publish("watch", [_json(client)])
    calls = [client.call({}, "{}") for _ in range(5)]
    for _ in range(3):
        assert watched.end(*calls, *calls) == []
    assert len(client.tasks()) == 5
    drain()
    watched.end(*calls)
    drain()
    assert len(client.feedback()) == 5
    assert {(task["state"], task["rounds"]) for task in client.tasks()} == {("scored", 1)}


def test_ops_queries_and_scorers_choose(watched: Watched, client: ScoringClient) -> None:
    json_scorer, xml_scorer = _json(client), client.publish(XML, builtin_scorer(XML))
    ref = f"weave:///{client.project}/op/talk"
    both = watched.publish("both", [json_scorer, xml_scorer], op_names=[f"{ref}:*"])
    picky = watched.publish("picky", [json_scorer], query={"$expr": {"$and": [equals("inputs.lang", "en")]}})
    watched.publish("off", [json_scorer], active=False)
    talk = _call(client, {"lang": "en"}, op_name=f"{ref}:abc")
    other = _call(client, {"lang": "de"}, op_name=f"weave:///{client.project}/op/walk:abc")
    plain = _call(client, {"lang": "en"}, op_name="talk")
    assert watched.end(talk, other, plain) == []
    assert watched.asked() == {
        (talk, json_scorer, both),
        (talk, xml_scorer, both),
        (talk, json_scorer, picky),
        (plain, json_scorer, picky),
    }


def test_the_sample_is_a_share_of_the_calls_and_stays_the_same(watched: Watched, client: ScoringClient) -> None:
    scorer = _json(client)
    watched.publish("some", [scorer], sampling_rate=0.5)
    calls = client.complete([client.ended_call({}, "{}") for _ in range(200)])
    watched.end(*calls)
    chosen = {call for call, _, _ in watched.asked()}
    assert 60 < len(chosen) < 140
    watched.publish("some", [scorer], sampling_rate=0.5, description="newer")
    watched.end(*calls)
    assert {call for call, _, _ in watched.asked()} == chosen
    assert len(client.tasks(limit=1000)) == len(chosen)
    watched.publish("some", [scorer], sampling_rate=0.0)
    watched.end(client.call({}, "{}"))
    assert len(client.tasks(limit=1000)) == len(chosen)


def test_a_monitor_works_as_soon_as_it_is_active_and_no_longer(watched: Watched, client: ScoringClient) -> None:
    scorer = _json(client)
    assert not watched.monitors.watches(watched.project.id)
    inactive = watched.publish("watch", [scorer], active=False)
    assert not watched.monitors.watches(watched.project.id)
    watched.end(client.call({}, "{}"))
    active = watched.publish("watch", [scorer])
    assert watched.monitors.watches(watched.project.id)
    first = client.call({}, "{}")
    watched.end(first)
    assert watched.publish("watch", [scorer], active=False) == inactive
    assert not watched.monitors.watches(watched.project.id)
    watched.end(client.call({}, "{}"))
    watched.publish("watch", [scorer])
    second = client.call({}, "{}")
    watched.end(second)
    assert watched.asked() == {(first, scorer, active), (second, scorer, active)}
    client.post("/obj/delete", {"project_id": client.project, "object_id": "watch", "digests": None})
    assert not watched.monitors.watches(watched.project.id)
    watched.end(client.call({}, "{}"))
    assert len(client.tasks()) == 2


def test_calls_that_are_not_there_yet_are_wanted_again(watched: Watched, client: ScoringClient) -> None:
    watched.publish("watch", [_json(client)])
    missing, opened, deleted = new_id(), new_id(), client.call({}, "{}")
    start = {"project_id": client.project, "id": opened, "trace_id": new_id(), "op_name": "predict", "inputs": {}}
    client.post("/call/start", {"start": {**start, "started_at": "2026-01-01T00:00:00Z", "attributes": {}}})
    client.post("/calls/delete", {"project_id": client.project, "call_ids": [deleted]})
    assert watched.end(missing, opened, deleted) == [missing, opened]
    assert client.tasks() == []
    end = {"project_id": client.project, "id": opened, "ended_at": "2026-01-01T00:00:01Z", "summary": {}}
    client.post("/call/end", {"end": end})
    assert watched.end(missing, opened) == [missing]
    assert len(client.tasks()) == 1


@pytest.mark.parametrize(
    "attributes",
    [
        {"weave": {"kind": "scorer"}},
        {"weave": {"kind": "guardrail"}},
        {"weave": {"score": "true"}},
        {"_weave_eval_meta": {"score": True}},
        {"weave": {"source": "weft-scoring-worker"}},
    ],
)
def test_the_work_of_scorers_is_not_scored(watched: Watched, client: ScoringClient, attributes: dict[str, Any]) -> None:
    watched.publish("watch", [_json(client)])
    root = _call(client, attributes=attributes)
    inner = _call(client, parent_id=root)
    innermost = _call(client, parent_id=inner)
    assert watched.end(root, inner, innermost) == []
    assert client.tasks() == []


def test_scores_of_the_worker_itself_are_not_scored(watched: Watched, client: ScoringClient, drain: Drain) -> None:
    watched.publish("watch", [_json(client)])
    watched.end(client.call({}, "{}"))
    drain()
    watched.end(*(call["id"] for call in client.calls()))
    drain()
    assert len(client.tasks()) == 1


def test_the_call_of_a_function_that_scores_is_told_by_its_feedback(watched: Watched, client: ScoringClient) -> None:
    scorer = _json(client)
    watched.publish("watch", [scorer])
    scored, score = client.call({}, "{}"), client.call({}, 1)
    own = {"project_id": client.project, "weave_ref": f"weave:///{client.project}/call/{scored}"}
    client.post(
        "/feedback/create",
        {
            **own,
            "feedback_type": "wandb.runnable.fn",
            "payload": {"output": 1},
            "runnable_ref": f"weave:///{client.project}/op/fn:abc",
            "call_ref": f"weave:///{client.project}/call/{score}",
        },
    )
    inner = _call(client, parent_id=score)
    watched.end(scored, score, inner)
    assert {task["call_id"] for task in client.tasks()} == {scored}


def test_of_an_evaluation_only_what_is_evaluated_is_scored(watched: Watched, client: ScoringClient) -> None:
    watched.publish("watch", [_json(client)])

    def op(name: str) -> str:
        return f"weave:///{client.project}/op/{name}:abc"

    run = _call(client, op_name=op("Evaluation.evaluate"))
    pair = _call(client, op_name=op("Evaluation.predict_and_score"), parent_id=run)
    prediction = _call(client, op_name=op("Model.predict"), parent_id=pair)
    score = _call(client, op_name=op("S.score"), parent_id=pair, attributes={"weave": {"kind": "scorer"}})
    summary = _call(client, op_name=op("Evaluation.summarize"), parent_id=run)
    summed = _call(client, op_name=op("Scorer.summarize"), parent_id=summary)
    watched.end(run, pair, prediction, score, summary, summed)
    assert {task["call_id"] for task in client.tasks()} == {prediction}


def test_a_call_waits_a_moment_for_what_it_is_part_of(client: ScoringClient, scoring_services: Services) -> None:
    patient = scoring_services.settings.model_copy(
        update={"monitor_parent_seconds": 1e9, "scoring_missing_seconds": 1e10}
    )
    watched = Watched(client, Services(**{**_fields(scoring_services), "settings": patient}))
    watched.publish("watch", [_json(client)])
    scorer_call, agent_call = new_id(), new_id()
    of_scorer, of_agent = _call(client, parent_id=scorer_call), _call(client, parent_id=agent_call)
    assert watched.end(of_scorer, of_agent) == [of_scorer, of_agent]
    _call(client, id=scorer_call, attributes={"weave": {"kind": "scorer"}})
    _call(client, id=agent_call)
    assert watched.end(of_scorer, of_agent) == []
    assert {task["call_id"] for task in client.tasks()} == {of_agent}


def test_a_call_whose_parent_never_comes_is_scored(client: ScoringClient, scoring_services: Services) -> None:
    hasty = scoring_services.settings.model_copy(update={"monitor_parent_seconds": 0})
    watched = Watched(client, Services(**{**_fields(scoring_services), "settings": hasty}))
    watched.publish("watch", [_json(client)])
    lost = _call(client, parent_id=new_id())
    assert watched.end(lost) == []
    assert {task["call_id"] for task in client.tasks()} == {lost}


def test_monitors_that_cannot_be_used_harm_no_other(watched: Watched, client: ScoringClient, drain: Drain) -> None:
    scorer = _json(client)
    gone = f"weave:///{client.project}/object/gone:{'x' * 43}"
    watched.publish("bad-query", [scorer], query={"what": "ever"})
    watched.publish("bad-rate", [scorer], sampling_rate=7)
    watched.publish("no-scorer", [])
    watched.publish("turns", [scorer], op_names=["weave.genai.turn_ended"])
    watched.publish("debounced", [scorer], scorer_debounce_config={"aggregation_field": "trace_id"})
    half = watched.publish("half", [gone, scorer, f"weave:///{client.project}/object/none:v3"])
    fine = watched.publish("fine", [scorer])
    call = client.call({}, "{}")
    assert watched.end(call) == []
    assert watched.asked() == {(call, gone, half), (call, scorer, half), (call, scorer, fine)}
    drain()
    states = {(task["scorer_ref"], task["trigger_ref"]): (task["state"], task["reason"]) for task in client.tasks()}
    assert states[gone, half] == ("failed", "The scorer was not found")
    assert states[scorer, half][0] == states[scorer, fine][0] == "scored"


def test_untraced_scores_are_feedback_only(watched: Watched, client: ScoringClient, drain: Drain) -> None:
    broken = client.publish("broken", builtin_scorer(JSON, column_map={"nope": "x"}))
    watched.publish("quiet", [_json(client), broken], is_traced=False)
    call = client.call({}, "{}")
    watched.end(call)
    drain()
    assert [item["id"] for item in client.calls()] == [call]
    (feedback,) = client.feedback()
    assert feedback["call_ref"] in (None, "")
    assert feedback["payload"] == {"output": {"json_valid": True}}
    by_state = {task["state"]: task for task in client.tasks()}
    assert by_state["scored"]["feedback_id"] == feedback["id"]
    assert by_state["scored"]["score_call_id"] is None
    assert "nope" in by_state["failed"]["reason"]


def test_each_judge_of_a_classifier_monitor_is_a_task(
    watched: Watched, client: ScoringClient, drain: Drain, provider: Any
) -> None:
    model = client.publish("m", judge_model(response_format="text"))
    judges = [client.publish(f"judge-{number}", judge(model, f"{number}: {{output}}")) for number in range(2)]
    monitor = watched.publish("classes", judges, "ClassifierMonitor", prompt_header="ignored")
    call = client.call({}, "hello")
    watched.end(call)
    assert watched.asked() == {(call, ref, monitor) for ref in judges}
    drain()
    assert {task["state"] for task in client.tasks()} == {"scored"}
    assert len(client.feedback()) == 2


def _fields(services: Services) -> dict[str, Any]:
    return {name: getattr(services, name) for name in Services.__dataclass_fields__}
