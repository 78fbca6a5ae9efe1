"""Arguments are resolved exactly as `call.apply_scorer` resolves them (contract, part 2.4)."""

from __future__ import annotations

from typing import Any

import pytest

from weft.scoring.arguments import OUTPUT_AND_ANY, Signature, recorded, resolve_arguments
from weft.scoring.retry import CannotWork

INPUTS = {"self": "weave-trace-internal:///p/object/m:d", "question": "q", "ctx": {"k": "v"}}


def test_a_scorer_that_takes_anything_gets_every_input_and_all_of_them_once_more() -> None:
    arguments = resolve_arguments(INPUTS, "out", OUTPUT_AND_ANY, None)
    example = {"question": "q", "ctx": {"k": "v"}}
    assert arguments == {**example, "inputs": example, "output": "out"}
    assert recorded(arguments, OUTPUT_AND_ANY) == {"output": "out", "kwargs": {**example, "inputs": example}}


def test_an_input_named_inputs_or_output_is_not_lost_or_mistaken() -> None:
    arguments = resolve_arguments({"inputs": 1, "output": "mine"}, "out", OUTPUT_AND_ANY, None)
    assert arguments == {"inputs": 1, "output": "out"}


def test_named_parameters_get_the_inputs_of_their_name_only() -> None:
    signature = Signature(("output", "question", "absent"))
    assert resolve_arguments(INPUTS, 1, signature, None) == {"question": "q", "output": 1}
    assert resolve_arguments(INPUTS, 1, Signature(("model_output",)), None) == {"model_output": 1}


def test_an_empty_map_takes_everything_but_the_output_away() -> None:
    arguments = resolve_arguments(INPUTS, "out", OUTPUT_AND_ANY, {})
    assert arguments == {"output": "out"}
    assert recorded(arguments, OUTPUT_AND_ANY) == {"output": "out", "kwargs": {}}


def test_a_map_renames_inputs_but_an_input_of_that_name_wins() -> None:
    signature = Signature(("output", "text"))
    assert resolve_arguments(INPUTS, 1, signature, {"text": "question"}) == {"text": "q", "output": 1}
    both = {**INPUTS, "text": "t"}
    assert resolve_arguments(both, 1, signature, {"text": "question"}) == {"text": "t", "output": 1}


@pytest.mark.parametrize(
    ("signature", "column_map"),
    [
        (Signature(("output", "text")), {"other": "question"}),
        (Signature(("output", "text")), {"text": "absent"}),
        (Signature(("output", "text")), {}),
        (Signature(("text",)), None),
        (OUTPUT_AND_ANY, {"question": "question"}),
    ],
)
def test_what_cannot_be_resolved_is_refused(signature: Signature, column_map: Any) -> None:
    with pytest.raises(CannotWork):
        resolve_arguments(INPUTS, 1, signature, column_map)
