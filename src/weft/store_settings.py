"""The settings of the stores: where each of them is. Part of settings.py.

Knows the names under which the published Weave server is told of them, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from pydantic import Field
from pydantic_settings import BaseSettings

_AWS_OPTIONS = {
    "WF_FILE_STORAGE_AWS_ACCESS_KEY_ID": "access_key_id",
    "WF_FILE_STORAGE_AWS_SECRET_ACCESS_KEY": "secret_access_key",
    "WF_FILE_STORAGE_AWS_SESSION_TOKEN": "token",
    "WF_FILE_STORAGE_AWS_REGION": "region",
}


class StoreSettings(BaseSettings):
    """Each store by its URL; what is not said is embedded."""

    entities_url: str | None = Field(
        None,
        description="Store of keys, projects, objects and the scoring ledger, as `postgresql://user:password@host/name`"
        "; default: SQLite in the data folder.",
    )
    events_url: str | None = Field(
        None,
        description="Store of calls, feedback and table rows, as `clickhouse://user:password@host:8123/database` "
        "(`clickhouses://` with TLS); default: chDB in the data folder. `WF_CLICKHOUSE_HOST`, `…_PORT`, `…_USER`, "
        "`…_PASS` and `…_DATABASE` are read too.",
    )
    events_cluster: str | None = Field(
        None,
        pattern=r"^[\w-]+$",
        description="Name of the ClickHouse cluster, of one shard, whose replicas are to hold the events; none for a "
        "server alone, and for services that replicate by themselves. `WF_CLICKHOUSE_REPLICATED_CLUSTER` is read too.",
    )
    blobs_url: str | None = Field(
        None,
        description="Store of file contents, as `s3://bucket/prefix?region=…`; default: a folder in the data folder. "
        "`WF_FILE_STORAGE_URI` and `WF_FILE_STORAGE_AWS_…` are read too.",
    )


def stores_of_weave(environment: Mapping[str, str]) -> dict[str, str]:
    """What the variables of a Weave server say about the stores, by name of ours."""
    found = {}
    host = environment.get("WF_CLICKHOUSE_HOST")
    if host:
        found["events_url"] = _clickhouse(host, environment)
    cluster = environment.get("WF_CLICKHOUSE_REPLICATED_CLUSTER")
    if cluster and environment.get("WF_CLICKHOUSE_REPLICATED", "true").lower() not in ("0", "false"):
        found["events_cluster"] = cluster
    bucket = environment.get("WF_FILE_STORAGE_URI")
    if bucket:
        options = {ours: environment[name] for name, ours in _AWS_OPTIONS.items() if environment.get(name)}
        found["blobs_url"] = f"{bucket}{'&' if '?' in bucket else '?'}{urlencode(options)}" if options else bucket
    return found


def _clickhouse(host: str, environment: Mapping[str, str]) -> str:
    port = environment.get("WF_CLICKHOUSE_PORT") or "8123"
    user = quote(environment.get("WF_CLICKHOUSE_USER") or "default", safe="")
    password = quote(environment.get("WF_CLICKHOUSE_PASS") or "", safe="")
    database = quote(environment.get("WF_CLICKHOUSE_DATABASE") or "default", safe="")
    # The ports that ClickHouse has for TLS; everything else is spoken to as it is.
    scheme = "clickhouses" if port in ("8443", "443") else "clickhouse"
    return f"{scheme}://{user}:{password}@{f'[{host}]' if ':' in host else host}:{port}/{database}"
