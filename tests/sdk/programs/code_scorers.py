"""One call scored by the client itself, its twin by the server's code runner: scorers of the user's own."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import urllib.request
from typing import Any

import weave
from checking import eventually, exactly, report

client = weave.init(os.environ["PROJECT"])
project = f"{client.entity}/{client.project}"
ENOUGH = 3


def is_long(text: str) -> bool:
    return len(text) > ENOUGH


class Rubric(weave.Object):
    words: list[str]


class Wording(weave.Scorer):
    rubric: Rubric
    least: int = 1

    @weave.op
    def score(self, output: str, question: str, weight: float = 0.5) -> dict:
        hits = [word for word in self.rubric.words if word in output]
        return {"hits": len(hits), "enough": len(hits) >= self.least, "long": is_long(output), "weight": weight}


class Later(weave.Scorer):
    @weave.op
    async def score(self, *, output: str, **kwargs: Any) -> list:
        import asyncio

        await asyncio.sleep(0)
        return [output.upper(), sorted(kwargs)]


@weave.op
def same(output: str, context: dict) -> bool:
    return output == context["k"]


@weave.op
def share(model_output: str) -> float:
    return 1 / len(model_output)


@weave.op
def answer(question: str, context: dict) -> str:
    return "hello"


def post(path: str, body: dict) -> dict:
    key = base64.b64encode(f"api:{os.environ['WANDB_API_KEY']}".encode()).decode()
    headers = {"content-type": "application/json", "authorization": f"Basic {key}"}
    request = urllib.request.Request(os.environ["WANDB_BASE_URL"] + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.loads(response.read())


_, by_client = answer.call("why", {"k": "hello"})
_, by_server = answer.call("why", {"k": "hello"})
rubric = Rubric(words=["hell", "no"])
scorers = [
    Wording(rubric=rubric),
    Wording(name="strict!", rubric=rubric, least=2, column_map={"weight": "question"}),
    Later(),
    same,
    share,
]
for scorer in scorers:
    asyncio.run(by_client.apply_scorer(scorer))
client.flush()
refs = [scorer.ref.uri() for scorer in scorers]
assert post("/calls/score", {"project_id": project, "call_ids": [by_server.id], "scorer_refs": refs}) == {}

eventually(lambda: client.get_call(by_server.id))
given = exactly(5, lambda: list(client.get_call(by_server.id).feedback))
report(
    by_client=by_client.id,
    by_server=by_server.id,
    payloads={item.feedback_type: item.payload["output"] for item in given},
)
