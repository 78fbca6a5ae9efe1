"""Routes of monitors: publishing, listing, back-filling and explaining, and how each of them refuses."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.monitor_objects import class_keys, equals, monitor_value
from tests.scoring_objects import ScoringClient, builtin_scorer
from weft.core.ids import new_id

JSON = "ValidJSONScorer"


@pytest.fixture
def own(app_client: TestClient, project: str) -> ScoringClient:
    return ScoringClient(app_client, project)


def _publish(own: ScoringClient, status: int = 200, class_name: str = "Monitor", **fields: Any) -> Any:
    body = {"project_id": own.project, "object_id": "watch", "val": monitor_value([], class_name, **fields)}
    return own.post("/obj/create", {"obj": body}, status)


@pytest.mark.parametrize("class_name", ["Monitor", "ClassifierMonitor"])
def test_publishing_compiles_the_query(own: ScoringClient, class_name: str) -> None:
    _publish(own, 422, class_name, query={"$expr": equals("nonsense", 1)})
    _publish(own, 422, class_name, query={"$expr": {"$and": [equals("inputs.a", 1), equals("summary.weave.x", 1)]}})
    _publish(own, 400, class_name, query={"$expr": {"$or": []}})
    _publish(own, 400, class_name, query={"$expr": {"$gt": [{"$getField": "started_at"}, {"$literal": "soon"}]}})
    _publish(own, 200, class_name, query={"$expr": {"$not": [equals("inputs.a", 1)]}})
    _publish(own, 200, class_name, query={"cannot": "be read"})
    _publish(own, 200, class_name, query=None)


def test_the_query_of_a_monitor_of_turns_is_about_spans(own: ScoringClient) -> None:
    turns = ["weave.genai.turn_ended"]
    _publish(own, op_names=turns, query={"$expr": equals("agent_name", "helper")})
    _publish(own, 400, op_names=turns, query={"$expr": equals("custom_attrs_string", "x")})
    _publish(own, 422, query={"$expr": equals("agent_name", "helper")})


def test_monitors_are_listed_with_what_is_wrong(own: ScoringClient) -> None:
    scorer = own.publish(JSON, builtin_scorer(JSON))
    fine = own.publish("fine", monitor_value([scorer], op_names=["talk"], sampling_rate=0.5))
    own.publish("bad", monitor_value([], active=False, sampling_rate=3))
    own.publish("fine", monitor_value([scorer], active=False))
    assert own.publish("fine", monitor_value([scorer], op_names=["talk"], sampling_rate=0.5)) == fine
    listed = {item["name"]: item for item in own.get("/weft/v1/monitors", project_id=own.project)["monitors"]}
    assert listed.keys() == {"fine", "bad"}
    shown = listed["fine"]
    assert (shown["ref"], shown["active"], shown["op_names"]) == (fine, True, ["talk"])
    assert (shown["scorer_refs"], shown["sampling_rate"], shown["problems"]) == ([scorer], 0.5, [])
    assert shown["active_since"] > shown["published_at"]
    assert shown["wb_user_id"]
    assert shown["wb_username"] == "local"
    assert not listed["bad"]["active"]
    assert listed["bad"]["active_since"] is None
    assert any("sampling_rate" in problem for problem in listed["bad"]["problems"])
    assert any("scorer" in problem for problem in listed["bad"]["problems"])


def test_a_backfill_is_refused_for_what_cannot_be(own: ScoringClient) -> None:
    scorer = own.publish(JSON, builtin_scorer(JSON))
    own.publish("broken", monitor_value([]))
    own.publish("watch", monitor_value([scorer]))

    def refused(status: int, **body: Any) -> str:
        answer = own.post(
            "/weft/v1/monitors/backfill", {"project_id": own.project, "monitor_ref": "watch", **body}, status
        )
        return str(answer.get("reason", answer))

    assert "not found" in refused(404, monitor_ref="nothing")
    assert "not a monitor" in refused(400, monitor_ref=scorer)
    assert "cannot be used" in refused(400, monitor_ref="broken")
    assert "Invalid monitor" in refused(400, monitor_ref="weave:///other/project/object/watch:v0")
    assert "Invalid monitor" in refused(400, monitor_ref="a/b")
    assert "Invalid monitor" in refused(400, monitor_ref=f"weave:///{own.project}/op/watch:v0")
    refused(404, monitor_ref="watch:v7")
    assert "start" in refused(400, start="2026-01-02T00:00:00Z", end="2026-01-01T00:00:00Z")
    assert "start" in refused(400, start="0001-01-01T00:00:00+23:59")
    assert "end" in refused(400, end="9999-12-31T23:59:59-23:59")
    refused(422, start="never")
    refused(422, dry_run=[])
    assert own.get("/weft/v1/monitors/backfills", project_id=own.project)["backfills"] == []
    own.get(f"/weft/v1/monitors/backfills/{new_id()}", 404)
    own.post(f"/weft/v1/monitors/backfills/{new_id()}/cancel", {}, 404)
    own.get("/weft/v1/monitors/backfills", 422, project_id=own.project, limit=-1)


def test_a_backfill_is_a_job_that_can_be_followed_and_cancelled(own: ScoringClient) -> None:
    scorer = own.publish(JSON, builtin_scorer(JSON))
    monitor = own.publish("watch", monitor_value([scorer], active=False))
    asked = {"project_id": own.project, "monitor_ref": "watch", "start": None, "end": None, "dry_run": None}
    made = own.post("/weft/v1/monitors/backfill", asked)
    assert (made["state"], made["monitor_ref"], made["dry_run"], made["done"]) == ("queued", monitor, False, False)
    assert (made["walked"], made["total"], made["scores"]) == (0, None, {})
    assert own.get(f"/weft/v1/monitors/backfills/{made['id']}") == made
    assert own.get("/weft/v1/monitors/backfills", project_id=own.project)["backfills"] == [made]
    job = own.get(f"/weft/v1/scoring/jobs/{made['id']}")
    assert (job["kind"], job["scorer_refs"], job["done"]) == ("monitor_backfill", [scorer], False)
    (task,) = own.get("/weft/v1/scoring/tasks", project_id=own.project, kind="monitor_backfill")["tasks"]
    assert (task["run_id"], task["state"]) == (made["id"], "queued")
    assert own.post(f"/weft/v1/monitors/backfills/{made['id']}/cancel", {})["id"] == made["id"]


@pytest.mark.parametrize("call_id", ["", "x" * 10_000, "\ud800", "\0", new_id()])
def test_a_call_that_does_not_exist_is_explained(own: ScoringClient, call_id: str) -> None:
    scorer = own.publish(JSON, builtin_scorer(JSON))
    own.publish("watch", monitor_value([scorer], op_names=["talk"], query={"$expr": equals("inputs.a", 1)}))
    told = own.get(
        "/weft/v1/scoring/explain",
        project_id=own.project,
        call_id=call_id.encode("utf-8", "replace").decode() or " ",
    )
    assert told["call"]["found"] is False
    assert "no such call" in told["says"]
    (watch,) = told["monitors"]
    assert "no such call" in watch["says"]
    passed = {check["check"]: check["passed"] for check in watch["checks"]}
    assert passed["ended"] is False
    assert passed["op"] is passed["query"] is passed["not_own"] is None


def test_explaining_needs_a_project_and_a_call(own: ScoringClient) -> None:
    own.publish("watch", {**class_keys("Thing"), "a": 1})
    own.get("/weft/v1/scoring/explain", 422, project_id=own.project)
    own.get("/weft/v1/scoring/explain", 404, project_id="nobody/nothing", call_id="x")
    told = own.get("/weft/v1/scoring/explain", project_id=own.project, call_id=new_id())
    assert told["monitors"] == []
    assert "no monitor" in told["says"]
