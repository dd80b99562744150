"""The storage port of enrollment credentials and exchanges."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from pki_manager.domain.page import Page
from pki_manager.domain.rights.actor import EnrollmentProtocol, Visibility
from pki_manager.domain.rights.credential import Credential, Device


class Credentials(Protocol):
    """Stored enrollment credentials, identified by the ID of their token."""

    def find(self, token_id: UUID) -> Credential | None: ...

    def find_secret(self, protocol: EnrollmentProtocol, secret_sha256: bytes) -> Credential | None: ...

    def page(
        self,
        cursor: str | None,
        limit: int,
        visible: Visibility | None = None,
        protocol: EnrollmentProtocol | None = None,
    ) -> Page[Credential]:
        """List credentials, newest first.

        With `protocol`, only those of the protocol; with `visible`, only those whose tokens the caller can see.
        """
        ...

    def find_validated(self, ca_id: UUID, profile: str, now: datetime) -> Credential | None:
        """Return the newest usable SCEP credential of the CA and the profile that has a validator, or None."""
        ...

    def find_ra(self, certificate_id: UUID, ca_id: UUID, profile: str, now: datetime) -> Credential | None:
        """Return the newest usable CMP credential of the CA and the profile with this RA certificate, or None."""
        ...

    def has_legacy(self, ca_id: UUID, profile: str, now: datetime) -> bool:
        """Return whether a usable SCEP credential of the CA and the profile allows 3DES and SHA-1."""
        ...

    def add(self, credential: Credential, devices: Sequence[Device] = ()) -> None:
        """Store the credential of a token that is already stored."""
        ...

    def use(self, token_id: UUID, enrollment_id: UUID, *, instead_of: UUID | None, now: datetime) -> bool:
        """Bind a single-use credential to an enrollment, in place of `instead_of`.

        Returns False if it is bound to another.
        """
        ...

    def find_devices(self, token_id: UUID, identities: Collection[str]) -> Sequence[Device]:
        """Return the devices in the credential's list that have any of these identities.

        Each result contains only the matching identities of a device.
        """
        ...

    def page_devices(self, token_id: UUID, cursor: str | None, limit: int) -> Page[Device]:
        """List the devices of a credential in the order in which they are listed there."""
        ...

    def find_exchange(self, exchange_sha256: bytes) -> UUID | None:
        """Return the ID of the enrollment that an exchange with a client started, or None."""
        ...

    def add_exchange(
        self, exchange_sha256: bytes, enrollment_id: UUID, *, instead_of: UUID | None, now: datetime
    ) -> bool:
        """Store which enrollment an exchange started, in place of `instead_of`. Returns False if it has another one."""
        ...

    def prune_exchanges(self, before: datetime) -> int: ...
