"""The listening sockets. They are bound first, so that a port in use ends the start at once."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import get_args

from pki_manager.domain.errors import ConfigurationInvalid, FieldError
from pki_manager.settings import Bind, Listener, Settings

LISTENERS: tuple[Listener, ...] = get_args(Listener)
_BACKLOG = 2048
_OPEN_PORTS: Mapping[Listener, int] = {"management": 8080, "tls": 8443, "status": 8081}
"""Ports that a program without privileges can use, as in the default settings."""

Sockets = Mapping[Listener, socket.socket]


@contextmanager
def open_listeners(settings: Settings, *, ports: Mapping[Listener, int]) -> Iterator[dict[Listener, socket.socket]]:
    """Bind all three sockets, and close them when the context ends.

    `ports` are tried first for a listener whose setting has port 0. Raises ConfigurationInvalid if addresses cannot be
    bound; the error lists all of them.
    """
    opened: dict[Listener, socket.socket] = {}
    faults: list[FieldError] = []
    try:
        for listener in LISTENERS:
            bind = settings.bind(listener)
            try:
                opened[listener] = _open(bind, ports.get(listener))
            except OSError as error:
                faults.append(build_bind_fault(listener, bind, error))
        if faults:
            raise ConfigurationInvalid("; ".join(fault.message for fault in faults), errors=tuple(faults))
        yield opened
    finally:
        for opened_socket in opened.values():
            opened_socket.close()


def build_bind_fault(listener: Listener, bind: Bind, error: OSError) -> FieldError:
    """Return why a listener cannot start at an address, and what to do, as an error of its setting."""
    variable = f"PKIM_{listener.upper()}_BIND"
    host = f"[{bind.host}]" if ":" in bind.host else bind.host
    if error.errno == errno.EADDRNOTAVAIL:
        example = "[::1]" if bind.host.startswith("127.") else "127.0.0.1"
        repair = f"This machine does not have this address. Choose one that it has, such as {variable}={example}"
        repair += f":{bind.port}"
    elif error.errno == errno.EACCES:
        repair = f"Ports below 1024 require root. Choose another, such as {variable}={host}:{_OPEN_PORTS[listener]}"
    else:
        repair = f"Stop the program that uses the port, or choose another, such as {variable}={host}:PORT"
    reason = os.strerror(error.errno) if error.errno else str(error)
    return FieldError(f"{listener}_bind", "settings.bind", f"cannot listen at {bind}: {reason}. {repair}")


def _open(bind: Bind, first_choice: int | None) -> socket.socket:
    if bind.port == 0 and first_choice is not None:
        try:
            return _open(Bind(bind.host, first_choice), None)
        except OSError:
            # Another program has the port; the URLs in certificates do not work until it is free again.
            return _open(bind, None)
    family = socket.AF_INET6 if ":" in bind.host else socket.AF_INET
    dual = bind.host == "::" and socket.has_dualstack_ipv6()
    return socket.create_server((bind.host, bind.port), family=family, backlog=_BACKLOG, dualstack_ipv6=dual)


def set_bound_ports(settings: Settings, sockets: Sockets) -> Settings:
    """Return the settings with the bound ports in place of port 0."""
    for listener, opened in sockets.items():
        settings = settings.with_port(listener, opened.getsockname()[1])
    return settings


def build_base_urls(settings: Settings) -> dict[Listener, str]:
    """Return the base URL of each listener without a trailing slash, with the host name that its URLs use."""
    schemes: dict[Listener, str] = {"management": "http", "tls": "https", "status": "http"}
    binds = {listener: settings.bind(listener) for listener in LISTENERS}
    return {name: f"{schemes[name]}://{bind.public_host}:{bind.port}" for name, bind in binds.items()}
