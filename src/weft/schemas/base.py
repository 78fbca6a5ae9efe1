"""The base classes of the API's words: what ignores unknown keys, what refuses them, what reads null as absent."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator


class Wire(BaseModel):
    """A request or answer; unknown keys are ignored, so newer clients may send more."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True, protected_namespaces=())


class StrictWire(Wire):
    """A request in which an unknown key is an error."""

    model_config = ConfigDict(extra="forbid")


class NullIsAbsent(Wire):
    """A request whose optional fields may be sent as null and then have their defaults."""

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        optional = {name for name, field in cls.model_fields.items() if not field.is_required()}
        return {key: value for key, value in data.items() if value is not None or key not in optional}
