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
    """Stored enrollment credentials, by the ID of their token."""

    def find(self, token_id: UUID) -> Credential | None: ...

    def find_secret(self, protocol: EnrollmentProtocol, secret_sha256: bytes) -> Credential | None: ...

    def page(
        self,
        cursor: str | None,
        limit: int,
        visible: Visibility | None = None,
        protocol: EnrollmentProtocol | None = None,
    ) -> Page[Credential]:
        """List credentials, newest first: those of the protocol, if set, whose tokens are visible."""
        ...

    def add(self, credential: Credential, devices: Sequence[Device] = ()) -> None:
        """Add a credential to a token that was added before."""
        ...

    def use(self, token_id: UUID, enrollment_id: UUID, *, instead_of: UUID | None, now: datetime) -> bool:
        """Bind a single-use credential to its enrollment, in place of `instead_of`. False if another one has it."""
        ...

    def find_devices(self, token_id: UUID, identities: Collection[str]) -> Sequence[Device]:
        """Return the listed devices that have any of these identities, each with those of them that it has."""
        ...

    def page_devices(self, token_id: UUID, cursor: str | None, limit: int) -> Page[Device]:
        """List the devices of a credential, in the order of its list."""
        ...

    def find_exchange(self, exchange_sha256: bytes) -> UUID | None:
        """Return the enrollment that an exchange with a client began."""
        ...

    def add_exchange(
        self, exchange_sha256: bytes, enrollment_id: UUID, *, instead_of: UUID | None, now: datetime
    ) -> bool:
        """Store which enrollment an exchange began, in place of `instead_of`. Returns False if it began another one."""
        ...

    def prune_exchanges(self, before: datetime) -> int: ...
