"""A web server on the loopback that answers what a test has put there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server: Any = self.server
        server.asked.append((self.path, self.headers["Host"]))
        status, headers, body = server.answers.get(self.path, (200, {}, b"hello"))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.path == "/trickle":
            while not server.released.wait(0.05):
                self.wfile.write(b" ")
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Not on the test's standard error."""


class Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Whoever asked has gone."""


@contextmanager
def web_server() -> Iterator[Any]:
    """`answers` are status, headers and body by path; `asked` the paths and Host headers; `/trickle` never ends."""
    one: Any = Quiet(("127.0.0.1", 0), Handler)
    one.asked, one.answers, one.released = [], {}, threading.Event()
    thread = threading.Thread(target=one.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield one
    finally:
        one.released.set()
        one.shutdown()
        one.server_close()
        thread.join()
