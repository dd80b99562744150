"""The result of decoding: one type for every kind of object, simple enough for JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"


class ObjectKind(StrEnum):
    """The kinds of decoded objects."""

    CERTIFICATE = "certificate"
    REQUEST = "certificate-request"
    CRL = "crl"
    OCSP_REQUEST = "ocsp-request"
    OCSP_RESPONSE = "ocsp-response"
    PKCS7 = "pkcs7"
    PKCS12 = "pkcs12"
    PUBLIC_KEY = "public-key"
    PRIVATE_KEY = "private-key"
    ENCRYPTED_PRIVATE_KEY = "encrypted-private-key"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedExtension:
    """One extension. `value` is text; for an unknown or malformed extension, it is the DER in hex."""

    oid: str
    name: str
    critical: bool
    value: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedKey:
    """One key. `type` is its name in the algorithm table if it is supported; `size` is in bits."""

    type: str
    size: int | None
    spki_sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """The description of one object. Fields that its kind does not have are None or empty.

    Of a private key, only the type is known. Text of the object is shown with invisible characters as escapes; octets
    are lower-case hex. `label` is the label of its PEM block, `size` is in octets of DER, `sans` are the alternative
    names of a certificate or request, `details` are values that only this kind has, and `contents` are the objects
    inside it.
    """

    kind: ObjectKind
    label: str | None
    size: int
    fingerprint_sha256: str | None = None
    fingerprint_sha1: str | None = None
    version: int | None = None
    serial_number: str | None = None
    subject: str | None = None
    issuer: str | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None
    sans: tuple[str, ...] = ()
    key: DecodedKey | None = None
    signature_algorithm: str | None = None
    extensions: tuple[DecodedExtension, ...] = ()
    details: dict[str, Json] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    contents: tuple[Decoded, ...] = ()
