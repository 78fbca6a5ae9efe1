"""A program as a user of the official SDK would write it: two models, a data set, two scorers, an evaluation of each.

Runs in an environment with `weave` and scikit-learn and knows nothing of Weft but its address. The models are real and
small: they learn from the training half of `tickets.jsonl` in under a second. What it made is left in a JSON report.

    python evaluation.py --server http://127.0.0.1:6345 --project demo/support-tickets --report report.json
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
from pathlib import Path
from typing import Any

ROWS = [json.loads(line) for line in Path(__file__).with_name("tickets.jsonl").read_text("utf-8").splitlines()]
TRAIN = [row for row in ROWS if row["split"] == "train"]
TEST = [{"text": row["text"], "topic": row["topic"]} for row in ROWS if row["split"] == "test"]
REPLIES = 24
# Longer replies are cut, as a gateway for text messages would; the asynchronous scorers will notice.
REPLY_LENGTH = 138


def configure(server: str) -> None:
    """Point the SDK at the server. These variables are all it takes."""
    os.environ["WANDB_BASE_URL"] = server
    os.environ["WANDB_API_KEY"] = "local" * 8
    # The SDK remembers on disk what it has sent, whichever server it sent it to.
    os.environ["WEAVE_SERVER_CACHE_DIR"] = tempfile.mkdtemp(prefix="weft-demo-")
    os.environ["WEAVE_PRINT_CALL_LINK"] = "false"
    os.environ["WANDB_ERROR_REPORTING"] = "false"


def define_models(weave: Any) -> list[Any]:
    """Two classifiers of support tickets, trained here and now."""
    from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import MultinomialNB
    from sklearn.pipeline import make_pipeline

    # The SDK lives in the demo's own environment, so the type checker knows nothing of it: hence the ignores here.
    class TicketClassifier(weave.Model):  # type: ignore[misc]
        """Names the topic of a support ticket, and how sure it is."""

        algorithm: str
        features: str
        trained_on: int
        _pipeline: Any = None

        def train(self, pipeline: Any) -> TicketClassifier:
            self._pipeline = pipeline.fit([row["text"] for row in TRAIN], [row["topic"] for row in TRAIN])
            return self

        @weave.op  # type: ignore[untyped-decorator]
        def predict(self, text: str) -> dict[str, Any]:
            chances = self._pipeline.predict_proba([text])[0]
            best = chances.argmax()
            return {"topic": str(self._pipeline.classes_[best]), "confidence": round(float(chances[best]), 4)}

    def classifier(name: str, algorithm: str, features: str) -> TicketClassifier:
        return TicketClassifier(name=name, algorithm=algorithm, features=features, trained_on=len(TRAIN))

    spelling = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    return [
        classifier("regression-on-spelling", "logistic regression", "TF-IDF of 2 to 5 letters").train(
            make_pipeline(spelling, LogisticRegression(C=20, max_iter=1000))
        ),
        classifier("bayes-on-words", "naive Bayes", "word counts").train(
            make_pipeline(CountVectorizer(), MultinomialNB())
        ),
    ]


def define_scorers(weave: Any) -> list[Any]:
    """A function and a class: was it right, and does it know how sure it may be?"""

    @weave.op  # type: ignore[untyped-decorator]
    def right_topic(topic: str, output: dict[str, Any]) -> dict[str, bool]:
        return {"correct": output["topic"] == topic}

    class Calibration(weave.Scorer):  # type: ignore[misc]
        """The Brier score of the stated confidence: 0 is best, 1 is surely wrong."""

        @weave.op  # type: ignore[untyped-decorator]
        def score(self, topic: str, output: dict[str, Any]) -> dict[str, float]:
            hit = 1.0 if output["topic"] == topic else 0.0
            return {"brier": round((output["confidence"] - hit) ** 2, 4)}

    return [right_topic, Calibration(name="calibration")]


def evaluate(evaluation: Any, model: Any) -> dict[str, Any]:
    """Evaluate one model; its run is the call that the evaluation makes."""
    evaluation.evaluation_name = model.name
    summary, call = asyncio.run(evaluation.evaluate.call(evaluation, model))
    return {"model": model.name, "run_id": call.id, "summary": summary}


def write_replies(weave: Any, model: Any) -> list[str]:
    """Answer some tickets with a traced function; returns the ids of its calls."""

    @weave.op  # type: ignore[untyped-decorator]
    def draft_reply(ticket: str) -> str:
        topic = model.predict(text=ticket)["topic"]
        thanks = f"Thank you for writing to us. Our {topic} team looks into this: {ticket}."
        return json.dumps({"topic": topic, "reply": thanks})[:REPLY_LENGTH]

    return [draft_reply.call(row["text"])[1].id for row in TEST[:REPLIES]]


def publish_asynchronous_scorers(weave: Any, judge_model: str) -> dict[str, str]:
    """Scorers that the server can run by itself: nobody's code is needed for them."""
    from weave.flow.llm_structured_model import LLMStructuredCompletionModel
    from weave.scorers import LLMAsAJudgeScorer, ValidJSONScorer

    judge = LLMAsAJudgeScorer(
        name="answers-the-ticket",
        model=LLMStructuredCompletionModel(
            name="judge-model",
            llm_model_id=judge_model,
            default_params={
                "messages_template": [{"role": "system", "content": "You judge replies of a support desk."}],
                "response_format": "json_object",
                "temperature": 0,
            },
        ),
        scoring_prompt=(
            "Ticket: {ticket}\nReply: {output}\n"
            'Does the reply say what the ticket is about? Answer as JSON: {{"answers": true or false, "reason": "..."}}'
        ),
    )
    return {scorer.name: weave.publish(scorer).uri() for scorer in (ValidJSONScorer(name="valid-json"), judge)}


def main() -> None:
    """Run it all and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--server", "--project", "--judge-model"):
        parser.add_argument(name, required=True)
    parser.add_argument("--report", type=Path, required=True)
    options = parser.parse_args()
    configure(options.server)
    import weave

    client = weave.init(options.project)
    dataset = weave.Dataset(name="support-tickets", rows=weave.Table(TEST))
    scorers = define_scorers(weave)
    evaluation = weave.Evaluation(name="ticket-topics", dataset=dataset, scorers=scorers)
    models = define_models(weave)
    runs = [evaluate(evaluation, model) for model in models]
    report = {
        "weave": weave.__version__,
        "evaluation_ref": weave.publish(evaluation).uri(),
        "scorer_ref": weave.publish(scorers[0]).uri(),
        "runs": runs,
        "rows": TEST,
        "replies": write_replies(weave, models[0]),
        "scorers": publish_asynchronous_scorers(weave, options.judge_model),
    }
    client.finish()
    options.report.write_text(json.dumps(report, default=str))


if __name__ == "__main__":
    main()
