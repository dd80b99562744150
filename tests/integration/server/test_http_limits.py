"""What a stranger sends to a listener is limited in octets, in time, and in what is held of it."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from functools import partial

import pytest

from pki_manager.server.direct_http import DirectHttp
from pki_manager.server.http_protocol import BoundedHttp
from tests.integration.server import bounded
from tests.integration.server.bounded import HEAD, Running, rest, status_of

KIB = 1024
LINE = b"GET / HTTP/1.1\r\n"


Serve = Callable[..., AbstractContextManager[Running]]


@pytest.fixture(scope="module", params=[BoundedHttp, DirectHttp])
def running(request: pytest.FixtureRequest) -> Serve:
    """Serves over each protocol that a plain listener has."""
    return partial(bounded.running, protocol=request.param)


@pytest.fixture(scope="module")
def server(running: Serve) -> Iterator[Running]:
    with running() as found:
        yield found


HOSTILE = {
    "many-header-lines": (431, [LINE + HEAD, *[b"X-A: " + b"a" * KIB + b"\r\n"] * 200]),
    "one-endless-header": (431, [LINE + b"X: ", *[b"a" * 50 * KIB] * 20]),
    "one-endless-name": (431, [LINE, *[b"a" * 50 * KIB] * 20]),
    "whole-head-too-large": (431, [LINE + HEAD + b"X: " + b"a" * 80 * KIB + b"\r\n\r\n"]),
    "many-small-fields": (431, [LINE + HEAD + b"a:b\r\n" * 200 + b"\r\n"]),
    "long-url": (414, [b"GET /" + b"a" * 20 * KIB + b" HTTP/1.1\r\n" + HEAD + b"\r\n"]),
    "endless-url": (431, [b"GET /", *[b"a" * 50 * KIB] * 20]),
    "empty-lines": (431, [b"\r\n" * 25 * KIB] * 20),
    "endless-method": (400, [b"G" * 50 * KIB]),
    "not-http": (400, [b"\x16\x03\x01\x02\x00\x01\x00"]),
    "no-host": (400, [LINE + b"\r\n"]),
    "two-hosts": (400, [LINE + HEAD + b"Host: other\r\n\r\n"]),
    "two-equal-hosts": (400, [LINE + HEAD * 2 + b"\r\n"]),
    "authority-form": (400, [b"CONNECT localhost:80 HTTP/1.1\r\n" + HEAD + b"\r\n"]),
    "strange-scheme": (400, [b"GET ftp://localhost/ HTTP/1.1\r\n" + HEAD + b"\r\n"]),
    "user-in-target": (400, [b"GET http://a@localhost/ HTTP/1.1\r\n" + HEAD + b"\r\n"]),
    "endless-trailer": (
        431,
        [
            b"POST / HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: ",
            *[b"a" * 50 * KIB] * 9,
        ],
    ),
    "many-trailers": (
        431,
        [b"POST / HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", *[b"a: b\r\n" * KIB] * 50],
    ),
    "chunk-extension": (
        431,
        [b"POST / HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;", *[b"a" * 50 * KIB] * 9],
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_exceeds_a_limit_is_refused_and_the_connection_ends(server: Running, name: str) -> None:
    status, pieces = HOSTILE[name]
    answer = server.ask(*pieces)
    assert status_of(answer) == status
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"connection: close" in head
    document = json.loads(body)
    assert document["status"] == status
    assert document["detail"].endswith(".")
    assert server.refused(document["code"])


@pytest.mark.parametrize(
    ("request_head", "expected"),
    [
        (b"GET /a HTTP/1.0\r\n\r\n", b"/a   0"),
        (
            b"GET http://one.example:81/a?b HTTP/1.1\r\nHost: two.example\r\nConnection: close\r\n\r\n",
            b"one.example:81",
        ),
        (b"GET HTTP://one.example HTTP/1.1\r\nHost: two.example\r\nConnection: close\r\n\r\n", b"/ host"),
        (b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: upgrade, close\r\nUpgrade: h2c\r\n\r\n", b"/a host"),
        (b"\r\n\r\nGET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"/a host"),
    ],
)
def test_what_is_unusual_but_valid_is_answered(server: Running, request_head: bytes, expected: bytes) -> None:
    answer = server.ask(request_head)
    assert status_of(answer) == 200
    assert expected in answer.rpartition(b"\r\n")[2]


def test_a_head_just_below_the_limit_is_answered_however_it_is_cut(server: Running) -> None:
    request = LINE + HEAD + b"Connection: close\r\nX: " + b"a" * 60 * KIB + b"\r\n\r\n"
    for size in (len(request), 1000, 17 * KIB):
        pieces = [request[start : start + size] for start in range(0, len(request), size)]
        assert status_of(server.ask(*pieces)) == 200


def test_trailer_fields_are_no_headers(server: Running) -> None:
    answer = server.ask(
        b"POST / HTTP/1.1\r\n" + HEAD + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n",
        b"0\r\nAuthorization: Bearer x\r\nHost: other\r\n\r\n",
    )
    assert status_of(answer) == 200
    assert b"authorization" not in answer
    assert answer.endswith(b"localhost 1")


def test_pipelined_requests_are_answered_in_order_and_limited_in_number(running: Serve) -> None:
    one = b"GET /%d HTTP/1.1\r\n" + HEAD + b"\r\n"
    with running(pipelined=4) as server:
        answer = server.ask(b"".join(one % number for number in range(50)))
        assert answer.count(b"HTTP/1.1 200") == 5
        assert [answer.find(b"\n/%d " % number) for number in range(5)] == sorted(
            answer.find(b"\n/%d " % number) for number in range(5)
        )
        assert server.refused("pipeline_full") == 1


def test_what_was_asked_before_a_malformed_request_is_answered_first(server: Running) -> None:
    answer = server.ask(LINE + HEAD + b"\r\n" + LINE + HEAD + b"\r\n" + b"NONSENSE\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200") == 2
    assert answer.count(b"HTTP/1.1") == 2


# Time


def test_a_head_that_does_not_end_in_time_is_refused_one_octet_at_a_time_or_not(running: Serve) -> None:
    with running(head_seconds=10) as server, server.connect() as slow, server.connect() as silent:
        for octet in LINE + HEAD:
            slow.sendall(bytes([octet]))
        server.ask(LINE + HEAD + b"Connection: close\r\n\r\n")  # the loop has seen what was sent before
        server.later(9)
        slow.sendall(b"X")
        server.later(2)
        assert status_of(rest(slow)) == 408
        assert rest(silent) == b""
        assert (server.refused("header_timeout"), server.refused("connection_timeout")) == (1, 1)


def test_the_deadline_holds_for_a_later_request_of_a_connection_and_for_empty_lines(running: Serve) -> None:
    with running(head_seconds=10) as server:
        for beginning in (b"GET / HT", b"\r\n\r\n"):
            with server.connect() as connection:
                connection.sendall(LINE + HEAD + b"\r\n")
                assert status_of(connection.recv(4096)) == 200
                connection.sendall(beginning)
                server.ask(LINE + HEAD + b"Connection: close\r\n\r\n")
                server.later(11)
                assert status_of(rest(connection)) == 408


def test_a_body_must_come_at_a_rate(running: Serve) -> None:
    head = b"POST / HTTP/1.1\r\n" + HEAD + b"Connection: close\r\nContent-Length: 200000\r\n\r\n"
    with running(body_seconds=30, body_octets_per_second=1000) as server:
        with server.connect() as steady:
            steady.sendall(head)
            for _ in range(4):
                steady.sendall(b"a" * 50000)
                server.ask(LINE + HEAD + b"Connection: close\r\n\r\n")
                server.later(29)
            assert status_of(rest(steady)) == 200
        with server.connect() as slow:
            slow.sendall(head + b"a" * 10000)
            server.ask(LINE + HEAD + b"Connection: close\r\n\r\n")
            server.later(39)
            slow.sendall(b"a")
            server.ask(LINE + HEAD + b"Connection: close\r\n\r\n")
            server.later(3)
            assert status_of(rest(slow)) == 408
        assert server.refused("body_timeout") == 1


def test_a_client_that_does_not_read_its_response_is_cut_off(running: Serve) -> None:
    async def large(_scope: object, _receive: object, send: object) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"60000000")]}
        await send(start)
        await send({"type": "http.response.body", "body": bytes(60_000_000)})

    with running(large, write_seconds=30) as server, server.connect() as connection:
        connection.sendall(LINE + HEAD + b"\r\n")
        connection.recv(100)
        server.later(31)
        assert len(rest(connection)) < 60_000_000
        assert server.refused("write_timeout") == 1


# The end of a connection


@pytest.mark.parametrize("headers", [{}, {"Connection": "close"}, {"Transfer-Encoding": "chunked"}])
def test_a_large_body_that_is_refused_gets_its_answer(server: Running, headers: dict[str, str]) -> None:
    body = [b"a" * 100_000] * 80
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    length = {} if "Transfer-Encoding" in headers else {"Content-Length": "8000000"}
    connection.request(
        "POST", "/early", iter(body), {**headers, **length}, encode_chunked="Transfer-Encoding" in headers
    )
    answer = connection.getresponse()
    assert (answer.status, answer.read()[:6]) == (413, b"/early")
    connection.close()


def test_after_an_early_answer_the_rest_of_the_body_is_dropped_and_the_connection_goes_on(server: Running) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    for _ in range(3):
        connection.request("POST", "/early", b"a" * 1_000_000)
        assert connection.getresponse().read()
        first = connection.sock
        connection.request("GET", "/")
        assert connection.getresponse().read()
        assert connection.sock is first
    connection.close()


@pytest.mark.parametrize("ending", [b"Connection: close\r\n", b""])
def test_what_is_dropped_after_an_answer_is_limited_in_octets_and_time(ending: bytes, running: Serve) -> None:
    head = b"POST /early HTTP/1.1\r\n" + HEAD + ending + b"Content-Length: 100000000\r\n\r\n"
    with running(linger_octets=1_000_000, linger_seconds=5) as server:
        with server.connect() as endless:
            endless.sendall(head)
            with pytest.raises(OSError, match=r"reset|Broken pipe"):
                endless.sendall(bytes(100_000_000))
        with server.connect() as idle:
            idle.sendall(head)
            assert status_of(idle.recv(4096)) == 413
            server.later(0)
            server.later(6)
            server.later(6)
            assert rest(idle) == b""


def test_expect_100_continue_is_answered_without_the_body(server: Running) -> None:
    with server.connect() as connection:
        connection.sendall(b"POST /early HTTP/1.1\r\n" + HEAD + b"Expect: 100-continue\r\nContent-Length: 9\r\n\r\n")
        assert status_of(connection.recv(4096)) == 413


def test_an_idle_connection_ends_and_each_response_begins_its_time_anew(server: Running) -> None:
    with server.connect() as connection:
        for _ in range(3):
            connection.sendall(LINE + HEAD + b"\r\n")
            assert status_of(connection.recv(4096)) == 200
            server.later(0)
            server.later(4)
        server.later(2)
        assert rest(connection) == b""


def test_a_host_field_in_a_trailer_section_counts_for_no_request(server: Running) -> None:
    chunked = b"POST / HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nHost: other\r\n\r\n"
    assert server.ask(chunked + LINE + HEAD + b"Connection: close\r\n\r\n").count(b"HTTP/1.1 200") == 2


# Numbers of connections


def test_the_oldest_connections_without_a_request_give_way_to_new_ones(running: Serve) -> None:
    with running(most=1000, most_per_peer=20) as server, ExitStack() as stack:
        for _ in range(60):
            stack.enter_context(server.connect()).sendall(b"GET / HT")
        for _ in range(5):
            assert status_of(server.ask(LINE + HEAD + b"Connection: close\r\n\r\n")) == 200
        assert server.call(lambda: len(server.server.gate)) <= 20
        assert server.refused("connections_per_address") >= 40


def test_connections_that_are_being_answered_never_give_way(running: Serve) -> None:
    released = asyncio.Event()

    async def waits(scope: dict[str, str], _receive: object, send: object) -> None:
        if scope["path"] == "/wait":
            await released.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    with running(waits, most=4, most_per_peer=3) as server, ExitStack() as stack:
        busy = [stack.enter_context(server.connect()) for _ in range(3)]
        for connection in busy:
            connection.sendall(b"GET /wait HTTP/1.1\r\n" + HEAD + b"Connection: close\r\n\r\n")
        while server.call(lambda: sum(not one.is_waiting for one in server.server.gate.served())) < len(busy):
            pass
        with server.connect() as refused:
            assert _is_ended(refused)
        with server.connect("127.0.0.2") as other:
            other.sendall(LINE + HEAD + b"Connection: close\r\n\r\n")
            assert status_of(rest(other)) == 200
        server.loop.call_soon_threadsafe(released.set)
        assert [status_of(rest(connection)) for connection in busy] == [200] * 3
        assert server.refused("connections_per_address") == 1


def _is_ended(connection: socket.socket) -> bool:
    try:
        connection.sendall(LINE + HEAD + b"\r\n")
        return connection.recv(100) == b""
    except OSError:
        return True


def test_half_open_tls_connections_are_limited_in_number_and_time(running: Serve) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with running(tls=context, most_per_peer=3, handshake_seconds=0.5) as server, ExitStack() as stack:
        silent = [stack.enter_context(server.connect()) for _ in range(10)]
        assert [rest(connection) for connection in silent] == [b""] * 10
        assert server.refused("connections_per_address") >= 7
        while server.call(lambda: len(server.server.gate)):
            pass
        assert server.refused("tls_handshake") >= 1
