"""Audit events of users, their sessions, and authentication."""

from __future__ import annotations

from dataclasses import dataclass

from pki_manager.domain.events.audit import AuditEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class UserCreated(AuditEvent):
    """A user was created."""

    ACTION = "user.created"
    OBJECT = "user"
    login: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserChanged(AuditEvent):
    """A user was changed. `changed` names the fields. A new role has a field of its own and ends sessions."""

    ACTION = "user.changed"
    OBJECT = "user"
    changed: tuple[str, ...]
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserInvited(AuditEvent):
    """A user got a new invitation link; earlier ones are invalid."""

    ACTION = "user.invited"
    OBJECT = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDisabled(AuditEvent):
    """A user was disabled, and all of their sessions were ended."""

    ACTION = "user.disabled"
    OBJECT = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserEnabled(AuditEvent):
    """A user was enabled."""

    ACTION = "user.enabled"
    OBJECT = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationAccepted(AuditEvent):
    """A user followed an invitation link, set up sign-in, and is signed in."""

    ACTION = "invitation.accepted"
    OBJECT = "user"
    session: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChanged(AuditEvent):
    """A user changed their password; their other sessions were ended."""

    ACTION = "password.changed"
    OBJECT = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginSucceeded(AuditEvent):
    """A user signed in."""

    ACTION = "login.succeeded"
    OBJECT = "user"
    session: str
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginFailed(AuditEvent):
    """A sign-in failed. The object is the user, or `unknown`: the typed text is not recorded, it can be a password."""

    ACTION = "login.failed"
    OBJECT = "user"
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityLinked(AuditEvent):
    """An account of an identity provider was linked to a user."""

    ACTION = "identity.linked"
    OBJECT = "user"
    issuer: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityUnlinked(AuditEvent):
    """A linked account was removed."""

    ACTION = "identity.unlinked"
    OBJECT = "user"
    issuer: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentitySignedOut(AuditEvent):
    """An identity provider reported a sign-out, so the sessions that began with a sign-in there were ended.

    These are all sessions of an account, or those of one session at the provider. The user is `unknown` if no user has
    the account.
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
    """A session was ended by another session of the user or an administrator."""

    ACTION = "session.revoked"
    OBJECT = "session"
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginBegun(AuditEvent):
    """A user passed the first factor of a sign-in. The session waits for the second factor."""

    ACTION = "login.begun"
    OBJECT = "user"
    session: str
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactorGuessed(AuditEvent):
    """Sign-ins with the user's password fail again and again at the second factor. `count` is their number so far."""

    ACTION = "user.second_factor_guessed"
    OBJECT = "user"
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TotpPrepared(AuditEvent):
    """A TOTP secret was created and shown. It becomes active when its first correct code is entered."""

    ACTION = "totp.prepared"
    OBJECT = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class TotpEnabled(AuditEvent):
    """A TOTP secret became active."""

    ACTION = "totp.enabled"
    OBJECT = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class TotpRemoved(AuditEvent):
    """A TOTP secret was removed."""

    ACTION = "totp.removed"
    OBJECT = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyAdded(AuditEvent):
    """A passkey was registered."""

    ACTION = "passkey.added"
    OBJECT = "passkey"
    user: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyRenamed(AuditEvent):
    """A passkey was renamed."""

    ACTION = "passkey.renamed"
    OBJECT = "passkey"
    user: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyRemoved(AuditEvent):
    """A passkey was removed."""

    ACTION = "passkey.removed"
    OBJECT = "passkey"
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodesCreated(AuditEvent):
    """Recovery codes were created. Earlier recovery codes are no longer valid."""

    ACTION = "recovery_codes.created"
    OBJECT = "user"
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorsReset(AuditEvent):
    """An administrator removed all second factors of a user and ended their sessions."""

    ACTION = "user.factors_reset"
    OBJECT = "user"
