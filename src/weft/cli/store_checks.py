"""What `weft doctor` says about each store: whether it answers, and whether it is at this version. Makes nothing."""

from __future__ import annotations

import os
import shutil
from urllib.parse import urlsplit

import httpx

from weft.core.errors import Unavailable
from weft.services import build_services, is_in_use
from weft.settings import Settings
from weft.storage.blobs import FileStore
from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.keys import KeyStore
from weft.storage.events.engine import EventsEngine
from weft.storage.events.migrations import missing_migrations, require_one_shard

_LOW_BYTES = 1024**3


def examine_folder(settings: Settings) -> str:
    """A sentence about the data folder. Raises Unavailable when it cannot be used."""
    folder = settings.data
    if not folder.exists():
        return f"{folder} does not exist yet; `weft serve` makes it."
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise Unavailable(f"{folder} cannot be written by this user.")
    free = shutil.disk_usage(folder).free
    if free < _LOW_BYTES:
        raise Unavailable(f"Only {free // 1024**2} MiB are free where {folder} is.")
    return f"{folder}, {free // 1024**3} GiB free."


def examine_entities(settings: Settings) -> str:
    """A sentence about the entity store. Raises Unavailable when it does not answer or has another schema."""
    if not _made(settings):
        return "Not made yet; `weft serve` makes it."
    database = EntitiesDatabase(settings.resolved_entities_url)
    try:
        current, newest = database.revisions()
    finally:
        database.close()
    if current != newest:
        raise Unavailable(f"The schema is at revision {current or 'none'} instead of {newest}: run `weft migrate`.")
    return f"Answers, at revision {current}."


def examine_keys(settings: Settings) -> str:
    """A sentence about API keys. Raises Unavailable when there is none to administer with."""
    if settings.resolved_auth == "off":
        return "Not asked for (WEFT_AUTH=off): everyone who reaches the server is the user `local`."
    if not _made(settings):
        return "None yet; the first start of `weft serve` makes one."
    database = EntitiesDatabase(settings.resolved_entities_url)
    try:
        if database.revisions()[0] is None:
            return "None yet; the first start of `weft serve` makes one."
        records = KeyStore(database).list_keys()
    finally:
        database.close()
    if not any(record.administers_everything() for record in records):
        raise Unavailable("No key administers everything: make one with `weft keys create --role admin`.")
    return f"{len(records)} valid."


def examine_events(settings: Settings) -> str:
    """A sentence about the event store. Raises Unavailable when it does not answer or has another schema."""
    if not settings.embedded:
        return _served_events(settings)
    if not settings.data.exists():
        return "Not made yet; `weft serve` makes them."
    if is_in_use(settings):
        return _ask_server(settings)
    services = build_services(settings)
    try:
        problems = [f"{name}: {problem}" for name, problem in services.check_stores().items() if problem]
    finally:
        services.close()
    if problems:
        raise Unavailable("; ".join(problems))
    return "Answers."


def examine_blobs(settings: Settings) -> str:
    """A sentence about the blob store, into which a few bytes are written for a moment. Raises Unavailable."""
    url = settings.resolved_blobs_url
    parts = urlsplit(url)
    if parts.scheme == "file" and not os.path.exists(parts.path):
        return "Not made yet; `weft serve` makes it."
    FileStore(url).probe()
    return f"Can be written, read and deleted in, at {parts.scheme}://{parts.netloc}{parts.path}."


def _served_events(settings: Settings) -> str:
    engine = EventsEngine(settings.resolved_events_url, settings.events_cluster, pool_size=1)
    try:
        if engine.cluster is not None:
            require_one_shard(engine, engine.cluster)
        missing = missing_migrations(engine)
        version = engine.version()
    finally:
        engine.close()
    if missing:
        raise Unavailable(f"The schema lacks {', '.join(missing)}: run `weft migrate`.")
    return f"Answers, ClickHouse {version}, with every migration."


def _ask_server(settings: Settings) -> str:
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    url = f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"
    try:
        answer = httpx.get(f"{url}/ready", timeout=10)
        broken = answer.json()["unavailable"]
    except (httpx.HTTPError, ValueError, LookupError, TypeError) as error:
        raise Unavailable(f"A running Weft holds it, but not the one at {url}; give its --host and --port.") from error
    if broken:
        raise Unavailable(f"The server at {url} says that these do not answer: {', '.join(broken)}.")
    return f"Held by the server at {url}, which says that all is well."


def _made(settings: Settings) -> bool:
    return settings.entities_url is not None or (settings.data / "entities.db").exists()
