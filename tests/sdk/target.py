"""The server that the programs talk to: Weft, or the reference server to prove the programs right.

Owns how each is started and asked over plain HTTP. `tests/live.py` owns the Weft process itself.
"""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import Any, Protocol

import httpx

from tests.live import LiveServer, free_port
from tests.sdk.environments import ROOT, ensure, interpreter

ANY_KEY = "k" * 40


class Target:
    """A running server: where it is, of what kind, and what it answers."""

    def __init__(self, kind: str, url: str, key: str = ANY_KEY) -> None:
        self.kind = kind
        self.url = url
        self.key = key
        self._http = httpx.Client(base_url=url, auth=("api", key), timeout=30)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """The JSON answer to a body, or an assertion that says what was refused and why."""
        response = self._http.post(path, json=body)
        assert response.status_code == 200, f"{path} answered {response.status_code}: {response.text}"
        return response.json()

    def lines(self, path: str, body: dict[str, Any]) -> list[dict[str, Any]]:
        """The objects of an answer with one JSON object per line."""
        response = self._http.post(path, json=body)
        assert response.status_code == 200, f"{path} answered {response.status_code}: {response.text}"
        return [json.loads(line) for line in response.text.split("\n") if line]

    def get(self, path: str) -> httpx.Response:
        """The answer as it is."""
        return self._http.get(path)

    def content(self, project: str, digest: str) -> bytes:
        """The bytes of a stored file."""
        response = self._http.post("/file/content", json={"project_id": project, "digest": digest})
        assert response.status_code == 200, response.text
        return response.content

    def calls(self, project: str, **asked: Any) -> list[dict[str, Any]]:
        """The stored calls of a project, first started first."""
        return self.lines("/calls/stream_query", {"project_id": project, **asked})

    def feedback(self, project: str) -> list[dict[str, Any]]:
        """All feedback of a project, first created first."""
        sort_by = [{"field": "created_at", "direction": "asc"}]
        return list(self.post("/feedback/query", {"project_id": project, "sort_by": sort_by})["result"])


class Running(Protocol):
    """A server process of either kind."""

    url: str

    def start(self) -> None: ...

    def stop(self) -> None: ...


class ReferenceServer:
    """The in-memory server of the published package, behind HTTP."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = folder / "reference.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait for the first answer."""
        ensure(["reference"])
        script = ROOT / "tests" / "reference" / "reference_server.py"
        with self._log.open("wb") as log:
            command = [str(interpreter("reference")), str(script), "--port", str(self.port)]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while not self._answers():
            assert self._process.poll() is None, self._log.read_text()[-4000:]
            assert time.monotonic() < deadline, self._log.read_text()[-4000:]
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/server_info", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)


def server_of(kind: str, folder: Path) -> Running:
    """A server of the asked kind, not yet started, with its data and log in a folder."""
    if kind == "reference":
        return ReferenceServer(folder)
    return LiveServer(folder / "weft", WEFT_AUTH="off")
