"""Scorers made of code, published over HTTP as the official SDK publishes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from typing import Any

from fastapi.testclient import TestClient

from tests.conftest import BASIC
from tests.evaluation_objects import EvaluationClient
from tests.sdk.environments import WEAVE_VERSIONS, ensure, interpreter
from weft.app import create_app
from weft.scoring.worker import ScoringWorker
from weft.settings import Settings

RUNNER = WEAVE_VERSIONS[0]


def runner_python() -> Path:
    """The Python of an environment with the official SDK."""
    ensure([f"weave-{RUNNER}"])
    return interpreter(f"weave-{RUNNER}")


@contextmanager
def running_code(folder: Path, events_url: str, **settings: Any) -> Iterator[tuple[TestClient, Callable[[], None]]]:
    """An application that may run code, and what has its worker do all there is."""
    given = Settings(
        data=folder / "data",
        events_url=events_url,
        auth="off",
        scoring_worker=False,
        scoring_backoff_seconds=0.02,
        scoring_poll_seconds=0.05,
        **{"runner_python": runner_python(), **settings},
    )
    app = create_app(given)
    with TestClient(app, headers=BASIC, raise_server_exceptions=False) as client:
        worker = ScoringWorker(app.state.services.stores, given)

        def drain() -> None:
            assert worker.drain(240), "the worker did not come to an end"

        yield client, drain
        worker.stop()


class CodeClient(EvaluationClient):
    """Publishes code, too."""

    def op(self, name: str, source: str) -> str:
        """Publish an op with its source; its ref."""
        content = ("import weave\n\n" + dedent(source).strip() + "\n").encode()
        answer = self.client.post("/file/create", data={"project_id": self.project}, files={"file": ("x", content)})
        assert answer.status_code == 200, answer.text
        files = {"obj.py": answer.json()["digest"]}
        return self.publish(name, {"_type": "CustomWeaveType", "weave_type": {"type": "Op"}, "files": files})

    def scorer(self, source: str, name: str = "Mine", **fields: Any) -> str:
        """Publish a scorer of a class of that name; `source` defines its score op."""
        described = {"_type": name, "_class_name": name, "_bases": ["Scorer", "Object", "BaseModel"]}
        own = {"name": None, "description": None, "column_map": None, **described, **fields}
        return self.publish(name, {**own, "score": self.op(f"{name}.score", source)})

    def scored(self, scorer: str, drain: Callable[[], None], inputs: Any = None, output: Any = "abc") -> dict[str, Any]:
        """The task of scoring a call with it, when it has ended."""
        call_id = self.call(inputs or {}, output)
        self.score([call_id], [scorer])
        drain()
        (task,) = self.tasks(call_id=call_id)
        return task

    def value(self, task: dict[str, Any]) -> Any:
        """The score that a task left as feedback."""
        assert task["state"] == "scored", task["reason"]
        (row,) = [row for row in self.feedback() if row["id"] == task["feedback_id"]]
        return row["payload"]["output"]
