"""A TLS server on the loopback that answers tls-alpn-01, or does it wrong."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class AlpnServer:
    """`asked` are the server names that clients have told; None where one told none."""

    port: int
    asked: list[str | None] = field(default_factory=list)


@contextmanager
def alpn_server(
    files: tuple[Path, Path],
    *,
    protocols: Sequence[str] = ("acme-tls/1",),
    newest: ssl.TLSVersion = ssl.TLSVersion.MAXIMUM_SUPPORTED,
) -> Iterator[AlpnServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.maximum_version = newest
    context.load_cert_chain(*files)
    if protocols:
        context.set_alpn_protocols(list(protocols))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        told = AlpnServer(listener.getsockname()[1])
        context.sni_callback = lambda _connection, name, _context: told.asked.append(name)
        stopping = threading.Event()

        def serve() -> None:
            while True:
                connection, _ = listener.accept()
                if stopping.is_set():
                    connection.close()
                    return
                connection.settimeout(5)
                with suppress(OSError), context.wrap_socket(connection, server_side=True) as tls:
                    tls.recv(1)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield told
        finally:
            stopping.set()
            socket.create_connection(("127.0.0.1", told.port)).close()
            thread.join()
