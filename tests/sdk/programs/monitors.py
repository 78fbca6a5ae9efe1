"""A monitor published and switched on by the client; the server scores what is called from then on, and no more."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from unittest.mock import MagicMock

import weave
from checking import exactly, report

# The scorers' package wants numpy for scorers that are not used here.
sys.modules.setdefault("numpy", MagicMock())
from weave.scorers import ValidJSONScorer, ValidXMLScorer  # noqa: E402

PATIENCE = 60.0
client = weave.init(os.environ["PROJECT"])


@weave.op
def answer(question: str, language: str) -> str:
    return json.dumps({"question": question})


@weave.op
def other(question: str) -> str:
    return "<a/>"


def ask(op, *arguments: str):
    _, call = op.call(*arguments)
    return call


before = ask(answer, "too early", "en")
client.flush()

query = {"$expr": {"$eq": [{"$getField": "inputs.language"}, {"$literal": "en"}]}}
watch = weave.Monitor(name="watch answers", op_names=["answer"], query=query, scorers=[ValidJSONScorer()])
active = watch.activate()
everything = weave.Monitor(name="everything", scorers=[ValidXMLScorer(name="xml")]).activate()
weave.Monitor(name="nothing", sampling_rate=0, scorers=[ValidJSONScorer()]).activate()

english, german, elsewhere = ask(answer, "why", "en"), ask(answer, "warum", "de"), ask(other, "why")
# The client's own scoring is not scored by monitors of everything.
asyncio.run(elsewhere.apply_scorer(ValidXMLScorer(name="xml")))
client.flush()


def triggers(call) -> list[str]:
    return sorted(item.trigger_ref or "" for item in client.get_call(call.id).feedback)


# The server does it in its own time.
exactly(2, lambda: triggers(english), PATIENCE)
exactly(1, lambda: triggers(german), PATIENCE)
exactly(2, lambda: triggers(elsewhere), PATIENCE)
off = watch.deactivate()
late = ask(answer, "too late", "en")
client.flush()
exactly(1, lambda: triggers(late), PATIENCE)
report(
    active=active.uri(),
    everything=everything.uri(),
    off=off.uri(),
    triggers={name: triggers(call) for name, call in (("english", english), ("german", german), ("late", late))},
    elsewhere=triggers(elsewhere),
    before=triggers(before),
    english=english.id,
)
client.finish()
