"""Prompts are filled in as `str.format` fills them in, without what else `str.format` can do."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.scoring.retry import CannotWork
from weft.scoring.scorers.formatting import fill, fill_message

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3),
    max_leaves=8,
)


@given(value=JSON, other=JSON)
def test_plain_names_give_what_python_gives(value: Any, other: Any) -> None:
    template = "a {value} {{b}} {other}{value!r} {{}}"
    assert fill(template, {"value": value, "other": other}) == template.format(value=value, other=other)


@given(template=st.text(alphabet="{}abc!: \n", max_size=30))
def test_any_template_gives_python_s_answer_or_is_refused(template: str) -> None:
    try:
        filled = fill(template, {"a": 1, "b": "x"})
    except CannotWork:
        return
    assert filled == template.format(a=1, b="x")


@pytest.mark.parametrize(
    "template",
    ["{output.__class__}", "{output[0]}", "{}", "{0}", "{missing}", '{"a": 1}', "{output", "{output:99999}", "{n:{n}}"],
)
def test_everything_else_is_refused(template: str) -> None:
    with pytest.raises(CannotWork):
        fill(template, {"output": "x", "n": 3})


def test_formats_that_fit_are_kept() -> None:
    assert fill("{n:.2f}|{n:>8}|{t!r:>6}", {"n": 1.5, "t": "x"}) == "1.50|     1.5|   'x'"
    with pytest.raises(CannotWork):
        fill("{d:.2f}", {"d": {}})


def test_messages_are_filled_in_down_to_their_content_parts() -> None:
    message = {
        "role": "user",
        "content": [{"type": "text", "text": "see {x}"}, {"type": "image_url", "image_url": {"url": "{x}"}}],
        "n": 1,
    }
    filled = fill_message(message, {"x": {"a": 1}})
    assert filled["content"][0]["text"] == "see {'a': 1}"
    assert filled["content"][1]["image_url"] == {"url": "{x}"}
    assert filled["n"] == 1
