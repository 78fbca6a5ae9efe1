"""Leaderboards over evaluation runs, monitors with scorers, annotation specs and saved views: kept and read back."""

from __future__ import annotations

import asyncio
import os

import weave
from checking import eventually, exactly, report
from weave.flow import leaderboard
from weave.flow.annotation_spec import AnnotationSpec

client = weave.init(os.environ["PROJECT"])


@weave.op
def exact(output: int, target: int) -> dict:
    return {"right": output == target, "off": abs(output - target)}


class Adder(weave.Model):
    bias: int

    @weave.op
    def predict(self, left: int, right: int) -> int:
        return left + right + self.bias


def boards() -> dict:
    rows = [{"left": number, "right": 2, "target": number + 2} for number in range(4)]
    evaluation = weave.Evaluation(name="sums", dataset=weave.Dataset(name="sum-rows", rows=rows), scorers=[exact])
    models = [Adder(name=f"adder-{bias}", bias=bias) for bias in (0, 3)]
    for model in models:
        asyncio.run(evaluation.evaluate(model))
    client.flush()
    evaluation_ref = weave.publish(evaluation).uri()
    columns = [
        leaderboard.LeaderboardColumn(
            evaluation_object_ref=evaluation_ref, scorer_name="exact", summary_metric_path=path, should_minimize=lower
        )
        for path, lower in (("right.true_fraction", False), ("off.mean", True))
    ]
    ref = weave.publish(leaderboard.Leaderboard(name="Best adders", description="sums", columns=columns), "adders")
    stored = weave.ref(ref.uri()).get()
    assert (stored.name, [column.summary_metric_path for column in stored.columns]) == (
        "Best adders",
        ["right.true_fraction", "off.mean"],
    )
    assert stored.columns[1].should_minimize is True
    results = exactly(2, lambda: leaderboard.get_leaderboard_results(stored, client))
    found = {
        result.model_ref.rpartition("/")[2].partition(":")[0]: [
            column.scores[0].value for column in result.column_scores
        ]
        for result in results
    }
    assert found == {"adder-0": [1.0, 0.0], "adder-3": [0.0, 3.0]}, found
    return found


def monitors() -> dict:
    class Length(weave.Scorer):
        longest: int = 10

        @weave.op
        def score(self, output: str) -> dict:
            return {"short": len(output) <= self.longest}

    query = {"$expr": {"$gt": [{"$getField": "started_at"}, {"$literal": 1742540400}]}}
    monitor = weave.Monitor(
        name="lengths", sampling_rate=0.25, op_names=["talk"], query=query, scorers=[Length(name="length", longest=12)]
    )
    active = monitor.activate()
    loaded = weave.ref(active.uri()).get()
    assert isinstance(loaded, weave.Monitor), type(loaded)
    assert (loaded.active, loaded.sampling_rate) == (True, 0.25)
    assert [str(name).rpartition("/")[2] for name in loaded.op_names] == ["talk:*"]
    assert loaded.scorers[0].longest == 12
    inactive = monitor.deactivate()
    assert inactive.digest != active.digest
    assert weave.ref("lengths:latest").get().active is False
    assert weave.ref(active.uri()).get().active is True
    return {"active": active.uri(), "inactive": inactive.uri()}


def specs() -> str:
    ref = weave.publish(AnnotationSpec(name="Mood", field_schema={"type": "string", "enum": ["good", "bad"]}), "mood")
    stored = weave.ref(ref.uri()).get()
    assert dict(stored.field_schema)["enum"] == ["good", "bad"]

    @weave.op
    def talk(text: str) -> str:
        return text

    _, call = talk.call("hello")
    client.flush()
    eventually(lambda: client.get_call(call.id).ended_at)
    call.feedback.add("wandb.annotation.mood", {"value": "good"}, annotation_ref=ref.uri())
    [annotation] = exactly(1, lambda: list(client.get_call(call.id).feedback))
    assert annotation.payload == {"value": "good"}
    return ref.uri()


def views() -> str:
    # A view with filters can be kept, but these clients refuse to load what they made of them themselves.
    filtered = weave.SavedView("traces", "Talks of today")
    filtered.add_filter("op_name", "contains", "talk").add_sort("started_at", "desc").save()
    plain = weave.SavedView("traces", "Talks")
    plain.add_column("inputs.text").page_size(25).save()
    loaded = weave.SavedView.load(plain.ref.uri() if hasattr(plain.ref, "uri") else plain.ref)
    assert (loaded.label, loaded.base.definition.page_size) == ("Talks", 25)
    return loaded.label


report(boards=boards(), monitors=monitors(), spec=specs(), view=views())
client.finish()
