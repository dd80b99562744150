"""Configuration profiles of Apple devices (`.mobileconfig`) that install a root certificate."""

from __future__ import annotations

import plistlib
from hashlib import sha256
from uuid import NAMESPACE_OID, uuid5

_PREFIX = "pki-manager.root"


def build_root_profile(name: str, der: bytes) -> bytes:
    """Return an unsigned profile with one root certificate. The same certificate gives the same bytes.

    `name` is the name that the device shows; `der` is the certificate.
    """
    fingerprint = sha256(der).hexdigest()
    root = {
        "PayloadType": "com.apple.security.root",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"{_PREFIX}.{fingerprint}.certificate",
        "PayloadUUID": str(uuid5(NAMESPACE_OID, f"{fingerprint}.certificate")).upper(),
        "PayloadDisplayName": name,
        "PayloadCertificateFileName": "root.cer",
        "PayloadContent": der,
    }
    profile = {
        "PayloadType": "Configuration",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"{_PREFIX}.{fingerprint}",
        "PayloadUUID": str(uuid5(NAMESPACE_OID, fingerprint)).upper(),
        "PayloadDisplayName": f"Root certificate: {name}",
        "PayloadDescription": f"Installs the root certificate with the SHA-256 fingerprint {fingerprint}.",
        "PayloadContent": [root],
    }
    return plistlib.dumps(profile)
