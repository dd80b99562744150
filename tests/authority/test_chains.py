"""Chains that are handed out while roots are rotated: each is valid for machines that trust any one of the roots."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from pki_manager.authority.cas.cross_sign import CrossSign, cross_sign
from pki_manager.authority.cas.rotate_ca import RotateCa, advance_all, rotate_ca
from pki_manager.authority.cas.views import get_ca_chains, show_ca
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.certificates.queries import get_certificate_chains
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.signing.chains import drop_root, find_chains
from pki_manager.authority.status.publish_crl import publish_due
from pki_manager.authority.status.revoke import revoke
from pki_manager.domain.certificate import Certificate, CertificateKind
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import build_system_actor
from tests.fakes.clock import FrozenClock
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN

DAY = timedelta(days=1)


def issue(ctx: Context) -> Certificate:
    return enroll(ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("www.example.com")))[0]


def rotate(ctx: Context, ca: str, **more: object) -> None:
    rotate_ca(ctx, ADMIN, RotateCa(ca=ca, **more))


def roots(ctx: Context) -> list[Certificate]:
    """Oldest first."""
    keys = show_ca(ctx, ADMIN, "Root CA").keys
    found = [one for key in keys for one in key.certificates if one.kind is CertificateKind.SELF_SIGNED]
    return sorted(found, key=lambda one: one.id)


def accepted_with(ctx: Context, leaf: Certificate) -> list[bool]:
    """Whether a client that goes up the sent chain link by link meets each root, oldest first.

    The client does not search: each certificate certifies the one before it.
    """
    sent = drop_root(get_certificate_chains(ctx, ADMIN, leaf.id).usual)
    for below, above in pairwise(sent):
        assert above.subject_key_id == below.issuer_key_id
    return [any(link.issuer_key_id == root.subject_key_id for link in sent) for root in roots(ctx)]


def test_the_sent_chain_is_accepted_with_every_root_through_two_rotations(ctx: Context, clock: FrozenClock) -> None:
    leaves = [issue(ctx)]
    for ca, more in (
        ("Root CA", {"cross_certify": True, "switch_at": clock.now() + DAY}),
        ("Issuing CA", {}),
        ("Root CA", {"cross_certify": True}),
        ("Issuing CA", {}),
    ):
        rotate(ctx, ca, **more)
        leaves.append(issue(ctx))
        assert all(all(accepted_with(ctx, leaf)) for leaf in leaves), ca
        if more.get("switch_at"):
            clock.advance(DAY)
            assert advance_all(ctx, build_system_actor("worker"))
            leaves.append(issue(ctx))
            assert all(all(accepted_with(ctx, leaf)) for leaf in leaves), "after the switch"
    assert len(roots(ctx)) == 3


def test_a_ca_recertified_by_the_new_root_is_accepted_with_the_old_one(ctx: Context) -> None:
    leaf = issue(ctx)
    rotate(ctx, "Root CA", cross_certify=True)
    cross_sign(ctx, ADMIN, CrossSign(ca="Root CA", subject_ca="Issuing CA"))
    assert accepted_with(ctx, leaf) == [True, True]


def test_without_cross_certificates_the_old_root_is_kept_until_the_ca_below_is_rotated(ctx: Context) -> None:
    leaf = issue(ctx)
    rotate(ctx, "Root CA")
    assert accepted_with(ctx, leaf) == [True, False]
    rotate(ctx, "Issuing CA")
    assert accepted_with(ctx, issue(ctx)) == [False, True]
    rotate(ctx, "Root CA", cross_certify=True)
    assert accepted_with(ctx, issue(ctx)) == [True, True, True]
    assert accepted_with(ctx, leaf) == [True, True, True]


def test_a_root_that_ended_is_no_longer_in_the_chain_and_the_new_one_keeps_its_crl(
    ctx: Context, clock: FrozenClock
) -> None:
    clock.advance(400 * DAY)
    rotate(ctx, "Root CA", cross_certify=True)
    rotate(ctx, "Issuing CA")
    old, new = roots(ctx)
    clock.advance(old.validity.not_after - clock.now() + DAY)
    with ctx.ports.storage.read() as reader:
        certificate = reader.certificates.list_by_subject_key(show_ca(ctx, ADMIN, "Issuing CA").keys[0].key.id)[0]
        chain = find_chains(reader, certificate, clock.now()).usual
    assert old.id not in {link.id for link in chain}
    assert publish_due(ctx, build_system_actor("worker"))
    assert new.subject_key_id is not None
    with ctx.ports.storage.read() as reader:
        crl = reader.crls.find_current(new.subject_key_id)
    assert crl is not None
    assert crl.this_update >= old.validity.not_after


def test_a_revoked_cross_certificate_is_not_sent(ctx: Context) -> None:
    rotate(ctx, "Root CA", cross_certify=True)
    rotate(ctx, "Issuing CA")
    leaf = issue(ctx)
    crosses = [one for one in get_certificate_chains(ctx, ADMIN, leaf.id).usual if one.kind is CertificateKind.CROSS]
    assert len(crosses) == 1
    revoke(ctx, ADMIN, crosses[0].id, RevocationReason.SUPERSEDED)
    assert crosses[0] not in get_certificate_chains(ctx, ADMIN, leaf.id).usual
    assert accepted_with(ctx, leaf) == [False, True]


def test_the_chain_of_a_rotated_root_is_its_own_certificate(ctx: Context) -> None:
    rotate(ctx, "Root CA", cross_certify=True)
    chains = get_ca_chains(ctx, ADMIN, "Root CA")
    assert chains.usual == (roots(ctx)[1],)
    assert [[link.kind for link in way] for way in chains.others] == [
        [CertificateKind.CROSS, CertificateKind.SELF_SIGNED]
    ]


@pytest.mark.parametrize("ca", ["Root CA", "Issuing CA"])
def test_a_hierarchy_that_was_not_rotated_has_one_chain(ctx: Context, ca: str) -> None:
    chains = get_ca_chains(ctx, ADMIN, ca)
    assert chains.usual[-1] == roots(ctx)[0]
    assert chains.others == ()
