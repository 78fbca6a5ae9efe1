"""Every setting of the product, each described; the only place that reads the environment.

The settings page of the documentation is generated from these fields. What a setting does is decided where it is used.
"""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from weft.core.hosts import parse_http_url
from weft.llm.catalogue import OVERRIDABLE

_MIB = 1024 * 1024


class InvalidSettings(Exception):
    """The settings contradict each other or cannot be read; the text is one sentence per problem."""


class Settings(BaseSettings):
    """The settings, from arguments first, then from `WEFT_…` variables, then the defaults below."""

    model_config = SettingsConfigDict(
        env_prefix="WEFT_", env_ignore_empty=True, extra="forbid", validate_default=True, populate_by_name=True
    )

    # Where it listens and where it keeps things.
    host: str = Field("127.0.0.1", min_length=1, description="Address to listen on.")
    port: int = Field(6345, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    data: Path = Field(Path("weft-data"), description="Folder of the embedded stores; made absolute when read.")
    entities_url: str | None = Field(
        None,
        description="Store of keys, projects, objects and the scoring ledger; default: SQLite in the data folder.",
    )
    events_url: str | None = Field(
        None, description="Store of calls, feedback and table rows; default: chDB in the data folder."
    )
    blobs_url: str | None = Field(None, description="Store of file contents; default: a folder in the data folder.")

    # Who may use it.
    auth: Literal["auto", "keys", "off"] = Field(
        "auto",
        description="`keys`: every request needs an API key. `off`: everyone is `local` and may do everything. "
        "`auto`: off when listening on loopback, keys otherwise.",
    )
    insecure_allow_open_auth: bool = Field(
        False,
        description="Allow `auth=off` on an address that other machines reach. Anyone who reaches it owns the data.",
    )
    admin_key: SecretStr | None = Field(
        None, description="An API key (40 letters and digits) that is made valid at start, as administrator `admin`."
    )

    # How much it takes at once.
    max_body_bytes: int = Field(
        32 * _MIB, ge=1024, description="Largest request body, as sent and as unpacked; above it the answer is 413."
    )
    max_upload_bytes: int = Field(1024 * _MIB, ge=1024, description="Largest file upload; above it the answer is 413.")
    threads: int = Field(100, ge=1, le=1000, description="Requests worked on at the same time.")
    shutdown_seconds: int = Field(20, ge=0, description="How long a stopping server waits for requests in flight.")

    # What is stored, and for how long, where a project has not decided itself.
    ingest_sample_rate: float = Field(
        1.0,
        ge=0,
        le=1,
        allow_inf_nan=False,
        validation_alias=AliasChoices("WEFT_INGEST_SAMPLE_RATE", "WEAVE_INGEST_SAMPLE_RATE"),
        description="Share of the traces that is stored, chosen by their ids; traces of evaluations always are. "
        "`WEAVE_INGEST_SAMPLE_RATE` is read too.",
    )
    ingest_sample_dry_run: bool = Field(
        False,
        validation_alias=AliasChoices("WEFT_INGEST_SAMPLE_DRY_RUN", "WEAVE_INGEST_SAMPLE_DRY_RUN"),
        description="Store every trace whatever the sample rate says. `WEAVE_INGEST_SAMPLE_DRY_RUN` is read too.",
    )
    retention_sweep_seconds: float = Field(
        3600.0, ge=0, description="How often what a project's retention has outlived is removed; 0 never does it."
    )
    retention_grace_seconds: float = Field(
        86_400.0,
        ge=0,
        description="How long an uploaded file that nothing refers to is safe from that: its references come later.",
    )

    # How stored calls are scored.
    scoring_worker: bool = Field(True, description="Whether `weft serve` also does the scoring tasks.")
    scoring_batch: int = Field(
        256, ge=1, le=5000, description="Scoring tasks claimed, and results written, at once; also the most under way."
    )
    scoring_threads: int = Field(16, ge=1, le=500, description="Scorers that may wait for an LLM at the same time.")
    scoring_poll_seconds: float = Field(
        1.0, gt=0, le=60, description="How often an idle scoring worker looks for tasks nobody told it about."
    )
    scoring_lease_seconds: float = Field(
        60.0, ge=1, description="How long a worker that died keeps its tasks; a live one renews its hold on them."
    )
    scoring_max_attempts: int = Field(
        6, ge=1, le=100, description="Tries of a scoring task, while an LLM is slow or failing, before it has failed."
    )
    scoring_backoff_seconds: float = Field(
        1.0, gt=0, description="Pause after the first failed try; it doubles with each further one."
    )
    scoring_backoff_max_seconds: float = Field(
        300.0, gt=0, description="Longest pause between two tries, also when the LLM asks for a longer one."
    )
    scoring_missing_seconds: float = Field(
        60.0, ge=0, description="How long a scoring task waits for a call or scorer that has not arrived."
    )
    scoring_open_call_seconds: float = Field(
        86_400.0, ge=0, description="How long a scoring task waits for its call to end."
    )
    scoring_stop_after: int = Field(
        50, ge=1, description="Failed tries in a row, of any tasks, after which the worker pauses and says so."
    )
    scoring_pause_seconds: float = Field(30.0, gt=0, description="How long it then pauses before it tries one task.")
    llm_base_url: str | None = Field(
        None,
        description="OpenAI-compatible gateway, up to and including `/v1`, that judges and completions ask for every "
        "model whose provider is unknown or has no key.",
    )
    llm_api_key: SecretStr | None = Field(None, description="API key for that gateway.")
    llm_base_urls: dict[str, str] = Field(
        {},
        description="Other places for known providers, as JSON from provider to URL, such as "
        '`{"openai": "https://eu.api.openai.com/v1"}`; `azure` and `ollama` have no place but the one given here.',
    )
    llm_timeout_seconds: float = Field(60.0, gt=0, description="Longest wait for one answer of an LLM.")
    llm_proxy: str | None = Field(
        None, description="HTTP proxy on the way to LLMs; the proxy variables of the environment are not read."
    )
    llm_allowed_hosts: list[str] = Field(
        [],
        description="Private hosts (`host` or `host:port`) that custom providers stored in a project may be reached "
        "at, as a JSON list; all others must be public, since whoever may write objects could make this server call "
        "anything. To these hosts the keys below are sent, too, and secrets also without TLS.",
    )
    llm_provider_keys: dict[str, SecretStr] = Field(
        {},
        description="API keys for all projects that have no secret of that name, as JSON: of known providers "
        "(`OPENAI_API_KEY`, …), and of custom ones by the name these give (`api_key_name`).",
    )
    secrets_key: SecretStr | None = Field(
        None,
        min_length=32,
        description="Key that the secrets of projects are sealed with, 32 characters or more; by default one is made "
        "and kept in the data folder, as `secrets.key`.",
    )

    @field_validator("data")
    @classmethod
    def _absolute(cls, folder: Path) -> Path:
        return folder.expanduser().absolute()

    @field_validator("llm_base_urls")
    @classmethod
    def _of_known_providers(cls, urls: dict[str, str]) -> dict[str, str]:
        for name, url in urls.items():
            if name not in OVERRIDABLE:
                raise ValueError(f"there is no provider {name!r}; there are {', '.join(sorted(OVERRIDABLE))}")
            if parse_http_url(url) is None:
                raise ValueError(f"the URL of {name} is no http(s) URL")
        return {name: url.rstrip("/") for name, url in urls.items()}

    @model_validator(mode="after")
    def _refuse_open_doors(self) -> Self:
        if self.resolved_auth == "off" and not is_loopback(self.host) and not self.insecure_allow_open_auth:
            raise ValueError(
                f"WEFT_AUTH=off is refused on {self.host}, because everyone who reaches that address could read and "
                "delete everything: use WEFT_AUTH=keys, or listen on 127.0.0.1, or, if something in front of Weft "
                "keeps strangers out, set WEFT_INSECURE_ALLOW_OPEN_AUTH=true"
            )
        return self

    @property
    def resolved_auth(self) -> Literal["keys", "off"]:
        """How callers are known, `auto` being decided."""
        if self.auth == "auto":
            return "off" if is_loopback(self.host) else "keys"
        return self.auth

    @property
    def resolved_entities_url(self) -> str:
        """Where the entities are kept."""
        return self.entities_url or f"sqlite:///{self.data}/entities.db"

    @property
    def resolved_events_url(self) -> str:
        """Where the events are kept."""
        return self.events_url or f"chdb://{self.data}/events"

    @property
    def resolved_blobs_url(self) -> str:
        """Where the file contents are kept."""
        return self.blobs_url or f"file://{self.data}/blobs"

    @property
    def embedded(self) -> bool:
        """Whether the events are kept by this process itself, so that no other process may open them."""
        return self.resolved_events_url.startswith("chdb:")


def load_settings(**given: Any) -> Settings:
    """The settings with those given (None means not given); raises InvalidSettings with readable sentences."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise InvalidSettings("\n".join(_sentence(problem) for problem in error.errors())) from error


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens on `host`."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _sentence(problem: Any) -> str:
    message = str(problem["msg"]).removeprefix("Value error, ")
    name = ".".join(str(part) for part in problem["loc"])
    # A setting that has several names is blamed under the first of them.
    variable = f"WEFT_{name.upper().removeprefix('WEFT_').removeprefix('WEAVE_')}"
    return f"{variable}: {message}" if name else message
