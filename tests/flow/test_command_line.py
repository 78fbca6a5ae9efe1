"""The command line as an operator uses it, beside a running server and without one."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.live import LiveServer, free_port
from weft.cli import main
from weft.settings import Settings

OPERATORS_KEY = "operator" * 5


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it said."""

    returncode: int
    stdout: str
    stderr: str


Weft = Callable[..., Ended]


@pytest.fixture
def weft(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Weft:
    """Runs a command that opens no event engine, in this process, because starting one for each takes seconds."""

    def run(*arguments: str, **variables: str) -> Ended:
        with monkeypatch.context() as patch:
            for name in Settings.model_fields:
                patch.delenv(f"WEFT_{name.upper()}", raising=False)
            for name, value in variables.items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["weft", *arguments])
            with pytest.raises(SystemExit) as ended:
                main()
        said = capsys.readouterr()
        return Ended(int(ended.value.code or 0), said.out, said.err)

    return run


def weft_process(*arguments: str, **variables: str) -> Ended:
    """Run a command to its end as a process of its own."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("WEFT_")}
    command = [sys.executable, "-m", "weft.cli", *arguments]
    done = subprocess.run(command, env={**inherited, **variables}, capture_output=True, text=True, timeout=240)
    return Ended(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A running server that asks for keys, on its first start."""
    live = LiveServer(tmp_path_factory.mktemp("cli") / "data", WEFT_AUTH="keys", WEFT_SCORING_WORKER="false")
    live.start()
    yield live
    live.stop()


def first_key(server: LiveServer) -> str:
    """The key that the server printed when it started for the first time."""
    return next(
        line.strip() for line in server.log.read_text().splitlines() if re.fullmatch(r" +[A-Za-z0-9]{40}", line)
    )


def who(server: LiveServer, key: str) -> int:
    """The status of a request with that key."""
    return httpx.get(f"{server.url}/weft/v1/projects", auth=("api", key)).status_code


def test_the_first_start_shows_a_key_once(server: LiveServer) -> None:
    key = first_key(server)
    assert httpx.get(f"{server.url}/weft/v1/keys", auth=("api", key)).status_code == 200
    server.stop()
    server.start()
    assert server.log.read_text().count("First start") == 1
    assert who(server, key) == 200


def test_keys_are_managed_while_the_server_runs(weft: Weft, server: LiveServer) -> None:
    data = str(server.data)
    made = weft("keys", "create", "--user", "ann", "--role", "viewer", "--project", "team/*", "--data", data)
    key = made.stdout.strip()
    assert who(server, key) == 200
    (line,) = [line for line in weft("keys", "list", "--data", data).stdout.splitlines() if "\tann\t" in line]
    assert "viewer in team/*" in line
    assert key not in line
    assert weft("keys", "revoke", line.split("\t")[0], "--data", data).returncode == 0
    # A key just used is remembered for a few seconds by the other process.
    bobs = weft("keys", "create", "--user", "bob", "--days", "3", "--data", data).stdout.strip()
    assert who(server, bobs) == 200
    listed = weft("keys", "list", "--data", data).stdout.splitlines()
    assert [line.endswith("\tnever") for line in listed if "\tbob\t" in line] == [False]
    again = weft("keys", "revoke", line.split("\t")[0], "--data", data)
    assert again.returncode == 1
    assert again.stderr.startswith("weft: No API key")


def test_projects_lists_what_clients_made(weft: Weft, server: LiveServer) -> None:
    query = 'mutation { upsertModel(input: {name: "p", entityName: "e"}) { model { id } } }'
    answer = httpx.post(f"{server.url}/graphql", json={"query": query}, auth=("api", first_key(server)))
    internal = answer.json()["data"]["upsertModel"]["model"]["id"]
    assert f"e/p\t{internal}" in weft("projects", "--data", str(server.data)).stdout.splitlines()


def test_one_data_folder_belongs_to_one_server(server: LiveServer) -> None:
    second = weft_process("serve", "--port", str(free_port()), "--data", str(server.data))
    assert second.returncode == 1
    assert "in use by another Weft process" in second.stderr
    assert "Traceback" not in second.stderr
    assert weft_process("migrate", "--data", str(server.data)).returncode == 1


def test_a_taken_port_is_said_before_anything_is_opened(weft: Weft, server: LiveServer, tmp_path: Path) -> None:
    second = weft("serve", "--port", str(server.port), "--data", str(tmp_path / "other"))
    assert second.returncode == 1
    assert f"Cannot listen on 127.0.0.1 port {server.port}" in second.stderr
    assert not (tmp_path / "other").exists()


def test_the_doctor_asks_the_running_server(weft: Weft, server: LiveServer) -> None:
    port = ["--port", str(server.port)]
    healthy = weft("doctor", "--data", str(server.data), *port, WEFT_AUTH="keys")
    assert healthy.returncode == 0
    assert "all is well" in healthy.stdout
    lost = weft("doctor", "--data", str(server.data), "--port", str(free_port()))
    assert lost.returncode == 1
    assert "BAD  events" in lost.stdout


def test_the_doctor_looks_without_making_anything(weft: Weft, tmp_path: Path) -> None:
    fresh = weft("doctor", "--data", str(tmp_path / "none"))
    assert fresh.returncode == 0
    assert not (tmp_path / "none").exists()


def test_the_doctor_after_migrate(tmp_path: Path) -> None:
    assert weft_process("migrate", "--data", str(tmp_path)).returncode == 0
    assert weft_process("doctor", "--data", str(tmp_path)).returncode == 0
    open_to_none = weft_process("doctor", "--data", str(tmp_path), WEFT_AUTH="keys")
    assert open_to_none.returncode == 1
    assert "weft keys create --role admin" in open_to_none.stdout


def test_the_operators_own_key(tmp_path: Path) -> None:
    live = LiveServer(tmp_path / "data", WEFT_AUTH="keys", WEFT_ADMIN_KEY=OPERATORS_KEY, WEFT_SCORING_WORKER="false")
    live.start()
    try:
        assert who(live, OPERATORS_KEY) == 200
        assert "First start" not in live.log.read_text()
    finally:
        live.stop()


def test_a_weak_operators_key_is_refused(tmp_path: Path) -> None:
    port = str(free_port())
    refused = weft_process("serve", "--port", port, "--data", str(tmp_path), WEFT_AUTH="keys", WEFT_ADMIN_KEY="secret")
    assert refused.returncode == 1
    assert refused.stderr.strip() == "weft: An API key is exactly 40 letters and digits"


def test_an_open_door_is_refused(weft: Weft, tmp_path: Path) -> None:
    refused = weft("serve", "--host", "0.0.0.0", "--data", str(tmp_path), WEFT_AUTH="off")
    assert refused.returncode == 2
    assert refused.stderr.startswith("weft: WEFT_AUTH=off is refused on 0.0.0.0")


def test_a_worker_cannot_share_the_embedded_store(weft: Weft, tmp_path: Path) -> None:
    refused = weft("worker", "--data", str(tmp_path))
    assert refused.returncode == 1
    assert "WEFT_EVENTS_URL" in refused.stderr


def test_openapi_needs_no_store(weft: Weft, tmp_path: Path) -> None:
    document = json.loads(weft("openapi", WEFT_DATA=str(tmp_path / "none")).stdout)
    assert "/service/projects_info" in document["paths"]
    assert not (tmp_path / "none").exists()
