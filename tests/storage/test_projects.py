"""Projects are created once, and their internal id is known before."""

from __future__ import annotations

import base64
import re
import threading

from weft.core.identity import Project
from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.projects import ProjectStore


def test_ensure_gives_the_promised_id(database: EntitiesDatabase) -> None:
    store = ProjectStore(database)
    promised = store.future_id("team", "größe mit 空格")
    assert store.find("team", "größe mit 空格") is None
    assert store.ensure("team", "größe mit 空格").id == promised
    assert ProjectStore(database).by_id(promised) == Project(promised, "team", "größe mit 空格")


def test_the_id_is_a_path_segment_that_decodes_to_digits(database: EntitiesDatabase) -> None:
    store = ProjectStore(database)
    for number in range(500):
        internal = store.future_id("e", str(number))
        assert "/" not in internal
        assert re.fullmatch(rb"ProjectInternalId:\d+", base64.b64decode(internal, validate=True))


def test_a_project_made_by_another_process_is_found(database: EntitiesDatabase) -> None:
    here, there = ProjectStore(database), ProjectStore(database)
    assert here.find("e", "p") is None
    made = there.ensure("e", "p")
    assert here.find("e", "p") == made == here.ensure("e", "p")


def test_concurrent_first_writes_agree_on_one_project(database: EntitiesDatabase) -> None:
    stores = [ProjectStore(database) for _ in range(8)]
    barrier = threading.Barrier(len(stores))
    results: list[Project] = []

    def create(store: ProjectStore) -> None:
        barrier.wait()
        results.append(store.ensure("e", "p"))

    threads = [threading.Thread(target=create, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == len(stores)
    assert len(set(results)) == 1
    assert len(stores[0].list_projects()) == 1


def test_list_is_sorted_by_name(database: EntitiesDatabase) -> None:
    store = ProjectStore(database)
    for entity, name in (("b", "a"), ("a", "z"), ("a", "b")):
        store.ensure(entity, name)
    assert [project.external for project in store.list_projects()] == ["a/b", "a/z", "b/a"]
