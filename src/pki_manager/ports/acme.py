"""The storage port of ACME objects."""

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
    """Stored ACME accounts, and the EAB keys that bind them (RFC 8555 §7.3.4)."""

    def get(self, account_id: UUID) -> AcmeAccount: ...

    def find_key(self, thumbprint: bytes) -> AcmeAccount | None:
        """Return the account whose key has this thumbprint (SHA-256, RFC 7638), in any state, or None."""
        ...

    def page(self, cursor: str | None, limit: int, visible: Visibility | None = None) -> Page[AcmeAccount]:
        """List accounts, newest first. With `visible`, only those whose tokens the caller can see."""
        ...

    def count_unused(self, token_id: UUID, since: datetime) -> int:
        """Return how many accounts of the token were created at or after `since` and have no order, in any state."""
        ...

    def add(self, account: AcmeAccount) -> bool:
        """Store an account. Returns False if an account with the same key exists."""
        ...

    def set_state(self, account_id: UUID, state: AccountState, now: datetime) -> None: ...

    def set_contacts(self, account_id: UUID, contacts: Sequence[str], now: datetime) -> None: ...

    def set_key(self, account_id: UUID, jwk: str, thumbprint: bytes, now: datetime) -> bool:
        """Replace an account's key. Returns False if another account has that key."""
        ...

    def find_binding_key(self, token_id: UUID) -> bytes | None:
        """Return the encrypted EAB key of a token, or None if it has none."""
        ...

    def put_binding_key(self, token_id: UUID, sealed: bytes, *, is_open: bool = False) -> None:
        """Store the encrypted EAB key of a token. With `is_open`, accounts without binding can act as the token."""
        ...

    def is_open(self, token_id: UUID) -> bool:
        """Return whether accounts without an external account binding can act as the token."""
        ...

    def open_tokens(self) -> Sequence[UUID]:
        """Return the IDs of tokens that allow accounts without binding, newest first, valid or not."""
        ...


class AcmeOrders(Protocol):
    """Stored ACME orders."""

    def get(self, order_id: UUID) -> AcmeOrder: ...

    def page_of(self, account_id: UUID, cursor: str | None, limit: int) -> Page[AcmeOrder]:
        """List the orders of an account, newest first."""
        ...

    def open_orders(self, account_id: UUID, now: datetime) -> int:
        """Return how many unexpired orders of an account were never finalized."""
        ...

    def find_by_serial(self, issuer_key_id: UUID, serial: int) -> AcmeOrder | None:
        """Return the order for which a certificate was issued, or None."""
        ...

    def find_by_enrollment(self, enrolment_id: UUID) -> AcmeOrder | None:
        """Return the order that is finalized by this enrollment, or None."""
        ...

    def list_replacing(self, certificate_id: UUID) -> Sequence[AcmeOrder]:
        """Return the orders whose certificates are to replace this certificate."""
        ...

    def add(self, order: AcmeOrder, authorization_ids: Sequence[UUID]) -> None: ...

    def finalize(self, order_id: UUID, enrolment_id: UUID) -> bool:
        """Link an order to its enrollment. Returns False if it is linked already. Only one parallel call succeeds."""
        ...

    def list_authorizations(self, order_id: UUID) -> Sequence[Authorization]:
        """Return the authorizations of an order, in the order of its identifiers."""
        ...


class AcmeAuthorizations(Protocol):
    """Stored ACME authorizations and challenges."""

    def get(self, authorization_id: UUID) -> Authorization: ...

    def find_usable(
        self, account_id: UUID, identifiers: Sequence[Identifier], now: datetime
    ) -> Mapping[Identifier, Authorization]:
        """Return the newest valid authorization of the account for each identifier that has one."""
        ...

    def add(self, authorization: Authorization, challenges: Sequence[Challenge]) -> None: ...

    def list_challenges(self, authorization_id: UUID) -> Sequence[Challenge]: ...

    def find_challenges(self, authorization_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Challenge]]:
        """Return the challenges of several authorizations, by authorization ID, with one query."""
        ...

    def get_challenge(self, challenge_id: UUID) -> Challenge: ...

    def move(
        self,
        authorization_id: UUID,
        before: Sequence[AuthorizationState],
        after: AuthorizationState,
        *,
        expires_at: datetime | None = None,
        validated_at: datetime | None = None,
    ) -> bool:
        """Change the state of an authorization. Returns False if its state is not in `before`.

        Times that are None stay unchanged.
        """
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
    """Used ACME nonces."""

    def use(self, nonce_sha256: bytes, expires_at: datetime) -> bool:
        """Store a nonce as used. Returns False if it was used before, by any process."""
        ...


class Acme(Protocol):
    """The ACME repositories in one transaction. In a read-only transaction they change nothing."""

    @property
    def accounts(self) -> AcmeAccounts: ...
    @property
    def orders(self) -> AcmeOrders: ...
    @property
    def authorizations(self) -> AcmeAuthorizations: ...
    @property
    def nonces(self) -> AcmeNonces: ...

    def prune(self, now: datetime, abandoned_before: datetime) -> int:
        """Delete expired nonces, and objects without a certificate that expired before `abandoned_before`.

        Returns how many were deleted.
        """
        ...


class Protocols(Protocol):
    """The repositories of enrollment protocols in one transaction. In a read-only transaction they change nothing."""

    @property
    def acme(self) -> Acme: ...
    @property
    def credentials(self) -> Credentials: ...
    @property
    def cmp(self) -> CmpTransactions: ...
