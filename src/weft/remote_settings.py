"""The settings of remote scorers: whom this server may ask for scores, and how. Part of settings.py."""

from __future__ import annotations

import ipaddress
import json
from pathlib import Path
from typing import Annotated, Any

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode

_LISTS = ("remote_scorer_allowed_hosts", "remote_scorer_allowed_private_cidrs")


def _names(name: str) -> AliasChoices:
    """Our name, and the one of the published worker."""
    return AliasChoices(f"WEFT_{name}", f"WF_SCORING_WORKER_{name}")


class RemoteScorerSettings(BaseSettings):
    """Each is also read under the name that the published worker has for it."""

    remote_scoring_enabled: bool = Field(
        False,
        validation_alias=_names("REMOTE_SCORING_ENABLED"),
        description="Whether monitors may have calls scored by remote scorers, which are then sent these calls. This "
        "and the next ones are also read as `WF_SCORING_WORKER_REMOTE_…`.",
    )
    remote_http_timeout_seconds: float = Field(
        30.0,
        gt=0,
        le=600,
        validation_alias=_names("REMOTE_HTTP_TIMEOUT_SECONDS"),
        description="Longest wait for the whole answer of a remote scorer.",
    )
    remote_scorer_allowed_hosts: Annotated[list[str], NoDecode] = Field(
        [],
        validation_alias=_names("REMOTE_SCORER_ALLOWED_HOSTS"),
        description="Hosts (`host` or `host:port`) where remote scorers and their token endpoints may be, as a JSON "
        "list or with commas; none when it is empty.",
    )
    remote_scorer_validate_hosts: bool = Field(
        True,
        validation_alias=_names("REMOTE_SCORER_VALIDATE_HOSTS"),
        description="Whether only those hosts are asked; otherwise every public one may be.",
    )
    remote_scorer_allow_insecure_http: bool = Field(
        False,
        validation_alias=_names("REMOTE_SCORER_ALLOW_INSECURE_HTTP"),
        description="Whether remote scorers may be asked without TLS.",
    )
    remote_scorer_allowed_private_cidrs: Annotated[list[str], NoDecode] = Field(
        [],
        validation_alias=_names("REMOTE_SCORER_ALLOWED_PRIVATE_CIDRS"),
        description="Networks, such as `10.2.0.0/16`, that they may be in although they are private, as a JSON list or "
        "with commas. Their hosts have to be allowed all the same.",
    )
    remote_scorer_require_structured_result_schema: bool = Field(
        True,
        validation_alias=_names("REMOTE_SCORER_REQUIRE_STRUCTURED_RESULT_SCHEMA"),
        description="Whether a result has to be scores as the wire format has them; otherwise any JSON is kept.",
    )
    remote_scorer_bearer_token: SecretStr | None = Field(
        None,
        validation_alias=_names("REMOTE_SCORER_BEARER_TOKEN"),
        description="Token for remote scorers that name no secret of their own; sent to the allowed hosts only.",
    )
    remote_scorer_ca_file: Path | None = Field(
        None, description="File with certificates that remote scorers may be signed by, besides the well-known ones."
    )

    @field_validator(*_LISTS, mode="before")
    @classmethod
    def _listed(cls, given: Any) -> Any:
        if not isinstance(given, str):
            return given
        if given.lstrip().startswith("["):
            try:
                return json.loads(given)
            except ValueError as error:
                raise ValueError("it begins like a JSON list and is none") from error
        return [part.strip() for part in given.split(",") if part.strip()]

    @field_validator("remote_scorer_allowed_private_cidrs")
    @classmethod
    def _of_networks(cls, networks: list[str]) -> list[str]:
        return [str(ipaddress.ip_network(network)) for network in networks]

    @field_validator("remote_scorer_ca_file")
    @classmethod
    def _that_is_there(cls, file: Path | None) -> Path | None:
        if file is not None and not file.is_file():
            raise ValueError("there is no such file")
        return file
