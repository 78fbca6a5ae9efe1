"""The bodies that are sent: calls of about 5 KB as an SDK program makes them, and small everyday requests."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

ENTITY = "bench"
# Sentences a support desk reads; texts are drawn from them so that they compress as real texts do.
SENTENCES = (
    "The parcel was promised for Tuesday and has not left the depot.",
    "Our answer cites the second paragraph of the warranty.",
    "Although the invoice is right, the refund went to an old card.",
    "Please ask for the order number before anything else.",
    "The customer says that the kettle arrived with a crack.",
    "A retrieval step found five passages, of which two were of use.",
    "Because the model was unsure, a person read the reply first.",
    "Delivery to an island takes three days longer than the page says.",
    "Nobody had told the courier about the new address.",
    "The discount was accepted and then not subtracted.",
)
TOPICS = 100
START = datetime(2026, 1, 1, tzinfo=UTC)


def complete_batch(project: str, first: int, count: int) -> dict[str, Any]:
    """The body of a `calls/complete` request with calls number `first` and up."""
    return {"batch": [call(project, number) for number in range(first, first + count)]}


def call(project: str, number: int) -> dict[str, Any]:
    """A finished call with about 5 KB of JSON. Its topic is one of a hundred, its id is new, its time its number's."""
    chance = random.Random(number)
    call_id = new_call_id(number)
    started = START + timedelta(milliseconds=37 * number)
    return {
        "project_id": f"{ENTITY}/{project}",
        "id": call_id,
        "trace_id": call_id,
        "op_name": f"weave:///{ENTITY}/{project}/op/answer_question:{'A' * 43}",
        "started_at": started.isoformat(),
        "ended_at": (started + timedelta(milliseconds=chance.randint(200, 4000))).isoformat(),
        "attributes": {"weave": {"client_version": "0.54.0", "source": "python-sdk"}, "release": "2026.1"},
        "inputs": {
            "question": _text(chance, 4),
            "topic": f"topic-{number % TOPICS}",
            "passages": [{"id": f"doc-{chance.randint(1, 9999)}", "text": _text(chance, 12)} for _ in range(5)],
            "options": {"temperature": 0.2, "max_tokens": 512, "stream": False},
        },
        "output": {"answer": _text(chance, 6), "cited": [1, 3], "confidence": round(chance.random(), 4)},
        "summary": {"usage": {"local-model": {"requests": 1, "input_tokens": 900, "output_tokens": 80}}},
    }


def new_call_id(number: int) -> str:
    """A new id that sorts as the SDK's do: by time, then by nothing."""
    stamp = time.time_ns() // 1_000_000
    tail = (number << 40 | random.getrandbits(40)) & (1 << 62) - 1
    return str(uuid.UUID(int=stamp << 80 | 0x7 << 76 | 0b10 << 62 | tail))


def feedback(project: str, call_id: str) -> dict[str, Any]:
    """A custom feedback on a call."""
    return {
        "project_id": f"{ENTITY}/{project}",
        "weave_ref": f"weave:///{ENTITY}/{project}/call/{call_id}",
        "feedback_type": "thumbs",
        "payload": {"value": 1, "comment": "This answers what I had asked, and the second citation is right."},
    }


def score_batch(project: str, first: int, count: int) -> dict[str, Any]:
    """The body of a `feedback/batch/create` request as a scorer of calls makes it, with tags and a rating each."""
    return {"batch": [_scorer_feedback(project, number) for number in range(first, first + count)]}


def prediction(project: str) -> dict[str, Any]:
    """A stand-alone prediction."""
    return {
        "model": f"weave:///{ENTITY}/{project}/object/answerer:{'B' * 43}",
        "inputs": {"question": "What does the warranty of the kettle cover?", "language": "en"},
        "output": {"answer": "Faults of material and workmanship for two years.", "confidence": 0.83},
    }


def score(project: str, prediction_id: str) -> dict[str, Any]:
    """A score of a prediction."""
    scorer = f"weave:///{ENTITY}/{project}/object/correctness:{'C' * 43}"
    return {"prediction_id": prediction_id, "scorer": scorer, "value": {"correct": True, "confidence": 0.9}}


def endless(request: bytes) -> Iterator[bytes]:
    """The same request again and again."""
    while True:
        yield request


def _scorer_feedback(project: str, number: int) -> dict[str, Any]:
    chance = random.Random(number)
    prefix = f"weave:///{ENTITY}/{project}"
    scorer = f"scorer-{chance.randrange(8)}"
    rating = round(chance.random(), 3)
    return {
        "project_id": f"{ENTITY}/{project}",
        "id": new_call_id(number),
        "weave_ref": f"{prefix}/call/{new_call_id(number)}",
        "feedback_type": f"wandb.runnable.{scorer}",
        "runnable_ref": f"{prefix}/object/{scorer}:{'D' * 43}",
        "payload": {"output": {"score": rating, "reason": _text(chance, 2)}},
        "scorer_tags": chance.choices(("helpful", "rude", "off-topic", "cites"), k=2),
        "scorer_ratings": {"_rating_": rating},
        "span_agent_name": f"agent-{chance.randrange(4)}",
    }


def _text(chance: random.Random, sentences: int) -> str:
    return " ".join(chance.choices(SENTENCES, k=sentences))
