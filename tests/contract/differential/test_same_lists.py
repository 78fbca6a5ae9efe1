"""Random filters, sorts, pages and refs over fixed calls, objects, tables and feedback get the same answers from both.

The strategies leave out what the in-memory reference is known to do unlike ClickHouse or to get wrong (see
`reviewed.py`): pages of size zero, negative windows, excluded classes, refs to what is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contract.differential.telling import Teller, at, chosen_id
from weft.core.ids import new_id

Both = tuple[Teller, Teller]
Ask = Callable[[Teller], None]

seldom = settings(
    max_examples=80, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)

CALLS = 12
LEAVES: list[Any] = [1, -2.5, True, None, "text", "é 🙂", [], {}]
NESTED = {
    "list": [1, {"deep": ["a", {"x": 7}]}, [2, 3]],
    "map": {"one": 1, "a b": {"two": "2"}},
    "text": "t",
    "no": None,
}
ROWS = [{"n": number % 4, "t": text, "deep": {"x": number / 2}} for number, text in enumerate("dbacdbac")]
NOTES = [
    {
        "feedback_type": f"kind.{number % 3}",
        "payload": {"n": number, "t": "ab"[number % 2], "deep": {"x": number + 0.25}},
    }
    for number in range(9)
]
PAGES = st.fixed_dictionaries({}, optional={"limit": st.integers(1, 15), "offset": st.integers(0, 5)})


def _some(values: list[Any], most: int = 3) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=most)


def _sorts(*fields: str) -> st.SearchStrategy[list[dict[str, str]]]:
    one = st.fixed_dictionaries({"field": st.sampled_from(fields), "direction": st.sampled_from(("asc", "desc"))})
    return st.lists(one, max_size=2, unique_by=lambda item: item["field"])


@pytest.fixture(scope="module")
def both(app_client: TestClient, reference: httpx.Client) -> Both:
    """The two servers, told the same."""
    project = f"tests/l-{new_id()}"
    tellers = Teller(app_client, project), Teller(reference, project)
    for tell in tellers:
        _tell(tell)
        refused = [answer for answer in tell.answers if answer.status != 200]
        assert not refused, refused
    return tellers


def _tell(tell: Teller) -> None:
    batch = [_call(tell, number) for number in range(CALLS)]
    tell.v2("calls", "POST", "/calls/complete", {"batch": batch})
    for number, name in enumerate(("plain", "other", "plain", "plain", "other")):
        value: Any = {"version": number, **NESTED}
        if name == "other":
            value |= {"_type": "Thing", "_class_name": "Thing", "_bases": ["Object", "BaseModel"]}
        tell.send(
            f"object {number}",
            "POST",
            "/obj/create",
            {"obj": {"project_id": tell.project, "object_id": name, "val": value}},
        )
    tell.send("table", "POST", "/table/create", {"table": {"project_id": tell.project, "rows": ROWS}})
    for number, note in enumerate(NOTES):
        ref = tell.ref("call", chosen_id(number % 4))
        tell.post(f"note {number}", "/feedback/create", {"weave_ref": ref, "id": chosen_id(100 + number), **note})


def _call(tell: Teller, number: int) -> dict[str, Any]:
    return {
        "project_id": tell.project,
        "id": chosen_id(number),
        "trace_id": chosen_id(number - number % 3),
        "parent_id": chosen_id(number - 1) if number % 3 else None,
        "op_name": tell.ref("op", f"op{number % 3}:v{number % 2}"),
        "thread_id": f"th{number % 2}" if number < 6 else None,
        "turn_id": chosen_id(number) if number < 3 else None,
        "wb_run_id": f"run{number % 4}" if number % 2 else None,
        "started_at": at(number // 2),
        "ended_at": at(number + 1),
        "attributes": {},
        "inputs": {"n": number % 5, "ref": tell.ref("object", f"o{number % 2}:d{number % 3}")},
        "output": {"ref": tell.ref("object", f"o{number % 3}:d1"), "value": LEAVES[number % len(LEAVES)]},
        "summary": {},
    }


def _agree(both: Both, ask: Ask) -> None:
    for tell in both:
        tell.answers.clear()
        ask(tell)
    ours, theirs = (tell.answers[-1] for tell in both)
    assert (ours.status, ours.body) == (theirs.status, theirs.body)


CALL_FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "op_names": _some(["op0:v0", "op1:v1", "op2:*", "op1:*", "nothing:*"]),
        "input_refs": _some(["o0:d0", "o1:*", "o1:d1", "o9:*"]),
        "output_refs": _some(["o0:d1", "o2:*"]),
        "parent_ids": _some([chosen_id(number) for number in (0, 1, 3, 4, 99)]),
        "trace_ids": _some([chosen_id(number) for number in (0, 3, 9, 99)]),
        "call_ids": _some([chosen_id(number) for number in range(0, 14, 2)], 5),
        "thread_ids": _some(["th0", "th1", "none"]),
        "turn_ids": _some([chosen_id(1), chosen_id(2), chosen_id(8)]),
        "wb_run_ids": _some(["run1", "run3", "run9"]),
        "trace_roots_only": st.booleans(),
    },
)


@seldom
@given(filters=CALL_FILTERS, sort=_sorts("started_at", "ended_at", "inputs.n", "trace_id", "op_name"), page=PAGES)
def test_filters_find_the_same_calls(
    both: Both, filters: dict[str, Any], sort: list[dict[str, str]], page: dict[str, int]
) -> None:
    def ask(tell: Teller) -> None:
        kinds = {"op_names": "op", "input_refs": "object", "output_refs": "object"}
        named = {
            key: [tell.ref(kinds[key], tail) for tail in value] if key in kinds else value
            for key, value in filters.items()
        }
        order = {"sort_by": [*sort, {"field": "id", "direction": "asc"}]} if sort else {}
        tell.ids("calls", "/calls/stream_query", {"filter": named, "columns": ["id"], **order, **page})

    _agree(both, ask)


@seldom
@given(
    columns=st.lists(
        st.sampled_from(
            [
                "inputs.n",
                "inputs",
                "output.value",
                "output",
                "attributes",
                "summary",
                "ended_at",
                "thread_id",
                "turn_id",
            ]
        ),
        min_size=1,
        max_size=4,
        unique=True,
    ),
    call_ids=_some([chosen_id(number) for number in range(CALLS)], 4),
)
def test_columns_show_the_same(both: Both, columns: list[str], call_ids: list[str]) -> None:
    def ask(tell: Teller) -> None:
        tell.post("calls", "/calls/stream_query", {"filter": {"call_ids": call_ids}, "columns": columns})
        tell.keep(
            lambda calls: [
                {name.partition(".")[0]: call.get(name.partition(".")[0]) for name in columns} for call in calls
            ]
        )

    _agree(both, ask)


@seldom
@given(
    filters=st.fixed_dictionaries(
        {},
        optional={
            "object_ids": _some(["plain", "other", "none"]),
            "base_object_classes": _some(["Thing", "Other"]),
            "leaf_object_classes": _some(["Thing", "Other"]),
            "is_op": st.booleans(),
            "latest_only": st.booleans(),
        },
    ),
    sort=_sorts("object_id", "created_at"),
    page=PAGES,
)
def test_filters_find_the_same_objects(
    both: Both, filters: dict[str, Any], sort: list[dict[str, str]], page: dict[str, int]
) -> None:
    # Only a total order can be compared: the servers break ties each in their own way.
    order = {"sort_by": [*sort, {"field": "created_at", "direction": "asc"}]} if sort else {}
    shown = (
        "object_id",
        "version_index",
        "is_latest",
        "kind",
        "base_object_class",
        "leaf_object_class",
        "val",
        "digest",
    )

    def ask(tell: Teller) -> None:
        tell.post("objects", "/objs/query", {"filter": filters, **order, **page})
        tell.keep(lambda answer: [{name: item[name] for name in shown} for item in answer["objs"]])

    _agree(both, ask)


EDGES = st.sampled_from(
    [
        "",
        "/key/text",
        "/key/no",
        "/key/map",
        "/key/map/key/one",
        "/key/map/key/a%20b/key/two",
        "/key/list",
        "/key/list/index/0",
        "/key/list/index/1/key/deep/index/1/key/x",
        "/key/list/index/2/index/1",
        "/attr/map/attr/one",
        "/attr/list/index/1/attr/deep",
    ]
)


@seldom
@given(refs=st.lists(st.tuples(st.sampled_from((0, 2, 3)), EDGES), min_size=1, max_size=6))
def test_refs_read_the_same(both: Both, refs: list[tuple[int, str]]) -> None:
    def ask(tell: Teller) -> None:
        tell.post("versions", "/objs/query", {"filter": {"object_ids": ["plain"]}})
        tell.keep(lambda answer: {str(item["val"]["version"]): item["digest"] for item in answer["objs"]})
        digests = {int(key): value for key, value in tell.answers[-1].body.items()}
        named = [tell.ref("object", f"plain:{digests[version]}{edges}") for version, edges in refs]
        tell.send("refs", "POST", "/refs/read_batch", {"refs": named})

    _agree(both, ask)


@seldom
@given(sort=_sorts("n", "t", "deep.x"), page=PAGES)
def test_pages_of_tables_are_the_same(both: Both, sort: list[dict[str, str]], page: dict[str, int]) -> None:
    def ask(tell: Teller) -> None:
        digest = tell.send("again", "POST", "/table/create", {"table": {"project_id": tell.project, "rows": ROWS}})[
            "digest"
        ]
        # Ties would be each server's own.
        order = {
            "sort_by": [
                *sort,
                *({"field": "deep.x", "direction": "asc"},) * ("deep.x" not in [s["field"] for s in sort]),
            ]
        }
        tell.post("rows", "/table/query", {"digest": digest, **(order if sort else {}), **page})
        tell.keep(lambda answer: [(row["digest"], row["val"]) for row in answer["rows"]])

    _agree(both, ask)


def _compare(operators: tuple[str, ...], fields: tuple[str, ...], values: list[Any]) -> st.SearchStrategy[Any]:
    parts = st.tuples(st.sampled_from(operators), st.sampled_from(fields), st.sampled_from(values))
    return parts.map(lambda part: {part[0]: [{"$getField": part[1]}, {"$literal": part[2]}]})


ORDERS = ("$eq", "$gt", "$gte", "$lt", "$lte")
NOTE_LEAVES = st.one_of(
    _compare(("$eq",), ("feedback_type",), ["kind.0", "kind.1", "kind.7"]),
    _compare(("$eq",), ("id",), [chosen_id(100), chosen_id(104)]),
    _compare(ORDERS, ("payload.n",), [0, 3, 8]),
    _compare(ORDERS, ("payload.deep.x",), [0.5, 1.25, 5.25]),
    _compare(("$eq",), ("payload.t",), ["a", "b", "c"]),
    st.just({"$eq": [{"$literal": "1"}, {"$literal": "1"}]}),
)
NOTE_QUERIES = st.recursive(
    st.one_of(NOTE_LEAVES, NOTE_LEAVES.map(lambda leaf: {"$not": [leaf]})),
    lambda inner: st.tuples(st.sampled_from(("$and", "$or")), st.lists(inner, min_size=1, max_size=3)).map(
        lambda parts: {parts[0]: parts[1]}
    ),
    max_leaves=4,
)


@seldom
@given(
    expression=NOTE_QUERIES,
    sort=_sorts("feedback_type", "payload.n", "created_at"),
    fields=st.lists(
        st.sampled_from(["feedback_type", "payload.t", "payload.deep.x", "weave_ref", "payload"]),
        max_size=3,
        unique=True,
    ),
    page=PAGES,
)
def test_queries_find_the_same_feedback(
    both: Both, expression: Any, sort: list[dict[str, str]], fields: list[str], page: dict[str, int]
) -> None:
    def ask(tell: Teller) -> None:
        order = [*sort, {"field": "id", "direction": "asc"}]
        body = {"query": {"$expr": expression}, "sort_by": order, "fields": ["id", *fields], **page}
        tell.post("feedback", "/feedback/query", body)

    _agree(both, ask)
