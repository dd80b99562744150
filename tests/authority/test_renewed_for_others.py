"""Who renews for others takes nothing away from them: a certificate's successor is its owner's and its team's."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from pki_manager.authority.certificates import profiles
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.certificates.queries import CertificateQuery, list_certificates, show_certificate
from pki_manager.authority.certificates.rekey import Rekey, rekey
from pki_manager.authority.certificates.renew import renew
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.requests.requests import SubmitRequest, submit_request
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import NotFound, PolicyRefused
from pki_manager.domain.profiles import codec
from pki_manager.domain.profiles.terms import KeyReuse
from pki_manager.domain.request import RequestedContents, ValidityRequest
from pki_manager.domain.rights.actor import Actor, ActorKind, Grant, Role
from pki_manager.policy.access import Permission
from pki_manager.policy.builtin_profiles import TLS_SERVER
from pki_manager.policy.roles import list_builtin_grants
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN

RED = UUID(int=0xED)
DEFAULT = ValidityRequest()


def person(name: str, role: Role, *more: Permission, team: UUID | None = None) -> Actor:
    extra = (Grant(role="more", permissions=frozenset(more)),) if more else ()
    return Actor(
        kind=ActorKind.USER,
        id=f"user:{name}",
        name=name,
        via="rest",
        grants=(*list_builtin_grants(role), *extra),
        team_ids=frozenset({team} if team else ()),
        team_id=team,
    )


OWNER = person("owner", Role.REQUESTER, Permission.CERTIFICATE_ISSUE, team=RED)
COLLEAGUE = person("colleague", Role.REQUESTER, Permission.CERTIFICATE_ISSUE, team=RED)
REGISTRAR = person("registrar", Role.REGISTRATION_AUTHORITY)


def issue(ctx: Context, profile: str = "tls-server") -> Certificate:
    csr = make_csr("www.example.com")
    return enroll(ctx, OWNER, Enroll(ca="Issuing CA", profile=profile, csr=csr))[0]


def require_owners(ctx: Context, new: Certificate) -> None:
    assert (new.owner_id, new.team_id) == (OWNER.owner, RED)
    seen = list_certificates(ctx, OWNER, CertificateQuery(), None, 10).items
    assert new.id in {one.id for one in seen}


@pytest.mark.parametrize("who", [REGISTRAR, COLLEAGUE, OWNER], ids=lambda who: who.name)
def test_a_renewal_is_the_old_ones_owner_s_whoever_asks(ctx: Context, who: Actor) -> None:
    new, _ = renew(ctx, who, issue(ctx).id, DEFAULT)
    assert new.requested_by == who.id
    require_owners(ctx, new)


def test_so_is_a_certificate_for_another_key(ctx: Context) -> None:
    keyed, _ = rekey(ctx, REGISTRAR, issue(ctx).id, Rekey(key=make_csr("new.example.com")))
    require_owners(ctx, keyed.certificate)


def test_a_stranger_renews_nothing_and_gets_nothing(ctx: Context) -> None:
    old = issue(ctx)
    stranger = person("stranger", Role.REQUESTER)
    with pytest.raises(NotFound, match=r"Certificate .* not found"):
        submit_request(ctx, stranger, SubmitRequest(requested=RequestedContents(), renews=old.id))
    new, _ = renew(ctx, REGISTRAR, old.id, DEFAULT)
    with pytest.raises(NotFound, match=r"Certificate .* not found"):
        show_certificate(ctx, stranger, new.id)


def test_the_request_for_it_stays_whose_it_is(ctx: Context) -> None:
    """A colleague asks, and comments, cancels and collects; what is issued is the owner's."""
    asking = replace(COLLEAGUE, grants=list_builtin_grants(Role.REQUESTER))
    view, _ = submit_request(ctx, asking, SubmitRequest(requested=RequestedContents(), renews=issue(ctx).id))
    assert view.request.enrolment.owner_id == COLLEAGUE.owner


def test_a_key_that_its_owner_alone_may_use_again_is_renewed_for_its_owner(ctx: Context) -> None:
    body = codec.to_dict(replace(TLS_SERVER, name="own-keys", key_reuse=KeyReuse.SAME_OWNER))
    body.pop("version")
    profiles.create(ctx, ADMIN, body)
    old = issue(ctx, "own-keys")
    require_owners(ctx, renew(ctx, COLLEAGUE, old.id, DEFAULT)[0])


def test_a_key_that_is_used_once_is_renewed_for_nobody(ctx: Context) -> None:
    body = codec.to_dict(replace(TLS_SERVER, name="once", key_reuse=KeyReuse.REFUSE))
    body.pop("version")
    profiles.create(ctx, ADMIN, body)
    old = issue(ctx, "once")
    for who in (OWNER, COLLEAGUE):
        with pytest.raises(PolicyRefused, match="generate a new key"):
            renew(ctx, who, old.id, DEFAULT)
