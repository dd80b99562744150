"""Sums with grants: nobody hands on more than they have, and what two sets of rights share is in both."""

import itertools
from uuid import UUID

import pytest

from pki_manager.domain.names import AlternativeName, NameKind
from pki_manager.domain.rights.actor import EVERYTHING, Actor, ActorKind, Grant, Reach, Role, Scope
from pki_manager.policy.access import Permission, Target, is_allowed
from pki_manager.policy.roles import BUILTIN
from pki_manager.policy.scopes import compute_visibility, covers, intersect, narrow

P = Permission
CA, OTHER_CA = UUID(int=1), UUID(int=2)


def dns(*domains: str) -> frozenset[AlternativeName]:
    return frozenset(AlternativeName(NameKind.DNS, domain) for domain in domains)


def grant(scope: Scope = EVERYTHING, *permissions: Permission, role: str = "web") -> Grant:
    return Grant(role=role, permissions=frozenset(permissions or {P.CERTIFICATE_ISSUE}), scope=scope)


@pytest.mark.parametrize(
    ("giver", "given", "may"),
    [
        (Role.ADMINISTRATOR, Role.ADMINISTRATOR, True),
        (Role.ADMINISTRATOR, Role.AUDITOR, True),
        (Role.CA_OPERATOR, Role.ADMINISTRATOR, False),
        (Role.CA_OPERATOR, Role.REGISTRATION_AUTHORITY, False),
        (Role.CA_OPERATOR, Role.AUDITOR, False),
        (Role.REGISTRATION_AUTHORITY, Role.CA_OPERATOR, False),
        (Role.REGISTRATION_AUTHORITY, Role.REQUESTER, True),
        (Role.REQUESTER, Role.REQUESTER, True),
        (Role.REQUESTER, Role.REGISTRATION_AUTHORITY, False),
        (Role.AUDITOR, Role.ADMINISTRATOR, False),
    ],
)
def test_aut_06_nobody_gives_more_rights_than_they_have(giver, given, may):
    assert covers(BUILTIN[giver], BUILTIN[given]) is may


def test_aut_06_somebody_without_a_role_gives_nothing():
    assert not any(covers((), BUILTIN[role]) for role in Role)


@pytest.mark.parametrize(
    ("inner", "outer", "within"),
    [
        (Scope(), Scope(), True),
        (Scope(cas=frozenset({CA})), Scope(), True),
        (Scope(), Scope(cas=frozenset({CA})), False),
        (Scope(cas=frozenset()), Scope(cas=frozenset({CA})), True),
        (Scope(cas=frozenset({CA, OTHER_CA})), Scope(cas=frozenset({CA})), False),
        (Scope(profiles=frozenset({"a"})), Scope(profiles=frozenset({"a", "b"})), True),
        (Scope(profiles=frozenset({"c"})), Scope(profiles=frozenset({"a", "b"})), False),
        (Scope(names=dns("a.example.com")), Scope(names=dns("example.com")), True),
        (Scope(names=dns("example.com")), Scope(names=dns("a.example.com")), False),
        (Scope(names=dns("example.com", "b.test")), Scope(names=dns("example.com")), False),
        (Scope(), Scope(names=dns("example.com")), False),
        (Scope(reach=Reach.OWN), Scope(reach=Reach.TEAM), True),
        (Scope(reach=Reach.ALL), Scope(reach=Reach.TEAM), False),
    ],
)
def test_a_scope_lies_within_another_in_every_dimension(inner, outer, within):
    assert covers([grant(outer)], [grant(inner)]) is within


def test_what_one_grant_alone_does_not_cover_is_not_covered():
    halves = [grant(Scope(cas=frozenset({CA}))), grant(Scope(cas=frozenset({OTHER_CA})))]
    assert not covers(halves, [grant(Scope(cas=frozenset({CA, OTHER_CA})))])


SCOPES = [
    Scope(),
    Scope(cas=frozenset({CA})),
    Scope(cas=frozenset({CA, OTHER_CA}), profiles=frozenset({"tls-server"})),
    Scope(profiles=frozenset({"tls-server", "tls-client"}), reach=Reach.TEAM),
    Scope(names=dns("example.com"), reach=Reach.OWN),
    Scope(names=dns("a.example.com", "b.test")),
    Scope(names=frozenset()),
]
TARGETS = [
    Target(ca=ca, profile=profile, owner=owner, team=team, names=(AlternativeName(NameKind.DNS, name),))
    for ca in (CA, OTHER_CA)
    for profile in ("tls-server", "tls-client")
    for owner, team in (("user:1", None), ("user:2", UUID(int=9)), ("user:2", None))
    for name in ("example.com", "x.a.example.com", "b.test")
]


def actor(*grants: Grant) -> Actor:
    teams = frozenset({UUID(int=9)})
    return Actor(kind=ActorKind.USER, id="user:1", name="one", via="rest", grants=grants, team_ids=teams)


@pytest.mark.parametrize(("one", "other"), list(itertools.product(SCOPES, repeat=2)))
def test_aut_06_what_is_shared_allows_exactly_what_both_allow(one, other):
    shared = actor(*intersect([grant(one)], [grant(other)]))
    for target in TARGETS:
        both = all(is_allowed(actor(grant(scope)), P.CERTIFICATE_ISSUE, target) for scope in (one, other))
        assert is_allowed(shared, P.CERTIFICATE_ISSUE, target) is both


@pytest.mark.parametrize("scope", [one for one in SCOPES if one != EVERYTHING])
def test_what_cannot_be_limited_is_not_in_what_is_limited(scope):
    kept = {P.CA_READ, P.SELF_READ, P.TOOLS_USE}
    whole = grant(EVERYTHING, *kept, P.USER_MANAGE, P.KEY_READ, P.AUDIT_READ, P.JOB_READ)
    assert [one.permissions for one in narrow([whole], None, scope)] == [frozenset(kept)]
    assert narrow([whole], frozenset({P.USER_MANAGE}), scope) == ()
    assert narrow([whole], None, EVERYTHING) == (whole,)


def test_what_is_shared_has_no_permission_that_one_side_lacks():
    shared = intersect([grant(EVERYTHING, P.CA_READ, P.CA_CREATE)], [grant(EVERYTHING, P.CA_READ, P.AUDIT_READ)])
    assert [one.permissions for one in shared] == [frozenset({P.CA_READ})]


def test_a_list_shows_what_any_grant_shows():
    limited, other = Scope(cas=frozenset({CA})), Scope(reach=Reach.OWN)
    who = actor(grant(limited, P.CERTIFICATE_READ), grant(other, P.CERTIFICATE_READ), grant(limited, P.CA_READ))
    shown = compute_visibility(who, P.CERTIFICATE_READ)
    assert shown is not None
    assert (shown.scopes, shown.owner, shown.teams) == ((limited, other), "user:1", frozenset({UUID(int=9)}))
    nothing = compute_visibility(actor(grant(EVERYTHING, P.CERTIFICATE_READ)), P.CA_READ)
    assert nothing is not None
    assert nothing.scopes == ()
    assert compute_visibility(actor(grant(EVERYTHING, P.CERTIFICATE_READ)), P.CERTIFICATE_READ) is None
    # A profile has no CA: the limit does not count for it.
    assert compute_visibility(actor(grant(limited, P.PROFILE_READ)), P.PROFILE_READ) is None


@pytest.mark.parametrize(
    ("scope", "kept"),
    [
        (Scope(cas=frozenset({UUID(int=1)})), {P.CA_REVOKE, P.CERTIFICATE_REVOKE}),
        (Scope(profiles=frozenset({"tls-server"})), {P.PROFILE_UPDATE, P.CERTIFICATE_REVOKE}),
        (Scope(names=frozenset()), {P.CERTIFICATE_REVOKE}),
        (Scope(reach=Reach.OWN), {P.CERTIFICATE_REVOKE, P.TOKEN_REVOKE}),
        (Scope(cas=frozenset({UUID(int=1)}), reach=Reach.TEAM), {P.CERTIFICATE_REVOKE}),
    ],
    ids=["ca", "profile", "names", "reach", "ca and reach"],
)
def test_who_is_limited_changes_nothing_that_lies_across_the_limit(scope, kept):
    """A token for one profile revokes no CA; what only reads, and lists are filtered by, stays."""
    changing = (P.CA_REVOKE, P.PROFILE_UPDATE, P.CERTIFICATE_REVOKE, P.TOKEN_REVOKE, P.KEY_DESTROY)
    (one,) = narrow([grant(EVERYTHING, *changing, P.CA_READ, P.PROFILE_READ)], None, scope)
    assert one.permissions == kept | {P.CA_READ, P.PROFILE_READ}
