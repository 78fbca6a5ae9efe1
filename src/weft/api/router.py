"""Every router of the API, one line per noun. Places not taken yet: agents, costs, threads, otel, completions."""

from __future__ import annotations

from fastapi import APIRouter

from weft.api import (
    calls,
    calls_query,
    feedback,
    files,
    object_labels,
    objects,
    queues,
    refs,
    scoring,
    service,
    tables,
    ui,
    wandb,
)
from weft.api.v2 import calls as v2_calls
from weft.api.v2 import datasets, eval_results, evaluation_runs, evaluations, models, ops, predictions, scorers, scores
from weft.api.weft import keys, projects, session
from weft.api.weft import scoring as weft_scoring


def routers() -> list[APIRouter]:
    """The routers in the order they are matched."""
    v1 = (service, wandb, calls, calls_query, objects, object_labels, tables, refs, files, feedback, queues, scoring)
    resources = (v2_calls, ops, datasets, scorers, models, evaluations)
    results = (evaluation_runs, predictions, scores, eval_results)
    ours = (projects, keys, session, weft_scoring, ui)
    return [module.router for module in (*v1, *resources, *results, *ours)]
