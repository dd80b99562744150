"""Enrollment credentials as they are returned."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal, TypeAlias
from urllib.parse import quote
from uuid import UUID

from pydantic import BaseModel

from pki_manager.authority.enrollment.credentials import CredentialView, IssuedCredential
from pki_manager.domain.rights.actor import EnrollmentProtocol, Reach
from pki_manager.domain.rights.credential import Device
from pki_manager.protocols.rest.responses.rights import build_scope_members


class CredentialResponse(BaseModel):
    """An enrollment credential; its `id` is also that of its token, and the username, `kid`, or reference of clients.

    `url` is where clients enroll. `label` is the EST label in it, null for other protocols. `devices` is the number of
    devices in its list, 0 without one. A `single_use` credential admits one enrollment, at `used_at`.
    `server_keys` says whether EST clients may get private keys that the server generates. `pre_authorized` says whether
    ACME clients get permitted names without validation. `legacy_algorithms` says whether SCEP clients may use 3DES and
    SHA-1. `validator` is the service that validates SCEP challenges, null without one. `ra_certificate` is the ID of
    the certificate of a CMP registration authority, null without one.
    """

    id: UUID
    protocol: EnrollmentProtocol
    name: str
    role: str
    cas: list[UUID] | None
    profiles: list[str] | None
    names: list[str] | None
    reach: Reach
    devices: int
    server_keys: bool
    pre_authorized: bool
    legacy_algorithms: bool
    validator: str | None
    ra_certificate: UUID | None
    single_use: bool
    used_at: datetime | None
    label: str | None
    url: str
    owner: str
    team: UUID | None
    created_by: str
    created_at: datetime
    expires: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None

    @classmethod
    def of(cls, view: CredentialView, base: str) -> CredentialResponse:
        """Build the response; `base` is the URL by which clients reach the server over TLS."""
        return cls.model_validate(cls.members(view, base))

    @staticmethod
    def members(view: CredentialView, base: str) -> dict[str, object]:
        one, token = view.credential, view.credential.token
        return {
            "id": token.id,
            "protocol": one.protocol,
            "name": token.name,
            "role": token.role,
            **build_scope_members(token.scope),
            "devices": one.device_count,
            "server_keys": one.server_keys,
            "pre_authorized": one.pre_authorized,
            "legacy_algorithms": one.legacy_algorithms,
            "validator": one.validator,
            "ra_certificate": one.ra_certificate_id,
            "single_use": one.single_use,
            "used_at": one.used_at,
            "label": view.label if one.protocol is EnrollmentProtocol.EST else None,
            "url": _URLS[one.protocol](view, base),
            "owner": token.owner_id,
            "team": token.team_id,
            "created_by": token.created_by,
            "created_at": token.created_at,
            "expires": token.expires_at,
            "revoked_at": token.revoked_at,
            "last_used_at": token.last_used_at,
        }


class CredentialPage(BaseModel):
    items: list[CredentialResponse]
    next_cursor: str | None


class CredentialDevice(BaseModel):
    """A permitted device: its serial numbers and names, in lower case."""

    identities: list[str]

    @classmethod
    def of(cls, device: Device) -> CredentialDevice:
        return cls(identities=sorted(device))


class CredentialDevicePage(BaseModel):
    items: list[CredentialDevice]
    next_cursor: str | None


class ProtocolState(BaseModel):
    """An enrollment protocol. `setting` is the name of the setting that switches it on and off."""

    protocol: EnrollmentProtocol
    enabled: bool
    setting: str


class ProtocolStateList(BaseModel):
    items: list[ProtocolState]

    @classmethod
    def of(cls, protocols: Mapping[EnrollmentProtocol, bool]) -> ProtocolStateList:
        states = (
            ProtocolState(protocol=one, enabled=enabled, setting=f"{one}_enabled") for one, enabled in protocols.items()
        )
        return cls(items=list(states))


class NewEstCredential(CredentialResponse):
    """`user` and `password` are for HTTP Basic. `password` is shown only once: null if the request is sent again."""

    protocol: Literal[EnrollmentProtocol.EST]
    user: str
    password: str | None


class NewScepCredential(CredentialResponse):
    """`challenge` is the challenge password. It is shown only once: null if the request is sent again.

    It is also null for a credential with a `validator`.
    """

    protocol: Literal[EnrollmentProtocol.SCEP]
    challenge: str | None


class NewCmpCredential(CredentialResponse):
    """`reference` is the senderKID, `secret` the shared secret. It is shown only once: null if sent again.

    It is also null for a credential with an `ra_certificate`.
    """

    protocol: Literal[EnrollmentProtocol.CMP]
    reference: str
    secret: str | None


class NewAcmeCredential(CredentialResponse):
    """`kid` and `hmac_key` are for external account binding.

    `hmac_key` is base64url without padding. It is shown only once: null if the request is sent again.
    """

    protocol: Literal[EnrollmentProtocol.ACME]
    kid: str
    hmac_key: str | None


NewCredential: TypeAlias = NewEstCredential | NewScepCredential | NewCmpCredential | NewAcmeCredential


def build_new_credential(new: IssuedCredential, base: str) -> NewCredential:
    """Build the response to the creation of a credential."""
    members = CredentialResponse.members(new.view, base)
    identifier = str(new.view.credential.token.id)
    protocol = new.view.credential.protocol
    if protocol is EnrollmentProtocol.EST:
        return NewEstCredential.model_validate({**members, "user": identifier, "password": new.secret})
    if protocol is EnrollmentProtocol.SCEP:
        return NewScepCredential.model_validate({**members, "challenge": new.secret})
    if protocol is EnrollmentProtocol.CMP:
        return NewCmpCredential.model_validate({**members, "reference": identifier, "secret": new.secret})
    return NewAcmeCredential.model_validate({**members, "kid": identifier, "hmac_key": new.secret})


def _acme_url(view: CredentialView, base: str) -> str:
    """Return the directory URL of the credential's CA and profile, or ACME's base URL if not limited to one."""
    profile = view.credential.profile
    if view.ca is None or profile is None:
        return f"{base}/acme"
    return f"{base}/acme/{quote(view.ca.name, safe='')}/{profile}/directory"


def _part(view: CredentialView) -> str:
    return "" if view.ca is None else view.ca.part


_URLS: Mapping[EnrollmentProtocol, Callable[[CredentialView, str], str]] = {
    EnrollmentProtocol.ACME: _acme_url,
    EnrollmentProtocol.EST: lambda view, base: f"{base}/.well-known/est/{view.label}",
    EnrollmentProtocol.SCEP: lambda view, base: f"{base}/scep/{_part(view)}/{view.credential.profile}",
    EnrollmentProtocol.CMP: lambda view, base: f"{base}/.well-known/cmp/p/{_part(view)}/{view.credential.profile}",
}
