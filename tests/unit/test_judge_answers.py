"""What is read out of a model's answer, and what of it is worth asking again."""

from __future__ import annotations

from typing import Any

import pytest

from weft.scoring.retry import CannotWork, ScoringFailure
from weft.scoring.scorers.judge import Unreadable, read_verdict


def _answer(content: Any) -> dict[str, Any]:
    return {"choices": [{"message": {"content": content}}]}


def test_text_is_the_text() -> None:
    assert read_verdict(_answer(" good "), wants_json=False) == " good "
    assert read_verdict(_answer(""), wants_json=False) == ""


@pytest.mark.parametrize(
    "content",
    [
        '{"score": 1}', ' {"score": 1}\n', '```json\n{"score": 1}\n```', '```\n{"score": 1}\n```',
        'Here: {"score": 1}.', 'Sure!\n```json\n{"score": 1}\n```\nHope {this} helps',
        'In {braces} it is {"score": 1} and {not} that',
        '{"score": 1}{"score": 2}', 'a {' * 20 + '{"score": 1}',
    ],
)  # fmt: skip
def test_json_is_found_in_a_fence_or_a_sentence(content: str) -> None:
    assert read_verdict(_answer(content), wants_json=True) == {"score": 1}


@pytest.mark.parametrize("content", ["", "  ", "good", "{score: 1}", '{"score": 1', None, 3])
def test_what_holds_no_json_is_asked_again(content: Any) -> None:
    with pytest.raises(Unreadable):
        read_verdict(_answer(content), wants_json=True)


def test_an_error_in_the_answer_is_final() -> None:
    with pytest.raises(CannotWork):
        read_verdict({"error": {"message": "no such model"}}, wants_json=False)


@pytest.mark.parametrize("answer", [{}, {"choices": []}, {"choices": ["x"]}, {"choices": [{}]}, {"choices": None}])
def test_a_malformed_answer_is_a_failure_not_a_crash(answer: dict[str, Any]) -> None:
    with pytest.raises(ScoringFailure):
        read_verdict(answer, wants_json=False)
