"""Trust in a server by the fingerprint of its root certificate."""

from __future__ import annotations

import hashlib
import ssl

import httpx2

from pki_manager_client.errors import TrustError


def fetch_root(status_url: str, fingerprint: str, *, timeout: float = 30.0) -> str:
    """Return the root certificate of an installation as PEM, for `Client(ca_pem=…)`.

    `status_url` is the base URL of the status listener. `fingerprint` is the SHA-256 fingerprint in hex, with or
    without colons. Get it over another channel. Raises TrustError if the certificate has another one.
    """
    response = httpx2.get(f"{status_url.rstrip('/')}/root.pem", timeout=timeout, trust_env=False)
    response.raise_for_status()
    pem = response.text
    found = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem.strip())).hexdigest()
    if found != fingerprint.replace(":", "").strip().lower():
        raise TrustError(f"The root certificate of {status_url} has the fingerprint {found}.")
    return pem
