"""Requests for ACME validation to HTTP, DNS, and TLS servers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address

from pki_manager.domain.acme.orders import Identifier, IdentifierKind
from pki_manager.domain.acme.proof import ALPN, CaaRecord, Fetched, Presented
from pki_manager.outbound.dns import Dns
from pki_manager.outbound.handshake import Handshakes
from pki_manager.outbound.http import HttpOutbound
from pki_manager.outbound.target import resolve
from pki_manager.ports.clock import Clock
from pki_manager.ports.outbound import Network, NetworkReach, OutboundCall

SECONDS = 10.0
"""Time limit of one validation."""

REDIRECTS = 10
MAX_OCTETS = 64 * 1024

_HTTP, _HTTPS = 80, 443


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationOptions:
    """Options of validation requests. `networks` are permitted besides public addresses.

    `dns_servers` are pairs of address and port; default: the system's resolver and its servers.
    """

    networks: tuple[Network, ...] = ()
    http_port: int = _HTTP
    tls_port: int = _HTTPS
    dns_servers: tuple[tuple[str, int], ...] = ()


class NetworkValidation:
    """The client for validation (`ports.validation.Validation`). `own_ports` is as for `HttpOutbound`."""

    def __init__(self, options: ValidationOptions, *, clock: Clock, own_ports: Collection[int] = ()) -> None:
        self._options = options
        self._dns = Dns(clock=clock, servers=options.dns_servers)
        resolver = self._dns.addresses if options.dns_servers else resolve
        self._outbound = HttpOutbound(clock=clock, own_ports=own_ports, resolver=resolver)
        self._handshakes = Handshakes(clock=clock, own_ports=own_ports, resolver=resolver)
        self._reach = NetworkReach(
            networks=options.networks,
            plain_http=True,
            unverified=True,
            ports=frozenset({_HTTP, _HTTPS, options.http_port, options.tls_port}),
        )

    def request_http(self, identifier: Identifier, path: str) -> Fetched:
        url = f"http://{_build_authority(identifier, self._options.http_port)}{path}"
        call = OutboundCall(
            url=url, reach=self._reach_for(identifier), seconds=SECONDS, max_octets=MAX_OCTETS, redirects=REDIRECTS
        )
        answer = self._outbound.send(call)
        return Fetched(answer.status, answer.content, answer.addresses)

    def find_txt_records(self, name: str) -> Sequence[bytes]:
        return self._dns.find_txt_records(name, SECONDS)

    def request_tls_alpn(self, identifier: Identifier) -> Presented:
        is_address = identifier.kind is IdentifierKind.IP
        name = ip_address(identifier.value).reverse_pointer if is_address else identifier.value
        return self._handshakes.present(
            _build_authority(identifier, self._options.tls_port),
            self._reach_for(identifier),
            server_name=name,
            protocols=(ALPN,),
            seconds=SECONDS,
        )

    def find_caa_records(self, domain: str) -> Sequence[CaaRecord]:
        return self._dns.find_caa_records(domain, SECONDS)

    def _reach_for(self, identifier: Identifier) -> NetworkReach:
        """Return where requests to validate the identifier can go. An IP address in a URL must be the identifier."""
        is_address = identifier.kind is IdentifierKind.IP
        return replace(self._reach, literals=frozenset({identifier.value} if is_address else ()))


def _build_authority(identifier: Identifier, port: int) -> str:
    return f"[{identifier.value}]:{port}" if ":" in identifier.value else f"{identifier.value}:{port}"
