"""Agreement and distributions of feedback over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from weft.services import Services
from weft.storage.events.feedback import Feedback

MOMENT = datetime(2025, 3, 10, 12, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
JUDGE, HUMAN = "wandb.runnable.judge", "wandb.annotation.verdict"
WINDOW = {"start": (MOMENT - HOUR).isoformat(), "end": (MOMENT + HOUR).isoformat()}


class Ground:
    """A project whose feedback is laid out in time, which no client can do."""

    def __init__(self, client: TestClient, project: str) -> None:
        self.client = client
        self.project = project
        self._services: Services = client.app.state.services  # type: ignore[attr-defined]
        self._id = self._services.stores.projects.ensure(*project.split("/")).id
        self._rows: list[Feedback] = []

    def say(
        self, kind: str, call: str, payload: Any, *, at: datetime = MOMENT, user: str = "", monitor: str = ""
    ) -> None:
        """Prepare one feedback on a call, perhaps one that a version of a monitor asked for."""
        ref = f"weave-trace-internal:///{self._id}/call/{call}"
        number = f"f{len(self._rows)}"
        trigger = f"weave-trace-internal:///{self._id}/object/{monitor}" if monitor else ""
        row = Feedback(self._id, number, ref, kind, payload, created_at=at, wb_user_id=user, trigger_ref=trigger)
        self._rows.append(row)

    def judged(self, pairs: list[tuple[Any, Any]]) -> None:
        """The judge's and the person's word on each of some calls; None says nothing."""
        for number, (judge, human) in enumerate(pairs):
            if judge is not None:
                self.say(JUDGE, f"c{number:03}", {"output": {"score": judge}})
            if human is not None:
                self.say(HUMAN, f"c{number:03}", {"value": human})

    def ask(self, path: str, **body: Any) -> Any:
        """The answer to a question, once what was prepared is stored."""
        self._services.stores.feedback.put(self._rows)
        answer = self.client.post(f"/weft/v1/feedback/{path}", json={"project_id": self.project, **body})
        assert answer.status_code == 200, answer.text
        assert len(answer.content) < 200_000
        return answer.json()

    def agreement(self, left: Any = None, right: Any = None, **body: Any) -> Any:
        """The agreement of judge and person."""
        sources = {"left": {"feedback_type": JUDGE, "field": "output.score", **(left or {})}}
        sources["right"] = {"feedback_type": HUMAN, **(right or {})}
        return self.ask("agreement", **sources, **body)

    def status(self, path: str, **body: Any) -> int:
        """The status of the answer."""
        return self.client.post(f"/weft/v1/feedback/{path}", json={"project_id": self.project, **body}).status_code


@pytest.fixture
def ground(app_client: TestClient, project: str) -> Ground:
    return Ground(app_client, project)


def codes(answer: Any) -> list[str]:
    return [warning["code"] for warning in answer["warnings"]]


def test_judge_and_person_agree_beyond_chance(ground: Ground) -> None:
    ground.judged([(True, True)] * 20 + [(True, False)] * 5 + [(False, True)] * 10 + [(False, False)] * 15)
    answer = ground.agreement()
    assert (answer["n"], answer["scale"], answer["categories"]) == (50, "nominal", ["false", "true"])
    assert answer["confusion"] == [[15, 10], [5, 20]]
    assert answer["agreement"]["value"] == pytest.approx(0.7)
    # The example of the literature: 0.7 observed and 0.5 expected.
    assert answer["kappa"]["value"] == pytest.approx(0.4)
    assert answer["kappa"]["low"] < 0.4 < answer["kappa"]["high"]
    assert (answer["weighted_kappa"], answer["alpha"]["level"]) == (None, "nominal")
    assert len(answer["disagreements"]) == 15
    first = answer["disagreements"][0]
    assert first["weave_ref"] == f"weave:///{ground.project}/call/{first['call_id']}"
    assert {(one["left"], one["right"]) for one in answer["disagreements"]} == {("true", "false"), ("false", "true")}
    assert ground.agreement(disagreements=0)["disagreements"] == []


def test_calls_of_one_source_only_are_counted_apart(ground: Ground) -> None:
    ground.judged([(True, True), (True, None), (False, None), (None, True), ("x", "x")])
    answer = ground.agreement()
    assert (answer["n"], answer["only_left"], answer["only_right"]) == (2, 2, 1)
    assert "few_pairs" in codes(answer)


def test_numbers_in_order_have_a_weighted_kappa(ground: Ground) -> None:
    ground.judged([(1, 1), (2, 2.0), (3, 4), (4, 4), (5, 5), (1, 2), (5, 4), (10, 5)] * 3)
    answer = ground.agreement(weights="linear")
    assert answer["scale"] == "ordinal"
    assert answer["categories"] == ["1", "2", "3", "4", "5", "10"]
    assert answer["weighted_kappa"]["method"] == "cohen_linear"
    assert answer["weighted_kappa"]["value"] > answer["kappa"]["value"]
    assert answer["alpha"]["level"] == "interval"


def test_a_threshold_makes_numbers_comparable_with_flags(ground: Ground) -> None:
    ground.judged([(0.9, True), (0.5, True), (0.49, False), (0.1, True), ("no number", True)])
    answer = ground.agreement(left={"threshold": 0.5})
    assert answer["confusion"] == [[1, 1], [0, 2]]
    assert answer["only_right"] == 1


def test_labels_can_be_renamed(ground: Ground) -> None:
    for number, (emoji, value) in enumerate([("👍", True), ("👎", False), ("👎", True)]):
        ground.say("wandb.reaction.1", f"c{number}", {"emoji": emoji, "detoned": emoji})
        ground.say(HUMAN, f"c{number}", {"value": value})
    left = {"feedback_type": "wandb.reaction.1", "field": None, "labels": {"👍": "true", "👎": "false"}}
    answer = ground.agreement(left=left)
    assert answer["confusion"] == [[1, 1], [0, 1]]


def test_the_newest_word_counts_and_annotators_can_be_told_apart(ground: Ground) -> None:
    for user, value, hours in (("ann", "a", 0), ("bob", "b", 1), ("ann", "c", 2)):
        ground.say(HUMAN, "c1", {"value": value}, at=MOMENT + hours * HOUR, user=user)
    ground.say(JUDGE, "c1", {"output": {"score": "c"}})
    assert ground.agreement()["categories"] == ["c"]
    both = {"feedback_type": HUMAN, "field": "value"}
    answer = ground.agreement(left={**both, "wb_user_id": "ann"}, right={"wb_user_id": "bob"})
    assert (answer["categories"], answer["n"]) == (["b", "c"], 1)
    early = ground.agreement(end=(MOMENT + 2 * HOUR).isoformat())
    assert early["categories"] == ["b", "c"]
    assert ground.agreement(start=(MOMENT + 9 * HOUR).isoformat())["n"] == 0


def test_many_numbers_have_an_alpha_and_no_kappa(ground: Ground) -> None:
    ground.judged([(number / 7, number / 7 + 0.01) for number in range(40)])
    answer = ground.agreement()
    assert (answer["scale"], answer["kappa"], answer["confusion"]) == ("continuous", None, [])
    assert answer["alpha"]["value"] > 0.99
    assert "too_many_categories" in codes(answer)


def test_sources_that_share_no_call_have_nothing_to_agree_on(ground: Ground) -> None:
    ground.judged([(True, None), (None, True)])
    answer = ground.agreement()
    assert (answer["n"], answer["kappa"], answer["agreement"]) == (0, None, None)
    assert codes(answer) == ["no_pairs"]


def test_odd_labels_stay_what_they_are(ground: Ground) -> None:
    odd: list[Any] = ["x" * 5000, {"a": 1}, [1, 2], "", 10**300, 1e-5, "null", "<script>", "1_0", "\u202eabc"]
    ground.judged([(value, value) for value in odd])
    answer = ground.agreement()
    assert answer["n"] == len(odd)
    assert answer["agreement"]["value"] == 1


def test_what_is_no_source_is_refused(ground: Ground) -> None:
    ground.judged([(True, True)])
    fine = {"feedback_type": JUDGE}
    for bad in (
        {},
        {"feedback_type": ""},
        {**fine, "field": "a..b"},
        {**fine, "field": "a\u0000"},
        {**fine, "threshold": "x"},
    ):
        assert ground.status("agreement", left=bad, right=fine) in (400, 422)
    assert ground.status("agreement", left=fine, right=fine, start="0001-01-01T00:00:00Z") == 422
    assert ground.status("agreement", left=fine, right=fine, confidence=1) == 422


def test_types_are_counted_over_time(ground: Ground) -> None:
    for number in range(5):
        ground.say(JUDGE, f"c{number}", {"output": number}, at=MOMENT + number * timedelta(minutes=10))
    ground.say(HUMAN, "c1", {"value": 1})
    answer = ground.ask("distributions", **WINDOW, granularity=1800)
    assert [(one["feedback_type"], one["count"]) for one in answer["types"]] == [(JUDGE, 5), (HUMAN, 1)]
    assert answer["types_total"] == 2
    assert len(answer["buckets"]) == 4
    assert answer["types"][0]["counts"] == [0, 0, 3, 2]
    assert (answer["fields"], answer["granularity"]) == ([], 1800)


def test_values_are_described_by_their_kind(ground: Ground) -> None:
    for number in range(10):
        payload = {"score": number / 2, "ok": number < 3, "word": "ab"[number % 2]} | ({} if number else {"rare": "r"})
        ground.say("custom", f"c{number}", payload, at=MOMENT + (number % 2) * timedelta(minutes=40))
    ground.say("other", "c1", {"score": 100})
    answer = ground.ask("distributions", **WINDOW, feedback_type="custom", bins=3, granularity=3600)
    fields = {one["field"]: one for one in answer["fields"]}
    assert list(fields) == ["ok", "rare", "score", "word"]
    score = fields["score"]
    assert (score["kind"], score["count"], score["missing"]) == ("number", 10, 0)
    assert (score["mean"], score["min"], score["max"], score["median"]) == (2.25, 0, 4.5, 2.25)
    assert score["histogram"] == {"edges": [0, 1.5, 3, 4.5], "counts": [3, 3, 4]}
    counts = dict(zip(answer["buckets"], score["over_time"]["counts"], strict=True))
    assert [count for count in counts.values() if count] == [5, 5]
    assert [value for value in score["over_time"]["values"] if value is not None] == [2.0, 2.5]
    assert (fields["ok"]["true_count"], fields["ok"]["mean"]) == (3, 0.3)
    assert fields["word"]["categories"] == [{"value": "a", "count": 5}, {"value": "b", "count": 5}]
    assert (fields["rare"]["count"], fields["rare"]["missing"]) == (1, 9)


def test_fields_can_be_chosen_and_unknown_ones_are_empty(ground: Ground) -> None:
    ground.say("custom", "c", {"deep": {"er": 1}, "x": 7})
    ground.say("custom", "d", {"deep": {"er": 1}, "x": 7})
    answer = ground.ask("distributions", **WINDOW, feedback_type="custom", fields=["deep.er", "nothing"])
    known, unknown = answer["fields"]
    assert known["histogram"] == {"edges": [0.5, 1.5], "counts": [2]}
    assert (unknown["count"], unknown["missing"], unknown["categories"]) == (0, 2, [])


def test_long_spans_have_wide_buckets(ground: Ground) -> None:
    ground.say("custom", "c", {"x": 1})
    span = {"start": (MOMENT - timedelta(days=300)).isoformat(), "end": (MOMENT + HOUR).isoformat()}
    answer = ground.ask("distributions", **span, feedback_type="custom", granularity=60)
    assert len(answer["buckets"]) <= 121
    assert sum(answer["types"][0]["counts"]) == 1


def test_values_no_bin_can_hold_have_no_histogram(ground: Ground) -> None:
    for number, value in enumerate([1e308, -1e308, 0.5]):
        ground.say("custom", f"c{number}", {"x": value, "y": 1 + number * 2**-52, "text": "t" * 3000})
    answer = ground.ask("distributions", **WINDOW, feedback_type="custom")
    fields = {one["field"]: one for one in answer["fields"]}
    assert fields["x"]["histogram"] is None
    assert fields["y"]["histogram"] is None
    assert len(fields["text"]["categories"][0]["value"]) == 200


def test_spans_that_cannot_be_are_refused(ground: Ground) -> None:
    ground.say("custom", "c", {"x": 1})
    end = MOMENT.isoformat()
    assert ground.status("distributions", start=end, end=(MOMENT - HOUR).isoformat()) == 422
    assert ground.status("distributions", start=(MOMENT - timedelta(days=500)).isoformat(), end=end) == 422
    assert ground.status("distributions", start="0001-01-01T00:00:00", end="0001-01-02T00:00:00") == 422
    assert ground.status("distributions", **WINDOW, feedback_type="custom", fields=["a..b"]) == 400
    assert ground.status("distributions", **WINDOW, bins=1) == 422
    assert ground.status("distributions", **WINDOW, granularity=0) == 422


def test_distributions_of_what_a_monitor_asked_for(ground: Ground) -> None:
    for number, monitor in enumerate(("watch:a", "watch:b", "watch2:a", "")):
        ground.say(JUDGE, f"c{number}", {"output": number}, monitor=monitor)

    def count(trigger_ref: str) -> int:
        answer = ground.ask("distributions", **WINDOW, feedback_type=JUDGE, trigger_ref=trigger_ref)
        return sum(field["count"] for field in answer["fields"])

    assert count(f"weave:///{ground.project}/object/watch:*") == 2
    assert count(f"weave:///{ground.project}/object/watch:b") == 1
    assert count(f"weave:///{ground.project}/object/nothing:*") == 0
