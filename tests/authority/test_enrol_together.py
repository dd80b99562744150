"""Several callers' requests, judged and issued in one round."""

from __future__ import annotations

import pytest

from pki_manager.authority.certificates import profiles
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.certificates.enroll_batch import EnrollCall, enroll_batch, enroll_here
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import Forbidden, Malformed, PolicyRefused
from pki_manager.domain.profiles import codec
from pki_manager.domain.rights.actor import Actor, Role
from pki_manager.ports.unit_of_work import Claim
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.repositories.audit import AuditTrail
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN, as_role

OFFICER = as_role(Role.REGISTRATION_AUTHORITY)


def order(name: str, **more: object) -> Enroll:
    return Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr(name), **more)


def asked(name: str, actor: Actor = ADMIN, claim: Claim | None = None) -> EnrollCall:
    return EnrollCall(actor, order(name), claim)


def test_each_is_issued_to_who_asked_for_it_with_two_commits_for_all(
    ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    write = AuditTrail.write

    def count(trail: AuditTrail, transaction: Transaction) -> None:
        written.append(len(transaction.group_state.audit.events))
        write(trail, transaction)

    monkeypatch.setattr(AuditTrail, "write", count)
    came = enroll_here(ctx, [asked("a.example.com"), asked("b.example.com", OFFICER), asked("c.example.com")])
    assert [(one.subject, one.requested_by) for one in came if isinstance(one, Certificate)] == [
        ("CN=a.example.com", ADMIN.id),
        ("CN=b.example.com", OFFICER.id),
        ("CN=c.example.com", ADMIN.id),
    ]
    assert written == [3, 3]


def test_what_has_more_to_be_said_of_it_is_left_to_enrol(ctx: Context) -> None:
    claim = Claim("issue", "key", b"")
    once, _ = enroll(ctx, ADMIN, order("once.example.com"), claim)
    requests = [
        asked("good.example.com"),
        EnrollCall(ADMIN, order("a.example.com", sans=("DNS:*.*.example.com",))),
        EnrollCall(ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr="nothing")),
        asked("b.example.com", as_role(Role.AUDITOR)),
        asked("once.example.com", ADMIN, claim),
    ]
    good, *others = enroll_here(ctx, requests)
    assert isinstance(good, Certificate)
    assert others == [None] * 4
    good, refused, malformed, forbidden, again = enroll_batch(ctx, requests)
    assert isinstance(good, Certificate)
    assert [type(one) for one in (refused, malformed, forbidden)] == [PolicyRefused, Malformed, Forbidden]
    assert again == once


def test_what_waits_for_another_server_is_not_waited_for_here(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(ctx.ports.signers), "is_remote", lambda *_: True)
    assert enroll_here(ctx, [asked("a.example.com"), asked("b.example.com")]) == [None, None]


def test_what_was_judged_by_an_older_profile_is_judged_again_alone(ctx: Context) -> None:
    assert isinstance(enroll_here(ctx, [asked("a.example.com")])[0], Certificate)
    profile = ctx.state.directory.view().profile("tls-server")
    body = {**codec.to_dict(profile), "description": "edited"}
    profiles.update(ctx, ADMIN, "tls-server", body)
    assert enroll_here(ctx, [asked("b.example.com"), asked("c.example.com")]) == [None, None]
    (made,) = enroll_batch(ctx, [asked("b.example.com")])
    assert isinstance(made, Certificate)
    assert made.profile_version == profile.version + 1
    assert isinstance(enroll_here(ctx, [asked("c.example.com")])[0], Certificate)
