"""Events of people: users, their sessions, and how they prove who they are. As all events, without anything secret."""

from __future__ import annotations

from dataclasses import dataclass

from pki_manager.domain.events.audit import AuditEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class UserCreated(AuditEvent):
    ACTION = "user.created"
    OBJECT = "user"
    login: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserChanged(AuditEvent):
    """`changed` names the fields; a new role has its own field, and ends the user's sessions."""

    ACTION = "user.changed"
    OBJECT = "user"
    changed: tuple[str, ...]
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserInvited(AuditEvent):
    """Got a new one-time link; those before it lead nowhere any more."""

    ACTION = "user.invited"
    OBJECT = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDisabled(AuditEvent):
    """Cannot sign in, and is signed out everywhere."""

    ACTION = "user.disabled"
    OBJECT = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserEnabled(AuditEvent):
    ACTION = "user.enabled"
    OBJECT = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationAccepted(AuditEvent):
    """A user came with the link, chose how to sign in, and is signed in."""

    ACTION = "invitation.accepted"
    OBJECT = "user"
    session: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChanged(AuditEvent):
    """By the user; their other sessions ended."""

    ACTION = "password.changed"
    OBJECT = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginSucceeded(AuditEvent):
    ACTION = "login.succeeded"
    OBJECT = "user"
    session: str
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginFailed(AuditEvent):
    """The object is the user, or `unknown`: what was typed in place of a login may be a password."""

    ACTION = "login.failed"
    OBJECT = "user"
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityLinked(AuditEvent):
    """The holder of that subject at the issuer is this user from now on."""

    ACTION = "identity.linked"
    OBJECT = "user"
    issuer: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityUnlinked(AuditEvent):
    ACTION = "identity.unlinked"
    OBJECT = "user"
    issuer: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentitySignedOut(AuditEvent):
    """At the provider, which has reported it: what was begun by it ended here, all of a subject's or one session's.

    The user is `unknown` where no local user has the subject.
    """

    ACTION = "identity.signed_out"
    OBJECT = "user"
    issuer: str
    subject: str | None
    provider_session: str | None
    sessions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionReauthenticated(AuditEvent):
    """The user has authenticated again."""

    ACTION = "session.reauthenticated"
    OBJECT = "session"
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded(AuditEvent):
    """The user has signed out."""

    ACTION = "session.ended"
    OBJECT = "session"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSignedOut(AuditEvent):
    """The user ended all of their sessions."""

    ACTION = "user.signed_out"
    OBJECT = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRevoked(AuditEvent):
    ACTION = "session.revoked"
    OBJECT = "session"
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginBegun(AuditEvent):
    """The first factor was right; the session waits for the second."""

    ACTION = "login.begun"
    OBJECT = "user"
    session: str
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactorGuessed(AuditEvent):
    """Sign-ins with the user's password keep failing at the second factor. `count` is their number so far."""

    ACTION = "user.second_factor_guessed"
    OBJECT = "user"
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TotpPrepared(AuditEvent):
    """A secret was made and shown; it counts from its first right code on."""

    ACTION = "totp.prepared"
    OBJECT = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class TotpEnabled(AuditEvent):
    ACTION = "totp.enabled"
    OBJECT = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class TotpRemoved(AuditEvent):
    ACTION = "totp.removed"
    OBJECT = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyAdded(AuditEvent):
    ACTION = "passkey.added"
    OBJECT = "passkey"
    user: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyRenamed(AuditEvent):
    ACTION = "passkey.renamed"
    OBJECT = "passkey"
    user: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyRemoved(AuditEvent):
    ACTION = "passkey.removed"
    OBJECT = "passkey"
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodesMade(AuditEvent):
    """In place of those before, which are worth nothing any more."""

    ACTION = "recovery_codes.made"
    OBJECT = "user"
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorsReset(AuditEvent):
    """By an administrator: all second factors of a user are gone, and their sessions with them."""

    ACTION = "user.factors_reset"
    OBJECT = "user"
