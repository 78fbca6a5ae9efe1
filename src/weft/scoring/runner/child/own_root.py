"""A root of its own for users' code: the interpreter's folders, read-only, a small scratch space, and nothing else.

Whatever the server keeps is not there to be read, whoever owns it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress

from . import kernel

SCRATCH = "/tmp"
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store")
_FILES = ("/etc/ld.so.cache", "/etc/localtime", "/etc/mime.types")
_FOLDERS = ("/etc/ssl/certs", "/etc/alternatives")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


def readable_folders(more: Iterable[str] = ()) -> list[str]:
    """The folders that code needs to run: the system's programs, this Python's and its packages, and `more`."""
    own = {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix, *more}
    own |= {os.path.realpath(folder) for folder in own}
    own |= {os.path.dirname(os.path.realpath(folder)) for folder in sys.path if folder.endswith("site-packages")}
    wanted = [*_SYSTEM, *_FOLDERS, *sorted(own)]
    present = [folder for folder in wanted if folder != "/" and os.path.isdir(folder)]
    # What lies in another one comes with it.
    return [folder for folder in present if not any(_is_below(folder, other) for other in present)]


def build(folder: str, readable: Sequence[str], scratch_bytes: int) -> None:
    """Mount a new root in the folder, in this process's own mount namespace. Raises OSError."""
    # Nothing of this may spread to the namespace of the server.
    kernel.mount("", "/", "", kernel.MOUNT_RECURSIVE | kernel.MOUNT_PRIVATE)
    # The frame holds mount points only; the space that code may fill is a mount of its own.
    flags = kernel.MOUNT_NO_SUID | kernel.MOUNT_NO_DEVICES
    kernel.mount("frame", folder, "tmpfs", flags, "size=1m,nr_inodes=1000,mode=755")
    scratch = folder + SCRATCH
    os.makedirs(scratch)
    kernel.mount("scratch", scratch, "tmpfs", flags, f"size={scratch_bytes},nr_inodes=10000,mode=1777")
    for path in readable:
        if os.path.islink(path):
            os.symlink(os.readlink(path), _place(folder, path))
        else:
            _bind(path, os.path.join(folder, path[1:]), is_folder=True)
    for path in _FILES:
        if os.path.isfile(path):
            _bind(path, _place(folder, path), is_folder=False)
    os.mkdir(folder + "/proc")
    for path in _DEVICES:
        place = _place(folder, path)
        _touch(place)
        kernel.mount(path, place, "", kernel.MOUNT_BIND)
    os.symlink(SCRATCH, folder + "/dev/shm")


def enter(folder: str) -> None:
    """Make the folder the root; what was outside is gone."""
    # Only where nothing of the real one is hidden may a namespace have its own; code can do without.
    with suppress(OSError):
        flags = kernel.MOUNT_NO_SUID | kernel.MOUNT_NO_DEVICES | kernel.MOUNT_NO_PROGRAMS
        kernel.mount("proc", folder + "/proc", "proc", flags)
    kernel.change_root(folder)


def _bind(path: str, place: str, is_folder: bool) -> None:
    if is_folder:
        os.makedirs(place, exist_ok=True)
    else:
        _touch(place)
    kernel.mount(path, place, "", kernel.MOUNT_BIND | (kernel.MOUNT_RECURSIVE if is_folder else 0))
    kernel.make_read_only(place)


def _place(folder: str, path: str) -> str:
    place = folder + path
    os.makedirs(os.path.dirname(place), exist_ok=True)
    return place


def _touch(place: str) -> None:
    with open(place, "w", encoding="ascii"):
        return


def _is_below(folder: str, other: str) -> bool:
    return folder != other and folder.startswith(other.rstrip("/") + "/")
