"""What the code runner makes of published scorers is what `call.apply_scorer` makes of them, but for ids and times."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.live import LiveServer
from tests.sdk.environments import WEAVE_VERSIONS, ensure, interpreter
from tests.sdk.running import PYTHON_ENVIRONMENTS, Programs
from tests.sdk.target import Target
from tests.sdk.test_asynchronous_scoring import scores_on

pytestmark = pytest.mark.beyond_reference


@pytest.fixture(scope="module")
def code_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A running server that runs code with the newest SDK."""
    newest = f"weave-{WEAVE_VERSIONS[0]}"
    ensure([newest])
    folder = tmp_path_factory.mktemp("code-server")
    server = LiveServer(folder / "weft", WEFT_AUTH="off", WEFT_RUNNER_PYTHON=str(interpreter(newest)))
    server.start()
    yield Target("weft", server.url)
    server.stop()


@pytest.mark.parametrize("published_with", PYTHON_ENVIRONMENTS)
def test_scores_of_the_runner_equal_those_of_the_client(
    code_server: Target, tmp_path_factory: pytest.TempPathFactory, published_with: str
) -> None:
    programs = Programs(code_server, tmp_path_factory.mktemp("programs"))
    try:
        run = programs.run(published_with, "code_scorers")
    finally:
        programs.close()
    ours = scores_on(code_server, run.project, run.result["by_server"])
    theirs = scores_on(code_server, run.project, run.result["by_client"])
    assert ours == theirs
    assert run.result["payloads"] == {
        "wandb.runnable.Wording": {"hits": 1, "enough": True, "long": True, "weight": 0.5},
        "wandb.runnable.strict": {"hits": 1, "enough": False, "long": True, "weight": "why"},
        "wandb.runnable.Later": ["HELLO", ["context", "inputs", "question"]],
        "wandb.runnable.same": True,
        "wandb.runnable.share": 0.2,
    }
