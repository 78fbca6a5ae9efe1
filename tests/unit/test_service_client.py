"""What the reader of another server does with a server that is busy, refuses, or is none."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from weft.core.errors import Forbidden, InvalidRequest, NotFound, Unavailable, WeftError
from weft.transfer.service_client import ServiceClient

Answer = tuple[int, dict[str, str], bytes]


class Played(ThreadingHTTPServer):
    """Gives the answers in order, the last one for ever; remembers the credentials that came."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[Answer] = []
        self.asked: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


class Handler(BaseHTTPRequestHandler):
    server: Played

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.server.asked.append(self.headers["authorization"])
        status, headers, body = self.server.answers.pop(0) if len(self.server.answers) > 1 else self.server.answers[0]
        self.send_response(status)
        for name, value in {**headers, "content-length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None: ...


@pytest.fixture
def played() -> Iterator[Played]:
    server = Played()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def waits() -> list[float]:
    """How long it would have waited."""
    return []


@pytest.fixture
def client(played: Played, waits: list[float]) -> Iterator[ServiceClient]:
    made = ServiceClient(played.url, "secret", waits.append)
    yield made
    made.close()


def test_a_busy_server_is_asked_again_when_it_says(played: Played, client: ServiceClient, waits: list[float]) -> None:
    played.answers = [
        (429, {"retry-after": "7"}, b""),
        (503, {}, b""),
        (500, {"retry-after": "900"}, b""),
        (200, {}, b'{"n":1}'),
    ]
    assert client.ask("/objs/query") == {"n": 1}
    assert waits == [7.0, 2.0, 60.0]
    assert set(played.asked) == {"Basic YXBpOnNlY3JldA=="}


def test_a_server_that_stays_busy_is_given_up(played: Played, client: ServiceClient, waits: list[float]) -> None:
    played.answers = [(502, {}, b"")]
    with pytest.raises(Unavailable, match="run the same command again"):
        client.ask("/objs/query")
    assert len(played.asked) == len(waits) + 1 == 8


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, Forbidden),
        (403, Forbidden),
        (400, InvalidRequest),
        (422, InvalidRequest),
        (302, InvalidRequest),
        (404, NotFound),
        (405, NotFound),
        (501, NotFound),
    ],
)
def test_a_refusal_is_final_and_told(
    played: Played, client: ServiceClient, status: int, error: type[WeftError]
) -> None:
    played.answers = [(status, {"location": "http://127.0.0.1:1/"}, b"no")]
    with pytest.raises(error, match=str(status)):
        client.ask("/objs/query")
    assert len(played.asked) == 1


def test_an_answer_that_is_no_json_is_told(played: Played, client: ServiceClient) -> None:
    played.answers = [(200, {}, b"<html>welcome</html>")]
    with pytest.raises(InvalidRequest, match="no JSON"):
        client.ask("/objs/query")
    with pytest.raises(InvalidRequest, match="no JSON"):
        client.lines("/calls/stream_query")


def test_lines_come_parsed(played: Played, client: ServiceClient) -> None:
    played.answers = [(200, {}, b'{"id":"a"}\n\n{"id":"b"}\n')]
    assert client.lines("/calls/stream_query") == ([{"id": "a"}, {"id": "b"}], 23)


@pytest.mark.parametrize("url", ["trace.wandb.ai", "ftp://host", "http://", "https:///path", "http://[::1"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidRequest, match="begins with"):
        ServiceClient(url, "")


def test_nobody_there_is_told_after_many_tries(waits: list[float]) -> None:
    client = ServiceClient("http://127.0.0.1:1", "", waits.append)
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:1/x"):
        client.ask("/x")
    client.close()
