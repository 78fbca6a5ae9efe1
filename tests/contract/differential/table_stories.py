"""Stories of tables."""

from __future__ import annotations

from typing import Any

from tests.contract.differential.telling import Teller


def tables_created(tell: Teller) -> None:
    """Tables of every shape, their digests and rows."""
    tables: dict[str, list[Any]] = {
        "two": [{"a": 1}, {"a": 2}],
        "empty": [],
        "twice the same": [{"a": 1}, {"a": 1}],
        "key order": [{"b": 1, "a": 2}],
        "values": [{"n": None, "f": 1.0, "t": "é", "l": [1, {"x": 1}], "b": True}],
    }
    for label, rows in tables.items():
        digest = tell.post(f"create {label}", "/table/create", {"table": {"project_id": tell.project, "rows": rows}})[
            "digest"
        ]
        tell.post(f"query {label}", "/table/query", {"digest": digest})
        tell.post(f"count {label}", "/table/query_stats", {"digest": digest})
    wrong = {"project_id": tell.project, "rows": [{"a": 1}], "expected_digest": "wrong"}
    tell.post("expected otherwise", "/table/create", {"table": wrong})
    for label, bad in {"row is no object": [1], "rows are no list": {"a": 1}, "rows are null": None}.items():
        tell.post(label, "/table/create", {"table": {"project_id": tell.project, "rows": bad}})


def tables_queried(tell: Teller) -> None:
    """Pages, sorts and chosen rows."""
    rows = [
        {"n": n % 4, "t": f"t{9 - n}", "deep": {"x": -n}, "sometimes": n} if n % 3 else {"n": n, "t": "z"}
        for n in range(9)
    ]
    created = tell.post("create", "/table/create", {"table": {"project_id": tell.project, "rows": rows}})
    digest, row_digests = created["digest"], created["row_digests"]
    for label, body in {
        "all": {},
        "two": {"limit": 2},
        "middle": {"limit": 3, "offset": 4},
        "past": {"offset": 100},
        "from": {"offset": 7},
        "chosen": {"filter": {"row_digests": [row_digests[4], row_digests[1], "nope"]}},
        "by n": {"sort_by": [{"field": "n", "direction": "asc"}, {"field": "t", "direction": "asc"}]},
        "by t": {"sort_by": [{"field": "t", "direction": "desc"}, {"field": "n", "direction": "asc"}]},
        "by deep": {
            "sort_by": [
                {"field": "deep.x", "direction": "asc"},
                {"field": "t", "direction": "asc"},
                {"field": "n", "direction": "asc"},
            ]
        },
        "sorted page": {
            "sort_by": [{"field": "t", "direction": "asc"}, {"field": "n", "direction": "asc"}],
            "limit": 3,
            "offset": 1,
        },
        "negative": {"limit": -1},
        "negative offset": {"offset": -1, "limit": 1},
        "empty field": {"sort_by": [{"field": "", "direction": "asc"}]},
        "two dots": {"sort_by": [{"field": "a..b", "direction": "asc"}]},
        "trailing dot": {"sort_by": [{"field": "a.", "direction": "asc"}]},
        "direction": {"sort_by": [{"field": "n", "direction": "up"}]},
    }.items():
        tell.post(label, "/table/query", {"digest": digest, **body})
        tell.keep(lambda answer: [row["original_index"] for row in answer["rows"]])
        tell.post(f"stream {label}", "/table/query_stream", {"digest": digest, **body})
        tell.keep(lambda rows: [row["original_index"] for row in rows])
    tell.post("unknown", "/table/query", {"digest": "nope"})
    tell.post("count unknown", "/table/query_stats", {"digest": "nope"})
    tell.post("count several", "/table/query_stats_batch", {"digests": [digest, "nope"]})
    tell.post("count none", "/table/query_stats_batch", {"digests": []})


def tables_updated(tell: Teller) -> None:
    """New tables out of old ones."""
    rows = [{"n": n} for n in range(4)]
    digest = tell.post("create", "/table/create", {"table": {"project_id": tell.project, "rows": rows}})["digest"]
    for label, updates in {
        "append": [{"append": {"row": {"n": 9}}}],
        "pop": [{"pop": {"index": 1}}],
        "insert": [{"insert": {"index": 0, "row": {"n": -1}}}],
        "insert at the end": [{"insert": {"index": 4, "row": {"n": -1}}}],
        "several": [{"pop": {"index": 0}}, {"append": {"row": {"n": 0}}}, {"insert": {"index": 1, "row": {"n": 5}}}],
        "nothing": [],
        "pop beyond": [{"pop": {"index": 4}}],
        "pop negative": [{"pop": {"index": -1}}],
        "insert beyond": [{"insert": {"index": 5, "row": {}}}],
        "unknown": [{"replace": {"index": 5, "row": {}}}],
    }.items():
        answer = tell.post(label, "/table/update", {"base_digest": digest, "updates": updates})
        if "digest" in answer:
            tell.post(f"query {label}", "/table/query", {"digest": answer["digest"]})
    tell.post("unknown base", "/table/update", {"base_digest": "nope", "updates": []})
    tell.post("base is untouched", "/table/query", {"digest": digest})


def tables_from_digests(tell: Teller) -> None:
    """A table of rows that are there already."""
    rows = [{"n": n} for n in range(3)]
    created = tell.post("create", "/table/create", {"table": {"project_id": tell.project, "rows": rows}})
    reversed_rows = created["row_digests"][::-1]
    answer = tell.post("reversed", "/table/create_from_digests", {"row_digests": reversed_rows})
    tell.post("query reversed", "/table/query", {"digest": answer["digest"]})
    tell.post("empty", "/table/create_from_digests", {"row_digests": []})
    tell.post(
        "expected otherwise", "/table/create_from_digests", {"row_digests": reversed_rows, "expected_digest": "wrong"}
    )


def tables_behind_datasets(tell: Teller) -> None:
    """Rows of a dataset by ref."""
    created = tell.post(
        "create", "/table/create", {"table": {"project_id": tell.project, "rows": [{"q": 1, "a": {"b": 2}}, {"q": 2}]}}
    )
    value = {
        "_type": "Dataset",
        "_class_name": "Dataset",
        "_bases": ["Object", "BaseModel"],
        "name": "d",
        "description": None,
        "rows": tell.ref("table", created["digest"]),
    }
    dataset = tell.post(
        "dataset", "/obj/create", {"obj": {"project_id": tell.project, "object_id": "d", "val": value}}
    )["digest"]
    tell.name(dataset, "dataset digest")
    tell.note_again()
    base = tell.ref("object", f"d:{dataset}")
    row = created["row_digests"][0]
    for label, tail in {
        "rows": "/attr/rows",
        "row": f"/attr/rows/id/{row}",
        "column": f"/attr/rows/id/{row}/key/q",
        "below": f"/attr/rows/id/{row}/key/a/key/b",
        "unknown row": "/attr/rows/id/nope",
        "row by index": "/attr/rows/index/0",
        "id of no table": f"/attr/name/id/{row}",
    }.items():
        tell.send(label, "POST", "/refs/read_batch", {"refs": [base + tail]})
