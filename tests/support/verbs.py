"""Every verb on a certificate, a CA, a profile, or the installation, as a function of the user who calls it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pki_manager.authority.audit import audit_log, verification
from pki_manager.authority.cas import backends, views
from pki_manager.authority.cas import keys as issuer_keys
from pki_manager.authority.cas.ca_request import request_certificate
from pki_manager.authority.cas.create_ca import CreateCa, create_ca
from pki_manager.authority.cas.create_key import create_key
from pki_manager.authority.cas.retire_ca import retire_ca
from pki_manager.authority.cas.revoke_ca import revoke_ca
from pki_manager.authority.cas.suspend_ca import resume_ca, suspend_ca
from pki_manager.authority.certificates import delete, profiles, queries
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.certificates.enroll_with_key import EnrollWithKey, enroll_with_key
from pki_manager.authority.certificates.generated_keys import KeyOrder
from pki_manager.authority.certificates.rekey import Rekey, rekey
from pki_manager.authority.certificates.renew import preview_renewal, renew
from pki_manager.authority.installation import jobs
from pki_manager.authority.installation import tools as tool_verbs
from pki_manager.authority.installation.dashboard import show_dashboard
from pki_manager.authority.installation.queries import get_counts, list_jobs, show_job
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.requests.requests import (
    RequestQuery,
    SubmitRequest,
    list_requests,
    show_request,
    submit_request,
)
from pki_manager.authority.rights import tokens
from pki_manager.authority.status import blocked_keys, crls, publish_crl
from pki_manager.authority.status.hold import hold, release
from pki_manager.authority.status.revoke import RevocationDetails, revoke, revoke_by_key
from pki_manager.domain.certificate import Certificate, format_serial
from pki_manager.domain.duration import Duration
from pki_manager.domain.request import RequestedContents, ValidityRequest
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import Actor, ActorKind, Grant, Role, Scope
from pki_manager.policy.access import Permission
from pki_manager.policy.roles import list_builtin_grants
from pki_manager.ports.audit_trail import AuditFilter
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN

RED, BLUE = UUID(int=0xED), UUID(int=0xB1)


NOWHERE = UUID("01a20d6d-5a00-7000-8000-000000000000")


NOW = ValidityRequest()


KEY = KeyOrder(key_type="ECDSA-P256", passphrase="correct horse battery")


WHY = RevocationDetails(RevocationReason.SUPERSEDED)


EVERY = frozenset(Permission)


def person(name: str, *grants: Grant, team: UUID | None = RED) -> Actor:
    teams = frozenset({team} if team else ())
    return Actor(
        kind=ActorKind.USER, id=f"user:{name}", name=name, via="rest", grants=grants, team_ids=teams, team_id=team
    )


def everything(**scope: object) -> Grant:
    return Grant(role="limited", permissions=EVERY, scope=Scope(**scope))


ALICE = person("alice", *list_builtin_grants(Role.ADMINISTRATOR))


CARLA = person("carla", *list_builtin_grants(Role.REQUESTER))


BOB = person("bob", *list_builtin_grants(Role.REQUESTER), team=BLUE)


def csr_with(*names: x509.GeneralName) -> str:
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    signed = request.add_extension(x509.SubjectAlternativeName(names), critical=False).sign(
        ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()
    )
    return signed.public_bytes(serialization.Encoding.PEM).decode()


def order(csr: str, **changes: object) -> Enroll:
    return Enroll(**{"ca": "Issuing CA", "profile": "tls-server", "csr": csr} | changes)


def issue(ctx: Context, actor: Actor = ALICE, name: str = "www.example.com") -> Certificate:
    return enroll(ctx, actor, order(make_csr(name)))[0]


@dataclass(frozen=True)
class House:
    ctx: Context
    certificate: Certificate


Verb = Callable[[House, Actor], object]


ON_A_CERTIFICATE: dict[str, Verb] = {
    "show": lambda at, who: queries.show_certificate(at.ctx, who, at.certificate.id),
    "chain and export": lambda at, who: queries.get_certificate_chain(at.ctx, who, at.certificate.id),
    "renew": lambda at, who: renew(at.ctx, who, at.certificate.id, NOW),
    "foresee renewal": lambda at, who: preview_renewal(at.ctx, who, at.certificate.id, NOW),
    "ask for renewal": lambda at, who: submit_request(
        at.ctx, who, SubmitRequest(requested=RequestedContents(), renews=at.certificate.id)
    ),
    "rekey": lambda at, who: rekey(at.ctx, who, at.certificate.id, Rekey(key=make_csr("x.example.com"))),
    "revoke": lambda at, who: revoke(at.ctx, who, at.certificate.id, WHY.reason),
    "revoke by key": lambda at, who: revoke_by_key(at.ctx, who, at.certificate.spki_sha256, WHY),
    "hold": lambda at, who: hold(at.ctx, who, at.certificate.id),
    "release": lambda at, who: release(at.ctx, who, at.certificate.id),
    "delete": lambda at, who: delete.delete(at.ctx, who, at.certificate.id),
    "by serial number": lambda at, who: queries.find_certificate_id(at.ctx, who, format_serial(at.certificate.serial)),
}


ON_A_CA: dict[str, Verb] = {
    "show CA": lambda at, who: views.show_ca(at.ctx, who, "Issuing CA"),
    "CA chain": lambda at, who: views.get_ca_chain(at.ctx, who, "Issuing CA"),
    "suspend": lambda at, who: suspend_ca(at.ctx, who, "Issuing CA"),
    "resume": lambda at, who: resume_ca(at.ctx, who, "Issuing CA"),
    "retire": lambda at, who: retire_ca(at.ctx, who, "Issuing CA"),
    "revoke CA": lambda at, who: revoke_ca(at.ctx, who, "Issuing CA", WHY),
    "create below": lambda at, who: create_ca(
        at.ctx, who, CreateCa(name="Sub", subject="CN=Sub", key_type="ECDSA-P256", parent="Issuing CA")
    ),
    "issue": lambda at, who: enroll(at.ctx, who, order(make_csr("y.example.com"))),
    "issue with key": lambda at, who: enroll_with_key(
        at.ctx, who, EnrollWithKey(ca="Issuing CA", profile="tls-server", key=KEY)
    ),
    "certificates of": lambda at, who: queries.list_certificates(
        at.ctx, who, queries.CertificateQuery(ca="Issuing CA"), None, 10
    ),
    "keys of": lambda at, who: issuer_keys.list_keys(at.ctx, who, "Issuing CA", None, 10),
    "requests of": lambda at, who: list_requests(at.ctx, who, RequestQuery(ca="Issuing CA"), None, 10),
    "ask for one": lambda at, who: submit_request(
        at.ctx,
        who,
        SubmitRequest(requested=RequestedContents(), ca="Issuing CA", profile="tls-server", key_type="ECDSA-P256"),
    ),
    "request for its parent": lambda at, who: request_certificate(at.ctx, who, "Issuing CA"),
    "publish": lambda at, who: publish_crl.publish_now(at.ctx, who, "Issuing CA"),
    "CRLs": lambda at, who: crls.list_crls(at.ctx, who, "Issuing CA", None, 10),
    "current CRL": lambda at, who: crls.get_current_crl(at.ctx, who, "Issuing CA"),
    "CRL": lambda at, who: crls.show_crl(at.ctx, who, _crl(at)),
}


def _crl(house: House) -> UUID:
    return crls.get_current_crl(house.ctx, ADMIN, "Issuing CA").id


ON_A_PROFILE: dict[str, Verb] = {
    "show profile": lambda at, who: queries.show_profile(at.ctx, who, "tls-client"),
    "update": lambda at, who: profiles.update(at.ctx, who, "tls-client", {}),
    "retire profile": lambda at, who: profiles.retire(at.ctx, who, "tls-client"),
}


ON_NOTHING: dict[str, Verb] = {
    "certificates": lambda at, who: queries.list_certificates(at.ctx, who, queries.CertificateQuery(), None, 9),
    "CAs": lambda at, who: views.list_cas(at.ctx, who, None, 10),
    "root": lambda at, who: create_ca(at.ctx, who, CreateCa(name="R", subject="CN=R", key_type="ECDSA-P256")),
    "CA under an external one": lambda at, who: create_ca(
        at.ctx, who, CreateCa(name="R", subject="CN=R", key_type="ECDSA-P256", external_parent=True)
    ),
    "create key": lambda at, who: create_key(at.ctx, who, "embedded", "ECDSA-P256", None, None),
    "keys": lambda at, who: issuer_keys.list_keys(at.ctx, who, None, None, 10),
    "key": lambda at, who: issuer_keys.show_key(at.ctx, who, NOWHERE),
    "requests": lambda at, who: list_requests(at.ctx, who, RequestQuery(), None, 10),
    "request": lambda at, who: show_request(at.ctx, who, NOWHERE),
    "dashboard": lambda at, who: show_dashboard(at.ctx, who),
    "profiles": lambda at, who: queries.list_profiles(at.ctx, who, None, 10),
    "check": lambda at, who: profiles.check(at.ctx, who, {}),
    "create profile": lambda at, who: profiles.create(at.ctx, who, {}),
    "jobs": lambda at, who: list_jobs(at.ctx, who, None, None, 10),
    "job": lambda at, who: show_job(at.ctx, who, NOWHERE),
    "cancel": lambda at, who: jobs.cancel_job(at.ctx, who, NOWHERE),
    "retry": lambda at, who: jobs.retry_job(at.ctx, who, NOWHERE),
    "counts": lambda at, who: get_counts(at.ctx, who),
    "backends": lambda at, who: backends.list_backends(at.ctx, who),
    "check backend": lambda at, who: backends.check_backend(at.ctx, who, "embedded"),
    "block": lambda at, who: blocked_keys.block_key(at.ctx, who, "00" * 32),
    "unblock": lambda at, who: blocked_keys.unblock_key(at.ctx, who, "00" * 32),
    "blocked keys": lambda at, who: blocked_keys.list_blocked(at.ctx, who, None, 10),
    "blocked key": lambda at, who: blocked_keys.show_blocked(at.ctx, who, "00" * 32),
    "tokens": lambda at, who: tokens.list_tokens(at.ctx, who, None, 10),
    "revoke token": lambda at, who: tokens.revoke_token(at.ctx, who, NOWHERE),
    "create token": lambda at, who: tokens.create_token(at.ctx, who, "t", Role.REQUESTER, Duration.parse("P1D")),
    "audit": lambda at, who: audit_log.list_audit(at.ctx, who, AuditFilter(), None, 10),
    "verify audit": lambda at, who: audit_log.verify_audit(at.ctx, who),
    "verify some of the audit log": lambda at, who: verification.verify_in_steps(at.ctx, who, seconds=1),
    "last verification": lambda at, who: verification.find_last_verified(at.ctx, who),
    "decode": lambda at, who: tool_verbs.decode(who, "x", None),
    "lint": lambda at, who: tool_verbs.lint_objects(who, "x"),
}


VERBS = ON_A_CERTIFICATE | ON_A_CA | ON_A_PROFILE | ON_NOTHING
