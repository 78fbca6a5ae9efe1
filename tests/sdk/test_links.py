"""Every address that a client prints opens a page."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.sdk.running import NEWEST, PYTHON_ENVIRONMENTS, Programs, Run
from tests.sdk.target import Target

pytestmark = pytest.mark.beyond_reference


def assert_links_open(live_server: Target, run: Run, expected: int) -> None:
    """The browser of a user has no API key, and the TypeScript client prints https whatever the server speaks."""
    host = re.escape(live_server.url.removeprefix("http://"))
    found = {link.replace("https://", "http://") for link in re.findall(rf"https?://{host}/[^\s\"]+", run.printed)}
    assert len(found) >= expected, run.printed
    refused = {link: status for link in sorted(found) if (status := _opened(link)) != 200}
    assert refused == {}


def _opened(link: str) -> int | str:
    response = httpx.get(link, headers={"accept": "text/html"}, follow_redirects=True)
    kind = response.headers.get("content-type", "")
    return response.status_code if kind.startswith("text/html") else f"{response.status_code} {kind}"


@pytest.mark.parametrize("environment", PYTHON_ENVIRONMENTS)
@pytest.mark.parametrize("program", ["links"])
def test_printed_links_open(programs: Programs, live_server: Target, environment: str, program: str) -> None:
    run = programs.run(environment, program)
    assert len(run.result["refs"]) == 6
    assert_links_open(live_server, run, expected=9)


@pytest.mark.parametrize("environment", ["typescript"])
@pytest.mark.parametrize("program", ["tracing"])
def test_links_of_the_typescript_client_open(
    programs: Programs, live_server: Target, environment: str, program: str
) -> None:
    assert_links_open(live_server, programs.run(environment, program), expected=4)


@pytest.mark.parametrize("environment", [NEWEST])
@pytest.mark.parametrize("program", ["links"])
@pytest.mark.parametrize("variables", [{"PROJECT": "sdk-team/spaced out & dotted.name"}])
def test_links_of_a_project_with_an_awkward_name_open(
    programs: Programs, live_server: Target, environment: str, program: str, variables: dict[str, str]
) -> None:
    run = programs.run(environment, program, **variables)
    assert run.result
    assert_links_open(live_server, run, expected=9)
