"""What is told of a certificate as it is published, beside what is recorded of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pki_manager.authority.cas.create_ca import CreateCa, create_ca
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status import hold, ocsp_signer, publish_crl, publish_ocsp
from pki_manager.authority.status.published_status import PublishedStatus, SourceStatus, get_published_status
from pki_manager.authority.status.revoke import revoke
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import NotFound
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import Role
from pki_manager.x509.ocsp.response import CertStatus
from tests.fakes.clock import FrozenClock
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN, as_role

GOOD, REVOKED, UNKNOWN = CertStatus.GOOD, CertStatus.REVOKED, CertStatus.UNKNOWN


def issue(ctx: Context, ca: str = "Issuing CA", profile: str = "tls-server") -> Certificate:
    return enroll(ctx, ADMIN, Enroll(ca=ca, profile=profile, csr=make_csr("www.example.com")))[0]


@pytest.fixture
def leaf(ctx: Context) -> Certificate:
    return issue(ctx)


def publish(ctx: Context, leaf: Certificate) -> None:
    """What the worker does after a revocation."""
    ocsp_signer.ensure(ctx, leaf.issuer_key_id)
    publish_ocsp.publish_statuses(ctx, ADMIN, leaf.issuer_key_id, [leaf.serial])
    publish_crl.publish_all_changes(ctx, ADMIN, leaf.issuer_key_id)


def seen(ctx: Context, leaf: Certificate) -> PublishedStatus:
    return get_published_status(ctx, ADMIN, leaf.id)


def by_ocsp(ctx: Context, leaf: Certificate) -> SourceStatus:
    said = seen(ctx, leaf).ocsp
    assert said is not None
    return said


def by_crl(ctx: Context, leaf: Certificate) -> SourceStatus:
    (said,) = seen(ctx, leaf).crls
    return said


def test_nothing_published_is_told_as_nothing(ctx: Context, leaf: Certificate) -> None:
    found = seen(ctx, leaf)
    assert (found.ocsp, found.crls, found.no_rev_avail) == (None, (), False)


def test_a_revocation_shows_when_it_is_published_and_not_before(
    ctx: Context, leaf: Certificate, clock: FrozenClock
) -> None:
    publish(ctx, leaf)
    for said in (by_ocsp(ctx, leaf), by_crl(ctx, leaf)):
        assert (said.status, said.reason, said.agrees, said.late) == (GOOD, None, True, False)
        assert said.this_update == clock.now().replace(microsecond=0)
    clock.advance(timedelta(minutes=1))
    revoked_at = clock.now().replace(microsecond=0)
    revoke(ctx, ADMIN, leaf.id, RevocationReason.KEY_COMPROMISE)
    for said in (by_ocsp(ctx, leaf), by_crl(ctx, leaf)):
        assert (said.status, said.agrees) == (GOOD, False)
    publish(ctx, leaf)
    for said in (by_ocsp(ctx, leaf), by_crl(ctx, leaf)):
        assert (said.status, said.reason, said.revoked_at) == (REVOKED, RevocationReason.KEY_COMPROMISE, revoked_at)
        assert said.agrees
    with ctx.ports.storage.read() as reader:
        head = reader.crls.find_head(leaf.issuer_key_id)
    assert head is not None
    said = by_crl(ctx, leaf)
    assert (said.number, said.next_update) == (head.number, head.next_update)


def test_a_reason_that_was_not_given_agrees(ctx: Context, leaf: Certificate) -> None:
    revoke(ctx, ADMIN, leaf.id, RevocationReason.UNSPECIFIED)
    publish(ctx, leaf)
    for said in (by_ocsp(ctx, leaf), by_crl(ctx, leaf)):
        assert (said.status, said.reason, said.agrees) == (REVOKED, RevocationReason.UNSPECIFIED, True)


def test_a_change_of_reason_does_not_agree_until_it_is_published(ctx: Context, leaf: Certificate) -> None:
    revoke(ctx, ADMIN, leaf.id, RevocationReason.SUPERSEDED)
    publish(ctx, leaf)
    revoke(ctx, ADMIN, leaf.id, RevocationReason.KEY_COMPROMISE)
    assert [by_ocsp(ctx, leaf).agrees, by_crl(ctx, leaf).agrees] == [False, False]


def test_what_is_over_is_late_from_its_next_update_on(ctx: Context, leaf: Certificate, clock: FrozenClock) -> None:
    publish(ctx, leaf)
    ends = [said.next_update for said in (by_ocsp(ctx, leaf), by_crl(ctx, leaf)) if said.next_update]
    clock.set(min(ends) - timedelta(seconds=1))
    assert [by_ocsp(ctx, leaf).late, by_crl(ctx, leaf).late] == [False, False]
    clock.set(max(ends))
    assert [by_ocsp(ctx, leaf).late, by_crl(ctx, leaf).late] == [True, True]


def test_a_crl_need_not_list_what_has_expired(ctx: Context, leaf: Certificate, clock: FrozenClock) -> None:
    publish(ctx, leaf)
    clock.set(leaf.validity.not_after + timedelta(seconds=1))
    publish_crl.publish_now(ctx, ADMIN, "Issuing CA")
    said = by_crl(ctx, leaf)
    assert (said.status, said.agrees) == (UNKNOWN, None)


def test_a_delta_is_counted_in_with_what_it_takes_back(ctx: Context, leaf: Certificate, clock: FrozenClock) -> None:
    config = replace(ctx.config, delta_crl_interval=timedelta(hours=1))
    ctx = replace(ctx, config=config)
    publish_crl.publish(ctx, ADMIN, leaf.issuer_key_id)
    clock.advance(timedelta(minutes=1))
    hold.hold(ctx, ADMIN, leaf.id)
    publish(ctx, leaf)
    held = by_crl(ctx, leaf)
    assert (held.status, held.reason, held.agrees) == (REVOKED, RevocationReason.CERTIFICATE_HOLD, True)
    assert held.delta_number is not None
    publish_crl.publish(ctx, ADMIN, leaf.issuer_key_id)
    clock.advance(timedelta(minutes=1))
    hold.release(ctx, ADMIN, leaf.id)
    assert by_crl(ctx, leaf).delta_number is None, "the delta was to the full one before"
    publish(ctx, leaf)
    released = by_crl(ctx, leaf)
    assert (released.status, released.reason, released.revoked_at, released.agrees) == (GOOD, None, None, True)
    clock.advance(timedelta(hours=3))
    assert by_crl(ctx, leaf).status is REVOKED, "the delta is over, the full one is not"


def test_of_a_crl_in_parts_the_whole_and_the_certificates_part_speak(ctx: Context) -> None:
    ctx = replace(ctx, config=replace(ctx.config, crl_shards=3))
    create_ca(ctx, ADMIN, CreateCa(name="Parts", subject="CN=Parts", key_type="ECDSA-P256", parent="Root CA"))
    leaf = issue(ctx, "Parts")
    revoke(ctx, ADMIN, leaf.id, RevocationReason.SUPERSEDED)
    publish(ctx, leaf)
    whole, part = seen(ctx, leaf).crls
    assert (whole.shard, part.shard) == (None, leaf.serial % 3 + 1)
    assert [(said.status, said.agrees) for said in (whole, part)] == [(REVOKED, True)] * 2
    assert whole.number != part.number


def test_nothing_is_told_of_a_certificate_that_says_so_itself(ctx: Context) -> None:
    leaf = issue(ctx, profile="short-lived")
    publish(ctx, leaf)
    found = seen(ctx, leaf)
    assert (found.no_rev_avail, found.ocsp, found.crls) == (True, None, ())


def test_it_is_as_secret_as_the_certificate(ctx: Context, leaf: Certificate) -> None:
    requester = as_role(Role.REQUESTER)
    assert not get_published_status(ctx, requester, leaf.id).no_rev_avail, "of its own"
    with pytest.raises(NotFound, match=r"Certificate .* not found"):
        get_published_status(ctx, replace(requester, id="local:other"), leaf.id)
