"""Who renews for others takes nothing away from them: a certificate's successor is its owner's and its team's."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from pki_manager.authority.certificates import profiles
from pki_manager.authority.certificates.enroll import Enrol, enrol
from pki_manager.authority.certificates.queries import CertificateQuery, list_certificates, show_certificate
from pki_manager.authority.certificates.rekey import Rekey, rekey
from pki_manager.authority.certificates.renew import renew
from pki_manager.authority.kernel.context import Authority
from pki_manager.authority.requests.requests import Wish, submit_request
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import NotFound, PolicyRefused
from pki_manager.domain.profiles import codec
from pki_manager.domain.profiles.terms import KeyReuse
from pki_manager.domain.request import ValidityRequest, Wanted
from pki_manager.domain.rights.actor import Actor, ActorKind, Grant, Role
from pki_manager.policy.access import Permission
from pki_manager.policy.roles import standing
from pki_manager.policy.standing import TLS_SERVER
from tests.csrs import make_csr
from tests.factories import ADMIN

RED = UUID(int=0xED)
DEFAULT = ValidityRequest()


def person(name: str, role: Role, *more: Permission, team: UUID | None = None) -> Actor:
    extra = (Grant(role="more", permissions=frozenset(more)),) if more else ()
    return Actor(
        kind=ActorKind.USER,
        id=f"user:{name}",
        name=name,
        via="rest",
        grants=(*standing(role), *extra),
        team_ids=frozenset({team} if team else ()),
        team_id=team,
    )


OWNER = person("owner", Role.REQUESTER, Permission.CERTIFICATE_ISSUE, team=RED)
COLLEAGUE = person("colleague", Role.REQUESTER, Permission.CERTIFICATE_ISSUE, team=RED)
REGISTRAR = person("registrar", Role.REGISTRATION_AUTHORITY)


def issue(authority: Authority, profile: str = "tls-server") -> Certificate:
    csr = make_csr("www.example.com")
    return enrol(authority, OWNER, Enrol(ca="Issuing CA", profile=profile, csr=csr))[0]


def require_owners(authority: Authority, new: Certificate) -> None:
    assert (new.owner_id, new.team_id) == (OWNER.owner, RED)
    seen = list_certificates(authority, OWNER, CertificateQuery(), None, 10).items
    assert new.id in {one.id for one in seen}


@pytest.mark.parametrize("who", [REGISTRAR, COLLEAGUE, OWNER], ids=lambda who: who.name)
def test_a_renewal_is_the_old_ones_owner_s_whoever_asks(authority: Authority, who: Actor) -> None:
    new, _ = renew(authority, who, issue(authority).id, DEFAULT)
    assert new.requested_by == who.id
    require_owners(authority, new)


def test_so_is_a_certificate_for_another_key(authority: Authority) -> None:
    keyed, _ = rekey(authority, REGISTRAR, issue(authority).id, Rekey(key=make_csr("new.example.com")))
    require_owners(authority, keyed.certificate)


def test_a_stranger_renews_nothing_and_gets_nothing(authority: Authority) -> None:
    old = issue(authority)
    stranger = person("stranger", Role.REQUESTER)
    with pytest.raises(NotFound):
        submit_request(authority, stranger, Wish(wanted=Wanted(), renews=old.id))
    new, _ = renew(authority, REGISTRAR, old.id, DEFAULT)
    with pytest.raises(NotFound):
        show_certificate(authority, stranger, new.id)


def test_the_request_for_it_stays_whose_it_is(authority: Authority) -> None:
    """A colleague asks, and comments, cancels and collects; what is issued is the owner's."""
    asking = replace(COLLEAGUE, grants=standing(Role.REQUESTER))
    view, _ = submit_request(authority, asking, Wish(wanted=Wanted(), renews=issue(authority).id))
    assert view.request.enrolment.owner_id == COLLEAGUE.owner


def test_a_key_that_its_owner_alone_may_use_again_is_renewed_for_its_owner(authority: Authority) -> None:
    body = codec.to_dict(replace(TLS_SERVER, name="own-keys", key_reuse=KeyReuse.SAME_OWNER))
    body.pop("version")
    profiles.create(authority, ADMIN, body)
    old = issue(authority, "own-keys")
    require_owners(authority, renew(authority, COLLEAGUE, old.id, DEFAULT)[0])


def test_a_key_that_is_used_once_is_renewed_for_nobody(authority: Authority) -> None:
    body = codec.to_dict(replace(TLS_SERVER, name="once", key_reuse=KeyReuse.REFUSE))
    body.pop("version")
    profiles.create(authority, ADMIN, body)
    old = issue(authority, "once")
    for who in (OWNER, COLLEAGUE):
        with pytest.raises(PolicyRefused, match="make a new one"):
            renew(authority, who, old.id, DEFAULT)
