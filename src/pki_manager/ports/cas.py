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
    """The contents of a CA's certificate that are also stored in the CA's record, and the CA that issued it."""

    subject_der: bytes
    parent_id: UUID | None
    path_length: int | None
    name_constraints: NameConstraints
    policies: tuple[PolicyInformation, ...]
    validity: Validity


class CaReader(Protocol):
    """Stored CAs."""

    def get(self, ca_id: UUID) -> CertificateAuthority: ...

    def find_many(self, ids: Collection[UUID]) -> Mapping[UUID, CertificateAuthority]:
        """Return the CAs that exist among these IDs, by ID."""
        ...

    def find(self, id_or_name: str) -> CertificateAuthority | None:
        """Return the CA with this ID (as text) or unique name, or None."""
        ...

    def page(self, cursor: str | None, limit: int, visible: Visibility | None = None) -> Page[CertificateAuthority]: ...

    def search_by_name(
        self, part: str, limit: int, visible: Visibility | None = None
    ) -> Sequence[CertificateAuthority]:
        """Return CAs whose name contains the text, ignoring case, oldest first.

        All CAs are read, because there are few.
        """
        ...

    def list_all(self) -> Sequence[CertificateAuthority]: ...


class Cas(CaReader, Protocol):
    """Stored CAs that a transaction can change."""

    def add(self, ca: CertificateAuthority) -> None:
        """Store a CA. Raises NameTaken if the name is in use."""
        ...

    def certify(self, ca_id: UUID, terms: CaTerms) -> None:
        """Store the terms of a CA's new certificate. Raises NotFound if the CA does not exist."""
        ...

    def set_state(self, ca_id: UUID, state: CaState, validity: Validity | None = None) -> None: ...

    def abandon(self, ca_id: UUID) -> None:
        """Retire a CA that never received its certificate, and make its name available again."""
        ...


class IssuerKeyReader(Protocol):
    """Stored issuer keys."""

    def get(self, key_id: UUID) -> IssuerKey: ...

    def get_current(self, ca_id: UUID) -> IssuerKey:
        """Return the current key of a CA. Raises NotFound if it has none."""
        ...

    def list_by_ca(self, ca_id: UUID) -> Sequence[IssuerKey]:
        """Return the keys of a CA: the current one first, then newest to oldest."""
        ...

    def find_by_cas(self, ca_ids: Collection[UUID]) -> Mapping[UUID, Sequence[IssuerKey]]:
        """Return the keys of several CAs, by CA ID, each in the order of `list_by_ca`."""
        ...

    def list_all(self) -> Sequence[IssuerKey]: ...

    def list_serving(self) -> Sequence[IssuerKey]:
        """Return the keys for which CRLs and OCSP responses are issued (`domain.ca.SERVING`), oldest first."""
        ...

    def find_by_spki(self, spki_sha256: bytes) -> IssuerKey | None: ...

    def page(self, ca_id: UUID | None, cursor: str | None, limit: int) -> Page[IssuerKey]:
        """List the keys of one CA, or of all local CAs if `ca_id` is None, oldest first."""
        ...

    def use(self, key: IssuerKey, now: datetime) -> KeyUse: ...

    def find_last_uses(self, key_ids: Collection[UUID]) -> Mapping[UUID, datetime]:
        """Return the time when each key last signed a certificate or CRL, by key ID."""
        ...


class IssuerKeys(IssuerKeyReader, Protocol):
    """Stored issuer keys that a transaction can change."""

    def add(self, key: IssuerKey) -> None: ...

    def identify(self, key: IssuerKey) -> None:
        """Store the key identifier and the name hashes by which certificates and OCSP requests identify the key.

        Raises NotFound if the key does not exist.
        """
        ...

    def take_over(self, key: IssuerKey) -> bool:
        """Store the key backend and algorithm of a key that belonged to an external CA.

        Returns False if the key is not external.
        """
        ...

    def raise_crl_number(self, key_id: UUID, number: int) -> None:
        """Raise the last CRL number to this number. A number that is not higher changes nothing."""
        ...

    def set_state(self, key_id: UUID, state: KeyState) -> None:
        """Store the state of a key. Raises Conflict if a CA would have two current keys."""
        ...

    def reserve_crl_number(self, key_id: UUID, now: datetime) -> int:
        """Store and return the next CRL number: max(last + 1, microseconds since 1970).

        Numbers increase across restarts and crashes. They stay close to the clock, so that they also increase after an
        older copy of the database was restored.
        """
        ...
