"""Revocations, their reasons and codes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pki_manager.domain.errors import Conflict, InvalidInput


class RevocationReason(StrEnum):
    """Revocation reason (CRLReason) by its RFC 5280 §5.3.1 name.

    `aACompromise` applies to attribute certificates. It is accepted in imported CRLs and cannot be set here.
    """

    UNSPECIFIED = "unspecified"
    KEY_COMPROMISE = "keyCompromise"
    CA_COMPROMISE = "cACompromise"
    AFFILIATION_CHANGED = "affiliationChanged"
    SUPERSEDED = "superseded"
    CESSATION_OF_OPERATION = "cessationOfOperation"
    CERTIFICATE_HOLD = "certificateHold"
    PRIVILEGE_WITHDRAWN = "privilegeWithdrawn"
    AA_COMPROMISE = "aACompromise"

    @property
    def crl_code(self) -> int:
        """Return the ENUMERATED value of CRLReason. 7 is unused, and removeFromCRL (8) is not a revocation reason."""
        return _CODES[self]

    @classmethod
    def parse(cls, text: str, field: str = "reason") -> RevocationReason:
        """Return the reason with this exact RFC 5280 name. Raises InvalidInput with `field` if there is none."""
        try:
            return cls(text)
        except ValueError:
            known = ", ".join(cls)
            message = f"must be one of {known}, not {text!r}"
            raise InvalidInput.of(field, "revocation_reason.known", message) from None


_CODES = {
    RevocationReason.UNSPECIFIED: 0,
    RevocationReason.KEY_COMPROMISE: 1,
    RevocationReason.CA_COMPROMISE: 2,
    RevocationReason.AFFILIATION_CHANGED: 3,
    RevocationReason.SUPERSEDED: 4,
    RevocationReason.CESSATION_OF_OPERATION: 5,
    RevocationReason.CERTIFICATE_HOLD: 6,
    RevocationReason.PRIVILEGE_WITHDRAWN: 9,
    RevocationReason.AA_COMPROMISE: 10,
}


@dataclass(frozen=True, slots=True)
class Revocation:
    """The revocation of a serial number of an issuer key.

    `certificate_id` is None for a burned serial number: an issuance that was recorded before signing, may have been
    signed, and never completed. `not_after` is the expiration of the certificate: the entry stays on CRLs until a CRL
    has been issued after that time (RFC 5280 §3.3).
    """

    issuer_key_id: UUID
    serial: int
    certificate_id: UUID | None
    reason: RevocationReason
    time: datetime
    invalidity_date: datetime | None
    not_after: datetime

    @property
    def is_hold(self) -> bool:
        return self.reason is RevocationReason.CERTIFICATE_HOLD

    @property
    def entry(self) -> RevokedEntry:
        """Return the CRL entry of this revocation."""
        return RevokedEntry(self.serial, self.time, self.reason, self.invalidity_date)

    def can_become(self, reason: RevocationReason) -> bool:
        """Return whether the revocation can be changed to that reason (see `superseded`)."""
        return reason is not self.reason and (self.is_hold or reason in _COMPROMISES)

    def superseded(self, reason: RevocationReason, invalidity_date: datetime | None) -> Revocation:
        """Return a copy of the revocation with another reason: for a hold any other, else only a compromise.

        The revocation date stays, as X.509 §9.5.3.1 requires for holds. The invalidity date becomes the earlier of the
        known ones (RFC 5280 §5.3.2). Raises Conflict for any other change of the reason.
        """
        if not self.can_become(reason):
            raise Conflict("The certificate is already revoked.")
        known = [date for date in (self.invalidity_date, invalidity_date) if date is not None]
        return replace(self, reason=reason, invalidity_date=min(known, default=None))


_COMPROMISES = (RevocationReason.KEY_COMPROMISE, RevocationReason.CA_COMPROMISE, RevocationReason.AA_COMPROMISE)


@dataclass(frozen=True, slots=True)
class RevokedEntry:
    """The values of a CRL entry; `reason` is its RFC 5280 §5.3.1 name."""

    serial: int
    time: datetime
    reason: str
    invalidity_date: datetime | None
