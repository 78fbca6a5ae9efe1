"""What a message asks for, as tasks of the ledger; a request that another producer made is entered there first."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from weft.core import ids
from weft.core.errors import InvalidRequest, NotFound, TooLarge
from weft.core.identity import User
from weft.domain.scoring import MAX_TASKS, request_scores
from weft.schemas.messages import ScoreCallsMessage, TasksMessage
from weft.schemas.scoring import CallsScoreReq
from weft.scoring.transport.intake import Received
from weft.scoring.transport.messages import LEDGER, ORIGIN, TASKS
from weft.storage.entities.ledger_tables import TaskFilter, task_id
from weft.storage.stores import Stores

Body = TypeVar("Body", bound=BaseModel)

_LARGEST = 1024 * 1024


class NotUnderstood(Exception):
    """The message asks for nothing that could ever be done; the text is the reason."""


def parsed(message: Received, shape: type[Body]) -> Body:
    """The message's value. Raises NotUnderstood."""
    if not message.value:
        raise NotUnderstood("The message is empty")
    if len(message.value) > _LARGEST:
        raise NotUnderstood(f"The message is larger than {_LARGEST} bytes")
    try:
        return shape.model_validate_json(message.value)
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise NotUnderstood(f"{where or 'value'}: {problem['msg']}") from error


def tasks_of(stores: Stores, message: Received, max_attempts: int) -> list[str]:
    """The ids of the tasks that a message tells of. Raises NotUnderstood, and what stores raise when they are down."""
    if message.topic == TASKS:
        task_ids = parsed(message, TasksMessage).task_ids
        if not all(task_id.isascii() and task_id.isprintable() for task_id in task_ids):
            raise NotUnderstood("task_ids: one of them is not an id")
        return task_ids
    body = parsed(message, ScoreCallsMessage)
    if len(body.call_ids) * len(body.scorer_refs) > MAX_TASKS:
        raise NotUnderstood(f"The message asks for more than {MAX_TASKS} scores")
    if message.headers.get(ORIGIN) == LEDGER:
        return [task_id(body.project_id, call_id, ref) for call_id in body.call_ids for ref in body.scorer_refs]
    return _entered(stores, message, body, max_attempts)


def _entered(stores: Stores, message: Received, body: ScoreCallsMessage, max_attempts: int) -> list[str]:
    """Enter somebody else's request into the ledger, once however often the message is delivered."""
    # Of a topic that was made anew, offsets begin again; times do not.
    place = (message.topic, str(message.partition), str(message.offset), str(message.at_ms))
    job_id = ids.stable_id("kafka message", *place)
    try:
        project = stores.projects.by_id(body.project_id)
        if project is None:
            raise NotUnderstood("There is no project of that id")
        if stores.ledger.job(job_id) is None:
            asked = CallsScoreReq(project_id=project.external, call_ids=body.call_ids, scorer_refs=body.scorer_refs)
            user = User(body.wb_user_id or "", body.wb_user_id or "")
            request_scores(stores, project, user, asked, lambda known: known == body.project_id, max_attempts, job_id)
    except (InvalidRequest, NotFound, TooLarge) as error:
        raise NotUnderstood(error.reason) from error
    return [task.id for task in stores.ledger.tasks(TaskFilter(job_id=job_id), MAX_TASKS)]
