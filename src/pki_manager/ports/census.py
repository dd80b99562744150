"""Certificates by the number: what an overview shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from pki_manager.domain.certificate import CertificateState
from pki_manager.domain.rights.actor import Visibility


class Census(Protocol):
    """Each count is read from an index, never from the certificates; `visible` None counts all of them."""

    def by_state(self, now: datetime, visible: Visibility | None) -> dict[CertificateState, int]:
        """Every state is in the answer."""
        ...

    def valid_by_ca(self, now: datetime, visible: Visibility | None) -> dict[UUID, int]: ...

    def valid_by_profile(self, now: datetime, visible: Visibility | None) -> dict[str, int]: ...

    def valid_by_key_type(self, now: datetime, visible: Visibility | None) -> dict[str, int]: ...

    def ending(self, moments: Sequence[datetime], visible: Visibility | None) -> list[int]:
        """How many unrevoked ones end from each moment on and before the next; one less than there are moments."""
        ...

    def revoked(self, moments: Sequence[datetime], visible: Visibility | None) -> list[int]:
        """How many were revoked in the same way, and not held."""
        ...

    def made(self, moments: Sequence[datetime], visible: Visibility | None) -> list[int]:
        """How many were made in the same way."""
        ...
