"""Placeholder sources: SDKs import them, and their digests are in stored objects."""

from __future__ import annotations

import ast
from typing import get_args

import pytest

from weft.core.digest import bytes_digest
from weft.domain.placeholder_sources import PlaceholderRole, placeholder_source

ROLES = get_args(PlaceholderRole)

# Frozen: another text would make a new version of every op that was ever registered.
DIGESTS = {
    "op": "lQ5Cu0HEhed3MYiTxsTtCRfbyxtWPpIhc2Kuh8xUAqQ",
    "evaluate": "wYD6vc3hhBmf2Vnceb7lGdAJ4JMGWzIHXNV1tmTb9Es",
    "predict_and_score": "H5O4dovzaap3b3UrgpBJRdYplj77tSXYlT4Z9J0GPLM",
    "summarize": "UaELG348KYQyrIvcGzEJA7sk7OrnFL4fFzgdH1xGyYM",
    "predict": "RSYXaDlztreDhZxjaL4Pv2VO4TMTeggtAcEsx3cUsYY",
    "score": "rbAaR1XhnQqPhOlUGVPBtxX0FVF7n2ghT5iXFNYMFrA",
}


@pytest.mark.parametrize("role", ROLES)
def test_a_placeholder_is_a_harmless_module_that_ends_in_its_op(role: PlaceholderRole) -> None:
    module = ast.parse(placeholder_source(role))
    *before, last = module.body
    assert isinstance(last, ast.FunctionDef)
    assert last.name == role
    assert [ast.unparse(decorator) for decorator in last.decorator_list] == ["weave.op"]
    assert "source not captured" in ast.unparse(last)
    assert all(isinstance(node, ast.Import | ast.Expr) for node in before)


def test_placeholder_texts_never_change() -> None:
    assert {role: bytes_digest(placeholder_source(role).encode()) for role in ROLES} == DIGESTS
