"""Evaluations as objects of the v2 API: a dataset, scorers, trials. Runs of them are evaluation_runs.py's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from weft.core.identity import Project, User
from weft.domain.call_lists import Page
from weft.domain.evaluation_calls import first_text
from weft.domain.object_resources import (
    NewVersion,
    header,
    list_versions,
    object_id_of,
    publish_together,
    read_version,
    shown_description,
    shown_name,
    shown_op,
)
from weft.domain.ops import op_ref, placeholder_version
from weft.domain.placeholder_sources import PlaceholderRole
from weft.schemas.evaluations import EvaluationCreateBody, EvaluationReadRes
from weft.storage.entities.objects import ObjectVersion
from weft.storage.stores import Stores

_OPS: tuple[PlaceholderRole, ...] = ("evaluate", "predict_and_score", "summarize")


def create_evaluation(stores: Stores, project: Project, user: User, body: EvaluationCreateBody) -> ObjectVersion:
    """Publish an evaluation with placeholders for its three ops, all of them or nothing.

    The dataset and the scorers do not have to exist.
    """
    object_id = object_id_of(body.name)
    ops = {role: placeholder_version(stores, project, f"{object_id}.{role}", role) for role in _OPS}
    refs: dict[str, Any] = {role: op_ref(project, op) for role, op in ops.items()}
    value = {
        **header("Evaluation", body.name, body.description),
        "dataset": body.dataset,
        "scorers": body.scorers or [],
        "trials": body.trials,
        "evaluation_name": body.evaluation_name,
        "metadata": None,
        "preprocess_model_input": None,
        **refs,
        **(body.eval_attributes or {}),
    }
    return publish_together(stores, project, user, [*ops.values(), NewVersion(object_id, value)])[-1]


def read_evaluation(stores: Stores, project: Project, object_id: str, version: str) -> EvaluationReadRes:
    """A version of an evaluation."""
    return _item(read_version(stores, project, "Evaluation", object_id, version))


def list_evaluations(stores: Stores, project: Project, page: Page) -> Iterator[EvaluationReadRes]:
    """All versions of all evaluations, those of SDKs too."""
    return map(_item, list_versions(stores, project, "Evaluation", page))


def _item(version: ObjectVersion) -> EvaluationReadRes:
    value = version.val
    scorers, trials = value.get("scorers"), value.get("trials")
    return EvaluationReadRes(
        object_id=version.object_id,
        digest=version.digest,
        version_index=version.version_index,
        created_at=version.created_at,
        name=shown_name(version),
        description=shown_description(version),
        dataset=first_text(value.get("dataset")),
        scorers=[item for item in scorers if isinstance(item, str)] if isinstance(scorers, list) else [],
        trials=trials if isinstance(trials, int) and not isinstance(trials, bool) else 1,
        evaluation_name=first_text(value.get("evaluation_name")) or None,
        evaluate_op=shown_op(version, "evaluate", f"{version.object_id}.evaluate"),
        predict_and_score_op=shown_op(version, "predict_and_score", f"{version.object_id}.predict_and_score"),
        summarize_op=shown_op(version, "summarize", f"{version.object_id}.summarize"),
    )
