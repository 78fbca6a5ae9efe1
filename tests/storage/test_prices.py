"""Prices of a project in the entity store, and choosing them by queries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from weft.core.errors import InvalidField, InvalidRequest
from weft.core.ids import new_id
from weft.services import Services
from weft.storage.entities.prices import StoredPrice
from weft.storage.events.engine import EventsEngine
from weft.storage.events.price_queries import FIELDS, matching_prices

START = datetime(2024, 1, 1, tzinfo=UTC)


def price(number: int = 0, project: str = "p") -> StoredPrice:
    when = START + timedelta(days=number)
    return StoredPrice(new_id(), project, f"m{number}", "x", when, 1e-7, 0.1 + 0.2, 0, -1.5, "USD", "EUR", "me", when)


def test_prices_come_back_as_they_were_stored_with_all_their_digits(services: Services) -> None:
    rows = [price(number) for number in range(3)]
    services.stores.prices.add(rows[::-1])
    assert services.stores.prices.of_project("p") == rows
    assert services.stores.prices.of_project("q") == []


def test_only_prices_of_the_project_are_removed_however_many_ids_are_given(services: Services) -> None:
    mine, other = price(), price(project="q")
    services.stores.prices.add([mine, other])
    services.stores.prices.remove("p", [*map(str, range(2500)), other.id, mine.id])
    assert services.stores.prices.of_project("p") == []
    assert services.stores.prices.of_project("q") == [other]


def test_adding_and_removing_nothing_is_no_error(services: Services) -> None:
    services.stores.prices.add([])
    services.stores.prices.remove("p", [])


def test_more_prices_than_go_into_one_statement_are_searched(events_engine: EventsEngine) -> None:
    rows = [price(number) for number in range(1203)]
    last = {"$expr": {"$gte": [{"$getField": "effective_date"}, {"$literal": rows[1200].effective_date.isoformat()}]}}
    assert matching_prices(events_engine, rows, "e/p", last) == rows[1200:]


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_every_field_can_be_compared_with_itself_and_never_reads_null(events_engine: EventsEngine, name: str) -> None:
    field = {"$getField": name}
    rows = [price()]
    assert matching_prices(events_engine, rows, "e/p", {"$expr": {"$eq": [field, field]}}) == rows
    assert matching_prices(events_engine, rows, "e/p", {"$expr": {"$eq": [field, {"$literal": None}]}}) == []


def test_mistakes_are_found_without_any_price(events_engine: EventsEngine) -> None:
    with pytest.raises(InvalidField):
        matching_prices(events_engine, [], "e/p", {"$expr": {"$eq": [{"$getField": "x"}, {"$literal": 1}]}})
    with pytest.raises(InvalidRequest):
        matching_prices(events_engine, [], "e/p", {"$expr": {"$eq": [{"$getField": "id"}, {"$literal": 1}]}})


def test_numbers_convert_and_texts_with_any_character_match(events_engine: EventsEngine) -> None:
    odd = StoredPrice(new_id(), "p", 'a"\\\n\0\u2028é', "x", START, 2.5, 1, 0, 0, "USD", "USD", "me", START)
    whole = {"$convert": {"input": {"$getField": "prompt_token_cost"}, "to": "int"}}
    model = {"$eq": [{"$getField": "llm_id"}, {"$literal": odd.llm_id}]}
    query = {"$expr": {"$and": [{"$eq": [whole, {"$literal": 2}]}, model]}}
    assert matching_prices(events_engine, [price(), odd], "e/p", query) == [odd]
