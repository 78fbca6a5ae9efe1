"""Which way metrics are better when nobody has decided."""

from __future__ import annotations

import pytest

from weft.domain.eval_metrics import default_direction


@pytest.mark.parametrize(
    "name",
    [
        "latency",
        "cost",
        "scores.calibration.brier",
        "scores.judge.errorRate",
        "scores.asr.WER",
        "scores.has_hallucination",
    ],
)
def test_less_of_a_cost_is_better(name: str) -> None:
    assert default_direction(name) == "lower"


@pytest.mark.parametrize(
    "name", ["scores.exact", "scores.loss.correct", "scores.hallucination_free", "scores.no_errors", "scores.answer"]
)
def test_more_of_everything_else_is_better(name: str) -> None:
    assert default_direction(name) == "higher"
