"""A server that asks for keys: the clients work with one that may write, and say so at once with one that may not."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.live import LiveServer
from tests.sdk.running import NEWEST, PYTHON_ENVIRONMENTS, Programs
from tests.sdk.target import Target

# The reference server has one key and no roles.
pytestmark = pytest.mark.beyond_reference


def make_key(data: Path, user: str, role: str, project: str) -> str:
    """A key as an operator makes it, while the server runs."""
    command = [sys.executable, "-m", "weft.cli", "keys", "create", "--user", user, "--role", role, "--project", project]
    made = subprocess.run([*command, "--data", str(data)], capture_output=True, text=True, check=True)
    return made.stdout.strip()


@pytest.fixture(scope="module")
def keyed_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keyed") / "weft"


@pytest.fixture(scope="module")
def keyed_server(keyed_data: Path) -> Iterator[str]:
    server = LiveServer(keyed_data, WEFT_AUTH="keys")
    server.start()
    yield server.url
    server.stop()


@pytest.fixture(scope="module")
def keyed_programs(
    request: pytest.FixtureRequest, keyed_server: str, keyed_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Programs]:
    key = make_key(keyed_data, "grace", "member", "sdk-team/*")
    runner = Programs(Target("weft", keyed_server, key), tmp_path_factory.mktemp("keyed-programs"))
    runner.begin_those_of(request.session.items, "keyed_programs")
    yield runner
    runner.close()


@pytest.mark.parametrize(
    ("environment", "program"), [*((name, "starting") for name in PYTHON_ENVIRONMENTS), ("typescript", "justExits")]
)
def test_key_of_a_member_is_enough(keyed_programs: Programs, environment: str, program: str) -> None:
    run = keyed_programs.run(environment, program)
    assert run.result
    assert environment == "typescript" or "user: grace" in run.printed


def test_identity_of_the_key_is_recorded(keyed_programs: Programs, keyed_server: str, keyed_data: Path) -> None:
    run = keyed_programs.run(NEWEST, "starting")
    reader = Target("weft", keyed_server, make_key(keyed_data, "visitor", "viewer", run.project))
    answer = reader.post("/graphql", {"query": "query Viewer { viewer { id username } }"})
    visitor = answer["data"]["viewer"]
    assert visitor["username"] == "visitor"
    users = {call["wb_user_id"] for call in reader.calls(run.project)}
    assert len(users) == 1
    assert users.isdisjoint({None, visitor["id"]})


@pytest.mark.parametrize("environment", PYTHON_ENVIRONMENTS)
@pytest.mark.parametrize("program", ["starting"])
@pytest.mark.parametrize("variables", [{"WANDB_API_KEY": "x" * 40}], ids=["unknown"])
def test_unknown_key_is_refused_at_the_start(
    keyed_programs: Programs, environment: str, program: str, variables: dict[str, str]
) -> None:
    run = keyed_programs.run(environment, program, **variables)
    assert run.status != 0
    assert "401" in run.printed


def test_key_of_another_project_writes_nothing(keyed_programs: Programs, keyed_server: str, keyed_data: Path) -> None:
    stranger = make_key(keyed_data, "stranger", "member", "elsewhere/*")
    run = keyed_programs.run(NEWEST, "starting", WANDB_API_KEY=stranger, PROJECT="sdk-team/not-yours")
    assert run.status != 0
    body = {"project_id": "sdk-team/not-yours"}
    admin = make_key(keyed_data, "root", "admin", "*")
    answer = httpx.post(f"{keyed_server}/calls/stream_query", json=body, auth=("api", admin))
    assert answer.status_code in (200, 404)
    assert answer.status_code == 404 or answer.text == ""
