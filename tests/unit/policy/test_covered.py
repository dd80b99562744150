"""What a grant by names covers: alternative names, common names that read as names, and nothing else of a subject."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from pki_manager.domain.names import (
    ATTRIBUTE_BOUNDS,
    AlternativeName,
    DistinguishedName,
    NameAttribute,
    NameConstraints,
)
from pki_manager.domain.rights.actor import Grant, Scope
from pki_manager.policy.access import Denied, Permission, decide, is_allowed
from pki_manager.policy.covered import build_target
from tests.unit.policy.cases import actor, sans

SCOPE = ("DNS:app.example.com", "email:example.com", "IP:10.0.0.0/8", "URI:app.example.com")
FREE_VALUES = ("app.example.com", "x.app.example.com", "root", "admin@example.com")
LIMITED = (
    Permission.CERTIFICATE_ISSUE,
    Permission.CERTIFICATE_REVOKE,
    Permission.CERTIFICATE_READ,
    Permission.REQUEST_SUBMIT,
    Permission.REQUEST_APPROVE,
)


def may(
    subject: DistinguishedName,
    names: tuple[AlternativeName, ...] = sans("DNS:x.app.example.com"),
    fixed: tuple[NameAttribute, ...] = (),
    permission: Permission = Permission.CERTIFICATE_ISSUE,
) -> bool:
    scope = Scope(names=frozenset(NameConstraints.subtree(text, "names") for text in SCOPE))
    who = replace(actor(), grants=(Grant(role="limited", permissions=frozenset(Permission), scope=scope),))
    target = build_target(ca=UUID(int=1), profile="p", owner="o", team=None, subject=subject, sans=names, fixed=fixed)
    return is_allowed(who, permission, target)


def cn(value: str) -> DistinguishedName:
    return DistinguishedName.of(("CN", value))


@pytest.mark.parametrize("permission", LIMITED)
@pytest.mark.parametrize("kind", [*(set(ATTRIBUTE_BOUNDS) - {"CN"}), "1.2.3.4", "2.5.4.45"])
def test_every_subject_attribute_but_cn_lies_outside_unless_the_profile_sets_it(
    kind: str, permission: Permission
) -> None:
    for value in FREE_VALUES:
        claim = NameAttribute(kind, value)
        alone = DistinguishedName.of((kind, value))
        beside = DistinguishedName.of(("CN", "x.app.example.com"), (kind, value))
        multi_valued = DistinguishedName(((NameAttribute("CN", "x.app.example.com"), claim),))
        for subject in (alone, beside, multi_valued):
            assert not may(subject, permission=permission)
            assert may(subject, fixed=(claim,), permission=permission)
            assert not may(subject, fixed=(NameAttribute(kind, "other"),), permission=permission)


@pytest.mark.parametrize(
    "value",
    [
        "x.app.example.com",
        "X.APP.Example.COM",
        "y.app.example.com",
        "app.example.com.",
        "*.app.example.com",
        "10.1.2.3",
        "bob@example.com",
        "xn--bcher-kva.app.example.com",
    ],
)
def test_a_common_name_that_reads_as_a_name_within_is_covered(value: str) -> None:
    assert may(cn(value))


@pytest.mark.parametrize(
    "value",
    [
        "kubernetes-admin",
        "root",
        "x.other.example.com",
        "app.example.com.evil.test",
        "badapp.example.com",
        "*.example.com",
        "Domain Administrator",
        "11.1.2.3",
        "2001:db8::1",
        "bob@evil.test",
        "bob@app@example.com",
        "spiffe://app.example.com/x",
        "b\u00fccher.app.example.com",
        "\u212aube.app.example.com",
        "x.app.example.com\0.evil.test",
        "system:masters",
        "",
    ],
)
def test_any_other_common_name_lies_outside(value: str) -> None:
    assert not may(cn(value))
    assert not may(DistinguishedName.of(("CN", "x.app.example.com"), ("CN", value)))
    assert not may(DistinguishedName(((NameAttribute("CN", "x.app.example.com"), NameAttribute("CN", value)),)))
    assert may(cn(value), fixed=(NameAttribute("CN", value),))


def test_a_common_name_and_a_mail_address_may_repeat_an_alternative_name() -> None:
    assert may(cn("https://app.example.com/x"), sans("URI:https://app.example.com/x"))
    assert may(cn("bob@EXAMPLE.com"), sans("email:bob@example.com"))
    mailbox = DistinguishedName.of(("emailAddress", "bob@example.com"))
    assert may(mailbox, sans("email:bob@example.com"))
    assert not may(mailbox, sans("email:alice@example.com"))


@pytest.mark.parametrize(
    "name",
    ["DNS:evil.test", "IP:11.0.0.1", "email:a@evil.test", "URI:spiffe://evil.test/x", "UPN:root@app.example.com"],
)
def test_an_alternative_name_outside_is_not_covered_and_vouches_for_nothing(name: str) -> None:
    assert not may(DistinguishedName(), sans("DNS:x.app.example.com", name))
    assert not may(cn(name.partition(":")[2]), sans(name))


def test_a_certificate_without_any_name_lies_outside() -> None:
    assert not may(DistinguishedName(), ())
    assert may(cn("y.app.example.com"), ())


def test_the_refusal_says_which_attributes_are_outside() -> None:
    who = replace(
        actor(),
        grants=(Grant(role="r", permissions=frozenset(Permission), scope=Scope(names=frozenset(sans("DNS:a.test")))),),
    )
    subject = DistinguishedName.of(("O", "system:masters"), ("CN", "b.test"))
    target = build_target(ca=UUID(int=1), profile="p", owner="o", team=None, subject=subject, sans=(), fixed=())
    decision = decide(who, Permission.CERTIFICATE_ISSUE, target, "rest")
    assert decision == Denied("access.names", sans("DNS:b.test"), (NameAttribute("O", "system:masters"),))
