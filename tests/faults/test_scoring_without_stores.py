"""When our own store is down a task gets no verdict: it waits, and is done when the store is back."""

from __future__ import annotations

import time

from tests.scoring_objects import builtin_scorer
from weft.core.clock import now
from weft.core.identity import Project, User
from weft.core.ids import new_id
from weft.core.refs import ObjectRef
from weft.domain.calls import call_of
from weft.domain.objects import publish_object
from weft.domain.scoring import request_scores
from weft.schemas.scoring import CallsScoreReq
from weft.scoring.worker import ScoringWorker
from weft.services import Services, build_services
from weft.settings import Settings
from weft.storage.entities.ledger import Task, TaskFilter
from weft.storage.events.call_changes import PutCall

USER = User("u", "ann")


def _ask(services: Services, project: Project) -> str:
    stores, call_id, moment = services.stores, new_id(), now()
    version = publish_object(stores, project, USER, "ValidJSONScorer", builtin_scorer("ValidJSONScorer"))
    plain = {"op_name": "predict", "started_at": moment, "ended_at": moment, "inputs": {}, "attributes": {}}
    stores.calls.apply([PutCall(call_of(project.id, call_id, trace_id=new_id(), output="{}", **plain))])
    ref = ObjectRef(project.id, version.object_id, version.digest).uri()
    body = CallsScoreReq(project_id=project.external, call_ids=[call_id], scorer_refs=[ref])
    assert request_scores(stores, project, USER, body, lambda _: True, max_attempts=2) is not None
    return call_id


def _task(services: Services) -> Task:
    (task,) = services.stores.ledger.tasks(TaskFilter(), 10)
    return task


def test_a_task_waits_for_the_event_store(settings: Settings, project: str) -> None:
    entity, _, name = project.partition("/")
    broken = build_services(settings)
    known = broken.stores.projects.ensure(entity, name)
    call_id = _ask(broken, known)
    broken.engine.close()
    worker = ScoringWorker(broken.stores, settings.model_copy(update={"shutdown_seconds": 0}))
    worker.start()
    deadline = time.monotonic() + 10
    while worker.status().state != "paused" and time.monotonic() < deadline:
        time.sleep(0.02)
    assert worker.status().reason.startswith("A store of our own is down")
    worker.stop()
    assert _task(broken).state in ("queued", "retrying")
    broken.close()

    mended = build_services(settings)
    worker = ScoringWorker(mended.stores, settings)
    assert worker.drain(20)
    worker.stop()
    assert _task(mended).state == "scored"
    feedback = mended.stores.feedback.for_calls(known.id, [call_id])
    assert [row.payload for row in feedback[call_id]] == [{"output": {"json_valid": True}}]
    mended.close()
