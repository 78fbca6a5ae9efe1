"""Custom runtimes: an OpenAI-compatible endpoint of the user's own and the models it serves, declared as a whole."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from weft.schemas.base import NullIsAbsent, Wire

RuntimeId = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"^\S+$")]


class CustomRuntimeID(NullIsAbsent):
    """A model, by the name the endpoint knows it under."""

    id: RuntimeId
    max_tokens: int = Field(4096, gt=0)


class CustomRuntimeApplyBody(NullIsAbsent):
    """The state that is wanted; models that are not named are removed. `api_key_secret` is the name of a secret."""

    base_url: str
    api_key_secret: str | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    runtime_ids: list[CustomRuntimeID]


class CustomRuntimeIDRes(Wire):
    """A model, and the id under which completions and judges ask for it."""

    id: str
    max_tokens: int
    playground_id: str


class CustomRuntimeApplyRes(Wire):
    """The state as it is now."""

    name: str
    base_url: str
    api_key_secret: str | None
    headers: dict[str, str]
    runtime_ids: list[CustomRuntimeIDRes]
