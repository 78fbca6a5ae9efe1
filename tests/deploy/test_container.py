"""The image and the compose file: every file they name exists, every setting is one, every command is one."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

import typer.main

from tests.deploy.files import DEPLOY, ROOT, instructions, parsed, setting_names, words
from weft.app import openapi_document
from weft.cli import app
from weft.settings import Settings, load_settings

DOCKERFILE = instructions(DEPLOY / "Dockerfile")
COMPOSE = parsed(DEPLOY / "compose.yaml")
OURS = ("serve", "worker", "migrate")


def _all(name: str) -> list[str]:
    return [arguments for instruction, arguments in DOCKERFILE if instruction == name]


def _last_stage() -> list[tuple[str, str]]:
    last = max(index for index, (name, _) in enumerate(DOCKERFILE) if name == "FROM")
    return DOCKERFILE[last:]


def _environment(text: str) -> dict[str, str]:
    return dict(word.partition("=")[::2] for word in words(text))


def _commands() -> set[str]:
    return set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def test_the_dockerfile_copies_only_what_is_there() -> None:
    stages = {words(arguments)[-1] for arguments in _all("FROM") if " AS " in arguments}
    missing, seen = [], 0
    for arguments in _all("COPY"):
        given = words(arguments)
        origin = next((word.removeprefix("--from=") for word in given if word.startswith("--from=")), None)
        if origin is not None:
            assert origin in stages
            continue
        for source in [word for word in given if not word.startswith("--")][:-1]:
            seen += 1
            if not (ROOT / source).exists():
                missing.append(source)
    assert missing == []
    assert seen >= 6


def test_what_is_copied_is_not_ignored() -> None:
    lines = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    kept = {rule[1:] for rule in rules if rule.startswith("!")}
    copied = {
        word.strip("/").partition("/")[0]
        for arguments in _all("COPY")
        if "--from=" not in arguments
        for word in words(arguments)[:-1]
    }
    assert copied == kept


def test_the_image_is_built_as_the_makefile_builds() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (version,) = re.findall(r"^UV_VERSION := (\S+)$", makefile, re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    runs = " ".join(_all("RUN"))
    assert f"uv=={version}" in runs
    assert re.findall(r"npm \w+", runs) == ["npm ci", "npm run"]
    assert "npm ci" in makefile
    assert "npm run --silent build" in makefile
    assert "build" in json.loads((ROOT / "ui" / "package.json").read_text(encoding="utf-8"))["scripts"]
    assert set(re.findall(r"--extra (\S+)", runs)) <= set(project["optional-dependencies"])
    pythons = set(re.findall(r"python:(\d+\.\d+)", " ".join(_all("FROM"))))
    assert len(pythons) == 1
    assert all(tuple(map(int, python.split("."))) >= (3, 11) for python in pythons)
    assert project["requires-python"] == ">=3.11"
    # Where vite writes is where the next stage looks.
    assert '"../src/weft/ui_dist"' in (ROOT / "ui" / "vite.config.ts").read_text(encoding="utf-8")


def test_the_image_runs_weft_as_nobody_in_particular() -> None:
    stage = dict(_last_stage())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    user = stage["USER"].partition(":")[0]
    assert user.isdigit()
    assert int(user) > 0
    assert json.loads(stage["ENTRYPOINT"]) == ["weft"]
    assert "weft" in project["scripts"]
    assert json.loads(stage["CMD"])[0] in _commands()
    assert stage["STOPSIGNAL"] == "SIGTERM"


def test_the_image_sets_only_settings_that_exist() -> None:
    given = _environment(dict(_last_stage())["ENV"])
    assert {name for name in given if name.startswith("WEFT_")} <= setting_names()
    fields = {name.removeprefix("WEFT_").lower(): value for name, value in given.items() if name.startswith("WEFT_")}
    settings = load_settings(**fields)
    assert settings.resolved_auth == "keys"
    assert str(settings.data) == dict(_last_stage())["VOLUME"]


def test_the_image_asks_a_route_that_exists_for_its_health() -> None:
    check = dict(_last_stage())["HEALTHCHECK"]
    (port, path) = re.findall(r"127\.0\.0\.1:(\d+)(/\w+)", check)[0]
    assert int(port) == Settings.model_fields["port"].default
    assert path in openapi_document()["paths"]
    exposed = set(dict(_last_stage())["EXPOSE"].split())
    assert exposed == {str(Settings.model_fields[name].default) for name in ("port", "worker_port")}


def test_compose_starts_what_is_said_of_it() -> None:
    services: dict[str, Any] = COMPOSE["services"]
    assert set(services) == {*OURS, "postgres", "clickhouse", "kafka", "s3", "s3-bucket"}
    assert services["worker"]["deploy"]["replicas"] == 2
    for name in OURS:
        assert services[name]["command"] == [name]
        assert name in _commands()
        build = services[name]["build"]
        assert (DEPLOY / build["context"] / build["dockerfile"]).resolve() == DEPLOY / "Dockerfile"


def test_compose_waits_for_what_a_service_needs() -> None:
    services: dict[str, Any] = COMPOSE["services"]
    for name, service in services.items():
        for needed, how in service.get("depends_on", {}).items():
            assert needed in services, (name, needed)
            if how["condition"] == "service_healthy":
                assert services[needed]["healthcheck"]["test"], (name, needed)
    assert all("@" not in service.get("image", "").partition(":")[0] for service in services.values())
    assert all(":" in service["image"] and "latest" not in service["image"] for service in services.values())


def test_compose_keeps_every_store_on_a_volume() -> None:
    services: dict[str, Any] = COMPOSE["services"]
    mounted = {mount.partition(":")[0] for service in services.values() for mount in service.get("volumes", [])}
    assert mounted == set(COMPOSE["volumes"]) == {"postgres", "clickhouse", "kafka", "s3"}


def test_compose_sets_only_settings_that_exist_and_that_agree() -> None:
    services: dict[str, Any] = COMPOSE["services"]
    for name in OURS:
        given: dict[str, str] = services[name]["environment"]
        ours = {key: value for key, value in given.items() if key.startswith(("WEFT_", "WF_"))}
        assert set(ours) <= setting_names(), name
        fields = {key.removeprefix("WEFT_").lower(): _filled(value) for key, value in ours.items()}
        settings = load_settings(host="0.0.0.0", **fields)
        assert not settings.embedded
        hosts = {settings.resolved_entities_url, settings.resolved_events_url, f"//{settings.kafka_brokers}"}
        for url in hosts:
            assert re.sub(r".*//(?:[^@]*@)?([\w-]+):.*", r"\1", url) in services, url


def test_every_secret_of_compose_is_in_the_example_and_the_other_way_round() -> None:
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    example = (DEPLOY / "env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"\$\{(\w+)", text)) == set(re.findall(r"^(\w+)=", example, re.MULTILINE))
    # A value that was forgotten stops compose instead of standing for nothing.
    assert re.findall(r"\$\{\w+\}", text) == []


def _filled(value: str) -> str:
    return re.sub(r"\$\{\w+:\?[^}]*\}", "0" * 40, value)
