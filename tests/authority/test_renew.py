"""Renewal: same key, same names, judged by today's rules; both ends know of each other."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from pki_manager.authority.cas.create_ca import CreateCa, create_ca
from pki_manager.authority.certificates import issue as issuing
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.certificates.queries import show_certificate
from pki_manager.authority.certificates.reconcile import reconcile_overdue
from pki_manager.authority.certificates.renew import renew
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status.revoke import revoke
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import Conflict, Forbidden, NotFound, PolicyRefused
from pki_manager.domain.names import AlternativeName, NameConstraints
from pki_manager.domain.request import ValidityRequest
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import Role, build_system_actor
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.ports.unit_of_work import Claim
from pki_manager.storage.encoding import names
from pki_manager.storage.tables.pki import cas
from tests.fakes.clock import FrozenClock
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN, as_role

DEFAULT = ValidityRequest()


def issue(ctx: Context, name: str = "www.example.com", ca: str = "Issuing CA") -> Certificate:
    return enroll(ctx, ADMIN, Enroll(ca=ca, profile="tls-server", csr=make_csr(name)))[0]


def test_a_renewal_has_the_same_key_and_names_and_a_new_serial(ctx: Context, clock: FrozenClock) -> None:
    old = issue(ctx)
    clock.advance(timedelta(days=60))
    new, replayed = renew(ctx, ADMIN, old.id, DEFAULT)
    assert not replayed
    assert (new.spki_sha256, new.subject, new.sans) == (old.spki_sha256, old.subject, old.sans)
    assert new.serial != old.serial
    assert new.validity.not_after - old.validity.not_after == timedelta(days=60)
    assert (new.renews, new.renewed_by) == (old.id, None)
    assert show_certificate(ctx, ADMIN, old.id).renewed_by == new.id
    assert show_certificate(ctx, ADMIN, old.id).revocation is None


def test_the_newest_renewal_is_the_one_that_is_named(ctx: Context, clock: FrozenClock) -> None:
    old = issue(ctx)
    renew(ctx, ADMIN, old.id, DEFAULT)
    clock.advance(timedelta(seconds=1))
    newest, _ = renew(ctx, ADMIN, old.id, ValidityRequest(duration=Duration.parse("P7D")))
    assert show_certificate(ctx, ADMIN, old.id).renewed_by == newest.id
    assert newest.validity.not_after - newest.validity.not_before <= timedelta(days=7)


def test_a_renewal_under_one_key_happens_once(ctx: Context) -> None:
    old = issue(ctx)
    claim = Claim("renew", "once", b"body")
    first, _ = renew(ctx, ADMIN, old.id, DEFAULT, claim)
    again, replayed = renew(ctx, ADMIN, old.id, DEFAULT, claim)
    assert (again.id, replayed) == (first.id, True)


def test_an_expired_certificate_can_be_renewed(ctx: Context, clock: FrozenClock) -> None:
    old = issue(ctx)
    clock.advance(timedelta(days=100))
    assert renew(ctx, ADMIN, old.id, DEFAULT)[0].validity.contains(clock.now())


def test_a_revoked_certificate_and_a_cas_own_are_not_renewed(ctx: Context) -> None:
    old = issue(ctx)
    revoke(ctx, ADMIN, old.id, RevocationReason.SUPERSEDED)
    with pytest.raises(Conflict, match="Rekey"):
        renew(ctx, ADMIN, old.id, DEFAULT)
    with ctx.ports.storage.read() as reader:
        issuing = reader.cas.find("Issuing CA")
        assert issuing is not None
        own = reader.certificates.list_by_subject_key(reader.issuer_keys.get_current(issuing.id).id)[0]
    with pytest.raises(Conflict, match="certificate of a CA cannot be renewed"):
        renew(ctx, ADMIN, own.id, DEFAULT)
    with pytest.raises(NotFound, match=r"Certificate .* not found"):
        renew(ctx, ADMIN, ctx.new_id(), DEFAULT)


def test_an_actor_without_the_right_renews_nothing(ctx: Context) -> None:
    old = issue(ctx)
    with pytest.raises(Forbidden, match="Requires the permission `certificate:issue`"):
        renew(ctx, as_role(Role.AUDITOR), old.id, DEFAULT)


def test_iss_24_names_that_the_constraints_no_longer_allow_are_refused_and_audited(ctx: Context) -> None:
    """The issuing CA is certified anew, more narrowly, under the same key: what it issued before can't be renewed."""
    create_ca(ctx, ADMIN, CreateCa(name="Narrow", subject="CN=Narrow", key_type="ECDSA-P256", parent="Root CA"))
    old = issue(ctx, ca="Narrow")
    _narrow(ctx, "Narrow", "DNS:example.org")
    with pytest.raises(PolicyRefused) as refused:
        renew(ctx, ADMIN, old.id, DEFAULT)
    assert {error.rule for error in refused.value.errors} == {"name_constraints.permitted"}
    assert show_certificate(ctx, ADMIN, old.id).renewed_by is None
    with ctx.ports.storage.read() as reader:
        events = reader.audit.page(AuditFilter(action="certificate.issue_refused"), None, 10).items
    assert len(events) == 1
    assert b"name_constraints.permitted" in events[0].body


def _narrow(ctx: Context, name: str, permitted: str) -> None:
    constraints = NameConstraints(permitted=(AlternativeName.parse(permitted),))
    statement = sa.update(cas).where(cas.c.name == name)
    with ctx.ports.storage.housekeep() as uow:
        uow.cas._transaction.execute(  # type: ignore[attr-defined]
            statement.values(name_constraints=names.constraints_to_json(constraints))
        )


def test_a_renewal_that_its_process_could_not_finish_keeps_its_lineage(
    ctx: Context, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = issue(ctx)

    def die(*_: object) -> object:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(issuing, "sign_intents", die)
        with pytest.raises(KeyboardInterrupt):
            renew(ctx, ADMIN, old.id, DEFAULT)
    clock.advance(timedelta(minutes=5))
    assert reconcile_overdue(ctx, build_system_actor("scheduler")) == 1
    with ctx.ports.storage.read() as reader:
        renewed_by = reader.certificates.get(old.id).renewed_by
        assert renewed_by is not None
        assert reader.certificates.get(renewed_by).renews == old.id
