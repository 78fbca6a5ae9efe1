"""An S3 endpoint of the tests' own: moto's server in a process of its own, spoken to over HTTP like any other.

What it holds is gone when it stops.
"""

from __future__ import annotations

import argparse
import os
import signal
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from tests.services.processes import PythonService, accepts_connections, end_with_standard_input, free_port

_BUCKET = "weft-files"
_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "tests", "AWS_SECRET_ACCESS_KEY": "secret/of+tests", "AWS_REGION": "eu-central-1"}


class S3:
    """A running endpoint with an empty bucket.

    `url` is a complete Weft blobs URL; `plain_url` needs the variables of `environment` beside it.
    """

    def __init__(self, folder: Path, bucket: str = _BUCKET) -> None:
        self.bucket = bucket
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self._service = PythonService("tests.services.s3", folder / "s3.log")

    @property
    def plain_url(self) -> str:
        """The bucket and a prefix, nothing else."""
        return f"s3://{self.bucket}/some/prefix"

    @property
    def url(self) -> str:
        """The bucket and prefix with endpoint and credentials."""
        return (
            f"{self.plain_url}?endpoint={self.endpoint}&region=eu-central-1"
            "&access_key_id=tests&secret_access_key=secret%2Fof%2Btests"
        )

    @property
    def environment(self) -> dict[str, str]:
        """The same as variables, as every S3 client reads them."""
        return _CREDENTIALS | {"AWS_ENDPOINT_URL": self.endpoint, "AWS_ALLOW_HTTP": "true"}

    def start(self) -> None:
        """Start with an empty bucket."""
        self._service.start(["--port", str(self.port)], lambda: accepts_connections(self.port))
        self.create_bucket(self.bucket)

    def create_bucket(self, name: str) -> None:
        """Make another bucket."""
        httpx.put(
            f"{self.endpoint}/{name}",
            content=b"<CreateBucketConfiguration><LocationConstraint>eu-central-1</LocationConstraint>"
            b"</CreateBucketConfiguration>",
            headers={"authorization": "AWS4-HMAC-SHA256 Credential=tests/20260101/eu-central-1/s3/aws4_request"},
            timeout=60,
        ).raise_for_status()

    def stop(self) -> None:
        """End it, and with it what it holds."""
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


def _serve(port: int) -> None:
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import run_simple

    end_with_standard_input(lambda: os._exit(0))
    application = DomainDispatcherApplication(create_backend_app)
    run_simple("127.0.0.1", port, application, threaded=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    _serve(parser.parse_args().port)
