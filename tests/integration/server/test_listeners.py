from __future__ import annotations

import errno
import socket
from pathlib import Path

import pytest

from pki_manager.domain.errors import ConfigurationInvalid
from pki_manager.server.listeners import build_base_urls, build_bind_fault, open_listeners, set_bound_ports
from pki_manager.settings import Bind, Settings, load

ANY = {f"PKIM_{name}_BIND": "127.0.0.1:0" for name in ("MANAGEMENT", "TLS", "STATUS")}


def settings(home: Path, **changed: str) -> Settings:
    return load(home, {**ANY, **{f"PKIM_{name.upper()}": value for name, value in changed.items()}})


def test_a_free_port_is_bound_and_named(tmp_path: Path) -> None:
    with open_listeners(settings(tmp_path), ports={}) as sockets:
        bound = set_bound_ports(settings(tmp_path), sockets)
        ports = {name: opened.getsockname()[1] for name, opened in sockets.items()}
        assert build_base_urls(bound) == {
            "management": f"http://localhost:{ports['management']}",
            "tls": f"https://localhost:{ports['tls']}",
            "status": f"http://localhost:{ports['status']}",
        }
        assert bound.status_url == f"http://localhost:{ports['status']}"


def test_every_taken_port_is_told_and_none_stays_bound(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        taken = settings(
            tmp_path,
            management_bind=f"127.0.0.1:{one.getsockname()[1]}",
            status_bind=f"127.0.0.1:{two.getsockname()[1]}",
        )
        with pytest.raises(ConfigurationInvalid) as caught, open_listeners(taken, ports={}):
            pytest.fail("it went on")
    assert {fault.field for fault in caught.value.errors} == {"management_bind", "status_bind"}
    assert "Stop the program that uses the port" in caught.value.errors[0].message
    with open_listeners(taken, ports={}):
        """Both are free again, and so is ours."""


@pytest.mark.parametrize(
    ("number", "host", "repair"),
    [
        (
            errno.EADDRNOTAVAIL,
            "127.0.0.1",
            "does not have this address. Choose one that it has, such as PKIM_TLS_BIND=[::1]:443",
        ),
        (errno.EACCES, "::", "Ports below 1024 require root. Choose another, such as PKIM_TLS_BIND=[::]:8443"),
        (errno.EADDRINUSE, "0.0.0.0", "or choose another, such as PKIM_TLS_BIND=0.0.0.0:PORT"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_with_one_that_can(number: int, host: str, repair: str) -> None:
    error = OSError(number, "anything (while attempting to bind)")
    message = build_bind_fault("tls", Bind(host, 443), error).message
    assert message.endswith(repair)
    assert "attempting" not in message


def test_the_status_port_of_last_time_is_taken_where_it_is_free(tmp_path: Path) -> None:
    with open_listeners(settings(tmp_path), ports={}) as sockets:
        port = sockets["status"].getsockname()[1]
        with open_listeners(settings(tmp_path), ports={"status": port}) as others:
            assert others["status"].getsockname()[1] != port
    with open_listeners(settings(tmp_path), ports={"status": port}) as again:
        assert again["status"].getsockname()[1] == port


def test_an_ipv6_address_is_bound_and_named(tmp_path: Path) -> None:
    if not socket.has_dualstack_ipv6():
        pytest.skip("no IPv6 here")
    with open_listeners(settings(tmp_path, status_bind="[::1]:0"), ports={}) as sockets:
        assert sockets["status"].family is socket.AF_INET6
