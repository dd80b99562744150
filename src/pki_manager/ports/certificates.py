"""The part of the storage port that keeps certificates."""

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
    """All given conditions must hold. `query` matches a name prefix or suffix, a serial number or a fingerprint.

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
    def get(self, certificate_id: UUID) -> Certificate: ...

    def find_serial(self, issuer_key_id: UUID, serial: int) -> Certificate | None: ...

    def list_after(self, after: UUID | None, limit: int) -> Sequence[Certificate]:
        """Return certificates in the order of their IDs, all of them from None on."""
        ...

    def with_wrong_state(self, after: UUID | None, last: UUID) -> Sequence[UUID]:
        """Return those from `after` (exclusive) to `last` whose listed state differs from their revocation."""
        ...

    def of_ids(self, ids: Sequence[UUID]) -> Sequence[Certificate]:
        """Those that exist, in no order."""
        ...

    def ids_of_serials(self, serials: Sequence[int]) -> Sequence[UUID]:
        """The certificates of any issuer that have one of these serial numbers."""
        ...

    def has_serial(self, issuer_key_id: UUID, serial: int) -> bool: ...

    def page(self, where: CertificateFilter, now: datetime, cursor: str | None, limit: int) -> Page[Certificate]:
        """Newest first, keyset paginated, index-backed."""
        ...

    def of_subject_key(self, issuer_key_id: UUID) -> Sequence[Certificate]:
        """The CA certificates that certify this key, newest first."""
        ...

    def of_subject_keys(self, issuer_key_ids: Collection[UUID]) -> Mapping[UUID, Sequence[Certificate]]:
        """The same of each key that has any."""
        ...

    def authorities_by(self, issuer_key_id: UUID, now: datetime) -> Sequence[Certificate]:
        """The certificates of other keys of CAs that this key has signed, neither expired nor revoked."""
        ...

    def of_key(self, spki_sha256: bytes) -> Sequence[Certificate]:
        """All with that public key, by whichever CA, newest first."""
        ...

    def unexpired(self, issuer_key_id: UUID, now: datetime, after: UUID | None, limit: int) -> Sequence[Certificate]:
        """Certificates signed by the key and not yet expired, by id, after that id: for pre-signing in batches."""
        ...

    def newest(
        self, ca_id: UUID, profile: str, requested_by: str, issuer_key_id: UUID | None = None
    ) -> Certificate | None:
        """The newest certificate of a profile that this requester got from the CA, or from that one of its keys.

        That is how its own TLS and OCSP certificates are found.
        """
        ...

    def newest_of_keys(
        self, issuer_key_ids: Collection[UUID], profile: str, requested_by: str
    ) -> Mapping[UUID, Certificate]:
        """The newest certificate of a profile that this requester got from each of these keys of CAs, if any."""
        ...

    def known_names(self, names: Collection[AlternativeName]) -> frozenset[AlternativeName]:
        """Those of them that some certificate has, or had."""
        ...

    def with_name(self, name: AlternativeName, profile: str, now: datetime, limit: int) -> Sequence[Certificate]:
        """Valid certificates of a profile with that name among others, newest first."""
        ...


class Certificates(CertificateReader, Protocol):
    def add(self, certificate: Certificate) -> None:
        """Conflict when the issuer name already has that serial number."""
        ...

    def add_reserved(self, certificate: Certificate) -> None:
        """One whose serial number an enrollment has reserved: written with those of the same commit.

        Should the database refuse it, the commit has failed, for all units in it.
        """
        ...

    def certify(self, certificate_id: UUID, subject_key_id: UUID, kind: CertificateKind) -> None:
        """It is known by now that it certifies that key of a CA."""
        ...

    def delete(self, certificate_id: UUID) -> None:
        """Forget it and its names. A revocation stays, and the serial number stays used. NotFound."""
        ...
