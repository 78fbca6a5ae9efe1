"""`weft secrets`, beside a running server: what is set is used, what is listed holds no value."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.llm_app import Playground, llm_client, provider, running_provider
from tests.llm_provider import LLMProvider
from weft.cli import main
from weft.settings import Settings

__all__ = ["llm_client", "provider", "running_provider"]

VALUE = "sk-from-the-terminal-0123"
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def secrets(llm_client: TestClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs `weft secrets …` on the data of the running application; its status and what it said."""
    data: Path = llm_client.app.state.services.settings.data  # type: ignore[attr-defined]

    def run(*arguments: str, typed: str = "") -> tuple[int, str, str]:
        with monkeypatch.context() as patch:
            for name in Settings.model_fields:
                patch.delenv(f"WEFT_{name.upper()}", raising=False)
            patch.setattr(sys, "argv", ["weft", "secrets", *arguments, "--data", str(data)])
            patch.setattr(sys, "stdin", io.StringIO(typed))
            with pytest.raises(SystemExit) as ended:
                main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


def test_a_secret_that_is_set_is_used_at_once_and_listed_without_its_value(
    secrets: Command, llm_client: TestClient, provider: LLMProvider, project: str
) -> None:
    playground = Playground(llm_client, project)
    assert "OPENAI_API_KEY" in playground.complete()["response"]["error"]
    host = ("--host", provider.host)
    status, out, err = secrets("set", "OPENAI_API_KEY", "--project", project, *host, typed=f"{VALUE}\n")
    assert (status, out, err) == (0, f"OPENAI_API_KEY may be sent to {provider.host}\n", "")
    playground.complete()
    assert provider.headers[0]["authorization"] == f"Bearer {VALUE}"
    status, out, _ = secrets("list", "--project", project)
    assert status == 0
    assert out.startswith(f"OPENAI_API_KEY\t{provider.host}\t")
    assert VALUE not in out
    assert secrets("remove", "OPENAI_API_KEY", "--project", project)[0] == 0
    assert "OPENAI_API_KEY" in playground.complete()["response"]["error"]


def test_the_key_of_a_known_provider_needs_no_host(secrets: Command, project: str) -> None:
    assert secrets("set", "GROQ_API_KEY", "--project", project, typed=VALUE)[1].endswith("sent to api.groq.com\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("set", "MINE", "--project", "e/p"), "say which host"),
        (("set", "MINE", "--project", "e/p", "--host", "a/b"), "neither 'host'"),
        (("set", "MINE", "--project", "nonsense", "--host", "a.example"), "entity/project"),
        (("list", "--project", "nobody/nothing"), "not found"),
        (("remove", "MINE", "--project", "nobody/nothing"), "not found"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(secrets: Command, arguments: tuple[str, ...], words: str) -> None:
    status, _, err = secrets(*arguments, typed=VALUE)
    assert status == 1
    assert words in err
    assert VALUE not in err
