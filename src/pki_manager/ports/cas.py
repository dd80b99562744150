"""What storage keeps of certificate authorities and their keys; part of the storage port."""

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
    """What a CA's certificate says of it, and whose key signed it."""

    subject_der: bytes
    parent_id: UUID | None
    path_length: int | None
    name_constraints: NameConstraints
    policies: tuple[PolicyInformation, ...]
    validity: Validity


class CaReader(Protocol):
    def get(self, ca_id: UUID) -> CertificateAuthority: ...

    def of_ids(self, ids: Collection[UUID]) -> Mapping[UUID, CertificateAuthority]:
        """Those that exist."""
        ...

    def find(self, id_or_name: str) -> CertificateAuthority | None:
        """By id in text form, or by unique name."""
        ...

    def page(self, cursor: str | None, limit: int, visible: Visibility | None = None) -> Page[CertificateAuthority]: ...

    def named(self, part: str, limit: int, visible: Visibility | None = None) -> Sequence[CertificateAuthority]:
        """Those whose name contains the text, in any case, oldest first. All are looked at: they are few."""
        ...

    def all(self) -> Sequence[CertificateAuthority]: ...


class Cas(CaReader, Protocol):
    def add(self, ca: CertificateAuthority) -> None:
        """NameTaken when the name exists."""
        ...

    def certify(self, ca_id: UUID, terms: CaTerms) -> None:
        """Store what the CA's new certificate says of it. NotFound."""
        ...

    def set_state(self, ca_id: UUID, state: CaState, validity: Validity | None = None) -> None: ...

    def abandon(self, ca_id: UUID) -> None:
        """Retire a CA that never got its certificate, and free its name for another try."""
        ...


class IssuerKeyReader(Protocol):
    def get(self, key_id: UUID) -> IssuerKey: ...

    def current(self, ca_id: UUID) -> IssuerKey:
        """The key that signs now; NotFound when the CA has none."""
        ...

    def of_ca(self, ca_id: UUID) -> Sequence[IssuerKey]:
        """Current first, then newest to oldest."""
        ...

    def of_cas(self, ca_ids: Collection[UUID]) -> Mapping[UUID, Sequence[IssuerKey]]:
        """The same of each CA that has any."""
        ...

    def all(self) -> Sequence[IssuerKey]: ...

    def serving(self) -> Sequence[IssuerKey]:
        """Those that have CRLs and an OCSP signer (`domain.authority.SERVING`), oldest first."""
        ...

    def find_by_spki(self, spki_sha256: bytes) -> IssuerKey | None: ...

    def page(self, ca_id: UUID | None, cursor: str | None, limit: int) -> Page[IssuerKey]:
        """Oldest first, of one CA or of all, but not those of external CAs."""
        ...

    def use(self, key: IssuerKey, now: datetime) -> KeyUse: ...

    def last_used(self, key_ids: Collection[UUID]) -> Mapping[UUID, datetime]:
        """When the newest certificate or CRL was made by each key that has made any."""
        ...


class IssuerKeys(IssuerKeyReader, Protocol):
    def add(self, key: IssuerKey) -> None: ...

    def identify(self, key: IssuerKey) -> None:
        """Store by which identifier and name hashes certificates and OCSP requests call the key. NotFound."""
        ...

    def take_over(self, key: IssuerKey) -> bool:
        """Store where an external CA's key is from now on, and how it signs. False when it is not external any more."""
        ...

    def raise_crl_number(self, key_id: UUID, number: int) -> None:
        """A number that is not higher than the last one changes nothing."""
        ...

    def set_state(self, key_id: UUID, state: KeyState) -> None:
        """Conflict for a second current key of a CA."""
        ...

    def reserve_crl_number(self, key_id: UUID, now: datetime) -> int:
        """Store and return max(last + 1, microseconds since 1970).

        Numbers rise through restarts and crashes. They cannot get ahead of the clock, so that they also rise after an
        older copy of the database was restored.
        """
        ...
