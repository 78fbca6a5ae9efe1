"""Pictures, sound and film of a scored call, as content parts for a judge that is to look at them.

A judge says by its flags which kinds it scores and by JSONPaths where they are; without paths they are those of the
user's messages, or of all inputs when there are no messages. Texts never carry the bytes a second time.
"""

from __future__ import annotations

import base64
import mimetypes
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import filetype
from jsonpath import JSONPathEnvironment, JSONPathError

from weft.core import jsontext
from weft.core.refs import INTERNAL, ObjectRef, try_parse_ref
from weft.scoring.retry import CannotWork
from weft.scoring.stored_values import stored_value
from weft.storage.stores import Stores

Kind = Literal["image", "audio", "video"]

_FLAGS: Mapping[str, Kind] = {
    "enable_image_input_scoring": "image",
    "enable_audio_input_scoring": "audio",
    "enable_video_input_scoring": "video",
}
_PATHS = ("media_scoring_json_paths", "audio_input_scoring_json_paths")
_DATA_URL = re.compile(r"data:((image|audio|video)/[\w.+-]+)(?:;[\w.+=-]+)*;base64,")
# OpenAI's name of the part, the key of what it holds, and the kind.
_PARTS: Mapping[str, tuple[str, Kind]] = {
    "image_url": ("image_url", "image"),
    "input_image": ("image_url", "image"),
    "video_url": ("video_url", "video"),
    "input_audio": ("input_audio", "audio"),
}
_MOST_PATHS, _LONGEST_PATH, _MOST_DESCENTS = 20, 500, 2
_MOST_FOUND = 20
_MOST_CHARACTERS = 40 * 1024 * 1024
_DEEPEST = 100
_SHORTEST_HIDDEN = 256


@dataclass(frozen=True, slots=True)
class Media:
    """One thing to look at: its kind, and the content part that shows it."""

    kind: Kind
    part: dict[str, Any]


@dataclass(frozen=True, slots=True)
class MediaChoice:
    """Which media of a call a judge looks at; `stores` and projects are where files are read from."""

    kinds: frozenset[Kind]
    paths: tuple[Any, ...]
    stores: Stores
    project_ids: Sequence[str]

    def parts(self, arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The content parts for the judge's message. Raises CannotWork when there are too many, or a file is gone."""
        inputs = {name: value for name, value in arguments.items() if name not in ("output", "inputs")}
        call = {"inputs": inputs or arguments.get("inputs"), "output": arguments.get("output")}
        found: list[dict[str, Any]] = []
        for media in self._found(call):
            if media.kind in self.kinds and media.part not in found:
                found.append(media.part)
            if len(found) > _MOST_FOUND or sum(len(str(part)) for part in found) > _MOST_CHARACTERS:
                raise CannotWork(
                    f"The call holds more media than a judge is sent: at most {_MOST_FOUND}, of "
                    f"{_MOST_CHARACTERS // 2**20} MiB together"
                )
        return found

    def _found(self, call: Mapping[str, Any]) -> Iterator[Media]:
        if self.paths:
            for path in self.paths:
                for match in path.finditer(call):
                    yield from self._media_in(match.obj)
            return
        messages = list(_user_messages(call["inputs"]))
        for value in messages or [call["inputs"]]:
            yield from self._media_in(value)

    def _media_in(self, value: Any, depth: int = 0) -> Iterator[Media]:
        if depth > _DEEPEST:
            return
        if isinstance(value, str):
            yield from self._of_text(value)
        elif isinstance(value, dict):
            media = _of_part(value) or (self._of_file(value) if value.get("_type") == "CustomWeaveType" else None)
            if media is not None:
                yield media
            else:
                for item in value.values():
                    yield from self._media_in(item, depth + 1)
        elif isinstance(value, list):
            for item in value:
                yield from self._media_in(item, depth + 1)

    def _of_text(self, text: str) -> Iterator[Media]:
        inline = _DATA_URL.match(text)
        if inline:
            yield _shown(inline[1], text[inline.end() :])
        elif text.startswith(INTERNAL):
            ref = try_parse_ref(text)
            if isinstance(ref, ObjectRef) and ref.project in self.project_ids:
                value = stored_value(self.stores, ref, frozenset(self.project_ids), "A medium of the call")
                media = self._of_file(value) if isinstance(value, dict) else None
                yield from [media] if media else []

    def _of_file(self, value: Mapping[str, Any]) -> Media | None:
        """What a stored object of the SDKs' media types shows; None for an object of any other type."""
        files = value.get("files")
        names = [name for name in files if name != "metadata.json"] if isinstance(files, dict) else []
        if not isinstance(files, dict) or not names:
            return None
        about = self._about(files.get("metadata.json"))
        kind = about or mimetypes.guess_type(names[0])[0] or ""
        if kind and kind.partition("/")[0] not in ("image", "audio", "video"):
            return None
        data = self._read(files[names[0]])
        kind = kind or filetype.guess_mime(data) or ""
        if kind.partition("/")[0] not in ("image", "audio", "video"):
            return None
        return _shown(kind, base64.b64encode(data).decode())

    def _about(self, digest: Any) -> str:
        if not isinstance(digest, str):
            return ""
        try:
            about = jsontext.loads(self._read(digest))
        except ValueError:
            return ""
        kind = about.get("mimetype") if isinstance(about, dict) else None
        return kind if isinstance(kind, str) else ""

    def _read(self, digest: Any) -> bytes:
        for project_id in self.project_ids:
            content = (
                self.stores.files.get(project_id, digest) if isinstance(digest, str) and digest.isalnum() else None
            )
            if content is not None:
                return content
        raise CannotWork("A file of the call's media does not exist")


def media_choice(value: Mapping[str, Any], stores: Stores, project_ids: Sequence[str]) -> MediaChoice | None:
    """What a stored judge says about media; None when it looks at none. Raises CannotWork for a path that is none."""
    kinds = frozenset(kind for flag, kind in _FLAGS.items() if value.get(flag) is True)
    if not kinds:
        return None
    given: Any = next((value[name] for name in _PATHS if value.get(name)), [])
    if not isinstance(given, list) or len(given) > _MOST_PATHS or not all(isinstance(path, str) for path in given):
        raise CannotWork(f"The judge's media_scoring_json_paths are not at most {_MOST_PATHS} texts")
    return MediaChoice(kinds, tuple(map(_compiled, given)), stores, project_ids)


def without_data(value: Any, depth: int = 0) -> Any:
    """The value with a short note in the place of each medium's bytes."""
    if isinstance(value, str):
        inline = _DATA_URL.match(value)
        hidden = inline is not None and len(value) >= _SHORTEST_HIDDEN
        return f"<{inline[1]}, {len(value)} characters>" if inline and hidden else value
    if depth > _DEEPEST:
        return value
    if isinstance(value, dict):
        noted = {key: without_data(item, depth + 1) for key, item in value.items()}
        data = value.get("data")
        if isinstance(data, str) and len(data) >= _SHORTEST_HIDDEN and ("format" in value or "media_type" in value):
            noted["data"] = f"<{value.get('format') or value.get('media_type')}, {len(data)} characters>"
        return noted
    if isinstance(value, list):
        return [without_data(item, depth + 1) for item in value]
    return value


def with_parts(messages: Sequence[dict[str, Any]], parts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages with the parts behind the content of the last one of the user."""
    last = max((place for place, item in enumerate(messages) if item.get("role") == "user"), default=None)
    if last is None:
        return [*messages, {"role": "user", "content": list(parts)}]
    content = messages[last].get("content")
    said = content if isinstance(content, list) else [{"type": "text", "text": content}] if content else []
    shown = {**messages[last], "content": [*said, *parts]}
    return [*messages[:last], shown, *messages[last + 1 :]]


def _compiled(path: str) -> Any:
    if len(path) > _LONGEST_PATH or path.count("..") > _MOST_DESCENTS:
        raise CannotWork("A path of the judge's media_scoring_json_paths is too long, or descends too often")
    environment = JSONPathEnvironment(strict=True)
    # A regular expression of a user's can keep a thread busy for ever.
    for function in ("match", "search"):
        del environment.function_extensions[function]
    try:
        return environment.compile(path)
    except (JSONPathError, ValueError, RecursionError) as error:
        raise CannotWork(f"The judge's media_scoring_json_paths hold no JSONPath: {path[:80]!r}") from error


def _user_messages(value: Any, depth: int = 0) -> Iterator[Any]:
    """The contents of the user's messages, wherever they are in the value."""
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        if value.get("role") == "user" and "content" in value:
            yield value["content"]
            return
        for item in value.values():
            yield from _user_messages(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            yield from _user_messages(item, depth + 1)


def _of_part(value: Mapping[str, Any]) -> Media | None:
    """A content part of OpenAI's or Anthropic's that shows something."""
    source = value.get("source")
    if value.get("type") == "image" and isinstance(source, dict):
        if isinstance(source.get("data"), str):
            return _shown(str(source.get("media_type") or "image/png"), source["data"])
        return _linked("image", source["url"]) if isinstance(source.get("url"), str) else None
    name, kind = _PARTS.get(str(value.get("type")), ("", "image"))
    held = value.get(name) if name else None
    if name == "input_audio":
        return Media("audio", {"type": name, name: held}) if isinstance(held, dict) else None
    url = held.get("url") if isinstance(held, dict) else held
    if not isinstance(url, str) or not url.startswith(("data:", "http://", "https://")):
        return None
    detail = {"detail": held["detail"]} if isinstance(held, dict) and isinstance(held.get("detail"), str) else {}
    return _linked(kind, url, **detail)


def _linked(kind: Kind, url: str, **more: str) -> Media:
    name = "video_url" if kind == "video" else "image_url"
    return Media(kind, {"type": name, name: {"url": url, **more}})


def _shown(media_type: str, data: str) -> Media:
    if media_type.startswith("audio/"):
        name = media_type.removeprefix("audio/").removeprefix("x-")
        form = {"mpeg": "mp3", "wave": "wav", "vnd.wave": "wav"}.get(name, name)
        return Media("audio", {"type": "input_audio", "input_audio": {"data": data, "format": form}})
    kind: Kind = "video" if media_type.startswith("video/") else "image"
    return _linked(kind, f"data:{media_type};base64,{data}")
