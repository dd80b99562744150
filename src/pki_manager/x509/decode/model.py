"""What decoding gives: one value for every kind of object, plain enough to be answered as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"


class ObjectKind(StrEnum):
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
    """`value` by the extension's own syntax; of one that is unknown or malformed the DER in hexadecimal."""

    oid: str
    name: str
    critical: bool
    value: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedKey:
    """`type` as in the algorithm table where it is one of ours; `size` in bits."""

    type: str
    size: int | None
    spki_sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """One object. What its kind does not have is None or empty; nothing of a private key is here but its type.

    Text of the object's own is shown with invisible characters as escapes; octets are lower-case hex. `label` is that
    of its PEM block, `size` in octets of DER, `sans` are those of a certificate or wanted by a request, `details` what
    only this kind has, `contents` the objects inside it.
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
