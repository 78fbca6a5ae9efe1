"""Stories of writing calls: start, end, batches, v2, complete, read, update, delete."""

from __future__ import annotations

from typing import Any

from tests.contract.differential.telling import Teller, at, chosen_id


def calls_start_and_end(tell: Teller) -> None:
    """The v1 life of a call, read at each point of it."""
    tell.post("start", "/call/start", {"start": _start(tell, 1, display_name="shown", wb_run_id=None)})
    _read(tell, "read running", 1)
    tell.post("end", "/call/end", {"end": _end(tell, 1, output={"o": [1, 1.0, None, True, "é"]})})
    _read(tell, "read ended", 1)
    tell.post("start child", "/call/start", {"start": _start(tell, 2, parent_id=chosen_id(1))})
    tell.post("end child with exception", "/call/end", {"end": _end(tell, 2, exception="ValueError: no")})
    _read(tell, "read failed", 2)
    _read(tell, "read unknown", 99)
    _all(tell, "all")


def calls_end_before_start(tell: Teller) -> None:
    """Parts in the wrong order, where both accept it."""
    batch = [
        {"mode": "start", "req": {"start": _start(tell, 1)}},
        {"mode": "start", "req": {"start": _start(tell, 2, parent_id=chosen_id(1))}},
        {"mode": "end", "req": {"end": _end(tell, 2, output="two")}},
        {"mode": "end", "req": {"end": _end(tell, 1, output="one")}},
    ]
    tell.send("batch", "POST", "/call/upsert_batch", {"batch": batch})
    _all(tell, "all")
    tell.send("empty batch", "POST", "/call/upsert_batch", {"batch": []})
    tell.send("wrong mode", "POST", "/call/upsert_batch", {"batch": [{"mode": "x", "req": {"start": _start(tell, 3)}}]})
    tell.send("bad item", "POST", "/call/upsert_batch", {"batch": [batch[0], {"mode": "start", "req": {"start": {}}}]})
    _all(tell, "all after refusals")


def calls_complete(tell: Teller) -> None:
    """Finished calls in one batch; the same id again replaces."""
    batch = [_complete(tell, number) for number in range(1, 4)]
    tell.v2("complete", "POST", "/calls/complete", {"batch": batch})
    _all(tell, "all")
    tell.v2("again", "POST", "/calls/complete", {"batch": [_complete(tell, 2, output="newer")]})
    _read(tell, "read replaced", 2)
    tell.v2("empty", "POST", "/calls/complete", {"batch": []})
    for missing in ("id", "trace_id", "op_name", "started_at", "ended_at", "inputs", "attributes", "summary"):
        item = {key: value for key, value in _complete(tell, 8).items() if key != missing}
        tell.v2(f"without {missing}", "POST", "/calls/complete", {"batch": [item]})
    _all(tell, "all after refusals")


def calls_v2(tell: Teller) -> None:
    """Start and end below the project's path."""
    tell.v2("start", "POST", "/call/start", {"start": _start(tell, 1)})
    _read(tell, "read running", 1)
    end = _end(tell, 1, output={"answer": 42}, started_at=at(1))
    tell.v2("end", "POST", "/call/end", {"end": end})
    _read(tell, "read ended", 1)
    tell.v2("end again", "POST", "/call/end", {"end": {**end, "output": "second"}})
    _read(tell, "read ended again", 1)
    tell.v2("end unknown", "POST", "/call/end", {"end": _end(tell, 77, started_at=at(1))})
    tell.v2("start thread", "POST", "/call/start", {"start": _start(tell, 2, thread_id="th", turn_id=chosen_id(2))})
    _read(tell, "read thread", 2)


def calls_derived_summary(tell: Teller) -> None:
    """What the server writes into summary.weave."""
    summaries: list[dict[str, Any]] = [
        {},
        {"weave": {"status": "lies", "latency_ms": 1, "own": 1}, "other": {"a": 1}},
        {"status_counts": {"success": 1, "error": 2}},
        {"status_counts": {"success": 3, "error": 0}},
        {"usage": {"gpt": {"prompt_tokens": 3, "completion_tokens": 2.0, "requests": 1, "own": "kept"}}},
    ]
    for number, summary in enumerate(summaries, 1):
        more = {"summary": summary, "ended_at": at(number + 1.2345678)}
        tell.v2(f"complete {number}", "POST", "/calls/complete", {"batch": [_complete(tell, number, **more)]})
        _read(tell, f"read {number}", number)
    for label, summary in {
        "usage text": {"usage": {"m": {"prompt_tokens": "x"}}},
        "usage list": {"usage": []},
        "status count unknown": {"status_counts": {"fine": 1}},
        "not an object": [],
    }.items():
        tell.v2(label, "POST", "/calls/complete", {"batch": [_complete(tell, 50, summary=summary)]})


def calls_names_and_refs(tell: Teller) -> None:
    """Op names of every form, names shown, credentials, refs kept."""
    names = {
        "plain": "predict",
        "empty": "",
        "op ref": tell.ref("op", "my-op:v0digest"),
        "128": "x" * 128,
        "spaces": "a b/c:d",
    }
    for number, (label, op_name) in enumerate(names.items(), 1):
        complete = _complete(tell, number, op_name=op_name, display_name=None if number % 2 else f"shown {number}")
        tell.v2(f"complete {label}", "POST", "/calls/complete", {"batch": [complete]})
        _read(tell, f"read {label}", number)
    kept = {
        "ref": tell.ref("object", "o:abc"),
        "in text": '{"r": "' + tell.ref("object", "o:abc") + '"}',
        "said": f"see {tell.ref('object', 'o:abc')}",
        "artifact": "wandb-artifact:///e/p/a",
        "deep": [{"x": [tell.ref("call", chosen_id(1))]}],
    }
    tell.v2("refs", "POST", "/calls/complete", {"batch": [_complete(tell, 20, inputs=kept, output=kept)]})
    _read(tell, "read refs", 20)
    secret = {
        "api_key": "s",
        "X-Api-Key": "s",
        "OPENAI_API_KEY": "",
        "authorization": "b",
        "n": {"secretKey": 5, "access_token": "t"},
    }
    tell.v2(
        "secrets",
        "POST",
        "/calls/complete",
        {"batch": [_complete(tell, 21, inputs=secret, attributes=secret, output=secret)]},
    )
    _read(tell, "read secrets", 21)


def calls_values(tell: Teller) -> None:
    """JSON of every kind comes back as it went."""
    values: list[Any] = [
        None, True, 0, -1, 1.0, 1e300, 0.1, "", "null", "é日本", "\u0000", [], {}, [None], {"": 1}, {"a.b": 1},
        {"b": 1, "a": 2}, [[[[1]]]], 2**53 + 1, -(2**63), 2**64, 1e-7, 123456789012345678901234567890,
    ]  # fmt: skip
    batch = [_complete(tell, number, inputs={"v": value}, output=value) for number, value in enumerate(values, 1)]
    tell.v2("complete", "POST", "/calls/complete", {"batch": batch})
    for number, value in enumerate(values, 1):
        _read(tell, f"read {value!r:.40}", number)


def calls_update(tell: Teller) -> None:
    """Renaming a call."""
    tell.v2("complete", "POST", "/calls/complete", {"batch": [_complete(tell, 1)]})
    for label, name in {"name": "new", "empty": "", "unicode": "日本", "again": "x"}.items():
        tell.post(f"update {label}", "/call/update", {"call_id": chosen_id(1), "display_name": name})
        _read(tell, f"read {label}", 1)
    tell.post("update null", "/call/update", {"call_id": chosen_id(1), "display_name": None})
    tell.post("update nothing", "/call/update", {"call_id": chosen_id(1)})
    tell.post("update unknown", "/call/update", {"call_id": chosen_id(9), "display_name": "x"})
    tell.post("update without id", "/call/update", {"display_name": "x"})


def calls_delete(tell: Teller) -> None:
    """A call goes with everything below it, at once, and only that."""
    tree = {1: None, 2: 1, 3: 2, 4: 1, 5: None, 6: 5}
    batch = [
        _complete(tell, number, parent_id=parent and chosen_id(parent), trace_id=chosen_id(1 if number < 5 else 5))
        for number, parent in tree.items()
    ]
    tell.v2("complete", "POST", "/calls/complete", {"batch": batch})
    tell.post("delete subtree", "/calls/delete", {"call_ids": [chosen_id(2)]})
    _ids(tell, "left after subtree")
    _read(tell, "read deleted", 3)
    tell.post("stats", "/calls/query_stats", {})
    tell.post("delete again", "/calls/delete", {"call_ids": [chosen_id(2)]})
    tell.post("delete unknown beside known", "/calls/delete", {"call_ids": [chosen_id(6), chosen_id(99)]})
    tell.post("delete nothing", "/calls/delete", {"call_ids": []})
    tell.post("delete unknown", "/calls/delete", {"call_ids": [chosen_id(99)]})
    tell.post("delete 1001", "/calls/delete", {"call_ids": [chosen_id(n) for n in range(1000, 2001)]})
    tell.post("delete without ids", "/calls/delete", {})
    tell.post("delete root", "/calls/delete", {"call_ids": [chosen_id(1), chosen_id(1)]})
    _ids(tell, "left after root")


def calls_mixed_project(tell: Teller) -> None:
    """Calls of every way of writing in one project."""
    tell.post("start v1", "/call/start", {"start": _start(tell, 1)})
    tell.v2("complete", "POST", "/calls/complete", {"batch": [_complete(tell, 2)]})
    tell.v2("start v2", "POST", "/call/start", {"start": _start(tell, 3)})
    tell.v2("end of v1 start", "POST", "/call/end", {"end": _end(tell, 1, started_at=at(1))})
    tell.post("end of v2 start", "/call/end", {"end": _end(tell, 3)})
    _all(tell, "all")


def calls_reading_options(tell: Teller) -> None:
    """Costs, sizes and feedback beside a call."""
    tell.v2(
        "complete",
        "POST",
        "/calls/complete",
        {"batch": [_complete(tell, 1), _complete(tell, 2, parent_id=chosen_id(1))]},
    )
    note = {"weave_ref": tell.ref("call", chosen_id(1)), "feedback_type": "wandb.note.1", "payload": {"note": "n"}}
    tell.post("note", "/feedback/create", note)
    for option in ("include_costs", "include_feedback"):
        body = {option: True, "sort_by": [{"field": "id", "direction": "asc"}]}
        tell.post(f"stream {option}", "/calls/stream_query", body)
    for option in ("include_costs", "include_storage_size", "include_total_storage_size"):
        tell.post(f"read {option}", "/call/read", {"id": chosen_id(1), option: True})
    nulls = dict.fromkeys(
        ["filter", "query", "sort_by", "limit", "offset", "columns", "expand_columns", "include_costs"]
    )
    tell.post("everything null", "/calls/stream_query", nulls)


def _start(tell: Teller, number: int, **more: Any) -> dict[str, Any]:
    return {
        "project_id": tell.project,
        "id": chosen_id(number),
        "trace_id": chosen_id(number),
        "op_name": f"op{number}",
        "started_at": at(number),
        "attributes": {"a": number, "weave": {"client": "x"}},
        "inputs": {"n": number, "text": f"t{number}"},
        **more,
    }


def _end(tell: Teller, number: int, **more: Any) -> dict[str, Any]:
    return {"project_id": tell.project, "id": chosen_id(number), "ended_at": at(number + 2.5), "summary": {}, **more}


def _complete(tell: Teller, number: int, **more: Any) -> dict[str, Any]:
    return {**_start(tell, number), **_end(tell, number), "output": {"n": number}, **more}


def _read(tell: Teller, step: str, number: int) -> None:
    tell.post(step, "/call/read", {"id": chosen_id(number)})


def _all(tell: Teller, step: str) -> None:
    tell.post(step, "/calls/stream_query", {})


def _ids(tell: Teller, step: str) -> None:
    tell.ids(step, "/calls/stream_query", {"columns": ["id"]})
