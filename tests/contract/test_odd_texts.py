"""Texts and numbers that no store can hold never become a server error, wherever a client puts them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

TEXTS = ["\ud800", "\x00", "a\x00b", "", "x" * 5000, "' OR 1=1", "%", "{p:String}", "\\"]
HUGE = 2**70

Request = tuple[str, str, dict[str, Any]]


def object_requests(project: str, text: str) -> Iterator[Request]:
    obj = {"project_id": project, "object_id": "o", "val": {}}
    yield "POST", "/obj/create", {"obj": {**obj, "object_id": text}}
    yield "POST", "/obj/create", {"obj": {**obj, "project_id": text}}
    yield "POST", "/obj/create", {"obj": {**obj, "builtin_object_class": text}}
    yield "POST", "/obj/create", {"obj": {**obj, "expected_digest": text}}
    classes = {text: text, "_type": text, "_bases": [text, "Object", "BaseModel"], "_class_name": text}
    yield "POST", "/obj/create", {"obj": {**obj, "val": classes}}
    yield "POST", "/obj/create", {"obj": {**obj, "val": {"_type": [text], "weave_type": {"type": {}}, "_bases": [{}]}}}
    yield "POST", "/obj/create", {"obj": {**obj, "val": {"_bases": [{}, {}, "BaseModel"]}}}
    for object_id, digest in (("o", text), (text, "latest"), (text, text)):
        version = {"project_id": project, "object_id": object_id}
        yield "POST", "/obj/read", {**version, "digest": digest}
        yield "POST", "/obj/delete", {**version, "digests": [digest]}
    for key in ("base_object_classes", "exclude_base_object_classes", "object_ids", "tags", "aliases"):
        yield "POST", "/objs/query", {"project_id": project, "filter": {key: [text]}}
    yield "POST", "/objs/query", {"project_id": project, "sort_by": [{"field": text, "direction": "asc"}]}
    for kind in ("limit", "offset"):
        yield "POST", "/objs/query", {"project_id": project, kind: HUGE}
    yield "PUT", "/objs/o/versions/x/tags", {"project_id": project, "tags": [text]}
    yield "POST", "/objs/o/versions/x/tags/remove", {"project_id": project, "tags": [text]}
    yield "PUT", "/objs/o/aliases", {"project_id": project, "digest": text, "aliases": ["x"]}
    yield "PUT", "/objs/o/aliases", {"project_id": project, "digest": "x", "aliases": [text]}
    yield "POST", "/objs/o/aliases/remove", {"project_id": project, "aliases": [text]}


def table_requests(project: str, text: str, digest: str) -> Iterator[Request]:
    yield "POST", "/table/create", {"table": {"project_id": project, "rows": [{text: text}]}}
    yield "POST", "/table/create", {"table": {"project_id": project, "rows": [], "expected_digest": text}}
    yield "POST", "/table/create_from_digests", {"project_id": project, "row_digests": [text]}
    yield "POST", "/table/update", {"project_id": project, "base_digest": text, "updates": []}
    change = {"pop": {"index": HUGE}}
    yield "POST", "/table/update", {"project_id": project, "base_digest": digest, "updates": [change]}
    query = {"project_id": project, "digest": digest}
    yield "POST", "/table/query", {**query, "digest": text}
    yield "POST", "/table/query", {**query, "filter": {"row_digests": [text]}}
    yield "POST", "/table/query", {**query, "sort_by": [{"field": text, "direction": "asc"}]}
    yield "POST", "/table/query", {**query, "limit": HUGE, "offset": HUGE}
    yield "POST", "/table/query_stats", {**query, "digest": text}
    yield "POST", "/table/query_stats_batch", {"project_id": project, "digests": [text], "include_storage_size": True}


def ref_requests(project: str, text: str, dataset: str) -> Iterator[Request]:
    tails = (f"object/o:{text}", f"object/{text}:x", f"object/{dataset}/attr/rows/id/{text}")
    for uri in (text, f"weave:///{text}/{text}/object/o:x", *(f"weave:///{project}/{tail}" for tail in tails)):
        yield "POST", "/refs/read_batch", {"refs": [uri]}
    yield "POST", "/file/content", {"project_id": project, "digest": text}


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_odd_texts_get_an_answer(app_client: TestClient, project: str, text: str) -> None:
    def send(method: str, path: str, body: dict[str, Any]) -> Any:
        content = json.dumps(body).encode()
        return app_client.request(method, path, content=content, headers={"content-type": "application/json"})

    table = send("POST", "/table/create", {"table": {"project_id": project, "rows": [{"a": 1}]}}).json()["digest"]
    val = {"rows": f"weave:///{project}/table/{table}"}
    obj = {"project_id": project, "object_id": "ds", "val": val}
    dataset = f"ds:{send('POST', '/obj/create', {'obj': obj}).json()['digest']}"
    requests = [
        *object_requests(project, text),
        *table_requests(project, text, table),
        *ref_requests(project, text, dataset),
    ]
    answers = [(path, body, send(method, path, body)) for method, path, body in requests]
    assert [(path, body, answer.text) for path, body, answer in answers if answer.status_code >= 500] == []
    assert all(answer.json() is not None for path, _, answer in answers if "content" not in path)
