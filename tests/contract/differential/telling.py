"""Tells one story to one server: requests by name, answers made comparable.

A story is a function that gets a `Teller`. It is told to each server apart, with that server's own ids, and every step
leaves an `Answer` whose server-made parts (ids, times, users, digests that hang on internal project ids) are replaced.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")
OP_VERSION = re.compile(r"(/op/[^/:]+:)[A-Za-z0-9]{43}")
FIRST_YEAR_OF_SERVER_TIMES = 2026
"""Stories date everything before it."""


def chosen_id(number: int) -> str:
    """An id that a client chose: equal on both servers, and so compared."""
    return f"01900000-0000-7000-8000-{number:012d}"


def at(second: float) -> str:
    """A time of a story."""
    return datetime.fromtimestamp(1_704_067_200 + second, UTC).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True)
class Answer:
    """What one step got: comparable, whatever server gave it."""

    step: str
    status: int
    body: Any


class Teller:
    """The requests of one story to one server, in one project."""

    def __init__(self, client: httpx.Client, project: str) -> None:
        self.client = client
        self.project = project
        self.answers: list[Answer] = []
        self._names: dict[str, str] = {}
        self._last: tuple[str, int, Any] = ("", 0, None)

    def name(self, value: str, name: str) -> str:
        """From now on this server-made text reads `<name>`. Returns it."""
        if value:
            self._names[value] = f"<{name}>"
        return value

    def note_again(self) -> None:
        """Note the last answer anew, now that what it holds has a name."""
        self.answers[-1] = self._answer(self._last)

    def keep(self, select: Callable[[Any], Any]) -> None:
        """Of the last answer, if it succeeded, note only what `select` takes from it."""
        step, status, raw = self._last
        if status < 300:
            self._last = (step, status, select(raw))
            self.note_again()

    def ids(self, step: str, path: str, body: dict[str, Any]) -> None:
        """A request of which only the ids of the answer's items matter."""
        self.post(step, path, body)
        self.keep(lambda items: [item["id"] for item in items])

    def ref(self, kind: str, tail: str) -> str:
        """A ref of this project, as clients write it."""
        return f"weave:///{self.project}/{kind}/{tail}"

    def send(self, step: str, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """Send a request and note its answer. Returns the answer as it came: JSON, the list of its lines, or bytes."""
        if body is not None:
            # Escaped ASCII, so that lone surrogates and NaN travel.
            options["content"] = json.dumps(body)
        headers = {"content-type": "application/json", "accept": "application/jsonl"} | options.pop("headers", {})
        if "files" in options:
            del headers["content-type"]
        response = self.client.request(method, path, headers=headers, **options)
        raw = _body(response)
        self._last = (step, response.status_code, raw)
        self.answers.append(self._answer(self._last))
        return raw

    def post(self, step: str, path: str, body: Any = None, **options: Any) -> Any:
        """POST with the project in the body, as v1 operations want it."""
        whole = {"project_id": self.project, **body} if isinstance(body, dict) else body
        return self.send(step, "POST", path, whole, **options)

    def v2(self, step: str, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """A request below the project's v2 prefix."""
        return self.send(step, method, f"/v2/{self.project}{path}", body, **options)

    def _answer(self, noted: tuple[str, int, Any]) -> Answer:
        step, status, raw = noted
        return Answer(step, status, self._comparable(raw if status < 300 else _envelope(raw)))

    def _comparable(self, value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {self._text(name): self._comparable(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [self._comparable(item, key) for item in value]
        if isinstance(value, bytes):
            return self._text(value.decode("latin-1"))
        if not isinstance(value, str):
            return value
        if key == "wb_user_id":
            return "<user>"
        return _time(value) if TIME.fullmatch(value) else self._text(value)

    def _text(self, text: str) -> str:
        text = text.replace(self.project, "<project>")
        for value in sorted(self._names, key=len, reverse=True):
            text = text.replace(value, self._names[value])
        text = UUID.sub(lambda found: found[0] if found[0].startswith("01900000") else "<id>", text)
        return OP_VERSION.sub(r"\1<version>", text)


Story = Callable[[Teller], None]


def _time(text: str) -> str:
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment.year >= FIRST_YEAR_OF_SERVER_TIMES:
        return "<time>"
    return moment.astimezone(UTC).isoformat()


def _body(response: httpx.Response) -> Any:
    kind = response.headers.get("content-type", "")
    if kind.startswith(("application/jsonl", "application/x-ndjson")):
        return [json.loads(line) for line in response.content.split(b"\n") if line]
    return json.loads(response.content) if kind.startswith("application/json") else response.content


def _envelope(body: Any) -> Any:
    """An error without its prose: the words are each server's own."""
    prose = {"reason": "<text>", "detail": "<text>"}
    return {key: prose.get(key, value) for key, value in body.items()} if isinstance(body, dict) else body
