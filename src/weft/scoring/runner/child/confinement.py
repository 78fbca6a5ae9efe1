"""Locks a process in before it runs users' code: namespaces, a root of its own, another user, limits, a filter.

Each lock is tried and reported; which of them must hold is for `keeper.py` to say.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from dataclasses import dataclass

from . import kernel, own_root, syscall_filter

_NAMESPACES = (
    kernel.NEW_MOUNTS | kernel.NEW_HOST_NAME | kernel.NEW_IPC | kernel.NEW_PROCESSES | kernel.NEW_NETWORK
)  # fmt: skip
_NOBODY = 65534
# Users nobody has: each keeper takes one, so that what runs in one counts for no other's limits.
_FIRST_USER, _USERS = 1_900_000_000, 1_000_000
_LARGEST_FILE = 64 * 1024 * 1024
_OPEN_FILES = 256
_MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What one process of users' code may use; `readable` are folders it sees besides its interpreter."""

    memory_mib: int
    cpu_seconds: int
    processes: int
    readable: tuple[str, ...] = ()


@dataclass
class Isolation:
    """How each thing is kept out of reach; empty where it is not."""

    network: str = ""
    processes: str = ""
    files: str = ""

    def missing(self) -> list[str]:
        """What is within reach, in words."""
        words = {"the network": self.network, "other processes": self.processes, "files": self.files}
        return [name for name, how in words.items() if not how]


class Confinement:
    """Locks in the process it is used in, step by step; the steps are for different processes, forked one by one."""

    def __init__(self, limits: Limits, folder: str, keeper: int) -> None:
        self._limits = limits
        self._folder = folder
        self._user = _FIRST_USER + keeper % _USERS
        self._root_built = False
        self._other_user = False
        self.isolation = Isolation()

    def enter_namespaces(self) -> None:
        """In the process between: what is forked from it is alone in the world."""
        os.setsid()
        if sys.platform.startswith("linux"):
            kernel.set_process(kernel.SET_SUBREAPER, 1)
            kernel.set_process(kernel.SET_DEATH_SIGNAL, signal.SIGKILL)
        try:
            self._unshare()
        except OSError:
            return
        self.isolation.network = "namespace"
        self.isolation.processes = "namespace"
        try:
            own_root.build(self._folder, own_root.readable_folders(self._limits.readable), _LARGEST_FILE)
        except OSError as error:
            print(f"A root of its own cannot be made: {error}", file=sys.stderr)
            return
        self._root_built = True

    def enter_root(self) -> None:
        """In the first process of the new namespaces: nothing of the server is left to be seen."""
        if not self._root_built:
            os.chdir(self._folder)
            if os.geteuid() == 0:
                os.chown(self._folder, self._fitting_user(), self._fitting_user())
            return
        own_root.enter(self._folder)
        self.isolation.files = "own root"
        os.chdir(own_root.SCRATCH)

    def lock(self) -> None:
        """In the process that is to run users' code: no privileges, few resources, no sockets."""
        self._limit()
        if os.geteuid() == 0:
            user = self._fitting_user()
            os.setgroups([])
            os.setresgid(user, user, user)
            os.setresuid(user, user, user)
            self.isolation.processes = self.isolation.processes or "other user"
        if not sys.platform.startswith("linux"):
            return
        kernel.drop_capabilities()
        kernel.set_process(kernel.SET_NO_NEW_PRIVILEGES, 1)
        kernel.set_process(kernel.SET_DEATH_SIGNAL, signal.SIGKILL)
        try:
            syscall_filter.install()
        except OSError as error:
            print(f"System calls cannot be filtered: {error}", file=sys.stderr)
            return
        self.isolation.network = " and ".join(filter(None, (self.isolation.network, "filter")))

    def _unshare(self) -> None:
        if os.geteuid() == 0:
            kernel.unshare(_NAMESPACES)
            return
        user, group = os.geteuid(), os.getegid()
        kernel.unshare(_NAMESPACES | kernel.NEW_USER)
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{_NOBODY} {user} 1"),
            ("gid_map", f"{_NOBODY} {group} 1"),
        ):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(text)

    def _limit(self) -> None:
        limits = self._limits
        # What is mapped already is the interpreter's and the SDK's, not the scorer's.
        address_space = _mapped_bytes() + limits.memory_mib * _MIB
        for name, most in (
            ("RLIMIT_AS", address_space),
            ("RLIMIT_CORE", 0),
            ("RLIMIT_FSIZE", _LARGEST_FILE),
            ("RLIMIT_NOFILE", _OPEN_FILES),
            ("RLIMIT_NPROC", limits.processes),
            ("RLIMIT_MSGQUEUE", 0),
            ("RLIMIT_MEMLOCK", 0),
        ):
            number = getattr(resource, name, None)
            if number is not None:
                resource.setrlimit(number, (most, most))

    def _fitting_user(self) -> int:
        """A user of this keeper's own, or nobody where few users exist, as in the containers of some."""
        try:
            with open("/proc/self/uid_map", encoding="ascii") as file:
                ranges = [[int(part) for part in line.split()] for line in file]
        except (OSError, ValueError):
            return self._user
        known = any(first <= self._user < first + count for first, _, count in ranges)
        return self._user if known else _NOBODY


def limit_cpu(seconds: int) -> None:
    """This many seconds more of computing, and the kernel ends this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = int(used.ru_utime + used.ru_stime) + 1 + seconds
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (most, hard))


def _mapped_bytes() -> int:
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[0]) * resource.getpagesize()
    except (OSError, ValueError):
        return 1024 * _MIB
