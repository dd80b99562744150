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
    """All given conditions must hold.

    `query` matches any part of a name, of the subject, or of the serial number, or a whole fingerprint; one of fewer
    than three characters matches the start of a name or a whole serial number.
    Of times, `*_from` is within and `*_before` without; `issued_*` to the millisecond; what is on hold is not revoked.
    `owner` is who asked for it, as an owner id. `visible` keeps back what lies in none of its scopes.
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
        """Return certificates in the order of their IDs, after `after`; None for the first ones."""
        ...

    def with_wrong_state(self, after: UUID | None, last: UUID) -> Sequence[UUID]:
        """Return certificates from `after` (exclusive) to `last` whose listed state contradicts their revocation."""
        ...

    def of_ids(self, ids: Sequence[UUID]) -> Sequence[Certificate]:
        """Return the certificates that exist, in any order."""
        ...

    def ids_of_serials(self, serials: Sequence[int]) -> Sequence[UUID]:
        """Return the IDs of certificates of any issuer that have one of these serial numbers."""
        ...

    def has_serial(self, issuer_key_id: UUID, serial: int) -> bool: ...

    def page(self, where: CertificateFilter, now: datetime, cursor: str | None, limit: int) -> Page[Certificate]:
        """List certificates, newest first. Every filter is answered by an index."""
        ...

    def of_subject_key(self, issuer_key_id: UUID) -> Sequence[Certificate]:
        """Return the CA certificates that certify this key, newest first."""
        ...

    def of_subject_keys(self, issuer_key_ids: Collection[UUID]) -> Mapping[UUID, Sequence[Certificate]]:
        """Return the CA certificates of each key, by key ID, newest first."""
        ...

    def authorities_by(self, issuer_key_id: UUID, now: datetime) -> Sequence[Certificate]:
        """Return the valid certificates of other CA keys that this key has signed."""
        ...

    def of_key(self, spki_sha256: bytes) -> Sequence[Certificate]:
        """Return all certificates with that public key, of any CA, newest first."""
        ...

    def unexpired(self, issuer_key_id: UUID, now: datetime, after: UUID | None, limit: int) -> Sequence[Certificate]:
        """Return unexpired certificates of the key after that ID, by ID, for pre-signing in batches."""
        ...

    def newest(
        self, ca_id: UUID, profile: str, requested_by: str, issuer_key_id: UUID | None = None
    ) -> Certificate | None:
        """Return the newest certificate of a profile that this requester got from the CA or its key, or None.

        The installation finds its own TLS and OCSP signing certificates in this way.
        """
        ...

    def newest_of_keys(
        self, issuer_key_ids: Collection[UUID], profile: str, requested_by: str
    ) -> Mapping[UUID, Certificate]:
        """Return the newest certificate of a profile that this requester got from each issuer key, by key ID."""
        ...

    def known_names(self, names: Collection[AlternativeName]) -> frozenset[AlternativeName]:
        """Return those of the names that a certificate has or had."""
        ...

    def with_name(self, name: AlternativeName, profile: str, now: datetime, limit: int) -> Sequence[Certificate]:
        """Return valid certificates of a profile with that name among others, newest first."""
        ...


class Certificates(CertificateReader, Protocol):
    """Stored certificates that a transaction can change."""

    def add(self, certificate: Certificate) -> None:
        """Store a certificate. Raises Conflict if the issuer name has that serial number already."""
        ...

    def add_reserved(self, certificate: Certificate) -> None:
        """Store a certificate whose serial number an enrollment reserved, with others of the same commit.

        If the database refuses it, the commit fails for all of its units.
        """
        ...

    def certify(self, certificate_id: UUID, subject_key_id: UUID, kind: CertificateKind) -> None:
        """Store that the certificate certifies that issuer key."""
        ...

    def delete(self, certificate_id: UUID) -> None:
        """Forget it and its names. A revocation stays, and the serial number stays used. NotFound."""
        ...


class TextIndexReader(Protocol):
    def has_queued(self) -> bool:
        """Return whether certificates wait for the text index. Queries find them all the same."""
        ...


class TextIndex(TextIndexReader, Protocol):
    def fill(self) -> int:
        """Add certificates that wait to the text index, a limited number at a time; return how many."""
        ...
