"""The two base classes of the API's words: one that ignores unknown keys, one that refuses them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Wire(BaseModel):
    """A request or answer; unknown keys are ignored, so newer clients may send more."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True, protected_namespaces=())


class StrictWire(Wire):
    """A request in which an unknown key is an error."""

    model_config = ConfigDict(extra="forbid")
