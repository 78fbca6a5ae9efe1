"""Everything of which a client prints a link or knows an address."""

from __future__ import annotations

import os

import weave
from checking import report
from weave.flow.leaderboard import Leaderboard, LeaderboardColumn

client = weave.init(os.environ["PROJECT"])


class Weaver(weave.Model):
    loom: str

    @weave.op
    def predict(self, thread: str) -> str:
        return f"{thread} on {self.loom}"


@weave.op
def weave_cloth(thread: str) -> str:
    return thread * 2


_, call = weave_cloth.call("wool")
dataset = weave.publish(weave.Dataset(name="threads", rows=[{"thread": "silk"}]))
evaluation = weave.Evaluation(name="looms", dataset=dataset.get(), scorers=[])
published = [
    weave.publish({"a": 1}, name="An object.with-dots_1"),
    weave.publish(weave.StringPrompt("Hello"), name="prompt"),
    weave.publish(Weaver(name="weaver", loom="jacquard")),
    weave.publish(weave_cloth),
    weave.publish(evaluation),
]
column = LeaderboardColumn(evaluation_object_ref=published[-1].uri(), scorer_name="s", summary_metric_path="m")
published.append(weave.publish(Leaderboard(name="Best looms", columns=[column]), name="best-looms"))
logger = weave.EvaluationLogger(name="logged", model="m", dataset="d")
logger.log_summary()
client.flush()
report(urls=[call.ui_url, logger.ui_url], refs=[ref.uri() for ref in published])
