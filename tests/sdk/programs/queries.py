"""`get_calls` in every form: filters, expressions, sorts, columns, expanded refs, feedback, costs, pages, counts."""

from __future__ import annotations

import os

import weave
from checking import eventually, exactly, report

client = weave.init(os.environ["PROJECT"])
PREFIX = f"weave:///{client.entity}/{client.project}"


class Style(weave.Object):
    tone: str
    level: int


@weave.op
def reply(text: str, number: int, style: Style) -> dict:
    if number == 7:
        raise ValueError("seven is refused")
    with weave.attributes({"inner": True}):
        length = measure(text)
    return {"text": text.upper(), "length": length, "half": number / 2}


@weave.op
def measure(text: str) -> int:
    return len(text)


@weave.op
def complete(prompt: str) -> dict:
    """Answers as a chat model does, so that the client counts its tokens."""
    usage = {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500, "requests": 1}
    weave.get_current_call().summary["usage"] = {"gpt-4o-2024-05-13": usage}
    return {"model": "gpt-4o-2024-05-13", "usage": usage}


def field(path: str) -> dict:
    return {"$getField": path}


def literal(value) -> dict:
    return {"$literal": value}


def as_number(path: str) -> dict:
    return {"$convert": {"input": field(path), "to": "double"}}


def numbers(**asked) -> list[int]:
    """The `number` inputs of the matching replies, in the order of the answer."""
    asked.setdefault("filter", {"op_names": [f"{PREFIX}/op/reply:*"]})
    return [call.inputs["number"] for call in client.get_calls(**asked)]


def matching(*expressions: dict) -> list[int]:
    whole = expressions[0] if len(expressions) == 1 else {"$and": list(expressions)}
    return numbers(query={"$expr": whole})


warm, cold = Style(tone="warm", level=1), Style(tone="cold", level=2)
WARM, COLD = (weave.publish(style, name="style") for style in (warm, cold))
for number in range(10):
    with weave.attributes({"group": "even" if number % 2 == 0 else "odd", "weights": {"w": number * 1.5}}):
        try:
            reply(f"text {number} " + "x" * number, number, warm if number < 4 else cold)
        except ValueError:
            assert number == 7
_, completion = complete.call("hello")
client.flush()
replies = exactly(10, lambda: client.get_calls(filter={"op_names": [f"{PREFIX}/op/reply:*"]}))
eventually(lambda: client.get_call(completion.id))


def filters() -> None:
    version = replies[0].op_name
    assert numbers(filter={"op_names": [version]}) == list(range(10))
    assert numbers(filter={"op_names": [f"{PREFIX}/op/never:*"]}) == []
    assert numbers(filter={"input_refs": [WARM.uri()]}) == [0, 1, 2, 3]
    assert sorted(numbers(filter={"input_refs": [WARM.uri(), COLD.uri()]})) == list(range(10))
    assert numbers(filter={"call_ids": [replies[5].id, replies[2].id]}) == [2, 5]
    assert numbers(filter={"trace_ids": [replies[3].trace_id], "trace_roots_only": True}) == [3]
    children = list(client.get_calls(filter={"parent_ids": [replies[4].id]}))
    assert [child.output for child in children] == [len(replies[4].inputs["text"])]
    assert children[0].attributes["inner"] is True
    roots = list(client.get_calls(filter={"trace_roots_only": True}))
    assert len(roots) == 11, len(roots)


def expressions() -> None:
    assert matching({"$eq": [as_number("inputs.number"), literal(3)]}) == [3]
    assert matching({"$eq": [field("attributes.group"), literal("odd")]}) == [1, 3, 5, 7, 9]
    assert matching({"$gt": [as_number("inputs.number"), literal(7.5)]}) == [8, 9]
    assert matching({"$gte": [as_number("output.half"), literal(4.0)]}) == [8, 9]
    assert matching({"$in": [field("inputs.number"), [literal("1"), literal("6")]]}) == [1, 6]
    is_long = {"$contains": {"input": field("inputs.text"), "substr": literal("XXXXXXXX"), "case_insensitive": True}}
    assert matching(is_long) == [8, 9]
    assert matching({"$not": [{"$gt": [as_number("inputs.number"), literal(1)]}]}) == [0, 1]
    odd, small = {"$eq": [field("attributes.group"), literal("odd")]}, {"$gt": [literal(4), as_number("inputs.number")]}
    assert matching(odd, small) == [1, 3]
    assert matching({"$or": [{"$eq": [as_number("inputs.number"), literal(0)]}, {"$not": [small]}]}) == [
        0,
        *range(4, 10),
    ]
    assert matching({"$eq": [field("exception"), literal(None)]}) == [0, 1, 2, 3, 4, 5, 6, 8, 9]
    assert matching({"$not": [{"$eq": [field("exception"), literal(None)]}]}) == [7]
    assert matching({"$eq": [field("summary.weave.status"), literal("error")]}) == [7]
    assert matching({"$gt": [as_number("attributes.weights.w"), literal(12.0)]}) == [9]
    assert matching({"$gt": [field("started_at"), literal(replies[7].started_at.timestamp())]}) == [8, 9]
    assert matching({"$eq": [field("id"), literal(replies[6].id)]}) == [6]
    assert matching({"$eq": [field("inputs.absent.path"), literal("x")]}) == []


def sorts_and_pages() -> None:
    def by(name: str, direction: str = "asc") -> dict:
        return {"sort_by": [{"field": name, "direction": direction}]}

    assert numbers(**by("started_at", "desc")) == list(range(9, -1, -1))
    assert numbers(**by("inputs.number", "desc")) == list(range(9, -1, -1))
    assert numbers(**by("attributes.weights.w"), limit=3) == [0, 1, 2]
    latest_odd = [{"field": "attributes.group", "direction": "desc"}, {"field": "started_at", "direction": "desc"}]
    assert numbers(sort_by=latest_odd, limit=3) == [9, 7, 5]
    assert numbers(**by("summary.weave.latency_ms"), limit=2)
    assert numbers(limit=4, offset=3) == [3, 4, 5, 6]
    assert numbers(limit=4, offset=8) == [8, 9]
    assert numbers(offset=20) == []
    assert numbers(page_size=3) == list(range(10))
    calls = client.get_calls(filter={"op_names": [f"{PREFIX}/op/reply:*"]})
    assert len(calls) == 10
    assert calls[4].inputs["number"] == 4
    assert [call.inputs["number"] for call in calls[2:5]] == [2, 3, 4]
    assert len(client.get_calls(filter={"op_names": [f"{PREFIX}/op/reply:*"]}, limit=6)) == 6
    assert len(client.get_calls(filter={"op_names": [f"{PREFIX}/op/reply:*"]}, limit=6, offset=7)) == 3


def columns() -> None:
    (call,) = client.get_calls(filter={"call_ids": [replies[1].id]}, columns=["inputs.number", "output.half"])
    assert (call.id, call.inputs["number"], call.output["half"]) == (replies[1].id, 1, 0.5)
    (call,) = client.get_calls(filter={"call_ids": [replies[1].id]}, columns=["display_name"])
    assert call.op_name == replies[1].op_name


def expanded_refs() -> None:
    def tone(value: str) -> dict:
        return {"$eq": [field("inputs.style.tone"), literal(value)]}

    expand = ["inputs.style"]
    assert numbers(query={"$expr": tone("warm")}, expand_columns=expand) == [0, 1, 2, 3]
    high = {"$gt": [as_number("inputs.style.level"), literal(1)]}
    assert numbers(query={"$expr": high}, expand_columns=expand) == [4, 5, 6, 7, 8, 9]
    by_tone = [{"field": "inputs.style.tone", "direction": "asc"}, {"field": "started_at", "direction": "desc"}]
    assert numbers(sort_by=by_tone, expand_columns=expand) == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    (call,) = client.get_calls(filter={"call_ids": [replies[0].id]}, expand_columns=expand)
    assert (call.inputs["style"].tone, call.inputs["style"].level) == ("warm", 1)
    (call,) = client.get_calls(filter={"call_ids": [replies[0].id]})
    assert call.inputs["style"].tone == "warm", "the client follows the ref by itself"


def extras() -> dict:
    replies[2].feedback.add_reaction("👏")
    client.flush()

    def with_feedback() -> list:
        (found,) = client.get_calls(filter={"call_ids": [replies[2].id]}, include_feedback=True)
        return found.summary["weave"].get("feedback")

    (item,) = eventually(with_feedback)
    assert (item["feedback_type"], item["payload"]["emoji"]) == ("wandb.reaction.1", "👏")
    usage = client.get_call(completion.id).summary["usage"]["gpt-4o-2024-05-13"]
    assert (usage["prompt_tokens"], usage["completion_tokens"], usage["requests"]) == (1000, 500, 1), usage
    (priced,) = client.get_calls(filter={"call_ids": [completion.id]}, include_costs=True)
    cost = priced.summary["weave"]["costs"]["gpt-4o-2024-05-13"]
    assert cost["prompt_tokens_total_cost"] == 1000 * cost["prompt_token_cost"] > 0, cost
    (sized,) = client.get_calls(filter={"call_ids": [replies[2].id]}, include_storage_size=True)
    return {"usage": dict(usage), "size": sized.storage_size_bytes}


filters()
expressions()
sorts_and_pages()
columns()
expanded_refs()
report(project=f"{client.entity}/{client.project}", calls=[call.id for call in replies], extras=extras())
