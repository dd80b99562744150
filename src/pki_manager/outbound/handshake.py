"""TLS handshakes that read the certificates of other servers, with the restrictions of all outbound requests."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Collection, Sequence

from pki_manager.domain.acme.proof import Presented
from pki_manager.domain.errors import OutboundFailed, TlsFailed
from pki_manager.outbound.event_loop import run_outbound
from pki_manager.outbound.target import Resolver, resolve, resolve_target
from pki_manager.ports.clock import Clock
from pki_manager.ports.outbound import NetworkReach


class Handshakes:
    """A client for TLS handshakes. `own_ports` and `resolver` are as for `HttpOutbound`."""

    def __init__(self, *, clock: Clock, own_ports: Collection[int] = (), resolver: Resolver = resolve) -> None:
        self._clock = clock
        self._own_ports = frozenset(own_ports)
        self._resolver = resolver

    def present(
        self, authority: str, reach: NetworkReach, *, server_name: str, protocols: Sequence[str], seconds: float
    ) -> Presented:
        """Return the protocol and the certificate that a server selects for a server name and ALPN protocols.

        `authority` is `HOST:PORT`, with brackets around an IPv6 address. The server name is sent as SNI (RFC 6066 §3).
        The certificate is not verified, and TLS is 1.2 or later. The first address that accepts the connection is used.

        Raises OutboundRefused if the target is not permitted; NameUnresolved, OutboundFailed, or TlsFailed if
        the lookup, the connection, or the handshake fails.
        """
        end = self._clock.monotonic() + seconds
        target = resolve_target(f"https://{authority}/", reach, self._resolver, self._own_ports, seconds)
        context = _context(protocols)
        for number, address in enumerate(target.addresses):
            left = end - self._clock.monotonic()
            connect = left / (len(target.addresses) - number)
            try:
                return run_outbound(_shake(address, target.port, context, server_name, left, connect))
            except ssl.SSLError as error:
                why = error.reason or type(error).__name__
                raise TlsFailed(f"The TLS handshake with {target.host} failed: {why}.", addresses=(address,)) from error
            except _NotConnected as error:
                detail = f"The connection to {target.host} failed: {error}."
                failure = OutboundFailed(detail, addresses=target.addresses)
            except TimeoutError:
                detail = f"The TLS handshake with {target.host} timed out after {seconds:g} s."
                raise TlsFailed(detail, addresses=(address,)) from None
            except OSError as error:
                detail = f"The TLS handshake with {target.host} failed: {type(error).__name__}."
                raise TlsFailed(detail, addresses=(address,)) from error
        raise failure


class _NotConnected(Exception):
    """The connection to an address failed, so that the next address can be tried."""


def _context(protocols: Sequence[str]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(list(protocols))
    return context


async def _shake(
    address: str, port: int, context: ssl.SSLContext, server_name: str, seconds: float, connect: float
) -> Presented:
    end = asyncio.get_running_loop().time() + seconds
    try:
        async with asyncio.timeout(max(connect, 0)):
            _, writer = await asyncio.open_connection(address, port)
    except OSError as error:  # asyncio's TimeoutError is one
        raise _NotConnected(error.strerror or type(error).__name__) from error
    try:
        async with asyncio.timeout_at(end):
            await writer.start_tls(context, server_hostname=server_name)
        tls = writer.get_extra_info("ssl_object")
        certificate = tls.getpeercert(binary_form=True) or b""
        return Presented(tls.selected_alpn_protocol(), certificate, (address,))
    finally:
        writer.transport.abort()
