"""The storage port of certificates."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from pki_manager.domain.certificate import Certificate, CertificateKind, CertificateState
from pki_manager.domain.names import AlternativeName
from pki_manager.domain.page import Page
from pki_manager.domain.rights.actor import Visibility


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFilter:
    """Conditions for certificates; all that are set must be met.

    `query` matches any part of a name, of the subject, or of the serial number, or a whole fingerprint. With fewer than
    three characters it matches the start of a name or a whole serial number. The times `*_from` are inclusive and
    `*_before` exclusive; `issued_*` are compared to the millisecond; certificates on hold do not count as revoked.
    `owner` is the owner ID of the requester. With `visible`, only certificates in at least one of its scopes match.
    """

    ca_id: UUID | None = None
    profile: str | None = None
    state: CertificateState | None = None
    query: str | None = None
    expires_before: datetime | None = None
    expires_from: datetime | None = None
    issued_from: datetime | None = None
    issued_before: datetime | None = None
    revoked_from: datetime | None = None
    revoked_before: datetime | None = None
    visible: Visibility | None = None
    issuer_key_id: UUID | None = None
    owner: str | None = None


class CertificateReader(Protocol):
    """Stored certificates."""

    def get(self, certificate_id: UUID) -> Certificate: ...

    def find_serial(self, issuer_key_id: UUID, serial: int) -> Certificate | None: ...

    def list_after(self, after: UUID | None, limit: int) -> Sequence[Certificate]:
        """Return certificates in the order of their IDs, from the first after `after`; None for the beginning."""
        ...

    def list_with_wrong_state(self, after: UUID | None, last: UUID) -> Sequence[UUID]:
        """Return the IDs of certificates whose listed state contradicts their revocation.

        Only IDs from `after` (exclusive) to `last` (inclusive) are checked.
        """
        ...

    def find_many(self, ids: Sequence[UUID]) -> Sequence[Certificate]:
        """Return the certificates that exist among these IDs, in any order."""
        ...

    def find_ids_by_serials(self, serials: Sequence[int]) -> Sequence[UUID]:
        """Return the IDs of certificates of any issuer that have one of the serial numbers."""
        ...

    def has_serial(self, issuer_key_id: UUID, serial: int) -> bool: ...

    def page(self, where: CertificateFilter, now: datetime, cursor: str | None, limit: int) -> Page[Certificate]:
        """List certificates, newest first. The database has an index for every condition."""
        ...

    def list_by_subject_key(self, issuer_key_id: UUID) -> Sequence[Certificate]:
        """Return the CA certificates that certify this key, newest first."""
        ...

    def find_by_subject_keys(self, issuer_key_ids: Collection[UUID]) -> Mapping[UUID, Sequence[Certificate]]:
        """Return the CA certificates of each key, by key ID, newest first."""
        ...

    def list_authorities_signed_by(self, issuer_key_id: UUID, now: datetime) -> Sequence[Certificate]:
        """Return the valid certificates of other CA keys that were signed with this key."""
        ...

    def list_by_key(self, spki_sha256: bytes) -> Sequence[Certificate]:
        """Return all certificates with this public key, issued by any CA, newest first."""
        ...

    def list_unexpired(
        self, issuer_key_id: UUID, now: datetime, after: UUID | None, limit: int
    ) -> Sequence[Certificate]:
        """Return unexpired certificates of an issuer key after the ID `after`, in the order of their IDs.

        The background worker pre-signs their OCSP responses in batches.
        """
        ...

    def find_newest(
        self, ca_id: UUID, profile: str, requested_by: str, issuer_key_id: UUID | None = None
    ) -> Certificate | None:
        """Return the newest certificate of a profile that a requester got from a CA or one of its keys, or None.

        The installation finds its own TLS and OCSP signing certificates in this way.
        """
        ...

    def find_newest_by_keys(
        self, issuer_key_ids: Collection[UUID], profile: str, requested_by: str
    ) -> Mapping[UUID, Certificate]:
        """Return the newest certificate of a profile that a requester got from each issuer key, by key ID."""
        ...

    def find_used_names(self, names: Collection[AlternativeName]) -> frozenset[AlternativeName]:
        """Return which of the names are, or were, in a certificate."""
        ...

    def list_with_name(self, name: AlternativeName, profile: str, now: datetime, limit: int) -> Sequence[Certificate]:
        """Return valid certificates of a profile that contain the name, newest first."""
        ...


class Certificates(CertificateReader, Protocol):
    """Stored certificates that a transaction can change."""

    def add(self, certificate: Certificate) -> None:
        """Store a certificate. Raises Conflict if the issuer has used the serial number already."""
        ...

    def add_reserved(self, certificate: Certificate) -> None:
        """Store a certificate whose serial number an enrollment has reserved.

        The row is written together with those of other units of work in the commit. If the database refuses it, the
        commit fails for all of them.
        """
        ...

    def certify(self, certificate_id: UUID, subject_key_id: UUID, kind: CertificateKind) -> None:
        """Store that the certificate certifies this issuer key."""
        ...

    def delete(self, certificate_id: UUID) -> None:
        """Delete a certificate and its names. Raises NotFound if it does not exist.

        A revocation stays, and the serial number stays used.
        """
        ...


class TextIndexReader(Protocol):
    def has_queued(self) -> bool:
        """Return whether certificates are not yet in the text index. Queries find them anyway."""
        ...


class TextIndex(TextIndexReader, Protocol):
    def fill(self) -> int:
        """Add certificates to the text index that are not yet in it, a limited number in one call. Returns how many."""
        ...
