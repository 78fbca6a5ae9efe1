"""Builds everything that is held open, once, from the settings; everybody else is handed what they need."""

from __future__ import annotations

import fcntl
from dataclasses import dataclass
from io import TextIOWrapper
from urllib.parse import unquote, urlsplit

from weft import __version__
from weft.core.errors import Unavailable, WeftError
from weft.core.metrics import Metrics
from weft.core.tracing import Tracing, open_tracing
from weft.domain.known_providers import ProviderAccess
from weft.llm import ChatClient
from weft.settings import Settings
from weft.storage.blobs import FileStore
from weft.storage.entities.backlog import BacklogReader
from weft.storage.entities.call_locks import CallLocks
from weft.storage.entities.database import EntitiesDatabase, take_turns
from weft.storage.entities.dataset_sources import DatasetSourceStore
from weft.storage.entities.ended_calls import EndedCallStore
from weft.storage.entities.keys import KeyStore
from weft.storage.entities.ledger import LedgerStore
from weft.storage.entities.ledger_publishing import TaskPublishing
from weft.storage.entities.metric_directions import MetricDirectionStore
from weft.storage.entities.monitor_backfills import MonitorBackfillStore
from weft.storage.entities.objects import ObjectStore
from weft.storage.entities.prices import PriceStore
from weft.storage.entities.project_settings import ProjectSettings, ProjectSettingsStore
from weft.storage.entities.projects import ProjectStore
from weft.storage.entities.queue_items import QueueItemStore
from weft.storage.entities.queue_progress import QueueProgressStore
from weft.storage.entities.queues import QueueStore
from weft.storage.entities.scoring_progress import ScoringProgressReader
from weft.storage.entities.sealing import Sealer
from weft.storage.entities.secrets import SecretStore
from weft.storage.events.call_queries import CallQueries
from weft.storage.events.calls import CallStore
from weft.storage.events.engine import EventsEngine
from weft.storage.events.feedback import FeedbackStore
from weft.storage.events.migrations import migrate
from weft.storage.events.retention import RetentionStore
from weft.storage.events.sampled import SampledTraces
from weft.storage.events.spans import SpanStore
from weft.storage.events.tables import TableStore
from weft.storage.readings import backlog_readings, parts_readings, store_readings
from weft.storage.stores import Stores

_SOURCES = ("backlog", "events", "stores")


@dataclass(slots=True)
class Services:
    """What a running Weft holds open."""

    settings: Settings
    database: EntitiesDatabase
    engine: EventsEngine
    stores: Stores
    llm: ChatClient
    providers: ProviderAccess
    metrics: Metrics
    tracing: Tracing
    lock: TextIOWrapper | None = None

    def check_stores(self) -> dict[str, str]:
        """Why each store does not answer, in a sentence; empty for one that does."""
        problems = {}
        for name, ping in (("entities", self.database.ping), ("events", self.engine.ping)):
            try:
                ping()
                problems[name] = ""
            except WeftError as error:
                problems[name] = error.reason
        return problems

    def close(self) -> None:
        """Finish what was accepted, then release files and connections."""
        for source in _SOURCES:
            self.metrics.scraped.remove(source)
        for store in (self.stores.calls, self.stores.feedback, self.stores.tables, self.stores.spans):
            store.close()
        self.stores.ended_calls.close()
        self.llm.close()
        self.tracing.close()
        self.engine.close()
        self.database.close()
        if self.lock is not None:
            self.lock.close()


def build_services(settings: Settings) -> Services:
    """Open and migrate every store. Raises Unavailable when the data folder is already in use."""
    tracing = tracing_of(settings)
    lock = _lock_data(settings)
    database = EntitiesDatabase(settings.resolved_entities_url)
    database.migrate()
    engine = open_events(settings, database)
    metrics = Metrics(__version__)
    ledger = LedgerStore(database)
    publishes = settings.kafka_brokers is not None
    stores = Stores(
        # Whoever has an embedded engine is its only writer.
        calls=CallStore(engine, metrics=metrics, turns=None if engine.embedded else CallLocks(database).hold),
        call_queries=CallQueries(engine),
        sampled=SampledTraces(engine),
        retention=RetentionStore(engine, lambda: database.alone("retention")),
        feedback=FeedbackStore(engine, metrics=metrics),
        tables=TableStore(engine, metrics=metrics),
        spans=SpanStore(engine, metrics=metrics),
        objects=ObjectStore(database),
        projects=ProjectStore(database),
        project_settings=ProjectSettingsStore(database, _defaults(settings)),
        keys=KeyStore(database),
        files=FileStore(settings.resolved_blobs_url, metrics),
        ledger=ledger,
        publishing=TaskPublishing(database, ledger.news),
        ended_calls=EndedCallStore(database, publishes and settings.kafka_all_ended_calls, ledger.news, metrics),
        monitor_backfills=MonitorBackfillStore(database),
        queues=QueueStore(database),
        secrets=SecretStore(database, sealer_of(settings)),
        queue_items=QueueItemStore(database),
        queue_progress=QueueProgressStore(database),
        dataset_sources=DatasetSourceStore(database),
        prices=PriceStore(database),
        metric_directions=MetricDirectionStore(database),
        scoring_progress=ScoringProgressReader(database),
    )
    llm = ChatClient(settings.llm_timeout_seconds, settings.threads, settings.llm_proxy)
    services = Services(settings, database, engine, stores, llm, provider_access(settings), metrics, tracing, lock)
    _be_watched(services)
    return services


def _be_watched(services: Services) -> None:
    backlog = BacklogReader(services.database)
    publishes = services.settings.kafka_brokers is not None
    asks = (
        lambda: backlog_readings(backlog, publishes),
        lambda: parts_readings(services.engine),
        lambda: store_readings(services.check_stores()),
    )
    for name, ask in zip(_SOURCES, asks, strict=True):
        services.metrics.scraped.add(name, ask)


def open_events(settings: Settings, database: EntitiesDatabase) -> EventsEngine:
    """The event store, migrated; of several processes that start at once one does it."""
    engine = EventsEngine(settings.resolved_events_url, settings.events_cluster)
    try:
        if engine.embedded:
            migrate(engine)
        else:
            with database.write() as connection:
                take_turns(connection, "migrations of the event store")
                migrate(engine, engine.cluster)
    except WeftError:
        engine.close()
        raise
    return engine


def _defaults(settings: Settings) -> ProjectSettings:
    return ProjectSettings(sample_rate=settings.ingest_sample_rate, sample_dry_run=settings.ingest_sample_dry_run)


def provider_access(settings: Settings) -> ProviderAccess:
    """What the operator has set up for LLMs."""
    key = settings.llm_api_key
    return ProviderAccess(
        gateway_url=settings.llm_base_url or "",
        gateway_key=key.get_secret_value() if key else "",
        base_urls=settings.llm_base_urls,
        allowed_hosts=tuple(settings.llm_allowed_hosts),
        operator_keys={name: value.get_secret_value() for name, value in settings.llm_provider_keys.items()},
    )


def tracing_of(settings: Settings) -> Tracing:
    """Where traces of Weft itself go. Raises InvalidRequest when something for that is not installed."""
    given = settings.otel_exporter_headers
    pairs = [pair.partition("=") for pair in given.get_secret_value().split(",")] if given else []
    headers = {name.strip(): unquote(value.strip()) for name, _, value in pairs if name.strip()}
    endpoint, share = settings.otel_exporter_endpoint, settings.otel_sample_rate
    return open_tracing(endpoint, headers, settings.otel_service_name, __version__, share)


def sealer_of(settings: Settings) -> Sealer:
    """What seals the secrets of projects. Its own key file will do only where one server has the store for itself."""
    given = settings.secrets_key
    own = settings.resolved_entities_url.startswith("sqlite:")
    return Sealer(given.get_secret_value() if given else None, settings.data / "secrets.key" if own else None)


def is_in_use(settings: Settings) -> bool:
    """Whether another process holds the embedded data folder."""
    try:
        lock = _lock_data(settings)
    except Unavailable:
        return True
    if lock is not None:
        lock.close()
    return False


def _lock_data(settings: Settings) -> TextIOWrapper | None:
    """Take an embedded data folder for this process; the engine itself would fail later and less clearly."""
    if urlsplit(settings.resolved_events_url).scheme != "chdb":
        return None
    settings.data.mkdir(parents=True, exist_ok=True)
    lock = (settings.data / "weft.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise Unavailable(f"The data in {settings.data} is in use by another Weft process") from error
    return lock
