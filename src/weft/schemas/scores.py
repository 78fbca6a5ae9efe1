"""The words of the v2 score routes."""

from __future__ import annotations

from typing import Any

from weft.schemas.base import Wire


class ScoreCreateBody(Wire):
    """What a scorer said about a prediction. `value` may be null but not missing."""

    prediction_id: str
    scorer: str
    value: Any
    evaluation_run_id: str | None = None


class ScoreCreateRes(Wire):
    """The id of the score, which is also its call id."""

    score_id: str


class ScoreReadRes(Wire):
    """A score as stored."""

    score_id: str
    scorer: str
    value: Any
    evaluation_run_id: str | None = None
    wb_user_id: str | None = None


class ScoreDeleteRes(Wire):
    """How many of the named scores existed."""

    num_deleted: int
