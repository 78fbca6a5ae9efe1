"""What a remote scorer is sent and what it may answer: version 1 of the published wire format, for calls.

Pure. Sending is remote_client.py's, and who is asked with which credentials remote_loading.py's.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from weft.core import ids, jsontext
from weft.core.clock import iso
from weft.core.ref_translation import outward
from weft.domain.score_writing import TypedScores, score_call_id, score_trace_id
from weft.scoring.retry import CannotWork
from weft.storage.entities.ledger_tables import Task
from weft.storage.events.call_changes import Call

SCHEMA_VERSION = 1
MOST_BYTES = 1024 * 1024
"""Of a request and of an answer."""

RATING = "_rating_"
_LONGEST_TAG = 36
_MEDIA = re.compile(r"data:(?:image|audio|video)/[\w.+-]+[;,]")
_DEEPEST = 200


@dataclass(frozen=True, slots=True)
class Told:
    """Who asks: names, versions and the scorer's own configuration, as the remote scorer is told them."""

    project: str
    monitor_name: str
    monitor_digest: str
    scorer_name: str
    scorer_ref: str
    config: Any = None
    external: Callable[[str], str | None] = field(default=lambda _id: None, repr=False)


def request_of(task: Task, call: Call, told: Told) -> tuple[dict[str, str], bytes]:
    """Headers and body of the request for one call. Raises CannotWork for a call that is not sent."""
    inputs, output = jsontext.loads(call.inputs), jsontext.loads(call.output)
    if any(map(_shows_media, (inputs, output))):
        raise CannotWork("The call holds media, which remote scorers are not sent")
    body = _without_absent(
        {
            "schema_version": SCHEMA_VERSION,
            "scoring_call_id": score_call_id(task, failed=False),
            "scoring_trace_id": score_trace_id(task, failed=False),
            "monitor": _without_absent({"name": told.monitor_name, "version_digest": told.monitor_digest}),
            "scorer": _without_absent({"name": told.scorer_name, "ref": told.scorer_ref, "config": told.config}),
            "triggered_at": iso(task.asked_at),
            "original_call": _without_absent(
                {
                    "project_id": told.project,
                    "call_id": call.id,
                    "trace_id": call.trace_id or None,
                    "op_name": call.op_name or None,
                    "inputs": inputs,
                    "output": output,
                    "started_at": iso(call.started_at),
                    "ended_at": _text(call.ended_at),
                }
            ),
        }
    )
    content = outward(jsontext.dumps_finite(body).encode(), told.external)
    if len(content) > MOST_BYTES:
        raise CannotWork(f"The call is longer than the {MOST_BYTES} bytes that a remote scorer is sent")
    headers = {
        "content-type": "application/json",
        "accept": "application/json",
        "idempotency-key": idempotency_key(task),
        "x-correlation-id": task.id,
        "x-weave-schema-version": str(SCHEMA_VERSION),
    }
    return headers, content


def idempotency_key(task: Task) -> str:
    """The same for the same call, monitor version and scorer version, however often it is asked."""
    return ids.stable_id("remote score", task.project_id, task.call_id, task.trigger_ref, task.scorer_ref)


def read_answer(content: bytes, structured: bool) -> tuple[Any, TypedScores | None]:
    """The result in an answer, and what it is in columns; `structured` refuses all but scores.

    Raises CannotWork.
    """
    try:
        answer = jsontext.loads(content)
    except ValueError as error:
        raise CannotWork("The remote scorer's answer is not JSON") from error
    if not isinstance(answer, dict) or "result" not in answer:
        raise CannotWork("The remote scorer's answer holds no result")
    version = answer.get("schema_version")
    if version != SCHEMA_VERSION or isinstance(version, bool):
        raise CannotWork(f"The remote scorer's answer has schema_version {str(version)[:40]}, not {SCHEMA_VERSION}")
    result = answer["result"]
    try:
        return result, _columns(_scores(result))
    except CannotWork:
        if structured:
            raise
        return result, None


def _scores(result: Any) -> list[Mapping[str, Any]]:
    wrapped = isinstance(result, dict) and "value" not in result and "scores" in result
    given = result["scores"] if wrapped else result
    if wrapped and not isinstance(given, list):
        raise CannotWork("The remote scorer's result has scores that are no list")
    scores = given if isinstance(given, list) else [given]
    return [_checked(score, number) for number, score in enumerate(scores)]


def _checked(score: Any, number: int) -> Mapping[str, Any]:
    blamed = f"Score {number} of the remote scorer's result"
    if not isinstance(score, dict):
        raise CannotWork(f"{blamed} is no object with a value")
    value = score.get("value")
    if isinstance(value, str):
        if not 0 < len(value) <= _LONGEST_TAG:
            raise CannotWork(f"{blamed} has a tag that is not between 1 and {_LONGEST_TAG} characters long")
    elif not _is_share(value):
        raise CannotWork(f"{blamed} has a value that is neither a tag nor a number between 0 and 1")
    if not isinstance(score.get("reason"), str | None):
        raise CannotWork(f"{blamed} has a reason that is no text")
    confidence = score.get("confidence")
    if confidence is not None and not _is_share(confidence):
        raise CannotWork(f"{blamed} has a confidence that is no number between 0 and 1")
    return score


def _columns(scores: list[Mapping[str, Any]]) -> TypedScores:
    """Tags under their names; a number as the rating, if it is the only one: they have no names."""
    tags = [score for score in scores if isinstance(score["value"], str)]
    numbers = [score for score in scores if not isinstance(score["value"], str)]
    ratings = numbers if len(numbers) == 1 else []
    return TypedScores(
        tags=list(dict.fromkeys(score["value"] for score in tags)),
        tag_reasons=_told(tags, "reason"),
        tag_confidences=_told(tags, "confidence"),
        ratings={RATING: float(ratings[0]["value"])} if ratings else {},
        rating_reasons=_told(ratings, "reason"),
        rating_confidences=_told(ratings, "confidence"),
    )


def _told(scores: list[Mapping[str, Any]], what: str) -> dict[str, Any]:
    named = ((score["value"] if isinstance(score["value"], str) else RATING, score.get(what)) for score in scores)
    return {name: float(value) if isinstance(value, int) else value for name, value in named if value is not None}


def _is_share(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and 0 <= value <= 1


def _without_absent(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else iso(moment)


def _shows_media(value: Any) -> bool:
    return any(
        _MEDIA.match(item) is not None
        if isinstance(item, str)
        else item.get("_type") == "CustomWeaveType" and isinstance(item.get("files"), dict)
        for item in _parts(value, 0)
    )


def _parts(value: Any, depth: int) -> Iterator[str | dict[str, Any]]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list) and depth <= _DEEPEST:
        if isinstance(value, dict):
            yield value
        for item in value.values() if isinstance(value, dict) else value:
            yield from _parts(item, depth + 1)
