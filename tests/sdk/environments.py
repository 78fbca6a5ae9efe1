"""Makes the environments of the official clients, each from its own locked requirements.

Owns `.sdk/<name>/` (one virtual environment per Python `weave` version, one for the reference server, one for programs
traced by OpenTelemetry) and the `node_modules` of the TypeScript programs. Leaves out what runs in them: see
`conftest.py`.

    python tests/sdk/environments.py                 # all of them; those already made cost nothing
    python tests/sdk/environments.py weave-0.54.0    # only the named ones

A stamp holds the digest of the lock file and the interpreter, so an environment is made again only when one changes.
It runs on any Python 3.11 with nothing installed. To lock again after a change of a `requirements/<name>.in`:

    uv pip compile --universal --python-version 3.11 --no-header --no-annotate <name>.in -o <name>.txt
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = ROOT / ".sdk"
REQUIREMENTS = Path(__file__).parent / "requirements"
TYPESCRIPT = Path(__file__).parent / "typescript"

WEAVE_VERSIONS = ("0.54.0", "0.53.12", "0.52.43")
PYTHON_NAMES = (*(f"weave-{version}" for version in WEAVE_VERSIONS), "reference", "otel")
ALL_NAMES = (*PYTHON_NAMES, "typescript")


def interpreter(name: str) -> Path:
    """The Python interpreter of an environment."""
    return ENVIRONMENTS / name / "bin" / "python"


def ensure(names: Sequence[str] = ALL_NAMES) -> None:
    """Make the named environments unless their stamps say that they are there already."""
    for name in names:
        if name not in ALL_NAMES:
            raise SystemExit(f"no environment is called {name!r}; there are: {', '.join(ALL_NAMES)}")
        started = time.monotonic()
        made = _ensure_typescript() if name == "typescript" else _ensure_python(name)
        if made:
            print(f"{name}: made in {time.monotonic() - started:.1f} s", flush=True)


def _ensure_python(name: str) -> bool:
    lock = REQUIREMENTS / f"{name}.txt"
    stamp = ENVIRONMENTS / name / "stamp"
    expected = _fingerprint(sys.version, lock)
    if _stamped(stamp, expected) and interpreter(name).exists():
        return False
    shutil.rmtree(ENVIRONMENTS / name, ignore_errors=True)
    ENVIRONMENTS.mkdir(exist_ok=True)
    uv = _uv()
    if uv:
        _run([uv, "venv", "--quiet", "--python", sys.executable, str(ENVIRONMENTS / name)])
        _run([uv, "pip", "install", "--quiet", "--python", str(interpreter(name)), "--requirement", str(lock)])
    else:
        _run([sys.executable, "-m", "venv", str(ENVIRONMENTS / name)])
        _run([str(interpreter(name)), "-m", "pip", "install", "--quiet", "--requirement", str(lock)])
    stamp.write_text(expected)
    return True


def _ensure_typescript() -> bool:
    npm, node = shutil.which("npm"), shutil.which("node")
    if not npm or not node:
        raise SystemExit("the TypeScript client needs node >= 20 and npm on PATH")
    version = subprocess.run([node, "--version"], check=True, capture_output=True, text=True).stdout.strip()
    if int(version.lstrip("v").split(".")[0]) < 20:
        raise SystemExit(f"the TypeScript client needs node >= 20, this is {version}")
    stamp = TYPESCRIPT / "node_modules" / ".stamp"
    expected = _fingerprint(version, TYPESCRIPT / "package-lock.json")
    if _stamped(stamp, expected):
        return False
    _run([npm, "ci", "--silent", "--no-audit", "--no-fund"], cwd=TYPESCRIPT)
    stamp.write_text(expected)
    return True


def _uv() -> str | None:
    """A uv that really runs: one on PATH may be a shim for an interpreter that has none."""
    for found in (shutil.which("uv"), str(ROOT / ".tools" / "bin" / "uv")):
        if found and os.access(found, os.X_OK):
            tried = subprocess.run([found, "--version"], check=False, capture_output=True)
            if tried.returncode == 0:
                return found
    return None


def _fingerprint(runtime: str, lock: Path) -> str:
    return hashlib.sha256(runtime.encode() + b"\0" + lock.read_bytes()).hexdigest()


def _stamped(stamp: Path, expected: str) -> bool:
    return stamp.exists() and stamp.read_text() == expected


def _run(command: list[str], cwd: Path | None = None) -> None:
    completed = subprocess.run(command, cwd=cwd, check=False)
    if completed.returncode != 0:
        raise SystemExit(f"failed with status {completed.returncode}: {' '.join(command)}")


if __name__ == "__main__":
    ensure(sys.argv[1:] or ALL_NAMES)
