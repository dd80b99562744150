"""The issuance decision: from request, profile, issuer, actor, and time, a plan or a refusal with every reason.

It decides all certificates: of end entities, OCSP signers, CAs, and roots.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pki_manager.domain.ca import CaState, CertificateAuthority, Issuer
from pki_manager.domain.certificate import CertificateKind
from pki_manager.domain.errors import Conflict, PolicyRefused
from pki_manager.domain.known_key import KeyUsageHistory
from pki_manager.domain.names import AlternativeName, DistinguishedName, NameConstraints, drop_repeats
from pki_manager.domain.plan import BasicConstraints, CertificatePlan
from pki_manager.domain.profiles.extensions import PlannedExtension, list_field_values
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.profiles.terms import CMC_RA, OCSP_SIGNING, ProfileKind, ProfileState
from pki_manager.domain.request import Purpose, RequestedContents, RequestFacts, ValidityRequest
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import certificate_policies, constraints, covered, extensions, keys, names, subject, validity
from pki_manager.policy.access import Permission, Target, is_allowed, require, require_somewhere
from pki_manager.policy.reasons import Findings

_KINDS = {
    ProfileKind.END_ENTITY: CertificateKind.END_ENTITY,
    ProfileKind.OCSP_RESPONDER: CertificateKind.END_ENTITY,
    ProfileKind.REGISTRATION_AUTHORITY: CertificateKind.END_ENTITY,
    ProfileKind.CA: CertificateKind.ISSUED,
    ProfileKind.ROOT: CertificateKind.SELF_SIGNED,
}


def decide(
    facts: RequestFacts,
    requested: RequestedContents,
    profile: Profile,
    issuer: Issuer,
    actor: Actor,
    now: datetime,
    *,
    key_history: KeyUsageHistory,
    purpose: Purpose = Purpose.ENROL,
    may_ask: bool = False,
) -> CertificatePlan:
    """Return the plan of a certificate. `key_history` is what the installation knows about the key.

    With `may_ask`, the permission to request suffices, because the certificate is issued only after approval. The
    validity is decided again at signing (`validity.decide_validity`). Raises PolicyRefused with every reason;
    InvalidInput for an invalid validity; Conflict if the profile is retired or the issuer's state does not allow
    signing; Unauthenticated or Forbidden if the actor may not have such a certificate.
    """
    permission = _permission(profile, purpose)
    if not (may_ask and is_allowed(actor, Permission.REQUEST_SUBMIT)):
        require_somewhere(actor, permission)
    _require_in_service(profile, issuer, now)
    judged = _judge(facts, requested, profile, issuer, actor, now, key_history, purpose)
    target = build_target(issuer, profile, actor, judged.name, judged.sans, judged.extensions)
    if not (may_ask and is_allowed(actor, Permission.REQUEST_SUBMIT, target)):
        require(actor, permission, target)
    return _plan(facts, requested, profile, issuer, purpose, judged)


def check(
    sans: tuple[AlternativeName, ...],
    validity: ValidityRequest,
    profile: Profile,
    issuer: Issuer,
    actor: Actor,
    now: datetime,
) -> None:
    """Raise the errors that `decide` would raise for these names and this validity, with any key.

    The request is assumed to have at most a common name in its subject; `sans` are normalized. The permission to submit
    requests suffices.
    """
    if not is_allowed(actor, Permission.REQUEST_SUBMIT):
        require_somewhere(actor, Permission.CERTIFICATE_ISSUE)
    _require_in_service(profile, issuer, now)
    findings, nobody = Findings(), DistinguishedName()
    _judge_profile(profile, issuer, Purpose.ENROL, findings)
    subject.judge_required(profile, findings)
    names.judge_sans(sans, profile.sans, findings)
    names.judge_size(nobody, sans, findings)
    _judge_subtrees(nobody, sans, profile, issuer, findings)
    _validity(validity, profile, issuer, now, findings)
    findings.refuse_if_any()
    target = build_target(issuer, profile, actor, nobody, sans)
    if not is_allowed(actor, Permission.REQUEST_SUBMIT, target):
        require(actor, Permission.CERTIFICATE_ISSUE, target)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """The decided contents of a certificate, in the fields that can differ from the request."""

    name: DistinguishedName
    sans: tuple[AlternativeName, ...]
    basic_constraints: BasicConstraints | None
    validity: ValidityRequest
    extensions: tuple[PlannedExtension, ...]
    ignored_extensions: tuple[str, ...]
    notes: tuple[str, ...]


def _judge(
    facts: RequestFacts,
    requested: RequestedContents,
    profile: Profile,
    issuer: Issuer,
    actor: Actor,
    now: datetime,
    key_history: KeyUsageHistory,
    purpose: Purpose,
) -> _Judged:
    """Return the decided contents for a request. Raises PolicyRefused with every reason if there is one."""
    findings = Findings()
    _judge_fit(facts, profile, issuer, purpose, findings)
    keys.judge_key(facts.key, profile.key_types, findings)
    keys.judge_key_usage(key_history, profile, actor, purpose, findings)
    keys.judge_signature_hash(facts.signature_hash, findings)
    ignored = extensions.judge_requested(facts.requested_extensions, requested.fields or (), profile, findings)
    name, sans = _names(facts, requested, profile, issuer, purpose, findings)
    basic = _basic_constraints(requested.path_length, profile, issuer, purpose, findings)
    _judge_name_constraints(requested.name_constraints, profile, issuer, findings)
    certificate_policies.judge_policies(requested.policies, issuer, findings)
    if not requested.policies:
        certificate_policies.judge_profile(profile, issuer, findings)
    period = _validity(requested.validity, profile, issuer, now, findings)
    planned = extensions.decide_extensions(requested.fields or (), profile, findings)
    findings.refuse_if_any()
    return _Judged(
        name=name,
        sans=sans,
        basic_constraints=basic,
        validity=period,
        extensions=planned,
        ignored_extensions=ignored,
        notes=tuple(findings.notes),
    )


def _plan(
    facts: RequestFacts,
    requested: RequestedContents,
    profile: Profile,
    issuer: Issuer,
    purpose: Purpose,
    judged: _Judged,
) -> CertificatePlan:
    urls = issuer.key.urls
    return CertificatePlan(
        ca_id=issuer.ca.id,
        profile=profile.name,
        profile_version=profile.version,
        kind=CertificateKind.CROSS if purpose in (Purpose.ROLLOVER, Purpose.CROSS) else _KINDS[profile.kind],
        subject=judged.name,
        sans=judged.sans,
        key_type=facts.key.name or "",
        spki_der=facts.key.spki_der,
        validity=judged.validity,
        basic_constraints=judged.basic_constraints,
        key_usage=profile.key_usage_of(facts.key.name) if facts.key.name else (),
        extended_key_usage=profile.extended_key_usage,
        name_constraints=requested.name_constraints,
        crl_url=urls.crl if profile.include_crl_url else None,
        ocsp_url=urls.ocsp if profile.include_ocsp_url else None,
        issuer_url=None if issuer.self_signed else urls.certificate,
        ocsp_nocheck=profile.ocsp_nocheck,
        no_rev_avail=profile.no_rev_avail,
        policies=requested.policies or profile.policies,
        critical=profile.critical,
        extensions=judged.extensions,
        ignored_extensions=judged.ignored_extensions,
        notes=judged.notes,
        subject_der=requested.subject_der if judged.name == requested.subject else None,
    )


def list_able_states(issuer: Issuer, profile: Profile) -> frozenset[CaState]:
    """Return the states in which a CA can sign certificates of a profile.

    A pending CA signs only its first own certificate. A CA that no longer issues certificates still renews its OCSP
    signer.
    """
    if issuer.self_signed:
        return frozenset((CaState.ACTIVE, CaState.PENDING))
    if profile.kind is ProfileKind.OCSP_RESPONDER:
        return frozenset((CaState.ACTIVE, CaState.SUSPENDED, CaState.RETIRED))
    return frozenset((CaState.ACTIVE,))


def require_able(issuer: Issuer, profile: Profile, now: datetime) -> None:
    """Raise Conflict if the CA cannot sign certificates of the profile at `now`."""
    state = issuer.ca.state_at(now)
    if state not in list_able_states(issuer, profile):
        raise Conflict(f"CA {issuer.ca.name!r} is {state} and cannot issue certificates.")
    if issuer.self_signed:
        return
    if issuer.certificate_der is None:
        raise Conflict(f"CA {issuer.ca.name!r} has no certificate yet.")
    if now > issuer.validity.not_after:
        raise Conflict(f"The certificate of CA {issuer.ca.name!r} has expired.")


def _require_in_service(profile: Profile, issuer: Issuer, now: datetime) -> None:
    require_able(issuer, profile, now)
    if profile.state is ProfileState.RETIRED:
        raise Conflict(f"Profile {profile.name!r} is retired and cannot be used.")


def _permission(profile: Profile, purpose: Purpose) -> Permission:
    """Return the required permission: for CA certificates by purpose, else the permission to issue certificates."""
    return _FOR_A_CA.get(purpose, Permission.CERTIFICATE_ISSUE) if profile.is_ca() else Permission.CERTIFICATE_ISSUE


_FOR_A_CA = {
    Purpose.AUTHORITY: Permission.CA_CREATE,
    Purpose.ROTATION: Permission.CA_ROTATE,
    Purpose.ROLLOVER: Permission.CA_ROTATE,
    Purpose.CROSS: Permission.CA_CROSS_SIGN,
}


def build_target(
    issuer: Issuer,
    profile: Profile,
    actor: Actor,
    name: DistinguishedName,
    sans: tuple[AlternativeName, ...],
    planned: tuple[PlannedExtension, ...] = (),
) -> Target:
    """Return the access target of the planned certificate."""
    return covered.build_target(
        ca=issuer.ca.id,
        profile=profile.name,
        owner=actor.owner,
        team=actor.team_id,
        subject=name,
        sans=sans,
        fixed=profile.subject.fixed,
        fields=list_field_values(planned),
    )


def _judge_fit(facts: RequestFacts, profile: Profile, issuer: Issuer, purpose: Purpose, findings: Findings) -> None:
    """Refuse combinations of profile, issuer, key, and purpose that do not fit together."""
    _judge_profile(profile, issuer, purpose, findings)
    if (facts.key.spki_der == issuer.key.spki_der) is not issuer.self_signed:
        message = "must be the key of the root CA" if issuer.self_signed else "must not be the key of the issuing CA"
        findings.refuse("key", "key.issuer", message)


def _judge_profile(profile: Profile, issuer: Issuer, purpose: Purpose, findings: Findings) -> None:
    if purpose is Purpose.ENROL and profile.kind is not ProfileKind.END_ENTITY:
        findings.refuse(
            "profile", "profile.purpose", f"must not be {profile.name}, which is reserved for the server itself"
        )
    if (profile.kind is ProfileKind.ROOT) is not issuer.self_signed:
        findings.refuse(
            "profile", "profile.issuer", f"must be a profile that CA {issuer.ca.name!r} can use; {profile.name} is not"
        )
    if profile.kind is ProfileKind.END_ENTITY and not issuer.ca.end_entity_certificates:
        findings.refuse("ca", "ca.end_entity", format_no_end_entities(issuer.ca))
    _judge_purposes(profile, issuer, findings)


def format_no_end_entities(ca: CertificateAuthority) -> str:
    """Return the message that refuses an end-entity certificate of a CA that does not issue them."""
    kind = "root CA" if ca.parent_id is None else "CA"
    return f"must be a CA that issues end-entity certificates; {kind} {ca.name!r} signs CA certificates only"


def _judge_purposes(profile: Profile, issuer: Issuer, findings: Findings) -> None:
    """Refuse a profile with extended key usages that the CA certificates of the chain do not allow.

    OCSP signers and registration authorities are exempt: the CA itself names them, and no client checks the issuer.
    """
    if issuer.purposes_left is None:
        return
    void = sorted(set(profile.extended_key_usage) - issuer.purposes_left - {OCSP_SIGNING, CMC_RA})
    if void:
        message = f"must be a profile whose purposes are allowed below CA {issuer.ca.name!r}; {', '.join(void)} is not"
        findings.refuse("profile", "profile.issuer_eku", message)


def _names(
    facts: RequestFacts,
    requested: RequestedContents,
    profile: Profile,
    issuer: Issuer,
    purpose: Purpose,
    findings: Findings,
) -> tuple[DistinguishedName, tuple[AlternativeName, ...]]:
    original = facts.subject if requested.subject is None else requested.subject
    name = subject.remove_unlisted(subject.drop_fixed(original, profile.subject, findings), profile.subject, findings)
    given = facts.sans if requested.sans is None else requested.sans
    sans = drop_repeats(AlternativeName.of(san.kind, san.value) for san in given)
    if requested.sans is None and facts.other_names:
        kinds = ", ".join(dict.fromkeys(facts.other_names))
        findings.refuse("sans", "san.kind", f"must not contain alternative names of these kinds: {kinds}")
    elif not sans:
        sans = subject.derive_sans(name, profile, findings)
    names.judge_sans(sans, profile.sans, findings)
    name = subject.judge_subject(subject.add_fixed(name, profile.subject), sans, profile, findings)
    names.judge_size(name, sans, findings)
    is_own = issuer.self_signed or purpose is Purpose.ROLLOVER
    if (name.folded() == issuer.ca.subject.folded()) is not is_own:
        message = "must be the name of the CA" if is_own else "must not be the name of the issuing CA"
        findings.refuse("subject", "subject.issuer", message)
    _judge_subtrees(name, sans, profile, issuer, findings)
    if not is_own:
        constraints.judge_directory(name, issuer.ancestors_constraints, findings)
    return name, sans


def _judge_subtrees(
    name: DistinguishedName,
    sans: tuple[AlternativeName, ...],
    profile: Profile,
    issuer: Issuer,
    findings: Findings,
) -> None:
    """Check the names, up to the profile's maximum number, against the limits of the CAs above and the profile."""
    shown = sans[: profile.sans.maximum]
    constraints.judge_names(name, shown, issuer.ancestors_constraints, findings, host=not profile.is_ca())
    constraints.judge_permitted(name, shown, profile.sans.permitted, findings)


def _basic_constraints(
    requested: int | None, profile: Profile, issuer: Issuer, purpose: Purpose, findings: Findings
) -> BasicConstraints:
    """Return the basicConstraints: cA, and a path length at most one below the issuer's (RFC 5280 §6.1.4 (l), (m)).

    A self-issued certificate does not count in the path.
    """
    if not profile.is_ca():
        if requested is not None:
            findings.refuse("path_length", "path_length.purpose", "can be set only for CA certificates")
        return BasicConstraints(ca=False)
    if requested is not None and requested < 0:
        findings.refuse("path_length", "path_length.form", "must not be negative")
    maximum = profile.path_length if requested is None else requested
    if issuer.self_signed or purpose is Purpose.ROLLOVER or issuer.path_length is None:
        return BasicConstraints(ca=True, path_length=maximum)
    if issuer.path_length <= 0:
        findings.refuse(
            "path_length",
            "path_length.issuer",
            "must not be a CA certificate, because the path length of the issuer is 0",
        )
    most = issuer.path_length - 1
    if requested is not None and requested > most:
        findings.note(f"the path length was lowered from {requested} to {most}, the limit of the issuer's path length")
    return BasicConstraints(ca=True, path_length=most if maximum is None else min(maximum, most))


def _judge_name_constraints(requested: NameConstraints, profile: Profile, issuer: Issuer, findings: Findings) -> None:
    if not requested.is_empty() and not profile.is_ca():
        findings.refuse("name_constraints", "name_constraints.purpose", "can be set only for CA certificates")
    faults = {base: constraints.find_subtree_fault(base) for base in (*requested.permitted, *requested.excluded)}
    for base, fault in faults.items():
        if fault:
            findings.refuse(
                "name_constraints", "name_constraints.form", f"must contain valid subtrees; {base}: {fault}"
            )
    if not any(faults.values()):
        constraints.judge_subtrees(requested, issuer.ancestors_constraints, findings)


def _validity(
    requested: ValidityRequest, profile: Profile, issuer: Issuer, now: datetime, findings: Findings
) -> ValidityRequest:
    """Return the requested validity with the default filled in. It is checked as if the certificate were signed now."""
    completed = validity.complete(requested, profile.validity)
    try:
        settled = validity.decide_validity(completed, profile.validity, issuer, now)
    except PolicyRefused as error:
        findings.errors += error.errors
        return completed
    if not issuer.self_signed and settled.not_after == issuer.validity.not_after:
        findings.note("the certificate ends together with its issuer's")
    return completed
