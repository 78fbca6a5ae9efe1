"""Digests depend on the content alone: not on the order of keys, not on the way through JSON text or the stores."""

from __future__ import annotations

import base64
import hashlib
import json
import string
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from weft.core import jsontext
from weft.core.digest import bytes_digest, canonical_json, object_digest, table_digest

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=25,
)


def _reordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _reordered(value[key]) for key in reversed(list(value))}
    return [_reordered(item) for item in value] if isinstance(value, list) else value


@given(values)
def test_the_digest_is_that_of_the_contract(value: Any) -> None:
    text = json.dumps(value, sort_keys=True)
    expected = base64.b64encode(hashlib.sha256(text.encode()).digest(), altchars=b"XY").decode().rstrip("=")
    assert object_digest(value) == expected
    assert canonical_json(value) == text


@given(values)
def test_the_order_of_keys_does_not_matter(value: Any) -> None:
    assert object_digest(_reordered(value)) == object_digest(value)


@given(values)
def test_a_value_keeps_its_digest_on_its_way_through_the_stores(value: Any) -> None:
    sent = jsontext.loads(json.dumps(value))
    assert object_digest(sent) == object_digest(value)
    assert object_digest(jsontext.loads(canonical_json(sent))) == object_digest(value)
    assert object_digest(jsontext.loads(jsontext.dumps_finite(sent))) == object_digest(value)


@given(st.dictionaries(st.integers() | st.booleans() | st.none() | st.text(), st.integers()))
def test_keys_of_other_types_become_texts_before_they_are_sorted(value: dict[Any, int]) -> None:
    assert canonical_json(value) == json.dumps(json.loads(json.dumps(value)), sort_keys=True)


@given(st.binary())
def test_file_digests_are_43_letters_and_digits(content: bytes) -> None:
    digest = bytes_digest(content)
    assert len(digest) == 43
    assert set(digest) <= set(string.ascii_letters + string.digits)


@given(st.lists(values, max_size=5))
def test_a_table_digest_is_64_hex_digits_over_its_rows(rows: list[Any]) -> None:
    digests = [object_digest(row) for row in rows]
    assert table_digest(digests) == hashlib.sha256("".join(digests).encode()).hexdigest()
