"""The embedded event engine behind ClickHouse's HTTP interface, in a process of its own.

No ClickHouse server can be installed where these tests run, so the client code for one is exercised against this:
queries with parameters, settings, inserts, formats, compression, errors with their codes, and the limits of a server's
defaults (long form fields are refused, as there). Replication and clusters it cannot play.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.services.processes import PythonService, accepts_connections, end_with_standard_input, free_port

_USER = "weft"
_PASSWORD = "c:h/p%40 ss"
_PASSWORD_IN_URL = "c%3Ah%2Fp%2540%20ss"


class ClickHouseFront:
    """A running server; `url` names its database `default`."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        # Short-lived files of inserts go here too; a path of the engine's must be its own.
        self._folder = Path(tempfile.mkdtemp(prefix="weft-clickhouse-", dir=folder))
        self._service = PythonService("tests.services.clickhouse_front", folder / "clickhouse.log")

    @property
    def url(self) -> str:
        """The URL with user, password and database."""
        return self.url_of("default")

    def url_of(self, database: str) -> str:
        """The URL of a database of this server."""
        return f"clickhouse://{_USER}:{_PASSWORD_IN_URL}@127.0.0.1:{self.port}/{database}"

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self._service.pid

    def start(self) -> None:
        """Start on the data there is, and wait until it answers."""
        arguments = ["--folder", str(self._folder), "--port", str(self.port), "--user", _USER, "--password", _PASSWORD]
        self._service.start(arguments, lambda: accepts_connections(self.port))

    def stop(self) -> None:
        """End it, letting go of the data properly."""
        self._service.end(signal.SIGTERM)

    def kill(self) -> None:
        """End it without warning."""
        self._service.end(signal.SIGKILL)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)


def _serve(folder: Path, port: int, user: str, password: str) -> None:
    from tests.services.clickhouse_http import EmbeddedServer

    server = EmbeddedServer(folder, port, user, password)
    end_with_standard_input(lambda: os._exit(0))
    signal.signal(signal.SIGTERM, lambda *_: server.stop_soon())
    server.run()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--user", required=True)
    parser.add_argument("--password", required=True)
    _serve(**vars(parser.parse_args()))
