"""Every router of the API, one line per noun. Places not taken yet: agents."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.routing import BaseRoute

from weft.api import (
    agent_chats,
    agent_search,
    agent_spans,
    agents,
    call_stats,
    calls,
    calls_query,
    completions,
    conversations,
    dataset_sources,
    evaluation_jobs,
    feedback,
    feedback_stats,
    files,
    images,
    metrics,
    object_labels,
    objects,
    otel,
    prices,
    project_settings,
    project_stats,
    queue_items,
    queues,
    refs,
    scoring,
    service,
    tables,
    threads,
    ui,
    usage,
    wandb,
)
from weft.api.v2 import calls as v2_calls
from weft.api.v2 import (
    datasets,
    eval_results,
    evaluation_runs,
    evaluations,
    models,
    ops,
    predictions,
    runtimes,
    scorers,
    scores,
)
from weft.api.weft import call_previews, keys, monitors, projects, secrets, session
from weft.api.weft import evaluations as weft_evaluations
from weft.api.weft import feedback as weft_feedback
from weft.api.weft import feedback_previews as weft_feedback_previews
from weft.api.weft import objects as weft_objects
from weft.api.weft import project_settings as weft_project_settings
from weft.api.weft import queue_items as weft_queue_items
from weft.api.weft import scoring as weft_scoring
from weft.api.weft import scoring_queue as weft_scoring_queue
from weft.api.weft import usage as weft_usage


def routers() -> list[APIRouter]:
    """The routers in the order they are matched."""
    # Matching walks the list, so what clients send most stands first.
    busy = (v2_calls, predictions, scores, feedback, calls, calls_query, otel)
    v1 = (objects, object_labels, tables, refs, files, queues, prices, scoring, service, wandb)
    figures = (call_previews, call_stats, usage, threads, project_stats)
    stats = (weft_evaluations, weft_feedback, weft_usage, weft_scoring_queue, weft_objects)
    annotation = (queue_items, weft_queue_items, weft_feedback_previews, dataset_sources)
    agent_reads = (agents, agent_chats, agent_spans, agent_search, conversations)
    llms = (completions, images, runtimes)
    resources = (ops, datasets, scorers, models, evaluations, evaluation_runs, evaluation_jobs, eval_results)
    settings = (feedback_stats, project_settings, weft_project_settings)
    ours = (metrics, projects, keys, secrets, session, weft_scoring, monitors, ui)
    return [
        module.router
        for module in (*busy, *v1, *figures, *stats, *annotation, *agent_reads, *llms, *resources, *settings, *ours)
    ]


def health_routes() -> list[BaseRoute]:
    """What a worker of its own shows: whether it lives, and whether its stores answer."""
    shown = ("/health", "/ready", "/metrics")
    return [route for router in routers() for route in router.routes if getattr(route, "path", "") in shown]
