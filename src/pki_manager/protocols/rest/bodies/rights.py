"""Request bodies of roles, tokens, teams, and service accounts."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from pki_manager.authority.acme.keys import NewEabKey
from pki_manager.authority.enrollment.credentials import NewCredential
from pki_manager.authority.kernel.scope_request import ScopeRequest
from pki_manager.authority.rights.roles import RoleRequest
from pki_manager.authority.rights.service_accounts import AccountRequest
from pki_manager.domain.duration import Duration
from pki_manager.domain.rights.actor import EnrollmentProtocol, Reach, Role
from pki_manager.domain.rights.credential import MAX_DEVICES
from pki_manager.domain.rights.permission import Permission
from pki_manager.protocols.rest.bodies.common import Body
from pki_manager.protocols.rest.fields import Identifier, Line, Name

_MAX_ITEMS = 200
Names: TypeAlias = Annotated[list[Name], Field(max_length=_MAX_ITEMS)]
Patterns: TypeAlias = Annotated[list[Line], Field(max_length=_MAX_ITEMS)]


class ScopeBody(Body):
    """Scope of a grant. Null or not set: no limit. An empty list: no objects."""

    cas: Annotated[Names | None, Field(description="IDs or names")] = None
    profiles: Names | None = None
    names: Annotated[
        Patterns | None,
        Field(
            description="Names that the scope includes: `DNS:example.com` with its subdomains, `IP:10.0.0.0/8`, "
            "`email:example.com`"
        ),
    ] = None
    reach: Annotated[
        Reach, Field(description="Ownership scope: own objects, objects of the user's teams, or all objects")
    ] = Reach.ALL

    def scope(self) -> ScopeRequest:
        return ScopeRequest(
            cas=None if self.cas is None else tuple(self.cas),
            profiles=None if self.profiles is None else tuple(self.profiles),
            names=None if self.names is None else tuple(self.names),
            reach=self.reach,
        )


class RoleDefinition(ScopeBody):
    permissions: Annotated[list[Permission], Field(min_length=1)]
    description: Line = ""

    def to_request(self) -> RoleRequest:
        permissions = frozenset(self.permissions)
        return RoleRequest(description=self.description, permissions=permissions, scope=self.scope())


class RoleBody(RoleDefinition):
    name: Name


class TeamBody(Body):
    name: Name


class ServiceAccountBody(Body):
    """Service account. Requires an owner: a user, a team, or both."""

    name: Name
    role: Name
    user: Annotated[Name | None, Field(description="ID or username")] = None
    team: Annotated[Name | None, Field(description="ID or name")] = None

    def to_request(self) -> AccountRequest:
        return AccountRequest(name=self.name, role=self.role, user=self.user, team=self.team)


class TokenBody(ScopeBody):
    """API token with at most your own permissions.

    `permissions` and the scope properties reduce what its role grants.
    """

    name: Name
    role: Name
    expires: Annotated[Line, Field(description="Lifetime as an ISO 8601 duration, for example `P1D`")]
    permissions: Annotated[
        list[Permission] | None,
        Field(description="Permissions of the token, each one from its role. Default: all permissions of the role"),
    ] = None
    service_account: Annotated[
        Name | None, Field(description="User or service account that owns the token, by ID or name. Default: you")
    ] = None
    team: Annotated[
        Name | None, Field(description="Team that owns the objects created with the token, by ID or name")
    ] = None


class EabKeyBody(ScopeBody):
    """EAB key: the properties of a token without `permissions`.

    The key has the permissions of its role that ACME requires.
    """

    name: Name
    expires: Annotated[
        Line,
        Field(
            description="Lifetime as an ISO 8601 duration, for example `P1Y`. The accounts of the key work until it "
            "ends"
        ),
    ]
    role: Name = Role.REGISTRATION_AUTHORITY.value
    service_account: Annotated[
        Name | None, Field(description="User or service account that owns the key, by ID or name. Default: you")
    ] = None
    team: Annotated[
        Name | None, Field(description="Team that owns the objects created with the key, by ID or name")
    ] = None
    open: Annotated[
        bool, Field(description="Whether ACME clients can also register without EAB and act as the token of this key")
    ] = False

    def to_request(self) -> NewEabKey:
        return NewEabKey(
            name=self.name,
            lifetime=Duration.parse(self.expires, "expires"),
            role=self.role,
            scope=self.scope(),
            service_account=self.service_account,
            team=self.team,
            is_open=self.open,
        )


class CredentialBody(Body):
    """An enrollment credential. Its clients have at most the permissions of its role, the caller, and its owner."""

    protocol: EnrollmentProtocol
    name: Name
    expires: Annotated[Line, Field(description="ISO 8601 duration from now, for example `P1Y`")]
    ca: Annotated[Name | None, Field(description="CA that issues, by ID or name. Required except for ACME")] = None
    profile: Annotated[Name | None, Field(description="Certificate profile. Required except for ACME")] = None
    names: Annotated[
        Patterns | None,
        Field(description="Permitted names, for example `DNS:example.com` with all below. Default: no limit"),
    ] = None
    devices: Annotated[
        list[Line] | None,
        Field(
            max_length=MAX_DEVICES,
            description="Permitted devices: each item lists the serial numbers and names of one device, separated by "
            "commas. Default: no list. A SCEP credential with a list can be used repeatedly, one without it once",
        ),
    ] = None
    role: Name = Role.REGISTRATION_AUTHORITY.value
    service_account: Annotated[
        Name | None, Field(description="Owner, a service account by ID or name. Default: the caller")
    ] = None
    team: Annotated[Name | None, Field(description="Team of the new certificates, by ID or name")] = None
    server_keys: Annotated[
        bool, Field(description="Whether EST clients may get private keys that the server generates. Default: false")
    ] = False
    pre_authorized: Annotated[
        bool,
        Field(
            description="Whether ACME clients get certificates for the permitted names without validation. Anyone who "
            "has the key then gets them. Requires `names`. Default: false"
        ),
    ] = False
    legacy_algorithms: Annotated[
        bool,
        Field(
            description="Whether SCEP clients may use 3DES and SHA-1. Both are weak: others can read and forge the "
            "messages of such clients. Default: false"
        ),
    ] = False
    validator: Annotated[
        Name | None,
        Field(
            description="Name of a table `[[scep_validators]]` in the settings: this service validates the challenges "
            "of SCEP clients, and the credential has no challenge of its own. Default: none"
        ),
    ] = None
    ra_certificate: Annotated[
        Identifier | None,
        Field(
            description="ID of the certificate with which a CMP registration authority signs the requests of devices. "
            "It must have the extended key usage id-kp-cmcRA. The credential then has no secret. Default: none"
        ),
    ] = None

    def request(self) -> NewCredential:
        return NewCredential(
            protocol=self.protocol,
            name=self.name,
            lifetime=Duration.parse(self.expires, "expires"),
            ca=self.ca,
            profile=self.profile,
            names=None if self.names is None else tuple(self.names),
            devices=tuple(self.devices or ()),
            role=self.role,
            service_account=self.service_account,
            team=self.team,
            server_keys=self.server_keys,
            pre_authorized=self.pre_authorized,
            legacy_algorithms=self.legacy_algorithms,
            validator=self.validator,
            ra_certificate=self.ra_certificate,
        )


class TokenRotationBody(Body):
    overlap: Annotated[
        Line, Field(description="Time for which the old secret stays valid, for example `PT1H`. At most 7 days")
    ]
