"""Certificates as they are stored, and their state at a point in time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pki_manager.domain.names import AlternativeName, DistinguishedName, NameConstraints
from pki_manager.domain.request import KeyFacts
from pki_manager.domain.revocation import Revocation, RevocationReason


@dataclass(frozen=True, slots=True)
class Validity:
    """The validity period: notBefore and notAfter, whole seconds UTC, both inclusive (RFC 5280 §4.1.2.5)."""

    not_before: datetime
    not_after: datetime

    def contains(self, moment: datetime) -> bool:
        return self.not_before <= moment <= self.not_after


class CertificateState(StrEnum):
    """The state of a certificate at a point in time."""

    VALID = "valid"
    HELD = "held"
    REVOKED = "revoked"
    EXPIRED = "expired"


class CertificateKind(StrEnum):
    """Relation of a certificate to the CAs of this installation."""

    END_ENTITY = "end-entity"
    SELF_SIGNED = "self-signed"
    ISSUED = "issued"
    CROSS = "cross"


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """An issued certificate. `serial` is unique for each issuer name; `der` is the whole certificate.

    `subject` is RFC 4514 text; hashes are raw octets. `subject_key_id` is the issuer key that a CA certificate
    certifies, None for end entities. `renews` is the certificate that this one replaces, `renewed_by` the newest that
    replaces it. `ignored_extensions` are the dotted OIDs of requested extensions that were ignored.
    """

    id: UUID
    ca_id: UUID
    issuer_key_id: UUID
    subject_key_id: UUID | None
    kind: CertificateKind
    profile: str
    profile_version: int
    serial: int
    issuer_name_sha256: bytes
    subject: str
    sans: tuple[AlternativeName, ...]
    validity: Validity
    key_type: str
    spki_sha256: bytes
    fingerprint_sha256: bytes
    der: bytes
    requested_by: str
    owner_id: str | None
    team_id: UUID | None
    renews: UUID | None
    plan_sha256: bytes
    lint_version: str
    created_at: datetime
    revocation: Revocation | None = None
    renewed_by: UUID | None = None
    ignored_extensions: tuple[str, ...] = ()

    def is_self_signed(self) -> bool:
        """Return whether the certificate is signed by the key that it certifies."""
        return self.subject_key_id == self.issuer_key_id

    def state(self, now: datetime) -> CertificateState:
        """Return the state at `now`. A revoked certificate stays revoked after it expires."""
        if self.revocation is not None:
            held = self.revocation.reason is RevocationReason.CERTIFICATE_HOLD
            return CertificateState.HELD if held else CertificateState.REVOKED
        return CertificateState.EXPIRED if now > self.validity.not_after else CertificateState.VALID


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFacts:
    """The contents of a certificate, as read from its bytes.

    `tbs_der`, `subject_der`, and `issuer_der` are slices of it. `path_length` and `name_constraints` are those of this
    certificate alone; `other_names` describes SAN entries of kinds that PKI Manager does not issue.
    """

    tbs_der: bytes
    serial: int
    subject: DistinguishedName
    subject_der: bytes
    issuer_der: bytes
    validity: Validity
    key: KeyFacts
    sans: tuple[AlternativeName, ...]
    other_names: tuple[str, ...]
    is_ca: bool
    path_length: int | None
    name_constraints: NameConstraints
    subject_key_identifier: bytes | None


def parse_possible_serials(text: str) -> tuple[int, ...]:
    """Return the serial numbers that a text can mean: none, one, or two if it can be hex and decimal.

    Accepts upper and lower case, colons or spaces between octets, and leading zeros; `0x` means hex.
    """
    digits = text.strip().lower().replace(":", "").replace(" ", "")
    hexadecimal = digits.removeprefix("0x")
    if _HEX.fullmatch(hexadecimal) is None:
        return ()
    number = int(hexadecimal, 16)
    if digits == hexadecimal and digits == text.strip() and digits.isdecimal():
        return tuple(dict.fromkeys((number, int(digits))))
    return (number,)


_HEX = re.compile(r"[0-9a-f]{1,80}", re.ASCII)


def format_serial(serial: int) -> str:
    """Return a serial number as text: lower-case hex, no separators, an even number of digits."""
    text = f"{serial:x}"
    return text if len(text) % 2 == 0 else "0" + text
