"""Calls as rows of a list: derived facts and shortened values, so that a page is small however large its payloads are.

Which calls are meant, and in which order, is the query's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from weft.core import jsontext
from weft.core.errors import InvalidField
from weft.core.identity import Project
from weft.domain.call_queries import CanRead, selection_of
from weft.domain.costs import PriceSource, costs_of, tokens_of
from weft.domain.prices import price_source
from weft.domain.summaries import with_derived
from weft.schemas.call_previews import CallPreviewsReq
from weft.schemas.calls_query import CallsQueryReq
from weft.storage.events.feedback import Feedback
from weft.storage.stores import Stores

_FACTS = ["parent_id", "display_name", "started_at", "ended_at", "exception", "summary"]
_JSON_ROOTS = ("inputs", "output", "attributes", "summary")
_TEXT_ROOTS = ("op_name", "display_name", "exception", "thread_id", "turn_id", "wb_user_id", "wb_run_id", "ended_at")
_KEY = re.compile(r"(?:\\\.|[^.])+")
# A page of 50 rows with all its paths stays below 200 KB.
_PAGE_BYTES = 150_000
_LONGEST, _SHORTEST = 240, 24
_EXCEPTION = 200
_SCORE = 80
_DEEPEST = 4
_REF_SCHEME = "weave-trace-internal:///"
_LONGEST_REF = 400
_NOTE, _REACTION = "wandb.note.1", "wandb.reaction.1"
_SCORER, _ANNOTATION = "wandb.runnable.", "wandb.annotation."
_COST_PARTS = (
    "prompt_tokens_total_cost",
    "completion_tokens_total_cost",
    "cache_read_input_tokens_total_cost",
    "cache_creation_input_tokens_total_cost",
)


def call_previews(stores: Stores, project: Project, req: CallPreviewsReq, can_read: CanRead) -> Iterator[bytes]:
    """The calls asked for, each as one small JSON object. Raises InvalidField for a path that leads nowhere."""
    roots = {path: _root(path) for path in req.paths}
    query = CallsQueryReq(
        project_id=req.project_id,
        filter=req.filter,
        query=req.query,
        sort_by=req.sort_by,
        limit=req.limit,
        offset=req.offset,
        columns=[*_FACTS, *roots.values()],
    )
    selection = selection_of(stores, project, query, can_read)
    prices = price_source(stores, project.id)
    budget = max(_SHORTEST, min(_LONGEST, _PAGE_BYTES // (max(1, min(req.limit, 200)) * max(1, len(roots)))))
    for rows in stores.call_queries.rows(selection):
        ids = [row["id"] for row in rows]
        feedback = stores.feedback.for_calls(project.id, ids) if req.include_scores else {}
        for row in rows:
            shown = _facts(row, prices)
            shown.update(_said(feedback.get(row["id"], ())))
            if roots:
                shown["values"] = _values(row, roots, budget)
            yield jsontext.dumps(shown).encode()


def shortened(value: Any, budget: int) -> Any:
    """The value with long texts cut and what follows left out, about `budget` bytes long. Refs stay whole."""
    return _Shortening(budget).of(value, 0)


class _Shortening:
    """Spends a budget of bytes on a value, from its start."""

    def __init__(self, budget: int) -> None:
        self.left = budget

    def of(self, value: Any, depth: int) -> Any:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, dict | list):
            if depth >= _DEEPEST:
                return "…"
            return self._items(value, depth)
        self.left -= 6
        return value

    def _text(self, text: str) -> str:
        if text.startswith(_REF_SCHEME) and len(text) <= _LONGEST_REF:
            # A ref that is cut could not be translated for the reader.
            self.left -= len(text) // 2
            return text
        kept = text[: max(0, self.left)]
        while len(kept.encode("utf-8", "replace")) > max(0, self.left):
            kept = kept[: len(kept) * 3 // 4]
        self.left -= len(kept.encode("utf-8", "replace")) + 2
        return kept if len(kept) == len(text) else f"{kept}…"

    def _items(self, value: dict[str, Any] | list[Any], depth: int) -> Any:
        if isinstance(value, list):
            items: list[Any] = []
            for item in value:
                if self.left <= 0:
                    return [*items, "…"]
                items.append(self.of(item, depth + 1))
            return items
        kept: dict[str, Any] = {}
        for key, item in value.items():
            if self.left <= 0:
                return {**kept, "…": "…"}
            short = key[:60]
            self.left -= len(short) + 4
            kept[short] = self.of(item, depth + 1)
        return kept


def _root(path: str) -> str:
    root = path.partition(".")[0]
    if root in _JSON_ROOTS or (root in _TEXT_ROOTS and root == path):
        return root
    raise InvalidField(f"Path {path[:200]!r} cannot be shown: it starts with none of {', '.join(_JSON_ROOTS)}")


def _facts(row: Mapping[str, Any], prices: PriceSource) -> dict[str, Any]:
    stored = jsontext.loads(row["summary"])
    summary = with_derived(stored if isinstance(stored, dict) else {}, row)
    weave = summary["weave"]
    shown: dict[str, Any] = {
        "id": row["id"],
        "trace_id": row["trace_id"],
        "parent_id": row.get("parent_id"),
        "name": row.get("display_name") or weave.get("trace_name", row["op_name"]),
        "op": weave.get("trace_name", row["op_name"]),
        "started_at": row["started_at"],
        "status": weave["status"],
        "latency_ms": weave.get("latency_ms"),
        "exception": shortened(row.get("exception") or "", _EXCEPTION),
        **_usage(summary.get("usage"), row["started_at"], prices),
    }
    return {name: value for name, value in shown.items() if value is not None and value != ""}


def _usage(usage: object, started_at: str, prices: PriceSource) -> dict[str, Any]:
    if not isinstance(usage, Mapping) or not usage:
        return {}
    counts = [tokens_of(model) for model in usage.values() if isinstance(model, Mapping)]
    read = sum(count["prompt_tokens"] for count in counts)
    written = sum(count["completion_tokens"] for count in counts)
    total = sum(max(count["total_tokens"], count["prompt_tokens"] + count["completion_tokens"]) for count in counts)
    costs = costs_of(usage, datetime.fromisoformat(started_at), prices)
    cost = sum(float(model.get(part) or 0) for model in costs.values() for part in _COST_PARTS) if costs else None
    models = [str(name)[:80] for name in usage][:8]
    return {"models": models, "input_tokens": read, "output_tokens": written, "total_tokens": total, "cost": cost}


def _said(feedback: Sequence[Feedback]) -> dict[str, Any]:
    scores: list[dict[str, Any]] = []
    for item in feedback:
        if item.feedback_type.startswith(_SCORER):
            name = item.feedback_type.removeprefix(_SCORER)
            scores.append({"name": name[:80], "value": shortened(item.payload.get("output"), _SCORE)})
        elif item.feedback_type.startswith(_ANNOTATION):
            name = item.feedback_type.removeprefix(_ANNOTATION)
            value = shortened(item.payload.get("value"), _SCORE)
            scores.append({"name": name[:80], "value": value, "by_person": True})
    notes = sum(item.feedback_type == _NOTE for item in feedback)
    reactions = [str(item.payload.get("emoji"))[:16] for item in feedback if item.feedback_type == _REACTION]
    found = {"scores": scores[:12], "notes": notes, "reactions": reactions[:8]}
    return {name: value for name, value in found.items() if value}


def _values(row: Mapping[str, Any], roots: Mapping[str, str], budget: int) -> dict[str, Any]:
    parsed = {root: jsontext.loads(row[root]) for root in {*roots.values()} if root in _JSON_ROOTS}
    values: dict[str, Any] = {}
    for path, root in roots.items():
        value = _at(parsed[root], path) if root in parsed else row.get(root)
        if value is not None:
            values[path] = shortened(value, budget)
    return values


def _at(document: Any, path: str) -> Any:
    """The value at a path, whose first key names the document; None when nothing is there."""
    found = document
    for key in _KEY.findall(path)[1:]:
        name = key.replace("\\.", ".")
        if isinstance(found, dict):
            found = found.get(name)
        elif isinstance(found, list) and name.isdecimal() and int(name[:10]) < len(found):
            found = found[int(name[:10])]
        else:
            return None
    return found
