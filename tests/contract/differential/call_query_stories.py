"""Stories of reading calls: filters, columns, sorts, pages, expanded refs, counts, and set queries."""

from __future__ import annotations

from typing import Any

from tests.contract.differential.telling import Teller, at, chosen_id

FIELD_QUERIES: dict[str, Any] = {
    "int of int": {"$eq": [{"$getField": "inputs.n"}, {"$literal": 2}]},
    "int of text": {"$eq": [{"$getField": "inputs.text"}, {"$literal": 5}]},
    "text of int": {"$eq": [{"$getField": "inputs.n"}, {"$literal": "2"}]},
    "float above": {"$gt": [{"$getField": "inputs.f"}, {"$literal": 0.25}]},
    "int above": {"$gte": [{"$getField": "inputs.n"}, {"$literal": 3}]},
    "true": {"$eq": [{"$getField": "inputs.flag"}, {"$literal": True}]},
    "false": {"$eq": [{"$getField": "inputs.flag"}, {"$literal": False}]},
    "text less": {"$lt": [{"$getField": "inputs.text"}, {"$literal": "t3"}]},
    "nested": {"$eq": [{"$getField": "inputs.deep.list.1"}, {"$literal": "b"}]},
    "dotted key": {"$eq": [{"$getField": "inputs.a\\.b"}, {"$literal": 1}]},
    "output text": {"$contains": {"input": {"$getField": "output.say"}, "substr": {"$literal": "Hello"}}},
    "output any case": {
        "$contains": {"input": {"$getField": "output.say"}, "substr": {"$literal": "hello"}, "case_insensitive": True}
    },
    "contains empty": {"$contains": {"input": {"$getField": "output.say"}, "substr": {"$literal": ""}}},
    "op name": {"$eq": [{"$getField": "op_name"}, {"$literal": "op2"}]},
    "op name in": {"$in": [{"$getField": "op_name"}, [{"$literal": "op1"}, {"$literal": "op4"}]]},
    "in numbers": {"$in": [{"$getField": "inputs.n"}, [{"$literal": 1}, {"$literal": 4}]]},
    "in nothing": {"$in": [{"$getField": "inputs.n"}, []]},
    "exception null": {"$eq": [{"$getField": "exception"}, {"$literal": None}]},
    "parent null": {"$eq": [{"$getField": "parent_id"}, {"$literal": None}]},
    "not parent null": {"$not": [{"$eq": [{"$getField": "parent_id"}, {"$literal": None}]}]},
    "running": {"$eq": [{"$getField": "ended_at"}, {"$literal": None}]},
    "started after unix": {"$gt": [{"$getField": "started_at"}, {"$literal": 1704067202}]},
    "started after iso": {"$gt": [{"$getField": "started_at"}, {"$literal": at(2)}]},
    "started by day": {"$gte": [{"$getField": "started_at"}, {"$literal": "2024-01-01"}]},
    "ended before": {"$lt": [{"$getField": "ended_at"}, {"$literal": 1704067204}]},
    "status error": {"$eq": [{"$getField": "summary.weave.status"}, {"$literal": "error"}]},
    "status success": {"$eq": [{"$getField": "summary.weave.status"}, {"$literal": "success"}]},
    "status running": {"$eq": [{"$getField": "summary.weave.status"}, {"$literal": "running"}]},
    "latency": {"$gt": [{"$getField": "summary.weave.latency_ms"}, {"$literal": 2400}]},
    "trace name": {"$eq": [{"$getField": "summary.weave.trace_name"}, {"$literal": "op3"}]},
    "attribute": {"$eq": [{"$getField": "attributes.env"}, {"$literal": "prod"}]},
    "missing is empty": {"$eq": [{"$getField": "inputs.nowhere"}, {"$literal": ""}]},
    "missing not equal": {"$not": [{"$eq": [{"$getField": "inputs.nowhere"}, {"$literal": "x"}]}]},
    "and": {
        "$and": [
            {"$gt": [{"$getField": "inputs.n"}, {"$literal": 1}]},
            {"$lt": [{"$getField": "inputs.n"}, {"$literal": 4}]},
        ]
    },
    "or": {
        "$or": [
            {"$eq": [{"$getField": "inputs.n"}, {"$literal": 1}]},
            {"$eq": [{"$getField": "op_name"}, {"$literal": "op4"}]},
        ]
    },
    "convert to int": {"$eq": [{"$convert": {"input": {"$getField": "inputs.text"}, "to": "int"}}, {"$literal": 5}]},
    "convert to double": {
        "$gt": [{"$convert": {"input": {"$getField": "inputs.f"}, "to": "double"}}, {"$literal": 0.3}]
    },
    "convert to string": {
        "$eq": [{"$convert": {"input": {"$getField": "inputs.n"}, "to": "string"}}, {"$literal": "2"}]
    },
    "two fields": {"$eq": [{"$getField": "inputs.n"}, {"$getField": "output.n"}]},
    "literals": {"$eq": [{"$literal": 1}, {"$literal": 1}]},
    "id": {"$eq": [{"$getField": "id"}, {"$literal": chosen_id(3)}]},
    "thread": {"$eq": [{"$getField": "thread_id"}, {"$literal": "th1"}]},
    "object as text": {"$contains": {"input": {"$getField": "inputs.deep"}, "substr": {"$literal": "list"}}},
}

MALFORMED: dict[str, Any] = {
    "empty and": {"$and": []},
    "empty or": {"$or": []},
    "not of two": {"$not": [{"$eq": [{"$literal": 1}, {"$literal": 1}]}] * 2},
    "one operand": {"$eq": [{"$literal": 1}]},
    "operand alone": {"$literal": 1},
    "unknown operator": {"$ne": [{"$literal": 1}, {"$literal": 2}]},
    "unknown field": {"$eq": [{"$getField": "nope"}, {"$literal": 1}]},
    "unknown derived field": {"$eq": [{"$getField": "summary.weave.nope"}, {"$literal": 1}]},
    "size field": {"$eq": [{"$getField": "storage_size_bytes"}, {"$literal": 1}]},
    "negative index": {"$eq": [{"$getField": "inputs.a.-1"}, {"$literal": 1}]},
    "list literal": {"$eq": [{"$getField": "inputs.n"}, {"$literal": [1]}]},
    "unknown conversion": {"$eq": [{"$convert": {"input": {"$literal": 1}, "to": "date"}}, {"$literal": 1}]},
    "time that is none": {"$gt": [{"$getField": "started_at"}, {"$literal": "yesterday"}]},
    "number against text column": {"$eq": [{"$getField": "op_name"}, {"$literal": 5}]},
}


def reading_filters(tell: Teller) -> None:
    """Every filter, alone and together."""
    _corpus(tell)
    dataset = tell.ref("object", "ds:abc")
    filters: dict[str, Any] = {
        "op": {"op_names": ["op1", "op3"]},
        "op ref": {"op_names": [tell.ref("op", "named:v1")]},
        "op any version": {"op_names": [tell.ref("op", "named:*")]},
        "input ref": {"input_refs": [dataset]},
        "input ref any version": {"input_refs": [tell.ref("object", "ds:*")]},
        "output ref": {"output_refs": [dataset]},
        "parents": {"parent_ids": [chosen_id(1)]},
        "traces": {"trace_ids": [chosen_id(1)]},
        "ids": {"call_ids": [chosen_id(3), chosen_id(2), chosen_id(99)]},
        "threads": {"thread_ids": ["th1"]},
        "no thread": {"thread_ids": []},
        "turns": {"turn_ids": [chosen_id(4)]},
        "roots": {"trace_roots_only": True},
        "not only roots": {"trace_roots_only": False},
        "empty lists": {"op_names": [], "parent_ids": [], "trace_ids": [], "call_ids": []},
        "nulls": {"op_names": None, "trace_roots_only": None},
        "together": {"op_names": ["op1", "op2"], "trace_roots_only": True},
        "unknown key": {"nonsense": 1},
        "users": {"wb_user_ids": ["nobody"]},
    }
    for label, call_filter in filters.items():
        _ids(tell, label, {"filter": call_filter})
        _count(tell, f"count {label}", {"filter": call_filter})
    _ids(tell, "wrong type", {"filter": {"op_names": "op1"}})
    _ids(tell, "1001 ids", {"filter": {"call_ids": [chosen_id(n) for n in range(1001)]}})
    _ids(tell, "with query", {"filter": {"trace_roots_only": True}, "query": {"$expr": FIELD_QUERIES["int above"]}})


def reading_queries(tell: Teller) -> None:
    """The query language, node by node."""
    _corpus(tell)
    for label, expression in FIELD_QUERIES.items():
        _ids(tell, label, {"query": {"$expr": expression}})
        _count(tell, f"count {label}", {"query": {"$expr": expression}})


def reading_malformed_queries(tell: Teller) -> None:
    """Queries that are none."""
    _corpus(tell)
    for label, expression in MALFORMED.items():
        _ids(tell, label, {"query": {"$expr": expression}})
    for label, query in {"no expr": {}, "extra key": {"$expr": FIELD_QUERIES["id"], "x": 1}, "text": "x"}.items():
        _ids(tell, label, {"query": query})


def reading_sorted(tell: Teller) -> None:
    """Sorts and pages."""
    _corpus(tell)
    for field in (
        "started_at",
        "ended_at",
        "op_name",
        "id",
        "inputs.n",
        "inputs.text",
        "inputs.mixed",
        "output.say",
        "display_name",
    ):
        for direction in ("asc", "desc"):
            order = [{"field": field, "direction": direction}, {"field": "id", "direction": "asc"}]
            _ids(tell, f"{field} {direction}", {"sort_by": order[: 1 if field == "id" else 2]})
    by_latency = [{"field": "summary.weave.latency_ms", "direction": "desc"}, {"field": "id", "direction": "asc"}]
    _ids(tell, "by latency", {"sort_by": by_latency, "query": {"$expr": {"$not": [FIELD_QUERIES["running"]]}}})
    for label, page in {
        "two": {"limit": 2},
        "second two": {"limit": 2, "offset": 2},
        "from the third": {"offset": 2},
        "past the end": {"limit": 5, "offset": 100},
        "none": {"limit": 0},
        "negative limit": {"limit": -1},
        "negative offset": {"limit": 1, "offset": -1},
        "limit as text": {"limit": "2"},
        "limit no number": {"limit": "two"},
    }.items():
        _ids(tell, label, page)
    _ids(tell, "direction upper case", {"sort_by": [{"field": "id", "direction": "ASC"}]})
    _ids(tell, "direction unknown", {"sort_by": [{"field": "id", "direction": "up"}]})
    _ids(tell, "unknown field", {"sort_by": [{"field": "nope", "direction": "asc"}]})


def reading_columns(tell: Teller) -> None:
    """Only what was asked for."""
    _corpus(tell)
    for columns in (
        ["id"],
        ["inputs"],
        ["inputs.n", "output.say"],
        ["summary"],
        ["attributes", "ended_at"],
        [],
        ["wb_user_id"],
    ):
        tell.post(f"columns {columns}", "/calls/stream_query", {"columns": columns, "limit": 2})
    tell.post("unknown column", "/calls/stream_query", {"columns": ["nope"]})


def reading_counts(tell: Teller) -> None:
    """How many, up to a limit, and how large."""
    tell.post("empty project", "/calls/query_stats", {})
    _corpus(tell)
    for label, body in {
        "all": {},
        "nulls": {"filter": None, "query": None, "limit": None},
        "limit above": {"limit": 100},
        "limit below": {"limit": 2},
        "limit one": {"limit": 1},
        "sizes": {"include_total_storage_size": True},
    }.items():
        tell.post(label, "/calls/query_stats", body)


def reading_expanded(tell: Teller) -> None:
    """Refs replaced by what they stand for."""
    created = tell.post(
        "object", "/obj/create", {"obj": {"project_id": tell.project, "object_id": "thing", "val": {"k": {"n": 7}}}}
    )
    ref = tell.ref("object", f"thing:{created['digest']}")
    call = _call(tell, 1, inputs={"it": ref, "list": [ref], "plain": "x"}, output={"it": ref})
    tell.v2("call", "POST", "/calls/complete", {"batch": [call]})
    for columns in (["inputs.it"], ["inputs.it", "output.it"], ["inputs.plain"], ["inputs.nowhere"], ["output"], []):
        tell.post(f"expand {columns}", "/calls/stream_query", {"expand_columns": columns})
    tell.post(
        "not returned", "/calls/stream_query", {"expand_columns": ["inputs.it"], "return_expanded_column_values": False}
    )
    below = {"$eq": [{"$convert": {"input": {"$getField": "inputs.it.k.n"}, "to": "int"}}, {"$literal": 7}]}
    _ids(tell, "query through a ref", {"expand_columns": ["inputs.it"], "query": {"$expr": below}})


def _corpus(tell: Teller) -> None:
    dataset = tell.ref("object", "ds:abc")
    calls: list[dict[str, Any]] = [
        _call(tell, 1, inputs={"n": 1, "text": "t1", "f": 0.1, "flag": True, "mixed": 3}, display_name="b"),
        _call(tell, 2, inputs={"n": 2, "text": "t2", "f": 0.5, "flag": False, "mixed": "x", "ds": dataset},
              trace_id=chosen_id(1), parent_id=chosen_id(1), output={"n": 2, "say": "Hello world"}),
        _call(tell, 3, inputs={"n": 3, "text": "5", "a.b": 1, "mixed": 10}, trace_id=chosen_id(1),
              parent_id=chosen_id(2), output={"n": 4, "say": "HELLO", "ds": [dataset]}, display_name="a"),
        _call(tell, 4, inputs={"n": 4, "deep": {"list": ["a", "b"]}, "mixed": None}, exception="Error", thread_id="th1",
              turn_id=chosen_id(4), attributes={"env": "prod"}, output=None, ended_at=at(4.1)),
        _call(tell, 5, op_name=tell.ref("op", "named:v1"), inputs={"n": 5.5, "text": "é", "mixed": True},
              output={"n": "5", "say": "é"}, thread_id="th2"),
    ]  # fmt: skip
    tell.v2("corpus", "POST", "/calls/complete", {"batch": calls})
    running = {
        key: value for key, value in _call(tell, 6, inputs={}).items() if key not in ("ended_at", "output", "summary")
    }
    tell.v2("running", "POST", "/call/start", {"start": running})


def _call(tell: Teller, number: int, **more: Any) -> dict[str, Any]:
    return {
        "project_id": tell.project,
        "id": chosen_id(number),
        "trace_id": chosen_id(number),
        "op_name": f"op{number}",
        "started_at": at(number),
        "ended_at": at(number + 2.5),
        "attributes": {"env": "dev"},
        "inputs": {"n": number},
        "output": {"n": number, "say": "hi"},
        "summary": {},
        **more,
    }


def _ids(tell: Teller, step: str, body: dict[str, Any]) -> None:
    tell.ids(step, "/calls/stream_query", {"columns": ["id"], **body})


def _count(tell: Teller, step: str, body: dict[str, Any]) -> None:
    tell.post(step, "/calls/query_stats", body)
    tell.keep(lambda answer: answer["count"])
