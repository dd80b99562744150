"""CSR attributes (RFC 7030 §4.5.2, RFC 9908 §3.2): what a client should put into its CSR."""

from __future__ import annotations

from pki_manager.domain.algorithms import KeyFamily, KeyType
from pki_manager.x509.asn1 import der

_SET = 0x31
_EXTENSION_REQUEST = "1.2.840.113549.1.9.14"
_RSA = "1.2.840.113549.1.1.1"
_EC = "1.2.840.10045.2.1"
_CURVES = {"secp256r1": "1.2.840.10045.3.1.7", "secp384r1": "1.3.132.0.34", "secp521r1": "1.3.132.0.35"}


def encode_csr_attributes(key_type: KeyType, *, extensions: bool) -> bytes:
    """Return CsrAttrs (DER): the key type with its size or curve, the signature algorithm, and extensions.

    With `extensions`, the client is asked for the attribute extensionRequest, which contains alternative names.
    """
    attributes = [_key_attribute(key_type)]
    if key_type.signatures:
        attributes.append(der.oid(key_type.signature.oid))
    if extensions:
        attributes.append(der.oid(_EXTENSION_REQUEST))
    return der.encode_sequence(*filter(None, attributes))


def _key_attribute(key_type: KeyType) -> bytes:
    """Return the attribute of an RSA or EC key; nothing for other keys, which the signature algorithm determines."""
    if key_type.family is KeyFamily.RSA:
        return der.encode_sequence(der.oid(_RSA), der.encode(_SET, der.integer(key_type.size)))
    if key_type.curve in _CURVES:
        return der.encode_sequence(der.oid(_EC), der.encode(_SET, der.oid(_CURVES[key_type.curve])))
    return b""
