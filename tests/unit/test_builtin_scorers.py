"""The verdicts of the SDK's declarative scorers, and no XML that could eat the machine."""

from __future__ import annotations

from typing import Any

import pytest

from weft.scoring.retry import CannotWork
from weft.scoring.scorers.builtin import is_valid_json, is_valid_xml


@pytest.mark.parametrize(
    ("output", "valid"),
    [('{"a": 1}', True), ("1", True), ("NaN", True), ("", False), ("{'a': 1}", False), ("{}x", False)],
)
def test_json(output: str, valid: bool) -> None:
    assert is_valid_json(output) == {"json_valid": valid}


@pytest.mark.parametrize("output", [{"a": 1}, None, 3, ["x"], "9" * 5000, "[" * 200_000])
def test_what_is_no_text_has_no_json_verdict(output: Any) -> None:
    with pytest.raises(CannotWork):
        is_valid_json(output)


@pytest.mark.parametrize(
    ("output", "valid"),
    [
        ("<a/>", True),
        ('<?xml version="1.0" encoding="utf-8"?><a>ü</a>', True),
        ({"output": "<a><b/></a>"}, True),
        ({"other": "<a/>"}, False),
        ("<a>", False),
        ("", False),
        ("<a>&missing;</a>", False),
        ('<!DOCTYPE a [<!ENTITY e "text">]><a>&e;</a>', True),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', True),
        ("<a>\x00</a>", False),
        ("<a>\ud800</a>", False),
    ],
)
def test_xml(output: Any, valid: bool) -> None:
    assert is_valid_xml(output) == {"xml_valid": valid}


def test_external_entities_are_not_read() -> None:
    assert is_valid_xml('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>') == {"xml_valid": False}


@pytest.mark.parametrize("output", [None, 3, ["<a/>"], {"output": {"x": 1}}])
def test_what_is_no_text_has_no_xml_verdict(output: Any) -> None:
    with pytest.raises(CannotWork):
        is_valid_xml(output)


def test_entities_inside_entities_are_refused_before_they_grow() -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    with pytest.raises(CannotWork):
        is_valid_xml(f'<!DOCTYPE a [<!ENTITY l0 "lol">{laughs}]><a>&l11;</a>')
    with pytest.raises(CannotWork):
        is_valid_xml(f'<!DOCTYPE a [<!ENTITY l "{"x" * 100_000}">]><a>{"&l;" * 1000}</a>')
