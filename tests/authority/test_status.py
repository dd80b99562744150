"""Revocation, CRLs and OCSP: what is published after each step, as the wire has it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pki_manager.authority import ocsp_signer, publish_ca, publish_crl, publish_status
from pki_manager.authority.answer_status import LiveAnswers
from pki_manager.authority.context import Authority
from pki_manager.authority.create_ca import CreateCa, create_ca
from pki_manager.authority.enrol import Enrol, enrol
from pki_manager.authority.queries import show_ca
from pki_manager.authority.revoke import revoke
from pki_manager.domain.authority import CaState, IssuerKey
from pki_manager.domain.certificate import Certificate, CertificateState
from pki_manager.domain.errors import BackendUnavailable, Conflict, InvalidInput, NotFound
from pki_manager.domain.revocation import RevocationReason
from pki_manager.x509.crl import crl_facts
from pki_manager.x509.ocsp import CertId, CertStatus, OcspRequest, cert_id, cert_id_prefix
from pki_manager.x509.ocsp_facts import response_facts
from tests.csrs import make_csr
from tests.factories import ADMIN
from tests.fakes.clock import FrozenClock
from tests.fakes.signer import FakeSigner, FakeSigners, raises


@pytest.fixture
def leaf(authority: Authority) -> Certificate:
    return enrol(authority, ADMIN, Enrol(ca="Issuing CA", profile="tls-server", csr=make_csr("www.example.com")))[0]


def key_of(authority: Authority, name: str = "Issuing CA") -> IssuerKey:
    return show_ca(authority, ADMIN, name).keys[0].key


def request_for(key: IssuerKey, *serials: int, nonce: bytes | None = None) -> OcspRequest:
    prefix = cert_id_prefix("sha1", key.name_hash_sha1, key.key_hash_sha1)
    ids = tuple(
        CertId("sha1", key.name_hash_sha1, key.key_hash_sha1, serial, cert_id(prefix, serial)) for serial in serials
    )
    return OcspRequest(ids, nonce)


def test_a_revocation_is_recorded_and_stands_on_the_next_crl(authority: Authority, leaf: Certificate) -> None:
    revoked, _ = revoke(authority, ADMIN, leaf.id, RevocationReason.KEY_COMPROMISE)
    assert revoked.state(authority.clock.now()) is CertificateState.REVOKED
    record, _ = publish_crl.publish_now(authority, ADMIN, "Issuing CA")
    facts = crl_facts(record.der)
    assert facts.number == record.number
    assert list(facts.serials) == [leaf.serial]
    published = authority.published.object(f"/crl/{leaf.ca_id}/k1.crl")
    assert published is not None
    assert published.body == record.der


def test_revoking_twice_or_with_a_hold_is_refused(authority: Authority, leaf: Certificate) -> None:
    with pytest.raises(InvalidInput, match="Hold"):
        revoke(authority, ADMIN, leaf.id, RevocationReason.CERTIFICATE_HOLD)
    future = authority.clock.now() + timedelta(seconds=1)
    with pytest.raises(InvalidInput, match="future"):
        revoke(authority, ADMIN, leaf.id, RevocationReason.SUPERSEDED, future)
    revoke(authority, ADMIN, leaf.id, RevocationReason.SUPERSEDED)
    with pytest.raises(Conflict):
        revoke(authority, ADMIN, leaf.id, RevocationReason.SUPERSEDED)


def test_rev_07_an_entry_stays_until_one_crl_past_its_expiry(
    authority: Authority, leaf: Certificate, clock: FrozenClock
) -> None:
    revoke(authority, ADMIN, leaf.id, RevocationReason.SUPERSEDED)

    def listed() -> bool:
        record, _ = publish_crl.publish_now(authority, ADMIN, "Issuing CA")
        return leaf.serial in crl_facts(record.der).serials

    clock.set(leaf.validity.not_after - timedelta(seconds=1))
    assert listed()
    clock.set(leaf.validity.not_after + timedelta(seconds=1))
    assert listed(), "once more after its expiry"
    assert not listed()


def test_rev_09_crl_numbers_rise_and_never_fall_behind_the_clock(authority: Authority, clock: FrozenClock) -> None:
    numbers = [publish_crl.publish_now(authority, ADMIN, "Issuing CA")[0].number for _ in range(3)]
    assert numbers == sorted(set(numbers))
    clock.advance(timedelta(days=1))
    assert publish_crl.publish_now(authority, ADMIN, "Issuing CA")[0].number >= int(clock.now().timestamp())


def test_a_crl_is_due_once_an_interval(authority: Authority, clock: FrozenClock) -> None:
    assert publish_crl.publish_due(authority, ADMIN) == 2
    assert publish_crl.publish_due(authority, ADMIN) == 0
    clock.advance(authority.config.crl_interval)
    assert publish_crl.publish_due(authority, ADMIN) == 2


def test_rev_21_a_revoked_sub_ca_is_on_its_parents_crl_and_stops(authority: Authority) -> None:
    view, _ = create_ca(
        authority, ADMIN, CreateCa(name="Sub", subject="CN=Sub", key_type="ECDSA-P256", parent="Root CA")
    )
    certificate = view.keys[0].certificates[0]
    revoke(authority, ADMIN, certificate.id, RevocationReason.CA_COMPROMISE)
    assert show_ca(authority, ADMIN, "Sub").state is CaState.REVOKED
    record, _ = publish_crl.publish_now(authority, ADMIN, "Root CA")
    assert certificate.serial in crl_facts(record.der).serials
    with pytest.raises(Conflict):
        enrol(authority, ADMIN, Enrol(ca="Sub", profile="tls-server", csr=make_csr("www.example.com")))
    root = show_ca(authority, ADMIN, "Root CA").keys[0].certificates[0]
    with pytest.raises(Conflict, match="root"):
        revoke(authority, ADMIN, root.id, RevocationReason.CA_COMPROMISE)


def test_statuses_are_signed_ahead_for_both_certid_hashes(authority: Authority, leaf: Certificate) -> None:
    key = key_of(authority)
    assert publish_status.publish_statuses(authority, ADMIN, key.id, [leaf.serial]) == 2
    for hash_name in ("sha1", "sha256"):
        response = authority.published.response(key.id, leaf.serial, hash_name)
        assert response is not None
        assert response_facts(response.body).singles[0].status is CertStatus.GOOD
    revoke(authority, ADMIN, leaf.id, RevocationReason.AFFILIATION_CHANGED)
    publish_status.publish_statuses(authority, ADMIN, key.id, [leaf.serial])
    response = authority.published.response(key.id, leaf.serial, "sha256")
    assert response is not None
    single = response_facts(response.body).singles[0]
    assert single.status is CertStatus.REVOKED
    assert single.reason is RevocationReason.AFFILIATION_CHANGED


def test_live_answers_cover_several_and_never_issued_with_the_nonce(authority: Authority, leaf: Certificate) -> None:
    key = key_of(authority)
    ocsp_signer.ensure(authority, key.id)
    live = LiveAnswers(authority)
    facts = response_facts(live.answer(request_for(key, leaf.serial, 12345, nonce=b"0123456789abcdef")))
    assert [single.status for single in facts.singles] == [CertStatus.GOOD, CertStatus.UNKNOWN]
    assert facts.nonce == b"0123456789abcdef"
    live.flush(ADMIN)


def test_rev_02_issuers_are_told_apart(authority: Authority, leaf: Certificate) -> None:
    issuing, root = key_of(authority), key_of(authority, "Root CA")
    ocsp_signer.ensure(authority, root.id)
    ocsp_signer.ensure(authority, issuing.id)
    live = LiveAnswers(authority)
    revoke(authority, ADMIN, leaf.id, RevocationReason.SUPERSEDED)
    answer = response_facts(live.answer(request_for(root, leaf.serial)))
    assert answer.singles[0].status is CertStatus.UNKNOWN
    mixed = OcspRequest(request_for(root, 1).cert_ids + request_for(issuing, 1).cert_ids, None)
    foreign = OcspRequest((replace(request_for(root, 1).cert_ids[0], name_hash=bytes(20)),), None)
    for request in (mixed, foreign):
        with pytest.raises(NotFound):
            live.answer(request)


def test_an_ocsp_signer_is_kept_and_renewed_early(authority: Authority, clock: FrozenClock) -> None:
    key = key_of(authority)
    first = ocsp_signer.ensure(authority, key.id)
    assert ocsp_signer.ensure(authority, key.id).id == first.id
    life = first.validity.not_after - first.validity.not_before
    clock.set(first.validity.not_after - life / 3 + timedelta(seconds=1))
    renewed = ocsp_signer.ensure(authority, key.id)
    assert renewed.id != first.id
    assert ocsp_signer.load(authority, key.id).signer.certificate_der == renewed.der


def test_responses_are_renewed_when_half_their_life_is_over(
    authority: Authority, leaf: Certificate, clock: FrozenClock
) -> None:
    assert publish_status.refresh(authority, ADMIN) > 0
    assert publish_status.refresh(authority, ADMIN) == 0
    clock.advance(authority.config.ocsp_validity / 2)
    assert publish_status.refresh(authority, ADMIN) > 0
    response = authority.published.response(leaf.issuer_key_id, leaf.serial, "sha1")
    assert response is not None
    assert response.this_update == clock.now().replace(microsecond=0)


def test_a_crl_that_cannot_be_signed_leaves_the_old_one_in_place(authority: Authority) -> None:
    before, _ = publish_crl.publish_now(authority, ADMIN, "Issuing CA")
    away = FakeSigner("embedded")
    away.inject("sign", raises(BackendUnavailable("gone")), times=None)
    broken = replace(authority, signers=FakeSigners(away))
    with pytest.raises(BackendUnavailable):
        publish_crl.publish_now(broken, ADMIN, "Issuing CA")
    published = authority.published.object(f"/crl/{key_of(authority).ca_id}.crl")
    assert published is not None
    assert published.body == before.der


def test_a_cas_certificates_are_published_under_their_paths(authority: Authority) -> None:
    key = key_of(authority)
    publish_ca.publish_ca(authority, key.id)
    for path in (f"/ca/{key.ca_id}/k1.cer", f"/ca/{key.ca_id}.cer", f"/ca/{key.ca_id}.p7c"):
        assert authority.published.object(path) is not None, path
    assert key.id in [issuer.issuer_key_id for issuer in authority.published.issuers()]
