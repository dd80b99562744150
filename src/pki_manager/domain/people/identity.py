"""Identity providers, what they say of people, and who those people are here (OpenID Connect Core 1.0)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pki_manager.domain.errors import FieldError, IdentityRefused
from pki_manager.domain.rights.actor import Role

FLOW_MINUTES = 10
"""How long somebody may take at the provider."""


class Newcomers(StrEnum):
    """What happens with a user whom the provider knows and this installation does not."""

    CREATE = "create"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityRule:
    """Users with `value` in `claim` get a role, custom roles, and teams."""

    claim: str
    value: str
    role: Role | None = None
    custom_roles: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """What the use cases know of a provider. A sign-in whose `amr` or `acr` is among those named had two factors."""

    name: str
    title: str
    issuer: str
    newcomers: Newcomers
    rules: tuple[IdentityRule, ...] = ()
    second_factor_amr: frozenset[str] = frozenset()
    second_factor_acr: frozenset[str] = frozenset()
    sign_out: bool = True

    @property
    def method(self) -> str:
        """How a session says that it was begun by it."""
        return f"oidc:{self.name}"

    @property
    def claims(self) -> frozenset[str]:
        """Those that the rules look at."""
        return frozenset(rule.claim for rule in self.rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a provider says of a user who has just been there, verified.

    `email` is None unless the provider says that it has verified it. `session` is its name (`sid`) for its own session
    of that visit, where it has one. `values` has the claims that rules look at, each as its texts.
    """

    subject: str
    login: str | None
    display_name: str | None
    email: str | None
    amr: frozenset[str] = frozenset()
    acr: str | None = None
    session: str | None = None
    values: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOut:
    """A provider says, verified, that a user has signed out there. No two of its tokens share a `token_id`.

    `session` (`sid`) is its own session that has ended; None for all of the subject's. One of the two is there.
    """

    subject: str | None
    session: str | None
    token_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who a provider's subject is here.

    `by_rules`: the provider's rules made the user and decide about the role, too; `suspended` when they gave none the
    last time, so that the user was disabled.
    """

    id: UUID
    user_id: UUID
    issuer: str
    subject: str
    by_rules: bool
    suspended: bool
    created_at: datetime
    last_used_at: datetime | None


class SignInPurpose(StrEnum):
    """Why a user was sent to the provider, the answer being valid for nothing else; or what the provider said."""

    SIGN_IN = "sign-in"
    PROVE = "prove"
    LINK = "link"
    ACCEPT = "accept"
    SIGN_OUT = "sign-out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A user is at the provider. `session_id` is the session that proves or links, `invitation_sha256` the link."""

    provider: str
    purpose: SignInPurpose
    session_id: UUID | None
    invitation_sha256: bytes | None
    begun_at: datetime
    expires_at: datetime


class GrantKind(StrEnum):
    ROLE = "role"
    TEAM = "team"


@dataclass(frozen=True, slots=True, order=True)
class IdentityGrant:
    """A custom role (by name) or a team (by id) that a provider's rules gave, and take away again."""

    kind: GrantKind
    name: str


def refusal(rule: str, sentence: str) -> IdentityRefused:
    """`rule` is stable and goes to the audit trail; the sentence is for the user who tried to sign in."""
    return IdentityRefused(sentence, errors=(FieldError("provider", rule, sentence),))
