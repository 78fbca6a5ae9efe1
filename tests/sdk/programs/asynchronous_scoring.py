"""One call scored by the client itself, its twin by the server: the same scorers, seen through the client."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
import urllib.request
from unittest.mock import MagicMock

import weave
from checking import eventually, exactly, report

# The scorers' package wants numpy for scorers that are not used here.
sys.modules.setdefault("numpy", MagicMock())
from weave.scorers import ValidJSONScorer, ValidXMLScorer  # noqa: E402

client = weave.init(os.environ["PROJECT"])
project = f"{client.entity}/{client.project}"


@weave.op
def answer(question: str, context: dict) -> str:
    return json.dumps({"question": question})


def post(path: str, body: dict) -> dict:
    key = base64.b64encode(f"api:{os.environ['WANDB_API_KEY']}".encode()).decode()
    headers = {"content-type": "application/json", "authorization": f"Basic {key}"}
    request = urllib.request.Request(os.environ["WANDB_BASE_URL"] + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.loads(response.read())


_, by_client = answer.call("why", {"k": "v"})
_, by_server = answer.call("why", {"k": "v"})
scorers = [ValidJSONScorer(), ValidXMLScorer(name="my xml!"), ValidJSONScorer(name="mapped", column_map={})]
for scorer in scorers:
    asyncio.run(by_client.apply_scorer(scorer))
client.flush()
refs = [scorer.ref.uri() for scorer in scorers]
assert post("/calls/score", {"project_id": project, "call_ids": [by_server.id], "scorer_refs": refs}) == {}

eventually(lambda: client.get_call(by_server.id))
given = exactly(3, lambda: list(client.get_call(by_server.id).feedback))
scored = exactly(2, lambda: client.get_calls(scored_by="ValidJSONScorer"))
assert {call.id for call in scored} == {by_client.id, by_server.id}
exactly(2, lambda: client.get_calls(scored_by=refs[1]))
report(
    by_client=by_client.id,
    by_server=by_server.id,
    types=sorted(item.feedback_type for item in given),
)
