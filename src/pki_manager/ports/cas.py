"""The storage port of CAs and their keys."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from pki_manager.domain.ca import CaState, CertificateAuthority, IssuerKey, KeyState, KeyUse
from pki_manager.domain.certificate import Validity
from pki_manager.domain.names import NameConstraints
from pki_manager.domain.page import Page
from pki_manager.domain.profiles.terms import PolicyInformation
from pki_manager.domain.rights.actor import Visibility


@dataclass(frozen=True, slots=True, kw_only=True)
class CaTerms:
    """The parts of a CA's certificate that its record repeats, and the key that signed it."""

    subject_der: bytes
    parent_id: UUID | None
    path_length: int | None
    name_constraints: NameConstraints
    policies: tuple[PolicyInformation, ...]
    validity: Validity


class CaReader(Protocol):
    """Stored CAs."""

    def get(self, ca_id: UUID) -> CertificateAuthority: ...

    def of_ids(self, ids: Collection[UUID]) -> Mapping[UUID, CertificateAuthority]:
        """Return the CAs that exist, by ID."""
        ...

    def find(self, id_or_name: str) -> CertificateAuthority | None:
        """Return a CA by ID as text or by unique name, or None."""
        ...

    def page(self, cursor: str | None, limit: int, visible: Visibility | None = None) -> Page[CertificateAuthority]: ...

    def named(self, part: str, limit: int, visible: Visibility | None = None) -> Sequence[CertificateAuthority]:
        """Return CAs whose name contains the text, ignoring case, oldest first. All CAs are read: there are few."""
        ...

    def all(self) -> Sequence[CertificateAuthority]: ...


class Cas(CaReader, Protocol):
    """Stored CAs that a transaction can change."""

    def add(self, ca: CertificateAuthority) -> None:
        """Store a CA. Raises NameTaken."""
        ...

    def certify(self, ca_id: UUID, terms: CaTerms) -> None:
        """Store the terms of a CA's new certificate. Raises NotFound."""
        ...

    def set_state(self, ca_id: UUID, state: CaState, validity: Validity | None = None) -> None: ...

    def abandon(self, ca_id: UUID) -> None:
        """Retire a CA that never got its certificate, and free its name."""
        ...


class IssuerKeyReader(Protocol):
    """Stored issuer keys."""

    def get(self, key_id: UUID) -> IssuerKey: ...

    def current(self, ca_id: UUID) -> IssuerKey:
        """Return the current key of a CA. Raises NotFound if it has none."""
        ...

    def of_ca(self, ca_id: UUID) -> Sequence[IssuerKey]:
        """Return the keys of a CA: the current one first, then newest to oldest."""
        ...

    def of_cas(self, ca_ids: Collection[UUID]) -> Mapping[UUID, Sequence[IssuerKey]]:
        """Return the keys of CAs, by CA ID, in the order of `of_ca`."""
        ...

    def all(self) -> Sequence[IssuerKey]: ...

    def serving(self) -> Sequence[IssuerKey]:
        """Return the keys that have CRLs and an OCSP signer (`domain.ca.SERVING`), oldest first."""
        ...

    def find_by_spki(self, spki_sha256: bytes) -> IssuerKey | None: ...

    def page(self, ca_id: UUID | None, cursor: str | None, limit: int) -> Page[IssuerKey]:
        """List the keys of one CA or of all local CAs, oldest first."""
        ...

    def use(self, key: IssuerKey, now: datetime) -> KeyUse: ...

    def last_used(self, key_ids: Collection[UUID]) -> Mapping[UUID, datetime]:
        """Return when each key last signed a certificate or CRL, by key ID."""
        ...


class IssuerKeys(IssuerKeyReader, Protocol):
    """Stored issuer keys that a transaction can change."""

    def add(self, key: IssuerKey) -> None: ...

    def identify(self, key: IssuerKey) -> None:
        """Store the identifier and the name hashes that certificates and OCSP requests name the key by.

        Raises NotFound.
        """
        ...

    def take_over(self, key: IssuerKey) -> bool:
        """Store the key backend and algorithm of an external CA's key. Returns False if it is not external."""
        ...

    def raise_crl_number(self, key_id: UUID, number: int) -> None:
        """Raise the last CRL number. A number that is not higher changes nothing."""
        ...

    def set_state(self, key_id: UUID, state: KeyState) -> None:
        """Store the state of a key. Raises Conflict for a second current key of a CA."""
        ...

    def reserve_crl_number(self, key_id: UUID, now: datetime) -> int:
        """Store and return max(last + 1, microseconds since 1970).

        Numbers rise through restarts and crashes. They cannot get ahead of the clock, so that they also rise after an
        older copy of the database was restored.
        """
        ...
