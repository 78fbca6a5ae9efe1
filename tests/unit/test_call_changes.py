from __future__ import annotations

from datetime import UTC, datetime

import pytest

from weft.core.errors import NotFound
from weft.storage.events.call_changes import (
    Call,
    CallChange,
    DeleteCall,
    EndCall,
    Fold,
    PutCall,
    RenameCall,
    StartCall,
)

T0 = datetime(2026, 1, 1, tzinfo=UTC)
T1 = datetime(2026, 1, 2, tzinfo=UTC)
KEY = ("p", "c")


def _start(**fields: object) -> StartCall:
    return StartCall(Call("p", "c", trace_id="t", op_name="op", started_at=T0, inputs='{"a":1}', **fields))  # type: ignore[arg-type]


def _end(must_exist: bool = False) -> EndCall:
    return EndCall("p", "c", ended_at=T1, output="42", summary='{"s":1}', must_exist=must_exist)


def _after(*changes: CallChange) -> Fold:
    fold = Fold({})
    for change in changes:
        fold.submit([change])
    return fold


@pytest.mark.parametrize("changes", [(_start(), _end()), (_end(), _start())])
def test_parts_make_one_call_in_either_order(changes: tuple[CallChange, ...]) -> None:
    call = _after(*changes).changed[KEY]
    assert (call.started_at, call.ended_at, call.inputs, call.output) == (T0, T1, '{"a":1}', "42")
    assert call.visible


def test_an_end_alone_waits_unseen_and_its_row_is_buried_when_the_start_comes() -> None:
    fold = Fold({})
    fold.submit([_end()])
    assert not fold.changed[KEY].visible
    fold.submit([_start()])
    assert [(call.deleted, call.started_at.year) for call in fold.moved] == [(True, 1970)]


def test_an_end_that_needs_its_start_is_refused_with_its_whole_submission() -> None:
    fold = Fold({})
    with pytest.raises(NotFound):
        fold.submit([PutCall(Call("p", "other", started_at=T0)), _end(must_exist=True)])
    assert not fold.changed


def test_a_start_sent_again_keeps_the_end() -> None:
    assert _after(_start(), _end(), _start()).changed[KEY].output == "42"


def test_a_call_sent_again_keeps_a_name_given_meanwhile() -> None:
    put = PutCall(Call("p", "c", started_at=T0, ended_at=T1))
    assert _after(put, RenameCall("p", "c", "named"), put).changed[KEY].display_name == "named"


def test_the_same_id_at_another_time_replaces_the_call() -> None:
    fold = _after(PutCall(Call("p", "c", started_at=T0)), PutCall(Call("p", "c", started_at=T1)))
    assert fold.changed[KEY].started_at == T1
    assert [call.started_at for call in fold.moved] == [T0]


def test_ends_and_names_do_not_revive_a_deleted_call() -> None:
    fold = _after(_start(), DeleteCall("p", "c"), _end(), RenameCall("p", "c", "x"))
    assert fold.changed[KEY].deleted


def test_renaming_or_deleting_nothing_writes_nothing() -> None:
    assert not _after(RenameCall("p", "c", "x"), DeleteCall("p", "c")).changed
