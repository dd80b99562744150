"""The clients for requests to other servers. They never connect to the listeners of this server."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import ip_network

from pki_manager.outbound.http import HttpOutbound
from pki_manager.outbound.validation import NetworkValidation, ValidationOptions
from pki_manager.ports.clock import Clock
from pki_manager.settings import Settings, parse_bind


def make_outbound(settings: Settings, clock: Clock) -> HttpOutbound:
    """Return the HTTP client for requests to other servers."""
    return HttpOutbound(clock=clock, own_ports=_own_ports(settings))


def make_validation(settings: Settings, clock: Clock) -> NetworkValidation:
    """Return the client for ACME validation."""
    servers = [parse_bind(text) for text in settings.dns_servers]
    options = ValidationOptions(
        networks=tuple(ip_network(network) for network in settings.acme_networks),
        http_port=settings.acme_http_port,
        tls_port=settings.acme_tls_port,
        dns_servers=tuple((server.host, server.port) for server in servers),
    )
    return NetworkValidation(options, clock=clock, own_ports=_own_ports(settings))


def _own_ports(settings: Settings) -> Collection[int]:
    return {settings.bind(name).port for name in ("management", "tls", "status")}
