"""Data that the official SDK wrote, for journeys: `sdk_project` runs programs/support_bot.py once against the server.

The project `browser/sdk` then holds: the ops `look_up`, `complete` (chat completions with usage), `SupportBot.predict`
and the scorers `exact` and `helpfulness` (with a `reason`); the models `small-bot` (gpt-4o-mini) and `large-bot`
(gpt-4o); the dataset `support-questions` in two versions (12 and 15 rows, 11 of them shared); three evaluation runs:
small and large on the first version with two trials, small on the second, where `Question 13` fails with a
TimeoutError; the leaderboard `Support-bots`; the thread `support-thread` of three turns with reactions, a note and
annotations of `mood` (the spec `quality` has none yet); the agent `support-agent` with the conversation
`support-talk` of two turns, a tool and usage; and the prompt `support-prompt`.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.live import LiveServer
from tests.sdk.environments import ensure, interpreter
from tests.sdk.running import NEWEST

SDK_PROJECT = "browser/sdk"
_PROGRAM = Path(__file__).parent / "programs" / "support_bot.py"


@pytest.fixture(scope="session")
def sdk_project(server: LiveServer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Ids and refs of what was stored: runs (in the order above), evaluation, leaderboard, thread, turns, and so on."""
    ensure([NEWEST])
    home = tmp_path_factory.mktemp("sdk")
    ended = subprocess.run(
        [str(interpreter(NEWEST)), str(_PROGRAM)],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "PROJECT": SDK_PROJECT,
            "WANDB_BASE_URL": server.url,
            "WANDB_API_KEY": "k" * 40,
            "WANDB_ERROR_REPORTING": "false",
            # The SDK keeps answers in a folder that all its processes share: it would not send again what it knows
            # from an earlier server.
            "WEAVE_SERVER_CACHE_DIR": str(home / "cache"),
        },
        cwd=home,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-6000:]
    told: dict[str, Any] = json.loads(ended.stdout.strip().splitlines()[-1])
    return told
