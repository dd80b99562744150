"""A proxy in front of an HTTP server on the loopback, that can misbehave in its place."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Mood(StrEnum):
    HONEST = "passes everything on"
    SILENT = "takes requests and never answers"
    TRICKLING = "answers an octet at a time"
    GARBAGE = "answers what is no KMIP"
    BUSY = "asks for a pause"
    BROKEN = "fails"
    FORGING = "changes an octet of each signature"
    SWAPPING = "answers with the signature of other bytes"


_OWN_ANSWERS = {
    Mood.GARBAGE: (200, b"\x00\xff<html>not what you wanted"),
    Mood.BUSY: (429, b"slow down"),
    Mood.BROKEN: (500, b"Internal server error"),
}


@dataclass
class Proxy:
    """`mood` may change at any time; `released` ends waiting for good."""

    target: int
    mood: Mood = Mood.HONEST
    port: int = 0
    released: threading.Event = field(default_factory=threading.Event)
    asked: list[bytes] = field(default_factory=list)
    """The body of every request, as it came."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    proxy: Proxy

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers["Content-Length"] or 0)))

    def log_message(self, *_: object) -> None:
        """Not on the test's standard error."""

    def _serve(self, body: bytes) -> None:
        self.proxy.asked.append(body)
        mood = self.proxy.mood
        if mood is Mood.SILENT:
            self.proxy.released.wait(30)
            self.close_connection = True
        elif mood is Mood.TRICKLING:
            self._trickle()
        elif mood in _OWN_ANSWERS:
            self._answer(*_OWN_ANSWERS[mood])
        else:
            self._answer(*_changed(mood, *self._forwarded(_asked(mood, body))))

    def _forwarded(self, body: bytes) -> tuple[int, bytes]:
        upstream = http.client.HTTPConnection("127.0.0.1", self.proxy.target, timeout=30)
        try:
            upstream.request(self.command, self.path, body, {"Content-Type": "application/json"})
            answer = upstream.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            self.close_connection = True
            return 502, b"nobody there"
        finally:
            upstream.close()

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if status == 429:
            self.send_header("Retry-After", "7")
        self.end_headers()
        self.wfile.write(body)

    def _trickle(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        self.close_connection = True
        while not self.proxy.released.wait(0.1):
            try:
                self.wfile.write(b" ")
            except OSError:
                return


@contextmanager
def proxy_to(port: int) -> Iterator[Proxy]:
    """In front of that port, until the block ends."""
    proxy = Proxy(port)
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"proxy": proxy}))
    proxy.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield proxy
    finally:
        proxy.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever asked has gone; that is what some moods are for."""


def _asked(mood: Mood, body: bytes) -> bytes:
    """What goes to the server: of a swapped signature, other bytes to sign."""
    if mood is not Mood.SWAPPING or not body.startswith((b'{"tag":"Sign",', b'{"tag":"RequestMessage",')):
        return body
    order = json.loads(body)
    for data in _all(order, "Data"):
        data["value"] = "00" * 32
    return json.dumps(order).encode()


def _changed(mood: Mood, status: int, body: bytes) -> tuple[int, bytes]:
    if mood is not Mood.FORGING or status != 200 or b"SignatureData" not in body:
        return status, body
    answer = json.loads(body)
    for signature in _all(answer, "SignatureData"):
        octets = bytearray.fromhex(signature["value"])
        octets[-1] ^= 1
        signature["value"] = octets.hex().upper()
    return status, json.dumps(answer).encode()


def _all(element: dict[str, Any], tag: str) -> Iterator[dict[str, Any]]:
    """The elements of that tag, of one operation or of several in one message."""
    if element["tag"] == tag:
        yield element
    elif isinstance(element["value"], list):
        for member in element["value"]:
            yield from _all(member, tag)
