"""The key and the certificate of an approved request."""

from __future__ import annotations

from uuid import UUID

import pytest

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.requests import approvals
from pki_manager.authority.requests.issue_approved import collect
from pki_manager.authority.requests.requests import SubmitRequest, get_approval_id, show_request, submit_request
from pki_manager.domain.enrollment import EnrollmentState
from pki_manager.domain.errors import Conflict, Forbidden, NotFound
from pki_manager.domain.names import AlternativeName, NameKind
from pki_manager.domain.request import RequestedContents
from pki_manager.domain.rights.actor import Actor, ActorKind, Role
from pki_manager.policy.roles import list_builtin_grants
from tests.support.memory.events import POWERLESS, refuses

PASSPHRASE = "correct horse battery"


def person(name: str, role: Role) -> Actor:
    return Actor(kind=ActorKind.LOCAL, id=f"local:{name}", name=name, via="rest", grants=list_builtin_grants(role))


BOB = person("bob", Role.ADMINISTRATOR)
CAROL = person("carol", Role.REQUESTER)


@pytest.fixture
def waiting(ctx: Context) -> UUID:
    """A request whose key the installation generates."""
    names = (AlternativeName(NameKind.DNS, "www.example.com"),)
    wanted = SubmitRequest(
        requested=RequestedContents(sans=names), ca="Issuing CA", profile="tls-server", key_type="ECDSA-P256"
    )
    return submit_request(ctx, CAROL, wanted)[0].request.enrolment.id


def test_the_key_is_collected_once_by_the_requester_after_the_approval(ctx: Context, waiting: UUID) -> None:
    with refuses(ctx, Conflict, "cannot be collected"):
        collect(ctx, CAROL, waiting, PASSPHRASE)
    approval = approvals.show_approval(ctx, BOB, get_approval_id(ctx, BOB, waiting))
    approvals.approve(ctx, BOB, approval.id, approval.sha256)
    with refuses(ctx, Forbidden, "Only the requester"):
        collect(ctx, BOB, waiting, PASSPHRASE)
    with refuses(ctx, NotFound, "not found"):
        collect(ctx, POWERLESS, waiting, PASSPHRASE)
    keyed, replayed = collect(ctx, CAROL, waiting, PASSPHRASE)
    assert (keyed.key_file is not None, replayed) == (True, False)
    assert show_request(ctx, CAROL, waiting).request.enrolment.state is EnrollmentState.ISSUED
    again, replayed = collect(ctx, CAROL, waiting, PASSPHRASE)
    assert (again.certificate, again.key_file, replayed) == (keyed.certificate, None, True)
