"""The page of API compatibility is not written while a difference has no reason, or a reason no operation."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tools.compatibility import Undeclared, Verdict, compare, verdicts

CONTRACT: dict[str, Any] = {
    "paths": {
        "/thing/read": {
            "post": {
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Req"}}}},
                "responses": {"200": {"content": {"application/json": {"schema": {"properties": {"it": {}}}}}}},
                "parameters": [{"in": "query", "name": "limit"}],
            }
        }
    },
    "components": {"schemas": {"Req": {"properties": {"id": {}, "wb_user_id": {}}}}},
}
READ = ("/thing/read", "post")


def test_equal_shapes_are_the_same() -> None:
    assert compare(CONTRACT, CONTRACT, {}) == {READ: "same"}


def test_an_operation_that_is_not_there_is_not_served() -> None:
    assert compare(CONTRACT, {"paths": {}}, {}) == {READ: "not served"}


def test_an_ignored_field_may_be_missing() -> None:
    ours = deepcopy(CONTRACT)
    del ours["components"]["schemas"]["Req"]["properties"]["wb_user_id"]
    assert compare(CONTRACT, ours, {}) == {READ: "same"}


@pytest.mark.parametrize("part", ["body", "answer", "parameter"])
def test_a_missing_part_needs_a_reason(part: str) -> None:
    ours = deepcopy(CONTRACT)
    operation = ours["paths"]["/thing/read"]["post"]
    if part == "body":
        del ours["components"]["schemas"]["Req"]["properties"]["id"]
    elif part == "answer":
        operation["responses"]["200"]["content"] = {}
    else:
        operation["parameters"] = []
    with pytest.raises(Undeclared, match=part):
        compare(CONTRACT, ours, {})
    assert compare(CONTRACT, ours, {READ: Verdict("differs", "we say why")}) == {READ: "differs: we say why"}


def test_a_reason_for_nothing_is_refused() -> None:
    with pytest.raises(Undeclared, match="/thing/gone"):
        compare(CONTRACT, CONTRACT, {("/thing/gone", "post"): Verdict("better", "so")})


@pytest.mark.parametrize("entry", ['verdict = "fine"\nbecause = "so"', 'verdict = "better"\nbecause = " "'])
def test_a_reason_has_a_verdict_and_a_text(entry: str, tmp_path: Path) -> None:
    (tmp_path / "area.toml").write_text(f'["POST /thing/read"]\n{entry}\n')
    with pytest.raises(Undeclared, match="no verdict"):
        verdicts(tmp_path)


def test_an_operation_is_explained_once(tmp_path: Path) -> None:
    for name in ("one.toml", "two.toml"):
        (tmp_path / name).write_text('["POST /thing/read"]\nverdict = "better"\nbecause = "so"\n')
    with pytest.raises(Undeclared, match="twice"):
        verdicts(tmp_path)
