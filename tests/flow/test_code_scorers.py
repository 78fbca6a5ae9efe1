"""Scorers made of users' code: what they are given, what they may say, and what is told when they cannot work."""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.code_scorers import CodeClient, runner_python, running_code
from tests.llm_provider import LLMProvider, Reply
from tests.scoring_fixtures import PROVIDER_KEY, provider, running_provider
from weft.cli.runner_check import examine_runner
from weft.core.errors import Unavailable
from weft.scoring.runner.code_runner import CodeRunner
from weft.settings import Settings
from weft.storage.events.engine import EventsEngine

__all__ = ["provider", "running_provider"]

Drain = Callable[[], None]


@pytest.fixture(scope="module")
def application(
    tmp_path_factory: pytest.TempPathFactory,
    events_engine: EventsEngine,
    events_url: str,
    running_provider: LLMProvider,
) -> Iterator[tuple[TestClient, Drain]]:
    llm = {"llm_base_url": running_provider.url, "llm_api_key": PROVIDER_KEY}
    with running_code(tmp_path_factory.mktemp("code"), events_url, **llm) as running:
        yield running


@pytest.fixture
def client(application: tuple[TestClient, Drain], project: str) -> CodeClient:
    return CodeClient(application[0], project)


@pytest.fixture
def drain(application: tuple[TestClient, Drain]) -> Drain:
    return application[1]


def test_a_class_is_scored_with_its_fields_and_the_inputs_it_names(client: CodeClient, drain: Drain) -> None:
    scorer = client.scorer(
        """
        LONG = 3

        def is_long(text):
            return len(text) > LONG

        @weave.op
        def score(self, output: str, question: str, weight: float = 0.5) -> dict:
            hits = sum(word in output for word in self.words)
            return {"long": is_long(output), "hits": hits, "asked": question, "weight": weight}
        """,
        words=["a", "hello"],
    )
    task = client.scored(scorer, drain, {"question": "why", "other": 1}, "abc hello")
    assert client.value(task) == {"long": True, "hits": 2, "asked": "why", "weight": 0.5}
    call = client.calls()[-1]
    assert call["op_name"].startswith(f"weave:///{client.project}/op/Mine.score:")
    assert call["attributes"]["weave"]["kind"] == "scorer"
    assert call["inputs"] == {"self": scorer, "output": "abc hello", "question": "why", "weight": 0.5}
    (feedback,) = client.feedback()
    assert (feedback["feedback_type"], feedback["runnable_ref"]) == ("wandb.runnable.Mine", scorer)
    assert feedback["call_ref"] == f"weave:///{client.project}/call/{call['id']}"


def test_a_function_is_scored_without_a_self_or_a_kind(client: CodeClient, drain: Drain) -> None:
    scorer = client.op(
        "is_right", "@weave.op\nasync def is_right(output, expected='x'):\n    return output == expected"
    )
    assert client.value(client.scored(scorer, drain, {"expected": "abc"})) is True
    call = client.calls()[-1]
    assert (call["op_name"], call["inputs"]) == (scorer, {"output": "abc", "expected": "abc"})
    assert "kind" not in call["attributes"]["weave"]
    assert client.feedback()[0]["feedback_type"] == "wandb.runnable.is_right"


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("return True", True),
        ("return 0.25", 0.25),
        ("return None", None),
        ("return [1, (2, 3)]", [1, [2, 3]]),
        ("return {1: {'a': float('nan')}}", {"1": {"a": "NaN"}}),
        ("return {1, }", "{1}"),
        (
            "from pydantic import BaseModel\n    class V(BaseModel):\n        ok: bool\n    return V(ok=True)",
            {"ok": True, "_type": "V", "_class_name": "V", "_bases": ["BaseModel"]},
        ),
        ("return 10 ** 30", 10**30),
        ("return '\\ud800'", "\ud800"),
    ],
)
def test_what_a_scorer_says_is_kept_as_json(client: CodeClient, drain: Drain, body: str, value: Any) -> None:
    scorer = client.scorer(f"@weave.op\ndef score(self, output):\n    {body}")
    assert client.value(client.scored(scorer, drain)) == value


def test_any_other_arguments_come_under_the_name_they_are_taken_by(client: CodeClient, drain: Drain) -> None:
    source = "@weave.op\nasync def score(self, *, output, **rest):\n    return sorted(rest)"
    task = client.scored(client.scorer(source), drain, {"a": 1, "self": "model"})
    assert client.value(task) == ["a", "inputs"]
    assert client.calls()[-1]["inputs"]["rest"] == {"a": 1, "inputs": {"a": 1}}


def test_a_column_map_says_which_input_each_argument_is(client: CodeClient, drain: Drain) -> None:
    source = "@weave.op\ndef score(self, output, question):\n    return question + output"
    scorer = client.scorer(source, column_map={"question": "q"})
    assert client.value(client.scored(scorer, drain, {"q": "x"})) == "xabc"
    task = client.scored(scorer, drain, {"z": "x"})
    assert (task["state"], "is no input of the call" in task["reason"]) == ("failed", True)


def test_objects_that_fields_and_outputs_refer_to_are_there(client: CodeClient, drain: Drain) -> None:
    described = {"_type": "Rubric", "_class_name": "Rubric", "_bases": ["Object", "BaseModel"]}
    rubric = client.publish("rubric", {**described, "words": ["b"]})
    prompt = {"_type": "StringPrompt", "_class_name": "StringPrompt", "_bases": ["Prompt", "Object", "BaseModel"]}
    scorer = client.scorer(
        """
        @weave.op
        def score(self, output, example):
            shown = self.prompt.format(x=self.loud(self.rubric.words[0]))
            return [shown, output.words, example.words, self.when.year]
        """,
        rubric=rubric,
        prompt=client.publish("prompt", {**prompt, "name": None, "description": None, "content": "say {x}"}),
        loud=client.op("Mine.loud", "@weave.op\ndef loud(self, text):\n    return text.upper()"),
        when={
            "_type": "CustomWeaveType",
            "weave_type": {"type": "datetime.datetime"},
            "val": "2020-01-01T00:00:00+00:00",
        },
    )
    task = client.scored(scorer, drain, {"example": rubric}, rubric)
    assert client.value(task) == ["say B", ["b"], ["b"], 2020]
    assert client.calls()[-1]["inputs"]["example"] == rubric


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("@weave.op\ndef score(self, output):\n    raise ValueError('too odd')", "ValueError: too odd (line 5 of"),
        (
            "import no_such_package\n\n@weave.op\ndef score(self, output): ...",
            "imports 'no_such_package', which is not",
        ),
        ("@weave.op\ndef score(self, output):\n    return self.clean(output)", "only its fields are published"),
        ("<error>\n@weave.op\ndef score(self, output):\n    return 1", "the SDK stores a mark like <error>"),
        ("@weave.op\ndef score(self, output):\n    print('saw', output)\n    return 1 / 0", "It printed: saw abc"),
        ("@weave.op\ndef score(self, answer):\n    return 1", "takes neither 'output' nor 'model_output'"),
        ("x = 1", "defines no function"),
        ("@weave.op\ndef score(self, output):\n    import sys; sys.exit(3)", "SystemExit: 3"),
        (
            "@weave.op\ndef score(self, output):\n    print('sk-abcdefghijklmnop')\n    raise KeyError('hf_abcdefgh')",
            "It printed: [hidden]",
        ),
    ],
)
def test_a_scorer_that_cannot_work_says_why(client: CodeClient, drain: Drain, source: str, reason: str) -> None:
    task = client.scored(client.scorer(source), drain)
    assert task["state"] == "failed"
    assert reason in task["reason"]
    assert "abcdefgh" not in task["reason"]
    call = client.calls()[-1]
    assert call["id"] == task["score_call_id"]
    assert json.loads(call["exception"])["message"] == task["reason"]
    assert client.feedback() == []


def test_versions_and_calls_are_kept_apart_but_a_version_is_loaded_once(client: CodeClient, drain: Drain) -> None:
    source = "seen = []\n\n@weave.op\ndef score(self, output):\n    seen.append(output)\n    return [len(seen), self.n]"
    first, second = client.scorer(source, n=1), client.scorer(source, n=2)
    calls = [client.call({}, "x") for _ in range(5)]
    client.score(calls, [first, second])
    drain()
    said = [row["payload"]["output"] for row in client.feedback()]
    assert sorted(number for _, number in said) == [1] * 5 + [2] * 5
    assert max(count for count, _ in said) > 1


def test_a_score_of_code_whose_file_is_gone_fails_with_the_reason(client: CodeClient, drain: Drain) -> None:
    value = {"_type": "CustomWeaveType", "weave_type": {"type": "Op"}, "files": {"obj.py": "abc"}}
    task = client.scored(client.publish("lost", value), drain)
    assert (task["state"], task["reason"]) == ("failed", "The file of the scorer's code does not exist")


def test_runs_are_scored_and_scored_again_by_code(client: CodeClient, drain: Drain, provider: LLMProvider) -> None:
    provider.otherwise = lambda request: Reply(request["messages"][-1]["content"].upper())
    source = "@weave.op\ndef score(self, output, **kwargs):\n    return {'long': len(output) > self.least}"
    scorers = [
        client.scorer(source, least=2),
        client.op("same", "@weave.op\ndef same(output, expected):\n    return output == expected"),
    ]
    rows = [{"user_input": "hey", "expected": "HEY"}, {"user_input": "ho", "expected": "hi"}]
    run_id = client.evaluate(client.evaluation(client.dataset(rows), scorers), client.model())
    drain()
    assert [task["reason"] for task in client.tasks() if task["state"] == "failed"] == []
    half = {"true_count": 1, "true_fraction": 0.5}
    output = client.called(run_id)["output"]
    assert (output["Mine"], output["same"]) == ({"long": half}, half)
    again = client.rescore(run_id, scorers)
    drain()
    assert [task["reason"] for task in client.tasks() if task["state"] == "failed"] == []
    assert client.called(again)["output"] == {"Mine": {"long": half}, "same": half}


def test_the_doctor_tells_of_the_runner(tmp_path: Path) -> None:
    given = {"auth": "off", "data": tmp_path / "data"}
    assert examine_runner(Settings(**given)).startswith("Off")
    healthy = examine_runner(Settings(**given, runner_python=runner_python()))
    assert healthy.startswith("weave 0.54.0 on Python 3")
    assert "not cut off" not in healthy
    with pytest.raises(Unavailable, match="cannot be started: No such file"):
        examine_runner(Settings(**given, runner_python=tmp_path / "python"))
    with pytest.raises(Unavailable, match="SDK cannot be imported there: ModuleNotFoundError: No module named 'weave'"):
        examine_runner(Settings(**given, runner_python=Path(sys.executable)))


def test_a_server_with_many_files_open_still_runs_code(tmp_path: Path) -> None:
    more = 1100
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(
        resource.RLIMIT_NOFILE, (max(soft, min(hard, len(os.listdir("/proc/self/fd")) + 2 * more)), hard)
    )
    with ExitStack() as opened:
        for _ in range(more):
            opened.enter_context(Path(os.devnull).open("rb"))
        settings = Settings(auth="off", data=tmp_path / "data", runner_python=runner_python())
        assert examine_runner(settings).startswith("weave 0.54.0")


def test_a_runner_that_does_not_start_is_tried_again_and_then_fails(
    tmp_path: Path, events_engine: EventsEngine, events_url: str, project: str
) -> None:
    with running_code(tmp_path, events_url, runner_python=tmp_path / "python") as (http, drain):
        client = CodeClient(http, project)
        task = client.scored(client.op("fair", "@weave.op\ndef fair(output): return 1"), drain)
    assert (task["state"], task["attempts"]) == ("failed", 3)
    assert "cannot be started" in task["reason"]


def test_the_kinds_of_isolation_on_this_machine_can_be_told(events_url: str) -> None:
    runner = CodeRunner(Settings(auth="off", events_url=events_url, runner_python=runner_python()))
    try:
        found = runner.look()
    finally:
        runner.close()
    assert found.weave == "0.54.0"
    assert set(found.means) == {"network", "processes", "files"}
    assert [name for name, means in found.means.items() if means] == ["network", "processes", "files"]
    assert found.missing == []
