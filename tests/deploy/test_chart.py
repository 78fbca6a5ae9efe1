"""The Helm chart, as far as it can be checked without Helm: values, schema, names, probes. `make chart` renders it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.deploy.files import CHART, DEPLOY, instructions, parsed, setting_names
from weft import __version__
from weft.app import openapi_document
from weft.settings import Settings, load_settings

VALUES: dict[str, Any] = parsed(CHART / "values.yaml")
SCHEMA: dict[str, Any] = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
TEMPLATES = sorted((CHART / "templates").iterdir())
# Given by whoever installs, so empty here.
OPEN = {"secrets", "settings"}


def _text(path: Path) -> str:
    return re.sub(r"\{\{/\*.*?\*/\}\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)


def _values_named(text: str) -> set[tuple[str, ...]]:
    return {tuple(path.split(".")) for path in re.findall(r"\.Values\.([\w.]+)", text)}


def _leaves(value: Any, path: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    if isinstance(value, dict) and value and path[-1:] not in [(name,) for name in OPEN]:
        return {leaf for key, item in value.items() for leaf in _leaves(item, (*path, key))}
    return {path}


def test_the_values_fit_their_schema() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    jsonschema.validate(VALUES, SCHEMA)


@pytest.mark.parametrize(
    ("where", "wrong"),
    [
        (("server", "replica"), 3),
        (("server", "replicas"), "three"),
        (("settings", "LOG_LEVEL"), "info"),
        (("settings", "WEFT_THREADS"), 100),
        (("service", "type"), "Elsewhere"),
        (("worker", "autoscaling", "tasksPerWorker"), 500),
        (("nowhere",), 1),
    ],
)
def test_values_that_would_do_nothing_are_refused(where: tuple[str, ...], wrong: Any) -> None:
    values = json.loads(json.dumps(VALUES))
    inner = values
    for name in where[:-1]:
        inner = inner[name]
    inner[where[-1]] = wrong
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(values, SCHEMA)


def test_every_value_a_template_names_exists() -> None:
    for path in TEMPLATES:
        for named in _values_named(_text(path)):
            inner: Any = VALUES
            for position, name in enumerate(named):
                if position and named[position - 1] in OPEN:
                    break
                assert name in inner, f"{path.name}: .Values.{'.'.join(named)}"
                inner = inner[name]


def test_every_value_is_used_by_a_template() -> None:
    named = {path for template in TEMPLATES for path in _values_named(_text(template))}
    # Handed to a named template as a whole.
    named |= {("server", key) for key in ("nodeSelector", "tolerations", "affinity")}
    named |= {("worker", key) for key in ("nodeSelector", "tolerations", "affinity")}
    unused = {leaf for leaf in _leaves(VALUES) if not any(leaf[: len(path)] == path for path in named)}
    assert unused == set()


def test_every_named_template_exists_and_is_used() -> None:
    text = "\n".join(_text(path) for path in TEMPLATES)
    assert set(re.findall(r'include "([\w.]+)"', text)) == set(re.findall(r'define "([\w.]+)"', text))


def test_blocks_are_closed() -> None:
    for path in TEMPLATES:
        actions = re.findall(r"\{\{-?\s*(if|with|range|define|end)\b", _text(path))
        depth = 0
        for action in actions:
            depth += -1 if action == "end" else 1
            assert depth >= 0, path.name
        assert depth == 0, path.name


def test_the_chart_is_of_this_version() -> None:
    chart = parsed(CHART / "Chart.yaml")
    assert (chart["appVersion"], chart["version"]) == (__version__, __version__)


def test_the_chart_sets_only_settings_that_exist() -> None:
    given = {**VALUES["settings"], **VALUES["server"]["settings"], **VALUES["worker"]["settings"]}
    assert {name for name in given if name.startswith("WEFT_")} <= setting_names()
    settings = load_settings(**{name.removeprefix("WEFT_").lower(): value for name, value in given.items()})
    assert settings.resolved_auth == "keys"
    needed = re.findall(r'"(WEFT_\w+)"', _text(CHART / "templates" / "settings.yaml"))
    assert set(needed) <= setting_names()


def test_pods_are_probed_where_weft_answers() -> None:
    text = _text(CHART / "templates" / "_names.tpl")
    probed = dict(re.findall(r"(\w+)Probe:\s*\n\s*httpGet: \{path: (/\w+)", text))
    assert probed == {"startup": "/health", "liveness": "/health", "readiness": "/ready"}
    assert set(probed.values()) <= set(openapi_document()["paths"])
    for name, field in (("server", "port"), ("worker", "worker_port")):
        (port,) = re.findall(r"containerPort: (\d+)", _text(CHART / "templates" / f"{name}.yaml"))
        assert int(port) == Settings.model_fields[field].default


def test_pods_run_as_the_user_of_the_image() -> None:
    user = dict(instructions(DEPLOY / "Dockerfile"))["USER"].partition(":")[0]
    assert re.findall(r"runAsUser: (\d+)", _text(CHART / "templates" / "_names.tpl")) == [user]
