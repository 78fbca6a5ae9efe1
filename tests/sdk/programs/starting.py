"""The smallest program: start, trace one op, publish one object, read both back. For every way of being configured."""

from __future__ import annotations

import os

import weave
from checking import eventually, report

client = weave.init(os.environ["PROJECT"])


@weave.op
def double(number: int) -> int:
    return number * 2


_, call = double.call(21)
ref = weave.publish({"answer": 42}, name="the-answer")
client.flush()
assert eventually(lambda: client.get_call(call.id)).output == 42
assert weave.ref(ref.uri()).get() == {"answer": 42}
report(project=f"{client.entity}/{client.project}", call=call.id, ref=ref.uri(), url=call.ui_url)
