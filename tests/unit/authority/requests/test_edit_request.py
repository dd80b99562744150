"""Changes of requests that wait, and the keys of approved ones."""

from __future__ import annotations

from uuid import UUID

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.request_view import RequestView
from pki_manager.authority.requests.edit_request import Edit, edit_request
from pki_manager.authority.requests.requests import SubmitRequest, cancel_request, submit_request
from pki_manager.domain.errors import Conflict, NotFound
from pki_manager.domain.names import AlternativeName, NameKind
from pki_manager.domain.request import RequestedContents
from pki_manager.domain.rights.actor import Actor, ActorKind, Role
from pki_manager.policy.roles import list_builtin_grants
from tests.support.memory.events import POWERLESS, records, refuses

CAROL, DAVE = (
    Actor(kind=ActorKind.LOCAL, id=f"local:{name}", name=name, via="rest", grants=list_builtin_grants(Role.REQUESTER))
    for name in ("carol", "dave")
)


def submitted(ctx: Context) -> RequestView:
    names = (AlternativeName(NameKind.DNS, "www.example.com"),)
    wanted = SubmitRequest(
        requested=RequestedContents(sans=names), ca="Issuing CA", profile="tls-server", key_type="ECDSA-P256"
    )
    return submit_request(ctx, CAROL, wanted)[0]


def new_name(before: bytes) -> Edit:
    return Edit(before=before, sans=(AlternativeName(NameKind.DNS, "new.example.com"),))


def test_a_requester_changes_a_waiting_request(ctx: Context) -> None:
    request = submitted(ctx).request
    before = request.enrolment.plan_sha256
    with records(ctx, "request.edited"):
        edited, _ = edit_request(ctx, CAROL, request.enrolment.id, new_name(before))
    assert edited.request.enrolment.plan_sha256 != before
    with refuses(ctx, Conflict, "changed by someone else"):
        edit_request(ctx, CAROL, request.enrolment.id, new_name(before))


def test_who_did_not_submit_it_and_may_not_approve_it_changes_nothing(ctx: Context) -> None:
    request = submitted(ctx).request
    edit = new_name(request.enrolment.plan_sha256)
    for stranger in (POWERLESS, DAVE):
        with refuses(ctx, NotFound, "not found"):
            edit_request(ctx, stranger, request.enrolment.id, edit)
    with refuses(ctx, NotFound, "not found"):
        edit_request(ctx, CAROL, UUID(int=1), edit)
    cancel_request(ctx, CAROL, request.enrolment.id)
    with refuses(ctx, Conflict, "cancelled"):
        edit_request(ctx, CAROL, request.enrolment.id, edit)
