"""Creating a certificate authority: a key in its backend, then a certificate over the same road as any other."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from uuid import UUID

from pki_manager.authority.context import Authority
from pki_manager.authority.enrol import record_refusal, replay
from pki_manager.authority.idempotency import once
from pki_manager.authority.issue import IssueOrder, issue
from pki_manager.authority.issuers import find_ca, load_issuer, self_issuer
from pki_manager.authority.own_keys import facts_of
from pki_manager.authority.queries import CaView, view_of
from pki_manager.domain.actor import Actor
from pki_manager.domain.algorithms import key_type
from pki_manager.domain.audit import KeyCreated
from pki_manager.domain.authority import (
    CaState,
    CertificateAuthority,
    Issuer,
    IssuerKey,
    KeyState,
    StatusUrls,
)
from pki_manager.domain.certificate import Validity
from pki_manager.domain.errors import InvalidInput, NameTaken, Refused
from pki_manager.domain.names import DistinguishedName, NameConstraints
from pki_manager.domain.profile import Profile
from pki_manager.domain.request import Purpose, ValidityRequest, Wanted
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.policy.decide import decide
from pki_manager.ports.signer import KeyRef
from pki_manager.ports.unit_of_work import Claim, UnitOfWork
from pki_manager.x509 import keys, names, ocsp

ROOT_PROFILE = "root-ca"
SUBORDINATE_PROFILE = "issuing-ca"
MAX_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateCa:
    """`subject` is RFC 4514 text; `parent` an id or a name, None for a root; subtrees as `DNS:…`, `IP:10.0.0.0/8`."""

    name: str
    subject: str
    key_type: str
    parent: str | None = None
    path_length: int | None = None
    permitted: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    validity: ValidityRequest = field(default_factory=ValidityRequest)
    backend: str | None = None


def create_ca(authority: Authority, actor: Actor, command: CreateCa, claim: Claim | None = None) -> tuple[CaView, bool]:
    """Make a CA and its first certificate; `(view, replayed)`.

    NameTaken, NotFound for the parent, InvalidInput, PolicyRefused and LintRefused with every reason, Conflict when the
    parent does not issue, BackendUnavailable.
    """
    access.require(actor, Permission.CA_CREATE)

    def work() -> UUID:
        return _create(authority, actor, command, claim)

    def again(enrolment_id: UUID) -> UUID | None:
        certificate = replay(authority, enrolment_id)
        if certificate is None or certificate.subject_key_id is None:
            return None
        with authority.storage.read() as reader:
            return reader.issuer_keys.get(certificate.subject_key_id).ca_id

    ca_id, replayed = once(authority, actor, claim, work, again)
    with authority.storage.read() as reader:
        return view_of(reader, reader.cas.get(ca_id), authority.clock.now()), replayed


def _create(authority: Authority, actor: Actor, command: CreateCa, claim: Claim | None) -> UUID:
    subject = names.parse_dn(command.subject, "subject")
    constraints = _constraints(command)
    _check_name(authority, command.name)
    parent, profile = _parent_and_profile(authority, command)
    subject_der = names.encode_dn(subject)
    key = _make_key(authority, command, subject_der)
    ca = CertificateAuthority(
        id=key.ca_id,
        name=command.name,
        subject=subject,
        subject_der=subject_der,
        parent_id=parent.ca.id if parent else None,
        state=CaState.PENDING,
        path_length=command.path_length,
        name_constraints=constraints,
        validity=None,
        created_at=authority.clock.now(),
        owner_id=actor.id,
        team_id=actor.team_id,
    )
    issuer = parent or _root_issuer(authority, ca, key)
    _issue_first(authority, actor, command, ca, key, issuer, profile, subject, claim)
    return ca.id


def _issue_first(
    authority: Authority,
    actor: Actor,
    command: CreateCa,
    ca: CertificateAuthority,
    key: IssuerKey,
    issuer: Issuer,
    profile: Profile,
    subject: DistinguishedName,
    claim: Claim | None,
) -> None:
    """Decide and issue; the CA's and the key's rows ride in the intent's transaction."""
    wanted = Wanted(
        subject=subject,
        validity=command.validity,
        path_length=command.path_length,
        name_constraints=ca.name_constraints,
    )
    facts = facts_of(key.spki_der)
    try:
        plan = decide(facts, wanted, profile, issuer, actor, authority.clock.now(), purpose=Purpose.AUTHORITY)
        path_length = plan.basic_constraints.path_length if plan.basic_constraints else None
        settled = replace(ca, path_length=path_length)

        def accompany(uow: UnitOfWork) -> None:
            uow.cas.add(settled)
            uow.issuer_keys.add(key)
            uow.record(
                KeyCreated(
                    object_id=str(key.id),
                    backend=key.backend,
                    key_type=key.key_type,
                    spki_sha256=hashlib.sha256(key.spki_der).hexdigest(),
                )
            )

        if issuer.self_signed:
            issuer = replace(issuer, ca=settled)
        order = IssueOrder(
            enrolment_id=authority.new_id(),
            plan=plan,
            profile=profile,
            issuer=issuer,
            claim=claim,
            accompany=accompany,
        )
        issue(authority, actor, order)
    except Refused as refusal:
        authority.signers.get(key.backend).destroy(KeyRef(key.backend, key.backend_key_id))
        if not issuer.self_signed:
            record_refusal(authority, actor, issuer, profile, refusal)
        raise


def _constraints(command: CreateCa) -> NameConstraints:
    return NameConstraints(
        tuple(NameConstraints.subtree(text, "name_constraints.permitted") for text in command.permitted),
        tuple(NameConstraints.subtree(text, "name_constraints.excluded") for text in command.excluded),
    )


def _check_name(authority: Authority, name: str) -> None:
    """Before a key is made; the database's unique constraint has the last word."""
    if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
        raise InvalidInput.of("name", "ca.name", f"a name has 1 to {MAX_NAME} printable characters")
    with authority.storage.read() as reader:
        if reader.cas.find(name) is not None:
            raise NameTaken(f"there is already a certificate authority named {name!r}")


def _parent_and_profile(authority: Authority, command: CreateCa) -> tuple[Issuer | None, Profile]:
    with authority.storage.read() as reader:
        if command.parent is None:
            return None, reader.profiles.get(ROOT_PROFILE)
        return load_issuer(reader, find_ca(reader, command.parent)), reader.profiles.get(SUBORDINATE_PROFILE)


def _make_key(authority: Authority, command: CreateCa, subject_der: bytes) -> IssuerKey:
    """A key under an id that we chose, and what certificates and status services will say of it."""
    row = key_type(command.key_type)
    ca_id, key_id = authority.new_id(), authority.new_id()
    backend = command.backend or authority.config.default_backend
    signer = authority.signers.get(backend)
    ref = signer.generate(row, f"ca-{key_id}")
    spki = signer.public_key(ref)
    hashes = ocsp.issuer_hashes(subject_der, spki)
    base = authority.config.status_url
    return IssuerKey(
        id=key_id,
        ca_id=ca_id,
        number=1,
        backend=backend,
        backend_key_id=ref.key_id,
        key_type=row.name,
        signature_algorithm=row.signature.name,
        state=KeyState.CURRENT,
        spki_der=spki,
        subject_key_identifier=keys.subject_key_identifier(spki),
        name_hash_sha1=hashes["sha1"][0],
        name_hash_sha256=hashes["sha256"][0],
        key_hash_sha1=hashes["sha1"][1],
        key_hash_sha256=hashes["sha256"][1],
        ocsp_key_id=f"ocsp-{key_id}",
        urls=StatusUrls(crl=f"{base}/crl/{ca_id}/k1.crl", ocsp=f"{base}/ocsp", certificate=f"{base}/ca/{ca_id}/k1.cer"),
        crl_number=0,
        created_at=authority.clock.now(),
    )


def _root_issuer(authority: Authority, ca: CertificateAuthority, key: IssuerKey) -> Issuer:
    now = authority.clock.now()
    return self_issuer(ca, key, Validity(now, now))
