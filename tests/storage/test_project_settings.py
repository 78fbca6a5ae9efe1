"""The history of project settings: the newest entry of each holds, and a change is seen at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.project_settings import ProjectSettings, ProjectSettingsStore

NOW = datetime(2025, 1, 1, tzinfo=UTC)


def test_defaults_hold_until_a_project_decides(database: EntitiesDatabase) -> None:
    store = ProjectSettingsStore(database, ProjectSettings(sample_rate=0.5))
    assert store.of("p") == ProjectSettings(sample_rate=0.5)
    store.change("p", {"sample_rate": 0.25, "retention_days": 7}, NOW, "ann")
    assert store.of("p") == ProjectSettings(retention_days=7, sample_rate=0.25)
    assert store.of("q") == ProjectSettings(sample_rate=0.5)
    assert store.own("p") == {"sample_rate": 0.25, "retention_days": 7}


def test_newest_value_wins_and_none_gives_a_setting_back(database: EntitiesDatabase) -> None:
    store = ProjectSettingsStore(database)
    for days in (7, 30, None):
        store.change("p", {"retention_days": days}, NOW, "ann")
        assert store.of("p").retention_days == days
    assert store.own("p") == {}
    assert [change.value for change in store.history("p", 10)] == [None, 30, 7]
    assert [change.value for change in store.history("p", 1)] == [None]
    assert store.history("p", 10)[0].changed_by == "ann"


def test_settings_of_a_newer_version_are_left_alone(database: EntitiesDatabase) -> None:
    store = ProjectSettingsStore(database)
    store.change("p", {"from_the_future": [1], "pii_policy": "pii-v1"}, NOW, "ann")
    assert store.of("p") == ProjectSettings(pii_policy="pii-v1")


def test_a_change_is_seen_by_every_thread_at_once(database: EntitiesDatabase) -> None:
    store = ProjectSettingsStore(database)

    def change_and_look(number: int) -> bool:
        project = f"p{number}"
        store.of(project)
        store.change(project, {"retention_days": number}, NOW, "ann")
        return store.of(project).retention_days == number

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(change_and_look, range(1, 60)))


def test_other_settings_are_not_lost_when_two_are_changed_at_once(database: EntitiesDatabase) -> None:
    stores = [ProjectSettingsStore(database) for _ in range(2)]
    changes = [{"retention_days": 3}, {"sample_rate": 0.5}]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda pair: pair[0].change("p", pair[1], NOW, "ann"), zip(stores, changes, strict=True)))
    assert ProjectSettingsStore(database).of("p") == ProjectSettings(retention_days=3, sample_rate=0.5)
