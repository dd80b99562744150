from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.ocsp_view import OcspView
from pki_manager.x509.asn1.oid_octets import encode_oid
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule

_LENGTHS = {
    encode_oid("1.3.14.3.2.26"): 20,
    encode_oid("2.16.840.1.101.3.4.2.1"): 32,
    encode_oid("2.16.840.1.101.3.4.2.2"): 48,
    encode_oid("2.16.840.1.101.3.4.2.3"): 64,
}


def _check(ocsp: OcspView) -> Iterator[Breach]:
    for single in ocsp.basic.responses:
        length = _LENGTHS.get(single.cert_id.hash_algorithm)
        hashes = (single.cert_id.issuer_name_hash, single.cert_id.issuer_key_hash)
        if length is None or any(len(octets) != length for octets in hashes):
            yield Breach("tbsResponseData.responses.certID", "the hashes are not of their algorithm's length")


RULE: Rule[OcspView] = Rule(
    id="ocsp.cert_id_hash_length",
    requirement="The hashes of a CertID have the length of their algorithm.",
    citation="RFC 6960 §4.1.1",
    since=date(2013, 6, 1),
    severity=Severity.ERROR,
    applies_to=lambda ocsp: ocsp.has_basic,
    check=_check,
)
