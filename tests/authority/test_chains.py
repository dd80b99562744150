"""Chains that are handed out while roots are rotated: each is valid for machines that trust any one of the roots."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from pki_manager.authority.cas.cross_sign import CrossSign, cross_sign
from pki_manager.authority.cas.rotate_ca import RotateCa, advance_all, rotate_ca
from pki_manager.authority.cas.views import ca_chains, show_ca
from pki_manager.authority.certificates.enroll import Enrol, enrol
from pki_manager.authority.certificates.queries import certificate_chains
from pki_manager.authority.kernel.context import Authority
from pki_manager.authority.signing.chains import find_chains, without_root
from pki_manager.authority.status.publish_crl import publish_due
from pki_manager.authority.status.revoke import revoke
from pki_manager.domain.certificate import Certificate, CertificateKind
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import system
from tests.csrs import make_csr
from tests.factories import ADMIN
from tests.fakes.clock import FrozenClock

DAY = timedelta(days=1)


def issue(authority: Authority) -> Certificate:
    return enrol(authority, ADMIN, Enrol(ca="Issuing CA", profile="tls-server", csr=make_csr("www.example.com")))[0]


def rotate(authority: Authority, ca: str, **more: object) -> None:
    rotate_ca(authority, ADMIN, RotateCa(ca=ca, **more))  # type: ignore[arg-type]


def roots(authority: Authority) -> list[Certificate]:
    """Oldest first."""
    keys = show_ca(authority, ADMIN, "Root CA").keys
    found = [one for key in keys for one in key.certificates if one.kind is CertificateKind.SELF_SIGNED]
    return sorted(found, key=lambda one: one.id)


def accepted_with(authority: Authority, leaf: Certificate) -> list[bool]:
    """Whether a client that goes up the sent chain link by link meets each root, oldest first.

    The client does not search: each certificate certifies the one before it.
    """
    sent = without_root(certificate_chains(authority, ADMIN, leaf.id).usual)
    for below, above in pairwise(sent):
        assert above.subject_key_id == below.issuer_key_id
    return [any(link.issuer_key_id == root.subject_key_id for link in sent) for root in roots(authority)]


def test_the_sent_chain_is_accepted_with_every_root_through_two_rotations(
    authority: Authority, clock: FrozenClock
) -> None:
    leaves = [issue(authority)]
    for ca, more in (
        ("Root CA", {"cross_certify": True, "switch_at": clock.now() + DAY}),
        ("Issuing CA", {}),
        ("Root CA", {"cross_certify": True}),
        ("Issuing CA", {}),
    ):
        rotate(authority, ca, **more)
        leaves.append(issue(authority))
        assert all(all(accepted_with(authority, leaf)) for leaf in leaves), ca
        if more.get("switch_at"):
            clock.advance(DAY)
            assert advance_all(authority, system("worker"))
            leaves.append(issue(authority))
            assert all(all(accepted_with(authority, leaf)) for leaf in leaves), "after the switch"
    assert len(roots(authority)) == 3


def test_a_ca_recertified_by_the_new_root_is_accepted_with_the_old_one(authority: Authority) -> None:
    leaf = issue(authority)
    rotate(authority, "Root CA", cross_certify=True)
    cross_sign(authority, ADMIN, CrossSign(ca="Root CA", subject_ca="Issuing CA"))
    assert accepted_with(authority, leaf) == [True, True]


def test_without_cross_certificates_the_old_root_is_kept_until_the_ca_below_is_rotated(authority: Authority) -> None:
    leaf = issue(authority)
    rotate(authority, "Root CA")
    assert accepted_with(authority, leaf) == [True, False]
    rotate(authority, "Issuing CA")
    assert accepted_with(authority, issue(authority)) == [False, True]
    rotate(authority, "Root CA", cross_certify=True)
    assert accepted_with(authority, issue(authority)) == [True, True, True]
    assert accepted_with(authority, leaf) == [True, True, True]


def test_a_root_that_ended_is_no_longer_in_the_chain_and_the_new_one_keeps_its_crl(
    authority: Authority, clock: FrozenClock
) -> None:
    clock.advance(400 * DAY)
    rotate(authority, "Root CA", cross_certify=True)
    rotate(authority, "Issuing CA")
    old, new = roots(authority)
    clock.advance(old.validity.not_after - clock.now() + DAY)
    with authority.storage.read() as reader:
        certificate = reader.certificates.of_subject_key(show_ca(authority, ADMIN, "Issuing CA").keys[0].key.id)[0]
        chain = find_chains(reader, certificate, clock.now()).usual
    assert old.id not in {link.id for link in chain}
    assert publish_due(authority, system("worker"))
    assert new.subject_key_id is not None
    with authority.storage.read() as reader:
        crl = reader.crls.current(new.subject_key_id)
    assert crl is not None
    assert crl.this_update >= old.validity.not_after


def test_a_revoked_cross_certificate_is_not_sent(authority: Authority) -> None:
    rotate(authority, "Root CA", cross_certify=True)
    rotate(authority, "Issuing CA")
    leaf = issue(authority)
    crosses = [one for one in certificate_chains(authority, ADMIN, leaf.id).usual if one.kind is CertificateKind.CROSS]
    assert len(crosses) == 1
    revoke(authority, ADMIN, crosses[0].id, RevocationReason.SUPERSEDED)
    assert crosses[0] not in certificate_chains(authority, ADMIN, leaf.id).usual
    assert accepted_with(authority, leaf) == [False, True]


def test_the_chain_of_a_rotated_root_is_its_own_certificate(authority: Authority) -> None:
    rotate(authority, "Root CA", cross_certify=True)
    chains = ca_chains(authority, ADMIN, "Root CA")
    assert chains.usual == (roots(authority)[1],)
    assert [[link.kind for link in way] for way in chains.others] == [
        [CertificateKind.CROSS, CertificateKind.SELF_SIGNED]
    ]


@pytest.mark.parametrize("ca", ["Root CA", "Issuing CA"])
def test_a_hierarchy_that_was_not_rotated_has_one_chain(authority: Authority, ca: str) -> None:
    chains = ca_chains(authority, ADMIN, ca)
    assert chains.usual[-1] == roots(authority)[0]
    assert chains.others == ()
