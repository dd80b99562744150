"""OCSP: pre-signed responses compared with `cfssl ocspserve` and a bare ASGI handler; others with the library alone."""

from __future__ import annotations

import datetime as dt
import secrets
import sys
import time
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from bench import material, peers
from bench.load import get_rate, hex_lines, median, ocsp_paths, post_rate, ratio, report, scratch, serving
from bench.product import CA, Addresses, Product, free_port

_BARE = """
async def application(scope, receive, send):
    if scope["type"] != "http":
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d")]})
    await send({"type": "http.response.body", "body": BODY})
BODY = bytes(%d)
"""


def main() -> None:
    with scratch() as folder:
        product = Product(folder)
        with product.serving() as at:
            issuer, leaves = issue_leaves(at, 200)
            requests = [material.ocsp_request(leaf, issuer) for leaf in leaves]
            nonced = [material.ocsp_request(leaf, issuer, secrets.token_bytes(32)) for leaf in leaves]
            size = await_published(at, requests[0])
            paths = ocsp_paths(folder / "paths", "/ocsp/", requests)
            ahead, live = hex_lines(folder / "bodies", requests), hex_lines(folder / "nonced", nonced)
            media_type = "application/ocsp-request"
            get = median("pki-manager", "OCSP GET", "answers/s", lambda: get_rate(at.status, paths))
            median(
                "pki-manager",
                "OCSP POST",
                "answers/s",
                lambda: post_rate(f"{at.status}/ocsp", ahead, media_type=media_type),
            )
            signed = median(
                "pki-manager",
                "OCSP with nonce (signed live)",
                "answers/s",
                lambda: post_rate(f"{at.status}/ocsp", live, media_type=media_type),
            )
        bare = _bare(folder, paths, size)
    cfssl = peers.cfssl_ocsp()
    ratio("OCSP GET / cfssl", get, cfssl, "1.0")
    ratio("OCSP GET / bare ASGI", get, bare, "0.9")
    ratio("OCSP live / the library on one core", signed, _library_limit(), "0.7")


def issue_leaves(at: Addresses, count: int) -> tuple[x509.Certificate, list[x509.Certificate]]:
    made = [
        at.call("POST", "/certificates", {"ca": CA, "profile": "tls-server", "csr": csr})
        for _, csr in material.csrs(count)
    ]
    chain = at.call("GET", f"/certificates/{made[0]['id']}/chain")["chain_pem"]
    issuer = x509.load_pem_x509_certificates(chain.encode())[1]
    return issuer, [x509.load_pem_x509_certificate(one["pem"].encode()) for one in made]


def await_published(at: Addresses, request: bytes) -> int:
    """Wait until every response is pre-signed. Returns the size of one."""
    import urllib.request

    time.sleep(5)
    headers = {"Content-Type": "application/ocsp-request"}
    with urllib.request.urlopen(urllib.request.Request(f"{at.status}/ocsp", request, headers), timeout=10) as answer:
        body: bytes = answer.read()
    assert ocsp.load_der_ocsp_response(body).certificate_status is ocsp.OCSPCertStatus.GOOD
    return len(body)


def _bare(folder: Path, paths: Path, size: int) -> float:
    """Return the rate of uvicorn alone: one fixed response of the same size."""
    (folder / "bare.py").write_text(_BARE % (size, size))
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "bare:application",
        "--port",
        str(port),
        "--no-access-log",
        "--loop",
        "uvloop",
    ]
    with serving([*command, "--http", "httptools", "--log-level", "error"], port, folder):
        return median("bare ASGI", "GET", "answers/s", lambda: get_rate(f"http://127.0.0.1:{port}", paths))


def _library_limit() -> float:
    """Return the rate of pyca/cryptography alone on one core: parse, build, and sign without a server."""
    with scratch() as folder:
        ca, key = material.root(folder)
        leaf = material.issue(ca, key, material.csrs(1)[0][1])
        request = material.ocsp_request(leaf, ca, secrets.token_bytes(32))
    now = dt.datetime.now(dt.UTC)
    started, count = time.perf_counter(), 20_000
    for _ in range(count):
        nonce = ocsp.load_der_ocsp_request(request).extensions.get_extension_for_class(x509.OCSPNonce).value
        builder = ocsp.OCSPResponseBuilder().add_response(
            leaf, ca, hashes.SHA1(), ocsp.OCSPCertStatus.GOOD, now, now + dt.timedelta(days=1), None, None
        )
        responder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, ca).add_extension(nonce, False)
        responder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    return report("pyca/cryptography", "OCSP parse, build, sign", count / (time.perf_counter() - started), "answers/s")


if __name__ == "__main__":
    main()
