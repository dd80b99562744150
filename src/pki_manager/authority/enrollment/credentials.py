"""Enrollment credentials: create, list, show, and revoke.

A credential is a token that is limited to one CA and one profile, and a secret that only its protocol accepts. The
permissions of its clients follow from the token: its role, scope, owner, and expiration. Revoking the credential
revokes the token.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from pki_manager.authority.acme.keys import NewEabKey, create_eab_key
from pki_manager.authority.certificates.queries import show_certificate
from pki_manager.authority.enrollment.labels import CaPath, format_label, list_ca_paths
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.idempotency import Done, run_once
from pki_manager.authority.kernel.scope_request import ScopeRequest
from pki_manager.authority.kernel.secrets import create_secret, hash_of
from pki_manager.authority.rights.credential_tokens import CredentialTokenRequest, add_credential_token
from pki_manager.authority.rights.tokens import build_target, revoke_token
from pki_manager.authority.scep.ra import ensure_ra
from pki_manager.domain.certificate import CertificateKind
from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import Conflict, Fault, InvalidInput, NotFound, PkiError
from pki_manager.domain.events.rights import CredentialCreated
from pki_manager.domain.jobs import JobKind, NewJob
from pki_manager.domain.page import Page
from pki_manager.domain.rights.actor import Actor, ActorKind, EnrollmentProtocol, Role
from pki_manager.domain.rights.credential import MAX_DEVICES, Credential, Device, parse_device
from pki_manager.domain.rights.permission import Permission
from pki_manager.policy import access, scopes
from pki_manager.ports.unit_of_work import Claim, Reader, UnitOfWork
from pki_manager.x509.cmp.ra import is_ra_certificate

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCredential:
    """A credential to create. `ca`, `service_account`, and `team` are IDs or names; `names` as in `ScopeRequest`.

    Each of `devices` lists the identities of one permitted device, separated by commas. A SCEP credential without
    devices admits one enrollment. With `server_keys`, EST clients may get private keys that the server generates. With
    `pre_authorized`, ACME clients get the permitted names, which must then be set, without validation. With
    `legacy_algorithms`, SCEP clients may use 3DES and SHA-1.

    A credential has no secret with `validator`, the service of that name in the settings that validates the challenges
    of SCEP clients, or with `ra_certificate`, with which a CMP registration authority signs the requests of devices.
    """

    protocol: EnrollmentProtocol
    name: str
    lifetime: Duration
    ca: str | None = None
    profile: str | None = None
    names: tuple[str, ...] | None = None
    devices: tuple[str, ...] = ()
    role: str = Role.REGISTRATION_AUTHORITY
    service_account: str | None = None
    team: str | None = None
    server_keys: bool = False
    pre_authorized: bool = False
    legacy_algorithms: bool = False
    validator: str | None = None
    ra_certificate: UUID | None = None

    def scope(self) -> ScopeRequest:
        return ScopeRequest(
            cas=None if self.ca is None else (self.ca,),
            profiles=None if self.profile is None else (self.profile,),
            names=self.names,
        )


@dataclass(frozen=True, slots=True)
class CredentialView:
    """A credential, and the path of its CA. `ca` is None if the credential is not limited to one CA."""

    credential: Credential
    ca: CaPath | None

    @property
    def label(self) -> str | None:
        """The EST label of the CA and the profile. None if the credential is not limited to one of each."""
        profile = self.credential.profile
        return None if self.ca is None or profile is None else format_label(self.ca.part, profile)


@dataclass(frozen=True, slots=True)
class IssuedCredential:
    """A new credential. `secret` is returned only once: it is None if the request was repeated."""

    view: CredentialView
    secret: str | None = field(repr=False)


def create_credential(
    ctx: Context, actor: Actor, request: NewCredential, claim: Claim | None = None
) -> Done[IssuedCredential]:
    """Create a credential.

    Raises InvalidInput for a role that cannot request certificates, a missing CA or profile, invalid devices, or a
    switch of another protocol; NotFound if the CA or the profile does not exist; Conflict for a
    protocol that is switched off. Other errors as `create_token`.
    """
    access.require_somewhere(actor, Permission.TOKEN_CREATE)
    if request.protocol not in ctx.config.enrollment_protocols:
        name = request.protocol
        raise Conflict(f"{name.upper()} is switched off on this server. Set {name}_enabled to switch it on.")
    devices = _parse_devices(request)
    _require_switches(request)
    _require_validator(ctx, request)
    _require_ra_certificate(ctx, actor, request)
    if request.protocol is EnrollmentProtocol.ACME:
        return _create_acme_credential(ctx, actor, request, claim)
    _require_one_target(request)

    def work() -> IssuedCredential:
        secret = create_secret(ctx.ports.entropy)
        with ctx.ports.storage.begin(actor) as uow:
            credential = _add(ctx, uow, actor, request, devices, secret, claim)
            return IssuedCredential(_view(uow, credential), secret if credential.has_secret else None)

    made = run_once(ctx, actor, claim, work, lambda token_id: _replay(ctx, token_id))
    _prepare_ra(ctx, made[0].view.credential)
    return made


def list_credentials(
    ctx: Context, actor: Actor, cursor: str | None, limit: int, protocol: EnrollmentProtocol | None = None
) -> Page[CredentialView]:
    """List credentials whose tokens the actor may read, newest first. With `protocol`, only those of that protocol."""
    access.require_somewhere(actor, Permission.TOKEN_READ)
    visible = scopes.compute_visibility(actor, Permission.TOKEN_READ)
    if visible is not None and actor.kind is ActorKind.TOKEN:
        # A token is not its owner: of the owner's tokens it sees only itself, which is no credential.
        visible = replace(visible, owner=actor.id)
    with ctx.ports.storage.read() as reader:
        page = reader.credentials.page(cursor, limit, visible, protocol)
        paths = list_ca_paths(reader)
    return Page(tuple(_view_by(paths, one) for one in page.items), page.next_cursor)


def show_credential(ctx: Context, actor: Actor, credential_id: UUID) -> CredentialView:
    """Return a credential. Raises NotFound if it does not exist or the actor may not read its token."""
    access.require_somewhere(actor, Permission.TOKEN_READ)
    with ctx.ports.storage.read() as reader:
        return _view(reader, _get(reader, actor, Permission.TOKEN_READ, credential_id))


def list_devices(ctx: Context, actor: Actor, credential_id: UUID, cursor: str | None, limit: int) -> Page[Device]:
    """List the permitted devices of a credential.

    Raises NotFound if it does not exist or the actor may not read its token.
    """
    access.require_somewhere(actor, Permission.TOKEN_READ)
    with ctx.ports.storage.read() as reader:
        _get(reader, actor, Permission.TOKEN_READ, credential_id)
        return reader.credentials.page_devices(credential_id, cursor, limit)


def list_protocols(ctx: Context, actor: Actor) -> Mapping[EnrollmentProtocol, bool]:
    """Return each protocol, with whether it is switched on."""
    access.require_somewhere(actor, Permission.TOKEN_READ)
    return {protocol: protocol in ctx.config.enrollment_protocols for protocol in EnrollmentProtocol}


def revoke_credential(
    ctx: Context, actor: Actor, credential_id: UUID, claim: Claim | None = None
) -> Done[CredentialView]:
    """Revoke a credential permanently. Its clients can no longer enroll or renew.

    Certificates that were issued with it stay valid. Can be repeated. Raises NotFound if it does not exist; Forbidden
    if the actor may not revoke it.
    """
    access.require_somewhere(actor, Permission.TOKEN_REVOKE)
    with ctx.ports.storage.read() as reader:
        _get(reader, actor, Permission.TOKEN_REVOKE, credential_id)
    _, replayed = revoke_token(ctx, actor, credential_id, claim)
    with ctx.ports.storage.read() as reader:
        return Done(_view(reader, _find(reader, credential_id)), replayed)


def _prepare_ra(ctx: Context, credential: Credential) -> None:
    """Create a CA's SCEP registration authority with its first credential, so that clients can enroll at once."""
    if credential.protocol is not EnrollmentProtocol.SCEP:
        return
    try:
        ensure_ra(ctx, _ca_of(credential))
    except PkiError as error:
        # The job that was queued with the credential issues it as soon as that is possible.
        facts = {"ca": str(credential.ca_id), "reason": error.detail}
        _log.warning("the SCEP registration authority certificate is not issued yet", extra=facts)


def _ca_of(credential: Credential) -> UUID:
    if credential.ca_id is None:
        raise Fault("an enrollment credential without its CA", credential=str(credential.token.id))
    return credential.ca_id


def get_sealing_context(credential_id: UUID) -> bytes:
    """Return the encryption context of a secret, so that it can be decrypted for this credential only."""
    return b"credential" + credential_id.bytes


def _add(
    ctx: Context,
    uow: UnitOfWork,
    actor: Actor,
    request: NewCredential,
    devices: Sequence[Device],
    secret: str,
    claim: Claim | None,
) -> Credential:
    uow.profiles.get(request.profile or "")
    token = add_credential_token(ctx, uow, actor, _token_request(request), claim)
    has_secret = request.validator is None and request.ra_certificate is None
    is_sealed = has_secret and request.protocol is EnrollmentProtocol.CMP
    credential = Credential(
        token=token,
        protocol=request.protocol,
        single_use=request.protocol is EnrollmentProtocol.SCEP and not devices and request.validator is None,
        device_count=len(devices),
        legacy_algorithms=request.legacy_algorithms,
        validator=request.validator,
        ra_certificate_id=request.ra_certificate,
        secret_sha256=hash_of(secret) if has_secret and not is_sealed else None,
        sealed=ctx.ports.factors.sealer.seal(secret.encode(), get_sealing_context(token.id)) if is_sealed else None,
    )
    _require_only_one(uow, credential, token.created_at)
    uow.credentials.add(credential, devices)
    if request.protocol is EnrollmentProtocol.SCEP:
        key = str(uow.issuer_keys.get_current(_ca_of(credential)).id)
        job = NewJob(JobKind.RENEW_SCEP_RA, {"issuer_key": key}, coalesce=f"scep-ra:{key}")
        uow.jobs.enqueue(job, token.created_at)
    uow.record(_build_event(credential))
    return credential


def _build_event(credential: Credential) -> CredentialCreated:
    token = credential.token
    return CredentialCreated(
        object_id=str(token.id),
        protocol=credential.protocol,
        name=token.name,
        role=token.role,
        owner=token.owner_id,
        ca=str(credential.ca_id),
        profile=str(credential.profile),
        device_count=credential.device_count,
        expires=token.expires_at.isoformat(),
        server_keys=credential.server_keys,
        legacy_algorithms=credential.legacy_algorithms,
        validator=credential.validator,
        ra_certificate=None if credential.ra_certificate_id is None else str(credential.ra_certificate_id),
    )


def _token_request(request: NewCredential) -> CredentialTokenRequest:
    return CredentialTokenRequest(
        name=request.name,
        lifetime=request.lifetime,
        role=request.role,
        scope=request.scope(),
        service_account=request.service_account,
        team=request.team,
        server_keys=request.server_keys,
    )


def _create_acme_credential(
    ctx: Context, actor: Actor, request: NewCredential, claim: Claim | None
) -> Done[IssuedCredential]:
    """Create an ACME credential: an EAB key, whose secret is its HMAC key in Base64url without padding."""
    new = NewEabKey(
        name=request.name,
        lifetime=request.lifetime,
        role=request.role,
        scope=request.scope(),
        service_account=request.service_account,
        team=request.team,
        pre_authorized=request.pre_authorized,
    )
    key, replayed = create_eab_key(ctx, actor, new, claim)
    secret = None if key.secret is None else base64.urlsafe_b64encode(key.secret).rstrip(b"=").decode()
    with ctx.ports.storage.read() as reader:
        return Done(IssuedCredential(_view(reader, _find(reader, key.token.id)), secret), replayed)


def _replay(ctx: Context, token_id: UUID) -> IssuedCredential:
    with ctx.ports.storage.read() as reader:
        return IssuedCredential(_view(reader, _find(reader, token_id)), None)


def _parse_devices(request: NewCredential) -> tuple[Device, ...]:
    if request.devices and request.protocol is EnrollmentProtocol.ACME:
        raise InvalidInput.of("devices", "credential.devices", "cannot be set for ACME, which validates names instead")
    if len(request.devices) > MAX_DEVICES:
        raise InvalidInput.of("devices", "credential.devices", f"must list at most {MAX_DEVICES} devices")
    return tuple(parse_device(text, f"devices.{number}") for number, text in enumerate(request.devices))


def _require_switches(request: NewCredential) -> None:
    """Raise InvalidInput if a switch is set that another protocol has."""
    for name, value, protocol in (
        ("server_keys", request.server_keys, EnrollmentProtocol.EST),
        ("pre_authorized", request.pre_authorized, EnrollmentProtocol.ACME),
        ("legacy_algorithms", request.legacy_algorithms, EnrollmentProtocol.SCEP),
    ):
        if value and request.protocol is not protocol:
            raise InvalidInput.of(name, f"credential.{name}", f"can be set for {protocol.upper()} only")


def _require_validator(ctx: Context, request: NewCredential) -> None:
    """Raise InvalidInput for a validator of another protocol, or one that is not in the settings."""
    if request.validator is None:
        return
    if request.protocol is not EnrollmentProtocol.SCEP:
        raise InvalidInput.of("validator", "credential.validator", "can be set for SCEP only")
    if request.validator not in ctx.ports.challenge_validators:
        message = "must be the name of a table [[scep_validators]] in the settings of the server"
        raise InvalidInput.of("validator", "credential.validator", message)


def _require_ra_certificate(ctx: Context, actor: Actor, request: NewCredential) -> None:
    """Raise InvalidInput unless the certificate is a valid one of a registration authority, and the protocol is CMP."""
    if request.ra_certificate is None:
        return
    if request.protocol is not EnrollmentProtocol.CMP:
        raise InvalidInput.of("ra_certificate", "credential.ra_certificate", "can be set for CMP only")
    found = show_certificate(ctx, actor, request.ra_certificate)
    is_end_entity = found.kind is CertificateKind.END_ENTITY
    is_current = found.revocation is None and found.validity.contains(ctx.ports.clock.now())
    if not is_end_entity or not is_current or not is_ra_certificate(found.der):
        message = "must be a valid end-entity certificate with the extended key usage id-kp-cmcRA (1.3.6.1.5.5.7.3.28)"
        raise InvalidInput.of("ra_certificate", "credential.ra_certificate", message)


def _require_only_one(reader: Reader, credential: Credential, now: datetime) -> None:
    """Raise Conflict if a message without a secret could belong to two credentials of the CA and the profile."""
    target = (_ca_of(credential), credential.profile or "")
    other = None
    if credential.validator is not None:
        other = reader.credentials.find_validated(*target, now)
    elif credential.ra_certificate_id is not None:
        other = reader.credentials.find_ra(credential.ra_certificate_id, *target, now)
    if other is not None:
        raise Conflict(
            f"Enrollment credential {other.token.id} of this CA and profile already has "
            f"{'a validator' if credential.validator else 'this RA certificate'}. Revoke it first."
        )


def _require_one_target(request: NewCredential) -> None:
    for name, value in (("ca", request.ca), ("profile", request.profile)):
        if value is None:
            raise InvalidInput.of(name, "credential.target", f"is required for {request.protocol.upper()}")


def _find(reader: Reader, credential_id: UUID) -> Credential:
    credential = reader.credentials.find(credential_id)
    if credential is None:
        raise NotFound.of("enrollment credential", str(credential_id))
    return credential


def _get(reader: Reader, actor: Actor, permission: Permission, credential_id: UUID) -> Credential:
    credential = _find(reader, credential_id)
    target = build_target(actor, credential.token)
    access.require_on(actor, permission, target, "enrollment credential", str(credential_id))
    return credential


def _view(reader: Reader, credential: Credential) -> CredentialView:
    return _view_by(list_ca_paths(reader), credential)


def _view_by(paths: Mapping[UUID, CaPath], credential: Credential) -> CredentialView:
    return CredentialView(credential, None if credential.ca_id is None else paths.get(credential.ca_id))
