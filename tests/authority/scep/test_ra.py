"""The registration authority of a CA: issued by it, renewed early with a new key, replaced when it is revoked."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from pki_manager.authority.cas.destroy_key import erase
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.issuers import find_ca
from pki_manager.authority.scep.ra import ensure_ra, get_current_ra, get_named_ra, renew_all
from pki_manager.authority.status.revoke import revoke
from pki_manager.domain.ca import KeyState
from pki_manager.domain.errors import Conflict, NotFound
from pki_manager.domain.revocation import RevocationReason
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.x509 import parse
from pki_manager.x509.cms.content import IssuerAndSerial
from pki_manager.x509.lint import lint_certificate
from tests.fakes.clock import FrozenClock
from tests.support.factories import ADMIN


def _issuing(ctx: Context) -> UUID:
    with ctx.ports.storage.read() as reader:
        return find_ca(reader, "Issuing CA").id


def _events(ctx: Context) -> int:
    with ctx.ports.storage.read() as reader:
        return len(reader.audit.page(AuditFilter(action="scep_ra.renewed"), None, 100).items)


def test_the_ca_issues_the_certificate_of_its_ra_once(ctx: Context) -> None:
    ca = _issuing(ctx)
    made = ensure_ra(ctx, ca)
    assert ensure_ra(ctx, ca) == made
    assert (made.profile, made.key_type, made.ca_id) == ("scep-ra", "RSA-2048", ca)
    assert get_current_ra(ctx, ca).certificate == made
    assert _events(ctx) == 1


def test_the_certificate_passes_every_lint_rule(ctx: Context) -> None:
    ca = _issuing(ctx)
    made = ensure_ra(ctx, ca)
    with ctx.ports.storage.read() as reader:
        issuer = reader.certificates.list_by_subject_key(made.issuer_key_id)[0]
    assert [one for one in lint_certificate(made.der, issuer.der, full=True) if one.severity.name != "INFO"] == []


def test_a_ca_without_an_ra_says_so(ctx: Context) -> None:
    with pytest.raises(Conflict, match="no SCEP registration authority"):
        get_current_ra(ctx, _issuing(ctx))
    renew_all(ctx)
    with pytest.raises(Conflict, match="no SCEP registration authority"):
        get_current_ra(ctx, _issuing(ctx))


def test_the_certificate_is_renewed_early_and_with_a_new_key(ctx: Context, clock: FrozenClock) -> None:
    ca = _issuing(ctx)
    first = ensure_ra(ctx, ca)
    clock.advance(timedelta(days=200))
    renew_all(ctx)
    assert get_current_ra(ctx, ca).certificate == first
    clock.advance(timedelta(days=60))
    renew_all(ctx)
    second = get_current_ra(ctx, ca).certificate
    assert second.id != first.id
    assert second.spki_sha256 != first.spki_sha256


def test_a_client_that_has_the_certificate_before_is_still_served(ctx: Context, clock: FrozenClock) -> None:
    ca = _issuing(ctx)
    ensure_ra(ctx, ca)
    before = get_current_ra(ctx, ca)
    clock.advance(timedelta(days=260))
    ensure_ra(ctx, ca)
    assert get_named_ra(ctx, ca, before.named) == before
    clock.advance(timedelta(days=110))
    with pytest.raises(NotFound, match="The message is encrypted to a certificate"):
        get_named_ra(ctx, ca, before.named)


def test_a_revoked_certificate_is_not_used_and_is_replaced(ctx: Context) -> None:
    ca = _issuing(ctx)
    first = ensure_ra(ctx, ca)
    named = get_current_ra(ctx, ca).named
    revoke(ctx, ADMIN, first.id, RevocationReason.KEY_COMPROMISE)
    with pytest.raises(NotFound, match="The message is encrypted to a certificate"):
        get_named_ra(ctx, ca, named)
    renew_all(ctx)
    assert get_current_ra(ctx, ca).certificate.spki_sha256 != first.spki_sha256


def test_no_other_certificate_of_the_ca_stands_for_its_ra(ctx: Context) -> None:
    ca = _issuing(ctx)
    ensure_ra(ctx, ca)
    with ctx.ports.storage.read() as reader:
        other = reader.certificates.find_newest(ca, "ocsp-responder", "system:ocsp")
        own = reader.certificates.list_by_subject_key(reader.issuer_keys.get_current(ca).id)[0]
    for der in [one.der for one in (other, own) if one is not None]:
        facts = parse.parse_certificate(der)
        with pytest.raises(NotFound, match="The message is encrypted to a certificate"):
            get_named_ra(ctx, ca, IssuerAndSerial(facts.issuer_der, facts.serial))


def test_the_keys_of_the_ra_are_erased_with_the_key_of_the_ca(ctx: Context) -> None:
    ca = _issuing(ctx)
    made = ensure_ra(ctx, ca)
    spki = get_current_ra(ctx, ca).spki_der
    with ctx.ports.storage.housekeep() as uow:
        uow.meta.lock_directory()
        uow.issuer_keys.set_state(made.issuer_key_id, KeyState.DESTROYED)
    erase(ctx, made.issuer_key_id)
    with pytest.raises(NotFound, match="The key of the registration authority"):
        ctx.ports.ra_keys.sign(spki, b"")
