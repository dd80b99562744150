"""Identity providers, their claims about users, and linked accounts (OpenID Connect Core 1.0)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pki_manager.domain.errors import FieldError, IdentityRefused
from pki_manager.domain.rights.actor import Role

FLOW_MINUTES = 10
"""Minutes that a user may take to sign in at the provider."""


class UnknownUsers(StrEnum):
    """The action if someone who is not a user of this installation signs in at the provider."""

    CREATE = "create"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityRule:
    """A rule: users whose claim `claim` has `value` get a role, custom roles, and teams."""

    claim: str
    value: str
    role: Role | None = None
    custom_roles: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """The settings of an identity provider.

    A sign-in with a value of `second_factor_amr` or `second_factor_acr` counts as one with two factors.
    """

    name: str
    title: str
    issuer: str
    unknown_users: UnknownUsers
    rules: tuple[IdentityRule, ...] = ()
    second_factor_amr: frozenset[str] = frozenset()
    second_factor_acr: frozenset[str] = frozenset()
    sign_out: bool = True

    @property
    def method(self) -> str:
        """Return the sign-in method that sessions record for this provider."""
        return f"oidc:{self.name}"

    @property
    def claims(self) -> frozenset[str]:
        """Return the claims that its rules use."""
        return frozenset(rule.claim for rule in self.rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """The verified claims of a provider about a user who has just authenticated there.

    `email` is None unless the provider has verified it. `session` is the provider's `sid` of that session, if it has
    one. `values` are the claims that rules use, each as a set of texts.
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
    """A verified report of a provider that a user has signed out there. `token_id` is unique.

    `session` (`sid`) is the session that ended there; None for all sessions of the subject. At least one is set.
    """

    subject: str | None
    session: str | None
    token_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A linked account: the subject of a provider, and the user here that it belongs to.

    `by_rules`: the provider's rules created the user and decide the role. `suspended`: the rules granted no role at the
    last sign-in, so the user was disabled.
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
    """The reason why a user was sent to the provider. The response is valid only for that purpose."""

    SIGN_IN = "sign-in"
    PROVE = "prove"
    LINK = "link"
    ACCEPT = "accept"
    SIGN_OUT = "sign-out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """One redirect of a user to the provider. `session_id` is the session that re-authenticates or links an account.

    `invitation_sha256` is the hash of the invitation link that is accepted.
    """

    provider: str
    purpose: SignInPurpose
    session_id: UUID | None
    invitation_sha256: bytes | None
    begun_at: datetime
    expires_at: datetime


class GrantKind(StrEnum):
    """What a provider's rules assign: a role or a team."""

    ROLE = "role"
    TEAM = "team"


@dataclass(frozen=True, slots=True, order=True)
class IdentityGrant:
    """A custom role (by name) or a team (by ID) that a provider's rules assigned, and can withdraw."""

    kind: GrantKind
    name: str


def build_identity_refused(rule: str, sentence: str) -> IdentityRefused:
    """Return the error for a refused identity.

    `rule` is stable and goes to the audit log; `sentence` is for the user.
    """
    return IdentityRefused(sentence, errors=(FieldError("provider", rule, sentence),))
