"""Builtin object classes: validated, completed, and stored with the names of their classes."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient


def publish(client: TestClient, project: str, kind: str | None, val: Any, field: str = "builtin_object_class") -> Any:
    body = {"obj": {"project_id": project, "object_id": "o", "val": val, field: kind}}
    response = client.post("/obj/create", json=body)
    if response.status_code != 200:
        return response.status_code
    read = client.post("/obj/read", json={"project_id": project, "object_id": "o", "digest": "latest"})
    return read.json()["obj"]


def named(kind: str, bases: tuple[str, ...] = ("BaseModel",), **fields: Any) -> dict[str, Any]:
    return {"_type": kind, "_class_name": kind, "_bases": list(bases), **fields}


def builtin(kind: str, **fields: Any) -> dict[str, Any]:
    return named(kind, ("BaseObject", "BaseModel"), **{"name": None, "description": None, **fields})


@pytest.mark.parametrize("field", ["builtin_object_class", "set_base_object_class"])
def test_a_value_is_completed(app_client: TestClient, project: str, field: str) -> None:
    column = {"evaluation_object_ref": "e", "scorer_name": "s", "summary_metric_path": "a.b"}
    found = publish(app_client, project, "Leaderboard", {"columns": [column], "unknown": 1}, field)
    stored = named("LeaderboardColumn", **column, should_minimize=None)
    assert found["val"] == builtin("Leaderboard", columns=[stored])
    assert (found["base_object_class"], found["leaf_object_class"]) == ("Leaderboard", "Leaderboard")


CLOSED = ("DashboardConfigModel", "BaseModel")
VIEW = {
    **dict.fromkeys(["filter", "query", "cols", "columns", "column_order", "expand_columns", "header_depth", "pin"]),
    **dict.fromkeys(["sort_by", "page", "page_size", "charts", "dataset_selector", "evaluation_selector"]),
    "dynamic_leaderboard_config": None,
}
PARAMS = {
    **dict.fromkeys(["messages_template", "prompt", "temperature", "top_p", "max_tokens", "presence_penalty"]),
    **dict.fromkeys(["frequency_penalty", "stop", "n_times", "functions", "response_format"]),
}


@pytest.mark.parametrize(
    ("kind", "val", "stored"),
    [
        (
            "AnnotationSpec",
            {"field_schema": {"type": "integer"}},
            builtin("AnnotationSpec", field_schema={"type": "integer"}, unique_among_creators=False, op_scope=None),
        ),
        (
            "ProviderModel",
            {"provider": "p", "max_tokens": "5", "name": "n"},
            builtin("ProviderModel", provider="p", max_tokens=5, name="n"),
        ),
        (
            "Provider",
            {"base_url": "https://example.com/v1", "api_key_name": "K"},
            builtin(
                "Provider",
                base_url="https://example.com/v1",
                api_key_name="K",
                extra_headers={},
                return_type="openai",
            ),
        ),
        (
            "ComparisonView",
            {"label": "l", "definition": {"evaluation_call_ids": ["c"]}},
            builtin(
                "ComparisonView",
                label="l",
                definition=named(
                    "ComparisonViewDefinition",
                    evaluation_call_ids=["c"],
                    selected_metrics=None,
                    column_visibility=None,
                ),
            ),
        ),
        (
            "SavedView",
            {
                "view_type": "traces",
                "label": "l",
                "definition": {
                    "query": {"$expr": {"$eq": [{"$getField": "a"}, {"$literal": 1}]}},
                    "sort_by": [{"field": "a", "direction": "asc"}],
                },
            },
            builtin(
                "SavedView",
                view_type="traces",
                label="l",
                definition=named(
                    "SavedViewDefinition",
                    **{
                        **VIEW,
                        "query": named(
                            "Query",
                            **{
                                "$expr": named(
                                    "EqOperation",
                                    **{
                                        "$eq": [
                                            named("GetFieldOperator", **{"$getField": "a"}),
                                            named("LiteralOperation", **{"$literal": 1}),
                                        ]
                                    },
                                )
                            },
                        ),
                        "sort_by": [named("SortBy", ("BaseModelStrict", "BaseModel"), field="a", direction="asc")],
                    },
                ),
            ),
        ),
        (
            "AgentDashboard",
            {
                "label": "l",
                "definition": {
                    "panels": [
                        {
                            "id": "1",
                            "layout": {"x": 0, "y": 0, "w": 4, "h": 4},
                            "panel_type": "breakdown",
                            "settings": {"query": {"metric": "m", "groupBy": "g", "limit": 5}},
                        }
                    ]
                },
            },
            builtin(
                "AgentDashboard",
                label="l",
                definition=named(
                    "AgentDashboardDefinition",
                    CLOSED,
                    panels=[
                        named(
                            "BreakdownDashboardPanel",
                            ("DashboardPanelBase", *CLOSED),
                            id="1",
                            layout=named("PanelGridLayout", CLOSED, x=0, y=0, w=4, h=4),
                            panel_type="breakdown",
                            settings=named(
                                "BreakdownPanelSettings",
                                CLOSED,
                                title=None,
                                query=named(
                                    "BreakdownPanelQueryConfig",
                                    ("PanelQueryConfig", *CLOSED),
                                    version=1,
                                    metric="m",
                                    filter="",
                                    format=None,
                                    groupBy="g",
                                    limit=5,
                                ),
                            ),
                        )
                    ],
                ),
            ),
        ),
        (
            "LLMStructuredCompletionModel",
            {"llm_model_id": "m", "default_params": {"temperature": 1, "response_format": "text"}},
            named(
                "LLMStructuredCompletionModel",
                ("Model", "Object", "BaseModel"),
                name=None,
                description=None,
                ref=None,
                llm_model_id="m",
                default_params=named(
                    "LLMStructuredCompletionModelDefaultParams",
                    **{**PARAMS, "temperature": 1.0, "response_format": "text"},
                ),
            ),
        ),
    ],
)
def test_what_each_class_is_stored_as(app_client: TestClient, project: str, kind: str, val: Any, stored: Any) -> None:
    found = publish(app_client, project, kind, val)
    assert found["val"] == stored
    assert found["leaf_object_class"] == kind


def test_an_alert_has_a_default_threshold(app_client: TestClient, project: str) -> None:
    found = publish(app_client, project, "AlertSpec", {"spec": {"threshold": 2}})
    assert found["val"]["spec"]["threshold"] == 2.0
    assert found["val"]["spec"]["_class_name"] == "WeaveMetricThresholdSpec"
    assert found["val"]["spec"]["aggregation_function"] == "mean"


@pytest.mark.parametrize(
    ("kind", "val", "status"),
    [
        ("Unknown", {}, 400),
        ("ChartConfig", {"x_axis": "a", "y_axis": "b"}, 400),
        ("Leaderboard", [1], 400),
        ("Leaderboard", {"columns": "x"}, 422),
        ("Leaderboard", {"_bases": ["BaseObject", "BaseModel"], "_class_name": "Other"}, 400),
        ("AnnotationSpec", {"field_schema": {"type": "nonsense"}}, 400),
        ("AnnotationSpec", {"field_schema": None}, 422),
        (
            None,
            {
                "_bases": ["BaseObject", "BaseModel"],
                "_class_name": "AnnotationSpec",
                "field_schema": {"type": "nonsense"},
            },
            400,
        ),
        ("LLMStructuredCompletionModel", {"llm_model_id": "m", "unknown": 1}, 422),
        ("AgentDashboard", {"label": "l", "definition": {"panels": [], "unknown": 1}}, 422),
        ("SavedView", {"view_type": "t", "label": "l", "definition": {"query": {"$expr": {"$literal": 1}}}}, 422),
        *(
            ("Provider", {"base_url": url, "api_key_name": "K"}, 400)
            for url in (
                "ftp://example.com",
                "https://",
                "https://example.com/?q=1",
                "https://example.com/#f",
                "http://localhost:1/v1",
                "http://127.0.0.1/v1",
                "http://10.0.0.1/v1",
                "http://[::1]/",
                "http://169.254.169.254/",
                "http://[",
            )
        ),
    ],
)
def test_what_does_not_fit_is_refused(
    app_client: TestClient, project: str, kind: str | None, val: Any, status: int
) -> None:
    assert publish(app_client, project, kind, val) == status
    assert app_client.post("/objs/query", json={"project_id": project}).json() == {"objs": []}


def test_a_value_that_states_its_class_is_stored_as_it_is(app_client: TestClient, project: str) -> None:
    val = {"_bases": ["BaseObject", "BaseModel"], "_class_name": "Leaderboard", "columns": 1}
    assert publish(app_client, project, "Leaderboard", val)["val"] == val


def test_the_query_of_a_monitor_names_fields_of_calls(app_client: TestClient, project: str) -> None:
    def monitor(query: Any) -> dict[str, Any]:
        return {"_bases": ["Object", "BaseModel"], "_class_name": "Monitor", "query": query}

    def compared(field: str) -> dict[str, Any]:
        query = {"$expr": {"$eq": [{"$getField": field}, {"$literal": 1}]}}
        return {**query, "_type": "Query", "_class_name": "Query", "_bases": ["BaseModel"]}

    assert publish(app_client, project, None, monitor(compared("nonsense"))) == 422
    for query in (None, "text", {"other": 1}, compared("inputs.a.b")):
        assert publish(app_client, project, None, monitor(query))["val"]["query"] == query
