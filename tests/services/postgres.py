"""A PostgreSQL server of the tests' own: a new cluster from the installed binaries, on a free port of this machine.

Its clock is set to a time zone nobody should depend on, and its password is asked for, as in a real installation.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from tests.services.processes import accepts_connections, free_port, wait_for

_USER = "weft"
_PASSWORD = "p:a/s s%40"
"""With characters that a URL has to escape."""
_PASSWORD_IN_URL = "p%3Aa%2Fs%20s%2540"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "300",
    "shared_buffers": "64MB",
    "timezone": "Asia/Kolkata",
    "log_timezone": "UTC",
}


def postgres_binaries() -> Path:
    """The folder of the newest server programs installed; raises RuntimeError when there are none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("postgres")
    if on_path is None:
        raise RuntimeError("PostgreSQL is not installed: run tools/ensure_postgres")
    return Path(on_path).resolve().parent


class Postgres:
    """A running server; `url` names an empty database `weft` whose owner `weft` may make others.

    `fsync=False` is for tests that never end it without warning.
    """

    def __init__(self, folder: Path, fsync: bool = True) -> None:
        self.port = free_port()
        self.log = folder / "postgres.log"
        self._fsync = fsync
        self._bin = postgres_binaries()
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0
        # The server refuses to run as root, and whoever it runs as does not reach into a folder of root's.
        self._home = Path(tempfile.mkdtemp(prefix="weft-postgres-")) if os.geteuid() == 0 else folder / "postgres"
        self._home.mkdir(exist_ok=True)
        self._make_cluster()

    @property
    def url(self) -> str:
        """The URL of the first database, with its user and password."""
        return self.url_of("weft")

    def url_of(self, database: str) -> str:
        """The URL of a database of this server."""
        return f"postgresql://{_USER}:{_PASSWORD_IN_URL}@127.0.0.1:{self.port}/{database}"

    def create_database(self, template: str = "template0") -> str:
        """A new database, a copy of `template`; returns its URL."""
        self._databases += 1
        name = f"weft_{self._databases}"
        self._administer(f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER {_USER}')
        return self.url_of(name)

    def drop_database(self, url: str) -> None:
        """Remove a database of `create_database`, whoever is connected to it."""
        self._administer(f'DROP DATABASE "{url.rpartition("/")[2]}" WITH (FORCE)')

    def start(self) -> None:
        """Start on the data there is, and wait until it takes connections."""
        options = [f"--{name}={value}" for name, value in _SETTINGS.items()]
        command = [self._bin / "postgres", "-D", self._data, "-p", str(self.port), *options]
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                _as_unprivileged([*map(str, command), f"--fsync={'on' if self._fsync else 'off'}"]),
                stdout=log,
                stderr=log,
                cwd=self._home,
            )
        self._process = process
        wait_for("PostgreSQL", self._answers, lambda: process.poll() is None, self.log)

    def stop(self) -> None:
        """End it, disconnecting everybody."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it at once, as a crash would; the next start recovers from its log."""
        self._end(signal.SIGQUIT)

    def restart(self) -> None:
        """Crash and start again: connections break, nothing committed is lost."""
        self.kill()
        self.start()

    def close(self) -> None:
        """End it and remove its data."""
        self.kill()
        shutil.rmtree(self._home, ignore_errors=True)

    def __enter__(self) -> Self:
        try:
            self.start()
            self._administer(f"CREATE DATABASE weft OWNER {_USER}")
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def _data(self) -> Path:
        return self._home / "data"

    def _make_cluster(self) -> None:
        secret = self._home / "password"
        secret.write_text(_PASSWORD)
        if os.geteuid() == 0:
            owner = _unprivileged_user()
            os.chown(self._home, owner.pw_uid, owner.pw_gid)
            os.chown(secret, owner.pw_uid, owner.pw_gid)
        command = [
            self._bin / "initdb", "-D", self._data, "--username", _USER, "--pwfile", secret, "--encoding", "UTF8",
            "--auth", "scram-sha-256", "--locale", "C.UTF-8", "--no-sync",
        ]  # fmt: skip
        made = subprocess.run(
            _as_unprivileged(list(map(str, command))), capture_output=True, text=True, cwd=self._home, check=False
        )
        if made.returncode:
            raise RuntimeError(f"initdb failed: {made.stdout[-1000:]}\n{made.stderr[-2000:]}")

    def _answers(self) -> bool:
        if not accepts_connections(self.port):
            return False
        try:
            psycopg.connect(self.url_of("postgres"), connect_timeout=10).close()
        except psycopg.OperationalError:
            return False
        return True

    def _administer(self, statement: str) -> None:
        if not re.match(r"(CREATE|DROP) DATABASE ", statement):
            raise ValueError(statement)
        with psycopg.connect(self.url_of("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.send_signal(how)
            process.wait(60)


def _unprivileged_user() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("PostgreSQL does not run as root, and there is no user postgres or nobody")


def _as_unprivileged(command: list[str]) -> list[str]:
    """The command as another user when this one is root; it ends with its parent where that can be arranged."""
    setpriv = shutil.which("setpriv")
    if os.geteuid() != 0:
        return command
    if setpriv is None:
        raise RuntimeError("PostgreSQL does not run as root, and setpriv (util-linux) is not there to change the user")
    owner = _unprivileged_user()
    ids = [f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]
    return [setpriv, *ids, "--pdeathsig=QUIT", "--", *command]
