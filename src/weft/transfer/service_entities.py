"""Objects, labels, prices, queues, dataset sources and settings of a project elsewhere, as lines of a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from weft.core.clock import iso, now
from weft.core.errors import NotFound
from weft.transfer.service_client import ServiceClient
from weft.transfer.service_rows import item_row, link_row, moment, price_row, progress_row, queue_row, version_row
from weft.transfer.source import Lines, Row

_AT_ONCE = 200
_BY_AGE = [{"field": "created_at", "direction": "asc"}]
_DATASETS = ("Dataset", None)

Batches = Iterator[list[Row]]


class ServiceEntities:
    """Reads what is listed whole. What the server does not serve is added to `left_out`."""

    def __init__(self, client: ServiceClient, project: str, left_out: list[str]) -> None:
        self._client = client
        self._project = project
        self._left_out = left_out

    def lines(self) -> list[Lines]:
        """The files."""
        reads: dict[str, Callable[[], Batches]] = {
            "object_versions": self._versions,
            "object_latest": self._latest,
            "object_tags": self._tags,
            "object_aliases": self._aliases,
            "prices": self._prices,
            "annotation_queues": self._queues,
            "annotation_queue_items": self._items,
            "annotation_queue_progress": self._progress,
            "dataset_source_links": self._links,
            "project_settings": self._settings,
        }
        return [Lines(name, partial(self._served, name, read)) for name, read in reads.items()]

    def _served(self, name: str, read: Callable[[], Batches]) -> Batches:
        try:
            yield from read()
        except NotFound as error:
            self._left_out.append(f"{name}: {error.reason}")

    def _ask(self, path: str, **body: Any) -> Any:
        return self._client.ask(path, project_id=self._project, **body)

    def _objects(self, **options: Any) -> Batches:
        order = [{"field": "object_id", "direction": "asc"}, *_BY_AGE]
        ask = partial(self._ask, "/objs/query", sort_by=order, **options)
        seen: set[tuple[str, str]] = set()
        for page in _pages(lambda **where: ask(**where)["objs"]):
            fresh = [item for item in page if (item["object_id"], item["digest"]) not in seen]
            seen |= {(item["object_id"], item["digest"]) for item in fresh}
            yield fresh

    def _versions(self) -> Batches:
        for page in self._objects():
            yield [version_row(item) for item in page]

    def _latest(self) -> Batches:
        for page in self._objects(metadata_only=True, filter={"latest_only": True}):
            yield [
                {**_named(item), "kind": item["kind"], "moved_at": moment(item["created_at"])}
                for item in page
                if item.get("is_latest")
            ]

    def _tags(self) -> Batches:
        for page in self._objects(metadata_only=True, include_tags_and_aliases=True):
            yield [{**_named(item), "name": tag} for item in page for tag in item.get("tags") or ()]

    def _aliases(self) -> Batches:
        for page in self._objects(metadata_only=True, include_tags_and_aliases=True):
            named = [(item, alias) for item in page for alias in item.get("aliases") or ()]
            yield [{**_named(item), "name": alias} for item, alias in named if alias != "latest"]

    def _prices(self) -> Batches:
        for page in _pages(lambda **where: self._ask("/cost/query", **where)["results"]):
            yield [price_row(price) for price in page if price.get("id")]

    def _queue_ids(self) -> Iterator[tuple[list[Row], list[str]]]:
        def ask(**page: Any) -> list[Row]:
            return self._client.lines("/annotation_queues/query", project_id=self._project, sort_by=_BY_AGE, **page)[0]

        for page in _pages(ask):
            yield page, [queue["id"] for queue in page]

    def _queues(self) -> Batches:
        for page, _ in self._queue_ids():
            yield [queue_row(queue) for queue in page]

    def _items_of_queues(self) -> Batches:
        for _, queue_ids in self._queue_ids():
            for queue_id in queue_ids:
                ask = partial(self._ask, f"/annotation_queues/{queue_id}/items/query", sort_by=_BY_AGE)
                yield from _pages(lambda ask=ask, **where: ask(**where)["items"])

    def _items(self) -> Batches:
        for page in self._items_of_queues():
            yield [item_row(item) for item in page]

    def _progress(self) -> Batches:
        for page in self._items_of_queues():
            yield [progress_row(item) for item in page if item.get("annotator_user_id")]

    def _links(self) -> Batches:
        only = {"is_op": False, "latest_only": True}
        for page in self._objects(metadata_only=True, filter=only):
            # An object that was published over HTTP need not say what it is.
            for item in (item for item in page if item.get("base_object_class") in _DATASETS):
                ask = partial(self._ask, "/dataset_sources/query", dataset_object_id=item["object_id"])
                for links in _pages(lambda ask=ask, **where: ask(**where)["links"]):
                    yield [link_row(link, item["object_id"]) for link in links]

    def _settings(self) -> Batches:
        days = self._ask("/project/ttl_settings/read").get("retention_days")
        if days is not None:
            yield [{"name": "retention_days", "value": days, "changed_at": iso(now()), "changed_by": ""}]


def _named(item: Row) -> Row:
    return {"object_id": item["object_id"], "digest": item["digest"]}


def _pages(ask: Callable[..., list[Row]]) -> Batches:
    offset = 0
    while True:
        page = ask(limit=_AT_ONCE, offset=offset)
        offset += len(page)
        if page:
            yield page
        if len(page) < _AT_ONCE:
            return
