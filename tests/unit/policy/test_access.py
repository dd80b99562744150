"""THE access table, stated literally: every standing role against every permission; and the decision's own rules."""

from dataclasses import replace
from uuid import UUID

import pytest

from pki_manager.domain.errors import Forbidden, FreshAuthenticationRequired, NotFound, Unauthenticated
from pki_manager.domain.names import AlternativeName, NameKind
from pki_manager.domain.rights.actor import ANONYMOUS, Actor, ActorKind, Grant, Reach, Role, Scope, build_system_actor
from pki_manager.domain.rights.permission import DANGEROUS, PERSONAL, PUBLIC
from pki_manager.policy.access import (
    Allowed,
    Denied,
    Permission,
    Target,
    decide,
    is_allowed,
    require,
    require_on,
    require_somewhere,
)
from pki_manager.policy.roles import BUILTIN, list_builtin_grants

# yes: on everything; team: on one's own and one's teams'; own: on one's own; public: without any role, by nobody too.
#                       administrator  ca-operator  registration-authority  requester  auditor
TABLE = """
ca:read                 yes            yes          yes                     yes        yes
ca:create               yes            yes          no                      no         no
ca:rotate               yes            yes          no                      no         no
ca:cross-sign           yes            yes          no                      no         no
ca:install              yes            yes          no                      no         no
ca:control              yes            yes          no                      no         no
ca:revoke               yes            yes          no                      no         no
certificate:read        yes            yes          yes                     team       yes
certificate:issue       yes            yes          yes                     no         no
certificate:export-key  yes            yes          yes                     team       no
certificate:revoke      yes            yes          yes                     team       no
certificate:release     yes            yes          yes                     no         no
certificate:delete      yes            yes          no                      no         no
request:read            yes            yes          yes                     team       yes
request:submit          yes            yes          yes                     team       no
request:approve         yes            no           yes                     no         no
approval:read           yes            yes          yes                     no         yes
approval:approve        yes            yes          yes                     no         no
approval:manage         yes            no           no                      no         no
approval:override       yes            no           no                      no         no
crl:read                yes            yes          yes                     yes        yes
crl:publish             yes            yes          no                      no         no
profile:read            yes            yes          yes                     yes        yes
profile:create          yes            yes          no                      no         no
profile:update          yes            yes          no                      no         no
profile:retire          yes            yes          no                      no         no
key:read                yes            yes          yes                     no         yes
key:block               yes            yes          no                      no         no
key:create              yes            yes          no                      no         no
key:destroy             yes            no           no                      no         no
bulk:run                yes            yes          yes                     no         no
user:read               yes            no           no                      no         yes
user:manage             yes            no           no                      no         no
team:read               yes            no           no                      no         yes
team:manage             yes            no           no                      no         no
role:read               yes            no           no                      no         yes
role:manage             yes            no           no                      no         no
session:create          public         public       public                  public     public
session:read            yes            no           no                      no         yes
session:revoke          yes            no           no                      no         no
token:read              yes            own          own                     own        yes
token:create            yes            own          own                     own        no
token:revoke            yes            own          own                     own        no
job:read                yes            yes          no                      no         yes
clock:accept            yes            no           no                      no         no
job:control             yes            yes          no                      no         no
audit:accept            yes            no           no                      no         no
backup:create           yes            no           no                      no         no
audit:read              yes            no           no                      no         yes
metrics:read            yes            yes          no                      no         yes
status:read             yes            yes          yes                     no         yes
self:read               yes            yes          yes                     yes        yes
self:update             yes            yes          yes                     yes        yes
self:secure             yes            yes          yes                     yes        yes
setting:read            yes            yes          no                      no         yes
tools:use               yes            yes          yes                     yes        yes
"""
ROLES = (Role.ADMINISTRATOR, Role.CA_OPERATOR, Role.REGISTRATION_AUTHORITY, Role.REQUESTER, Role.AUDITOR)
ROWS = {row.split()[0]: row.split()[1:] for row in TABLE.split("\n") if row}
CELLS = [(role, name, cell) for name, cells in ROWS.items() for role, cell in zip(ROLES, cells, strict=True)]

CA, OTHER_CA = UUID(int=1), UUID(int=2)
TEAM, OTHER_TEAM = UUID(int=11), UUID(int=12)
P = Permission


def actor(*grants: Grant, kind: ActorKind = ActorKind.USER, via: str = "rest") -> Actor:
    return Actor(kind=kind, id="user:1", name="one", via=via, grants=grants, team_ids=frozenset({TEAM}))


def limited(permission: Permission = P.CERTIFICATE_ISSUE, role: str = "web", **scope: object) -> Grant:
    return Grant(role=role, permissions=frozenset({permission}), scope=Scope(**scope))


def names(*texts: str) -> frozenset[AlternativeName]:
    """Subtrees as a role carries them."""
    pairs = (text.split(":", 1) for text in texts)
    return frozenset(AlternativeName(NameKind(kind), value) for kind, value in pairs)


def sans(*texts: str) -> tuple[AlternativeName, ...]:
    return tuple(AlternativeName.parse(text) for text in texts)


def issued(ca=CA, profile="tls-server", owner="user:2", team=OTHER_TEAM, asked=("DNS:www.example.com",)) -> Target:
    return Target(ca=ca, profile=profile, owner=owner, team=team, names=None if asked is None else sans(*asked))


def test_the_table_has_every_role_and_every_permission():
    assert set(ROLES) == set(Role) == set(BUILTIN)
    assert set(ROWS) == {permission.value for permission in Permission}


@pytest.mark.parametrize(("role", "name", "cell"), CELLS)
def test_the_table_says_who_may_do_what(role, name, cell):
    permission, who = Permission(name), actor(*list_builtin_grants(role))
    mine, teams = Target(owner="user:1"), Target(owner="user:2", team=TEAM)
    anothers = Target(owner="user:2", team=OTHER_TEAM)
    assert is_allowed(who, permission) is (cell != "no")
    assert is_allowed(who, permission, mine) is (cell != "no")
    assert is_allowed(who, permission, teams) is (cell in ("yes", "team", "public"))
    assert is_allowed(who, permission, anothers) is (cell in ("yes", "public"))
    if cell in ("yes", "public"):
        assert require(who, permission) == (f"role:{role}" if cell == "yes" else "public")
    else:
        with pytest.raises(Forbidden, match=permission):
            require(who, permission)


@pytest.mark.parametrize("permission", sorted(set(Permission) - PUBLIC))
def test_aut_02_somebody_without_a_role_may_do_nothing(permission):
    for ask in (require, require_somewhere):
        with pytest.raises(Forbidden, match=permission):
            ask(actor(), permission)


def test_what_lets_people_in_is_for_everybody():
    assert frozenset({P.SESSION_CREATE}) == PUBLIC
    for who in (ANONYMOUS, actor()):
        assert require(who, P.SESSION_CREATE) == require_somewhere(who, P.SESSION_CREATE) == "public"


@pytest.mark.parametrize("permission", sorted(DANGEROUS))
def test_what_is_dangerous_wants_a_fresh_proof_of_who_it_is_after_the_right_to_it(permission):
    stale = replace(actor(*list_builtin_grants(Role.ADMINISTRATOR)), is_fresh=False)
    for ask in (require, require_somewhere):
        with pytest.raises(FreshAuthenticationRequired, match="This operation requires recent authentication"):
            ask(stale, permission)
        with pytest.raises(Forbidden, match=permission):
            ask(replace(stale, grants=()), permission)
    assert is_allowed(stale, permission)


def test_what_is_not_dangerous_wants_none():
    for permission in set(Permission) - DANGEROUS:
        require(replace(actor(*list_builtin_grants(Role.ADMINISTRATOR)), is_fresh=False), permission)


@pytest.mark.parametrize("permission", sorted(set(Permission) - PUBLIC))
def test_nobody_is_asked_who_they_are_first(permission):
    for ask in (require, require_somewhere):
        with pytest.raises(Unauthenticated, match="This operation requires authentication"):
            ask(ANONYMOUS, permission)
    with pytest.raises(Unauthenticated, match="This operation requires authentication"):
        require_on(ANONYMOUS, P.CERTIFICATE_REVOKE, issued(), "certificate", "1")


def test_nobody_has_no_rights_though_grants_were_given():
    assert decide(replace(ANONYMOUS, grants=BUILTIN[Role.ADMINISTRATOR]), P.CA_READ, None, "rest") == Denied(
        "access.anonymous"
    )


@pytest.mark.parametrize("permission", sorted(set(Permission) - PERSONAL))
def test_the_product_itself_may_do_everything(permission):
    require(build_system_actor("worker"), permission)


@pytest.mark.parametrize("kind", [kind for kind in ActorKind if kind not in (ActorKind.USER, ActorKind.ANONYMOUS)])
def test_only_a_person_changes_what_is_their_own(kind):
    who = actor(*list_builtin_grants(Role.ADMINISTRATOR), kind=kind)
    for permission in PERSONAL:
        assert decide(who, permission, None, "rest") == Denied("access.person")


def test_a_door_is_for_what_it_is_for():
    who = actor(*list_builtin_grants(Role.ADMINISTRATOR))
    assert decide(who, P.CERTIFICATE_ISSUE, None, "metrics") == Denied("access.door")
    assert decide(who, P.METRICS_READ, None, "metrics") == Allowed("role:administrator")


@pytest.mark.parametrize(
    ("scope", "target", "rule"),
    [
        ({"cas": frozenset({CA})}, issued(), None),
        ({"cas": frozenset({CA})}, issued(ca=OTHER_CA), "access.ca"),
        ({"cas": frozenset({CA})}, issued(ca=None), "access.ca"),
        ({"cas": frozenset()}, issued(), "access.ca"),
        ({"profiles": frozenset({"tls-server"})}, issued(), None),
        ({"profiles": frozenset({"tls-server"})}, issued(profile="tls-client"), "access.profile"),
        ({"profiles": frozenset({"tls-server"})}, issued(profile=None), "access.profile"),
        ({"reach": Reach.OWN}, issued(owner="user:1"), None),
        ({"reach": Reach.OWN}, issued(team=TEAM), "access.reach"),
        ({"reach": Reach.TEAM}, issued(team=TEAM), None),
        ({"reach": Reach.TEAM}, issued(), "access.reach"),
        ({"reach": Reach.TEAM}, issued(team=None), "access.reach"),
        ({"names": names("DNS:example.com")}, issued(), None),
        ({"names": names("DNS:example.com")}, issued(asked=("DNS:example.com",)), None),
        ({"names": names("DNS:example.com")}, issued(asked=("DNS:badexample.com",)), "access.names"),
        ({"names": names("DNS:example.com")}, issued(asked=("DNS:a.example.com", "DNS:b.test")), "access.names"),
        ({"names": names("DNS:example.com")}, issued(asked=("IP:10.0.0.1",)), "access.names"),
        ({"names": names("IP:10.0.0.0/8")}, issued(asked=("IP:10.255.0.1",)), None),
        ({"names": names("IP:10.0.0.0/8")}, issued(asked=("IP:11.0.0.1",)), "access.names"),
        ({"names": names("IP:10.0.0.0/8")}, issued(asked=("IP:2001:db8::1",)), "access.names"),
        ({"names": names("email:example.com")}, issued(asked=("email:a@example.com",)), None),
        ({"names": names("email:example.com")}, issued(asked=("email:a@example.org",)), "access.names"),
        ({"names": names("DNS:example.com")}, issued(asked=None), "access.names"),
        ({"names": frozenset()}, issued(), "access.names"),
    ],
)
def test_nam_09_a_grant_reaches_as_far_as_its_scope(scope, target, rule):
    decision = decide(actor(limited(**scope)), P.CERTIFICATE_ISSUE, target, "rest")
    assert decision.rule == (rule or "role:web")
    assert isinstance(decision, Denied if rule else Allowed)


def test_nam_09_the_names_outside_are_told_to_who_asked_for_them():
    who = actor(limited(names=names("DNS:example.com")))
    with pytest.raises(Forbidden) as refused:
        require(who, P.CERTIFICATE_ISSUE, issued(asked=("DNS:a.example.com", "DNS:b.test", "IP:10.0.0.1")))
    assert [(one.field, one.rule) for one in refused.value.errors] == [("sans", "access.names")] * 2
    assert "example.com" not in refused.value.errors[0].message


def test_a_limit_counts_only_where_the_object_has_that_fact():
    who = actor(limited(P.PROFILE_READ, cas=frozenset(), names=frozenset()))
    assert is_allowed(who, P.PROFILE_READ, Target(profile="tls-server"))


def test_limits_of_several_grants_do_not_mix():
    who = actor(
        limited(cas=frozenset({CA}), profiles=frozenset({"a"})),
        limited(cas=frozenset({OTHER_CA}), profiles=frozenset({"b"})),
    )
    assert is_allowed(who, P.CERTIFICATE_ISSUE, issued(ca=CA, profile="a"))
    assert is_allowed(who, P.CERTIFICATE_ISSUE, issued(ca=OTHER_CA, profile="b"))
    assert not is_allowed(who, P.CERTIFICATE_ISSUE, issued(ca=CA, profile="b"))


def test_the_rule_names_every_role_that_allows_it():
    who = actor(limited(role="one"), limited(role="two"), limited(role="three", cas=frozenset()))
    assert require(who, P.CERTIFICATE_ISSUE, issued()) == "role:one,two"


def test_the_rule_of_a_refusal_is_the_furthest_that_a_grant_came():
    who = actor(limited(reach=Reach.OWN), limited(profiles=frozenset({"tls-client"})), limited(cas=frozenset()))
    assert decide(who, P.CERTIFICATE_ISSUE, issued(), "rest") == Denied("access.profile")


@pytest.mark.parametrize(
    "scope", [{"cas": frozenset({CA})}, {"profiles": frozenset({"a"})}, {"names": names("DNS:a.example")}]
)
def test_a_use_case_that_names_no_object_refuses_who_is_limited(scope):
    who = actor(limited(**scope))
    require_somewhere(who, P.CERTIFICATE_ISSUE)
    with pytest.raises(Forbidden, match=P.CERTIFICATE_ISSUE):
        require(who, P.CERTIFICATE_ISSUE)


def test_what_one_may_not_see_is_not_there():
    who = actor(limited(P.CERTIFICATE_READ, reach=Reach.TEAM), limited(P.CERTIFICATE_REVOKE, reach=Reach.OWN))
    require_on(who, P.CERTIFICATE_REVOKE, issued(owner="user:1"), "certificate", "1")
    with pytest.raises(Forbidden, match=P.CERTIFICATE_REVOKE):
        require_on(who, P.CERTIFICATE_REVOKE, issued(team=TEAM), "certificate", "1")
    with pytest.raises(NotFound, match="Certificate '1' not found"):
        require_on(who, P.CERTIFICATE_REVOKE, issued(), "certificate", "1")


def test_the_rule_is_told_only_to_who_may_read_the_audit_trail():
    told, untold = limited(P.AUDIT_READ, role="auditor"), limited(P.CA_READ, role="reader")
    for grant, errors in ((told, ["access.permission"]), (untold, [])):
        with pytest.raises(Forbidden) as refused:
            require(actor(grant), P.CA_CREATE)
        assert refused.value.rule == "access.permission"
        assert [one.rule for one in refused.value.errors] == errors
        assert grant.role not in refused.value.detail
