"""The CPU time that the server's two fast paths save, for REST and for OCSP requests."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from starlette.types import ASGIApp

from bench.load import report, scratch
from bench.product import Product
from pki_manager.bootstrap import open_installation
from pki_manager.cli.asgi import exchange_request
from pki_manager.protocols.rest.app import create_rest
from pki_manager.settings import load
from pki_manager.x509.asn1 import der
from pki_manager.x509.ocsp.request import HASH_OIDS, parse_any_request, parse_request

_ROUNDS = 7
_REST_CALLS = 400
_OCSP_CALLS = 20_000


def main() -> None:
    request = _ocsp_request()
    if parse_request(request) != parse_any_request(request):
        raise SystemExit("the two ways read an OCSP request differently")
    for name, parse in (("by offsets", parse_request), ("by elements", parse_any_request)):
        report("pki-manager", f"OCSP request parsed {name}", _least(parse, request), "us")
    with scratch() as folder:
        product = Product(folder)
        installation = open_installation(load(Path(product.environment["PKIM_HOME"]), os.environ), slot="cli")
        try:
            apps = {name: create_rest(lambda: installation.ctx, fast_path=name == "on") for name in ("on", "off")}
            for name, microseconds in _rest(apps, product.token).items():
                report("pki-manager", f"GET /me in process, fast path {name}", microseconds, "us")
        finally:
            installation.close()


def _least(parse: Callable[[bytes], object], request: bytes) -> float:
    """Return CPU microseconds per call, the lowest of several rounds: other load never shortens a time."""
    spent = []
    for _ in range(_ROUNDS):
        started = time.process_time()
        for _ in range(_OCSP_CALLS):
            parse(request)
        spent.append((time.process_time() - started) / _OCSP_CALLS * 1e6)
    return min(spent)


def _rest(apps: Mapping[str, ASGIApp], token: str) -> dict[str, float]:
    """Return CPU microseconds per call by application, in alternating rounds, each the lowest of its own."""
    least = dict.fromkeys(apps, float("inf"))
    for _ in range(_ROUNDS):
        for name, app in apps.items():
            least[name] = min(least[name], asyncio.run(_calls(app, token)))
    return least


async def _calls(app: ASGIApp, token: str) -> float:
    headers = [("Authorization", f"Bearer {token}")]
    started = time.process_time()
    for _ in range(_REST_CALLS):
        answer = await exchange_request(app, "GET", "/me", headers=headers)
        if answer.status != 200:
            raise SystemExit(f"GET /me returned HTTP {answer.status}")
    return (time.process_time() - started) / _REST_CALLS * 1e6


def _ocsp_request() -> bytes:
    """Return a request with one CertID and no nonce, as most clients send it."""
    algorithm = der.encode_sequence(HASH_OIDS["sha1"], b"\x05\x00")
    octets = der.encode(der.OCTET_STRING, bytes(20))
    cert_id = der.encode_sequence(algorithm, octets, octets, bytes((0x02, 20, *range(1, 21))))
    return der.encode_sequence(der.encode_sequence(der.encode_sequence(der.encode_sequence(cert_id))))


if __name__ == "__main__":
    main()
