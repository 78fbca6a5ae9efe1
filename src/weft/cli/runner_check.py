"""What `weft doctor` says about the code runner: whether it starts, and what it keeps out of a scorer's reach here."""

from __future__ import annotations

from weft.core.errors import Unavailable
from weft.scoring.retry import WorldIsSlow
from weft.scoring.runner.code_runner import CodeRunner
from weft.scoring.runner.failures import isolation_failure
from weft.scoring.runner.keeper_process import KeeperFailed
from weft.settings import Settings


def examine_runner(settings: Settings) -> str:
    """A sentence. Raises Unavailable when code that is switched on would not be run."""
    if settings.runner_python is None:
        return "Off: scorers made of users' code fail and say so; WEFT_RUNNER_PYTHON switches it on."
    runner = CodeRunner(settings)
    try:
        found = runner.look()
    except (KeeperFailed, WorldIsSlow) as error:
        raise Unavailable(f"It does not start: {error}.") from error
    finally:
        runner.close()
    if found.missing and settings.runner_require_isolation:
        raise Unavailable(f"{isolation_failure(found.missing).reason}.")
    return f"{found.sentence}."
