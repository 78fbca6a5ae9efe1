"""Hosts that users name are reached at public addresses only, checked before the connection and held on to."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from weft.core.hosts import host_of, is_listed, is_public_address, is_public_host, parse_http_url
from weft.llm import LLMError
from weft.llm.transport import Transport, public_address

PUBLIC = "93.184.216.34"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:10.0.0.1",
        "64:ff9b::10.0.0.1", "2002:0a00:0001::1", "fd00:ec2::254", "no address",
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
    assert not is_listed(parts, ["example.com", "api.example.com:443", "com"])


def _resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    def found(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", found)


@pytest.mark.parametrize("addresses", [("127.0.0.1",), (PUBLIC, "10.0.0.1"), ("10.0.0.1", PUBLIC), ()])
def test_one_private_address_among_those_of_a_name_is_enough_to_refuse_it(
    monkeypatch: pytest.MonkeyPatch, addresses: tuple[str, ...]
) -> None:
    _resolving(monkeypatch, *addresses)
    with pytest.raises(LLMError, match="private address"):
        public_address("rebinding.example", 443)


def test_the_connection_goes_to_the_address_that_was_checked_under_the_name_that_was_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _resolving(monkeypatch, PUBLIC)
    transport = Transport(1.0, 1)
    url, headers, extensions = transport._pinned("https://api.example.com:8443/v1/x?y=1", {"a": "b"})
    transport.close()
    assert url == f"https://{PUBLIC}:8443/v1/x?y=1"
    assert headers == {"a": "b", "host": "api.example.com:8443"}
    assert extensions == {"sni_hostname": "api.example.com"}
