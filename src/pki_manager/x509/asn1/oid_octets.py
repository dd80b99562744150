"""Object identifiers as encoded content octets, so that they can be compared without decoding."""

from __future__ import annotations

from typing import Final


def encode_oid(dotted_oid: str) -> bytes:
    """Return the content octets of a dotted OID (X.690 §8.19)."""
    first, second, *rest = (int(arc) for arc in dotted_oid.split("."))
    out = bytearray()
    for arc in (first * 40 + second, *rest):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(arc & 0x7F | 0x80)
        out.extend(reversed(groups))
    return bytes(out)


def decode_oid(content: bytes) -> str:
    """Return content octets as dotted text, or as hex if they are not an OID."""
    arcs: list[int] = []
    arc = 0
    for octet in content:
        arc = arc << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(arc)
            arc = 0
    if not arcs or content[-1] & 0x80:
        return f"#{content.hex()}"
    first = min(arcs[0] // 40, 2)
    return ".".join(str(number) for number in (first, arcs[0] - first * 40, *arcs[1:]))


SUBJECT_DIRECTORY_ATTRIBUTES: Final = encode_oid("2.5.29.9")
SUBJECT_KEY_IDENTIFIER: Final = encode_oid("2.5.29.14")
KEY_USAGE: Final = encode_oid("2.5.29.15")
SUBJECT_ALT_NAME: Final = encode_oid("2.5.29.17")
ISSUER_ALT_NAME: Final = encode_oid("2.5.29.18")
BASIC_CONSTRAINTS: Final = encode_oid("2.5.29.19")
CRL_NUMBER: Final = encode_oid("2.5.29.20")
REASON_CODE: Final = encode_oid("2.5.29.21")
INVALIDITY_DATE: Final = encode_oid("2.5.29.24")
DELTA_CRL_INDICATOR: Final = encode_oid("2.5.29.27")
ISSUING_DISTRIBUTION_POINT: Final = encode_oid("2.5.29.28")
CERTIFICATE_ISSUER: Final = encode_oid("2.5.29.29")
NAME_CONSTRAINTS: Final = encode_oid("2.5.29.30")
CRL_DISTRIBUTION_POINTS: Final = encode_oid("2.5.29.31")
CERTIFICATE_POLICIES: Final = encode_oid("2.5.29.32")
POLICY_MAPPINGS: Final = encode_oid("2.5.29.33")
AUTHORITY_KEY_IDENTIFIER: Final = encode_oid("2.5.29.35")
POLICY_CONSTRAINTS: Final = encode_oid("2.5.29.36")
EXTENDED_KEY_USAGE: Final = encode_oid("2.5.29.37")
FRESHEST_CRL: Final = encode_oid("2.5.29.46")
INHIBIT_ANY_POLICY: Final = encode_oid("2.5.29.54")
NO_REV_AVAIL: Final = encode_oid("2.5.29.56")
ANY_POLICY: Final = encode_oid("2.5.29.32.0")
CPS_QUALIFIER: Final = encode_oid("1.3.6.1.5.5.7.2.1")
USER_NOTICE: Final = encode_oid("1.3.6.1.5.5.7.2.2")
ACCESS_OCSP: Final = encode_oid("1.3.6.1.5.5.7.48.1")
ACCESS_CA_ISSUERS: Final = encode_oid("1.3.6.1.5.5.7.48.2")
SMTP_UTF8_MAILBOX: Final = encode_oid("1.3.6.1.5.5.7.8.9")
AUTHORITY_INFO_ACCESS: Final = encode_oid("1.3.6.1.5.5.7.1.1")
SUBJECT_INFO_ACCESS: Final = encode_oid("1.3.6.1.5.5.7.1.11")
OCSP_BASIC: Final = encode_oid("1.3.6.1.5.5.7.48.1.1")
OCSP_NONCE: Final = encode_oid("1.3.6.1.5.5.7.48.1.2")
OCSP_ARCHIVE_CUTOFF: Final = encode_oid("1.3.6.1.5.5.7.48.1.6")
OCSP_EXTENDED_REVOKE: Final = encode_oid("1.3.6.1.5.5.7.48.1.9")
OCSP_NOCHECK: Final = encode_oid("1.3.6.1.5.5.7.48.1.5")

ANY_EXTENDED_KEY_USAGE: Final = encode_oid("2.5.29.37.0")
SERVER_AUTH: Final = encode_oid("1.3.6.1.5.5.7.3.1")
CLIENT_AUTH: Final = encode_oid("1.3.6.1.5.5.7.3.2")
CODE_SIGNING: Final = encode_oid("1.3.6.1.5.5.7.3.3")
EMAIL_PROTECTION: Final = encode_oid("1.3.6.1.5.5.7.3.4")
TIME_STAMPING: Final = encode_oid("1.3.6.1.5.5.7.3.8")
OCSP_SIGNING: Final = encode_oid("1.3.6.1.5.5.7.3.9")
DOCUMENT_SIGNING: Final = encode_oid("1.3.6.1.5.5.7.3.36")

SECURITY_IDENTIFIER: Final = encode_oid("1.3.6.1.4.1.311.25.2")
CERTIFICATE_TEMPLATE: Final = encode_oid("1.3.6.1.4.1.311.21.7")
TEMPLATE_NAME: Final = encode_oid("1.3.6.1.4.1.311.20.2")
SID_STRING: Final = encode_oid("1.3.6.1.4.1.311.25.2.1")

COMMON_NAME: Final = encode_oid("2.5.4.3")
EMAIL_ADDRESS: Final = encode_oid("1.2.840.113549.1.9.1")
COUNTRY: Final = encode_oid("2.5.4.6")

RSA_ENCRYPTION: Final = encode_oid("1.2.840.113549.1.1.1")
RSA_PSS: Final = encode_oid("1.2.840.113549.1.1.10")
DSA: Final = encode_oid("1.2.840.10040.4.1")
EC_PUBLIC_KEY: Final = encode_oid("1.2.840.10045.2.1")
ED25519: Final = encode_oid("1.3.101.112")
ED448: Final = encode_oid("1.3.101.113")
X25519: Final = encode_oid("1.3.101.110")
X448: Final = encode_oid("1.3.101.111")
ML_DSA_44: Final = encode_oid("2.16.840.1.101.3.4.3.17")
ML_DSA_65: Final = encode_oid("2.16.840.1.101.3.4.3.18")
ML_DSA_87: Final = encode_oid("2.16.840.1.101.3.4.3.19")
ML_KEM_512: Final = encode_oid("2.16.840.1.101.3.4.4.1")
ML_KEM_768: Final = encode_oid("2.16.840.1.101.3.4.4.2")
ML_KEM_1024: Final = encode_oid("2.16.840.1.101.3.4.4.3")
MGF1: Final = encode_oid("1.2.840.113549.1.1.8")
SHA1: Final = encode_oid("1.3.14.3.2.26")
SHA256: Final = encode_oid("2.16.840.1.101.3.4.2.1")
SHA384: Final = encode_oid("2.16.840.1.101.3.4.2.2")
SHA512: Final = encode_oid("2.16.840.1.101.3.4.2.3")
