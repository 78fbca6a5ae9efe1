"""Alerts and dashboard name only metrics that a running server shows; the page of metrics is what the code says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import promql_parser
import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from tests.deploy.files import DEPLOY, parsed

RULES: list[dict[str, Any]] = [
    rule for group in parsed(DEPLOY / "prometheus" / "alerts.yaml")["groups"] for rule in group["rules"]
]
DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana" / "weft.json").read_text(encoding="utf-8"))
# Made by Prometheus itself.
PROMETHEUS = {"up": {"job", "instance"}}
# Labels that Prometheus adds to everything it scrapes.
ADDED = {"job", "instance"}


@pytest.fixture(scope="module")
def shown(app_client: TestClient) -> dict[str, set[str]]:
    """The names of all series of a real scrape, with the labels they have."""
    answer = app_client.get("/metrics")
    described = app_client.app.state.services.metrics.described()  # type: ignore[attr-defined]
    labels = {metric.name: set(metric.labels) for metric in described}
    names: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(answer.text):
        of_family = labels.get(family.name) or labels.get(f"{family.name}_total") or set()
        suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}.get(family.type, ("",))
        for suffix in suffixes:
            names[family.name + suffix] = of_family | ({"le"} if suffix == "_bucket" else set())
    return names


def _selectors(expression: str) -> list[promql_parser.VectorSelector]:
    found: list[promql_parser.VectorSelector] = []

    def visit(node: promql_parser.Expr) -> bool:
        if isinstance(node, promql_parser.VectorSelector):
            found.append(node)
        elif isinstance(node, promql_parser.MatrixSelector):
            found.append(node.vector_selector)
        return True

    promql_parser.walk(promql_parser.parse(expression), visit)
    return found


def _grouped_by(expression: str) -> set[str]:
    labels: set[str] = set()

    def visit(node: promql_parser.Expr) -> bool:
        if isinstance(node, promql_parser.AggregateExpr) and node.modifier is not None:
            labels.update(node.modifier.labels)
        return True

    promql_parser.walk(promql_parser.parse(expression), visit)
    return labels


def _panel_expressions() -> Iterator[tuple[str, str, str]]:
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", []):
            expression = target["expr"].replace("$__rate_interval", "5m").replace("$job", ".*")
            yield panel["title"], expression, target["legendFormat"]


EXPRESSIONS = [
    *((rule["alert"], rule["expr"]) for rule in RULES),
    *((title, expression) for title, expression, _ in _panel_expressions()),
]


def test_expressions_are_found() -> None:
    assert len(RULES) >= 12
    assert len(EXPRESSIONS) >= 40
    assert all(_selectors(expression) for _, expression in EXPRESSIONS)


@pytest.mark.parametrize(("where", "expression"), EXPRESSIONS, ids=[where for where, _ in EXPRESSIONS])
def test_what_is_asked_for_is_in_a_scrape(where: str, expression: str, shown: dict[str, set[str]]) -> None:
    known: set[str] = set()
    for selector in _selectors(expression):
        assert selector.name in shown or selector.name in PROMETHEUS, f"{where} asks for {selector.name}"
        labels = shown.get(str(selector.name), PROMETHEUS.get(str(selector.name), set())) | ADDED
        known |= labels
        asked = {matcher.name for matcher in selector.matchers.matchers}
        assert asked <= labels, f"{where}: {selector.name} has no {asked - labels}"
    assert _grouped_by(expression) <= known, where


def test_every_metric_of_ours_is_looked_at(shown: dict[str, set[str]]) -> None:
    """One that nobody alerts on and nobody draws is either not worth counting or forgotten."""
    used = {str(selector.name) for _, expression in EXPRESSIONS for selector in _selectors(expression)}
    families = {name.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count") for name in used}
    ours = {name.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count") for name in shown}
    assert {name for name in ours if name.startswith("weft_")} - families == set()


def test_alerts_say_what_to_do_and_name_only_labels_they_have() -> None:
    names = [rule["alert"] for rule in RULES]
    assert len(names) == len(set(names))
    for rule in RULES:
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert rule["annotations"]["summary"]
        description = rule["annotations"]["description"]
        quoted = {part.partition("}")[0].strip() for part in description.split("$labels.")[1:]}
        grouped = _grouped_by(rule["expr"]) or ADDED
        assert quoted <= grouped, rule["alert"]


def test_legends_name_only_labels_that_are_left() -> None:
    for title, expression, legend in _panel_expressions():
        quoted = {part.partition("}}")[0] for part in legend.split("{{")[1:]}
        assert quoted <= (_grouped_by(expression) or ADDED), title


def test_panels_of_the_dashboard_do_not_cover_each_other() -> None:
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert max(x for x, _ in cells) < 24
        assert not cells & taken, panel["title"]
        taken |= cells
