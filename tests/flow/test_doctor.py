"""`weft doctor` on stores that are served: all is well, or one sentence that says what to do."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pydantic import SecretStr

from tests.services.clickhouse_front import ClickHouseFront
from tests.services.postgres import Postgres
from tests.services.processes import free_port
from tests.services.s3 import S3
from weft.cli.broker_check import examine_brokers
from weft.cli.store_checks import examine_blobs, examine_entities, examine_events, examine_keys
from weft.core.errors import WeftError
from weft.settings import Settings
from weft.storage.entities.database import EntitiesDatabase
from weft.storage.events.engine import EventsEngine

Check = Callable[[Settings], str]


def _settings(**given: str) -> Settings:
    return Settings(**given, auth="keys", secrets_key=SecretStr("k" * 32))  # type: ignore[arg-type]


def _refusal(check: Check, **given: str) -> str:
    with pytest.raises(WeftError) as refused:
        check(_settings(**given))
    assert "\n" not in refused.value.reason
    return refused.value.reason


def test_entities_that_cannot_be_reached_are_explained(postgres: Postgres) -> None:
    url = postgres.url
    assert "the user 'weft' or its password is wrong" in _refusal(examine_entities, entities_url=url.replace("%3A", ""))
    assert "no database 'nosuch'" in _refusal(examine_entities, entities_url=postgres.url_of("nosuch"))
    port = free_port()
    assert f"nothing listens at 127.0.0.1:{port}" in _refusal(
        examine_entities, entities_url=url.replace(str(postgres.port), str(port))
    )
    assert "the host 'nowhere.invalid' is unknown" in _refusal(
        examine_entities, entities_url="postgresql://user:secret@nowhere.invalid/weft"
    )


def test_entities_are_looked_at_and_not_migrated(postgres_url: str) -> None:
    assert "run `weft migrate`" in _refusal(examine_entities, entities_url=postgres_url)
    assert "None yet" in examine_keys(_settings(entities_url=postgres_url))
    database = EntitiesDatabase(postgres_url)
    assert database.revisions()[0] is None
    database.migrate()
    database.close()
    assert "Answers" in examine_entities(_settings(entities_url=postgres_url))
    assert "weft keys create" in _refusal(examine_keys, entities_url=postgres_url)


def test_events_that_cannot_be_reached_are_explained(clickhouse: ClickHouseFront) -> None:
    wrong = clickhouse.url.replace("%2540", "other")
    assert "the user or the password is wrong" in _refusal(examine_events, events_url=wrong)
    assert "database of the URL does not exist" in _refusal(examine_events, events_url=clickhouse.url_of("nosuch"))
    port = free_port()
    assert f"nothing listens at 127.0.0.1:{port}" in _refusal(
        examine_events, events_url=clickhouse.url.replace(str(clickhouse.port), str(port))
    )
    assert "the host 'nowhere.invalid' is unknown" in _refusal(
        examine_events, events_url="clickhouse://user:secret@nowhere.invalid/weft"
    )


def test_events_are_looked_at_and_not_migrated(clickhouse: ClickHouseFront, clickhouse_engine: EventsEngine) -> None:
    assert "with every migration" in examine_events(_settings(events_url=clickhouse.url))
    clickhouse_engine.command("CREATE DATABASE IF NOT EXISTS doctors")
    url = clickhouse.url_of("doctors")
    assert "run `weft migrate`" in _refusal(examine_events, events_url=url)
    assert clickhouse_engine.query("SELECT count() AS n FROM system.tables WHERE database = 'doctors'") == [{"n": 0}]
    cluster = _refusal(examine_events, events_url=url, events_cluster="nowhere")
    assert "no cluster named 'nowhere'" in cluster


def test_blobs_are_written_read_and_removed(s3: S3) -> None:
    assert "Can be written" in examine_blobs(_settings(blobs_url=s3.url))
    assert "no such bucket" in _refusal(examine_blobs, blobs_url=s3.url.replace(s3.bucket, "nosuch"))
    assert "endpoint does not answer" in _refusal(
        examine_blobs, blobs_url=s3.url.replace(str(s3.port), str(free_port()))
    )
    assert "'nonsense' is not valid" in _refusal(examine_blobs, blobs_url=f"{s3.url}&nonsense=1")


def test_brokers_that_do_not_answer_are_explained() -> None:
    assert "Not used" in examine_brokers(_settings())
    assert "Kafka cannot be reached" in _refusal(examine_brokers, kafka_brokers=f"127.0.0.1:{free_port()}")
