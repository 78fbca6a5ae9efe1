"""Source texts of ops whose code the server never saw. SDKs import them, so each is a harmless module.

The texts are frozen: their digests are in stored objects, and another text would make a new version of every op.
Nothing here is ever executed by the server.
"""

from __future__ import annotations

from typing import Literal

PlaceholderRole = Literal["op", "evaluate", "predict_and_score", "summarize", "predict", "score"]

_TEMPLATE = '''"""Stands in for an op whose source was not captured."""

import weave


@weave.op
def {name}({parameters}):
    """{meaning}"""
    raise RuntimeError("source not captured")
'''

_ROLES: dict[PlaceholderRole, tuple[str, str]] = {
    "op": ("*args, **kwargs", "An op recorded without its source."),
    "evaluate": ("self, model", "Runs an evaluation on a model."),
    "predict_and_score": ("self, model, example", "Lets a model answer one example and scores the answer."),
    "summarize": ("self, *args, **kwargs", "Condenses the scores of all examples."),
    "predict": ("self, inputs", "Lets a model answer one example."),
    "score": ("self, *args, **kwargs", "Scores one answer of a model."),
}


def placeholder_source(role: PlaceholderRole) -> str:
    """The constant source text of a role."""
    parameters, meaning = _ROLES[role]
    return _TEMPLATE.format(name=role, parameters=parameters, meaning=meaning)
