"""Every setting of the product, each described; the only place that reads the environment.

The settings page of the documentation is generated from these fields. What a setting does is decided where it is used.
"""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from weft.core.hosts import parse_http_url
from weft.llm.catalogue import OVERRIDABLE
from weft.remote_settings import RemoteScorerSettings
from weft.runner_settings import RunnerSettings
from weft.store_settings import StoreSettings, stores_of_weave

_MIB = 1024 * 1024


class InvalidSettings(Exception):
    """The settings contradict each other or cannot be read; the text is one sentence per problem."""


class Settings(RemoteScorerSettings, RunnerSettings, StoreSettings):
    """The settings, from arguments first, then from `WEFT_…` variables, then the defaults below."""

    model_config = SettingsConfigDict(
        env_prefix="WEFT_", env_ignore_empty=True, extra="forbid", validate_default=True, populate_by_name=True
    )

    # Where it listens and where it keeps things.
    host: str = Field("127.0.0.1", min_length=1, description="Address to listen on.")
    port: int = Field(6345, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    data: Path = Field(Path("weft-data"), description="Folder of the embedded stores; made absolute when read.")

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
    drain_seconds: float = Field(
        0.0,
        ge=0,
        description="How long a server that was told to end (SIGTERM) goes on answering while `/ready` says 503, so "
        "that whoever balances its load hears of it.",
    )
    shutdown_seconds: int = Field(20, ge=0, description="How long it then waits for requests in flight.")

    # How it is seen from outside.
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="The least that is logged.")
    log_format: Literal["console", "json"] = Field("console", description="Lines for people, or JSON for machines.")
    access_log: bool = Field(False, description="Log a line for each request: its route, status and duration.")
    metrics_open: bool = Field(
        False, description="Show `/metrics` to everyone who reaches it; otherwise an administrator's key is needed."
    )
    otel_exporter_endpoint: str | None = Field(
        None,
        pattern=r"^https?://",
        description="OTLP/HTTP receiver that gets traces of Weft itself (needs `weft[otel]`); by default there are "
        "none. `OTEL_EXPORTER_OTLP_ENDPOINT` is not read, since it tells your programs where Weft is.",
    )
    otel_exporter_headers: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("WEFT_OTEL_EXPORTER_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"),
        description="Headers for it, as `name=value,name=value`. `OTEL_EXPORTER_OTLP_HEADERS` is read too.",
    )
    otel_service_name: str = Field(
        "weft",
        min_length=1,
        validation_alias=AliasChoices("WEFT_OTEL_SERVICE_NAME", "OTEL_SERVICE_NAME"),
        description="What Weft is called in these traces. `OTEL_SERVICE_NAME` is read too.",
    )
    otel_sample_rate: float = Field(
        1.0, ge=0, le=1, allow_inf_nan=False, description="Share of these traces that is sent."
    )

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
    scoring_threads: int = Field(
        64, ge=1, le=500, description="Scorers that may wait for something outside at the same time."
    )
    scoring_endpoint_threads: int = Field(
        16,
        ge=1,
        le=500,
        description="How many of them may ask the same endpoint under the same key, so that a slow one leaves threads "
        "to the others; fewer for a while after it said that these were too many.",
    )
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
        300.0, gt=0, description="Longest pause between two tries, unless the endpoint asks for a longer one."
    )
    scoring_retry_after_max_seconds: float = Field(
        3600.0, gt=0, description="Longest pause that an endpoint may ask for, for all tasks that need it."
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

    # How tasks reach workers in other processes.
    kafka_brokers: str | None = Field(
        None,
        description="Kafka brokers as `host:port`, several with commas. Workers then hear of scoring tasks and ended "
        "calls from Kafka; without it they look into the ledger. `WF_KAFKA_BROKER_HOST` and `WF_KAFKA_BROKER_PORT` "
        "are read too.",
    )
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="How brokers are spoken to."
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "SCRAM-SHA-512", description="How this client proves who it is, with the SASL protocols."
    )
    kafka_sasl_username: str | None = Field(None, description="Its name.")
    kafka_sasl_password: SecretStr | None = Field(None, description="Its password.")
    kafka_ssl_ca: Path | None = Field(
        None, description="File with the certificates that brokers must be signed by; default: the system's."
    )
    kafka_ssl_certificate: Path | None = Field(None, description="File with this client's certificate.")
    kafka_ssl_key: Path | None = Field(None, description="File with the key of that certificate.")
    kafka_group: str = Field("call_scoring_worker", min_length=1, description="Consumer group of the workers.")
    kafka_session_seconds: float = Field(
        15.0, ge=1, le=1800, description="How long a worker that died keeps its share of the messages."
    )
    kafka_topic_prefix: str = Field(
        "", pattern=r"[A-Za-z0-9._-]{0,100}", description="Put before the names of all topics, to share a broker."
    )
    kafka_partitions: int = Field(
        16, ge=1, le=1000, description="Partitions of topics that Weft makes; more workers than these stay idle."
    )
    kafka_replication: int = Field(1, ge=1, le=9, description="Copies of each partition of topics that Weft makes.")
    kafka_project_buckets: int = Field(
        16,
        ge=1,
        le=1000,
        validation_alias=AliasChoices("WEFT_KAFKA_PROJECT_BUCKETS", "WF_KAFKA_PROJECT_ID_BUCKET_COUNT"),
        description="Over how many keys, and so partitions, the messages of one project are spread. "
        "`WF_KAFKA_PROJECT_ID_BUCKET_COUNT` is read too.",
    )
    kafka_message_timeout_seconds: float = Field(
        10.1, gt=0.1, description="How long a message may take to be stored by the brokers before it counts as failed."
    )
    kafka_republish_seconds: float = Field(
        600.0, gt=0, description="When a task that was published and not begun is published again."
    )
    kafka_batch: int = Field(
        100,
        ge=1,
        le=10_000,
        validation_alias=AliasChoices("WEFT_KAFKA_BATCH", "WF_SCORING_WORKER_BATCH_SIZE"),
        description="Ended calls that monitors look at together. `WF_SCORING_WORKER_BATCH_SIZE` is read too.",
    )
    kafka_all_ended_calls: bool = Field(
        False,
        validation_alias=AliasChoices("WEFT_KAFKA_ALL_ENDED_CALLS", "WEAVE_ENABLE_ONLINE_EVAL"),
        description="Publish every ended call, for consumers of your own, and not just those of projects with "
        "monitors. `WEAVE_ENABLE_ONLINE_EVAL` is read too.",
    )
    kafka_dead_letter_bytes: int = Field(
        64 * _MIB, ge=_MIB, description="How much a topic of messages that could not be understood may hold."
    )
    worker_host: str = Field("127.0.0.1", min_length=1, description="Address where `weft worker` shows its health.")
    worker_port: int = Field(6346, ge=0, le=65535, description="Port for that; 0 takes a free one.")
    worker_stall_seconds: float = Field(
        120.0, gt=0, description="How long the loop of a worker may stand still before its health fails."
    )

    # What is asked of LLMs.
    monitor_parent_seconds: float = Field(
        5.0,
        ge=0,
        description="How long a monitor waits with an ended call whose parent has not arrived, to see whether it is "
        "part of a scorer's own work.",
    )
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

    @model_validator(mode="before")
    @classmethod
    def _weave_brokers(cls, given: Any) -> Any:
        host = os.environ.get("WF_KAFKA_BROKER_HOST")
        if host and isinstance(given, dict) and not given.get("kafka_brokers"):
            port = os.environ.get("WF_KAFKA_BROKER_PORT") or "9092"
            return {**given, "kafka_brokers": f"{host}:{port}"}
        return given

    @model_validator(mode="before")
    @classmethod
    def _weave_stores(cls, given: Any) -> Any:
        return {**stores_of_weave(os.environ), **given} if isinstance(given, dict) else given

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

    @model_validator(mode="after")
    def _share_the_secrets_key(self) -> Self:
        if not self.resolved_entities_url.startswith("sqlite:") and self.secrets_key is None:
            raise ValueError(
                "WEFT_SECRETS_KEY is missing: where the entities are in PostgreSQL every server and worker needs the "
                "same key, 32 characters or more, to seal the secrets of projects with"
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
