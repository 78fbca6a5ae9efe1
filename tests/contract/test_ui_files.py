"""The files of the web UI, as browsers and other clients get them."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from weft.api import ui

SCRIPT = "console.log('weft');\n" * 200


@pytest.fixture
def files(app_client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "page-1.js").write_text(SCRIPT)
    (tmp_path / "assets" / "page-1.css").write_text("a { color: red }")
    (tmp_path / "assets" / "picture.png").write_bytes(b"\x89PNG")
    monkeypatch.setattr(ui, "UI_FOLDER", tmp_path)
    return app_client


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_a_script_is_packed_for_those_who_can_unpack_it(files: TestClient, encoding: str) -> None:
    answer = files.get("/assets/page-1.js", headers={"accept-encoding": encoding})
    assert answer.text == SCRIPT
    assert answer.headers.get("content-encoding") == ("gzip" if encoding == "gzip" else None)
    assert "javascript" in answer.headers["content-type"]
    assert answer.headers["vary"] == "accept-encoding"
    assert "immutable" in answer.headers["cache-control"]
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    if encoding == "gzip":
        assert int(answer.headers["content-length"]) < len(SCRIPT) / 3


def test_other_files_come_as_they_are(files: TestClient) -> None:
    answer = files.get("/assets/picture.png", headers={"accept-encoding": "gzip"})
    assert (answer.content, answer.headers["content-type"]) == (b"\x89PNG", "image/png")
    assert "content-encoding" not in answer.headers
    assert files.get("/assets/page-1.css").headers["content-type"].startswith("text/css")


def test_nothing_outside_of_the_folder_is_given(files: TestClient) -> None:
    assert files.get("/assets/..%2F..%2Fapp.py").status_code == 404
    assert files.get("/assets/missing.js").status_code == 404
