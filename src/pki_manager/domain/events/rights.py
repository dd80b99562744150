"""Events about rights: roles, teams, service accounts, tokens."""

from __future__ import annotations

from dataclasses import dataclass

from pki_manager.domain.events.audit import AuditEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleCreated(AuditEvent):
    """`definition_sha256` is of the canonical JSON of what it allows, and on what."""

    ACTION = "role.created"
    OBJECT = "role"
    version: int
    definition_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleUpdated(AuditEvent):
    """Users with the role have what the new version says, from now on."""

    ACTION = "role.updated"
    OBJECT = "role"
    version: int
    definition_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRetired(AuditEvent):
    ACTION = "role.retired"
    OBJECT = "role"
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleAssigned(AuditEvent):
    ACTION = "role.assigned"
    OBJECT = "role"
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleWithdrawn(AuditEvent):
    ACTION = "role.withdrawn"
    OBJECT = "role"
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamCreated(AuditEvent):
    ACTION = "team.created"
    OBJECT = "team"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamMemberAdded(AuditEvent):
    ACTION = "team.member_added"
    OBJECT = "team"
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamMemberRemoved(AuditEvent):
    ACTION = "team.member_removed"
    OBJECT = "team"
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccountCreated(AuditEvent):
    ACTION = "service_account.created"
    OBJECT = "service_account"
    name: str
    role: str
    user: str | None
    team: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccountDisabled(AuditEvent):
    """Its tokens work no longer."""

    ACTION = "service_account.disabled"
    OBJECT = "service_account"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRotated(AuditEvent):
    """A new secret; the old one works until `old_until`."""

    ACTION = "token.rotated"
    OBJECT = "token"
    old_until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCreated(AuditEvent):
    ACTION = "token.created"
    OBJECT = "token"
    name: str
    role: str
    owner: str
    expires: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRevoked(AuditEvent):
    ACTION = "token.revoked"
    OBJECT = "token"


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialCreated(AuditEvent):
    """An enrollment credential for EST, SCEP, or CMP was created. Its secret was shown to its creator only."""

    ACTION = "credential.created"
    OBJECT = "token"
    protocol: str
    name: str
    role: str
    owner: str
    ca: str
    profile: str
    device_count: int
    expires: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialUsed(AuditEvent):
    """A single-use credential admitted its one enrollment, `request`."""

    ACTION = "credential.used"
    OBJECT = "token"
    protocol: str
    request: str
