"""HTTP requests to other servers: connected only to checked addresses, limited in time and size."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Collection
from dataclasses import replace
from functools import lru_cache
from urllib.parse import urljoin

import httpx2

from pki_manager.domain.errors import OutboundFailed, OutboundRefused
from pki_manager.outbound.event_loop import run_outbound
from pki_manager.outbound.target import NetworkTarget, Resolver, resolve, resolve_target
from pki_manager.ports.clock import Clock
from pki_manager.ports.outbound import NetworkReach, OutboundCall, OutboundResponse

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HEADERS = {"User-Agent": "pki-manager", "Accept-Encoding": "identity"}


class HttpOutbound:
    """The HTTP client for outbound requests (`ports.outbound.Outbound`). Proxy environment variables are ignored.

    `own_ports` are the ports of this server's listeners. Requests to them are refused on all addresses of this machine.
    """

    def __init__(self, *, clock: Clock, own_ports: Collection[int] = (), resolver: Resolver = resolve) -> None:
        self._clock = clock
        self._own_ports = frozenset(own_ports)
        self._resolver = resolver

    def send(self, call: OutboundCall) -> OutboundResponse:
        end = self._clock.monotonic() + call.seconds
        url, followed, asked = call.url, 0, list[str]()
        while True:
            left = end - self._clock.monotonic()
            target = resolve_target(url, call.reach, self._resolver, self._own_ports, left)
            answer = self._exchange(target, call, end, asked)
            place = answer.headers.get("location")
            if answer.status not in _REDIRECTS or place is None or call.method != "GET" or followed == call.redirects:
                return replace(answer, addresses=tuple(dict.fromkeys(asked)))
            url, followed = _next(url, place, call.reach), followed + 1

    def _exchange(
        self, target: NetworkTarget, call: OutboundCall, end: float, contacted: list[str]
    ) -> OutboundResponse:
        """Send the request to the first address that accepts the connection.

        The time limit of each connection attempt leaves time for the remaining addresses.
        """
        for number, address in enumerate(target.addresses):
            left = end - self._clock.monotonic()
            contacted.append(address)
            context = _context(target, call.reach)
            connect = left / (len(target.addresses) - number)
            try:
                return run_outbound(_ask(target, address, call, context, seconds=left, connect=connect))
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                failure = OutboundFailed(
                    f"The connection to {target.host} failed: {_why(error)}.", addresses=target.addresses
                )
            except TimeoutError:
                detail = f"The server {target.host} did not respond within {call.seconds:g} s."
                raise OutboundFailed(detail, addresses=(address,)) from None
            except (httpx2.HTTPError, httpx2.InvalidURL, ssl.SSLError, OSError) as error:
                detail = f"The server {target.host} returned an invalid HTTP response: {_why(error)}."
                raise OutboundFailed(detail, addresses=(address,)) from error
        raise failure


async def _ask(
    target: NetworkTarget,
    address: str,
    call: OutboundCall,
    context: ssl.SSLContext,
    *,
    seconds: float,
    connect: float,
) -> OutboundResponse:
    """Send the request to one address. The Host field and TLS verification use the host name of the target."""
    times = httpx2.Timeout(call.seconds, connect=max(connect, 0))
    async with asyncio.timeout(max(seconds, 0)):
        # Without a client: its cookies, redirects, and proxies are not used, and take longer than the request.
        async with httpx2.AsyncHTTPTransport(verify=context, trust_env=False) as transport:
            request = httpx2.Request(
                call.method,
                target.url_at(address),
                headers={**_HEADERS, **call.headers, "Host": target.authority},
                content=call.content or None,
                extensions={"sni_hostname": target.host, "timeout": times.as_dict()},
            )
            response = await transport.handle_async_request(request)
            try:
                return await _read(response, call.max_octets)
            finally:
                await response.aclose()


def _context(target: NetworkTarget, reach: NetworkReach) -> ssl.SSLContext:
    if target.scheme == "https" and not reach.unverified:
        return ssl.create_default_context(cafile=reach.ca_file)
    return _context_without_anchors(is_unverified=reach.unverified)


@lru_cache(maxsize=2)
def _context_without_anchors(*, is_unverified: bool) -> ssl.SSLContext:
    """Return a TLS context without trust anchors: for plain HTTP, which does not use it, or for unverified TLS.

    Both contexts are cached.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if is_unverified:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


async def _read(response: httpx2.Response, most: int) -> OutboundResponse:
    """Return the response with its body, which is never decompressed, because that could produce any size.

    Raises OutboundFailed if the body is compressed or larger than `most` octets.
    """
    if response.headers.get("content-encoding", "identity") != "identity":
        raise OutboundFailed("The response is compressed, although no compression was requested.")
    content = bytearray()
    async for part in response.aiter_raw():
        content += part
        if len(content) > most:
            raise OutboundFailed(f"The response is larger than {most} bytes.")
    headers = {name.lower(): value for name, value in response.headers.items()}
    return OutboundResponse(response.status_code, headers, bytes(content))


def _next(url: str, place: str, reach: NetworkReach) -> str:
    """Return the URL that a redirect leads to.

    Raises OutboundRefused if it is invalid or leads from verified TLS to plain HTTP.
    """
    try:
        following = urljoin(url, place)
    except ValueError:
        raise OutboundRefused("The redirect contains no valid URL.") from None
    if not reach.unverified and url.startswith("https:") and not following.startswith("https:"):
        raise OutboundRefused("A redirect from https:// to another scheme is not followed.")
    return following


def _why(error: Exception) -> str:
    return str(error) or type(error).__name__
