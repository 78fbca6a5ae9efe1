"""Log lines: ids and places, and never the words of an exception, which may quote a payload."""

from __future__ import annotations

import io
import json
import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from weft.core.errors import EngineFailure, InvalidRequest, Unavailable
from weft.core.logging import configure_logging, log_context, log_event, log_failure, log_trouble, note, noted

MARKER = "s3cr3t-p4yl04d"
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is logged as JSON; everything is as before afterwards."""
    root, weft, hook = logging.root, logging.getLogger("weft"), threading.excepthook
    before = (root.handlers[:], root.level, weft.level)
    for name in ("weft", "uvicorn", "uvicorn.error", "some.client"):
        # Tools that tests run in this process may have silenced what they did not know.
        monkeypatch.setattr(logging.getLogger(name), "disabled", False)
        monkeypatch.setattr(logging.getLogger(name), "propagate", True)
        monkeypatch.setattr(logging.getLogger(name), "handlers", [])
        monkeypatch.setattr(logging.getLogger(name), "level", logging.NOTSET)
    configure_logging("debug", "json")
    stream = io.StringIO()
    handler = root.handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(stream)
    yield stream
    root.handlers[:], threading.excepthook = before[0], hook
    root.setLevel(before[1])
    weft.setLevel(before[2])
    structlog.reset_defaults()


@pytest.fixture
def lines(written: io.StringIO) -> Lines:
    return lambda: [json.loads(line) for line in written.getvalue().splitlines()]


def _raised(error: BaseException) -> BaseException:
    try:
        try:
            raise KeyError(MARKER)
        except KeyError as cause:
            raise error from cause
    except BaseException as raised:  # noqa: BLE001 - the one just made
        return raised


@pytest.mark.parametrize("error", [ValueError(MARKER), EngineFailure(MARKER), InvalidRequest(MARKER), KeyError(MARKER)])
@pytest.mark.parametrize("log", [log_failure, log_trouble])
def test_exceptions_are_told_by_type_and_place(
    lines: Lines, written: io.StringIO, error: Exception, log: Callable[..., None]
) -> None:
    log("it_failed", _raised(error), task_id="t1")
    (line,) = lines()
    assert (line["event"], line["task_id"]) == ("it_failed", "t1")
    assert [told["type"].rpartition(".")[2] for told in line["error"]] == [type(error).__name__, "KeyError"]
    assert line["error"][0]["at"][-1].endswith("_raised")
    assert MARKER not in written.getvalue()


def test_what_a_store_that_is_down_says_is_told(lines: Lines) -> None:
    log_failure("it_failed", _raised(Unavailable("The event store cannot be reached")))
    assert lines()[0]["error"][0]["reason"] == "The event store cannot be reached"


def test_an_exception_that_was_logged_is_not_told_again_by_the_server(lines: Lines) -> None:
    error = _raised(ValueError(MARKER))
    log_failure("unexpected_error", error)
    logging.getLogger("uvicorn.error").error("Exception in ASGI application\n", exc_info=error)
    assert [line["event"] for line in lines()] == ["unexpected_error"]


def test_libraries_are_told_without_what_they_were_given(lines: Lines, written: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").error("Exception in ASGI application\n", exc_info=_raised(ValueError(MARKER)))
    logging.getLogger("some.client").warning("cannot send %s", MARKER)
    logging.getLogger("some.client").warning(f"cannot send {MARKER}")
    logging.getLogger("some.client").info("sending %s", MARKER)
    told = lines()
    assert [line["event"] for line in told] == [
        "Exception in ASGI application",
        "cannot send %s",
        "from test_logging",
    ]
    assert told[0]["error"][0]["type"] == "builtins.ValueError"
    assert [line["logger"] for line in told] == ["uvicorn.error", "some.client", "some.client"]
    assert MARKER not in written.getvalue()


def test_a_thread_that_dies_is_told(lines: Lines, written: io.StringIO) -> None:
    def die() -> None:
        raise ValueError(MARKER)

    thread = threading.Thread(target=die, name="doomed")
    thread.start()
    thread.join()
    (line,) = lines()
    assert (line["event"], line["thread"]) == ("thread_died", "doomed")
    assert MARKER not in written.getvalue()


def test_lines_carry_the_ids_around_them_also_those_learnt_later(lines: Lines) -> None:
    with log_context(request_id="r1"):
        log_event("first")
        with log_context(task_id="t1"):
            note(project="a/b")
            log_event("second")
        note(project="c/d")
        assert noted() == {"request_id": "r1", "project": "c/d"}
    note(project="nobody")
    log_event("third")
    ids = [{key: line[key] for key in ("request_id", "task_id", "project") if key in line} for line in lines()]
    assert ids == [{"request_id": "r1"}, {"request_id": "r1", "task_id": "t1", "project": "a/b"}, {}]


def test_less_than_the_level_is_not_written(written: io.StringIO) -> None:
    handler = logging.root.handlers[0]
    configure_logging("warning", "json")
    logging.root.handlers[:] = [handler]
    log_event("chatter")
    log_trouble("trouble", ValueError())
    assert [json.loads(line)["event"] for line in written.getvalue().splitlines()] == ["trouble"]


def test_people_get_lines_of_text(written: io.StringIO) -> None:
    configure_logging("info", "console")
    handler = logging.root.handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(written)
    log_failure("it_failed", _raised(ValueError(MARKER)), task_id="t1")
    assert "it_failed" in written.getvalue()
    assert "task_id=t1" in written.getvalue()
    assert MARKER not in written.getvalue()
