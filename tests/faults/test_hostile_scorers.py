"""Scorers that mean harm: each task ends with a reason, nothing of the server is reached, the worker goes on."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import indent

import psutil
import pytest
from fastapi.testclient import TestClient

from tests.code_scorers import CodeClient, running_code
from weft.storage.events.engine import EventsEngine

Drain = Callable[[], None]
SECRET = "a-secret-of-the-server"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def application(folder: Path, events_engine: EventsEngine, events_url: str) -> Iterator[tuple[TestClient, Drain]]:
    limits = {
        "runner_wall_seconds": 8,
        "runner_cpu_seconds": 2,
        "runner_memory_mib": 512,
        "runner_output_bytes": 100_000,
        "runner_processes": 16,
        "runner_children": 1,
    }
    with running_code(folder, events_url, **limits) as running:
        yield running


@pytest.fixture
def client(application: tuple[TestClient, Drain], project: str) -> CodeClient:
    return CodeClient(application[0], project)


@pytest.fixture
def drain(application: tuple[TestClient, Drain]) -> Drain:
    return application[1]


def _scorer(client: CodeClient, body: str) -> str:
    return client.scorer(f"@weave.op\ndef score(self, output):\n{indent(body, '    ')}")


TOO_LONG = ("took longer than 8 seconds", "more than 2 seconds of processor time")
TOO_MUCH = ("more than the 512 MiB", "took more than 512 MiB", "was killed")


@pytest.mark.parametrize(
    ("body", "reasons"),
    [
        ("while True: pass", TOO_LONG),
        ("import time\ntime.sleep(10 ** 6)", TOO_LONG),
        ("import signal, time\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass", (*TOO_LONG, "killed")),
        ("import os\nwhile True:\n    try: os.fork()\n    except OSError: pass", (*TOO_LONG, *TOO_MUCH)),
        ("return len(bytearray(10 ** 10))", TOO_MUCH),
        ("held = []\nwhile True: held.append(bytearray(10 ** 6))", TOO_MUCH),
        (
            "import os, time\nfor _ in range(8): os.fork()\nheld = b'x' * (200 * 2 ** 20)\ntime.sleep(1000)",
            (*TOO_MUCH, *TOO_LONG, "BlockingIOError"),
        ),
        ("while True: print('x' * 10 ** 6)", (*TOO_LONG, "It printed: x")),
        ("import os\nos._exit(0)", ("ended by itself, with status 0",)),
        ("import os\nos.abort()", ("aborted",)),
        ("import ctypes\nctypes.string_at(0)", ("crashed",)),
        ("import os\nos.close(4)\nreturn 1", ("before it answered", "OSError")),
        ("return 'x' * 10 ** 8", ("larger than 100000 bytes", *TOO_LONG)),
        ("import os\nos.write(4, (10 ** 12).to_bytes(8, 'big'))\nreturn 1", ("larger than 100000 bytes",)),
        ("import os\nos.write(4, (20).to_bytes(8, 'big') + b'x' * 20)\nreturn 1", ("before it was asked",)),
        ("held = []\nfor _ in range(10 ** 5): held = [held]\nreturn held", ("RecursionError",)),
        ("class Odd(Exception):\n    def __str__(self): return 1 / 0\nraise Odd()", ("its message cannot be made",)),
        ("with open('big', 'wb') as file:\n    while True: file.write(bytes(2 ** 20))", ("File too large", "No space")),
        ("import socket\nsocket.create_connection(('1.1.1.1', 53), 3)", ("scorers run without a network",)),
        ("import urllib.request\nurllib.request.urlopen('http://example.com', timeout=3)", ("without a network",)),
    ],
)
def test_harm_ends_with_a_reason(client: CodeClient, drain: Drain, body: str, reasons: tuple[str, ...]) -> None:
    task = client.scored(_scorer(client, body), drain)
    assert task["state"] == "failed"
    assert any(reason in task["reason"] for reason in reasons), task["reason"]
    assert client.value(client.scored(_scorer(client, "return output"), drain)) == "abc"


def test_what_is_printed_is_no_result(client: CodeClient, drain: Drain) -> None:
    body = "import sys\nprint('{\"output\": 1}')\nsys.stdout.flush()\nreturn 2"
    assert client.value(client.scored(_scorer(client, body), drain)) == 2


def test_a_copy_of_the_process_answers_nothing(client: CodeClient, drain: Drain) -> None:
    scorer = _scorer(client, "import os\nos.fork()\nreturn os.getpid()")
    first, second = (client.value(client.scored(scorer, drain, output=text)) for text in "ab")
    assert first == second


def test_nothing_that_was_started_outlives_the_worker_s_patience(client: CodeClient, drain: Drain) -> None:
    body = """
import subprocess, sys, time
code = "import os, time; os.setsid(); time.sleep(1000) # left behind"
for _ in range(3): subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
time.sleep(1000)
"""
    assert client.scored(_scorer(client, body), drain)["state"] == "failed"
    lines = [" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])]
    assert [line for line in lines if "left behind" in line and "pytest" not in line] == []


def test_the_server_cannot_be_seen_signalled_or_reached(
    client: CodeClient, drain: Drain, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEFT_ADMIN_KEY_OF_TESTS", SECRET)
    kept = folder / "data" / "kept.txt"
    kept.write_text(SECRET)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        body = f"""
import os, signal, socket
found = {{}}
def tried(name, work):
    try: found[name] = str(work())
    except BaseException as error: found[name] = type(error).__name__
tried("data", lambda: open({str(kept)!r}).read())
tried("listing", lambda: os.listdir({str(folder / "data")!r}))
tried("home", lambda: os.listdir("/root/.ssh"))
tried("passwords", lambda: open("/etc/shadow").read())
tried("written", lambda: open({__file__!r}, "a"))
for name in ("environ", "mem", "root/etc/shadow", "cwd/x"):
    for process in (1, {os.getpid()}, os.getppid()):
        tried(f"{{process}}/{{name}}", lambda: open(f"/proc/{{process}}/{{name}}", "rb").read(10))
tried("killed", lambda: os.kill({os.getpid()}, signal.SIGKILL))
tried("connected", lambda: socket.create_connection(("127.0.0.1", {listener.getsockname()[1]}), 2))
tried("local", lambda: socket.socket(socket.AF_UNIX))
tried("mounted", lambda: __import__("subprocess").run(["mount", "-t", "tmpfs", "x", "/tmp"], check=True))
tried("rooted", lambda: os.setuid(0))
tried("namespaces", lambda: 1 / (1 + __import__("ctypes").CDLL(None).unshare(0x10000000)))
found["variables"] = " ".join(os.environ.values())
found["user"] = str(os.getuid())
return found
"""
        found = client.value(client.scored(_scorer(client, body), drain))
    variables, user = found.pop("variables"), found.pop("user")
    assert user != "0"
    assert SECRET not in variables
    assert "wandb" not in variables.lower()
    assert {name: said for name, said in found.items() if not said.endswith(("Error", "herror"))} == {}
    assert SECRET not in str(found)


def test_an_earlier_score_cannot_be_changed_by_a_later_one_of_another_scorer(client: CodeClient, drain: Drain) -> None:
    spoiler = _scorer(client, "import builtins, json\nbuiltins.len = lambda _: 99\njson.dumps = None\nreturn 1")
    client.scored(spoiler, drain)
    assert client.value(client.scored(client.op("fair", "@weave.op\ndef fair(output): return len(output)"), drain)) == 3
