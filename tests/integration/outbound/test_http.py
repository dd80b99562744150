"""The one way out: where it goes, where it never goes, and how long and how much it takes."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from pki_manager.domain.errors import OutboundFailed, OutboundRefused
from pki_manager.outbound.http import HttpOutbound
from pki_manager.ports.outbound import NetworkReach, OutboundCall
from pki_manager.system import SystemClock
from tests.services.tls import TestPki
from tests.services.web import web_server
from tests.support.connects import CONNECTS, NEVER

LOOPBACK = NetworkReach(networks=(ip_network("127.0.0.0/8"),), plain_http=True)
PUBLIC = NetworkReach(plain_http=True)
PRIVATE = NetworkReach(
    networks=tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"))), plain_http=True
)


@pytest.fixture
def server() -> Iterator[Any]:
    with web_server() as one:
        yield one


def url_of(server: Any, path: str = "/", host: str = "127.0.0.1") -> str:
    return f"http://{host}:{server.server_address[1]}{path}"


def outbound(*answers: Sequence[str], own_ports: Sequence[int] = ()) -> HttpOutbound:
    """`answers` are what names resolve to, one look-up after the other."""
    told = iter(answers)
    return HttpOutbound(clock=SystemClock(), own_ports=own_ports, resolver=lambda *_: next(told))


def test_an_answer_comes_back_with_its_headers(server: Any) -> None:
    server.answers["/a?b=c"] = (201, {"X-Kind": "test"}, b"body")
    answer = outbound(["127.0.0.1"]).send(OutboundCall(url=url_of(server, "/a?b=c", "idp.example"), reach=LOOPBACK))
    assert (answer.status, answer.headers["x-kind"], answer.content) == (201, "test", b"body")
    assert server.asked == [("/a?b=c", f"idp.example:{server.server_address[1]}")]


@pytest.mark.parametrize("reach", [PUBLIC, PRIVATE], ids=["public", "private"])
@pytest.mark.parametrize("address", NEVER)
def test_net_01_an_address_that_is_not_for_us_is_never_connected_to(address: str, reach: NetworkReach) -> None:
    with (
        CONNECTS.watched() as seen,
        pytest.raises(OutboundRefused, match="no address to which connections from here are allowed"),
    ):
        outbound([address]).send(OutboundCall(url="http://target.example/", reach=reach))
    assert seen == []


@pytest.mark.parametrize("address", ["10.1.2.3", "172.16.0.1", "192.168.1.1", "fc00::1"])
def test_net_01_a_private_address_is_for_those_who_named_it(address: str) -> None:
    with (
        CONNECTS.watched() as seen,
        pytest.raises(OutboundRefused, match="no address to which connections from here are allowed"),
    ):
        outbound([address]).send(OutboundCall(url="http://target.example/", reach=PUBLIC))
    assert seen == []
    with CONNECTS.watched() as seen, suppress(OutboundFailed):
        outbound([address]).send(OutboundCall(url="http://target.example:9/", reach=PRIVATE, seconds=0.2))
    assert [one[0] for one in seen] == [address]


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "2130706433", "0x7f.1", "localhost", "169.254.169.254"])
def test_net_01_however_an_address_is_written(host: str) -> None:
    with (
        CONNECTS.watched() as seen,
        pytest.raises((OutboundRefused, OutboundFailed), match="no address to which connections from here are allowed"),
    ):
        HttpOutbound(clock=SystemClock()).send(OutboundCall(url=f"http://{host}/", reach=PUBLIC))
    assert [one for one in seen if not isinstance(one, str)] == []


def test_net_01_our_own_listener_is_not_called(server: Any) -> None:
    own = outbound(["127.0.0.1"], own_ports=[server.server_address[1]])
    with (
        CONNECTS.watched() as seen,
        pytest.raises(OutboundRefused, match="no address to which connections from here are allowed"),
    ):
        own.send(OutboundCall(url=url_of(server, host="x.example"), reach=LOOPBACK))
    assert seen == []


def test_net_02_it_connects_to_the_address_that_was_judged(server: Any) -> None:
    """The name leads elsewhere the second time: nobody asks a second time."""
    rebinding = outbound(["127.0.0.1"], ["169.254.169.254"])
    with CONNECTS.watched() as seen:
        rebinding.send(OutboundCall(url=url_of(server, host="rebind.example"), reach=LOOPBACK))
    assert seen == [("127.0.0.1", server.server_address[1])]


def test_net_02_of_several_answers_only_those_within_reach_are_tried(server: Any) -> None:
    with CONNECTS.watched() as seen:
        outbound(["169.254.169.254", "127.0.0.1"]).send(
            OutboundCall(url=url_of(server, host="x.example"), reach=LOOPBACK)
        )
    assert [one[0] for one in seen] == ["127.0.0.1"]


def test_an_address_that_does_not_answer_gives_way_to_the_next(server: Any) -> None:
    answer = outbound(["127.0.0.2", "127.0.0.1"]).send(
        OutboundCall(url=url_of(server, host="x.example"), reach=LOOPBACK)
    )
    assert answer.content == b"hello"


def test_an_address_that_is_silent_leaves_time_for_the_next(server: Any) -> None:
    """Its listener's queue is full, so that it takes no connection."""
    port = server.server_address[1]
    with ExitStack() as stack:
        full = stack.enter_context(socket.create_server(("127.0.0.2", port), backlog=0))
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        call = OutboundCall(url=url_of(server, host="x.example"), reach=LOOPBACK, seconds=2.0)
        answer = outbound(["127.0.0.2", "127.0.0.1"]).send(call)
    assert (answer.content, answer.addresses) == (b"hello", ("127.0.0.2", "127.0.0.1"))


@pytest.mark.parametrize(
    "url",
    [
        *("https://kms.example@evil.example/", "https://user:pw@kms.example/", "https://kms.example\\@evil.example/"),
        *("https://kms.example /", "https://kms.example/\r\nHost: evil", "https://kms.example:0/", "https://:443/"),
        *(
            "https://kms.example:99999/",
            "https://[::1/",
            "https://k\N{CYRILLIC SMALL LETTER EM}s.example/",
            "https://a..b/",
        ),
        *("http://kms.example/", "ftp://kms.example/", "file:///etc/passwd", "//kms.example/", "kms.example", ""),
        *("https://[fe80::1%25eth0]/", "https://" + "a" * 300 + "/", "https://kms.example/" + "a" * 5000),
    ],
)
def test_net_06_a_url_that_could_be_read_in_two_ways_is_refused(url: str) -> None:
    with CONNECTS.watched() as seen, pytest.raises(OutboundRefused, match=r"The URL (must|contains|is not valid)"):
        outbound(["203.0.113.1"]).send(OutboundCall(url=url, reach=NetworkReach()))
    assert seen == []


def test_net_06_a_longer_name_is_another_host(server: Any) -> None:
    asked: list[str] = []

    def resolver(host: str, *_: object) -> list[str]:
        asked.append(host)
        return ["169.254.169.254"]

    with pytest.raises(OutboundRefused, match=r"kms\.example\.evil has no address to which connections"):
        HttpOutbound(clock=SystemClock(), resolver=resolver).send(
            OutboundCall(url="https://kms.example.evil/", reach=NetworkReach())
        )
    assert asked == ["kms.example.evil"]


def test_net_07_a_call_ends_in_time_however_slowly_the_answer_trickles(server: Any) -> None:
    server.answers["/trickle"] = (200, {}, b"x" * 1000)
    clock = SystemClock()
    started = clock.monotonic()
    with pytest.raises(OutboundFailed, match=r"within 0\.4 s"):
        outbound(["127.0.0.1"]).send(
            OutboundCall(url=url_of(server, "/trickle", "x.example"), reach=LOOPBACK, seconds=0.4)
        )
    assert clock.monotonic() - started < 3


def test_net_07_nor_does_a_name_that_never_resolves_hold_it() -> None:
    released = threading.Event()

    def stuck(*_: object, **__: object) -> Any:
        released.wait(20)
        return []

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", stuck)
        with pytest.raises(OutboundFailed, match="timed out"):
            HttpOutbound(clock=SystemClock()).send(
                OutboundCall(url="https://slow.example/", reach=NetworkReach(), seconds=0.2)
            )
        released.set()


def test_an_answer_that_is_too_large_is_not_read_to_its_end(server: Any) -> None:
    server.answers["/big"] = (200, {}, b"x" * 5000)
    call = OutboundCall(url=url_of(server, "/big", "x.example"), reach=LOOPBACK, max_octets=4999)
    with pytest.raises(OutboundFailed, match="larger than 4999"):
        outbound(["127.0.0.1"]).send(call)


def test_an_answer_that_is_compressed_unasked_is_refused(server: Any) -> None:
    server.answers["/zip"] = (200, {"Content-Encoding": "gzip"}, b"\x1f\x8b")
    with pytest.raises(OutboundFailed, match="compressed"):
        outbound(["127.0.0.1"]).send(OutboundCall(url=url_of(server, "/zip", "x.example"), reach=LOOPBACK))


def test_a_redirect_is_an_answer_unless_it_was_asked_for(server: Any) -> None:
    server.answers["/there"] = (302, {"Location": "/here"}, b"")
    call = OutboundCall(url=url_of(server, "/there", "x.example"), reach=LOOPBACK)
    assert outbound(["127.0.0.1"]).send(call).status == 302
    followed = OutboundCall(url=call.url, reach=LOOPBACK, redirects=1)
    assert outbound(["127.0.0.1"], ["127.0.0.1"]).send(followed).content == b"hello"


def test_a_redirect_is_judged_as_the_first_address_was(server: Any) -> None:
    server.answers["/there"] = (302, {"Location": "http://169.254.169.254/latest/meta-data"}, b"")
    with (
        CONNECTS.watched() as seen,
        pytest.raises(OutboundRefused, match=r"169\.254\.169\.254 has no address to which connections"),
    ):
        outbound(["127.0.0.1"]).send(
            OutboundCall(url=url_of(server, "/there", "x.example"), reach=LOOPBACK, redirects=3)
        )
    assert [one[0] for one in seen] == ["127.0.0.1"]


def test_redirects_end(server: Any) -> None:
    server.answers["/loop"] = (302, {"Location": "/loop"}, b"")
    call = OutboundCall(url=url_of(server, "/loop", "x.example"), reach=LOOPBACK, redirects=2)
    assert outbound(*[["127.0.0.1"]] * 3).send(call).status == 302
    assert len(server.asked) == 3


def test_tls_is_verified_by_name_and_by_the_anchors_given(server: Any, tmp_path: Path) -> None:
    pki = TestPki(tmp_path / "pki")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pki.server)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    networks = LOOPBACK.networks

    def get(host: str, ca_file: Path | None) -> bytes:
        url = url_of(server, host=host).replace("http:", "https:")
        return (
            outbound(["127.0.0.1"])
            .send(OutboundCall(url=url, reach=NetworkReach(networks=networks, ca_file=ca_file)))
            .content
        )

    assert get("localhost", pki.ca) == b"hello"
    with pytest.raises(OutboundFailed, match="certificate verify failed"):
        get("other.example", pki.ca)
    with pytest.raises(OutboundFailed, match="certificate verify failed"):
        get("localhost", None)


def test_nobody_there_is_told(server: Any) -> None:
    with pytest.raises(OutboundFailed, match="connection to"):
        outbound(["127.0.0.1"]).send(OutboundCall(url="http://x.example:1/", reach=LOOPBACK))


def test_what_is_no_http_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"\x00\xffnot http\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        call = OutboundCall(url=f"http://x.example:{listener.getsockname()[1]}/", reach=LOOPBACK)
        with pytest.raises(OutboundFailed, match="invalid HTTP response"):
            outbound(["127.0.0.1"]).send(call)
        thread.join()


def test_requests_of_several_threads_share_one_loop_and_none_waits_for_another(server: Any) -> None:
    server.answers["/"] = (200, {}, b"body")
    endless = OutboundCall(url=url_of(server, "/trickle", "x.example"), reach=LOOPBACK, seconds=30.0)
    loops: set[int] = set()

    def ask() -> None:
        with suppress(OutboundFailed):
            outbound(["127.0.0.1"]).send(endless)

    stuck = threading.Thread(target=ask)
    stuck.start()
    for _ in range(3):
        assert outbound(["127.0.0.1"]).send(OutboundCall(url=url_of(server), reach=LOOPBACK)).content == b"body"
        loops |= {one.ident or 0 for one in threading.enumerate() if one.name == "outbound"}
    assert stuck.is_alive()
    server.released.set()
    stuck.join()
    assert len(loops) == 1
