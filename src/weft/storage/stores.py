"""All stores in one value, so that a domain function can be given exactly what it works on."""

from __future__ import annotations

from dataclasses import dataclass

from weft.storage.blobs import FileStore
from weft.storage.entities.dataset_sources import DatasetSourceStore
from weft.storage.entities.ended_calls import EndedCallStore
from weft.storage.entities.keys import KeyStore
from weft.storage.entities.ledger import LedgerStore
from weft.storage.entities.ledger_publishing import TaskPublishing
from weft.storage.entities.metric_directions import MetricDirectionStore
from weft.storage.entities.monitor_backfills import MonitorBackfillStore
from weft.storage.entities.objects import ObjectStore
from weft.storage.entities.prices import PriceStore
from weft.storage.entities.project_settings import ProjectSettingsStore
from weft.storage.entities.projects import ProjectStore
from weft.storage.entities.queue_items import QueueItemStore
from weft.storage.entities.queue_progress import QueueProgressStore
from weft.storage.entities.queues import QueueStore
from weft.storage.entities.scoring_progress import ScoringProgressReader
from weft.storage.entities.secrets import SecretStore
from weft.storage.events.call_queries import CallQueries
from weft.storage.events.calls import CallStore
from weft.storage.events.feedback import FeedbackStore
from weft.storage.events.retention import RetentionStore
from weft.storage.events.sampled import SampledTraces
from weft.storage.events.spans import SpanStore
from weft.storage.events.tables import TableStore


@dataclass(frozen=True, slots=True)
class Stores:
    """Where everything is kept. Each table is written by one of these."""

    calls: CallStore
    call_queries: CallQueries
    sampled: SampledTraces
    retention: RetentionStore
    feedback: FeedbackStore
    tables: TableStore
    spans: SpanStore
    objects: ObjectStore
    projects: ProjectStore
    project_settings: ProjectSettingsStore
    keys: KeyStore
    files: FileStore
    ledger: LedgerStore
    publishing: TaskPublishing
    ended_calls: EndedCallStore
    monitor_backfills: MonitorBackfillStore
    queues: QueueStore
    secrets: SecretStore
    queue_items: QueueItemStore
    queue_progress: QueueProgressStore
    dataset_sources: DatasetSourceStore
    prices: PriceStore
    metric_directions: MetricDirectionStore
    scoring_progress: ScoringProgressReader
