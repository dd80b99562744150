"""A service on the loopback that validates SCEP challenges over HTTPS, as a test tells it to."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.services.tls import TestPki


@dataclass
class ChallengeService:
    """`answers` are status and body by path; `received` the path, headers, and body of each request."""

    url: str
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    received: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    def accept(self, path: str, answer: object) -> None:
        self.answers[path] = (200, json.dumps(answer).encode())


@contextmanager
def challenge_service(pki: TestPki) -> Iterator[ChallengeService]:
    """A service with a certificate of this CA, until the block ends. The path `/never` has no response."""
    released = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        timeout = 30

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            service.received.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            if self.path == "/never":
                released.wait(30)
                return
            status, content = service.answers.get(self.path, (404, b""))
            self.send_response(status)
            self.send_header("Location", service.url)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None: ...

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A client that has gone is no error."""

    server = Quiet(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pki.server)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    service = ChallengeService(f"https://localhost:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield service
    finally:
        released.set()
        server.shutdown()
        server.server_close()
        thread.join()
