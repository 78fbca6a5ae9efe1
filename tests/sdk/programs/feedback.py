"""Reactions, notes, annotations, custom feedback and scorers applied to calls: added, listed, queried and purged."""

from __future__ import annotations

import asyncio
import os

import weave
from checking import eventually, exactly, refuses, report
from weave.trace.feedback import RefFeedbackQuery

client = weave.init(os.environ["PROJECT"])

# What this version tells a program about the id of new feedback is not what it sends, so its purge(id) finds nothing.
KEEPS_FEEDBACK_IDS = weave.__version__ not in ("0.53.10", "0.53.11", "0.53.12")
# Before 0.54 a mapping given to get_feedback is dropped by the client and everything comes back.
SENDS_MAPPINGS = tuple(int(part) for part in weave.__version__.split(".")) >= (0, 54, 0)


@weave.op
def answer(question: str) -> str:
    return f"It depends: {question}"


@weave.op
def is_hedged(output: str) -> dict:
    return {"hedged": output.startswith("It depends")}


class Politeness(weave.Scorer):
    word: str

    @weave.op
    def score(self, output: str, question: str) -> dict:
        return {"polite": self.word in output, "asked": question}


_, call = answer.call("is it wool?")
_, other = answer.call("is it silk?")
client.flush()
stored = eventually(lambda: client.get_call(call.id))
stored_other = eventually(lambda: client.get_call(other.id))


def of_type(feedback_type: str) -> list:
    return [item for item in stored.feedback.refresh() if item.feedback_type == feedback_type]


def reactions() -> dict:
    first = stored.feedback.add_reaction("👍")
    stored.feedback.add_reaction("🎉", creator="a colleague")
    stored_other.feedback.add_reaction("👎")
    found = exactly(2, lambda: of_type("wandb.reaction.1"))
    assert [item.payload["emoji"] for item in found] == ["👍", "🎉"]
    assert found[0].payload["alias"].strip(":") in ("thumbs_up", "+1", "thumbsup"), found[0].payload
    assert found[1].creator == "a colleague"
    assert found[0].weave_ref == f"weave:///{client.entity}/{client.project}/call/{call.id}"
    assert found[0].wb_user_id
    assert [item.id for item in client.get_feedback(reaction="👎")] == [item.id for item in stored_other.feedback]
    if KEEPS_FEEDBACK_IDS:
        assert found[0].id == first
    return {"ids": [item.id for item in found]}


def notes() -> dict:
    stored.feedback.add_note("needs a source — 日本語")
    client.flush()
    # The client sends feedback in the background, so the refusal of this one only reaches its log.
    stored.feedback.add_note("x" * 1025)
    client.flush()
    (note,) = exactly(1, lambda: of_type("wandb.note.1"))
    assert note.payload["note"] == "needs a source — 日本語"
    return {"id": note.id}


def custom() -> dict:
    payload = {"correctness": 4.5, "labels": ["a", "b"], "nested": {"deep": None}}
    stored.feedback.add("review", payload)
    stored.feedback.add("review", {"correctness": 2})
    first, second = exactly(2, lambda: of_type("review"))
    assert (first.payload, second.payload) == (payload, {"correctness": 2})
    assert refuses(lambda: stored.feedback.add("wandb.mine", {"a": 1}))
    stored.feedback.purge(second.id)
    assert [item.id for item in exactly(1, lambda: of_type("review"))] == [first.id]
    correctness = {"$convert": {"input": {"$getField": "payload.correctness"}, "to": "double"}}
    is_review = {"$eq": [{"$getField": "feedback_type"}, {"$literal": "review"}]}
    by_value = {"$expr": {"$and": [is_review, {"$gt": [correctness, {"$literal": 4.0}]}]}}
    if SENDS_MAPPINGS:
        assert [item.id for item in client.get_feedback(by_value)] == [first.id]
    assert [item.payload for item in client.get_feedback(first.id)] == [payload]
    return {"id": first.id}


def annotations() -> dict:
    spec = weave.AnnotationSpec(name="Quality", field_schema={"type": "integer", "minimum": 1, "maximum": 5})
    ref = weave.publish(spec, name="quality")
    stored.feedback.add("wandb.annotation.quality", {"value": 5}, annotation_ref=ref.uri())
    (item,) = eventually(lambda: of_type("wandb.annotation.quality"))
    assert item.payload == {"value": 5}
    assert item.annotation_ref == ref.uri()
    return {"ref": ref.uri()}


def object_feedback() -> dict:
    ref = weave.publish({"kind": "an object with a reaction"}, name="liked")
    target = RefFeedbackQuery(ref.uri())
    target.add_reaction("❤️")
    (item,) = exactly(1, target.refresh)
    assert item.weave_ref == ref.uri()
    return {"ref": ref.uri()}


def applied_scorers() -> dict:
    by_op = asyncio.run(stored.apply_scorer(is_hedged))
    assert by_op.result == {"hedged": True}, by_op
    scorer = Politeness(name="politeness", word="please")
    by_class = asyncio.run(stored.apply_scorer(scorer))
    assert by_class.result == {"polite": False, "asked": "is it wool?"}
    client.flush()
    (hedged,) = eventually(lambda: of_type("wandb.runnable.is_hedged"))
    assert hedged.payload["output"] == {"hedged": True}
    assert "/op/is_hedged:" in hedged.runnable_ref
    assert f"/call/{by_op.score_call.id}" in hedged.call_ref
    (polite,) = eventually(lambda: of_type("wandb.runnable.politeness"))
    assert polite.payload["output"] == {"polite": False, "asked": "is it wool?"}
    assert "/object/politeness:" in polite.runnable_ref
    assert f"/call/{by_class.score_call.id}" in polite.call_ref
    score_call = eventually(lambda: client.get_call(by_class.score_call.id))
    assert score_call.output == {"polite": False, "asked": "is it wool?"}
    scored = list(client.get_calls(scored_by="is_hedged"))
    assert [found.id for found in scored] == [call.id], scored
    return {"call": call.id, "score_calls": [by_op.score_call.id, by_class.score_call.id]}


def with_calls() -> dict:
    """The feedback of a call arrives with the call itself when it is asked for."""
    (found,) = client.get_calls(filter={"call_ids": [call.id]}, include_feedback=True)
    listed = found.summary["weave"]["feedback"]
    assert len(listed) == len(stored.feedback.refresh()) == 7, [item["feedback_type"] for item in listed]
    best = {
        "$expr": {
            "$gt": [{"$getField": "feedback.[review].payload.correctness"}, {"$literal": 4.0}],
        }
    }
    assert [item.id for item in client.get_calls(query=best)] == [call.id]
    return {"count": len(listed)}


report(
    reactions=reactions(),
    notes=notes(),
    custom=custom(),
    annotations=annotations(),
    object=object_feedback(),
    scorers=applied_scorers(),
    with_calls=with_calls(),
    call=call.id,
)
