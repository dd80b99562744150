"""Download of a root certificate from a status listener, with verification of its fingerprint before any use."""

from __future__ import annotations

import re
from hashlib import sha256
from urllib.parse import urlsplit

from pki_manager.domain.errors import InvalidInput, Malformed, NotFound, PartUnavailable, PolicyRefused
from pki_manager.domain.trust.fingerprint import parse_fingerprint

_MAX_SIZE = 64 * 1024
_TIMEOUT = 10.0
_OK, _NOT_FOUND = 200, 404
_SHA1 = re.compile(r"[0-9a-f]{40}")


def require_fingerprint(text: str) -> bytes:
    """Return the octets of a SHA-256 fingerprint. Raises InvalidInput if the text is not one."""
    fingerprint = parse_fingerprint(text)
    if fingerprint is not None:
        return fingerprint
    digits = re.sub(r"[\s:]", "", text).lower()
    hint = "; this one is SHA-1" if _SHA1.fullmatch(digits) else f", not {text!r}"
    message = f"must be a SHA-256 fingerprint of 64 hexadecimal digits{hint}"
    raise InvalidInput.of("--fingerprint", "fingerprint.form", message)


def fetch_root(url: str, fingerprint: bytes) -> bytes:
    """Return the root certificate (DER) with that fingerprint from the status listener at `url`.

    Raises PolicyRefused if the listener offers another certificate, NotFound or Malformed if it offers none,
    PartUnavailable if it cannot be reached, and InvalidInput if `url` is not the URL of a listener.
    """
    base = _require_base(url)
    first = _get_der(f"{base}/root.pem")
    if first is not None and sha256(first).digest() == fingerprint:
        return first
    # The installation can have several roots.
    other = _get_der(f"{base}/roots/{fingerprint.hex()}.pem")
    if other is not None and sha256(other).digest() == fingerprint:
        return other
    offered = first if first is not None else other
    if offered is None:
        raise NotFound(f"{base} has no root certificate. Pass the URL of the status listener, for example port 8081.")
    raise PolicyRefused(
        f"The root certificate of {base} has the SHA-256 fingerprint {sha256(offered).hexdigest()}, and not "
        f"{fingerprint.hex()}. Nothing was written. Ask your administrator for the fingerprint and the URL."
    )


def require_root(content: bytes, field: str) -> bytes:
    """Return the DER bytes of the root certificate in a PEM or DER file.

    Raises Malformed if the file is not exactly one certificate, and PolicyRefused if the certificate is not a
    self-issued CA certificate.
    """
    from pki_manager.x509 import parse, pem

    der = pem.read(content, [pem.CERTIFICATE], field)
    facts = parse.parse_certificate(der, field)
    if not facts.is_ca or facts.subject_der != facts.issuer_der:
        raise PolicyRefused("The certificate is not a root: it must be a self-issued CA certificate. Nothing was done.")
    return der


def _get_der(url: str) -> bytes | None:
    """Return the DER bytes of the certificate at `url`, or None if the response is HTTP 404."""
    from pki_manager.x509 import pem

    status, body = _get(url)
    if status == _NOT_FOUND:
        return None
    if status != _OK:
        raise PartUnavailable(f"{url} returned HTTP {status}.")
    try:
        return pem.read_one(body, [pem.CERTIFICATE], "--url")
    except Malformed:
        message = f"must be the URL of a status listener; {url} returned no certificate"
        raise Malformed.of("--url", "trust.certificate", message) from None


def _get(url: str) -> tuple[int, bytes]:
    import httpx2

    try:
        with (
            httpx2.Client(timeout=_TIMEOUT, follow_redirects=False, trust_env=False) as client,
            client.stream("GET", url) as response,
        ):
            body = b""
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > _MAX_SIZE:
                    message = f"must be the URL of a status listener; {url} returned more than {_MAX_SIZE} bytes"
                    raise Malformed.of("--url", "trust.size", message)
            return response.status_code, body
    except httpx2.HTTPError as error:
        raise PartUnavailable(f"The request to {url} failed: {error}.") from None


def _require_base(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        message = f"must be the URL of a status listener such as http://pki.example.com:8081, not {url!r}"
        raise InvalidInput.of("--url", "url.base", message)
    return url.rstrip("/")
