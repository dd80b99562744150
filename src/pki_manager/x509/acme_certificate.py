"""Strict reader of the certificate that a server presents for tls-alpn-01 (RFC 8737 §3)."""

from __future__ import annotations

from pki_manager.domain.acme.proof import AlpnCertificate
from pki_manager.domain.errors import Malformed
from pki_manager.x509 import general_names, parse
from pki_manager.x509.asn1 import der
from pki_manager.x509.asn1.oids import ACME_IDENTIFIER, SUBJECT_ALTERNATIVE_NAME

_FIELD = "certificate"
_AUTHORIZATION = bytes((der.OCTET_STRING, 32))
"""The tag and length octets of Authorization ::= OCTET STRING (SIZE (32))."""


def read(certificate_der: bytes) -> AlpnCertificate:
    """Return the names and acmeIdentifier of a certificate (DER); its signature is not verified.

    Policy decides whether it proves control of a name. Raises TooLarge if it is too large; Malformed if it is not a
    version 3 certificate, repeats an extension, has no critical acmeIdentifier of 32 octets, or has a name of an
    unknown kind.
    """
    extensions = parse.parse_certificate_extensions(certificate_der, _FIELD)
    is_critical, value = extensions.get(ACME_IDENTIFIER, (False, b""))
    if not is_critical:
        raise Malformed.of(_FIELD, "acme.alpn_identifier", "has no critical acmeIdentifier extension (RFC 8737 §3)")
    if value[:2] != _AUTHORIZATION or len(value) != len(_AUTHORIZATION) + _AUTHORIZATION[1]:
        raise Malformed.of(
            _FIELD, "acme.alpn_identifier", "has an acmeIdentifier extension that is not 32 bytes long (RFC 8737 §3)"
        )
    _, names = extensions.get(SUBJECT_ALTERNATIVE_NAME, (False, b"\x30\x00"))
    der.require_der(names, _FIELD)
    if names[0] != der.SEQUENCE:
        raise Malformed.of(_FIELD, "san.form", "has a subjectAltName that is not a list of names (RFC 5280 §4.2.1.6)")
    sans, others = general_names.read(names, _FIELD)
    if others:
        raise Malformed.of(_FIELD, "acme.alpn_names", "has a name that is not an ACME identifier (RFC 8737 §3)")
    return AlpnCertificate(sans, value[len(_AUTHORIZATION) :])
