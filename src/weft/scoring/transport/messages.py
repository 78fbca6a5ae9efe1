"""Which messages tell of which tasks and ended calls: topics, keys, chunks. Sending them is publisher.py's.

Source of names and shapes: the contract of the scoring topics. Pure.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel

from weft.core.clock import iso
from weft.schemas.messages import CallEndedMessage, ScoreCallsMessage, TasksMessage
from weft.storage.entities.ended_calls import EndedCall
from weft.storage.entities.ledger_tables import SCORE, Task

Item = TypeVar("Item")

SCORE_CALLS = "weave.score_calls"
CALL_ENDED = "weave.call_ended"
TASKS = "weft.tasks"
TOPICS = (SCORE_CALLS, CALL_ENDED, TASKS)

ORIGIN, LEDGER = "weft-origin", b"ledger"
"""The header of messages about tasks that the ledger holds already; those of other producers have none."""

CHUNK = 100
"""Most calls, or tasks, that one message names."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to send, and the tasks or rows of the feed that it tells of."""

    topic: str
    key: str
    value: bytes
    about: Sequence[str | int]
    headers: Sequence[tuple[str, bytes]] = ()


def task_messages(tasks: Sequence[Task], buckets: int) -> list[Outgoing]:
    """Messages that name each of the tasks once."""
    # What was asked for together, and by the same scorers, fits into one message of the contract's shape.
    asked: dict[tuple[str, str], dict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    others: dict[str, list[str]] = defaultdict(list)
    for task in tasks:
        if task.kind == SCORE and not task.trigger_ref:
            asked[task.project_id, task.user_id][task.call_id][task.scorer_ref] = task.id
        else:
            others[task.project_id].append(task.id)
    messages: list[Outgoing] = []
    for (project_id, user_id), calls in asked.items():
        alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for call_id, ids in calls.items():
            alike[tuple(ids)].append(call_id)
        for refs, call_ids in alike.items():
            for chunk in _chunks(call_ids):
                about = [known for call_id in chunk for known in calls[call_id].values()]
                body = ScoreCallsMessage(
                    project_id=project_id, call_ids=list(chunk), scorer_refs=list(refs), wb_user_id=user_id
                )
                key = message_key(project_id, chunk[0], buckets)
                messages.append(Outgoing(SCORE_CALLS, key, _value(body), about, [(ORIGIN, LEDGER)]))
    for project_id, task_ids in others.items():
        for chunk in _chunks(task_ids):
            tasks_body = TasksMessage(project_id=project_id, task_ids=list(chunk))
            key = message_key(project_id, chunk[0], buckets)
            messages.append(Outgoing(TASKS, key, _value(tasks_body), chunk, [(ORIGIN, LEDGER)]))
    return messages


def ended_message(call: EndedCall, buckets: int) -> Outgoing:
    """The message that a call ended."""
    body = CallEndedMessage(project_id=call.project_id, id=call.call_id, ended_at=call.ended_at)
    value = body.model_copy(update={"ended_at": iso(call.ended_at)})
    key = message_key(call.project_id, call.call_id, buckets)
    return Outgoing(CALL_ENDED, key, _value(value), [call.id])


def message_key(project_id: str, seed: str, buckets: int) -> str:
    """The key that places a message: the project's, or, with several buckets, one of the project's keys."""
    if buckets <= 1:
        return project_id
    return f"{project_id}:{zlib.crc32(seed.encode('utf-8', 'replace')) % buckets}"


def dead_letter_topic(topic: str) -> str:
    """Where messages of the topic go that cannot be understood."""
    return f"{topic}.dead_letter"


def _value(body: BaseModel) -> bytes:
    return body.model_dump_json(warnings=False).encode()


def _chunks(values: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]
