"""Which hosts and addresses belong to the public network, and which URLs a list of hosts names. Resolves no name."""

from __future__ import annotations

import ipaddress
import socket
import unicodedata
from collections.abc import Collection, Sequence
from urllib.parse import SplitResult, urlsplit

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Names that lead to this machine or to the metadata service of a cloud, whatever they resolve to.
_PRIVATE_NAMES = frozenset({"localhost", "metadata", "metadata.google.internal", "instance-data"})
_PRIVATE_ENDINGS = (".localhost", ".metadata.google.internal")
# An IPv4 address inside one of these is where a translating router would send the packets.
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
# All that is given out to anybody; what lies outside is link-local, site-local, translated or somebody's own.
_GIVEN_OUT = ipaddress.IPv6Network("2000::/3")
# Set aside for special purposes, which not every version of the standard library knows (Oracle's metadata service is in
# the first), and Azure's platform service, whose address looks like any other.
_REFUSED: tuple[Network, ...] = tuple(
    map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32", "2001::/23", "3fff::/20"))
)
# The interface part of an ISATAP address, which wraps an IPv4 address as its last 32 bits.
_ISATAP = (0x00005EFE, 0x02005EFE)
_PORTS = {"http": 80, "https": 443}


def parse_http_url(url: str) -> SplitResult | None:
    """The parts of an http or https URL with a host and without credentials; None for anything else."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    netloc = parts.netloc
    if parts.scheme not in _PORTS or not parts.hostname or "@" in netloc or port == 0:
        return None
    return parts if netloc.isprintable() and not any(map(str.isspace, netloc)) else None


def is_public_host(host: str) -> bool:
    """Whether a name or address, as a URL has it, is not known to lead to this machine or a private network."""
    name = _plain(host)
    address = as_address(name)
    if address is not None:
        return is_public_address(address)
    return bool(name) and not is_private_name(name)


def is_private_name(host: str) -> bool:
    """Whether a name leads to this machine or to a metadata service, whatever it resolves to."""
    name = _plain(host)
    return name in _PRIVATE_NAMES or name.endswith(_PRIVATE_ENDINGS)


def is_public_address(address: str, allowed: Sequence[Network] = ()) -> bool:
    """Whether an IP address is one of the public network, or of the `allowed` ones, also what an IPv6 one wraps."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(_may_be_reached(part, allowed) for part in _unwrapped(parsed))


def is_in(address: str, networks: Sequence[Network]) -> bool:
    """Whether an IP address, or the one it wraps, is in one of the networks."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(_contains(networks, part) for part in _unwrapped(parsed))


def as_address(host: str) -> str | None:
    """The IP address a host is, in any notation that C libraries take for one; None for a name."""
    name = _plain(host)
    try:
        return str(ipaddress.ip_address(name.partition("%")[0]))
    except ValueError:
        pass
    # 127.1, 0x7f000001, 2130706433, 0177.0.0.1.
    if not name or not all(character in "0123456789abcdefx." for character in name) or not name[0].isdigit():
        return None
    try:
        return socket.inet_ntoa(socket.inet_aton(name))
    except OSError:
        return None


def is_listed(parts: SplitResult, hosts: Collection[str]) -> bool:
    """Whether the URL's host, or its host and port, is among the hosts, in any case.

    A URL without a port has the one of its scheme.
    """
    listed = {host.lower() for host in hosts}
    name = (parts.hostname or "").lower()
    named = {name, f"[{name}]"} if ":" in name else {name}
    port = parts.port or _PORTS.get(parts.scheme, 0)
    return bool(name) and not listed.isdisjoint({*named, *(f"{spelt}:{port}" for spelt in named)})


def host_of(url: str) -> str:
    """The host of a URL, with its port when it names one; empty when it is no http(s) URL."""
    parts = parse_http_url(url)
    return parts.netloc.lower() if parts else ""


def _plain(host: str) -> str:
    return unicodedata.normalize("NFKC", host).strip("[]").rstrip(".").lower()


def _unwrapped(parsed: Address) -> tuple[Address, ...]:
    """Every address that packets to this one may arrive at: what it wraps instead of itself, or beside itself."""
    if isinstance(parsed, ipaddress.IPv4Address):
        return (parsed,)
    wrapped = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo[1] if parsed.teredo else None)
    last = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
    if wrapped is None and parsed in _TRANSLATED:
        wrapped = last
    if wrapped is not None:
        return (wrapped,)
    return (parsed, last) if (int(parsed) >> 32) & 0xFFFFFFFF in _ISATAP else (parsed,)


def _may_be_reached(address: Address, allowed: Sequence[Network]) -> bool:
    if _contains(allowed, address):
        return True
    given_out = isinstance(address, ipaddress.IPv4Address) or address in _GIVEN_OUT
    public = address.is_global and not address.is_multicast and not address.is_unspecified
    return given_out and public and not _contains(_REFUSED, address)


def _contains(networks: Sequence[Network], address: Address) -> bool:
    return any(address.version == network.version and address in network for network in networks)
