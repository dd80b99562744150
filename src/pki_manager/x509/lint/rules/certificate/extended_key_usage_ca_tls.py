from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule

_NAMES = {oid_octets.SERVER_AUTH: "serverAuth", oid_octets.CLIENT_AUTH: "clientAuth"}


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    purposes = set(certificate.extended_key_usage or ())
    missing = [name for oid, name in _NAMES.items() if oid not in purposes]
    if len(missing) == 1 and oid_octets.ANY_EXTENDED_KEY_USAGE not in purposes:
        message = f"without {missing[0]}, TLS and EAP-TLS peers reject such certificates of the CA"
        yield Breach("extensions.extKeyUsage", message)


RULE = FrameRule(
    id="certificate.extended_key_usage_ca_tls",
    # OpenSSL, and so FreeRADIUS and hostapd, applies the purposes of every CA certificate to the path, and ends with
    # "unsupported certificate purpose" at a CA that has serverAuth only (github.com/openssl/openssl/issues/20090).
    requirement=(
        "A CA certificate with one of serverAuth and clientAuth has both. EAP-TLS needs a certificate of each purpose, "
        "and clients apply the purposes of a CA to all certificates below it."
    ),
    citation="RFC 5280 §4.2.1.12, RFC 5216 §5.3",
    since=date(2008, 5, 1),
    severity=Severity.WARNING,
    applies_to=lambda certificate: certificate.is_ca and certificate.extended_key_usage is not None,
    check=_check,
)
