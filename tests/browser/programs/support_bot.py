"""A support bot, traced and evaluated with the official SDK: what people who open the UI would have written.

Tells the ids of what it stored as one line of JSON. Everything is a pure function of the row, so that every run of
this program stores the same figures.
"""

from __future__ import annotations

import asyncio
import json
import os

import weave
from weave.conversation import Message, Usage, start_conversation
from weave.flow import leaderboard
from weave.flow.annotation_spec import AnnotationSpec

client = weave.init(os.environ["PROJECT"])

TOPICS = ("refund", "delivery", "password", "invoice")
ROWS = [
    {
        "question": f"Question {number}: how do I get help with my {TOPICS[number % 4]}?",
        "topic": TOPICS[number % 4],
        "expected": f"Open the page about your {TOPICS[number % 4]}.",
    }
    for number in range(16)
]


@weave.op
def look_up(topic: str) -> list[str]:
    """Stands for a search."""
    return [f"docs/{topic}.md", "docs/contact.md"]


@weave.op
def complete(messages: list[dict], model: str, right: bool) -> dict:
    """Stands for an LLM: answers in the shape of a chat completion, with usage."""
    topic = messages[-1]["content"].rpartition("my ")[2].rstrip("?")
    content = f"Open the page about your {topic}." if right else "Please call us."
    return {
        "id": "c",
        "object": "chat.completion",
        "model": model,
        "choices": [
            {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}},
        ],
        "usage": {"prompt_tokens": 40 + len(content), "completion_tokens": 12, "total_tokens": 52 + len(content)},
    }


class SupportBot(weave.Model):
    model: str
    knows: list[str]
    system_prompt: str = "You are a friendly support agent."

    @weave.op
    def predict(self, question: str, topic: str) -> str:
        look_up(topic)
        if question.startswith("Question 13") and self.model == "gpt-4o-mini":
            raise TimeoutError("The search did not answer within 2 s")
        messages = [{"role": "system", "content": self.system_prompt}, {"role": "user", "content": question}]
        completion = complete(messages, self.model, topic in self.knows)
        return completion["choices"][0]["message"]["content"]


@weave.op
def exact(expected: str, output: str) -> bool:
    return output == expected


class Helpfulness(weave.Scorer):
    @weave.op
    def score(self, output: str, topic: str) -> dict:
        hits = topic in output
        reason = f"It names the {topic}." if hits else f"It says nothing of the {topic}."
        return {"score": 0.9 if hits else 0.2, "reason": reason}


SMALL = SupportBot(name="small-bot", model="gpt-4o-mini", knows=["refund", "delivery"])
LARGE = SupportBot(name="large-bot", model="gpt-4o", knows=["refund", "delivery", "invoice"])


def evaluations() -> dict:
    """Two models on the first dataset, and the second model on its next version."""
    scorers = [exact, Helpfulness(name="helpfulness")]
    dataset = weave.Dataset(name="support-questions", rows=ROWS[:12])
    evaluation = weave.Evaluation(name="support", dataset=dataset, scorers=scorers, trials=2)
    asyncio.run(evaluation.evaluate(SMALL))
    asyncio.run(evaluation.evaluate(LARGE))
    evaluation_ref = weave.publish(evaluation).uri()
    more = weave.Dataset(name="support-questions", rows=[*ROWS[1:12], *ROWS[12:]])
    later = weave.Evaluation(name="support-all", dataset=more, scorers=scorers)
    asyncio.run(later.evaluate(SMALL))
    client.flush()
    columns = [
        leaderboard.LeaderboardColumn(
            evaluation_object_ref=evaluation_ref, scorer_name=name, summary_metric_path=path, should_minimize=False
        )
        for name, path in (("exact", "true_fraction"), ("helpfulness", "score.mean"))
    ]
    board = weave.publish(leaderboard.Leaderboard(name="Support bots", description="Who helps best", columns=columns))
    runs = [run.id for one in (evaluation, later) for run in one.get_evaluate_calls()]
    return {"runs": runs, "evaluation": evaluation_ref, "leaderboard": board.uri()}


def chats() -> dict:
    """A thread of three turns, each rated by a user."""
    turns = []
    with weave.thread("support-thread"):
        for number in (0, 1, 2):
            _, call = LARGE.predict.call(LARGE, question=ROWS[number]["question"], topic=ROWS[number]["topic"])
            turns.append(call)
    client.flush()
    turns[0].feedback.add_reaction("👍")
    turns[1].feedback.add_reaction("👎")
    turns[1].feedback.add_note("It should have asked for the order number.")
    mood = AnnotationSpec(name="Mood", description="How the user felt", field_schema={"enum": ["good", "bad"]})
    quality = AnnotationSpec(name="Quality", field_schema={"type": "integer", "minimum": 1, "maximum": 5})
    specs = [weave.publish(mood, "mood").uri(), weave.publish(quality, "quality").uri()]
    for turn, value in zip(turns, ("good", "bad", "good"), strict=True):
        turn.feedback.add("wandb.annotation.mood", {"value": value}, annotation_ref=specs[0])
    return {"thread": "support-thread", "turns": [turn.id for turn in turns], "annotation_specs": specs}


def agents() -> dict:
    """A conversation of an agent with a tool."""
    with start_conversation(agent_name="support-agent", model="gpt-4o", conversation_id="support-talk") as talk:
        for question in ("Where is my order?", "And when does it arrive?"):
            with talk.start_turn(user_message=question) as turn:
                with turn.start_llm(model="gpt-4o", provider_name="openai") as llm:
                    llm.record(
                        input_messages=[Message.user(question)],
                        output_messages=[Message.assistant("I look it up.")],
                        usage=Usage(input_tokens=80, output_tokens=20),
                    )
                with turn.start_tool(name="find_order", arguments='{"order": 7}', tool_call_id="t1") as tool:
                    tool.result = '{"status": "on its way", "days": 2}'
    return {"agent": "support-agent", "conversation": "support-talk"}


stored = {**evaluations(), **chats(), **agents()}
prompt = weave.MessagesPrompt([{"role": "system", "content": "You are a friendly support agent."}])
stored["prompt"] = weave.publish(prompt, "support-prompt").uri()
client.finish()
print(json.dumps(stored))
