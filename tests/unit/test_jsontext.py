from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.core import jsontext
from weft.core.errors import TooLarge

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=20,
)


@given(JSON)
def test_round_trip_keeps_the_value(value: object) -> None:
    assert jsontext.loads(jsontext.dumps(value)) == value


@given(JSON)
def test_reads_what_the_standard_library_writes(value: object) -> None:
    assert jsontext.loads(json.dumps(value)) == value


@pytest.mark.parametrize(
    "text", ["123456789012345678901234567890", "-9223372036854775809", '{"a":[18446744073709551616]}']
)
def test_big_integers_stay_integers(text: str) -> None:
    assert jsontext.dumps(jsontext.loads(text)) == text


def test_lone_surrogates_survive_as_escapes() -> None:
    value = jsontext.loads(r'{"a":"\ud800"}')
    assert jsontext.dumps(value) == r'{"a":"\ud800"}'


def test_non_finite_numbers_are_stored_by_name() -> None:
    value = jsontext.loads("[NaN, Infinity, -Infinity, null, 1.5]")
    assert math.isnan(value[0])
    assert jsontext.dumps_finite(value) == '["NaN","Infinity","-Infinity",null,1.5]'


def test_nesting_that_would_exhaust_the_stack_is_refused() -> None:
    with pytest.raises(TooLarge):
        jsontext.loads("[" * 200_000)
