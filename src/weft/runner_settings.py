"""The settings of the code runner: whether scorers made of users' code are run, and within which limits.

Part of settings.py; what locks the code in is `scoring/runner/`'s.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings


class RunnerSettings(BaseSettings):
    """Limits are per scorer process unless they say otherwise."""

    runner_python: Path | None = Field(
        None,
        description="Python of an environment with the official SDK (`weave`) and whatever scorers import. Scorers "
        "made of users' code then run there, apart from the server (docs/runner.md); without it they fail and say so.",
    )
    runner_require_isolation: bool = Field(
        True,
        description="Refuse to run code where the kernel does not let the runner cut off the network, other "
        "processes and the server's files. Without it code may reach all that the server's user reaches.",
    )
    runner_children: int = Field(2, ge=1, le=64, description="Children that run code at the same time, of any scorers.")
    runner_memory_mib: int = Field(
        1024, ge=64, description="Memory a scorer and what it starts may take beyond its interpreter, in MiB."
    )
    runner_cpu_seconds: int = Field(30, ge=1, description="Processor time for one score.")
    runner_wall_seconds: float = Field(60.0, gt=0, le=3600, description="Longest time for one score.")
    runner_output_bytes: int = Field(
        1024 * 1024, ge=1024, le=64 * 1024 * 1024, description="Largest answer of a scorer, as JSON."
    )
    runner_processes: int = Field(32, ge=1, description="Processes and threads a scorer may have at once.")
    runner_scores_per_child: int = Field(
        100, ge=1, description="Scores after which a scorer's process is replaced by a fresh one; 1 shares nothing."
    )
    runner_idle_seconds: float = Field(300.0, gt=0, description="When a child that is not asked for anything ends.")
    runner_readable: list[Path] = Field(
        [], description="More folders that scorers may read, such as those of models, as a JSON list."
    )
