"""Which hosts and addresses belong to the public network, and which URLs a list of hosts names. Resolves no name."""

from __future__ import annotations

import ipaddress
import socket
import unicodedata
from collections.abc import Collection
from urllib.parse import SplitResult, urlsplit

# Names that lead to this machine or to the metadata service of a cloud, whatever they resolve to.
_PRIVATE_NAMES = frozenset({"localhost", "metadata", "metadata.google.internal", "instance-data"})
_PRIVATE_ENDINGS = (".localhost", ".metadata.google.internal")
# An IPv4 address inside one of these is where a translating router would send the packets.
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")


def parse_http_url(url: str) -> SplitResult | None:
    """The parts of an http or https URL with a host and without credentials; None for anything else."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    netloc = parts.netloc
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in netloc or port == 0:
        return None
    return parts if netloc.isprintable() and not any(map(str.isspace, netloc)) else None


def is_public_host(host: str) -> bool:
    """Whether a name or address, as a URL has it, is not known to lead to this machine or a private network."""
    name = unicodedata.normalize("NFKC", host).strip("[]").rstrip(".").lower()
    address = _as_address(name)
    if address is not None:
        return is_public_address(address)
    return bool(name) and name not in _PRIVATE_NAMES and not name.endswith(_PRIVATE_ENDINGS)


def is_public_address(address: str) -> bool:
    """Whether an IP address is one of the public network, also what an IPv6 address wraps."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        wrapped = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo[1] if parsed.teredo else None)
        if wrapped is None and parsed in _TRANSLATED:
            wrapped = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
        if wrapped is not None:
            return is_public_address(str(wrapped))
    return parsed.is_global and not parsed.is_multicast and not parsed.is_unspecified


def is_listed(parts: SplitResult, hosts: Collection[str]) -> bool:
    """Whether the URL's host, or its host and port, is among the hosts, in any case."""
    listed = {host.lower() for host in hosts}
    return parts.netloc.lower() in listed or (parts.hostname or "").lower() in listed


def host_of(url: str) -> str:
    """The host of a URL, with its port when it names one; empty when it is no http(s) URL."""
    parts = parse_http_url(url)
    return parts.netloc.lower() if parts else ""


def _as_address(name: str) -> str | None:
    try:
        return str(ipaddress.ip_address(name.partition("%")[0]))
    except ValueError:
        pass
    # What C libraries also take for an address: 127.1, 0x7f000001, 2130706433, 0177.0.0.1.
    if not name or not all(character in "0123456789abcdefx." for character in name) or not name[0].isdigit():
        return None
    try:
        return socket.inet_ntoa(socket.inet_aton(name))
    except OSError:
        return None
