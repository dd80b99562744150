"""What ACME knows: accounts, orders, authorizations and challenges (RFC 8555 §7.1), and how their states follow.

The state of an order is stored nowhere: it follows from its authorizations and from its enrollment, so that the two can
never disagree.
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
    """`dns` of RFC 8555 §9.7.7, `ip` of RFC 8738."""

    DNS = "dns"
    IP = "ip"


@dataclass(frozen=True, slots=True)
class Identifier:
    """A name that an order is for, in its normal form; of a wildcard with its `*.`."""

    kind: IdentifierKind
    value: str

    @property
    def is_wildcard(self) -> bool:
        return self.value.startswith("*.")

    @property
    def domain(self) -> str:
        """What is validated: of a wildcard the name below which it stands."""
        return self.value.removeprefix("*.")

    def san(self) -> AlternativeName:
        return AlternativeName(NameKind.DNS if self.kind is IdentifierKind.DNS else NameKind.IP, self.value)

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.value}"


class AccountState(StrEnum):
    VALID = "valid"
    DEACTIVATED = "deactivated"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcmeAccount:
    """`jwk` is the public key as canonical JSON (RFC 7638 §3), `thumbprint` the SHA-256 of it (32 octets).

    It acts as the token `token_id`, by whose external account key it was bound.
    """

    id: UUID
    token_id: UUID
    jwk: str
    thumbprint: bytes
    state: AccountState
    contacts: tuple[str, ...]
    created_at: datetime
    changed_at: datetime


class ChallengeKind(StrEnum):
    """RFC 8555 §8.3 and §8.4, RFC 8737."""

    HTTP_01 = "http-01"
    DNS_01 = "dns-01"
    TLS_ALPN_01 = "tls-alpn-01"


class ChallengeState(StrEnum):
    PENDING = "pending"
    PROCESSING = "processing"
    VALID = "valid"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class AcmeProblem:
    """Why something is invalid. `kind` is the last part of an ACME error URN (RFC 8555 §6.7), `detail` for people."""

    kind: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """`token` has 43 base64url characters: 256 random bits (RFC 8555 §8 wants 128)."""

    id: UUID
    authorization_id: UUID
    kind: ChallengeKind
    token: str
    state: ChallengeState
    validated_at: datetime | None = None
    problem: AcmeProblem | None = None


class AuthorizationState(StrEnum):
    PENDING = "pending"
    VALID = "valid"
    INVALID = "invalid"
    DEACTIVATED = "deactivated"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """An account's right to a name. `state` is as stored: `state_at` knows the clock.

    `expires_at` is, while it is pending, how long the name can still be validated, and then how long that is believed.
    """

    id: UUID
    account_id: UUID
    identifier: Identifier
    state: AuthorizationState
    created_at: datetime
    expires_at: datetime
    validated_at: datetime | None = None

    def state_at(self, now: datetime) -> AuthorizationState:
        ends = self.state in (AuthorizationState.PENDING, AuthorizationState.VALID)
        return AuthorizationState.EXPIRED if ends and now >= self.expires_at else self.state


class OrderState(StrEnum):
    PENDING = "pending"
    READY = "ready"
    PROCESSING = "processing"
    VALID = "valid"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcmeOrder:
    """`enrolment_id` is what its finalization has become; `problem` why it came to nothing before that.

    `not_before` and `not_after` are what the client asked for; `replaces` the certificate that it is to follow
    (RFC 9773 §5).
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


def order_state(
    order: AcmeOrder,
    authorizations: Collection[AuthorizationState],
    enrolment: EnrollmentState | None,
    now: datetime,
) -> OrderState:
    """RFC 8555 §7.1.6. `authorizations` are their states at `now`; `enrollment` is its finalization's, or None."""
    if enrolment is not None:
        return _ENROLMENTS[enrolment]
    if now >= order.expires_at:
        return OrderState.INVALID
    if all(state is AuthorizationState.VALID for state in authorizations):
        return OrderState.READY
    if all(state in (AuthorizationState.VALID, AuthorizationState.PENDING) for state in authorizations):
        return OrderState.PENDING
    return OrderState.INVALID
