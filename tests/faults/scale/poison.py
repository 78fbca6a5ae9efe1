"""Messages of `weave.score_calls` that ask for nothing that could ever be done, each for a reason of its own."""

from __future__ import annotations

import json
from typing import Any

from tests.faults.scale.topics import CALL_ENDED, SCORE_CALLS, TASKS, Written, score_request
from tests.faults.scale.workload import Workload


def poison(work: Workload) -> list[Written]:
    """One of each kind, with keys that are odd too."""
    good = score_request(work, work.calls[:1])
    nobody = f"weave-trace-internal:///{work.internal}/object/nobody:v7"
    values: list[bytes | None] = [
        None,
        b"",
        b"not JSON",
        b'{"project_id": "half',
        b"\xff\xfe\x00\x01",
        b"[]",
        b"null",
        b"{}",
        b"[" * 200_000,
        *(_json(good | {"call_ids": ids}) for ids in ("one", [1, 2], [""], ["x" * 100_000], ["\0"], ["\ud800"])),
        # As large as a broker takes, and more scores than one request may ask for.
        _json(good | {"call_ids": [f"{number:06d}" for number in range(60_000)]}),
        *(_json(good | {"scorer_refs": refs}) for refs in (["no ref"], [nobody], [nobody.replace("v7", "*")])),
        *(_json(good | {"project_id": project_id}) for project_id in ("nobody/knows", 7, "", "\0")),
    ]
    odd_keys = [None, b"", b"\xff\xfe", b"k" * 5000]
    asking = [Written(SCORE_CALLS, odd_keys[at % len(odd_keys)], value, ()) for at, value in enumerate(values)]
    telling = [
        Written(topic, None, value, ())
        for topic in (TASKS, CALL_ENDED)
        for value in (None, b"not JSON", _json({"project_id": work.internal, "task_ids": 1, "id": 1}))
    ]
    return [*asking, *telling]


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()
