"""Stories of feedback: what may be said, and how it is read, replaced and purged."""

from __future__ import annotations

from typing import Any

from tests.contract.differential.telling import Teller, chosen_id

BY_ID = [{"field": "id", "direction": "asc"}]


def feedback_types(tell: Teller) -> None:
    """Every type with what it must and must not carry."""
    scorer, op, call = tell.ref("object", "sc:d"), tell.ref("op", "sc:d"), tell.ref("call", chosen_id(5))
    spec = {
        "project_id": tell.project,
        "object_id": "spec",
        "val": {"field_schema": {"type": "integer"}},
        "builtin_object_class": "AnnotationSpec",
    }
    annotation = tell.ref("object", f"spec:{tell.post('spec', '/obj/create', {'obj': spec})['digest']}")
    ratings = {"scorer_tags": ["t"], "scorer_ratings": {"r": 0.5}, "scorer_tag_reasons": {"t": "why"}}
    cases: dict[str, tuple[str, Any, dict[str, Any]]] = {
        "reaction": ("wandb.reaction.1", {"emoji": "👍"}, {}),
        "reaction with skin": ("wandb.reaction.1", {"emoji": "👍🏽"}, {}),
        "reaction flag": ("wandb.reaction.1", {"emoji": "🇩🇪"}, {}),
        "reaction two": ("wandb.reaction.1", {"emoji": "👍👎"}, {}),
        "reaction none": ("wandb.reaction.1", {"emoji": "x"}, {}),
        "reaction empty": ("wandb.reaction.1", {}, {}),
        "reaction with ref": ("wandb.reaction.1", {"emoji": "👍"}, {"runnable_ref": scorer}),
        "note": ("wandb.note.1", {"note": "n", "more": 1}, {}),
        "note 1024": ("wandb.note.1", {"note": "é" * 1024}, {}),
        "note 1025": ("wandb.note.1", {"note": "n" * 1025}, {}),
        "note empty": ("wandb.note.1", {"note": ""}, {}),
        "note number": ("wandb.note.1", {"note": 5}, {}),
        "note absent": ("wandb.note.1", {}, {}),
        "note with tags": ("wandb.note.1", {"note": "n"}, {"scorer_tags": ["t"]}),
        "custom": ("custom", {"any": [1, None, 1.0]}, {"creator": "me"}),
        "custom empty": ("custom", {}, {}),
        "custom with ref": ("custom", {}, {"call_ref": call}),
        "custom with tags": ("custom", {}, {"scorer_tags": ["t"]}),
        "unknown wandb type": ("wandb.other.1", {"x": 1}, {}),
        "annotation": ("wandb.annotation.spec", {"value": 5}, {"annotation_ref": annotation}),
        "annotation not by schema": ("wandb.annotation.spec", {"value": "x"}, {"annotation_ref": annotation}),
        "annotation without ref": ("wandb.annotation.spec", {"value": 5}, {}),
        "annotation without value": ("wandb.annotation.spec", {}, {"annotation_ref": annotation}),
        "annotation other name": ("wandb.annotation.other", {"value": 5}, {"annotation_ref": annotation}),
        "annotation no name": ("wandb.annotation", {"value": 5}, {"annotation_ref": annotation}),
        "annotation unknown spec": (
            "wandb.annotation.spec",
            {"value": 5},
            {"annotation_ref": tell.ref("object", "spec:no")},
        ),
        "runnable": ("wandb.runnable.sc", {"output": None}, {"runnable_ref": scorer}),
        "runnable rated": ("wandb.runnable.sc", {"output": 1}, {"runnable_ref": scorer, "call_ref": call, **ratings}),
        "runnable of op": ("wandb.runnable.sc", {"output": 1}, {"runnable_ref": op, "call_ref": call}),
        "runnable of op without call": ("wandb.runnable.sc", {"output": 1}, {"runnable_ref": op}),
        "runnable without ref": ("wandb.runnable.sc", {"output": 1}, {}),
        "runnable without output": ("wandb.runnable.sc", {}, {"runnable_ref": scorer}),
        "runnable other name": ("wandb.runnable.other", {"output": 1}, {"runnable_ref": scorer}),
        "runnable call as scorer": ("wandb.runnable.sc", {"output": 1}, {"runnable_ref": call}),
        "runnablex": ("wandb.runnablex", {"output": 1}, {"runnable_ref": scorer}),
        "monitor": (
            "wandb.agent_monitor",
            {},
            {"runnable_ref": scorer, "call_ref": call, "trigger_ref": scorer, **ratings},
        ),
        "monitor without trigger": ("wandb.agent_monitor", {}, {"runnable_ref": scorer, "call_ref": call}),
        "user feedback": ("wandb.agent_user_feedback", {}, {"scorer_tags": ["👍"]}),
        "user feedback without tags": ("wandb.agent_user_feedback", {}, {}),
        "unknown queue": ("custom", {}, {"queue_id": chosen_id(77)}),
        "call_ref of another kind": ("wandb.runnable.sc", {"output": 1}, {"runnable_ref": scorer, "call_ref": scorer}),
    }
    for number, (label, (kind, payload, more)) in enumerate(cases.items(), 1):
        tell.post(label, "/feedback/create", _feedback(tell, number, kind, payload, **more))
    tell.post("query", "/feedback/query", {"sort_by": BY_ID})
    tell.post("payload no object", "/feedback/create", _feedback(tell, 90, "custom", [1]))
    tell.post("payload null", "/feedback/create", _feedback(tell, 91, "custom", None))
    tell.post("no type", "/feedback/create", {"weave_ref": "x", "payload": {}})
    tell.post("too large", "/feedback/create", _feedback(tell, 92, "custom", {"x": "n" * 1_048_576}))
    tell.post("query after refusals", "/feedback/query", {"sort_by": BY_ID, "fields": ["id"]})
    tell.post("reaction in text", "/feedback/create", _feedback(tell, 93, "wandb.reaction.1", {"emoji": "ok 👍"}))


def feedback_without_id(tell: Teller) -> None:
    """The server gives the id; null is as good as nothing."""
    body = _feedback(tell, 1, "custom", {"a": 1})
    tell.post("no id", "/feedback/create", {key: value for key, value in body.items() if key != "id"})
    nulls = dict.fromkeys(("id", "creator", "annotation_ref", "runnable_ref", "call_ref", "trigger_ref", "queue_id"))
    tell.post("nulls", "/feedback/create", {**body, **nulls})
    tell.post("count", "/feedback/query", {"fields": ["count(*)"]})


def feedback_batches(tell: Teller) -> None:
    """All of a batch or nothing."""
    batch = [_feedback(tell, number, "custom", {"n": number}, project_id=tell.project) for number in range(1, 4)]
    tell.send("batch", "POST", "/feedback/batch/create", {"batch": batch})
    tell.send("empty", "POST", "/feedback/batch/create", {"batch": []})
    bad = {**batch[0], "id": chosen_id(9), "feedback_type": "wandb.note.1"}
    tell.send("bad item", "POST", "/feedback/batch/create", {"batch": [{**batch[0], "id": chosen_id(8)}, bad]})
    tell.post("query", "/feedback/query", {"sort_by": BY_ID})


def feedback_queries(tell: Teller) -> None:
    """Fields, queries, sorts and pages."""
    payloads: list[Any] = [
        {"note": "a", "n": 1, "deep": {"x": True}},
        {"note": "b", "n": 2.5, "list": [1, 2]},
        {"note": "ab", "n": "3", "none": None},
        {"n": 10, "a.b": "dot"},
    ]
    for number, payload in enumerate(payloads, 1):
        tell.post(f"create {number}", "/feedback/create", _feedback(tell, number, f"type{number % 2}", payload))
    field, literal = (lambda name: {"$getField": name}), (lambda value: {"$literal": value})
    queries: dict[str, Any] = {
        "all": {"$eq": [literal("1"), literal("1")]},
        "none": {"$eq": [literal("1"), literal("2")]},
        "id": {"$eq": [field("id"), literal(chosen_id(2))]},
        "ref": {"$eq": [field("weave_ref"), literal(tell.ref("call", chosen_id(1)))]},
        "type and payload": {
            "$and": [
                {"$eq": [field("feedback_type"), literal("type1")]},
                {"$eq": [field("payload.note"), literal("a")]},
            ]
        },
        "payload number": {"$eq": [field("payload.n"), literal(1)]},
        "payload number above": {"$gt": [field("payload.n"), literal(2.0)]},
        "payload bool": {"$eq": [field("payload.deep.x"), literal(True)]},
        "contains": {"$contains": {"input": field("payload.note"), "substr": literal("B"), "case_insensitive": True}},
        "in": {"$in": [field("id"), [literal(chosen_id(1)), literal(chosen_id(3))]]},
        "or": {"$or": [{"$eq": [field("payload.note"), literal("a")]}, {"$eq": [field("payload.note"), literal("b")]}]},
        "not": {"$not": [{"$eq": [field("feedback_type"), literal("type1")]}]},
        "after": {"$gt": [field("created_at"), literal(1_700_000_000)]},
        "before": {"$lt": [field("created_at"), literal(1_700_000_000)]},
        "unknown field": {"$eq": [field("nope"), literal(1)]},
        "empty and": {"$and": []},
    }
    for label, expression in queries.items():
        tell.post(
            f"query {label}", "/feedback/query", {"query": {"$expr": expression}, "fields": ["id"], "sort_by": BY_ID}
        )
    for fields in (
        ["id", "payload.note"],
        ["payload.n"],
        ["payload.deep"],
        ["payload.none", "payload.nope"],
        ["feedback_type", "weave_ref"],
        [],
        ["count(*)"],
        ["nope"],
    ):
        tell.post(
            f"fields {fields}", "/feedback/query", {"fields": fields, "sort_by": [] if "count(*)" in fields else BY_ID}
        )
    for label, body in {
        "two": {"limit": 2},
        "next": {"limit": 2, "offset": 2},
        "nothing": {"limit": 0},
        "past": {"limit": 2, "offset": 9},
        "negative": {"limit": -1},
        "negative offset": {"limit": 1, "offset": -1},
        "descending": {"sort_by": [{"field": "id", "direction": "desc"}]},
        "by type": {"sort_by": [{"field": "feedback_type", "direction": "desc"}, *BY_ID]},
        "by note": {"sort_by": [{"field": "payload.note", "direction": "asc"}, *BY_ID]},
        "direction": {"sort_by": [{"field": "id", "direction": "up"}]},
        "unknown sort": {"sort_by": [{"field": "nope", "direction": "asc"}]},
    }.items():
        tell.post(f"page {label}", "/feedback/query", {"fields": ["id"], "sort_by": BY_ID, **body})


def feedback_purged(tell: Teller) -> None:
    """Purging by id, and by nothing else."""
    for number in range(1, 5):
        tell.post(f"create {number}", "/feedback/create", _feedback(tell, number, "custom", {"n": number}))

    def named(number: int) -> Any:
        return {"$eq": [{"$getField": "id"}, {"$literal": chosen_id(number)}]}

    for label, expression in {
        "one": named(1),
        "several": {"$or": [named(2), named(3)]},
        "unknown": named(99),
        "by type": {"$eq": [{"$getField": "feedback_type"}, {"$literal": "custom"}]},
        "in": {"$in": [{"$getField": "id"}, [{"$literal": chosen_id(4)}]]},
        "and": {"$and": [named(4)]},
        "turned round": {"$eq": [{"$literal": chosen_id(4)}, {"$getField": "id"}]},
    }.items():
        tell.post(label, "/feedback/purge", {"query": {"$expr": expression}})
        tell.post(f"left after {label}", "/feedback/query", {"fields": ["id"], "sort_by": BY_ID})
    tell.post("without query", "/feedback/purge", {})


def feedback_replaced(tell: Teller) -> None:
    """The old goes when the new comes, not before."""
    tell.post("create", "/feedback/create", _feedback(tell, 1, "custom", {"n": 1}))
    new = _feedback(tell, 2, "custom", {"n": 2})
    tell.post("replace", "/feedback/replace", {**new, "feedback_id": chosen_id(1)})
    tell.post("query", "/feedback/query", {"sort_by": BY_ID})
    tell.post("unknown", "/feedback/replace", {**_feedback(tell, 3, "custom", {}), "feedback_id": chosen_id(99)})
    tell.post("no id to replace", "/feedback/replace", new)
    tell.post("bad note", "/feedback/replace", {**_feedback(tell, 4, "wandb.note.1", {}), "feedback_id": chosen_id(2)})
    bad = _feedback(tell, 4, "wandb.reaction.1", {"emoji": "x"})
    tell.post("left", "/feedback/query", {"sort_by": BY_ID})
    tell.post("bad emoji", "/feedback/replace", {**bad, "feedback_id": chosen_id(2)})
    tell.post("left after bad emoji", "/feedback/query", {"sort_by": BY_ID})


def feedback_on_calls(tell: Teller) -> None:
    """Calls found by what was said about them."""
    batch = [
        {
            "project_id": tell.project,
            "id": chosen_id(n),
            "trace_id": chosen_id(n),
            "op_name": "op",
            "inputs": {},
            "attributes": {},
            "summary": {},
            "started_at": f"2024-01-01T00:00:0{n}Z",
            "ended_at": "2024-01-01T00:01:00Z",
        }
        for n in range(1, 4)
    ]
    tell.v2("calls", "POST", "/calls/complete", {"batch": batch})
    scorer = tell.ref("object", "sc:d")
    said = [(1, 0.5), (2, "text"), (2, None)]
    for number, (call, value) in enumerate(said, 1):
        body = _feedback(tell, number, "wandb.runnable.sc", {"output": value}, runnable_ref=scorer)
        tell.post(f"score {number}", "/feedback/create", {**body, "weave_ref": tell.ref("call", chosen_id(call))})
    tell.post(
        "note",
        "/feedback/create",
        {**_feedback(tell, 9, "wandb.note.1", {"note": "hi"}), "weave_ref": tell.ref("call", chosen_id(3))},
    )
    field, literal = (lambda name: {"$getField": name}), (lambda value: {"$literal": value})
    for label, expression in {
        "scored": {"$not": [{"$eq": [field("feedback.[wandb.runnable.sc].payload.output"), literal("")]}]},
        "above": {"$gt": [field("feedback.[wandb.runnable.sc].payload.output"), literal(0.25)]},
        "by scorer": {"$eq": [field("feedback.[wandb.runnable.sc].runnable_ref"), literal(scorer)]},
        "note": {"$eq": [field("feedback.[wandb.note.1].payload.note"), literal("hi")]},
        "other leaf": {"$eq": [field("feedback.[wandb.note.1].creator"), literal("hi")]},
    }.items():
        tell.ids(label, "/calls/stream_query", {"columns": ["id"], "query": {"$expr": expression}})


def _feedback(tell: Teller, number: int, kind: str, payload: Any, **more: Any) -> dict[str, Any]:
    return {
        "id": chosen_id(number),
        "weave_ref": tell.ref("call", chosen_id(1)),
        "feedback_type": kind,
        "payload": payload,
        **more,
    }
