"""Preparation of the header and body of a response for signing."""

from __future__ import annotations

from pki_manager.domain.algorithms import SignatureAlgorithm
from pki_manager.domain.errors import InvalidInput
from pki_manager.x509.asn1 import der
from pki_manager.x509.lint.finding import Finding, Severity
from pki_manager.x509.prepare import Prepared, require_no_errors

_NOT_PROTECTED_PART = Finding(
    "cmp.protected_part",
    Severity.ERROR,
    "RFC 9810 §5.1.3",
    "a key that signs CMP responses signs a PKIHeader and a PKIBody, and nothing else",
    "message",
)


def prepare_protected_part(protected_part: bytes, algorithm: SignatureAlgorithm, spki_der: bytes) -> Prepared:
    """Prepare a ProtectedPart (DER) for signing.

    Raises LintRefused for other octets, because they could be read as another kind of object.
    """
    findings = () if _is_protected_part(protected_part) else (_NOT_PROTECTED_PART,)
    return require_no_errors(protected_part, algorithm, spki_der, findings)


def _is_protected_part(data: bytes) -> bool:
    """Return whether the data is a header that begins with its version, and a body.

    Certificates and CRLs begin in another way.
    """
    try:
        der.require_der(data, "message")
        parts = der.read_children(data)
        first = der.read_children(parts[0])[0]
    except (InvalidInput, IndexError):
        return False
    tags = data[0], len(parts), parts[0][0], first[0], parts[-1][0] & 0xE0
    return tags == (der.SEQUENCE, 2, der.SEQUENCE, der.INTEGER, 0xA0)
