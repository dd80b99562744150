"""Several callers' requests, judged and issued in one round."""

from __future__ import annotations

import pytest

from pki_manager.authority.certificates import profiles
from pki_manager.authority.certificates.enroll import Enrol, enrol
from pki_manager.authority.certificates.enroll_batch import Asked, enrol_here, enrol_together
from pki_manager.authority.kernel.context import Authority
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import Forbidden, Malformed, PolicyRefused
from pki_manager.domain.profiles import codec
from pki_manager.domain.rights.actor import Actor, Role
from pki_manager.ports.unit_of_work import Claim
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.repositories.audit import AuditTrail
from tests.csrs import make_csr
from tests.factories import ADMIN, as_role

OFFICER = as_role(Role.REGISTRATION_AUTHORITY)


def order(name: str, **more: object) -> Enrol:
    return Enrol(ca="Issuing CA", profile="tls-server", csr=make_csr(name), **more)


def asked(name: str, actor: Actor = ADMIN, claim: Claim | None = None) -> Asked:
    return Asked(actor, order(name), claim)


def test_each_is_issued_to_who_asked_for_it_with_two_commits_for_all(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    write = AuditTrail.write

    def count(trail: AuditTrail, transaction: Transaction) -> None:
        written.append(len(transaction.carried.events))
        write(trail, transaction)

    monkeypatch.setattr(AuditTrail, "write", count)
    came = enrol_here(authority, [asked("a.example.com"), asked("b.example.com", OFFICER), asked("c.example.com")])
    assert [(one.subject, one.requested_by) for one in came if isinstance(one, Certificate)] == [
        ("CN=a.example.com", ADMIN.id),
        ("CN=b.example.com", OFFICER.id),
        ("CN=c.example.com", ADMIN.id),
    ]
    assert written == [3, 3]


def test_what_has_more_to_be_said_of_it_is_left_to_enrol(authority: Authority) -> None:
    claim = Claim("issue", "key", b"")
    once, _ = enrol(authority, ADMIN, order("once.example.com"), claim)
    requests = [
        asked("good.example.com"),
        Asked(ADMIN, order("a.example.com", sans=("DNS:*.*.example.com",))),
        Asked(ADMIN, Enrol(ca="Issuing CA", profile="tls-server", csr="nothing")),
        asked("b.example.com", as_role(Role.AUDITOR)),
        asked("once.example.com", ADMIN, claim),
    ]
    good, *others = enrol_here(authority, requests)
    assert isinstance(good, Certificate)
    assert others == [None] * 4
    good, refused, malformed, forbidden, again = enrol_together(authority, requests)
    assert isinstance(good, Certificate)
    assert [type(one) for one in (refused, malformed, forbidden)] == [PolicyRefused, Malformed, Forbidden]
    assert again == once


def test_what_waits_for_another_server_is_not_waited_for_here(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(authority.signers), "waits", lambda *_: True)
    assert enrol_here(authority, [asked("a.example.com"), asked("b.example.com")]) == [None, None]


def test_what_was_judged_by_an_older_profile_is_judged_again_alone(authority: Authority) -> None:
    assert isinstance(enrol_here(authority, [asked("a.example.com")])[0], Certificate)
    profile = authority.directory.view().profile("tls-server")
    body = {**codec.to_dict(profile), "description": "edited"}
    profiles.update(authority, ADMIN, "tls-server", body)
    assert enrol_here(authority, [asked("b.example.com"), asked("c.example.com")]) == [None, None]
    (made,) = enrol_together(authority, [asked("b.example.com")])
    assert isinstance(made, Certificate)
    assert made.profile_version == profile.version + 1
    assert isinstance(enrol_here(authority, [asked("c.example.com")])[0], Certificate)
