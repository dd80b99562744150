"""Whose consent an act needs: every rule it falls under, the two that are always there, and who is an approver."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from pki_manager.domain.approval import (
    Approval,
    ApprovalRule,
    ApprovalState,
    Consent,
    Operation,
    RuleSet,
    compute_digest,
    encode_canonical,
    parse_rules,
)
from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.names import NameAttribute, NameKind
from pki_manager.domain.profiles.terms import CLIENT_AUTH, PKINIT_CLIENT, SERVER_AUTH, SMART_CARD_LOGON
from pki_manager.domain.rights.actor import Actor, ActorKind, Grant, Role, Scope, build_system_actor, list_people_behind
from pki_manager.domain.rights.permission import Permission
from pki_manager.policy.access import Target
from pki_manager.policy.approval import (
    CLIENT_IDENTITIES,
    NOTHING,
    REQUESTERS,
    RULES_THEMSELVES,
    Touched,
    list_approver_keys,
    list_counting_rules,
    list_required_rules,
    list_rules_to_issue,
)
from pki_manager.policy.builtin_profiles import TLS_CLIENT, TLS_MUTUAL, TLS_SERVER
from pki_manager.policy.roles import list_builtin_grants
from tests.unit.policy.cases import NOW, actor, issuer, sans

CA = issuer().ca
ANY = ApprovalRule(name="any", operation=Operation.CA_REVOKE)
TARGET = Target(ca=CA.id, profile="tls-server", owner="token:1", names=sans("DNS:www.example.com"))


def names(rules: tuple[ApprovalRule, ...]) -> list[str]:
    return [rule.name for rule in rules]


def keys(role: Role | None, *teams: UUID) -> frozenset[str]:
    """Of a person in a session of their own."""
    return list_approver_keys(actor(role), list_builtin_grants(role), teams)


def of(*rules: ApprovalRule) -> RuleSet:
    return RuleSet(1, rules)


@pytest.mark.parametrize("operation", [one for one in Operation if one is not Operation.RULES_CHANGE])
def test_without_a_rule_nobody_has_to_approve_and_a_rule_is_about_its_own_operation(operation: Operation) -> None:
    assert list_required_rules(of(), operation, NOTHING, actor()) == ()
    own = ApprovalRule(name="own", operation=operation)
    others = tuple(ApprovalRule(name=one, operation=one) for one in Operation if one is not operation)
    assert list_required_rules(of(*others, own), operation, NOTHING, actor()) == (own,)


def test_every_rule_that_an_act_falls_under_counts() -> None:
    second = replace(ANY, name="second", needed=2)
    assert list_required_rules(of(ANY, second), Operation.CA_REVOKE, Touched(CA), actor()) == (ANY, second)


def test_what_the_product_does_for_itself_needs_nobody() -> None:
    assert list_required_rules(of(ANY), Operation.CA_REVOKE, Touched(CA), build_system_actor("worker")) == ()


@pytest.mark.parametrize("kind", [kind for kind in ActorKind if kind is not ActorKind.SYSTEM])
def test_everybody_else_does_the_owner_of_the_home_too(kind: ActorKind) -> None:
    assert list_required_rules(of(ANY), Operation.CA_REVOKE, Touched(CA), replace(actor(), kind=kind)) == (ANY,)


@pytest.mark.parametrize("named", [CA.name, str(CA.id)], ids=["name", "id"])
def test_a_rule_for_one_ca_is_not_about_others_nor_about_an_act_without_one(named: str) -> None:
    rule = replace(ANY, cas=(named,))
    other = replace(CA, id=UUID(int=9), name="Other CA")
    assert list_required_rules(of(rule), Operation.CA_REVOKE, Touched(CA), actor()) == (rule,)
    assert list_required_rules(of(rule), Operation.CA_REVOKE, Touched(other), actor()) == ()
    assert list_required_rules(of(rule), Operation.CA_REVOKE, NOTHING, actor()) == ()


def test_a_rule_for_one_profile_is_not_about_others() -> None:
    rule = ApprovalRule(name="p", operation=Operation.PROFILE_CHANGE, profiles=("tls-server",))
    assert list_required_rules(of(rule), Operation.PROFILE_CHANGE, Touched(profile="tls-server"), actor()) == (rule,)
    assert list_required_rules(of(rule), Operation.PROFILE_CHANGE, Touched(profile="tls-server-2"), actor()) == ()
    assert list_required_rules(of(rule), Operation.PROFILE_CHANGE, NOTHING, actor()) == ()


def test_once_there_are_rules_nobody_changes_them_alone() -> None:
    assert list_required_rules(of(), Operation.RULES_CHANGE, NOTHING, actor()) == ()
    assert list_required_rules(of(ANY), Operation.RULES_CHANGE, NOTHING, actor()) == (RULES_THEMSELVES,)
    stricter = ApprovalRule(name="three", operation=Operation.RULES_CHANGE, needed=3)
    assert list_required_rules(of(ANY, stricter), Operation.RULES_CHANGE, NOTHING, actor()) == (stricter,)


@pytest.mark.parametrize(
    ("role", "profile", "found"),
    [
        (Role.ADMINISTRATOR, TLS_SERVER, []),
        (Role.REGISTRATION_AUTHORITY, TLS_CLIENT, []),
        (Role.REQUESTER, TLS_SERVER, [REQUESTERS.name]),
        (Role.REQUESTER, TLS_CLIENT, [REQUESTERS.name, CLIENT_IDENTITIES.name]),
        (Role.AUDITOR, TLS_SERVER, [REQUESTERS.name]),
        (None, TLS_CLIENT, [REQUESTERS.name, CLIENT_IDENTITIES.name]),
    ],
)
def test_nam_12_the_rules_that_are_always_there(role: Role | None, profile: object, found: list[str]) -> None:
    assert isinstance(profile, type(TLS_SERVER))
    assert names(list_rules_to_issue(of(), profile, CA, actor(role), TARGET)) == found


@pytest.mark.parametrize("kind", ["O", "OU", "DC", "UID", "serialNumber", "title", "GN", "SN", "pseudonym"])
@pytest.mark.parametrize("purposes", [(CLIENT_AUTH,), (SMART_CARD_LOGON,), (PKINIT_CLIENT, SERVER_AUTH)], ids=str)
def test_nam_12_an_identity_in_the_subject_needs_approval_though_the_names_are_limited(
    purposes: tuple[str, ...], kind: str
) -> None:
    limited = replace(TLS_MUTUAL.sans, kinds=(NameKind.DNS,), permitted=sans("DNS:example.com"))
    rule = replace(TLS_MUTUAL.subject, attributes=("CN", kind))
    profile = replace(TLS_MUTUAL, sans=limited, subject=rule, extended_key_usage=purposes)
    issues = Grant(role="some", permissions=frozenset({Permission.CERTIFICATE_ISSUE}))
    who = replace(actor(), grants=(issues,))
    claiming = replace(TARGET, claims=(NameAttribute(kind, "system:masters"),))
    assert names(list_rules_to_issue(of(), profile, CA, who, claiming)) == [CLIENT_IDENTITIES.name]
    assert names(list_rules_to_issue(of(), profile, CA, who, TARGET)) == []
    for_servers = replace(profile, extended_key_usage=(SERVER_AUTH,))
    assert names(list_rules_to_issue(of(), for_servers, CA, who, claiming)) == []


def test_who_may_issue_but_not_for_this_name_needs_approval() -> None:
    scope = Scope(names=frozenset(sans("DNS:example.org")))
    grants = (Grant(role="some", permissions=frozenset({Permission.CERTIFICATE_ISSUE}), scope=scope),)
    found = list_rules_to_issue(of(), TLS_SERVER, CA, replace(actor(), grants=grants), TARGET)
    assert names(found) == [REQUESTERS.name]


def test_a_key_that_is_handed_out_falls_under_both_operations() -> None:
    issue = ApprovalRule(name="issue", operation=Operation.CERTIFICATE_ISSUE)
    export = ApprovalRule(name="export", operation=Operation.CERTIFICATE_EXPORT_KEY, profiles=("tls-server",))
    rules = of(issue, export)
    assert names(list_rules_to_issue(rules, TLS_SERVER, CA, actor(), TARGET)) == ["issue"]
    assert names(list_rules_to_issue(rules, TLS_SERVER, CA, actor(), TARGET, with_key=True)) == ["issue", "export"]
    assert names(list_rules_to_issue(rules, TLS_CLIENT, CA, actor(), TARGET, with_key=True)) == ["issue"]


def test_an_approver_is_anybody_or_one_of_the_role_or_the_team() -> None:
    team = UUID(int=5)
    anybody = ApprovalRule(name="anybody", operation=Operation.CA_REVOKE)
    by_role = replace(anybody, name="role", roles=("registration-authority",))
    by_team = replace(anybody, name="team", teams=(str(team),))
    rules = (anybody, by_role, by_team)
    assert list_counting_rules(rules, keys(Role.ADMINISTRATOR)) == ("anybody",)
    assert list_counting_rules(rules, keys(Role.REGISTRATION_AUTHORITY)) == ("anybody", "role")
    assert list_counting_rules(rules, keys(Role.ADMINISTRATOR, team)) == ("anybody", "team")
    assert list_counting_rules((by_role,), keys(Role.ADMINISTRATOR)) == ()
    assert keys(None, team) == {f"team:{team}"}


def test_a_ca_operator_approves_only_where_a_rule_names_them() -> None:
    rules = (ANY, replace(ANY, name="named", roles=("ca-operator",)))
    assert list_counting_rules(rules, keys(Role.CA_OPERATOR)) == ("named",)
    officer = Grant(role="officer", permissions=frozenset({Permission.APPROVAL_APPROVE}))
    both = (*list_builtin_grants(Role.CA_OPERATOR), officer)
    assert list_counting_rules(rules, list_approver_keys(replace(actor(None), grants=both), both, ())) == (
        "any",
        "named",
    )


def test_a_token_narrows_the_roles_of_its_person_and_adds_none() -> None:
    """By a role that the token's owner covers and does not have, nobody becomes an approver of that role."""
    officer = Grant(role="officer", permissions=frozenset({Permission.APPROVAL_APPROVE}))
    own = (*list_builtin_grants(Role.REGISTRATION_AUTHORITY), officer)
    as_officer = replace(actor(None), grants=(officer,))
    assert list_approver_keys(as_officer, own, ()) == {"*", "role:officer"}
    assert list_approver_keys(as_officer, list_builtin_grants(Role.REGISTRATION_AUTHORITY), ()) == {"*"}
    assert list_approver_keys(as_officer, list_builtin_grants(Role.CA_OPERATOR), ()) == frozenset()
    assert (
        list_approver_keys(
            replace(actor(None), grants=list_builtin_grants(Role.CA_OPERATOR)),
            list_builtin_grants(Role.ADMINISTRATOR),
            (),
        )
        == set()
    )


def test_an_acme_account_needs_one_more_person_than_each_rule_says() -> None:
    """Whoever holds it may be among the approvers."""
    rule = ApprovalRule(name="two", operation=Operation.CERTIFICATE_ISSUE, needed=2)
    for door, needed in (("rest", [2, 1]), ("acme", [3, 2])):
        found = list_rules_to_issue(of(rule), TLS_SERVER, CA, replace(actor(Role.REQUESTER), via=door), TARGET)
        assert [one.needed for one in found] == needed
    assert list_rules_to_issue(of(), TLS_SERVER, CA, replace(actor(), via="acme"), TARGET) == ()


def _approval(*rules: ApprovalRule, given: tuple[Consent, ...] = (), overridden_by: str | None = None) -> Approval:
    body = encode_canonical({"what": "this"})
    return Approval(
        id=UUID(int=1),
        operation=Operation.CA_REVOKE,
        object_kind="ca",
        object_id="1",
        request_id=None,
        body=body,
        sha256=compute_digest(body),
        rules=rules,
        state=ApprovalState.WAITING,
        requested_by="user:1",
        requester_name="one",
        person="user:1",
        team_id=None,
        created_at=NOW,
        changed_at=NOW,
        expires_at=NOW + timedelta(days=7),
        given=given,
        overridden_by=overridden_by,
    )


def _consent(person: str, *rules: str) -> Consent:
    return Consent(person, person, person, NOW, rules)


def test_m_of_n_each_rule_counts_the_consents_that_are_for_it() -> None:
    two, one = replace(ANY, name="two", needed=2), replace(ANY, name="one", roles=("auditor",))
    assert _approval(two, one).missing() == {"two": 2, "one": 1}
    first = _consent("user:2", "two")
    assert _approval(two, one, given=(first,)).missing() == {"two": 1, "one": 1}
    second = _consent("user:3", "two", "one")
    assert _approval(two, one, given=(first, second)).missing() == {}
    assert _approval(two, one, overridden_by="user:4").missing() == {}


def test_a_rule_of_the_same_name_as_a_built_in_or_another_is_refused() -> None:
    for spoiled, reason in (
        ([{"name": "built-in:requesters", "operation": "ca.revoke"}], "not begin with 'built-in:'"),
        (
            [{"name": "a", "operation": "ca.revoke"}, {"name": "a", "operation": "ca.create"}],
            "is already the name of another rule",
        ),
        ([{"name": "a", "operation": "ca.revoke", "needed": 0}], "must be 1 to 20"),
        ([{"name": "a", "operation": "role.change", "cas": ["Root CA"]}], "cannot contain cas"),
        ([{"name": "a", "operation": "ca.revoke", "profiles": ["tls-server"]}], "cannot contain profiles"),
        ([{"name": "a", "operation": "ca.revoked"}], "operation: must be one of"),
        ([{"name": "a", "operation": "ca.revoke", "unknown": 1}], "is not a known field"),
    ):
        with pytest.raises(InvalidInput, match=reason):
            parse_rules(spoiled)


def test_the_person_behind_a_token_is_its_user_and_a_service_account_is_its_user_too() -> None:
    user = UUID(int=7)
    own = Actor(kind=ActorKind.TOKEN, id="token:1", name="t", via="rest", owner_id=f"user:{user}", user_id=user)
    service = replace(own, id="token:2", owner_id="service:3")
    assert list_people_behind(own) == (f"user:{user}",)
    assert list_people_behind(service) == (f"user:{user}", "service:3")
