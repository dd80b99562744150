"""Requests for a key that the server generates (RFC 7030 §4.4), and encoding of the key as CMS content (RFC 5958)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pki_manager.domain.errors import InvalidInput, Malformed
from pki_manager.domain.names import AlternativeName, DistinguishedName
from pki_manager.x509 import names, parse, pem
from pki_manager.x509.asn1 import der, tlv
from pki_manager.x509.asn1.oids import KEY_USAGE, SUBJECT_ALTERNATIVE_NAME
from pki_manager.x509.asn1.tlv import DerError, Tlv
from pki_manager.x509.cms import content
from pki_manager.x509.cms.enveloped import CIPHERS, ContentCipher

ASYMMETRIC_KEY_PACKAGE = "2.16.840.1.101.2.1.2.78.5"
"""The content type id-ct-KP-aKeyPackage (RFC 5958 §2)."""

_SMIME_CAPABILITIES = "1.2.840.113549.1.9.15"
_DECRYPT_KEY_ID = "1.2.840.113549.1.9.16.2.37"
_ASYMMETRIC_DECRYPT_KEY_ID = "1.2.840.113549.1.9.16.2.54"
_PROTECTION = (_SMIME_CAPABILITIES, _DECRYPT_KEY_ID, _ASYMMETRIC_DECRYPT_KEY_ID)

_KEY_ENCIPHERMENT = 0x20


@dataclass(frozen=True, slots=True)
class KeyProtection:
    """The encryption, in addition to TLS, that the client requests for its key (RFC 7030 §4.4.1).

    `key_id` is the identifier of the client's asymmetric key; None if the client named a symmetric key or no key.
    `ciphers` are the supported ones of its SMIMECapabilities, in the same order; None without that attribute.
    """

    key_id: bytes | None
    ciphers: tuple[ContentCipher, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerKeyRequest:
    """A PKCS #10 request whose public key and signature are ignored (RFC 7030 §4.4.1).

    `extensions` are the requested extensions besides alternative names, as pairs of dotted OID and value (DER).

    `protection` is None if the client requests no encryption in addition to TLS.
    """

    subject: DistinguishedName
    sans: tuple[AlternativeName, ...]
    extensions: tuple[tuple[str, bytes], ...]
    protection: KeyProtection | None


def parse_server_key_request(csr_der: bytes, field: str = "csr") -> ServerKeyRequest:
    """Read a request for a server-generated key (DER).

    Raises Malformed, TooLarge, or InvalidInput with `field` if it cannot be read; InvalidInput for alternative names of
    unsupported kinds.
    """
    request_der = pem.read(csr_der, pem.CSR_LABELS, field)
    der.require_der(request_der, field)
    _, subject, _, attributes = parse.load_csr(request_der, field)
    requested = parse.parse_extension_request(attributes, field)
    sans, other_names = parse.parse_alternative_names(requested.pop(SUBJECT_ALTERNATIVE_NAME, None), field)
    if other_names:
        kinds = ", ".join(dict.fromkeys(other_names))
        raise InvalidInput.of("sans", "san.kind", f"must not contain alternative names of these kinds: {kinds}")
    return ServerKeyRequest(
        subject=names.parse_dn_der(subject, field),
        sans=sans,
        extensions=tuple(requested.items()),
        protection=_protection(attributes, field),
    )


def allows_key_transport(certificate_der: bytes) -> bool:
    """Return whether a certificate permits key encryption: it has `keyEncipherment`, or no key usage (§4.4.1.2)."""
    _, usage = parse.parse_certificate_extensions(certificate_der).get(KEY_USAGE, (False, b""))
    return not usage or bool(der.read_content(usage)[1] & _KEY_ENCIPHERMENT)


def build_key_package(pkcs8_der: bytes) -> bytes:
    """Return an AsymmetricKeyPackage (DER, RFC 5958 §2) with one key."""
    return der.encode_sequence(pkcs8_der)


def _protection(attributes: bytes, field: str) -> KeyProtection | None:
    try:
        found = _attributes(tlv.read(attributes, 0, len(attributes)))
        return _read_protection(found) if found else None
    except DerError as error:
        message = f"has invalid attributes for the encryption of the key (RFC 7030 §4.4.1): {error}"
        raise Malformed.of(field, "csr.key_protection", message) from None


def _attributes(attributes: Tlv) -> Mapping[str, Tlv]:
    """Return the value of each attribute about the encryption of the key, by OID.

    Raises DerError for a repeated attribute, or one that does not have exactly one value.
    """
    found: dict[str, Tlv] = {}
    for attribute in attributes.children():
        kind, values = attribute.children()
        oid = content.read_oid(kind)
        if oid not in _PROTECTION:
            continue
        if oid in found:
            raise DerError(f"the attribute {oid} is repeated")
        found[oid] = tlv.read_only_child(values)
    return found


def _read_protection(found: Mapping[str, Tlv]) -> KeyProtection:
    named, capabilities = found.get(_ASYMMETRIC_DECRYPT_KEY_ID), found.get(_SMIME_CAPABILITIES)
    key_id = None if named is None else tlv.require_tag(named, tlv.OCTET_STRING).value
    return KeyProtection(
        key_id=None if _DECRYPT_KEY_ID in found else key_id,
        ciphers=None if capabilities is None else tuple(_ciphers(capabilities)),
    )


def _ciphers(capabilities: Tlv) -> list[ContentCipher]:
    """Return the supported ciphers of SMIMECapabilities (RFC 8551 §2.5.2), except legacy ones."""
    oids = [content.read_algorithm(one).oid for one in tlv.require_tag(capabilities, tlv.SEQUENCE).children()]
    return [CIPHERS[oid] for oid in oids if oid in CIPHERS and not CIPHERS[oid].is_legacy]
