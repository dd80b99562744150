"""Key rotation of a CA: the next key and its certificate, cross-certificates for roots, then the switch.

- next: has a certificate, a CRL, and an OCSP signing certificate; signs nothing else yet
- current: signs what the CA issues
- draining: signs only CRLs and OCSP responses, until the last certificate that needs them has expired
- retired: not needed any more; `destroy_key` can erase it

Each step does what is missing, so that any later caller, above all the scheduler, can continue after an interruption.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from uuid import UUID

from pki_manager.authority.cas.create_ca import ROOT_PROFILE, SUBORDINATE_PROFILE
from pki_manager.authority.cas.issuer_key import KeyPlace, make_key, write_key
from pki_manager.authority.cas.key_intents import erase_on_failure
from pki_manager.authority.cas.signing_terms import SigningTerms, build_sample_key, compute_signing_terms
from pki_manager.authority.cas.views import CaView, get_ca_view
from pki_manager.authority.certificates.enroll import issue_own, replay
from pki_manager.authority.certificates.local_keys import build_local_key_facts
from pki_manager.authority.kernel import approval_gate, guard
from pki_manager.authority.kernel.approval_gate import Act
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.directory import Terms
from pki_manager.authority.kernel.idempotency import Done, run_once
from pki_manager.authority.kernel.issuers import (
    build_self_issuer,
    list_certificates_of_key,
    load_issuer,
    load_issuer_of_key,
)
from pki_manager.authority.signing.external_cas import EXTERNAL_PROFILE
from pki_manager.authority.signing.key_states import retire_drained
from pki_manager.authority.signing.status_urls import require_new_status_url, require_status_urls
from pki_manager.domain.approval import Operation
from pki_manager.domain.ca import CaState, CertificateAuthority, Issuer, IssuerKey, KeyState
from pki_manager.domain.certificate import Certificate, Validity
from pki_manager.domain.errors import Conflict, InvalidInput, PartUnavailable, PkiError
from pki_manager.domain.events.cas import CaKeySwitched
from pki_manager.domain.jobs import JobKind, NewJob
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.request import Purpose, RequestedContents, ValidityRequest
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.policy.approval import Touched
from pki_manager.ports.unit_of_work import Claim, Reader, UnitOfWork

CROSS_PROFILE = "cross-ca"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RotateCa:
    """A key rotation. `ca` is an ID or a name. For a value that is None, that of the current key is kept.

    `switch_at` is when the next key becomes current; None for at once. `cross_certify` is for root CAs: the old and the
    new key certify each other, so that either can be the trust anchor. `key` is the ID of a key that was generated for
    the CA.
    """

    ca: str
    key_type: str | None = None
    signature_algorithm: str | None = None
    backend: str | None = None
    key: UUID | None = None
    validity: ValidityRequest = field(default_factory=ValidityRequest)
    switch_at: datetime | None = None
    cross_certify: bool = False


def rotate_ca(ctx: Context, actor: Actor, command: RotateCa, claim: Claim | None = None) -> Done[CaView]:
    """Create the next key of a CA and its certificate, and make it current if `switch_at` has passed.

    If a component becomes unavailable after the next key has its certificate, the scheduler continues. Raises NotFound
    if the CA does not exist; Conflict unless the CA is active, if it has a next key, and if its parent cannot issue;
    InvalidInput for an invalid `switch_at`; KeyOwnerRequired if only the key owner can generate the key; PolicyRefused,
    LintRefused, BackendUnavailable.
    """
    access.require_somewhere(actor, Permission.CA_ROTATE)
    with ctx.ports.storage.read() as reader:
        ca_id = guard.get_ca(reader, actor, Permission.CA_ROTATE, command.ca).id

    def work() -> UUID:
        key_id = _begin(ctx, actor, ca_id, command, claim)
        try:
            advance(ctx, actor, key_id)
        except PartUnavailable as away:
            _log.warning("CA key rotation delayed", extra={"ca_id": str(ca_id), "reason": away.detail})
        return ca_id

    def again(made: UUID) -> UUID | None:
        with ctx.ports.storage.read() as reader:
            if any(key.id == made for key in reader.issuer_keys.list_by_ca(ca_id)):
                return ca_id
        return None if replay(ctx, actor, made) is None else ca_id

    _, replayed = run_once(ctx, actor, claim, work, again)
    with ctx.ports.storage.read() as reader:
        return Done(get_ca_view(reader, reader.cas.get(ca_id), ctx.ports.clock.now()), replayed)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Before:
    """The state of a CA before a rotation: its keys (current first), the current key's certificate, and the parent.

    `parent` issues the next certificate. It is None for a root CA, and for a CA with an external parent, whose next key
    waits for a certificate from there.
    """

    ca: CertificateAuthority
    keys: Sequence[IssuerKey]
    certificate: Certificate
    parent: Issuer | None
    is_external: bool
    profile: Profile


def _rotation_of(ca: CertificateAuthority, command: RotateCa, terms: Callable[[], SigningTerms] | None) -> Act:
    """Return the rotation as an operation for the approval gate."""
    body = {
        **asdict(command),
        "ca": str(ca.id),
        "name": ca.name,
        "key": None if command.key is None else str(command.key),
        "validity": command.validity.to_json(),
        "switch_at": None if command.switch_at is None else command.switch_at.isoformat(),
    }
    return Act(Operation.CA_ROTATE, "ca", str(ca.id), body, Touched(ca=ca), terms)


def _terms(
    ctx: Context, actor: Actor, before: _Before, command: RotateCa, place: KeyPlace, kind: _KeyKind
) -> SigningTerms:
    """Return what would be signed for the next key's certificate, as policy decides it with a sample key."""
    now = ctx.ports.clock.now()
    key = build_sample_key(ctx, place, kind.type_name, kind.algorithm, kind.backend)
    issuer = before.parent or build_self_issuer(before.ca, key, Validity(now, now))
    with ctx.ports.storage.read() as reader:
        also = (reader.profiles.get(CROSS_PROFILE),) if command.cross_certify else ()
    what = _Certified(before.ca, key, before.profile, issuer, Purpose.ROTATION, command.validity)
    facts = build_local_key_facts(key.spki_der)
    return compute_signing_terms(actor, facts, _contents_of(what), before.profile, issuer, Purpose.ROTATION, now, also)


@dataclass(frozen=True, slots=True)
class _KeyKind:
    """Type, signature algorithm, and backend of the next key."""

    type_name: str
    algorithm: str | None
    backend: str

    @classmethod
    def of(cls, command: RotateCa, current: IssuerKey) -> _KeyKind:
        kept = command.key_type in (None, current.key_type)
        algorithm = command.signature_algorithm or (current.signature_algorithm if kept else None)
        return cls(command.key_type or current.key_type, algorithm, command.backend or current.backend)


def _begin(ctx: Context, actor: Actor, ca_id: UUID, command: RotateCa, claim: Claim | None) -> UUID:
    now = ctx.ports.clock.now()
    with ctx.ports.storage.read() as reader:
        before = _before(ctx, reader, ca_id, now)
    switch_at = _switch_at(command, before, now)
    kind = _KeyKind.of(command, before.keys[0])
    place = _place(before, command, switch_at)
    terms = None if before.is_external else partial(_terms, ctx, actor, before, command, place, kind)
    permit = approval_gate.ask(ctx, actor, _rotation_of(before.ca, command, terms))
    key = make_key(
        ctx,
        actor,
        place,
        type_name=kind.type_name,
        signature_algorithm=kind.algorithm,
        backend=kind.backend,
        adopt=command.key,
    )

    def in_same_transaction(uow: UnitOfWork) -> None:
        permit.use(uow, now)
        _require_rotatable(uow.cas.get(ca_id), uow.issuer_keys.list_by_ca(ca_id), now)
        write_key(uow, key, adopted=command.key is not None)

    if before.is_external:
        with erase_on_failure(ctx, actor, key.id), ctx.ports.storage.begin(actor) as uow:
            uow.meta.lock_directory()
            if claim is not None:
                uow.idempotency.claim(actor.id, claim, key.id, now)
            in_same_transaction(uow)
        return key.id
    issuer = before.parent or build_self_issuer(before.ca, key, Validity(now, now))
    certified = _Certified(before.ca, key, before.profile, issuer, Purpose.ROTATION, command.validity)
    with erase_on_failure(ctx, actor, key.id):
        _certify(ctx, actor, certified, claim, in_same_transaction)
    return key.id


def _place(before: _Before, command: RotateCa, switch_at: datetime) -> KeyPlace:
    return KeyPlace(
        ca_id=before.ca.id,
        number=max(key.number for key in before.keys) + 1,
        subject_der=before.ca.subject_der,
        state=KeyState.NEXT,
        switch_at=switch_at,
        cross_certify=command.cross_certify,
        is_root=before.ca.parent_id is None,
    )


def _before(ctx: Context, reader: Reader, ca_id: UUID, now: datetime) -> _Before:
    """Return a CA's state before a rotation. Raises Conflict if it or its status URLs do not allow a rotation."""
    require_new_status_url(ctx)
    ca, keys = reader.cas.get(ca_id), reader.issuer_keys.list_by_ca(ca_id)
    _require_rotatable(ca, keys, now)
    certificate = list_certificates_of_key(reader, keys[0].id)[0]
    above = reader.cas.get(ca.parent_id) if ca.parent_id else None
    is_external = above is not None and above.state is CaState.EXTERNAL
    parent = load_issuer(reader, above) if above and not is_external else None
    if parent is not None:
        require_status_urls(ctx, parent.ca, parent.key)
    usual = SUBORDINATE_PROFILE if above else ROOT_PROFILE
    return _Before(
        ca=ca,
        keys=keys,
        certificate=certificate,
        parent=parent,
        is_external=is_external,
        profile=reader.profiles.get(usual if certificate.profile == EXTERNAL_PROFILE else certificate.profile),
    )


def _require_rotatable(ca: CertificateAuthority, keys: Sequence[IssuerKey], now: datetime) -> None:
    if ca.state_at(now) is not CaState.ACTIVE:
        raise Conflict(f"CA {ca.name!r} is {ca.state_at(now)} and cannot be rotated. Only an active CA can.")
    waiting = next((key for key in keys if key.state is KeyState.NEXT), None)
    if waiting is not None:
        when = f"{waiting.switch_at:%Y-%m-%dT%H:%M:%SZ}" if waiting.switch_at else "once it has its certificate"
        raise Conflict(f"CA {ca.name!r} already has a next key, k{waiting.number}, which becomes current {when}.")


def _switch_at(command: RotateCa, before: _Before, now: datetime) -> datetime:
    if command.cross_certify and before.ca.parent_id is not None:
        message = "can be true only for root CAs"
        raise InvalidInput.of("cross_certify", "rotate.cross", message)
    if command.switch_at is None:
        return now
    end = before.certificate.validity.not_after
    if not now <= command.switch_at <= end:
        message = f"must be between now and the expiration of the current certificate, {end:%Y-%m-%dT%H:%M:%SZ}"
        raise InvalidInput.of("switch_at", "rotate.switch", message)
    return command.switch_at


@dataclass(frozen=True, slots=True)
class _Certified:
    """A certificate that a rotation issues: CA, certified key, profile, issuer, purpose, and validity."""

    ca: CertificateAuthority
    key: IssuerKey
    profile: Profile
    issuer: Issuer
    purpose: Purpose
    validity: ValidityRequest


def _certify(
    ctx: Context,
    actor: Actor,
    what: _Certified,
    claim: Claim | None = None,
    in_same_transaction: Callable[[UnitOfWork], None] | None = None,
) -> Certificate:
    """Issue a certificate that keeps name, path length, name constraints, and policies of the CA."""
    facts, terms = build_local_key_facts(what.key.spki_der), Terms(what.profile, what.issuer)
    return issue_own(ctx, actor, facts, _contents_of(what), terms, what.purpose, claim, in_same_transaction)


def _contents_of(what: _Certified) -> RequestedContents:
    return RequestedContents(
        subject=what.ca.subject,
        subject_der=what.ca.subject_der,
        validity=what.validity,
        path_length=what.ca.path_length,
        name_constraints=what.ca.name_constraints,
        policies=what.ca.policies,
    )


def advance(ctx: Context, actor: Actor, key_id: UUID) -> bool:
    """Carry out the steps that are due for a next key: cross-certificates, then the switch.

    Returns whether the key is current now. Raises BackendUnavailable, StorageUnavailable; PolicyRefused and LintRefused
    for a cross-certificate.
    """
    with ctx.ports.storage.read() as reader:
        key = reader.issuer_keys.get(key_id)
        if key.state is not KeyState.NEXT or not list_certificates_of_key(reader, key_id):
            return key.state is KeyState.CURRENT
        anchors = _anchors(reader, key.ca_id, ctx.ports.clock.now())
    if key.cross_certify:
        for anchor in anchors:
            _cross_certify_both(ctx, actor, key, anchor)
    if key.switch_at is not None and ctx.ports.clock.now() < key.switch_at:
        return False
    with ctx.ports.storage.begin(actor) as uow:
        uow.meta.lock_directory()
        _switch(uow, key_id, ctx.ports.clock.now())
    return True


def _anchors(reader: Reader, ca_id: UUID, now: datetime) -> list[IssuerKey]:
    """Return the current and draining keys that have a valid self-signed certificate: clients can still trust them."""
    return [
        key
        for key in reader.issuer_keys.list_by_ca(ca_id)
        if key.state in (KeyState.CURRENT, KeyState.DRAINING)
        and any(
            one.is_self_signed() and one.revocation is None and one.validity.contains(now)
            for one in list_certificates_of_key(reader, key.id)
        )
    ]


def _cross_certify_both(ctx: Context, actor: Actor, key: IssuerKey, anchor: IssuerKey) -> None:
    """Cross-certify two keys. If a draining key's backend is unavailable, log that and let the rotation continue."""
    try:
        _cross_certify(ctx, actor, subject=key, signer=anchor)
        _cross_certify(ctx, actor, subject=anchor, signer=key)
    except PartUnavailable as error:
        if anchor.state is KeyState.CURRENT:
            raise
        _log.warning("key not cross-certified", extra={"key": str(anchor.id), "reason": error.detail})


def _cross_certify(ctx: Context, actor: Actor, *, subject: IssuerKey, signer: IssuerKey) -> None:
    """Issue a certificate for one key of a CA by another of its keys (RFC 4210 §4.4.1), unless there is one.

    It expires with the earlier of the two keys' own certificates.
    """
    with ctx.ports.storage.read() as reader:
        held = list_certificates_of_key(reader, subject.id)
        if any(one.issuer_key_id == signer.id and one.revocation is None for one in held):
            return
        issuer = load_issuer_of_key(reader, signer.id)
        profile = reader.profiles.get(CROSS_PROFILE)
    end = min(held[0].validity.not_after, issuer.validity.not_after)
    validity = ValidityRequest(not_after=end)
    _certify(ctx, actor, _Certified(issuer.ca, subject, profile, issuer, Purpose.ROLLOVER, validity))


def _switch(uow: UnitOfWork, key_id: UUID, now: datetime) -> None:
    """Make the next key the current one. Raises Conflict if the CA or the key's certificate is no longer valid."""
    key = uow.issuer_keys.get(key_id)
    ca, old = uow.cas.get(key.ca_id), uow.issuer_keys.get_current(key.ca_id)
    certificate = list_certificates_of_key(uow, key_id)[0]
    if ca.state not in (CaState.ACTIVE, CaState.SUSPENDED):
        raise Conflict(f"CA {ca.name!r} is {ca.state}, so its next key cannot become current.")
    if certificate.revocation is not None:
        raise Conflict(f"The certificate of key k{key.number} of CA {ca.name!r} is revoked.")
    uow.issuer_keys.set_state(old.id, KeyState.DRAINING)
    uow.issuer_keys.set_state(key.id, KeyState.CURRENT)
    uow.cas.set_state(ca.id, ca.state, certificate.validity)
    uow.record(CaKeySwitched(object_id=str(ca.id), key_id=str(key.id), number=key.number, draining_key_id=str(old.id)))
    for kind in (JobKind.PUBLISH_CA_CERTIFICATE, JobKind.PUBLISH_CRL):
        uow.jobs.enqueue(NewJob(kind, {"issuer_key": str(key.id)}, coalesce=f"{kind}:{key.id}"), now)


def advance_all(ctx: Context, actor: Actor) -> int:
    """Run `advance` for every next key. Return how many became current. Errors as `_each`."""
    return _each(ctx, actor, KeyState.NEXT, advance)


def retire_all_drained(ctx: Context, actor: Actor) -> int:
    """Retire the draining keys that nothing needs any more. Return their number. Errors as `_each`."""
    return _each(ctx, actor, KeyState.DRAINING, retire_drained)


def _each(ctx: Context, actor: Actor, state: KeyState, step: Callable[[Context, Actor, UUID], bool]) -> int:
    """Run `step` for each key in this state. Return how many changed. The first error is raised at the end."""
    with ctx.ports.storage.read() as reader:
        keys = [key.id for key in reader.issuer_keys.list_serving() if key.state is state]
    changed = 0
    failure: PkiError | None = None
    for key_id in keys:
        try:
            changed += step(ctx, actor, key_id)
        except PkiError as error:
            failure = failure or error
    if failure is not None:
        raise failure
    return changed
