"""The settings of ACME, and what is made of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pki_manager.bootstrap.outbound import make_validation
from pki_manager.domain.acme.orders import Identifier, IdentifierKind
from pki_manager.domain.errors import ConfigurationInvalid, OutboundFailed, OutboundRefused
from pki_manager.settings import load
from pki_manager.system import SystemClock
from tests.services.dns import dns_server
from tests.support.connects import CONNECTS

WWW = Identifier(IdentifierKind.DNS, "www.example.com")


def faults(home: Path, environ: dict[str, str]) -> set[str]:
    with pytest.raises(ConfigurationInvalid) as caught:
        load(home, environ)
    return {fault.field for fault in caught.value.errors}


def test_private_networks_are_asked_unless_told_otherwise_and_caa_is_not(tmp_path: Path) -> None:
    settings = load(tmp_path, {})
    assert settings.acme_networks == ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
    assert (settings.acme_http_port, settings.acme_tls_port) == (80, 443)
    assert (settings.acme_caa_identities, settings.dns_servers) == ((), ())
    (tmp_path / "pki-manager.toml").write_text("acme_networks = []\n", encoding="utf-8")
    assert load(tmp_path, {}).acme_networks == ()


def test_lists_stand_between_commas_and_have_one_form(tmp_path: Path) -> None:
    environ = {
        "PKIM_ACME_NETWORKS": "127.0.0.0/8, ::1",
        "PKIM_ACME_CAA_IDENTITIES": "CA.Example.com,ca.example.net",
        "PKIM_DNS_SERVERS": "192.0.2.53,2001:db8::53, [2001:db8:0::54]:5353,127.0.0.1:5300",
    }
    settings = load(tmp_path, environ)
    assert settings.acme_networks == ("127.0.0.0/8", "::1/128")
    assert settings.acme_caa_identities == ("ca.example.com", "ca.example.net")
    assert settings.dns_servers == ("192.0.2.53:53", "[2001:db8::53]:53", "[2001:db8::54]:5353", "127.0.0.1:5300")


@pytest.mark.parametrize("text", ["dns.example.com", "localhost:53", "192.0.2.53:0", "192.0.2.53:99999", "[::1]", ""])
def test_a_dns_server_is_an_address(tmp_path: Path, text: str) -> None:
    (tmp_path / "pki-manager.toml").write_text(f'dns_servers = ["{text}"]\n', encoding="utf-8")
    assert faults(tmp_path, {}) == {"dns_servers.0"}


@pytest.mark.parametrize(
    "text",
    ["ca.example.com.", "-ca.example", "https://ca.example", "c a", "\N{LATIN SMALL LETTER U WITH DIAERESIS}.example"],
)
def test_a_caa_identity_is_a_domain_name(tmp_path: Path, text: str) -> None:
    assert faults(tmp_path, {"PKIM_ACME_CAA_IDENTITIES": text}) == {"acme_caa_identities.0"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ACME_HTTP_PORT", "0"),
        ("ACME_TLS_PORT", "65536"),
        ("ACME_AUTHORIZATION_VALIDITY", "PT0S"),
        ("ACME_AUTHORIZATION_VALIDITY", "P31D"),
        ("ACME_NETWORKS", "10.0.0.1/8"),
    ],
)
def test_what_cannot_be_meant_is_told(tmp_path: Path, name: str, text: str) -> None:
    assert {field.partition(".")[0] for field in faults(tmp_path, {f"PKIM_{name}": text})} == {name.lower()}


@pytest.mark.parametrize(
    ("environ", "urls"),
    [
        ({}, ("https://localhost:8443", "http://localhost:8080")),
        ({"PKIM_PUBLIC_URL": "https://pki.example.com/"}, ("https://pki.example.com", "https://localhost:8443")),
        ({"PKIM_PUBLIC_URL": "https://localhost:8443"}, ("https://localhost:8443",)),
        ({"PKIM_TLS_BIND": "192.0.2.1:443"}, ("https://192.0.2.1:443", "http://localhost:8080")),
    ],
)
def test_clients_find_acme_over_tls_before_all(tmp_path: Path, environ: dict[str, str], urls: tuple[str, ...]) -> None:
    assert load(tmp_path, environ).acme_urls == urls


def test_net_01_what_is_made_of_them_keeps_to_them(tmp_path: Path) -> None:
    """Our own listener is not asked, though its network is named; nor is what no setting names."""
    with dns_server() as names:
        names.records["www.example.com", "A"] = ["127.0.0.1"]
        environ = {"PKIM_DNS_SERVERS": names.address, "PKIM_ACME_NETWORKS": "127.0.0.0/8"}
        free = {**environ, "PKIM_ACME_HTTP_PORT": "1"}
        own = {**environ, "PKIM_ACME_HTTP_PORT": "8081"}
        unnamed = {**free, "PKIM_ACME_NETWORKS": "10.0.0.0/8"}
        with CONNECTS.watched() as seen:
            for refused in (own, unnamed):
                with pytest.raises(OutboundRefused, match="no address to which connections from here are allowed"):
                    make_validation(load(tmp_path, refused), SystemClock()).request_http(WWW, "/")
        assert seen == []
        with pytest.raises(OutboundFailed, match="connection to"):
            make_validation(load(tmp_path, free), SystemClock()).request_http(WWW, "/")
