"""What the runner's answers mean for a task, in words for people. Nothing of the server is in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from weft.core import jsontext
from weft.core.errors import TooLarge
from weft.scoring.retry import CannotWork, ScoringFailure
from weft.settings import Settings

OFF = "needs the code runner, which is off; WEFT_RUNNER_PYTHON switches it on"
_WORDS_QUOTED = 300
_NETWORK = ("gaierror", "ConnectError", "ConnectionError", "URLError", "APIConnectionError", "ConnectTimeout")
_UNREACHABLE = "Network is unreachable"
_SIGNALS = {9: "was killed", 11: "crashed (SIGSEGV)", 6: "aborted (SIGABRT)", 31: "made a forbidden system call"}
_OUT_OF_PROCESSOR_TIME = 24
_FIRST_SIGNAL = 128
# What looks like a key is not repeated in a reason that many may read, even if the scorer's own code printed it.
_KEYS = re.compile(r"(?i)\b(sk-|pk-|ghp_|hf_|xox[abp]-|AKIA|eyJ)[\w.-]{8,}|\b[0-9a-f]{32,}\b|(?<=bearer )\S+")


def isolation_failure(missing: list[str]) -> CannotWork:
    """Why code is refused on this machine."""
    out_of_reach = " and ".join(missing)
    return CannotWork(
        f"The code runner cannot keep {out_of_reach} out of a scorer's reach on this machine, so it runs none; "
        "see docs/runner.md (WEFT_RUNNER_REQUIRE_ISOLATION)"
    )


def read_answer(about: Mapping[str, Any], answer: bytes, settings: Settings) -> dict[str, Any]:
    """The child's answer. Raises CannotWork when there is none, or when the scorer raised."""
    noise = _quoted(about.get("noise"))
    if about["end"]:
        raise CannotWork(f"{_ended(about, settings)}{noise}", _error_type(about["end"]))
    try:
        told = jsontext.loads(answer)
    except (ValueError, TooLarge) as error:
        raise CannotWork("The scorer answered what is no JSON, or nested too deeply", "ValueError") from error
    if not isinstance(told, dict):
        raise CannotWork("The scorer answered what is no answer", "ValueError")
    if "error" in told:
        raise _raised(told["error"], noise, settings)
    return told


def _raised(error: Any, noise: str, settings: Settings) -> ScoringFailure:
    """What the scorer's code raised."""
    told = error if isinstance(error, dict) else {}
    name = str(told.get("type") or "Exception")[:100]
    message = _hidden(str(told.get("message") or ""))
    line = f" (line {told['line']} of the stored code)" if isinstance(told.get("line"), int) else ""
    if told.get("missing"):
        package = str(told["missing"])[:100]
        return CannotWork(
            f"The scorer imports {package!r}, which is not installed in the runner's environment{line}{noise}", name
        )
    if name == "MemoryError":
        message = f"more than the {settings.runner_memory_mib} MiB a scorer may take{message and ': '}{message}"
    hint = ""
    if name in _NETWORK or _UNREACHABLE in message:
        hint = "; scorers run without a network"
    if name == "SyntaxError":
        hint = "; the SDK stores a mark like <error> for code it could not find"
    return CannotWork(f"{name}: {message}{hint}{line}{noise}" if message else f"{name}{hint}{line}{noise}", name)


def _ended(about: Mapping[str, Any], settings: Settings) -> str:
    """Why there is no answer."""
    reasons = {
        "time": f"The scorer took longer than {settings.runner_wall_seconds:g} seconds",
        "memory": f"The scorer and what it started took more than {settings.runner_memory_mib} MiB",
        "size": f"The score is larger than {settings.runner_output_bytes} bytes",
        "forged": "The scorer answered before it was asked",
        "worker": "The worker is stopping",
    }
    if about["end"] in reasons:
        return reasons[about["end"]]
    status = about.get("status")
    number = status - _FIRST_SIGNAL if isinstance(status, int) and status > _FIRST_SIGNAL else 0
    if number == _OUT_OF_PROCESSOR_TIME:
        return f"The scorer used more than {settings.runner_cpu_seconds} seconds of processor time"
    if number:
        return f"The scorer's process {_SIGNALS.get(number, f'ended by signal {number}')}"
    return f"The scorer's process ended by itself, with status {status}, before it answered"


def _error_type(end: str) -> str:
    return {"time": "TimeoutError", "memory": "MemoryError", "size": "ValueError"}.get(end, "RuntimeError")


def _quoted(noise: Any) -> str:
    words = _hidden(" ".join(str(noise or "").split()))
    return f". It printed: {words[-_WORDS_QUOTED:]}" if words else ""


def _hidden(text: str) -> str:
    return _KEYS.sub("[hidden]", text)
