"""Tables over HTTP: content-addressed rows, changes, pages, sorting, sizes."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from fastapi.testclient import TestClient

from weft.core.digest import object_digest, table_digest

Json = dict[str, Any]
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
PAIR = "1c95cdc46a75d6e7e971986a80adfcd676dd22f2222a3405c7743f3db8df6785"


def create(client: TestClient, project: str, rows: list[Json], **more: Any) -> tuple[str, list[str]]:
    body = json.dumps({"table": {"project_id": project, "rows": rows, **more}})
    response = client.post("/table/create", content=body, headers={"content-type": "application/json"})
    assert response.status_code == 200, response.text
    return response.json()["digest"], response.json()["row_digests"]


def rows_of(client: TestClient, project: str, digest: str, **more: Any) -> list[Any]:
    response = client.post("/table/query", json={"project_id": project, "digest": digest, **more})
    assert response.status_code == 200, response.text
    return [row["val"] for row in response.json()["rows"]]


def test_digests_are_those_of_the_contract(app_client: TestClient, project: str) -> None:
    digest, rows = create(app_client, project, [{"a": 1}, {"a": 2}], expected_digest=PAIR)
    assert digest == PAIR
    assert rows == ["XdhgKMbg1k4iUYb5astpM4ssWXZN95FiEH9cS7NNExA", "5anVsDAOD1DTcuWp3fokIIqsmpQM6aNvJHOHIhriBf4"]
    assert create(app_client, project, []) == (EMPTY, [])


def test_a_body_without_a_content_type_is_json(app_client: TestClient, project: str) -> None:
    body = json.dumps({"table": {"project_id": project, "rows": [{"a": 1}, {"a": 2}]}})
    response = app_client.post("/table/create", content=body)
    assert "content-type" not in response.request.headers
    assert response.json()["digest"] == PAIR


def test_rows_come_back_in_order_with_repeats_and_as_they_were(app_client: TestClient, project: str) -> None:
    rows: list[Json] = [{"b": 1.0, "a": [None, "\x00\ud800é"]}, {"x": 1}, {"b": 1.0, "a": [None, "\x00\ud800é"]}]
    digest, row_digests = create(app_client, project, rows)
    response = app_client.post("/table/query", json={"project_id": project, "digest": digest})
    assert response.json()["rows"] == [
        {"digest": row_digest, "val": row, "original_index": index}
        for index, (row_digest, row) in enumerate(zip(row_digests, rows, strict=True))
    ]
    assert list(response.json()["rows"][0]["val"]) == ["b", "a"]


def test_a_wrong_digest_writes_nothing(app_client: TestClient, project: str) -> None:
    body = {"table": {"project_id": project, "rows": [{"a": 1}], "expected_digest": PAIR}}
    assert app_client.post("/table/create", json=body).status_code == 409
    stats = {"project_id": project, "digest": table_digest([object_digest({"a": 1})])}
    assert app_client.post("/table/query_stats", json=stats).json() == {"count": 0}


@pytest.mark.parametrize("rows", [[1], ["x"], [[1]], [None], {"a": 1}, None])
def test_rows_are_objects(app_client: TestClient, project: str, rows: Any) -> None:
    body = {"table": {"project_id": project, "rows": rows}}
    assert app_client.post("/table/create", json=body).status_code == 422


def test_a_table_is_made_from_digests_before_and_after_its_rows(app_client: TestClient, project: str) -> None:
    row_digests = [object_digest({"a": value}) for value in range(4)]
    body: Json = {"project_id": project, "row_digests": [], "expected_digest": None}
    assert app_client.post("/table/create_from_digests", json=body).json() == {"digest": EMPTY}
    create(app_client, project, [{"a": 1}, {"a": 3}])
    digest = app_client.post("/table/create_from_digests", json={**body, "row_digests": row_digests}).json()["digest"]
    assert digest == table_digest(row_digests)
    assert rows_of(app_client, project, digest) == [{"a": 1}, {"a": 3}]
    assert rows_of(app_client, project, digest, limit=1, offset=1) == [{"a": 3}]
    create(app_client, project, [{"a": 0}, {"a": 2}])
    assert rows_of(app_client, project, digest) == [{"a": value} for value in range(4)]
    wrong = {**body, "row_digests": row_digests, "expected_digest": EMPTY}
    assert app_client.post("/table/create_from_digests", json=wrong).status_code == 409


def test_changes_are_made_in_order_and_leave_the_base_alone(app_client: TestClient, project: str) -> None:
    base, row_digests = create(app_client, project, [{"a": 1}, {"a": 2}])
    updates = [
        {"append": {"row": {"a": 3}}},
        {"pop": {"index": 0}},
        {"insert": {"index": 0, "row": {"a": 9}}},
        {"insert": {"index": 3, "row": {"a": 10}}},
    ]
    body = {"project_id": project, "base_digest": base, "updates": updates}
    changed = app_client.post("/table/update", json=body).json()
    assert rows_of(app_client, project, changed["digest"]) == [{"a": 9}, {"a": 2}, {"a": 3}, {"a": 10}]
    assert changed["updated_row_digests"] == [
        object_digest({"a": 3}),
        row_digests[0],
        object_digest({"a": 9}),
        object_digest({"a": 10}),
    ]
    assert rows_of(app_client, project, base) == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(
    ("update", "status"),
    [
        ({"pop": {"index": 2}}, 400),
        ({"pop": {"index": -1}}, 400),
        ({"insert": {"index": 3, "row": {}}}, 400),
        ({"insert": {"index": -1, "row": {}}}, 400),
        ({"append": {"row": 1}}, 422),
        ({"nonsense": {}}, 422),
    ],
)
def test_bad_changes_are_refused(app_client: TestClient, project: str, update: Json, status: int) -> None:
    base, _ = create(app_client, project, [{"a": 1}, {"a": 2}])
    body = {"project_id": project, "base_digest": base, "updates": [update]}
    assert app_client.post("/table/update", json=body).status_code == status
    unknown = {"project_id": project, "base_digest": "0" * 64, "updates": []}
    assert app_client.post("/table/update", json=unknown).status_code == 404


def test_filter_limit_and_offset(app_client: TestClient, project: str) -> None:
    digest, row_digests = create(app_client, project, [{"a": value} for value in range(10)])
    assert rows_of(app_client, project, digest, limit=0) == []
    assert rows_of(app_client, project, digest, offset=8) == [{"a": 8}, {"a": 9}]
    assert rows_of(app_client, project, digest, limit=2, offset=9) == [{"a": 9}]
    assert len(rows_of(app_client, project, digest, limit=None, offset=None, filter=None, sort_by=None)) == 10
    chosen = {"row_digests": [row_digests[7], row_digests[2], "unknown"]}
    body = {"project_id": project, "digest": digest, "filter": chosen, "offset": 1}
    rows = app_client.post("/table/query", json=body).json()["rows"]
    assert [(row["val"], row["original_index"]) for row in rows] == [({"a": 7}, 7)]
    assert rows_of(app_client, project, "0" * 64) == []
    for more in ({"limit": -1}, {"offset": -1}):
        assert app_client.post("/table/query", json={**body, **more}).status_code == 400


def test_sorting_puts_what_exists_first_then_numbers_then_texts(app_client: TestClient, project: str) -> None:
    values: list[Any] = ["b", 2, None, 10.5, "a", "1", True]
    rows: list[Json] = [{"x": {"y": value}, "i": i} for i, value in enumerate(values)]
    digest, _ = create(app_client, project, [*rows, {"i": 7}, {"x": 3, "i": 8}])

    def order(direction: str, field: str = "x.y") -> list[int]:
        sort_by = [{"field": field, "direction": direction}]
        return [row["i"] for row in rows_of(app_client, project, digest, sort_by=sort_by)]

    assert order("asc") == [5, 1, 3, 4, 0, 6, 2, 7, 8]
    assert order("desc") == [3, 1, 5, 6, 0, 4, 2, 7, 8]
    assert order("desc", "i") == [8, 7, 6, 5, 4, 3, 2, 1, 0]
    two = [{"field": "none", "direction": "asc"}, {"field": "i", "direction": "desc"}]
    page = rows_of(app_client, project, digest, sort_by=two, limit=2, offset=1)
    assert [row["i"] for row in page] == [7, 6]


@pytest.mark.parametrize("field", ["", ".a", "a.", "a..b"])
def test_bad_sort_fields_are_refused(app_client: TestClient, project: str, field: str) -> None:
    digest, _ = create(app_client, project, [{"a": 1}])
    body = {"project_id": project, "digest": digest, "sort_by": [{"field": field, "direction": "asc"}]}
    assert app_client.post("/table/query", json=body).status_code == 400


def test_rows_as_a_stream(app_client: TestClient, project: str) -> None:
    digest, row_digests = create(app_client, project, [{"a": 1}, {"a": 2}])
    response = app_client.post("/table/query_stream", json={"project_id": project, "digest": digest})
    assert response.headers["content-type"].startswith("application/jsonl")
    assert [json.loads(line) for line in response.text.splitlines()] == [
        {"digest": row_digests[0], "val": {"a": 1}, "original_index": 0},
        {"digest": row_digests[1], "val": {"a": 2}, "original_index": 1},
    ]


def test_sizes(app_client: TestClient, project: str) -> None:
    digest, _ = create(app_client, project, [{"a": 1}, {"a": 2}])
    create(app_client, project, [])
    stats = app_client.post("/table/query_stats", json={"project_id": project, "digest": digest})
    assert stats.json() == {"count": 2}
    body: Json = {"project_id": project, "digests": [digest, EMPTY, "0" * 64]}
    tables = app_client.post("/table/query_stats_batch", json=body).json()["tables"]
    assert tables == [
        {"count": 2, "digest": digest, "storage_size_bytes": None},
        {"count": 0, "digest": EMPTY, "storage_size_bytes": None},
    ]
    sized = app_client.post("/table/query_stats_batch", json={**body, "include_storage_size": True}).json()["tables"]
    assert [table["storage_size_bytes"] for table in sized] == [2 * len('{"a":1}'), 0]
    for digests in (None, []):
        empty = app_client.post("/table/query_stats_batch", json={"project_id": project, "digests": digests})
        assert empty.json() == {"tables": []}


def test_large_tables_are_stored_and_paged_fast(app_client: TestClient, project: str) -> None:
    rows: list[Json] = [{"index": index, "question": "why? " * 20} for index in range(20_000)]
    started = time.monotonic()
    digest, row_digests = create(app_client, project, rows)
    assert len(row_digests) == 20_000
    page = rows_of(app_client, project, digest, limit=100, offset=19_950)
    assert [row["index"] for row in page] == list(range(19_950, 20_000))
    assert len(rows_of(app_client, project, digest)) == 20_000
    # Some twenty times what it takes: a guard against work that grows with the square.
    assert time.monotonic() - started < 30
