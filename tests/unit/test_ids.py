from __future__ import annotations

import uuid

import pytest

from weft.core.errors import InvalidRequest
from weft.core.ids import check_call_id, check_trace_id, new_id, stable_id


def test_new_ids_are_uuid7_and_ordered_by_millisecond() -> None:
    made = [uuid.UUID(new_id()) for _ in range(100)]
    assert {(value.version, value.variant) for value in made} == {(7, uuid.RFC_4122)}
    assert [value.int >> 80 for value in made] == sorted(value.int >> 80 for value in made)
    assert len(set(made)) == 100


def test_stable_ids_depend_on_every_part_and_its_place() -> None:
    assert stable_id("a", "bc") == stable_id("a", "bc")
    assert len({stable_id("a", "bc"), stable_id("ab", "c"), stable_id("bc", "a"), stable_id("a", "bc", "")}) == 4


@pytest.mark.parametrize("value", ["0123456789abcdef", "01890a5d-ac96-774b-bcce-b302099a8057"])
def test_call_ids_that_may_be(value: str) -> None:
    assert check_call_id(value) == value


@pytest.mark.parametrize("value", ["", "x", "0123456789ABCDEF", "01890A5D-AC96-774B-BCCE-B302099A8057", "a" * 32])
def test_call_ids_that_may_not_be(value: str) -> None:
    with pytest.raises(InvalidRequest):
        check_call_id(value)


def test_trace_ids_have_32_characters() -> None:
    assert check_trace_id("a" * 32)
    with pytest.raises(InvalidRequest):
        check_trace_id("a" * 16)
