"""Creation of a CA: a key in its key backend, then a certificate, issued like every other certificate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import NamedTuple
from uuid import UUID

from pki_manager.authority.cas.issuer_key import KeyPlace, make_key, write_key
from pki_manager.authority.cas.key_intents import erase_on_failure
from pki_manager.authority.cas.signing_terms import SigningTerms, build_sample_key, compute_signing_terms
from pki_manager.authority.cas.views import CaView, get_ca_view
from pki_manager.authority.certificates.enroll import replay
from pki_manager.authority.certificates.issue import issue
from pki_manager.authority.certificates.key_usage_history import get_key_usage_history
from pki_manager.authority.certificates.local_keys import build_local_key_facts
from pki_manager.authority.kernel import approval_gate, guard
from pki_manager.authority.kernel.approval_gate import Act
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.directory import Terms
from pki_manager.authority.kernel.idempotency import Done, run_once
from pki_manager.authority.kernel.issuers import build_self_issuer, load_issuer
from pki_manager.authority.kernel.refusal_events import record_refusal
from pki_manager.authority.signing.issuance import IssueOrder
from pki_manager.authority.signing.status_urls import require_new_status_url, require_status_urls
from pki_manager.authority.status.first_status import wait_for_status
from pki_manager.domain.approval import Operation
from pki_manager.domain.ca import CaState, CertificateAuthority, Issuer, IssuerKey, find_name_fault
from pki_manager.domain.certificate import Validity
from pki_manager.domain.errors import InvalidInput, NameTaken, Refused
from pki_manager.domain.events.cas import CaPrepared
from pki_manager.domain.names import NameConstraints
from pki_manager.domain.plan import CertificatePlan
from pki_manager.domain.profiles.checks import find_policy_faults
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.profiles.terms import PolicyInformation
from pki_manager.domain.request import Purpose, RequestedContents, ValidityRequest
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.policy.approval import Touched
from pki_manager.policy.constraints import find_subtree_fault
from pki_manager.policy.decide import decide
from pki_manager.ports.unit_of_work import Claim, UnitOfWork
from pki_manager.x509 import general_names, names

ROOT_PROFILE = "root-ca"
SUBORDINATE_PROFILE = "issuing-ca"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateCa:
    """A CA to create. `subject` is RFC 4514 text; `parent` is an ID or a name, None for a root CA.

    Subtrees are written as `DNS:…` or `IP:10.0.0.0/8`. `policies` replace the certificate policies of the profile, if
    set; a request to an external parent contains them. `end_entity_certificates` says whether the CA issues to end
    entities. Default: true, for a root CA false. `signature_algorithm` is what the CA's key signs with. Default: the
    usual one of its type. `key` is the ID of a key that already exists in the key backend; None to generate one. With
    `external_parent` the CA stays pending until its certificate is installed (`ca_request`, `install_ca`).
    """

    name: str
    subject: str
    key_type: str
    signature_algorithm: str | None = None
    parent: str | None = None
    path_length: int | None = None
    permitted: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    policies: tuple[PolicyInformation, ...] = ()
    validity: ValidityRequest = field(default_factory=ValidityRequest)
    backend: str | None = None
    key: UUID | None = None
    external_parent: bool = False
    end_entity_certificates: bool | None = None

    @property
    def is_root(self) -> bool:
        return self.parent is None and not self.external_parent


def create_ca(ctx: Context, actor: Actor, command: CreateCa, claim: Claim | None = None) -> Done[CaView]:
    """Create a CA, its key, and its first certificate.

    Raises NameTaken if the name is in use; NotFound if the parent does not exist; InvalidInput for invalid values;
    PolicyRefused and LintRefused with every reason; Conflict if the parent cannot issue or the key belongs to a CA;
    KeyOwnerRequired if only the key owner can generate the key; BackendUnavailable.
    """
    access.require_somewhere(actor, Permission.CA_CREATE)

    def work() -> UUID:
        create = _prepare if command.external_parent else _create
        return create(ctx, actor, command, claim)

    def again(made: UUID) -> UUID | None:
        if command.external_parent:
            return made
        certificate = replay(ctx, actor, made)
        if certificate is None or certificate.subject_key_id is None:
            return None
        with ctx.ports.storage.read() as reader:
            return reader.issuer_keys.get(certificate.subject_key_id).ca_id

    ca_id, replayed = run_once(ctx, actor, claim, work, again)
    with ctx.ports.storage.read() as reader:
        view = get_ca_view(reader, reader.cas.get(ca_id), ctx.ports.clock.now())
    if not replayed and not command.external_parent:
        wait_for_status(ctx, view.keys[0].key.id)
    return Done(view, replayed)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaDraft:
    """A CA before it is stored. It is stored together with the intent of its first certificate."""

    ca: CertificateAuthority
    key: IssuerKey
    parent: Issuer | None
    profile: Profile
    adopted: bool

    def planned(self, plan: CertificatePlan) -> CaDraft:
        """Return the CA with the path length that policy decided, which can be smaller than requested."""
        path_length = plan.basic_constraints.path_length if plan.basic_constraints else None
        return replace(self, ca=replace(self.ca, path_length=path_length))

    def build_issuer(self, now: datetime) -> Issuer:
        return self.parent or build_self_issuer(self.ca, self.key, Validity(now, now))

    def requested(self, command: CreateCa) -> RequestedContents:
        """Return the requested contents of the CA's certificate, as input of the policy decision."""
        return RequestedContents(
            subject=self.ca.subject,
            validity=command.validity,
            path_length=command.path_length,
            name_constraints=self.ca.name_constraints,
            policies=command.policies,
        )

    def write(self, uow: UnitOfWork) -> None:
        uow.cas.add(self.ca)
        write_key(uow, self.key, adopted=self.adopted)


def _creation_of(command: CreateCa, parent: Issuer | None, terms: Callable[[], SigningTerms] | None = None) -> Act:
    """Return the creation as an operation for the approval gate. Approval rules can be limited to the parent CA."""
    key = None if command.key is None else str(command.key)
    body = {**asdict(command), "key": key, "validity": command.validity.to_json()}
    return Act(Operation.CA_CREATE, "ca", command.name, body, Touched(ca=parent.ca if parent else None), terms)


def _terms(ctx: Context, actor: Actor, command: CreateCa, parent: Issuer | None, profile: Profile) -> SigningTerms:
    """Return what would be signed for the CA's first certificate, as policy decides it with a sample key."""

    def key_for(place: KeyPlace) -> IssuerKey:
        return build_sample_key(ctx, place, command.key_type, command.signature_algorithm, command.backend)

    draft = build_ca_draft(ctx, actor, command, parent, profile, key_for)
    issuer, wanted = draft.build_issuer(ctx.ports.clock.now()), draft.requested(command)
    return compute_signing_terms(
        actor,
        build_local_key_facts(draft.key.spki_der),
        wanted,
        profile,
        issuer,
        Purpose.AUTHORITY,
        ctx.ports.clock.now(),
    )


def _create(ctx: Context, actor: Actor, command: CreateCa, claim: Claim | None) -> UUID:
    parent, profile = get_parent_and_profile(ctx, actor, command)
    check_name(ctx, command.name)
    terms = partial(_terms, ctx, actor, command, parent, profile)
    permit = approval_gate.ask(ctx, actor, _creation_of(command, parent, terms))
    draft = _draft(ctx, actor, command, parent, profile)

    def in_same_transaction(uow: UnitOfWork) -> None:
        permit.use(uow, ctx.ports.clock.now())
        draft.write(uow)

    requested = draft.requested(command)
    now = ctx.ports.clock.now()
    try:
        with erase_on_failure(ctx, actor, draft.key.id):
            facts = build_local_key_facts(draft.key.spki_der)
            issuer = draft.build_issuer(now)
            key_history = get_key_usage_history(ctx, Terms(profile, issuer), facts.key)
            plan = decide(
                facts, requested, profile, issuer, actor, now, key_history=key_history, purpose=Purpose.AUTHORITY
            )
            draft = draft.planned(plan)
            order = IssueOrder(
                enrolment_id=ctx.new_id(),
                actor=actor,
                plan=plan,
                profile=profile,
                issuer=draft.build_issuer(now),
                claim=claim,
                in_same_transaction=in_same_transaction,
            )
            issue(ctx, order)
    except Refused as refusal:
        record_refusal(ctx, actor, draft.build_issuer(now), draft.profile, refusal)
        raise
    return draft.ca.id


def _prepare(ctx: Context, actor: Actor, command: CreateCa, claim: Claim | None) -> UUID:
    """Store a CA that waits for a certificate from an external parent, with its key, and return the CA's ID.

    The constraints of the CA are only in its certificate.
    """
    if command.parent is not None:
        raise InvalidInput.of("parent", "ca.parent", "cannot be set together with `external_parent`")
    if command.validity != ValidityRequest():
        raise InvalidInput.of("validity", "ca.external", "cannot be set, because the external parent CA decides it")
    for malformed in find_policy_faults(command.policies):
        raise InvalidInput.of("policies", "policies.form", malformed)
    for base in (*(wanted := _constraints(command)).permitted, *wanted.excluded):
        fault = find_subtree_fault(base)
        if fault:
            raise InvalidInput.of("name_constraints", "name_constraints.form", f"contains {base}: {fault}")
    parent, profile = get_parent_and_profile(ctx, actor, command)
    check_name(ctx, command.name)
    permit = approval_gate.ask(ctx, actor, _creation_of(command, parent))
    draft = _draft(ctx, actor, command, parent, profile)
    with erase_on_failure(ctx, actor, draft.key.id), ctx.ports.storage.begin(actor) as uow:
        now = ctx.ports.clock.now()
        permit.use(uow, now)
        if claim is not None:
            uow.idempotency.claim(actor.id, claim, draft.ca.id, now)
        draft.write(uow)
        uow.record(
            CaPrepared(
                object_id=str(draft.ca.id),
                name=draft.ca.name,
                subject=str(draft.ca.subject),
                key_id=str(draft.key.id),
            )
        )
    return draft.ca.id


def _draft(ctx: Context, actor: Actor, command: CreateCa, parent: Issuer | None, profile: Profile) -> CaDraft:
    def key_for(place: KeyPlace) -> IssuerKey:
        return make_key(
            ctx,
            actor,
            place,
            type_name=command.key_type,
            signature_algorithm=command.signature_algorithm,
            backend=command.backend or ctx.config.default_backend,
            adopt=command.key,
        )

    return build_ca_draft(ctx, actor, command, parent, profile, key_for)


def build_ca_draft(
    ctx: Context,
    actor: Actor,
    command: CreateCa,
    parent: Issuer | None,
    profile: Profile,
    key_for: Callable[[KeyPlace], IssuerKey],
) -> CaDraft:
    """Return the CA as requested, with the key that `key_for` returns. Raises InvalidInput if a name is invalid."""
    subject = names.parse_dn(command.subject, "subject")
    subject_der = names.encode_dn(subject)
    constraints = _constraints(command)
    key = key_for(KeyPlace(ca_id=ctx.new_id(), number=1, subject_der=subject_der, is_root=command.is_root))
    for_end_entities = command.end_entity_certificates
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
        created_at=ctx.ports.clock.now(),
        owner_id=actor.owner,
        team_id=actor.team_id,
        policies=command.policies,
        end_entity_certificates=not command.is_root if for_end_entities is None else for_end_entities,
    )
    return CaDraft(ca=ca, key=key, parent=parent, profile=profile, adopted=command.key is not None)


def _constraints(command: CreateCa) -> NameConstraints:
    return general_names.parse_constraints(command.permitted, command.excluded)


def check_name(ctx: Context, name: str) -> None:
    """Require a valid and unused CA name, before a key is generated.

    Raises InvalidInput if the name is invalid, NameTaken if it is in use. The unique constraint of the database decides
    finally.
    """
    fault = find_name_fault(name)
    if fault is not None:
        raise InvalidInput.of("name", "ca.name", fault)
    with ctx.ports.storage.read() as reader:
        if reader.cas.find(name) is not None:
            raise NameTaken(f"A CA named {name!r} already exists.")


class ParentAndProfile(NamedTuple):
    """The issuer of a new CA, None for a root CA, and the profile of its certificate."""

    parent: Issuer | None
    profile: Profile


def get_parent_and_profile(
    ctx: Context, actor: Actor, command: CreateCa, permission: Permission = Permission.CA_CREATE
) -> ParentAndProfile:
    """Return the parent and the profile of a new CA, after checking the permission to create it.

    The permission is checked before any error can reveal that a name is in use, and before a key is generated. Raises
    Conflict if relying parties could not reach the status URLs of the new CA or of its parent.
    """
    with ctx.ports.storage.read() as reader:
        if command.parent is None:
            access.require(actor, permission)
            require_new_status_url(ctx)
            return ParentAndProfile(None, reader.profiles.get(ROOT_PROFILE))
        parent = guard.get_ca(reader, actor, permission, command.parent)
        require_new_status_url(ctx)
        issuer = load_issuer(reader, parent)
        require_status_urls(ctx, parent, issuer.key)
        return ParentAndProfile(issuer, reader.profiles.get(SUBORDINATE_PROFILE))
