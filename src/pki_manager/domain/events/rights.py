"""Audit events of roles, teams, service accounts, and tokens."""

from __future__ import annotations

from dataclasses import dataclass

from pki_manager.domain.events.audit import AuditEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleCreated(AuditEvent):
    """A role was created. `definition_sha256` is the hash of the canonical JSON of its permissions and scopes."""

    ACTION = "role.created"
    OBJECT = "role"
    version: int
    definition_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleUpdated(AuditEvent):
    """A role got a new version, which applies to its users at once."""

    ACTION = "role.updated"
    OBJECT = "role"
    version: int
    definition_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRetired(AuditEvent):
    """A role was retired."""

    ACTION = "role.retired"
    OBJECT = "role"
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleAssigned(AuditEvent):
    """A role was assigned to a user."""

    ACTION = "role.assigned"
    OBJECT = "role"
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleWithdrawn(AuditEvent):
    """A role was withdrawn from a user."""

    ACTION = "role.withdrawn"
    OBJECT = "role"
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamCreated(AuditEvent):
    """A team was created."""

    ACTION = "team.created"
    OBJECT = "team"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamMemberAdded(AuditEvent):
    """A user was added to a team."""

    ACTION = "team.member_added"
    OBJECT = "team"
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamMemberRemoved(AuditEvent):
    """A user was removed from a team."""

    ACTION = "team.member_removed"
    OBJECT = "team"
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccountCreated(AuditEvent):
    """A service account was created."""

    ACTION = "service_account.created"
    OBJECT = "service_account"
    name: str
    role: str
    user: str | None
    team: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccountDisabled(AuditEvent):
    """A service account was disabled; its tokens are invalid."""

    ACTION = "service_account.disabled"
    OBJECT = "service_account"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRotated(AuditEvent):
    """A token got a new secret; the old one is valid until `old_until`."""

    ACTION = "token.rotated"
    OBJECT = "token"
    old_until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCreated(AuditEvent):
    """A token was created."""

    ACTION = "token.created"
    OBJECT = "token"
    name: str
    role: str
    owner: str
    expires: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRevoked(AuditEvent):
    """A token was revoked."""

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
    server_keys: bool
    legacy_algorithms: bool
    validator: str | None
    ra_certificate: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialUsed(AuditEvent):
    """A single-use credential was used for its only enrollment, `request`."""

    ACTION = "credential.used"
    OBJECT = "token"
    protocol: str
    request: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialKeyGenerated(AuditEvent):
    """A private key was generated for a client, and returned with its certificate. The key is not stored.

    `encrypted_to` is the SHA-256 fingerprint of the certificate that it was encrypted to; null if only TLS protected
    it.
    """

    ACTION = "credential.key_generated"
    OBJECT = "token"
    protocol: str
    certificate: str
    key_type: str
    encrypted_to: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceSignInApproved(AuditEvent):
    """A user approved the sign-in of a command line by device code, and so created a token for it.

    `host` and `client` are what the command line said about itself; `requested_from` is its address.
    """

    ACTION = "device_sign_in.approved"
    OBJECT = "token"
    name: str
    role: str
    owner: str
    expires: str
    host: str
    client: str
    requested_from: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceSignInDenied(AuditEvent):
    """A user denied the sign-in of a command line by device code."""

    ACTION = "device_sign_in.denied"
    OBJECT = "device_sign_in"
    host: str
    client: str
    requested_from: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceSignInCompleted(AuditEvent):
    """A command line fetched the secret of the token that a user approved for it. The device code ends with this."""

    ACTION = "device_sign_in.completed"
    OBJECT = "token"
    owner: str
    host: str
