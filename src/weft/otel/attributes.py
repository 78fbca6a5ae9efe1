"""The tree that dotted attribute names make, and looking things up in it. What a name means is not decided here."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from weft.core import jsontext
from weft.core.errors import TooLarge
from weft.core.ref_translation import MAX_DEPTH, check_depth
from weft.otel.spans import Attributes

Tree = dict[str, Any]


class AttributeConflict(ValueError):
    """A name stands for a value and for a group of names at once; the text names it."""


class _Numbered(dict[str, Any]):
    """A list that some attribute addresses by number: its keys are numbers, in order of arrival."""


def nest(attributes: Attributes) -> Tree:
    """The tree of the attributes: dots separate levels, texts that hold a JSON object or list become it.

    Structures under one name are merged, of two values under one name the later stays, an empty value is none.
    Raises AttributeConflict for a name that is a value and a group at once, and for names nested too deeply.
    """
    root: Tree = {}
    for name, value in attributes:
        path = name.split(".")
        if len(path) > MAX_DEPTH:
            raise AttributeConflict(f"{name[:80]!r} is nested deeper than {MAX_DEPTH} levels")
        holder = root
        for depth, segment in enumerate(path[:-1]):
            holder = _group(holder, segment, path[depth + 1], name)
        _put(holder, path[-1], _structured(value), name)
    try:
        check_depth(root)
    except TooLarge as error:
        raise AttributeConflict(f"the attributes are nested deeper than {MAX_DEPTH} levels") from error
    return root


def nest_or_keep(attributes: Attributes) -> Tree:
    """The tree, or, where names contradict each other, the attributes under the names they came with."""
    try:
        return nest(attributes)
    except AttributeConflict:
        return dict(attributes)


def find(tree: Tree, name: str) -> Any:
    """What stands under a dotted name, None when there is nothing."""
    value: Any = tree
    for segment in name.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(segment)
    return value


def first(tree: Tree, names: Iterable[str]) -> tuple[str, Any] | None:
    """The first of the names that says something (an empty text, list or object does not), and what it says."""
    for name in names:
        value = find(tree, name)
        if value is not None and value != "" and value != [] and value != {}:
            return name, value
    return None


def first_value(tree: Tree, names: Iterable[str]) -> Any:
    """What the first of the names that says something says, or None."""
    found = first(tree, names)
    return None if found is None else found[1]


def plain(value: Any) -> Any:
    """The value as JSON knows it: bytes in base64."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def read_out(value: Any) -> Any:
    """The value as JSON knows it, with every group whose names are 0 to n-1 as a list."""
    if isinstance(value, dict):
        items = in_order(value)
        return {key: read_out(item) for key, item in value.items()} if items is None else [read_out(i) for i in items]
    if isinstance(value, list):
        return [read_out(item) for item in value]
    return plain(value)


def in_order(group: Mapping[str, Any]) -> Sequence[Any] | None:
    """The members of a group whose names are 0 to n-1, in that order; None for any other group, an empty one too."""
    if not group:
        return None
    try:
        return [group[str(number)] for number in range(len(group))]
    except KeyError:
        return None


def _structured(value: Any) -> Any:
    if not isinstance(value, str) or value[:1] not in ("{", "["):
        return value
    try:
        parsed = jsontext.loads(value)
        check_depth(parsed)
    except (ValueError, TooLarge):
        return value
    # An escape may stand for half a surrogate pair, which nothing can store.
    return _without_surrogates(parsed) if "\\ud" in value or "\\uD" in value else parsed


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_surrogates(item) for item in value]
    return value


def _group(holder: Tree, segment: str, below: str, name: str) -> Tree:
    """The group under a segment, made if there is none yet."""
    group = holder.get(segment)
    if group is None:
        group = holder[segment] = {}
    elif isinstance(group, list) and _is_number(below):
        group = holder[segment] = _numbered(group)
    elif not isinstance(group, dict) or (isinstance(group, _Numbered) and not _is_number(below)):
        raise AttributeConflict(f"{segment[:80]!r} in {name[:80]!r} is a value already and cannot hold names")
    return group


def _put(holder: Tree, segment: str, value: Any, name: str) -> None:
    present = holder.get(segment)
    if value is None:
        holder.setdefault(segment, None)
    elif present is None:
        holder[segment] = value
    elif isinstance(present, dict) or isinstance(value, dict):
        holder[segment] = _merged(present, value, name)
    elif isinstance(present, list) and isinstance(value, list):
        holder[segment] = _joined(present, value, name)
    elif isinstance(present, list) or isinstance(value, list):
        raise AttributeConflict(f"{name[:80]!r} is a list and a single value at once")
    else:
        holder[segment] = value


def _merged(present: Any, value: Any, name: str) -> Tree:
    """A group and what is put over it: another group, or a list when all names are numbers."""
    groups: list[Tree] = []
    for side in (present, value):
        if isinstance(side, list):
            groups.append(_numbered(side))
        elif isinstance(side, dict):
            groups.append(side)
        else:
            raise AttributeConflict(f"{name[:80]!r} is a single value and holds names at once")
    below, above = groups
    if isinstance(below, _Numbered) or isinstance(above, _Numbered):
        if not all(map(_is_number, (*below, *above))):
            raise AttributeConflict(f"{name[:80]!r} is a list and holds names at once")
        below = _Numbered(below)
    for key, item in above.items():
        _put(below, key, item, f"{name}.{key}")
    return below


def _joined(present: list[Any], value: list[Any], name: str) -> list[Any]:
    """Two lists under one name: item by item, the later one over the earlier."""
    return list(_merged(_numbered(present), value, name).values())


def _numbered(items: list[Any]) -> _Numbered:
    return _Numbered((str(number), item) for number, item in enumerate(items))


def _is_number(segment: str) -> bool:
    return segment.isascii() and segment.isdigit()
