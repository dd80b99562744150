"""Certificates of registration authorities that forward the requests of devices (RFC 9483 §5.2)."""

from __future__ import annotations

from cryptography import x509

CMC_RA = "1.3.6.1.5.5.7.3.28"
"""id-kp-cmcRA (RFC 6402 §2.10)."""


def is_ra_certificate(certificate_der: bytes) -> bool:
    """Return whether a certificate (DER) has the extended key usage id-kp-cmcRA."""
    try:
        found = x509.load_der_x509_certificate(certificate_der).extensions.get_extension_for_class(
            x509.ExtendedKeyUsage
        )
    except x509.ExtensionNotFound:
        return False
    return any(one.dotted_string == CMC_RA for one in found.value)
