"""A second server, which asks for keys: what strangers and people with few rights see."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from tests.live import LiveServer
from weft.core.ids import new_id


@dataclass(frozen=True)
class Keyed:
    """A server that asks for keys, with the project `team/app`, and three keys for it."""

    url: str
    admin: str
    viewer: str
    stranger: str


@pytest.fixture(scope="session")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keyed]:
    live = LiveServer(tmp_path_factory.mktemp("keyed") / "data", WEFT_AUTH="keys")
    live.start()

    def key(user: str, role: str, project: str) -> str:
        wanted = ["keys", "create", "--user", user, "--role", role, "--project", project, "--data", str(live.data)]
        made = subprocess.run([sys.executable, "-m", "weft.cli", *wanted], capture_output=True, text=True, check=True)
        return made.stdout.strip()

    keys = Keyed(live.url, key("root", "admin", "*"), key("vera", "viewer", "team/app"), key("sam", "member", "sam/*"))
    write_call(live.url, keys.admin, "team/app")
    yield keys
    live.stop()


def write_call(url: str, key: str, project: str, model: str = "gpt-4o") -> None:
    call = {
        "project_id": project,
        "id": new_id(),
        "trace_id": new_id(),
        "op_name": "op",
        "started_at": "2026-01-01T00:00:00Z",
        "ended_at": "2026-01-01T00:00:01Z",
        "attributes": {},
        "inputs": {},
        "summary": {"usage": {model: {"prompt_tokens": 10, "completion_tokens": 1, "requests": 1}}},
    }
    answer = httpx.post(f"{url}/v2/{project}/calls/complete", json={"batch": [call]}, auth=("api", key), timeout=60)
    assert answer.status_code == 200, answer.text
