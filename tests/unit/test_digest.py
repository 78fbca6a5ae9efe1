from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.core.digest import bytes_digest, canonical_json, object_digest, table_digest

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=20,
)


# Published vectors of the protocol (contract: calls-objects-refs.md, part 4).
@pytest.mark.parametrize(
    ("value", "digest"),
    [
        ({"b": 1, "a": 2}, "IVAduvcYUiOTTSIoPwHKY0EyvB3kqVUMHtDfYrOXoyM"),
        ({}, "RBNvo1WzZ4oRRq0W9XhknpT7T8If536DEMBg9hyqY4o"),
        ([], "T1PNoYwrqgwDVLtfmj7L5e0Sq02OEbqHPC8RFhICuUU"),
        (None, "dCNOmKYnSYX12vHzasLXiswzlGT5UHA7jAGYkvmCuQs"),
        ("x", "ui30kDosFOhtw7zKWJEbRKwdJRS3Inv26wjPuXj1Whs"),
        (1.0, "0P9ZdLaqUs9WKXpZIYQMAyqGCpGjUS9Y6Pdo9rvgBfY"),
        ({"é": "日本"}, "1qB2g0nDA2aztNEZRuhKhCmFnpgfBYJ8t1lSmYBgoYI"),
    ],
)
def test_object_digest_is_the_protocols(value: object, digest: str) -> None:
    assert object_digest(value) == digest


def test_table_and_file_digests_are_the_protocols() -> None:
    rows = [object_digest({"a": 1}), object_digest({"a": 2})]
    assert rows == ["XdhgKMbg1k4iUYb5astpM4ssWXZN95FiEH9cS7NNExA", "5anVsDAOD1DTcuWp3fokIIqsmpQM6aNvJHOHIhriBf4"]
    assert table_digest(rows) == "1c95cdc46a75d6e7e971986a80adfcd676dd22f2222a3405c7743f3db8df6785"
    assert table_digest([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert bytes_digest(b"hello") == "LPJNulXwow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ"
    assert bytes_digest(b"") == "47DEQpj8HBSaXYTImWX5JCeuQeRkm5NMpJWZG3hSuFU"


def test_numbers_keep_their_kind() -> None:
    assert object_digest(1) != object_digest(1.0)


def test_keys_that_are_no_strings_are_sorted_as_strings() -> None:
    assert canonical_json({10: "a", 9: "b"}) == '{"10": "a", "9": "b"}'


@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_key_order_does_not_matter(value: dict[str, object]) -> None:
    assert object_digest(value) == object_digest(dict(reversed(value.items())))


@given(JSON)
def test_digest_has_the_shape_of_one(value: object) -> None:
    digest = object_digest(value)
    assert len(digest) == 43
    assert digest.isalnum()
