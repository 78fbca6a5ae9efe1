"""Metrics of evaluations: which there are in some trials, their values by trial, and which direction is better. Pure.

A metric is a leaf of a scorer's values, named as in /eval_results/query, or one of the measures every run has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from weft.core.errors import InvalidRequest
from weft.domain.estimates import LARGEST
from weft.domain.summary_maths import as_number

Direction = Literal["higher", "lower"]
Kind = Literal["boolean", "number"]

ERROR, LATENCY, COST, TOKENS = "error", "latency", "cost", "tokens"
MEASURES: Mapping[str, str | None] = {ERROR: None, LATENCY: "s", COST: "USD", TOKENS: "tokens"}
"""Metrics that do not come from scorers, with their units."""

LONGEST_NAME = 300
_SCORES = "scores."
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
# Where less is better when a name speaks of it; for everything else more is, until somebody says otherwise.
_COSTS = "error errors latency cost costs token tokens loss duration failure failures"
_SCIENTIFIC = "brier perplexity mae mse rmse wer cer"
_HARMS = "toxicity hallucination hallucinations"
_LOWER = frozenset(f"{_COSTS} {_SCIENTIFIC} {_HARMS}".split())
# "hallucination_free" and "no_error" speak of the harm and count its absence.
_ABSENCE = frozenset(("free", "no", "non", "not", "without"))
_UNESCAPED_DOT = re.compile(r"(?<!\\)\.")


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric; `scorer` and `path` are empty for the measures."""

    name: str
    kind: Kind
    scorer: str = ""
    path: str = ""

    @property
    def unit(self) -> str | None:
        """What its numbers are, if they are something."""
        return None if self.scorer else MEASURES.get(self.name)


@dataclass(slots=True)
class MetricValues:
    """The values of trials by metric and trial id; booleans are 0 and 1."""

    metrics: dict[str, Metric] = field(default_factory=dict)
    values: dict[str, dict[str, float]] = field(default_factory=dict)

    def add(self, metric: Metric, trial_id: str, value: bool | int | float) -> None:
        """Note a value; what cannot be averaged is left out. A metric with any number is one of numbers."""
        number = as_number(value)
        if number is None or not abs(number) <= LARGEST:
            return
        known = self.metrics.setdefault(metric.name, metric)
        if known.kind == "boolean" and metric.kind == "number":
            self.metrics[metric.name] = metric
        self.values.setdefault(metric.name, {})[trial_id] = number

    def add_scores(self, trial_id: str, scores: Mapping[str, Any]) -> None:
        """Note every boolean and number among the values of the scorers."""
        for scorer, value in scores.items():
            for path, leaf in _leaves(value):
                name = score_name(scorer, path)
                if is_name(name):
                    metric = Metric(name, _kind(leaf), scorer, ".".join(map(_escaped, path)))
                    self.add(metric, trial_id, leaf)

    def chosen(self, names: Sequence[str] | None, most: int) -> list[Metric]:
        """The metrics named, or the first ones: scores before measures. Raises InvalidRequest for unknown names."""
        scores = [metric for metric in self.metrics.values() if metric.scorer]
        measures = [self.metrics[name] for name in MEASURES if name in self.metrics]
        if names is None:
            return [*scores, *measures][:most]
        for name in names:
            check_name(name)
        return [self.metrics.get(name) or Metric(name, "number") for name in dict.fromkeys(names)]


def score_name(scorer: str, path: Sequence[str] = ()) -> str:
    """The name of a scorer's metric; dots inside keys are escaped."""
    return _SCORES + ".".join(_escaped(part) for part in (scorer, *path))


def is_name(name: str) -> bool:
    """Whether a text can be the name of a metric. What has no such name, as an empty key, is no metric."""
    parts = _UNESCAPED_DOT.split(name.removeprefix(_SCORES))
    known = name in MEASURES or (name.startswith(_SCORES) and all(parts))
    return known and len(name) <= LONGEST_NAME and name.isprintable()


def check_name(name: str) -> None:
    """Raise InvalidRequest for what cannot be the name of a metric."""
    if not is_name(name):
        raise InvalidRequest(
            f"Invalid metric {name[:200]!r}: use scores.<scorer>, scores.<scorer>.<path>, {', '.join(MEASURES)}"
        )


def default_direction(name: str) -> Direction:
    """Which way is better for a metric nobody has decided about: higher, but for what is plainly a cost."""
    last = _UNESCAPED_DOT.split(name)[-1]
    words = {word.lower() for word in _WORD.findall(last)}
    return "lower" if words & _LOWER and not words & _ABSENCE else "higher"


def _leaves(value: Any) -> Iterator[tuple[tuple[str, ...], bool | int | float]]:
    waiting: list[tuple[tuple[str, ...], Any]] = [((), value)]
    while waiting:
        path, item = waiting.pop()
        if isinstance(item, dict):
            waiting.extend(((*path, key), inner) for key, inner in reversed(item.items()))
        elif isinstance(item, bool | int | float):
            yield path, item


def _kind(value: bool | int | float) -> Kind:
    return "boolean" if isinstance(value, bool) else "number"


def _escaped(key: str) -> str:
    return key.replace(".", "\\.")
