"""Names and dates before there is a key: refused as they would be in the end, and nothing else is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from pki_manager.domain.ca import CaState, Issuer
from pki_manager.domain.errors import Conflict, Forbidden, PkiError, PolicyRefused
from pki_manager.domain.names import NameConstraints, NameKind
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.profiles.terms import ProfileState
from pki_manager.domain.request import RequestedContents, ValidityRequest
from pki_manager.domain.rights.actor import Actor, Grant, Scope
from pki_manager.domain.rights.permission import Permission
from pki_manager.policy.builtin_profiles import OCSP_RESPONDER, TLS_SERVER
from pki_manager.policy.decide import check
from tests.unit.policy.cases import NOW, actor, issuer, plan, sans

DAY = timedelta(days=1)
WHENEVER, ISSUER, ANYBODY = ValidityRequest(), issuer(), actor()
CONSTRAINED = issuer(ancestors_constraints=(NameConstraints(permitted=sans("DNS:example.com")),))


def limited(*permissions: Permission) -> Actor:
    grant = Grant(role="r", permissions=frozenset(permissions), scope=Scope(names=frozenset(sans("DNS:example.com"))))
    return replace(actor(None), grants=(grant,))


def told(error: PkiError) -> tuple[type[PkiError], list[tuple[str, str]]]:
    return type(error), [(one.field, one.rule) for one in error.errors]


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is asked for; by itself it would be issued."""

    names: tuple[str, ...] = ("DNS:www.example.com",)
    validity: ValidityRequest = WHENEVER
    profile: Profile = TLS_SERVER
    by: Issuer = ISSUER
    who: Actor = ANYBODY


def with_sans(**changes: object) -> Profile:
    return replace(TLS_SERVER, sans=replace(TLS_SERVER.sans, **changes))


CASES: dict[str, tuple[type[PkiError], Case]] = {
    "a kind": (PolicyRefused, Case(names=("email:a@example.com",))),
    "a wildcard": (PolicyRefused, Case(names=("DNS:*.example.com",), profile=with_sans(wildcards=False))),
    "too many": (
        PolicyRefused,
        Case(names=("DNS:a.example.com", "DNS:b.example.com"), profile=with_sans(maximum=1)),
    ),
    "the profile's subtrees": (
        PolicyRefused,
        Case(profile=with_sans(kinds=(NameKind.DNS,), permitted=sans("DNS:example.org"))),
    ),
    "a CA's constraints": (PolicyRefused, Case(names=("DNS:www.example.org",), by=CONSTRAINED)),
    "the size": (
        PolicyRefused,
        Case(names=tuple(f"DNS:{number}.{'a' * 60}.{'b' * 60}.{'c' * 60}.example.com" for number in range(60))),
    ),
    "the dates": (PolicyRefused, Case(validity=ValidityRequest(not_after=NOW + 2999 * DAY))),
    "the scope": (Forbidden, Case(names=("DNS:www.example.org",), who=limited(Permission.CERTIFICATE_ISSUE))),
    "no rights": (Forbidden, Case(who=actor(None))),
    "no rights to anything": (Forbidden, Case(names=("email:a@example.com",), who=actor(None))),
    "a stopped CA": (Conflict, Case(by=issuer(CaState.SUSPENDED))),
    "a retired profile": (Conflict, Case(profile=replace(TLS_SERVER, state=ProfileState.RETIRED))),
}


@pytest.mark.parametrize("name", CASES)
def test_what_will_be_refused_is_foreseen_in_the_same_words(name: str) -> None:
    kind, case = CASES[name]
    asked = sans(*case.names)
    with pytest.raises(kind) as foreseen:
        check(asked, case.validity, case.profile, case.by, case.who, NOW)
    with pytest.raises(kind) as decided:
        plan(None, RequestedContents(sans=asked, validity=case.validity), case.profile, case.by, who=case.who)
    assert told(foreseen.value) == told(decided.value)


def test_a_profile_that_is_not_for_others_is_foreseen() -> None:
    with pytest.raises(PolicyRefused) as caught:
        check(sans("DNS:www.example.com"), ValidityRequest(), OCSP_RESPONDER, issuer(), actor(), NOW)
    assert "profile.purpose" in [error.rule for error in caught.value.errors]


@pytest.mark.parametrize("permission", [Permission.CERTIFICATE_ISSUE, Permission.REQUEST_SUBMIT])
def test_who_may_only_ask_may_order_too(permission: Permission) -> None:
    check(sans("DNS:www.example.com"), ValidityRequest(), TLS_SERVER, issuer(), limited(permission), NOW)
    with pytest.raises(Forbidden, match="Requires the permission `certificate:issue`"):
        check(sans("DNS:www.example.org"), ValidityRequest(), TLS_SERVER, issuer(), limited(permission), NOW)
