"""The status listener sends what is in memory without calling its application, in order and within the limits."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from pki_manager.server.direct_http import DirectHttp
from tests.integration.server.bounded import HEAD, Direct, Running, echo, running, status_of

KNOWN, LARGE = b"known", b"x" * 32 * 1024


@pytest.fixture
def app() -> Direct:
    return Direct(echo, {b"/known": KNOWN, b"question": KNOWN, b"/large": LARGE})


@pytest.fixture
def server(app: Direct) -> Iterator[Running]:
    with running(app, protocol=DirectHttp) as found:
        yield found


def get(target: bytes, *fields: bytes) -> bytes:
    return b"GET " + target + b" HTTP/1.1\r\n" + HEAD + b"".join(field + b"\r\n" for field in fields) + b"\r\n"


def post(body: bytes, *fields: bytes) -> bytes:
    return (
        b"POST / HTTP/1.1\r\n"
        + HEAD
        + b"".join(f + b"\r\n" for f in fields)
        + b"Content-Length: %d\r\n\r\n" % len(body)
    )


def bodies(answer: bytes) -> list[bytes]:
    """The bodies of responses that stand one after the other."""
    found = []
    while answer:
        head, _, answer = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK\r\ndate: ")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        found.append(answer[:length])
        answer = answer[length:]
    return found


LAST = get(b"/last", b"Connection: close")


@pytest.mark.parametrize(
    ("pieces", "called"),
    [
        ([get(b"/known")], 0),
        ([get(b"http://localhost/known")], 0),
        ([post(b"question") + b"question"], 0),
        ([get(b"/known")[:20], get(b"/known")[20:]], 0),
        ([post(b"question"), b"question"], 1),
        ([post(b"question", b"Expect: 100-continue"), b"question"], 1),
        ([get(b"/known?")], 1),
        ([get(b"/unknown")], 1),
        ([post(b"another") + b"another"], 1),
        ([post(b"a" * 9000) + b"a" * 9000], 1),
    ],
)
def test_a_complete_request_that_is_known_does_not_reach_the_application(
    server: Running, app: Direct, pieces: list[bytes], called: int
) -> None:
    with server.connect() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces[:-1]:
            connection.sendall(piece)
            server.call(lambda: None)
        if len(pieces) > 1 and b"POST" in pieces[0]:
            while not app.called:
                server.call(lambda: None)
        connection.sendall(pieces[-1] + LAST)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert app.called == called + 1
    found = bodies(answer.replace(b"HTTP/1.1 100 Continue\r\n\r\n", b""))
    assert len(found) == 2
    assert (found[0] == KNOWN) is (called == 0)
    assert found[1].startswith(b"/last ")


def test_pipelined_responses_keep_the_order_of_their_requests(server: Running) -> None:
    answer = server.ask(get(b"/known") + get(b"/a") + get(b"/known") + get(b"/b") + LAST)
    assert [body.split(b" ")[0] for body in bodies(answer)] == [KNOWN, b"/a", b"/known", b"/b", b"/last"]


def test_a_client_that_reads_nothing_is_not_answered_from_memory_for_ever(app: Direct) -> None:
    with running(app, protocol=DirectHttp, write_seconds=30) as server, server.connect() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        while not app.called:
            connection.sendall(get(b"/large") * 10)
        server.later(1)
        server.later(31)
        assert server.refused("write_timeout") == 1


def test_a_body_that_is_announced_and_does_not_come_has_a_deadline(app: Direct) -> None:
    with running(app, protocol=DirectHttp, body_seconds=30) as server, server.connect() as connection:
        connection.sendall(post(b"question") + b"quest")
        while not app.called:
            server.call(lambda: None)
        server.later(31)
        assert status_of(connection.recv(65536)) == 408


def test_after_a_direct_response_the_connection_may_idle_and_then_ends(server: Running) -> None:
    with server.connect() as connection:
        connection.sendall(get(b"/known"))
        assert bodies(connection.recv(65536)) == [KNOWN]
        server.later(4)
        server.later(4)
        connection.sendall(get(b"/known"))
        assert bodies(connection.recv(65536)) == [KNOWN]
        server.later(1)
        server.later(6)
        assert connection.recv(65536) == b""
        assert not server.refusals.counts
