"""Weft answers as the reference does, story by story, except where a reviewed difference says otherwise."""

from __future__ import annotations

import inspect
from fnmatch import fnmatchcase
from types import ModuleType

import httpx
import pytest
from fastapi.testclient import TestClient

from tests.contract.differential import (
    call_query_stories,
    call_stories,
    error_stories,
    eval_stories,
    feedback_stats_stories,
    feedback_stories,
    figure_stories,
    object_stories,
    otel_stories,
    queue_stories,
    resource_stories,
    table_stories,
)
from tests.contract.differential.comparing import differences
from tests.contract.differential.reviewed import REVIEWED
from tests.contract.differential.telling import Story, Teller
from weft.core.ids import new_id

MODULES = (
    call_stories,
    call_query_stories,
    object_stories,
    table_stories,
    feedback_stories,
    feedback_stats_stories,
    queue_stories,
    resource_stories,
    eval_stories,
    error_stories,
    figure_stories,
    otel_stories,
)


def _stories(module: ModuleType) -> list[Story]:
    return [
        function
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    ]


STORIES = {story.__name__: story for module in MODULES for story in _stories(module)}


@pytest.mark.parametrize("title", STORIES)
def test_story(title: str, app_client: TestClient, reference: httpx.Client) -> None:
    project = f"tests/d-{new_id()}"
    ours, theirs = Teller(app_client, project), Teller(reference, project)
    for teller in (ours, theirs):
        STORIES[title](teller)
    found = differences(ours.answers, theirs.answers)
    reviewed = [entry for entry in REVIEWED if fnmatchcase(title, entry.story)]
    new = [item for item in found if not any(entry.covers(item) for entry in reviewed)]
    assert not new, "answers differ:\n" + "\n".join(f"  {item}" for item in new)
    stale = [entry for entry in reviewed if "*" not in entry.story and not any(entry.covers(item) for item in found)]
    assert not stale, f"reviewed differences that are none any more: {stale}"


def test_every_reviewed_difference_is_of_a_story() -> None:
    assert [entry for entry in REVIEWED if not any(fnmatchcase(title, entry.story) for title in STORIES)] == []
    assert all(entry.reason for entry in REVIEWED)
