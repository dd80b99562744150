"""A grant limited by names holds for the whole subject, at every verb, as database and policy see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest

from pki_manager.authority.certificates import profiles, queries
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.certificates.renew import renew
from pki_manager.authority.installation.search import search
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.requests import approvals
from pki_manager.authority.requests.requests import (
    RequestQuery,
    SubmitRequest,
    get_approval_id,
    list_requests,
    show_request,
    submit_request,
)
from pki_manager.authority.status.revoke import revoke
from pki_manager.domain.approval import Approval
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import Forbidden, NotFound
from pki_manager.domain.names import AlternativeName, NameAttribute, NameKind
from pki_manager.domain.profiles.codec import to_dict
from pki_manager.domain.request import RequestedContents, ValidityRequest
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import Actor, ActorKind, Grant, Role, Scope
from pki_manager.domain.rights.permission import Permission
from pki_manager.policy.builtin_profiles import TLS_CLIENT
from pki_manager.policy.roles import list_builtin_grants
from pki_manager.policy.scopes import narrow
from pki_manager.x509 import names, pem
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN

APP = frozenset({AlternativeName(NameKind.DNS, "app.example.com")})
SANS = ("DNS:x.app.example.com",)
OUTSIDE = (
    "CN=kubernetes-admin,O=system:masters",
    "UID=root,CN=Domain Administrator,O=system:masters",
    "CN=x.other.example.com",
    "CN=x.app.example.com,O=Bank of England",
    "CN=x.app.example.com,serialNumber=1",
    "CN=x.app.example.com,C=GB",
    "CN=x.app.example.com+UID=root",
)
INSIDE = ("", "CN=x.app.example.com", "CN=Y.App.example.com")


def limited(kind: ActorKind, *grants: Grant) -> Actor:
    return Actor(kind=kind, id="x:limited", name="limited", via="rest", grants=grants, owner_id="user:limited")


BY_TOKEN = limited(ActorKind.TOKEN, *narrow(list_builtin_grants(Role.REGISTRATION_AUTHORITY), None, Scope(names=APP)))
BY_ROLE = limited(ActorKind.USER, Grant(role="custom", permissions=frozenset(Permission), scope=Scope(names=APP)))


@pytest.fixture(params=[BY_TOKEN, BY_ROLE], ids=["token", "role"])
def who(request: pytest.FixtureRequest) -> Actor:
    assert isinstance(request.param, Actor)
    return request.param


def order(subject: str, profile: str = "tls-client", sans: tuple[str, ...] = SANS) -> Enroll:
    return Enroll(ca="Issuing CA", profile=profile, csr=make_csr("x.test"), subject=subject, sans=sans)


def test_nobody_who_is_limited_by_names_gets_another_identity(ctx: Context, who: Actor) -> None:
    for subject in (*OUTSIDE, "emailAddress=root@app.example.com"):
        _require_refused(ctx, who, subject)
    for subject in INSIDE:
        assert enroll(ctx, who, order(subject))[0].subject == subject


def _require_refused(ctx: Context, who: Actor, subject: str) -> None:
    with pytest.raises(Forbidden) as refused:
        enroll(ctx, who, order(subject))
    assert {error.rule for error in refused.value.errors} == {"access.names"}
    wanted = RequestedContents(subject=names.parse_dn(subject), sans=tuple(map(AlternativeName.parse, SANS)))
    wish = SubmitRequest(
        requested=wanted,
        ca="Issuing CA",
        profile="tls-client",
        csr_der=pem.read(make_csr("x.test"), pem.CSR_LABELS, "csr"),
    )
    with pytest.raises(Forbidden, match="Requires the permission `certificate:issue`"):
        submit_request(ctx, who, wish)


def made_by_others(ctx: Context) -> dict[str, Certificate]:
    return {subject: enroll(ctx, ADMIN, order(subject))[0] for subject in (*OUTSIDE, *INSIDE)}


VERBS: dict[str, Callable[[Context, Actor, UUID], object]] = {
    "show": queries.show_certificate,
    "renew": lambda at, who, one: renew(at, who, one, ValidityRequest()),
    "revoke": lambda at, who, one: revoke(at, who, one, RevocationReason.SUPERSEDED),
}


def test_issued_certificates_are_within_as_those_that_are_asked_for(ctx: Context, who: Actor) -> None:
    made = made_by_others(ctx)
    listed = queries.list_certificates(ctx, who, queries.CertificateQuery(), None, 100).items
    assert {one.subject for one in listed} == set(INSIDE)
    assert {one.id for one in search(ctx, who, "x.app.example.com", 50)} <= {str(made[one].id) for one in INSIDE}
    for verb in VERBS.values():
        for subject in OUTSIDE:
            with pytest.raises(NotFound, match=r"Certificate .* not found"):
                verb(ctx, who, made[subject].id)
        for subject in INSIDE:
            verb(ctx, who, made[subject].id)


def test_what_the_profile_sets_is_vouched_for_in_that_version(ctx: Context, who: Actor) -> None:
    rule = replace(TLS_CLIENT.subject, attributes=("CN",), fixed=(NameAttribute("O", "Example"),))
    profiles.create(ctx, ADMIN, to_dict(replace(TLS_CLIENT, name="ours", subject=rule)))
    made = enroll(ctx, who, order("CN=x.app.example.com", "ours"))[0]
    assert made.subject == "CN=x.app.example.com,O=Example"
    profiles.update(ctx, ADMIN, "ours", to_dict(replace(TLS_CLIENT, name="ours")))
    assert queries.show_certificate(ctx, who, made.id).id == made.id
    with pytest.raises(Forbidden, match="Requires the permission `certificate:issue`"):
        renew(ctx, who, made.id, ValidityRequest())


def test_an_approver_limited_by_names_approves_nothing_beyond(ctx: Context, who: Actor) -> None:
    deciding = replace(who, kind=ActorKind.LOCAL, id="local:officer", owner_id="")
    for subject in OUTSIDE:
        waiting, one = _asked_for(ctx, subject)
        with pytest.raises(NotFound, match=r"Request .* not found"):
            show_request(ctx, deciding, waiting)
        with pytest.raises(NotFound, match=r"Request .* not found"):
            approvals.approve(ctx, deciding, one.id, one.sha256)
    assert list_requests(ctx, deciding, RequestQuery(), None, 10).items == ()
    for subject in INSIDE:
        waiting, one = _asked_for(ctx, subject)
        assert show_request(ctx, deciding, waiting).request.enrolment.id == waiting
        approvals.approve(ctx, deciding, one.id, one.sha256)


def _asked_for(ctx: Context, subject: str) -> tuple[UUID, Approval]:
    requester = Actor(
        kind=ActorKind.USER, id="user:asks", name="asks", via="rest", grants=list_builtin_grants(Role.REQUESTER)
    )
    wanted = RequestedContents(subject=names.parse_dn(subject), sans=tuple(map(AlternativeName.parse, SANS)))
    csr = pem.read(make_csr("x.test"), pem.CSR_LABELS, "csr")
    wish = SubmitRequest(requested=wanted, ca="Issuing CA", profile="tls-client", csr_der=csr)
    waiting = submit_request(ctx, requester, wish)[0].request.enrolment.id
    return waiting, approvals.show_approval(ctx, ADMIN, get_approval_id(ctx, ADMIN, waiting))
