"""The first run of an installation: what `pkim init` decides, by options or answers on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pki_manager.cli.machine import find_bind_error, has_ipv4, list_addresses, resolve
from pki_manager.domain.errors import ClockBehind, ConfigurationInvalid, InvalidInput
from pki_manager.domain.setting import Source
from pki_manager.policy.status_urls import is_local_host

if TYPE_CHECKING:
    from pki_manager.authority.installation.initialize import FirstHierarchy
    from pki_manager.settings import Bind, Listener, Settings


SERVICE_UNIT = Path("/lib/systemd/system/pki-manager.service")
"""Unit that the Debian package installs."""
EARLIEST = datetime(2026, 11, 1, tzinfo=UTC)
"""A date before which no clock of an installation of this version can be right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstRun:
    """What the first run creates. Without `hosts` the installation serves this machine only."""

    hosts: tuple[str, ...] = ()
    organization: str | None = None
    root_name: str | None = None
    issuing_name: str | None = None
    root_key_type: str | None = None
    issuing_key_type: str | None = None

    @property
    def hierarchy(self) -> FirstHierarchy:
        """Return the first CAs; default names contain the organization."""
        from pki_manager.authority.installation.initialize import DEFAULT_HIERARCHY

        prefix = f"{self.organization} " if self.organization else ""
        return replace(
            DEFAULT_HIERARCHY,
            organization=self.organization or None,
            root_name=self.root_name or prefix + DEFAULT_HIERARCHY.root_name,
            issuing_name=self.issuing_name or prefix + DEFAULT_HIERARCHY.issuing_name,
            root_key_type=self.root_key_type or DEFAULT_HIERARCHY.root_key_type,
            issuing_key_type=self.issuing_key_type or DEFAULT_HIERARCHY.issuing_key_type,
        )


def parse_hosts(text: str) -> tuple[str, ...]:
    """Return the host names and addresses in a comma-separated list, without repeats.

    Raises InvalidInput if one of them is invalid, or is a loopback address or name.
    """
    from pki_manager.settings.types import parse_host

    hosts = []
    for part in text.split(","):
        try:
            host = parse_host(part.strip())
        except ValueError as error:
            raise InvalidInput.of("--host", "host.form", f"{part.strip()!r} {error}") from None
        if is_local_host(host):
            message = f"{host!r} leads to the machine that uses it. Name this machine as others reach it{_example()}"
            raise InvalidInput.of("--host", "host.local", message)
        hosts.append(host)
    return tuple(dict.fromkeys(hosts))


def find_unresolved(hosts: tuple[str, ...]) -> list[str]:
    """Return a warning for each host name that this machine cannot resolve."""
    return [
        f"The host name {host!r} does not resolve on this machine. Certificates contain it permanently: check its "
        f"spelling, and add it to DNS{_example()}."
        for host in hosts
        if not resolve(host)
    ]


def build_network_settings(settings: Settings, hosts: tuple[str, ...]) -> dict[str, str | list[str]]:
    """Return the settings that let other machines reach this one by the first of these hosts.

    An address that is already set is kept. The result is empty without hosts. Raises InvalidInput if a listener has no
    fixed port.
    """
    if not hosts:
        return {}
    from pki_manager.settings.types import Bind

    anywhere = "0.0.0.0" if has_ipv4() else "::"  # noqa: S104 - the operator chose --network
    binds: dict[str, str] = {}
    for name in ("tls_bind", "status_bind"):
        bind = settings.bind("tls" if name == "tls_bind" else "status")
        if bind.port == 0:
            raise InvalidInput.of(name, "settings.port", "must have a fixed port with --network, such as 8443")
        is_set = settings.source(name) is not Source.DEFAULT
        binds[name] = str(bind if is_set else Bind(anywhere, bind.port))
    host = f"[{hosts[0]}]" if ":" in hosts[0] else hosts[0]
    return {
        "tls_bind": binds["tls_bind"],
        "public_url": f"https://{host}:{settings.bind('tls').port}",
        **({"allowed_hosts": list(hosts[1:])} if hosts[1:] else {}),
        "status_bind": binds["status_bind"],
        "public_status_url": f"http://{host}:{settings.bind('status').port}",
    }


def find_start_command(home: Path) -> str:
    """Return the command that starts the server of this data directory: that of the service, or `pkim serve`."""
    try:
        unit = SERVICE_UNIT.read_text(encoding="utf-8")
    except OSError:
        unit = ""
    is_of_service = f"Environment=PKIM_HOME={home}" in unit.splitlines()
    return "systemctl start pki-manager" if is_of_service else "pkim serve"


def require_plausible_clock(now: datetime) -> None:
    """Raise ClockBehind if the clock (UTC) is before this version was made, so that it cannot be right."""
    if now < EARLIEST:
        raise ClockBehind(
            f"The clock of this machine shows {now:%Y-%m-%dT%H:%MZ}, which is in the past. The dates in certificates "
            "are permanent: set the clock, then run `pkim init` again."
        )


def require_free_ports(settings: Settings) -> None:
    """Raise ConfigurationInvalid if listeners cannot start; it lists each address in use or not of this machine."""
    from pki_manager.server.listeners import build_bind_fault

    faults = tuple(
        build_bind_fault(name, bind, error)
        for name, bind in _binds(settings)
        if bind.port and (error := find_bind_error(bind.host, bind.port)) is not None
    )
    if faults:
        text = "; ".join(f"{fault.field} {fault.message}" for fault in faults)
        raise ConfigurationInvalid(f"The server could not start: {text}.", errors=faults)


def _binds(settings: Settings) -> Iterator[tuple[Listener, Bind]]:
    names: tuple[Listener, ...] = ("management", "tls", "status")
    for name in names:
        yield name, settings.bind(name)


def _example() -> str:
    addresses = list_addresses()
    return f", or use an address of this machine: {', '.join(addresses)}" if addresses else ""
