"""Stored values as Python sees them, and Python's values as they are stored: the forms the official SDK gives them."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import importlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

OP_SOURCE = "weft.op"
"""The key under which the worker puts the source of an op in the place of its ref."""

_CUSTOM = "CustomWeaveType"
_MOMENT = "datetime.datetime"
_ADDED = ("_type", "_class_name", "_bases")
_OwnLoader = Callable[[str, str], Callable[..., Any]]


class StandIn:
    """An object of a class that is not here: its stored fields, and those of its methods that are ops."""

    def __init__(self, name: str, fields: Mapping[str, Any]) -> None:
        self.__dict__.update(fields)
        self.__dict__["_stored_class"] = name

    def __getattr__(self, name: str) -> Any:
        known = self.__dict__.get("_stored_class", "object")
        raise AttributeError(
            f"the stored {known} has no {name!r}: of a class only its fields are published, and methods that are ops"
        )

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.model_dump().items())
        return f"{self._stored_class}({shown})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StandIn) and self.__dict__ == other.__dict__

    # Equal by value and changeable, so not to be hashed; the checker wants a method here.
    __hash__ = None  # type: ignore[assignment]

    def model_dump(self) -> dict[str, Any]:
        """The fields, as of a Pydantic model."""
        return {
            name: value
            for name, value in self.__dict__.items()
            if name not in ("_stored_class", *_ADDED) and not callable(value)
        }


def revive(value: Any, load: _OwnLoader) -> Any:
    """The value with objects in the place of what the SDK made of them."""
    if isinstance(value, list):
        return [revive(item, load) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("_type") == _CUSTOM:
        return _moment(value)
    name = value.get("_class_name")
    if not isinstance(name, str) or not isinstance(value.get("_bases"), list):
        return {key: revive(item, load) for key, item in value.items()}
    methods = {key: item[OP_SOURCE] for key, item in value.items() if isinstance(item, dict) and OP_SOURCE in item}
    fields = {
        key: revive(item, load) for key, item in value.items() if key not in methods and key not in _ADDED
    }  # fmt: skip
    known = _known(name, fields) if not methods else None
    if known is not None:
        return known
    own = StandIn(name, fields)
    for key, source in methods.items():
        # Each is loaded when it is called: one that cannot be must not keep the others from running.
        if isinstance(source, str):
            own.__dict__[key] = partial(_call_method, own, key, source, load)
    return own


def as_json(value: Any) -> Any:
    """The value in JSON's types; what the SDK has no form for becomes its text, as it does there."""
    if value is None or isinstance(value, str | bool | int | float):
        return value.value if isinstance(value, enum.Enum) else value
    if isinstance(value, Mapping):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    if isinstance(value, StandIn):
        return {**as_json(value.model_dump()), **_described(value._stored_class, ["BaseModel"])}
    if isinstance(value, datetime.datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=datetime.timezone.utc)  # noqa: UP017 - any Python's
        return {"_type": _CUSTOM, "weave_type": {"type": _MOMENT}, "val": aware.isoformat()}
    fields = getattr(type(value), "model_fields", None)
    if isinstance(fields, dict):
        held = {name: as_json(getattr(value, name)) for name in fields}
        return {**held, **_described(type(value).__name__, _bases(type(value)))}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        held = {field.name: as_json(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return {**held, **_described(type(value).__name__, _bases(type(value)))}
    return _plain_number(value)


def _described(name: str, bases: list[str]) -> dict[str, Any]:
    return {"_type": name, "_class_name": name, "_bases": bases}


def _bases(kind: type) -> list[str]:
    return [base.__name__ for base in kind.__mro__[1:] if base is not object]


def _plain_number(value: Any) -> Any:
    """A number or array of NumPy's or its kin as plain ones, anything else as text."""
    for name in ("item", "tolist"):
        convert = getattr(value, name, None)
        if callable(convert) and hasattr(value, "dtype"):
            try:
                return as_json(convert())
            except (TypeError, ValueError):
                continue
    return str(value)


def _moment(value: dict[str, Any]) -> Any:
    text = value.get("val")
    kind = value.get("weave_type")
    if isinstance(text, str) and isinstance(kind, dict) and kind.get("type") == _MOMENT:
        try:
            return datetime.datetime.fromisoformat(text)
        except ValueError:
            return value
    return value


def _known(name: str, fields: Mapping[str, Any]) -> Any:
    """The object, if its class is one that the SDK offers by that name."""
    weave = importlib.import_module("weave")
    found = getattr(weave, name, None)
    if not (isinstance(found, type) and issubclass(found, weave.Object)):
        return None
    kind: Any = found
    # Some are made from other arguments than their fields; what was stored has been checked once.
    made: tuple[Callable[[], Any], ...] = (
        lambda: kind.model_validate(dict(fields)),
        lambda: kind.model_construct(**fields),
    )
    for make in made:
        with suppress(ValueError, TypeError, AttributeError):
            return make()
    return None


def _call_method(own: StandIn, name: str, source: str, load: _OwnLoader, *arguments: Any, **named: Any) -> Any:
    return load(source, name)(own, *arguments, **named)
