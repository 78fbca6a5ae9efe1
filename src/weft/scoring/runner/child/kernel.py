"""What is asked of Linux that Python's library has no words for: namespaces, mounts, privileges.

Every function raises OSError when the kernel refuses, also where there is no such kernel.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import sys

NEW_MOUNTS = 0x00020000
NEW_HOST_NAME = 0x04000000
NEW_IPC = 0x08000000
NEW_USER = 0x10000000
NEW_PROCESSES = 0x20000000
NEW_NETWORK = 0x40000000

MOUNT_READ_ONLY = 1
MOUNT_NO_SUID = 2
MOUNT_NO_DEVICES = 4
MOUNT_NO_PROGRAMS = 8
MOUNT_BIND = 0x1000
MOUNT_RECURSIVE = 0x4000
MOUNT_PRIVATE = 1 << 18

SET_DEATH_SIGNAL = 1
SET_SUBREAPER = 36
SET_NO_NEW_PRIVILEGES = 38

_DETACH = 2
_HERE = -100
_SET_MOUNT_ATTRIBUTES = 442
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_CAPABILITIES_VERSION = 0x20080522


class _MountAttributes(ctypes.Structure):
    _fields_ = [
        ("set", ctypes.c_uint64),
        ("clear", ctypes.c_uint64),
        ("propagation", ctypes.c_uint64),
        ("user_namespace", ctypes.c_uint64),
    ]


class _CapabilitiesHeader(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("process", ctypes.c_int)]


class _Capabilities(ctypes.Structure):
    _fields_ = [("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32)]


def unshare(namespaces: int) -> None:
    """Leave these namespaces for new ones."""
    _checked("unshare", ctypes.c_int(namespaces))


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """Mount something."""
    texts = [text.encode() or None for text in (source, target, kind)]
    _checked("mount", *texts, ctypes.c_ulong(flags), options.encode() or None)


def make_read_only(folder: str) -> None:
    """Nothing below the folder can be written, nor gives rights, whatever is mounted there."""
    wanted = MOUNT_READ_ONLY | MOUNT_NO_SUID | MOUNT_NO_DEVICES
    attributes = _MountAttributes(set=wanted)
    recursive = 0x8000
    size = ctypes.c_size_t(ctypes.sizeof(attributes))
    _called(_SET_MOUNT_ATTRIBUTES, _HERE, folder.encode(), recursive, ctypes.byref(attributes), size)


def change_root(folder: str) -> None:
    """Make the folder, a mount, the root, and forget the old one."""
    number = _PIVOT_ROOT.get(platform.machine())
    if number is None:
        raise OSError(errno.ENOSYS, "no pivot_root is known for this processor")
    os.chdir(folder)
    _called(number, b".", b".")
    _checked("umount2", b".", _DETACH)
    os.chdir("/")


def set_process(option: int, value: int) -> None:
    """Set an attribute of this process."""
    _checked("prctl", option, ctypes.c_ulong(value), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0))


def set_filter(option: int, mode: int, program: ctypes.Structure) -> None:
    """Hand the kernel a filter of system calls."""
    _checked("prctl", option, ctypes.c_ulong(mode), ctypes.byref(program), ctypes.c_ulong(0), ctypes.c_ulong(0))


def drop_capabilities() -> None:
    """Give up every privilege of this process's user namespace."""
    header = _CapabilitiesHeader(_CAPABILITIES_VERSION, 0)
    _checked("capset", ctypes.byref(header), (_Capabilities * 2)())


def _called(number: int, *arguments: object) -> None:
    _checked("syscall", ctypes.c_long(number), *arguments)


def _checked(name: str, *arguments: object) -> None:
    if not sys.platform.startswith("linux"):
        raise OSError(errno.ENOSYS, f"there is no {name} here")
    function = getattr(ctypes.CDLL(None, use_errno=True), name)
    function.restype = ctypes.c_long
    if function(*arguments) == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
