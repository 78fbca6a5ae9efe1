"""Stored prompts: which one is named, its messages, and the variables filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from weft.core.errors import InvalidRequest, NotFound
from weft.core.identity import Project
from weft.core.refs import INTERNAL, ObjectRef, try_parse_ref
from weft.domain.objects import LATEST, read_object
from weft.domain.prompt_filling import fill_message
from weft.storage.stores import Stores

_CLASSES = frozenset({"Prompt", "MessagesPrompt", "StringPrompt"})
_ADDED = frozenset({"_type", "_class_name", "_bases"})
_DEEPEST = 50


def prompt_messages(stores: Stores, project: Project, prompt: str) -> list[dict[str, Any]]:
    """The messages of the prompt that a ref, `name:version` or `name` means.

    Raises NotFound for one that does not exist and InvalidRequest for what is no prompt. A ref may lead to another
    project: who may not read that is refused at the door.
    """
    ref = try_parse_ref(prompt) if prompt.startswith(INTERNAL) else None
    if isinstance(ref, ObjectRef):
        project_id, name, version = ref.project, ref.name, ref.version
    elif prompt.startswith(INTERNAL):
        raise InvalidRequest("It is not the ref of an object")
    else:
        project_id = project.id
        name, _, version = prompt.partition(":")
    found = read_object(stores, project_id, name, version or LATEST, kind="object")
    value = found.val
    if not {found.base_object_class, found.leaf_object_class} & _CLASSES or not isinstance(value, dict):
        raise NotFound(f"Object {name[:200]} is not a prompt")
    messages = value.get("messages", value.get("content"))
    return [_message(item) for item in ([messages] if isinstance(messages, str) else messages or [])]


def filled_messages(messages: Sequence[Any], variables: Mapping[str, Any]) -> list[Any]:
    """The messages, those of the assistant as they are, the others with their variables filled in.

    Raises CannotFill for a variable that is missing.
    """
    return [
        message
        if not isinstance(message, dict) or message.get("role") == "assistant"
        else fill_message(message, variables)
        for message in messages
    ]


def _message(item: Any) -> dict[str, Any]:
    if isinstance(item, str):
        return {"role": "user", "content": item}
    if not isinstance(item, dict):
        raise InvalidRequest("A message of it is neither a text nor an object")
    plain = without_class_names(item)
    return {"role": "user", **{key: value for key, value in plain.items() if value is not None}}


def without_class_names(value: Any, deepest: int = _DEEPEST) -> Any:
    """The value without what publishing added to it."""
    if deepest > 0 and isinstance(value, dict):
        return {key: without_class_names(item, deepest - 1) for key, item in value.items() if key not in _ADDED}
    if deepest > 0 and isinstance(value, list):
        return [without_class_names(item, deepest - 1) for item in value]
    return value
