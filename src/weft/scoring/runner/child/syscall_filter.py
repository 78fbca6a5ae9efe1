"""A filter of system calls (seccomp): no sockets, no look into other processes, no way to new privileges.

It holds for the process that installs it and for all that come of it, and cannot be taken off. It needs no privilege.
"""

from __future__ import annotations

import ctypes
import errno
import platform
from collections.abc import Iterator

from . import kernel

# By processor: how the kernel names it, and the numbers of the calls.
_PROCESSORS = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_COLUMNS = ("x86_64", "aarch64")
# A socket is refused as a network that is down would be: libraries know what to make of that.
_NO_SOCKETS = {"socket": (41, 198), "io_uring_setup": (425, 425)}
_REFUSED = {
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsmount": (432, 432),
    "mount_setattr": (442, 442),
    "unshare": (272, 97),
    "setns": (308, 268),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "open_by_handle_at": (304, 265),
    "kexec_load": (246, 104),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "syslog": (103, 116),
    # Memory that no limit of a process counts.
    "shmget": (29, 194),
    "msgget": (68, 186),
}
# As on kernels without these calls: what asks for them then does it another way.
_UNKNOWN = {"clone3": (435, 435), "memfd_create": (319, 279)}
_CLONE = (56, 220)
_SET_PROCESS = (157, 167)
_NEW_NAMESPACES = 0x7E020000
# Another way to number the calls of a 64-bit Intel processor begins here.
_X32 = 0x40000000

_LOAD, _RETURN, _IS_EQUAL, _IS_AT_LEAST, _HAS_BITS = 0x20, 0x06, 0x15, 0x35, 0x45
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000
_NUMBER, _PROCESSOR, _FIRST_ARGUMENT = 0, 4, 16
_SET_FILTER, _MODE_FILTER = 22, 2


class _Step(ctypes.Structure):
    _fields_ = [("code", ctypes.c_ushort), ("yes", ctypes.c_ubyte), ("no", ctypes.c_ubyte), ("value", ctypes.c_uint32)]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.POINTER(_Step))]


def install() -> None:
    """Filter the system calls of this process from here on. Raises OSError when that is not possible."""
    machine = platform.machine()
    if machine not in _PROCESSORS:
        raise OSError(errno.ENOSYS, f"no filter is known for a processor {machine}")
    steps = [_Step(*step) for step in _steps(_COLUMNS.index(machine), _PROCESSORS[machine])]
    program = _Program(len(steps), (_Step * len(steps))(*steps))
    kernel.set_process(kernel.SET_NO_NEW_PRIVILEGES, 1)
    kernel.set_filter(_SET_FILTER, _MODE_FILTER, program)


def _steps(column: int, processor: int) -> Iterator[tuple[int, int, int, int]]:
    yield (_LOAD, 0, 0, _PROCESSOR)
    yield from _refuse((_IS_EQUAL, 1, 0, processor), errno.EPERM)
    yield (_LOAD, 0, 0, _NUMBER)
    yield from _refuse((_IS_AT_LEAST, 0, 1, _X32), errno.EPERM)
    for calls, error in ((_NO_SOCKETS, errno.ENETUNREACH), (_REFUSED, errno.EPERM), (_UNKNOWN, errno.ENOSYS)):
        for numbers in calls.values():
            yield from _refuse((_IS_EQUAL, 0, 1, numbers[column]), error)
    # A new process in new namespaces has every privilege in them; and who dies with its parent stays so.
    yield (_IS_EQUAL, 0, 3, _CLONE[column])
    yield (_LOAD, 0, 0, _FIRST_ARGUMENT)
    yield from _refuse((_HAS_BITS, 0, 1, _NEW_NAMESPACES), errno.EPERM)
    yield (_LOAD, 0, 0, _NUMBER)
    yield (_IS_EQUAL, 0, 3, _SET_PROCESS[column])
    yield (_LOAD, 0, 0, _FIRST_ARGUMENT)
    yield from _refuse((_IS_EQUAL, 0, 1, kernel.SET_DEATH_SIGNAL), errno.EPERM)
    yield (_RETURN, 0, 0, _ALLOW)


def _refuse(test: tuple[int, int, int, int], error: int) -> Iterator[tuple[int, int, int, int]]:
    """The test, and the refusal that follows it: `yes` and `no` of the test step over it or not."""
    yield test
    yield (_RETURN, 0, 0, _REFUSE | error)
