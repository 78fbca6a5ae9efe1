"""Files over HTTP, under the paths of both generations of clients."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

PATHS = [("/file/create", "/file/content", "/files/query_stats"), ("/files/create", "/files/content", "/files/stats")]


def store(client: TestClient, project: str, content: bytes, path: str = "/file/create", **more: str) -> str:
    response = client.post(path, data={"project_id": project, **more}, files={"file": ("obj.py", content)})
    assert response.status_code == 200, response.text
    return str(response.json()["digest"])


@pytest.mark.parametrize("paths", PATHS)
def test_content_comes_back_byte_for_byte(app_client: TestClient, project: str, paths: tuple[str, str, str]) -> None:
    create, content, stats = paths
    assert app_client.post(stats, json={"project_id": f"{project}-none"}).status_code == 404
    data = bytes(range(256)) * 5000
    digest = store(app_client, project, data, create)
    assert store(app_client, project, data, create) == digest
    response = app_client.post(content, json={"project_id": project, "digest": digest})
    assert response.content == data
    assert response.headers["content-type"] == "application/octet-stream"
    assert app_client.post(stats, json={"project_id": project}).json() == {"total_size_bytes": len(data)}


def test_digests_are_those_of_the_contract(app_client: TestClient, project: str) -> None:
    hello = "LPJNulXwow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ"
    assert store(app_client, project, b"hello", expected_digest=hello) == hello
    empty = store(app_client, project, b"")
    assert empty == "47DEQpj8HBSaXYTImWX5JCeuQeRkm5NMpJWZG3hSuFU"
    response = app_client.post("/file/content", json={"project_id": project, "digest": empty})
    assert (response.status_code, response.content) == (200, b"")


def test_refs_in_files_are_left_alone(app_client: TestClient, project: str) -> None:
    data = b'"weave-trace-internal:///abc/object/o:d" weave:///x'
    digest = store(app_client, project, data)
    assert app_client.post("/file/content", json={"project_id": project, "digest": digest}).content == data


def test_a_wrong_expected_digest_writes_nothing(app_client: TestClient, project: str) -> None:
    files = {"file": ("f", b"hello")}
    data = {"project_id": project, "expected_digest": "wrong"}
    assert app_client.post("/file/create", data=data, files=files).status_code == 409
    assert app_client.post("/files/stats", json={"project_id": project}).json() == {"total_size_bytes": 0}


@pytest.mark.parametrize("digest", ["unknown", "x" * 43, "../../../etc/passwd", "", "\x00"])
def test_unknown_files_are_404(app_client: TestClient, project: str, digest: str) -> None:
    store(app_client, project, b"hello")
    assert app_client.post("/file/content", json={"project_id": project, "digest": digest}).status_code == 404


def test_files_belong_to_their_project(app_client: TestClient, project: str) -> None:
    digest = store(app_client, project, b"hello")
    store(app_client, f"{project}-2", b"other")
    body = {"project_id": f"{project}-2", "digest": digest}
    assert app_client.post("/file/content", json=body).status_code == 404


def test_incomplete_forms_are_refused(app_client: TestClient, project: str) -> None:
    assert app_client.post("/file/create", data={"project_id": project}).status_code == 422
    assert app_client.post("/file/create", files={"file": ("f", b"x")}).status_code == 422
    assert app_client.post("/file/create", data={"project_id": "x"}, files={"file": ("f", b"x")}).status_code == 400


def test_a_file_may_be_larger_than_a_json_body(app_client: TestClient, project: str) -> None:
    data = b"x" * (33 * 1024 * 1024)
    digest = store(app_client, project, data)
    assert app_client.post("/file/content", json={"project_id": project, "digest": digest}).content == data
