"""Bytes with their length in front, through pipes. What they mean is for those at the ends to know."""

from __future__ import annotations

import os
import struct

HEADER = struct.Struct("!Q")
_CHUNK = 1024 * 1024


class BrokenFrame(Exception):
    """The other end went away in the middle of a frame, or announced one that is too large."""


def write_frame(pipe: int, data: bytes) -> None:
    """Write one frame. Raises OSError when nobody reads any more."""
    rest = memoryview(HEADER.pack(len(data)) + data)
    while rest:
        rest = rest[os.write(pipe, rest[:_CHUNK]) :]


def read_frame(pipe: int, largest: int) -> bytes | None:
    """The next frame; None when the other end is gone. Raises BrokenFrame above `largest` bytes."""
    header = _read(pipe, HEADER.size)
    if header is None:
        return None
    (length,) = HEADER.unpack(header)
    if length > largest:
        raise BrokenFrame(f"a frame of {length} bytes")
    data = _read(pipe, length)
    if data is None:
        raise BrokenFrame("the end in the middle of a frame")
    return data


def _read(pipe: int, length: int) -> bytes | None:
    parts: list[bytes] = []
    missing = length
    while missing:
        part = os.read(pipe, min(missing, _CHUNK))
        if not part:
            if parts:
                raise BrokenFrame("the end in the middle of a frame")
            return None
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
