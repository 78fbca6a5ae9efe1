"""A project on another Weave server, read through the public API alone, as a place to move from."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from weft.core import jsontext
from weft.core.clock import iso
from weft.core.errors import NotFound
from weft.transfer.folder import Folder
from weft.transfer.mentions import Mentions
from weft.transfer.service_client import ServiceClient
from weft.transfer.service_entities import ServiceEntities
from weft.transfer.service_rows import call_row, feedback_row, span_row
from weft.transfer.source import Chunk, Lines, Row

_MOST_ROWS = 1000
_BYTES_WANTED = 8 * 1024 * 1024
_OLDEST_FIRST = [{"field": "started_at", "direction": "asc"}, {"field": "id", "direction": "asc"}]
# Servers compare times as numbers with a fraction, which are not exact: the last second is asked for again.
_AGAIN = timedelta(seconds=1)

_UNTOLD = [
    "what an API does not tell: deleted versions, asked-for scores that are not done, project secrets, API keys, "
    "what each annotator did before the last one, when agents' spans expire",
    "tables and files that nothing in the project refers to",
]


class ServiceSource:
    """Everything the API of a server tells of a project. `folder` is where it goes and where tables are looked for."""

    kind = "weave"

    def __init__(self, client: ServiceClient, project: str, folder: Folder) -> None:
        self.project = project
        self.url = client.url
        self.left_out = list(_UNTOLD)
        self._client = client
        self._folder = folder
        self._entities = ServiceEntities(client, project, self.left_out)
        self._mentions: Mentions | None = None
        self._attributes: list[dict[str, str]] | None = None
        self._size = 200

    def lines(self) -> Iterable[Lines]:
        """The entities that have an operation that lists them."""
        return self._entities.lines()

    def streams(self) -> Sequence[str]:
        """Tables come last: what refers to them is in the folder by then."""
        return ["calls", "feedback", "spans", "tables"]

    def total(self, stream: str) -> int | None:
        """How many rows there are, where the server counts them."""
        if stream != "calls":
            return None
        try:
            return int(self._ask("/calls/query_stats")["count"])
        except (NotFound, KeyError):
            return None

    def read(self, stream: str, cursor: Any) -> Iterator[Chunk]:
        """The rows of a stream behind the cursor."""
        if stream == "calls":
            return self._calls(cursor)
        if stream == "tables":
            return self._tables(cursor)
        if stream == "feedback":
            order = [{"field": "created_at", "direction": "asc"}, {"field": "id", "direction": "asc"}]
            ask = partial(self._ask, "/feedback/query", sort_by=order)
            return self._pages(stream, lambda **page: ask(**page)["result"], feedback_row, cursor)
        return self._pages(stream, self._spans, span_row, cursor)

    def digests(self) -> Iterable[str]:
        """The files that rows of the folder mention."""
        return self._mentioned().files

    def content(self, digest: str) -> bytes | None:
        """The bytes of a file."""
        try:
            return self._client.content("/file/content", project_id=self.project, digest=digest)
        except NotFound:
            return None

    def usernames(self, user_ids: Iterable[str]) -> dict[str, str]:
        """The names that the server shows beside calls of those users."""
        names: dict[str, str] = {}
        for user_id in user_ids:
            asked = {"filter": {"wb_user_ids": [user_id]}, "limit": 1, "include_usernames": True, "columns": ["id"]}
            rows, _ = self._client.lines("/calls/stream_query", project_id=self.project, **asked)
            if rows and rows[0].get("wb_username"):
                names[user_id] = rows[0]["wb_username"]
        return names

    def _ask(self, path: str, **body: Any) -> Any:
        return self._client.ask(path, project_id=self.project, **body)

    def _spans(self, **page: Any) -> list[Row]:
        if self._attributes is None:
            self._attributes = list(self._custom_attributes())
        asked = {"sort_by": _OLDEST_FIRST[:1], "include_details": True, "custom_attr_columns": self._attributes}
        found: list[Row] = self._ask("/agents/spans/query", **asked, **page)["spans"]
        return found

    def _custom_attributes(self) -> Iterator[dict[str, str]]:
        """Every custom attribute there is: spans are shown with those that are named."""
        offset, more = 0, True
        while more:
            told = self._ask("/agents/spans/custom-attrs/schema", limit=_MOST_ROWS, offset=offset)
            yield from ({"source": item["source"], "key": item["key"]} for item in told["attributes"])
            offset += len(told["attributes"])
            more = bool(told.get("has_more") and told["attributes"])

    def _calls(self, cursor: Any) -> Iterator[Chunk]:
        since: str | None = cursor["since"] if cursor else None
        known: dict[str, str] = dict(cursor["known"]) if cursor else {}
        offset = 0
        while True:
            size = self._size
            asked = {"sort_by": _OLDEST_FIRST, "limit": size, "offset": offset, "query": _started_since(since)}
            rows, weight = self._client.lines("/calls/stream_query", project_id=self.project, **asked)
            fresh = [call_row(row) for row in rows if row["id"] not in known]
            known |= {row["id"]: row["started_at"] for row in fresh}
            if fresh and fresh[-1]["started_at"] != since:
                last = datetime.fromisoformat(fresh[-1]["started_at"])
                since, offset, begin = iso(last), 0, iso(last - _AGAIN)
                known = {call_id: at for call_id, at in known.items() if at >= begin}
            else:
                # Only the offset leads out of a moment in which a page of calls started.
                offset += len(rows)
            if fresh:
                yield Chunk({"calls": fresh}, {"since": since, "known": known})
            if len(rows) < size:
                return
            self._fit(len(rows), weight)

    def _fit(self, rows: int, weight: int) -> None:
        wanted = rows * _BYTES_WANTED // max(weight, 1)
        self._size = max(10, min(wanted, 2 * self._size, _MOST_ROWS))

    def _pages(
        self, table: str, ask: Callable[..., list[Row]], row_of: Callable[[Row], Row], cursor: Any
    ) -> Iterator[Chunk]:
        offset = cursor or 0
        while True:
            try:
                rows = ask(limit=_MOST_ROWS, offset=offset)
            except NotFound as error:
                self.left_out.append(f"{table}: {error.reason}")
                return
            offset += len(rows)
            if rows:
                yield Chunk({table: [row_of(row) for row in rows]}, offset)
            if len(rows) < _MOST_ROWS:
                return

    def _tables(self, cursor: Any) -> Iterator[Chunk]:
        mentions = self._mentioned()
        done: dict[str, None] = dict.fromkeys(cursor or ())
        while waiting := [digest for digest in mentions.tables if digest not in done]:
            for digest in waiting:
                row_digests: list[str] = []
                for rows in self._rows_of_table(digest):
                    mentions.look_at(rows)
                    row_digests += [row["digest"] for row in rows]
                    yield Chunk({"table_rows": rows}, list(done))
                done[digest] = None
                tables = [{"digest": digest, "row_digests": row_digests}] if row_digests else []
                yield Chunk({"tables": tables}, list(done))

    def _rows_of_table(self, digest: str) -> Iterator[list[Row]]:
        offset, size = 0, self._size
        while True:
            asked = {"digest": digest, "limit": size, "offset": offset}
            try:
                rows, weight = self._client.lines("/table/query_stream", project_id=self.project, **asked)
            except NotFound:
                return
            if rows:
                yield [{"digest": row["digest"], "val": jsontext.dumps_finite(row["val"])} for row in rows]
            offset += len(rows)
            if len(rows) < size:
                return
            self._fit(len(rows), weight)
            size = self._size

    def _mentioned(self) -> Mentions:
        if self._mentions is None:
            self._mentions = Mentions(self.project)
            self._mentions.look_through(self._folder, [lines.name for lines in self.lines()])
        return self._mentions


def _started_since(since: str | None) -> Any:
    if since is None:
        return None
    seconds = math.floor(datetime.fromisoformat(since).timestamp() * 1000) / 1000
    return {"$expr": {"$gte": [{"$getField": "started_at"}, {"$literal": seconds}]}}
