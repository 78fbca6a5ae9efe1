"""Evaluation results name the agents that ran in a trial, as spans tell by their stamps."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.agent_projects import AgentProject, new_trace
from tests.v2_client import V2Client
from weft.core.identity import Project
from weft.domain.eval_spans import NOT_LOADED, link_spans
from weft.schemas.eval_results import EvalResultsQueryRes, EvalResultsRow, EvalResultsRowEvaluation, EvalResultsTrial
from weft.services import Services
from weft.storage.events.engine import EventsEngine
from weft.storage.events.spans import SpanStore


@pytest.fixture
def v2(app_client: TestClient, project: str) -> V2Client:
    return V2Client(app_client, project)


@pytest.fixture
def agents(app_client: TestClient, project: str) -> AgentProject:
    return AgentProject(app_client, project)


class Run:
    """A run of one trial, and spans with its stamp."""

    def __init__(self, v2: V2Client, agents: AgentProject, **more: Any) -> None:
        self.v2, self.agents = v2, agents
        self.id = v2.run()
        prediction_id = v2.predict(self.id, {"q": 1}, **more)
        v2.finish(prediction_id)
        self.trial_id = v2.call(prediction_id)["parent_id"]

    def stamp(self, trace_id: str, span_id: str, parent: str = "", at: float = 0, **fields: Any) -> None:
        """Store a span of the trial."""
        stamps = {"eval_run_id": self.id, "eval_predict_and_score_call_id": self.trial_id, **fields}
        self.agents.store(trace_id, at, span_id=span_id, parent_span_id=parent, **stamps)

    def linked(self) -> Any:
        """What the trial links to."""
        answer = self.v2.results(self.id)
        assert answer["warnings"] == []
        ((trial,),) = [evaluation["trials"] for row in answer["rows"] for evaluation in row["evaluations"]]
        return trial["genai_span_ref"]


def test_a_trial_links_to_the_top_span_of_each_trace_with_its_stamp(v2: V2Client, agents: AgentProject) -> None:
    run = Run(v2, agents)
    one, two = sorted(new_trace() for _ in range(2))
    run.stamp(one, "child", "top", at=1)
    run.stamp(one, "top", "not stamped", at=2)
    run.stamp(one, "later top", at=3)
    run.stamp(two, "b", at=5)
    run.stamp(two, "a", at=5)
    assert run.linked() == [{"trace_id": one, "span_id": "top"}, {"trace_id": two, "span_id": "a"}]


def test_a_trace_that_was_written_down_is_not_linked_again(v2: V2Client, agents: AgentProject) -> None:
    noted = {"trace_id": new_trace(), "span_id": "noted"}
    run = Run(v2, agents, genai_span_ref=[noted])
    other = new_trace()
    run.stamp(noted["trace_id"], "stamped")
    run.stamp(other, "stamped")
    assert run.linked() == [noted, {"trace_id": other, "span_id": "stamped"}]


@pytest.mark.parametrize("fields", [{"eval_run_id": "other"}, {"eval_predict_and_score_call_id": ""}], ids=str)
def test_spans_with_another_stamp_are_not_linked(v2: V2Client, agents: AgentProject, fields: dict[str, str]) -> None:
    run = Run(v2, agents)
    run.stamp(new_trace(), "a", **fields)
    assert run.linked() is None


def test_a_stamp_that_was_taken_back_links_nothing(v2: V2Client, agents: AgentProject) -> None:
    run = Run(v2, agents)
    trace = new_trace()
    run.stamp(trace, "a")
    run.stamp(trace, "a", eval_run_id="")
    assert run.linked() is None


def test_results_are_shown_with_a_warning_when_spans_cannot_be_read(services: Services, events_url: str) -> None:
    engine = EventsEngine(events_url)
    store = SpanStore(engine)
    engine.close()
    trial = EvalResultsTrial(predict_and_score_call_id="p")
    row = EvalResultsRow(row_digest="d", evaluations=[EvalResultsRowEvaluation(evaluation_call_id="e", trials=[trial])])
    answer = EvalResultsQueryRes(rows=[row], total_rows=1)
    link_spans(replace(services.stores, spans=store), Project("id", "tests", "p"), answer)
    assert answer.warnings == [NOT_LOADED]
    store.close()
