"""The part of the storage port that keeps what ACME knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from pki_manager.domain.acme.orders import (
    AccountState,
    AcmeAccount,
    AcmeOrder,
    AcmeProblem,
    Authorization,
    AuthorizationState,
    Challenge,
    ChallengeState,
    Identifier,
)
from pki_manager.domain.page import Page
from pki_manager.domain.rights.actor import Visibility
from pki_manager.ports.cmp import CmpTransactions
from pki_manager.ports.enrollment import Credentials


class AcmeAccounts(Protocol):
    """Accounts, and the external account keys that they are bound by (RFC 8555 §7.3.4)."""

    def get(self, account_id: UUID) -> AcmeAccount: ...

    def find_key(self, thumbprint: bytes) -> AcmeAccount | None:
        """Find an account by the SHA-256 of its key (RFC 7638), in any state."""
        ...

    def page(self, cursor: str | None, limit: int, visible: Visibility | None = None) -> Page[AcmeAccount]:
        """Newest first; of those tokens that are visible."""
        ...

    def unused(self, token_id: UUID, since: datetime) -> int:
        """How many accounts of that token were created since and have no order, in any state."""
        ...

    def add(self, account: AcmeAccount) -> bool:
        """False when the key has an account already."""
        ...

    def set_state(self, account_id: UUID, state: AccountState, now: datetime) -> None: ...

    def set_contacts(self, account_id: UUID, contacts: Sequence[str], now: datetime) -> None: ...

    def set_key(self, account_id: UUID, jwk: str, thumbprint: bytes, now: datetime) -> bool:
        """False when an account has that key already."""
        ...

    def binding_key(self, token_id: UUID) -> bytes | None:
        """The external account key of a token as it was sealed; None for one that has none."""
        ...

    def put_binding_key(self, token_id: UUID, sealed: bytes, *, is_open: bool = False) -> None:
        """`is_open`: accounts that come without a binding may act as the token."""
        ...

    def is_open(self, token_id: UUID) -> bool:
        """Whether accounts that come without a binding may act as the token."""
        ...

    def open_tokens(self) -> Sequence[UUID]:
        """Those whose keys are open, newest first; whether they are in force is another question."""
        ...


class AcmeOrders(Protocol):
    def get(self, order_id: UUID) -> AcmeOrder: ...

    def page_of(self, account_id: UUID, cursor: str | None, limit: int) -> Page[AcmeOrder]:
        """Newest first."""
        ...

    def open_orders(self, account_id: UUID, now: datetime) -> int:
        """How many that have not expired were never finalized."""
        ...

    def of_serial(self, issuer_key_id: UUID, serial: int) -> AcmeOrder | None:
        """The order that a certificate was issued for."""
        ...

    def of_enrollment(self, enrolment_id: UUID) -> AcmeOrder | None:
        """The order whose finalization it is."""
        ...

    def replacing(self, certificate_id: UUID) -> Sequence[AcmeOrder]:
        """Those that say that they replace it."""
        ...

    def add(self, order: AcmeOrder, authorization_ids: Sequence[UUID]) -> None: ...

    def finalize(self, order_id: UUID, enrolment_id: UUID) -> bool:
        """Tie an order to its enrollment; False when it has one already: of many at once, one succeeds."""
        ...

    def authorizations(self, order_id: UUID) -> Sequence[Authorization]:
        """In the order of the identifiers."""
        ...


class AcmeAuthorizations(Protocol):
    def get(self, authorization_id: UUID) -> Authorization: ...

    def usable(
        self, account_id: UUID, identifiers: Sequence[Identifier], now: datetime
    ) -> Mapping[Identifier, Authorization]:
        """For each of them the newest that is valid, if any is."""
        ...

    def add(self, authorization: Authorization, challenges: Sequence[Challenge]) -> None: ...

    def challenges(self, authorization_id: UUID) -> Sequence[Challenge]: ...

    def challenges_of(self, authorization_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Challenge]]:
        """Of several authorizations in one look."""
        ...

    def challenge(self, challenge_id: UUID) -> Challenge: ...

    def move(
        self,
        authorization_id: UUID,
        before: Sequence[AuthorizationState],
        after: AuthorizationState,
        *,
        expires_at: datetime | None = None,
        validated_at: datetime | None = None,
    ) -> bool:
        """Whether it was in one of those states, and is in the new one now; times that are None stay."""
        ...

    def move_challenge(
        self,
        challenge_id: UUID,
        before: Sequence[ChallengeState],
        after: ChallengeState,
        *,
        validated_at: datetime | None = None,
        problem: AcmeProblem | None = None,
    ) -> bool: ...


class AcmeNonces(Protocol):
    def use(self, nonce_sha256: bytes, expires_at: datetime) -> bool:
        """False when it was used before, by whichever process."""
        ...


class Acme(Protocol):
    """The repositories of ACME in one transaction; a reader's take no changes."""

    @property
    def accounts(self) -> AcmeAccounts: ...
    @property
    def orders(self) -> AcmeOrders: ...
    @property
    def authorizations(self) -> AcmeAuthorizations: ...
    @property
    def nonces(self) -> AcmeNonces: ...

    def prune(self, now: datetime, abandoned_before: datetime) -> int:
        """Forget nonces that have expired, and what expired before the latter and no order with a certificate needs."""
        ...


class Protocols(Protocol):
    """The repositories of the enrollment protocols in one transaction; a reader's take no changes."""

    @property
    def acme(self) -> Acme: ...
    @property
    def credentials(self) -> Credentials: ...
    @property
    def cmp(self) -> CmpTransactions: ...
