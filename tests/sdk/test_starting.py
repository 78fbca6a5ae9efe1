"""Every way to point a client at this server with environment variables, and what it takes from each."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.sdk.running import NEWEST, PYTHON_ENVIRONMENTS, Programs
from tests.sdk.target import Target

starting = pytest.mark.parametrize("program", ["starting"])
newest = pytest.mark.parametrize("environment", [NEWEST])
every_version = pytest.mark.parametrize("environment", PYTHON_ENVIRONMENTS)


def given(**variables: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("variables", [variables], ids=[""])


@every_version
@starting
@given(WF_TRACE_SERVER_URL="{url}")
def test_trace_server_named_beside_the_host(
    programs: Programs, environment: str, program: str, variables: dict[str, str]
) -> None:
    """Other tests give only WANDB_BASE_URL, from which a client derives `/traces`."""
    run = programs.run(environment, program, **variables)
    assert run.result["project"] == run.project


# The reference server does not forgive the `//server_info` that 0.52.43 asks for.
@pytest.mark.beyond_reference
@every_version
@starting
@given(WANDB_BASE_URL="{url}/", WF_TRACE_SERVER_URL="{url}/")
def test_trailing_slashes_are_forgiven(
    programs: Programs, environment: str, program: str, variables: dict[str, str]
) -> None:
    assert programs.run(environment, program, **variables).result


@newest
@starting
@given(PROJECT="bare-name")
def test_project_without_an_entity_goes_to_the_default_entity(
    programs: Programs, live_server: Target, environment: str, program: str, variables: dict[str, str]
) -> None:
    answer = live_server.post("/graphql", {"query": "query DefaultEntity { viewer { defaultEntity { name } } }"})
    entity = answer["data"]["viewer"]["defaultEntity"]["name"]
    assert programs.run(environment, program, **variables).result["project"] == f"{entity}/bare-name"


@newest
@starting
@given(PROJECT="bare-name", WANDB_ENTITY="weavers")
def test_entity_named_by_a_variable(
    programs: Programs, environment: str, program: str, variables: dict[str, str]
) -> None:
    assert programs.run(environment, program, **variables).result["project"] == "weavers/bare-name"


def test_key_from_netrc(programs: Programs, live_server: Target, tmp_path: Path) -> None:
    machine = urlsplit(live_server.url).netloc
    (tmp_path / ".netrc").write_text(f"machine {machine}\n  login user\n  password {live_server.key}\n")
    assert programs.run(NEWEST, "starting", HOME=str(tmp_path), WANDB_API_KEY="").result


def test_two_programs_share_a_client_cache(programs: Programs, tmp_path: Path) -> None:
    """The cache answers for objects the first program sent, so the second sends calls of ops it never saved."""
    shared = {"WEAVE_SERVER_CACHE_DIR": str(tmp_path / "cache"), "PROJECT": "sdk-team/shared-cache"}
    first, second = (programs.run(NEWEST, "starting", TURN=turn, **shared).result for turn in ("one", "two"))
    assert first["ref"] == second["ref"]
    assert first["call"] != second["call"]
