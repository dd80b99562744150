"""Where proofs are looked for, over real HTTP, TLS and DNS: what is found, and where nobody goes."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from pki_manager.domain.acme.orders import Identifier, IdentifierKind
from pki_manager.domain.acme.proof import Fetched
from pki_manager.domain.errors import NameUnresolved, OutboundFailed, OutboundRefused, TlsFailed
from pki_manager.outbound import validation
from pki_manager.outbound.validation import NetworkValidation, ValidationOptions
from pki_manager.system import SystemClock
from tests.services.alpn import alpn_server
from tests.services.dns import DnsServer, dns_server
from tests.services.tls import TestPki
from tests.services.web import web_server
from tests.support.alpn_certificates import Alpn
from tests.support.connects import CONNECTS, NEVER

WWW = Identifier(IdentifierKind.DNS, "www.example.com")
HERE = Identifier(IdentifierKind.IP, "127.0.0.1")
LOOPBACK = ("127.0.0.0/8",)
PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
PATH = "/.well-known/acme-challenge/token"


@pytest.fixture
def names() -> Iterator[DnsServer]:
    with dns_server() as one:
        one.records["www.example.com", "A"] = ["127.0.0.1"]
        yield one


@pytest.fixture
def web() -> Iterator[Any]:
    with web_server() as one:
        yield one


def looking(
    names: DnsServer,
    networks: Sequence[str] = LOOPBACK,
    *,
    http: int = 80,
    tls: int = 443,
    own_ports: Sequence[int] = (),
) -> NetworkValidation:
    options = ValidationOptions(
        networks=tuple(map(ip_network, networks)), http_port=http, tls_port=tls, dns_servers=(names.server,)
    )
    return NetworkValidation(options, clock=SystemClock(), own_ports=own_ports)


def port(server: Any) -> int:
    found: int = server.server_address[1]
    return found


def over_tls(server: Any, folder: Path) -> None:
    """With a certificate that nobody trusts, for another name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*TestPki(folder / "pki").server)
    server.socket = context.wrap_socket(server.socket, server_side=True)


def test_a_page_comes_with_the_address_that_gave_it(names: DnsServer, web: Any) -> None:
    web.answers[PATH] = (200, {}, b"proof")
    assert looking(names, http=port(web)).request_http(WWW, PATH) == Fetched(200, b"proof", ("127.0.0.1",))
    assert web.asked == [(PATH, f"www.example.com:{port(web)}")]


def test_an_address_is_asked_by_itself_where_it_is_what_is_to_be_proved(names: DnsServer, web: Any) -> None:
    web.answers[PATH] = (302, {"Location": f"http://127.0.0.1:{port(web)}/there"}, b"")
    assert looking(names, http=port(web)).request_http(HERE, PATH).content == b"hello"
    assert names.asked == []


@pytest.mark.parametrize("networks", [(), PRIVATE], ids=["public", "private"])
@pytest.mark.parametrize("address", NEVER)
def test_net_01_no_proof_is_looked_for_where_nobody_may_go(
    names: DnsServer, address: str, networks: Sequence[str]
) -> None:
    kind = "AAAA" if ":" in address else "A"
    del names.records["www.example.com", "A"]
    names.records["www.example.com", kind] = [address.partition("%")[0]]
    with CONNECTS.watched() as seen:
        for look in (lambda one: one.request_http(WWW, PATH), lambda one: one.request_tls_alpn(WWW)):
            with pytest.raises(OutboundRefused, match="no address to which connections from here are allowed"):
                look(looking(names, networks))
    assert seen == []


@pytest.mark.parametrize("address", [one for one in NEVER if "%" not in one])
def test_net_01_nor_where_such_an_address_is_to_be_proved(names: DnsServer, address: str) -> None:
    identifier = Identifier(IdentifierKind.IP, address)
    with CONNECTS.watched() as seen:
        for look in (lambda one: one.request_http(identifier, PATH), lambda one: one.request_tls_alpn(identifier)):
            with pytest.raises(OutboundRefused, match="no address to which connections from here are allowed"):
                look(looking(names, PRIVATE))
    assert seen == []


def test_net_01_our_own_listeners_prove_nothing(names: DnsServer, web: Any) -> None:
    own = looking(names, http=port(web), tls=port(web), own_ports=[port(web)])
    with CONNECTS.watched() as seen:
        for look in (lambda: own.request_http(WWW, PATH), lambda: own.request_tls_alpn(WWW)):
            with pytest.raises(OutboundRefused, match="no address to which connections from here are allowed"):
                look()
    assert seen == []


def test_net_02_it_connects_to_the_address_that_was_judged(names: DnsServer, web: Any, tmp_path: Path) -> None:
    """DNS tells of another one the second time: nobody asks a second time."""
    names.then["www.example.com", "A"] = ["169.254.169.254"]
    with CONNECTS.watched() as seen:
        looking(names, http=port(web)).request_http(WWW, PATH)
    assert seen == [("127.0.0.1", port(web))]

    names.records["www.example.com", "A"] = ["127.0.0.1"]
    names.then["www.example.com", "A"] = ["169.254.169.254"]
    with alpn_server(Alpn().files(tmp_path)) as server, CONNECTS.watched() as seen:
        looking(names, tls=server.port).request_tls_alpn(WWW)
    assert seen == [("127.0.0.1", server.port)]


def test_net_02_a_redirect_is_judged_anew(names: DnsServer, web: Any) -> None:
    names.then["www.example.com", "A"] = ["169.254.169.254"]
    web.answers[PATH] = (302, {"Location": "/there"}, b"")
    with (
        CONNECTS.watched() as seen,
        pytest.raises(OutboundRefused, match="no address to which connections from here are allowed"),
    ):
        looking(names, http=port(web)).request_http(WWW, PATH)
    assert seen == [("127.0.0.1", port(web))]


def test_acm_09_ten_redirects_are_followed_and_no_more(names: DnsServer, web: Any) -> None:
    for hop in range(11):
        web.answers[f"/{hop}"] = (302, {"Location": f"/{hop + 1}"}, b"")
    looker = looking(names, http=port(web))
    assert looker.request_http(WWW, "/1").status == 200
    assert looker.request_http(WWW, "/0").status == 302


def test_acm_09_a_loop_ends(names: DnsServer, web: Any) -> None:
    web.answers[PATH] = (301, {"Location": PATH}, b"")
    assert looking(names, http=port(web)).request_http(WWW, PATH).status == 301
    assert len(web.asked) == 11


@pytest.mark.parametrize(
    "place",
    [
        *(
            "http://www.example.com:8080/",
            "https://www.example.com:8443/",
            "ftp://www.example.com/",
            "file:///etc/passwd",
        ),
        *("http://10.0.0.1/", "http://127.0.0.1/", "http://[::1]/", "https://192.0.2.1/", "http://2130706433/"),
        *(
            "http://0x7f.1/",
            "http://169.254.169.254/latest",
            "//127.0.0.1/",
            "http://[::1",
            "http://a@www.example.com/",
        ),
        *("http://127.0.0.1./", "gopher://www.example.com/"),
    ],
)
def test_acm_09_a_redirect_to_elsewhere_is_not_followed(names: DnsServer, web: Any, place: str) -> None:
    web.answers[PATH] = (302, {"Location": place}, b"")
    with (
        CONNECTS.watched() as seen,
        pytest.raises(OutboundRefused, match=r"The URL must|no valid URL|port \d+ are not allowed"),
    ):
        looking(names, http=port(web)).request_http(WWW, PATH)
    assert [one[1] for one in seen] == [port(web)]


def test_acm_09_a_redirect_to_tls_need_not_prove_who_is_there(names: DnsServer, web: Any, tmp_path: Path) -> None:
    with web_server() as secure:
        over_tls(secure, tmp_path)
        web.answers[PATH] = (302, {"Location": f"https://www.example.com:{port(secure)}/there"}, b"")
        secure.answers["/there"] = (302, {"Location": f"http://www.example.com:{port(web)}/back"}, b"")
        web.answers["/back"] = (200, {}, b"proof")
        assert looking(names, http=port(web), tls=port(secure)).request_http(WWW, PATH).content == b"proof"


def test_a_page_that_is_too_large_is_not_read(names: DnsServer, web: Any) -> None:
    web.answers[PATH] = (200, {}, b"x" * (validation.MAX_OCTETS + 1))
    with pytest.raises(OutboundFailed, match="larger than"):
        looking(names, http=port(web)).request_http(WWW, PATH)


def test_net_07_nothing_takes_longer_than_a_look_may(
    names: DnsServer, web: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validation, "SECONDS", 0.3)
    web.answers["/trickle"] = (200, {}, b"x" * 1000)
    with pytest.raises(OutboundFailed, match=r"within 0\.3 s"):
        looking(names, http=port(web)).request_http(WWW, "/trickle")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        looker = looking(names, tls=silent.getsockname()[1])
        with pytest.raises(TlsFailed, match=r"after 0\.3 s"):
            looker.request_tls_alpn(WWW)


def test_who_is_not_there_is_told_from_what_is_not_in_dns(names: DnsServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free = taken.getsockname()[1]
    looker = looking(names, http=free, tls=free)
    for look in (lambda: looker.request_http(WWW, PATH), lambda: looker.request_tls_alpn(WWW)):
        with pytest.raises(OutboundFailed, match="connection to") as caught:
            look()
        assert type(caught.value) is OutboundFailed
        assert caught.value.facts["addresses"] == ("127.0.0.1",)
    nobody = Identifier(IdentifierKind.DNS, "nobody.example.com")
    for ask in (lambda: looker.request_http(nobody, PATH), lambda: looker.request_tls_alpn(nobody)):
        with pytest.raises(NameUnresolved, match=r"The host name nobody\.example\.com has no address in DNS"):
            ask()


def test_what_a_server_presents(names: DnsServer, tmp_path: Path) -> None:
    alpn = Alpn()
    files = alpn.files(tmp_path)
    with alpn_server(files) as server:
        found = looking(names, tls=server.port).request_tls_alpn(WWW)
        looking(names, tls=server.port).request_tls_alpn(HERE)
    assert (found.protocol, found.addresses) == ("acme-tls/1", ("127.0.0.1",))
    assert found.certificate_der == ssl.PEM_cert_to_DER_cert(files[0].read_text(encoding="ascii"))
    assert server.asked == ["www.example.com", "1.0.0.127.in-addr.arpa"]


def test_acm_06_a_server_without_the_protocol_is_told(names: DnsServer, tmp_path: Path) -> None:
    files = Alpn().files(tmp_path)
    for protocols in ((), ("h2", "http/1.1")):
        with alpn_server(files, protocols=protocols) as server:
            assert presented_protocol(looking(names, tls=server.port)) != "acme-tls/1"


def presented_protocol(looker: NetworkValidation) -> str | None:
    try:
        return looker.request_tls_alpn(WWW).protocol
    except TlsFailed:
        return None


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_acm_06_tls_1_1_is_not_spoken(names: DnsServer, tmp_path: Path) -> None:
    with (
        alpn_server(Alpn().files(tmp_path), newest=ssl.TLSVersion.TLSv1_1) as server,
        pytest.raises(TlsFailed, match="TLSV1_ALERT_PROTOCOL_VERSION"),
    ):
        looking(names, tls=server.port).request_tls_alpn(WWW)


def test_what_speaks_no_tls_is_told(names: DnsServer, web: Any) -> None:
    with pytest.raises(TlsFailed, match="WRONG_VERSION_NUMBER"):
        looking(names, tls=port(web)).request_tls_alpn(WWW)


def test_records_come_from_the_servers_that_were_named(names: DnsServer) -> None:
    names.records["_acme-challenge.example.com", "TXT"] = ['"proof"']
    names.records["example.com", "CAA"] = ['0 issue "ca.example"']
    looker = looking(names)
    assert list(looker.find_txt_records("_acme-challenge.example.com")) == [b"proof"]
    assert [one.value for one in looker.find_caa_records("www.example.com")] == ["ca.example"]


def test_without_servers_the_system_tells_of_addresses(web: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", ("127.0.0.1", 0))])
    options = ValidationOptions(networks=(ip_network("127.0.0.0/8"),), http_port=port(web))
    assert NetworkValidation(options, clock=SystemClock()).request_http(WWW, PATH).content == b"hello"
