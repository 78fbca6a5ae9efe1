"""People empty an annotation queue together, over HTTP and with keys of their own: every item once, nothing back."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from weft.app import create_app
from weft.core.identity import Role
from weft.services import Services
from weft.settings import Settings
from weft.storage.events.engine import EventsEngine

FURTHER = ("unstarted", "in_progress", "skipped", "completed")


class Person:
    """A user with a key, and what he asks of one queue."""

    def __init__(self, client: TestClient, project: str, name: str, role: Role) -> None:
        services: Services = client.app.state.services  # type: ignore[attr-defined]
        self.headers = {"authorization": f"Bearer {services.stores.keys.create_key(name, role, '*')}"}
        self.client = client
        self.project = project
        self.queue = ""

    def post(self, path: str, **body: Any) -> Any:
        return self.client.post(path, json={"project_id": self.project, **body}, headers=self.headers)

    def ok(self, path: str, **body: Any) -> Any:
        response = self.post(path, **body)
        assert response.status_code == 200, response.text
        return response.json()

    def next(self) -> dict[str, Any]:
        given: dict[str, Any] = self.ok(f"/weft/v1/annotation_queues/{self.queue}/next")
        return given

    def progress(self, item_id: str, state: str) -> Any:
        return self.post(f"/annotation_queues/{self.queue}/items/{item_id}/progress", annotation_state=state)

    def items(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ok(f"/annotation_queues/{self.queue}/items/query")["items"]
        return found


class Office:
    """An application that asks for keys, a project in it, and a queue of as many calls as wanted."""

    def __init__(self, client: TestClient, project: str) -> None:
        self.client = client
        self.project = project
        self.lead = Person(client, project, "lead", Role.member)
        self.lead.queue = self.lead.ok("/annotation_queues", name="Reviews", scorer_refs=[])["id"]

    def fill(self, count: int) -> list[str]:
        calls = [self._call(number) for number in range(count)]
        added = self.lead.ok(f"/annotation_queues/{self.lead.queue}/items", call_ids=calls, display_fields=["inputs"])
        assert added == {"added_count": count, "duplicates": 0}
        return calls

    def person(self, name: str, role: Role = Role.annotator) -> Person:
        person = Person(self.client, self.project, name, role)
        person.queue = self.lead.queue
        return person

    def _call(self, number: int) -> str:
        start = {"op_name": "op", "started_at": "2026-01-01T00:00:00Z", "attributes": {}, "inputs": {"n": number}}
        return str(self.lead.ok("/call/start", start={"project_id": self.project, **start})["id"])


@pytest.fixture(scope="module")
def keyed(
    tmp_path_factory: pytest.TempPathFactory, events_engine: EventsEngine, events_url: str
) -> Iterator[TestClient]:
    data: Path = tmp_path_factory.mktemp("office") / "data"
    settings = Settings(data=data, events_url=events_url, auth="keys", scoring_worker=False)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def office(keyed: TestClient, project: str) -> Office:
    return Office(keyed, project)


def _together(work: Any, people: list[Person]) -> None:
    failures: list[BaseException] = []

    def guarded(person: Person) -> None:
        try:
            work(person)
        except BaseException as error:  # noqa: BLE001 - a failure in a thread must fail the test
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_people_who_take_at_once_get_every_item_once(office: Office) -> None:
    calls = office.fill(40)
    people = [office.person(f"ann{number}") for number in range(5)]
    # Two windows of one person take at once too, and are one annotator.
    people.append(office.person("ann0"))
    given: list[tuple[str, str]] = []

    def work(person: Person) -> None:
        finishes = random.Random(len(person.headers["authorization"]))
        while (item := person.next()["item"]) is not None:
            given.append((item["call_id"], item["annotator_user_id"]))
            assert item["annotation_state"] == "in_progress"
            answer = person.progress(item["id"], finishes.choice(["completed", "skipped"]))
            # The other window of the same person may have finished it in another way.
            assert answer.status_code in (200, 400)

    _together(work, people)
    annotators = {call: {who for got, who in given if got == call} for call in calls}
    assert {call for call, _ in given} == set(calls)
    assert {call: who for call, who in annotators.items() if len(who) != 1} == {}
    assert len({who for _, who in given}) <= 5
    items = office.lead.items()
    assert Counter(item["annotation_state"] in ("completed", "skipped") for item in items) == {True: 40}
    assert {item["call_id"]: {item["annotator_user_id"]} for item in items} == annotators
    (stats,) = office.lead.ok("/annotation_queues/stats", queue_ids=[office.lead.queue])["stats"]
    assert (stats["total_items"], stats["completed_items"]) == (40, 40)


def test_no_state_goes_back_while_people_click_at_random(office: Office) -> None:
    office.fill(6)
    people = [office.person(f"bob{number}") for number in range(4)]
    item_ids = [item["id"] for item in office.lead.items()]
    accepted: dict[tuple[int, str], list[str]] = {}

    def click(person: Person) -> None:
        who, chance = people.index(person), random.Random(people.index(person))
        for _ in range(25):
            item_id, state = chance.choice(item_ids), chance.choice(["in_progress", "completed", "skipped"])
            answer = person.progress(item_id, state)
            assert answer.status_code in (200, 400), answer.text
            if answer.status_code == 200:
                assert answer.json()["item"]["annotation_state"] == state
                accepted.setdefault((who, item_id), []).append(state)

    seen: dict[str, int] = dict.fromkeys(item_ids, 0)
    clicking = threading.Thread(target=_together, args=(click, people))
    clicking.start()
    while clicking.is_alive():
        for item in office.lead.items():
            assert FURTHER.index(item["annotation_state"]) >= seen[item["id"]]
            seen[item["id"]] = FURTHER.index(item["annotation_state"])
    clicking.join()
    for states in accepted.values():
        ends = {state for state in states if state in ("completed", "skipped")}
        assert len(ends) <= 1, f"finished in two ways: {states}"
        assert states == sorted(states, key=lambda state: state != "in_progress"), f"went back: {states}"
    for item in office.lead.items():
        furthest = max(
            FURTHER.index(state) for key, states in accepted.items() if key[1] == item["id"] for state in states
        )
        assert FURTHER.index(item["annotation_state"]) == furthest


def test_what_one_person_has_open_is_not_given_to_another(office: Office) -> None:
    office.fill(2)
    ann, bob, cem = (office.person(name) for name in ("ann", "bob", "cem"))
    first, second = ann.next()["item"], bob.next()["item"]
    assert first["id"] != second["id"]
    assert cem.next() == {"item": None, "held_until": None, "unfinished_items": 2}
    assert ann.next()["item"]["id"] == first["id"]
    assert ann.progress(first["id"], "completed").status_code == 200
    assert bob.next()["item"]["id"] == second["id"]
    assert ann.next()["unfinished_items"] == 1
    feedback = {"weave_ref": f"weave:///{office.project}/call/{first['call_id']}", "feedback_type": "wandb.note.1"}
    ann.ok("/feedback/create", **feedback, payload={"note": "seen"}, queue_id=office.lead.queue)


def test_roles_say_who_may_fill_and_who_may_work(office: Office) -> None:
    (call,) = office.fill(1)
    viewer, annotator = office.person("viewer", Role.viewer), office.person("annotator")
    (item,) = viewer.items()
    for person, allowed in ((viewer, 403), (annotator, 200)):
        assert person.post(f"/weft/v1/annotation_queues/{person.queue}/next").status_code == allowed
        assert person.progress(item["id"], "completed").status_code == allowed
    for person in (viewer, annotator):
        path = f"/annotation_queues/{person.queue}/items"
        assert person.post(path, call_ids=[call], display_fields=[]).status_code == 403
        source = {"source_kind": "call", "source_id": call, "source_trace_id": ""}
        links = [{"row_digest": "r", "sources": [source]}]
        body = {"dataset_object_id": "ds", "dataset_digest": "d", "links": links}
        assert person.post("/dataset_sources/link", **body).status_code == 403
        assert person.post("/dataset_sources/link_delete", link_ids=[]).status_code == 403
        assert person.post("/dataset_sources/query", dataset_object_id="ds").status_code == 200
        assert person.post("/dataset_sources/source_datasets_query", sources=[source]).status_code == 200


def test_what_one_person_takes_back_is_given_to_nobody_else(office: Office) -> None:
    calls = office.fill(2)
    ann, bob = office.person("ann"), office.person("bob")
    back = f"/weft/v1/annotation_queues/{ann.queue}/back"
    own = ann.next()["item"]
    ann.progress(own["id"], "skipped")
    other = bob.next()["item"]
    assert bob.ok(back)["item"] is None
    assert ann.ok(back)["item"]["call_id"] == calls[0]
    bob.progress(other["id"], "completed")
    assert bob.next() == {"item": None, "held_until": None, "unfinished_items": 1}
    # What somebody else says of an item stays when one takes one's own word back.
    bob.progress(own["id"], "completed")
    ann.progress(own["id"], "completed")
    again = ann.ok(back)
    assert (again["item"]["annotation_state"], again["unfinished_items"]) == ("in_progress", 0)
    assert [item["annotation_state"] for item in ann.items()] == ["completed", "completed"]
    assert ann.next()["item"] is None
