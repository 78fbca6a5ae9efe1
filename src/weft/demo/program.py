"""The demo from start to end: a server, the SDK's evaluation, the same over plain HTTP, feedback, scoring, addresses.

Says what it does as it does it. The work is in the modules beside this one; what things look like is in `pages.py`.
"""

from __future__ import annotations

import signal
from pathlib import Path

import httpx
from rich.console import Console

from weft.demo import pages, plain_http
from weft.demo.plain_http import WeftClient
from weft.demo.provider import MODEL, StandInProvider
from weft.demo.sdk_run import EvaluationReport, ProgramFailed, SdkMissing, find_interpreter, run_evaluation
from weft.demo.server import DemoServer, ServerFailed

ENTITY, PROJECT = "demo", "support-tickets"


def run_demo(port: int, data: Path, sdk_python: Path | None, exit_when_done: bool) -> int:
    """Run it; returns the status the process should end with."""
    # A demo that is terminated ends its server, as one that is interrupted does.
    signal.signal(signal.SIGTERM, _interrupt)
    console = Console(highlight=False, emoji=False, soft_wrap=True)
    provider = StandInProvider()
    server = None
    try:
        interpreter = find_interpreter(sdk_python)
        server = DemoServer(port, data.absolute(), provider.url)
        server.wait_until_ready()
        pages.server_started(console, server.url, port, server.port, data)
        _show_everything(console, server.url, interpreter)
        if exit_when_done:
            return 0
        pages.keeps_serving(console, server.url)
        server.wait()
    except KeyboardInterrupt:
        return 0
    except (SdkMissing, ServerFailed, ProgramFailed) as error:
        console.print(str(error), style="red", markup=False)
        return 1
    except httpx.HTTPStatusError as error:
        console.print(f"{error.request.url} answered {error.response.status_code}: {error}", style="red", markup=False)
        return 1
    finally:
        provider.close()
        if server is not None:
            server.stop()
    return 0


def _show_everything(console: Console, url: str, interpreter: Path) -> None:
    client = WeftClient(url, ENTITY, PROJECT)
    pages.step(console, 1, "The official Python SDK evaluates two models, unmodified")
    report = run_evaluation(console, interpreter, url, client.project_id, MODEL)
    pages.sdk_finished(console, report)

    pages.step(console, 2, "A third model, evaluated with plain HTTP requests")
    evaluation, scorer = report.evaluation_ref, report.scorer_ref
    run_id, predictions = plain_http.evaluate_over_http(client, evaluation, scorer, report.rows)
    pages.http_finished(console, client.path, len(predictions))
    run_ids = [*(run["run_id"] for run in report.runs), run_id]
    names = [*(run["model"] for run in report.runs), "keyword-rules"]
    pages.comparison(console, dict(zip(run_ids, names, strict=True)), plain_http.compare(client, run_ids))

    pages.step(console, 3, "People say what they think of a prediction")
    liked = next(prediction for prediction, right in predictions.items() if right)
    pages.feedback(console, plain_http.give_feedback(client, liked))

    pages.step(console, 4, "Stored calls are scored asynchronously")
    _score_replies(console, client, report)
    pages.addresses(console, url, client.project_id, run_ids, liked, report.replies[0])


def _score_replies(console: Console, client: WeftClient, report: EvaluationReport) -> None:
    job_id = plain_http.score_later(client, report.replies, list(report.scorers.values()))
    pages.job(console, job_id, len(report.replies), plain_http.watch_job(client, job_id))
    for name in report.scorers:
        pages.scores(console, name, plain_http.scores_of(client, name, report.replies))
    pages.attempts(console, [task["attempts"] for task in plain_http.tasks_of(client, job_id)])


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt
