"""Hosts that users name are reached at public addresses only, checked before the connection and held on to."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.core.guarded_http import HostNotFound, HostRefused, aim, checked_address
from weft.core.hosts import (
    as_address,
    host_of,
    is_in,
    is_listed,
    is_public_address,
    is_public_host,
    parse_http_url,
)

PUBLIC = "93.184.216.34"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:10.0.0.1",
        "64:ff9b::10.0.0.1", "2002:0a00:0001::1", "fd00:ec2::254", "no address", "192.0.0.192", "168.63.129.16",
        "::10.0.0.1", "::ffff:0:10.0.0.1", "64:ff9b:1::a00:1", "fec0::1", "2001:db8::1", "3fff::1", "100::1",
        "2600::5efe:10.0.0.1", "2600::200:5efe:169.254.169.254", "2001:0:a00:1::f5ff:fffe", "::ffff:169.254.169.254",
        "::ffff:0.0.0.0",
    ],
)  # fmt: skip
def test_private_addresses_are_not_public(address: str) -> None:
    assert not is_public_address(address)


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public_address(address)


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "LOCALHOST", "localhost.", "a.localhost", "127.1", "0177.0.0.1", "0x7f000001", "2130706433",
        "[::1]", "metadata.google.internal", "１２７.0.0.1", "", "ⓛocalhost", "0",
    ],
)  # fmt: skip
def test_hosts_in_any_notation_that_lead_home_are_not_public(host: str) -> None:
    assert not is_public_host(host)


@pytest.mark.parametrize("host", ["api.openai.com", "face.example", "8.8.8.8", "localhost.example.com", "dead.beef"])
def test_other_hosts_may_be_public(host: str) -> None:
    assert is_public_host(host)


@pytest.mark.parametrize(
    "url",
    ["http://", "http://[", "ftp://a", "//a", "a", "http://u:p@a/", "http://a:99999/", "http://a b/", "http://a:0/"],
)
def test_what_is_no_plain_http_url_is_none(url: str) -> None:
    assert parse_http_url(url) is None
    assert host_of(url) == ""


def test_a_list_names_hosts_with_or_without_their_port() -> None:
    parts = parse_http_url("https://Api.Example.com:8443/v1")
    assert parts is not None
    assert is_listed(parts, ["API.example.com"])
    assert is_listed(parts, ["api.example.com:8443"])
    assert not is_listed(parts, ["example.com", "api.example.com:443", "com", ""])
    plain = parse_http_url("https://api.example.com/v1")
    assert plain is not None
    assert is_listed(plain, ["api.example.com:443"])
    assert not is_listed(plain, ["api.example.com:80"])
    six = parse_http_url("http://[2600::1]:81/")
    assert six is not None
    assert is_listed(six, ["[2600::1]:81"])
    assert is_listed(six, ["2600::1"])
    assert not is_listed(six, ["[2600::1]:80"])


def _resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    def found(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", found)


@pytest.mark.parametrize("addresses", [("127.0.0.1",), (PUBLIC, "10.0.0.1"), ("10.0.0.1", PUBLIC), ()])
def test_one_private_address_among_those_of_a_name_is_enough_to_refuse_it(
    monkeypatch: pytest.MonkeyPatch, addresses: tuple[str, ...]
) -> None:
    _resolving(monkeypatch, *addresses)
    with pytest.raises(HostRefused, match="private address"):
        checked_address("rebinding.example", 443)


@pytest.mark.parametrize(
    ("host", "address", "allowed", "reached"),
    [
        ("inside.example", "10.1.2.3", "10.1.0.0/16", True),
        ("inside.example", "::ffff:10.1.2.3", "10.1.0.0/16", True),
        ("inside.example", "10.2.2.3", "10.1.0.0/16", False),
        ("inside.example", "fd00::1", "fd00::/8", True),
        ("inside.example", "fd00::1", "10.0.0.0/8", False),
        ("localhost", "127.0.0.1", "127.0.0.0/8", True),
        ("localhost", "127.0.0.1", "10.0.0.0/8", False),
        ("metadata.google.internal", PUBLIC, "10.0.0.0/8", False),
        ("2130706433", "", "127.0.0.1/32", True),
        ("0x7f.2", "", "127.0.0.1/32", False),
    ],
)
def test_a_private_address_is_reached_when_its_network_is_allowed(
    monkeypatch: pytest.MonkeyPatch, host: str, address: str, allowed: str, reached: bool
) -> None:
    _resolving(monkeypatch, address)
    networks = [ipaddress.ip_network(allowed)]
    if reached:
        assert is_in(checked_address(host, 443, networks), networks)
    else:
        with pytest.raises(HostRefused):
            checked_address(host, 443, networks)


def test_a_name_is_resolved_once_and_without_an_address_it_may_have_one_later(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [PUBLIC, "127.0.0.1"]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", (answers.pop(0), 443))])
    assert PUBLIC in aim("https://rebinding.example/", {}).url
    assert answers == ["127.0.0.1"]

    def unknown(*_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(HostNotFound):
        aim("https://rebinding.example/", {})


def test_the_connection_goes_to_the_address_that_was_checked_under_the_name_that_was_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _resolving(monkeypatch, PUBLIC)
    aimed = aim("https://api.example.com:8443/v1/x?y=1", {"a": "b"})
    assert aimed.url == f"https://{PUBLIC}:8443/v1/x?y=1"
    assert aimed.headers == {"a": "b", "host": "api.example.com:8443"}
    assert aimed.extensions == {"sni_hostname": "api.example.com"}


_PRIVATE = ["0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"]
private_addresses = st.sampled_from(_PRIVATE).flatmap(lambda network: st.ip_addresses(v=4, network=network))


def _spellings(address: ipaddress.IPv4Address) -> list[str]:
    """Every way a URL can say this address."""
    number, (a, b, c, d) = int(address), address.packed
    low = f"{address.packed.hex()[:4]}:{address.packed.hex()[4:]}"
    return [
        str(address), f"{address}.", str(number), hex(number), f"0{number:o}", f"{a}.{number & 0xFFFFFF}",
        f"{a}.{b}.{number & 0xFFFF}", f"{a:#x}.{b:#x}.{c:#x}.{d:#x}", f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
        f"{a:#x}.{b}.0{c:o}.{d}", f"[::ffff:{low}]", f"[::{low}]", f"[64:ff9b::{low}]", f"[2002:{low}::1]",
        f"[0:0:0:0:0:ffff:{address}]", f"[64:ff9b:1::{low}]", f"[2600:1::5efe:{low}]", f"[::ffff:0:{low}]",
        "".join(chr(ord(sign) + 0xFEE0) if sign.isdigit() else sign for sign in str(address)),
    ]  # fmt: skip


@given(private_addresses)
def test_no_spelling_of_a_private_address_is_public(address: ipaddress.IPv4Address) -> None:
    for host in _spellings(address):
        assert not is_public_host(host), host
        with pytest.raises(HostRefused):
            checked_address(host.strip("[]"), 443)


@given(st.ip_addresses(v=4))
def test_an_address_is_judged_alike_however_it_is_spelt(address: ipaddress.IPv4Address) -> None:
    public = is_public_address(str(address))
    assert {is_public_host(host) for host in _spellings(address)[:10]} == {public}
    assert is_public_address(f"::ffff:{address}") == public
    for host in _spellings(address)[:10]:
        assert as_address(host) == str(address)


@given(st.ip_addresses(v=6))
def test_an_address_outside_of_what_is_given_out_is_never_public(address: ipaddress.IPv6Address) -> None:
    public = is_public_address(str(address))
    translated = address in ipaddress.ip_network("64:ff9b::/96") or address.ipv4_mapped is not None
    assert not public or translated or address in ipaddress.ip_network("2000::/3")


@given(st.text(max_size=40))
def test_no_host_is_too_odd_to_be_judged(host: str) -> None:
    is_public_host(host)
    as_address(host)
    parse_http_url(f"http://{host}/")
