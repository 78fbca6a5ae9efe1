"""Long parameters are written into the statement, and mean there what they meant before."""

from __future__ import annotations

from weft.storage.events.long_values import with_long_values

SQL = "SELECT {a:String}, {b:Array(String)}, {c:Int64}"


def test_short_parameters_stay_parameters() -> None:
    params = {"a": "x", "b": ["1", "2"], "c": 7}
    assert with_long_values(SQL, params) == (SQL, params)


def test_the_longest_are_written_until_the_rest_is_short() -> None:
    ids = ["it's", "back\\slash", "nul\0", *map(str, range(2000))]
    sql, left = with_long_values(SQL, {"a": "x", "b": ids, "c": 7})
    assert left == {"a": "x", "c": 7}
    assert sql.startswith(r"SELECT {a:String}, CAST(['it\'s','back\\slash','nul\0','0',")
    assert sql.endswith("'1999'], 'Array(String)'), {c:Int64}")


def test_what_looks_like_a_parameter_within_a_value_is_none() -> None:
    odd = "{b:Array(String)} {c:Int64}"
    sql, left = with_long_values(SQL, {"a": odd * 500, "b": [odd] * 500, "c": 7})
    assert left == {"c": 7}
    assert sql.count(odd) == 1000
    assert sql.endswith("{c:Int64}")
