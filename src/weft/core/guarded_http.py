"""The guard around hosts that users name: requests go to an address that was checked, and end in time.

A name is resolved once, every address it has must be one that may be reached, and the connection is made to that very
address under the name that was asked for. Which hosts may be named at all is the callers' business.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx

from weft.core.hosts import Network, as_address, is_in, is_private_name, is_public_address

_PORTS = {"http": 80, "https": 443}


class HostRefused(Exception):
    """The host leads, or may lead, where nobody may be sent."""


class HostNotFound(Exception):
    """The name has no address now."""


@dataclass(frozen=True, slots=True)
class Aim:
    """A request aimed at an address: its URL, its headers, and what httpx has to know beside them."""

    url: str
    headers: dict[str, str]
    extensions: dict[str, Any]


def checked_address(host: str, port: int, allowed: Sequence[Network] = ()) -> str:
    """The address to reach a host at; `allowed` networks may be reached although they are private.

    Raises HostRefused when any of its addresses may not be reached, and HostNotFound.
    """
    refused = HostRefused(f"The host {host[:200]!r} leads to a private address")
    literal = as_address(host)
    if literal is not None:
        if not is_public_address(literal, allowed):
            raise refused
        return literal
    private = is_private_name(host)
    if not host or (private and not allowed):
        raise refused
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise HostNotFound(f"The host {host[:200]!r} cannot be found") from error
    addresses = [str(entry[4][0]) for entry in found]
    reachable = [is_in(each, allowed) if private else is_public_address(each, allowed) for each in addresses]
    if not addresses or not all(reachable):
        raise refused
    return addresses[0]


def aim(url: str, headers: Mapping[str, str], allowed: Sequence[Network] = ()) -> Aim:
    """The request aimed at an address that was checked, so that the name cannot change its mind in between.

    Raises what `checked_address` raises, and httpx.InvalidURL.
    """
    parsed = httpx.URL(url)
    address = checked_address(parsed.host, parsed.port or _PORTS.get(parsed.scheme, 0), allowed)
    named = {**headers, "host": parsed.netloc.decode("ascii")}
    return Aim(str(parsed.copy_with(host=address)), named, {"sni_hostname": parsed.raw_host.decode("ascii")})


class Deadline:
    """The end of an exchange, whatever it is doing then.

    httpx counts the time between two bytes, so that somebody who sends one now and then could hold a thread for ever.
    """

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self._streams: list[Any] = []
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    @contextmanager
    def running(self) -> Iterator[dict[str, Any]]:
        """While it runs; what is handed out belongs into the request's extensions."""
        self._timer.start()
        try:
            yield {"trace": self._seen}
        finally:
            self._timer.cancel()

    def _seen(self, event: str, info: Mapping[str, Any]) -> None:
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._streams.append(info["return_value"])
            if self.passed:
                self._cut()

    def _cut(self) -> None:
        self.passed = True
        for stream in list(self._streams):
            held = stream.get_extra_info("socket")
            if isinstance(held, socket.socket):
                # Not the TLS object's own method, which would unhinge it under the thread that reads from it.
                with suppress(OSError):
                    socket.socket.shutdown(held, socket.SHUT_RDWR)
