"""What a request says of others is for its approvers: the requester is told no more than they may read."""

from __future__ import annotations

from uuid import UUID

from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.request_view import RequestView
from pki_manager.authority.requests.requests import (
    RequestQuery,
    SubmitRequest,
    list_requests,
    show_request,
    submit_request,
)
from pki_manager.domain.names import AlternativeName
from pki_manager.domain.request import RequestedContents
from pki_manager.domain.rights.actor import Actor, ActorKind, Role
from pki_manager.domain.rights.permission import Permission
from pki_manager.policy.roles import list_builtin_grants
from pki_manager.x509 import pem
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN
from tests.support.odd_rights import OTHER_PROFILE, but, limited

RED, BLUE = UUID(int=0xED), UUID(int=0xB1)


def person(name: str, role: Role, team: UUID | None) -> Actor:
    teams = frozenset({team} if team else ())
    return Actor(
        kind=ActorKind.USER,
        id=f"user:{name}",
        name=name,
        via="rest",
        grants=list_builtin_grants(role),
        team_ids=teams,
        team_id=team,
    )


CARLA = person("carla", Role.REQUESTER, RED)
BOB = person("bob", Role.REQUESTER, BLUE)
OFFICER = person("officer", Role.REGISTRATION_AUTHORITY, None)
AUDITOR = person("auditor", Role.AUDITOR, None)


def asked(ctx: Context, actor: Actor, name: str) -> RequestView:
    csr = pem.read(make_csr(name), pem.CSR_LABELS, "csr")
    wanted = RequestedContents(sans=(AlternativeName.parse(f"DNS:{name}"),))
    return submit_request(
        ctx, actor, SubmitRequest(requested=wanted, ca="Issuing CA", profile="tls-server", csr_der=csr)
    )[0]


def codes(view: RequestView) -> set[str]:
    return {risk.code for risk in view.request.risks} & {"name.new", "certificate.duplicate", "key.reused"}


def test_a_requester_learns_of_nobody_s_certificates_and_an_approver_of_all(ctx: Context) -> None:
    theirs = enroll(ctx, OFFICER, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("www.example.com")))[0]
    view = asked(ctx, BOB, "www.example.com")
    identifier = view.request.enrolment.id
    (listed,) = list_requests(ctx, BOB, RequestQuery(), None, 10).items
    for seen in (view, show_request(ctx, BOB, identifier), listed):
        assert codes(seen) == set()
        assert str(theirs.id) not in str(seen)
    approver = show_request(ctx, OFFICER, identifier)
    assert codes(approver) == {"certificate.duplicate"}
    assert str(theirs.id) in str(approver.request.risks)


def test_a_requester_is_not_told_whether_a_name_was_ever_certified(ctx: Context) -> None:
    enroll(ctx, OFFICER, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("old.example.com")))
    known, new = asked(ctx, BOB, "old.example.com"), asked(ctx, BOB, "new.example.com")
    assert codes(known) == codes(new) == set()
    assert codes(show_request(ctx, OFFICER, new.request.enrolment.id)) == {"name.new"}
    for elsewhere in (limited(Permission.REQUEST_APPROVE, OTHER_PROFILE), but(Permission.REQUEST_APPROVE)):
        assert codes(show_request(ctx, elsewhere, new.request.enrolment.id)) == set()


def test_a_requester_is_told_of_the_duplicates_that_they_may_read(ctx: Context) -> None:
    for owner in (CARLA, ADMIN):
        actor = ADMIN if owner is ADMIN else person("carla", Role.ADMINISTRATOR, RED)
        enroll(ctx, actor, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("www.example.com")))
    view = asked(ctx, CARLA, "www.example.com")
    assert codes(view) == {"certificate.duplicate"}
    (told,) = [risk for risk in view.request.risks if risk.code == "certificate.duplicate"]
    (whole,) = [
        risk
        for risk in show_request(ctx, OFFICER, view.request.enrolment.id).request.risks
        if risk.code == "certificate.duplicate"
    ]
    assert (len(told.certificates), len(whole.certificates)) == (1, 2)
    assert told.certificates[0] in told.message
    assert codes(show_request(ctx, AUDITOR, view.request.enrolment.id)) == {"certificate.duplicate"}
