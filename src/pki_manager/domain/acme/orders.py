"""ACME objects (RFC 8555 §7.1): accounts, orders, authorizations, and challenges, and how their states are computed.

The state of an order is not stored: it follows from its authorizations and its enrollment, so the two cannot disagree.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pki_manager.domain.enrollment import EnrollmentState
from pki_manager.domain.names import AlternativeName, NameKind


class IdentifierKind(StrEnum):
    """The type of an identifier: `dns` (RFC 8555 §9.7.7) or `ip` (RFC 8738)."""

    DNS = "dns"
    IP = "ip"


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier of an order, normalized. A wildcard begins with `*.`."""

    kind: IdentifierKind
    value: str

    @property
    def is_wildcard(self) -> bool:
        return self.value.startswith("*.")

    @property
    def domain(self) -> str:
        """Return the domain that is validated. For a wildcard it is the name without `*.`."""
        return self.value.removeprefix("*.")

    def san(self) -> AlternativeName:
        return AlternativeName(NameKind.DNS if self.kind is IdentifierKind.DNS else NameKind.IP, self.value)

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.value}"


class AccountState(StrEnum):
    """The state of an account (RFC 8555 §7.1.6)."""

    VALID = "valid"
    DEACTIVATED = "deactivated"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcmeAccount:
    """An ACME account. It acts as the token `token_id`, to which the EAB key belongs that it registered with.

    `jwk` is its public key as canonical JSON (RFC 7638 §3), `thumbprint` the SHA-256 of that (32 octets).
    `pre_authorized`: its EAB key authorizes it for all permitted names without validation.
    """

    id: UUID
    token_id: UUID
    jwk: str
    thumbprint: bytes
    state: AccountState
    contacts: tuple[str, ...]
    created_at: datetime
    changed_at: datetime
    pre_authorized: bool = False


class ChallengeKind(StrEnum):
    """The type of a challenge (RFC 8555 §8.3 and §8.4, RFC 8737, draft-ietf-acme-dns-persist)."""

    HTTP_01 = "http-01"
    DNS_01 = "dns-01"
    TLS_ALPN_01 = "tls-alpn-01"
    DNS_PERSIST_01 = "dns-persist-01"


class ChallengeState(StrEnum):
    """The state of a challenge (RFC 8555 §7.1.6)."""

    PENDING = "pending"
    PROCESSING = "processing"
    VALID = "valid"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class AcmeProblem:
    """The reason why an object is invalid. `kind` is the last part of an ACME error URN (RFC 8555 §6.7).

    `detail` is a text for people.
    """

    kind: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """A challenge of an authorization.

    `token` is 256 random bits as 43 Base64url characters (RFC 8555 §8 requires 128).
    """

    id: UUID
    authorization_id: UUID
    kind: ChallengeKind
    token: str
    state: ChallengeState
    validated_at: datetime | None = None
    problem: AcmeProblem | None = None


class AuthorizationState(StrEnum):
    """The state of an authorization (RFC 8555 §7.1.6)."""

    PENDING = "pending"
    VALID = "valid"
    INVALID = "invalid"
    DEACTIVATED = "deactivated"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """An account's authorization for an identifier. `state` is as stored; `state_at` considers the expiration.

    `expires_at` is the time until which a pending authorization can be validated; once it is valid, the time until
    which it stays valid. A `pre_authorized` one is valid because of the account's EAB key: it has no challenges, and
    nothing was validated.
    """

    id: UUID
    account_id: UUID
    identifier: Identifier
    state: AuthorizationState
    created_at: datetime
    expires_at: datetime
    validated_at: datetime | None = None
    pre_authorized: bool = False

    def state_at(self, now: datetime) -> AuthorizationState:
        ends = self.state in (AuthorizationState.PENDING, AuthorizationState.VALID)
        return AuthorizationState.EXPIRED if ends and now >= self.expires_at else self.state


class OrderState(StrEnum):
    """The state of an order (RFC 8555 §7.1.6)."""

    PENDING = "pending"
    READY = "ready"
    PROCESSING = "processing"
    VALID = "valid"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcmeOrder:
    """An order. `enrolment_id` is the enrollment that its finalization created; None before that.

    `not_before` and `not_after` are what the client requested; `replaces` is the certificate that it replaces (RFC 9773
    §5).
    """

    id: UUID
    account_id: UUID
    ca_id: UUID
    profile: str
    identifiers: tuple[Identifier, ...]
    not_before: datetime | None
    not_after: datetime | None
    created_at: datetime
    expires_at: datetime
    enrolment_id: UUID | None = None
    replaces: UUID | None = None


_ENROLMENTS: dict[EnrollmentState, OrderState] = {
    EnrollmentState.RECEIVED: OrderState.PROCESSING,
    EnrollmentState.VALIDATING: OrderState.PROCESSING,
    EnrollmentState.AWAITING_APPROVAL: OrderState.PROCESSING,
    EnrollmentState.READY: OrderState.PROCESSING,
    EnrollmentState.ISSUING: OrderState.PROCESSING,
    EnrollmentState.ISSUED: OrderState.VALID,
    EnrollmentState.REFUSED: OrderState.INVALID,
    EnrollmentState.REJECTED: OrderState.INVALID,
    EnrollmentState.CANCELLED: OrderState.INVALID,
    EnrollmentState.EXPIRED: OrderState.INVALID,
    EnrollmentState.FAILED: OrderState.INVALID,
}


def compute_order_state(
    order: AcmeOrder,
    authorizations: Collection[AuthorizationState],
    enrolment: EnrollmentState | None,
    now: datetime,
) -> OrderState:
    """Return the state of an order (RFC 8555 §7.1.6).

    `authorizations` are the states of its authorizations at `now`. The state of its enrollment is None before the order
    is finalized.
    """
    if enrolment is not None:
        return _ENROLMENTS[enrolment]
    if now >= order.expires_at:
        return OrderState.INVALID
    if all(state is AuthorizationState.VALID for state in authorizations):
        return OrderState.READY
    if all(state in (AuthorizationState.VALID, AuthorizationState.PENDING) for state in authorizations):
        return OrderState.PENDING
    return OrderState.INVALID
