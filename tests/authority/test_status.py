"""Revocation, CRLs and OCSP: what is published after each step, as the wire has it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from pki_manager.authority.cas.create_ca import CreateCa, create_ca
from pki_manager.authority.cas.views import show_ca
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.issuers import load_issuer_of_key
from pki_manager.authority.signing import revocations
from pki_manager.authority.status import ocsp_signer, publish_ca, publish_crl, publish_ocsp
from pki_manager.authority.status.revoke import revoke
from pki_manager.authority.status.sign_on_demand import LiveAnswers
from pki_manager.domain.ca import CaState
from pki_manager.domain.certificate import Certificate, CertificateState
from pki_manager.domain.errors import BackendUnavailable, ClockBehind, Conflict, InvalidInput, NotFound
from pki_manager.domain.revocation import Revocation, RevocationReason
from pki_manager.storage.engine.transaction import begin
from pki_manager.storage.tables.pki import certificates
from pki_manager.x509.asn1 import der
from pki_manager.x509.crl import read_crl_facts
from pki_manager.x509.ocsp.facts import find_delegation_fault, read_response_facts
from pki_manager.x509.ocsp.request import OcspRequest, parse_request
from pki_manager.x509.ocsp.response import CertStatus
from tests.fakes.clock import FrozenClock
from tests.fakes.signer import FakeSigner, FakeSigners, raises
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN, with_ports
from tests.support.ocsp_requests import key_of, request_for


@pytest.fixture
def leaf(ctx: Context) -> Certificate:
    return enroll(ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("www.example.com")))[0]


def test_a_revocation_is_recorded_and_stands_on_the_next_crl(ctx: Context, leaf: Certificate) -> None:
    revoked, _ = revoke(ctx, ADMIN, leaf.id, RevocationReason.KEY_COMPROMISE)
    assert revoked.state(ctx.ports.clock.now()) is CertificateState.REVOKED
    record, _ = publish_crl.publish_now(ctx, ADMIN, "Issuing CA")
    facts = read_crl_facts(record.der)
    assert facts.number == record.number
    assert list(facts.serials) == [leaf.serial]
    published = ctx.ports.published.find_object(f"/crl/{leaf.ca_id}/k1.crl")
    assert published is not None
    assert published.body == record.der


def test_revoking_twice_or_with_a_hold_is_refused(ctx: Context, leaf: Certificate) -> None:
    with pytest.raises(InvalidInput, match="Hold"):
        revoke(ctx, ADMIN, leaf.id, RevocationReason.CERTIFICATE_HOLD)
    future = ctx.ports.clock.now() + timedelta(seconds=1)
    with pytest.raises(InvalidInput, match="future"):
        revoke(ctx, ADMIN, leaf.id, RevocationReason.SUPERSEDED, future)
    revoke(ctx, ADMIN, leaf.id, RevocationReason.SUPERSEDED)
    with pytest.raises(Conflict, match="The certificate is already revoked"):
        revoke(ctx, ADMIN, leaf.id, RevocationReason.SUPERSEDED)


def test_rev_07_an_entry_stays_until_one_crl_past_its_expiry(
    ctx: Context, leaf: Certificate, clock: FrozenClock
) -> None:
    revoke(ctx, ADMIN, leaf.id, RevocationReason.SUPERSEDED)

    def listed() -> bool:
        record, _ = publish_crl.publish_now(ctx, ADMIN, "Issuing CA")
        return leaf.serial in read_crl_facts(record.der).serials

    clock.set(leaf.validity.not_after - timedelta(seconds=1))
    assert listed()
    clock.set(leaf.validity.not_after + timedelta(seconds=1))
    assert listed(), "once more after its expiry"
    assert not listed()


def test_rev_09_crl_numbers_rise_and_never_fall_behind_the_clock(ctx: Context, clock: FrozenClock) -> None:
    numbers = [publish_crl.publish_now(ctx, ADMIN, "Issuing CA")[0].number for _ in range(3)]
    assert numbers == sorted(set(numbers))
    clock.advance(timedelta(days=1))
    assert publish_crl.publish_now(ctx, ADMIN, "Issuing CA")[0].number >= int(clock.now().timestamp() * 1_000_000)


def test_a_crl_is_due_once_an_interval(ctx: Context, clock: FrozenClock) -> None:
    assert publish_crl.publish_due(ctx, ADMIN) == 2
    assert publish_crl.publish_due(ctx, ADMIN) == 0
    clock.advance(ctx.config.crl_interval)
    assert publish_crl.publish_due(ctx, ADMIN) == 2


def test_a_lower_crl_validity_applies_to_what_is_published(ctx: Context) -> None:
    publish_crl.publish_due(ctx, ADMIN)
    shorter = replace(ctx, config=replace(ctx.config, crl_validity=timedelta(days=2)))
    assert publish_crl.publish_due(shorter, ADMIN) == 2
    assert publish_crl.publish_due(shorter, ADMIN) == 0


def test_rev_21_a_revoked_sub_ca_is_on_its_parents_crl_and_stops(ctx: Context) -> None:
    view, _ = create_ca(ctx, ADMIN, CreateCa(name="Sub", subject="CN=Sub", key_type="ECDSA-P256", parent="Root CA"))
    certificate = view.keys[0].certificates[0]
    revoke(ctx, ADMIN, certificate.id, RevocationReason.CA_COMPROMISE)
    assert show_ca(ctx, ADMIN, "Sub").state is CaState.REVOKED
    record, _ = publish_crl.publish_now(ctx, ADMIN, "Root CA")
    assert certificate.serial in read_crl_facts(record.der).serials
    with pytest.raises(Conflict, match=r"CA .* is revoked and cannot issue certificates"):
        enroll(ctx, ADMIN, Enroll(ca="Sub", profile="tls-server", csr=make_csr("www.example.com")))
    root = show_ca(ctx, ADMIN, "Root CA").keys[0].certificates[0]
    with pytest.raises(Conflict, match="root"):
        revoke(ctx, ADMIN, root.id, RevocationReason.CA_COMPROMISE)


def test_statuses_are_signed_ahead_for_both_certid_hashes(ctx: Context, leaf: Certificate) -> None:
    key = key_of(ctx)
    ocsp_signer.ensure(ctx, key.id)
    assert publish_ocsp.publish_statuses(ctx, ADMIN, key.id, [leaf.serial]) == 2
    for hash_name in ("sha1", "sha256"):
        response = ctx.ports.published.find_response(key.id, leaf.serial, hash_name)
        assert response is not None
        assert read_response_facts(response.body).singles[0].status is CertStatus.GOOD
    revoke(ctx, ADMIN, leaf.id, RevocationReason.AFFILIATION_CHANGED)
    publish_ocsp.publish_statuses(ctx, ADMIN, key.id, [leaf.serial])
    response = ctx.ports.published.find_response(key.id, leaf.serial, "sha256")
    assert response is not None
    single = read_response_facts(response.body).singles[0]
    assert single.status is CertStatus.REVOKED
    assert single.reason is RevocationReason.AFFILIATION_CHANGED


def test_live_answers_cover_several_and_never_issued_with_the_nonce(ctx: Context, leaf: Certificate) -> None:
    key = key_of(ctx)
    ocsp_signer.ensure(ctx, key.id)
    live = LiveAnswers(ctx)
    facts = read_response_facts(live.answer(request_for(key, leaf.serial, 12345, nonce=b"0123456789abcdef")))
    assert [single.status for single in facts.singles] == [CertStatus.GOOD, CertStatus.UNKNOWN]
    assert facts.nonce == b"0123456789abcdef"
    live.flush(ADMIN)


def test_rev_02_issuers_are_told_apart(ctx: Context, leaf: Certificate) -> None:
    issuing, root = key_of(ctx), key_of(ctx, "Root CA")
    ocsp_signer.ensure(ctx, root.id)
    ocsp_signer.ensure(ctx, issuing.id)
    live = LiveAnswers(ctx)
    revoke(ctx, ADMIN, leaf.id, RevocationReason.SUPERSEDED)
    answer = read_response_facts(live.answer(request_for(root, leaf.serial)))
    assert answer.singles[0].status is CertStatus.UNKNOWN
    mixed = OcspRequest(request_for(root, 1).cert_ids + request_for(issuing, 1).cert_ids, None)
    foreign = OcspRequest((replace(request_for(root, 1).cert_ids[0], name_hash=bytes(20)),), None)
    for request in (mixed, foreign):
        with pytest.raises(NotFound, match=r"The request names .* issuer"):
            live.answer(request)


def test_live_answers_to_many_at_once_each_have_their_own_end(ctx: Context, leaf: Certificate) -> None:
    key = key_of(ctx)
    ocsp_signer.ensure(ctx, key.id)
    live = LiveAnswers(ctx)
    foreign = OcspRequest((replace(request_for(key, 1).cert_ids[0], name_hash=bytes(20)),), None)
    nonces = [bytes([number]) * 16 for number in range(24)]
    requests = [request_for(key, leaf.serial, nonce=nonce) for nonce in nonces]
    answers = live.answer_together([*requests[:12], foreign, *requests[12:]])
    found = [read_response_facts(one).nonce if isinstance(one, bytes) else type(one) for one in answers]
    assert found == [*nonces[:12], NotFound, *nonces[12:]]


def test_what_another_server_signs_holds_up_no_other_answer(
    ctx: Context, leaf: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = key_of(ctx)
    ocsp_signer.ensure(ctx, key.id)
    live = LiveAnswers(ctx)
    request = request_for(key, leaf.serial, nonce=bytes(16))
    monkeypatch.setattr(type(ctx.ports.signers), "is_remote", lambda *_: True)
    assert live.answer_together([request, request]) == [None, None]
    assert read_response_facts(live.answer(request)).nonce == bytes(16)


def test_an_ocsp_signer_is_kept_and_renewed_early(ctx: Context, clock: FrozenClock) -> None:
    key = key_of(ctx)
    first = ocsp_signer.ensure(ctx, key.id)
    assert ocsp_signer.ensure(ctx, key.id).id == first.id
    life = first.validity.not_after - first.validity.not_before
    clock.set(first.validity.not_after - life / 3 + timedelta(seconds=1))
    renewed = ocsp_signer.ensure(ctx, key.id)
    assert renewed.id != first.id
    assert ocsp_signer.load(ctx, key.id).signer.certificate_der == renewed.der


def test_responses_are_renewed_when_half_their_life_is_over(
    ctx: Context, leaf: Certificate, clock: FrozenClock
) -> None:
    assert publish_ocsp.refresh(ctx, ADMIN) > 0
    assert publish_ocsp.refresh(ctx, ADMIN) == 0
    clock.advance(ctx.config.ocsp_validity / 2)
    assert publish_ocsp.refresh(ctx, ADMIN) > 0
    response = ctx.ports.published.find_response(leaf.issuer_key_id, leaf.serial, "sha1")
    assert response is not None
    assert response.this_update == clock.now().replace(microsecond=0)


def test_a_crl_that_cannot_be_signed_leaves_the_old_one_in_place(ctx: Context) -> None:
    before, _ = publish_crl.publish_now(ctx, ADMIN, "Issuing CA")
    away = FakeSigner("embedded")
    away.inject("sign", raises(BackendUnavailable("gone")), times=None)
    broken = with_ports(ctx, signers=FakeSigners(away))
    with pytest.raises(BackendUnavailable, match="gone"):
        publish_crl.publish_now(broken, ADMIN, "Issuing CA")
    published = ctx.ports.published.find_object(f"/crl/{key_of(ctx).ca_id}.crl")
    assert published is not None
    assert published.body == before.der


def test_a_cas_certificates_are_published_under_their_paths(ctx: Context) -> None:
    key = key_of(ctx)
    publish_ca.publish_ca(ctx, key.id)
    for path in (f"/ca/{key.ca_id}/k1.cer", f"/ca/{key.ca_id}.cer", f"/ca/{key.ca_id}.p7c"):
        assert ctx.ports.published.find_object(path) is not None, path
    assert key.id in [issuer.issuer_key_id for issuer in ctx.ports.published.list_issuers()]


def test_an_ocsp_signer_of_a_suspended_ca_is_still_renewed(ctx: Context, clock: FrozenClock) -> None:
    """Suspended is stopped from issuing to others, not from answering for what was issued."""
    key = key_of(ctx)
    first = ocsp_signer.ensure(ctx, key.id)
    with ctx.ports.storage.housekeep() as uow:
        uow.cas.set_state(key.ca_id, CaState.SUSPENDED)
    clock.set(first.validity.not_after - timedelta(seconds=1))
    renewed = ocsp_signer.ensure(ctx, key.id)
    assert renewed.id != first.id
    with pytest.raises(Conflict, match=r"CA .* is suspended and cannot issue certificates"):
        enroll(ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("www.example.com")))


def test_an_ocsp_signer_of_a_revoked_ca_is_not_renewed(ctx: Context, clock: FrozenClock) -> None:
    key = key_of(ctx)
    first = ocsp_signer.ensure(ctx, key.id)
    with ctx.ports.storage.housekeep() as uow:
        uow.cas.set_state(key.ca_id, CaState.REVOKED)
    clock.set(first.validity.not_after - timedelta(seconds=1))
    with pytest.raises(Conflict, match=r"CA .* is revoked and cannot issue certificates"):
        ocsp_signer.ensure(ctx, key.id)


@pytest.mark.parametrize(
    ("profile", "fault"),
    [("tls-client", "does not have the purpose OCSPSigning"), ("nocheck", "lacks id-pkix-ocsp-nocheck")],
)
def test_rev_19_a_certificate_that_may_not_sign_answers_is_not_used_and_replaced(
    ctx: Context, clock: FrozenClock, caplog: pytest.LogCaptureFixture, profile: str, fault: str
) -> None:
    key = key_of(ctx)
    right = ocsp_signer.ensure(ctx, key.id)
    wrong = replace(right, der=signer_without(ctx, right, profile))
    put_instead(ctx, wrong)
    with pytest.raises(BackendUnavailable, match=fault):
        ocsp_signer.load(ctx, key.id)
    clock.advance(timedelta(seconds=1))
    renewed = ocsp_signer.ensure(ctx, key.id)
    assert any(fault in str(vars(record).get("reason")) for record in caplog.records)
    assert ocsp_signer.load(ctx, key.id).signer.certificate_der == renewed.der


def signer_without(ctx: Context, right: Certificate, what: str) -> bytes:
    """The signer's certificate as another program might have made it, by the CA's own key."""
    ours = x509.load_der_x509_certificate(right.der)
    builder = (
        x509.CertificateBuilder()
        .subject_name(ours.subject)
        .issuer_name(ours.issuer)
        .public_key(ours.public_key())
        .serial_number(ours.serial_number)
        .not_valid_before(ours.not_valid_before_utc)
        .not_valid_after(ours.not_valid_after_utc)
    )
    usage = ExtendedKeyUsageOID.CLIENT_AUTH if what == "tls-client" else ExtendedKeyUsageOID.OCSP_SIGNING
    builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    return builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()).public_bytes(Encoding.DER)


def put_instead(ctx: Context, certificate: Certificate) -> None:
    """Overwrite a certificate's bytes, as damage or another program would."""
    engine = ctx.ports.storage._engine  # type: ignore[attr-defined]
    with engine.connect() as connection:
        begin(connection, write=True)
        wanted = certificates.c.id == certificate.id
        connection.execute(sa.update(certificates).where(wanted).values(der=certificate.der))
        connection.commit()


def test_rev_19_a_signer_by_another_ca_is_not_used(ctx: Context) -> None:
    root, issuing = key_of(ctx, "Root CA"), key_of(ctx)
    foreign = ocsp_signer.ensure(ctx, root.id)
    right = ocsp_signer.ensure(ctx, issuing.id)
    with ctx.ports.storage.read() as reader:
        issuer = load_issuer_of_key(reader, issuing.id)
    assert find_delegation_fault(right.der, issuer) is None
    assert find_delegation_fault(foreign.der, issuer) == "it belongs to another CA"
    flipped = right.der[:-1] + bytes((right.der[-1] ^ 1,))
    assert find_delegation_fault(flipped, issuer) == "it is not signed by the issuer key"
    assert find_delegation_fault(b"", issuer) == "it is not signed by the issuer key"


def test_nothing_is_said_by_ocsp_while_the_clock_is_behind(ctx: Context, leaf: Certificate, clock: FrozenClock) -> None:
    key = key_of(ctx)
    ocsp_signer.ensure(ctx, key.id)
    clock.advance(timedelta(hours=1))
    publish_ocsp.publish_statuses(ctx, ADMIN, key.id, [leaf.serial])
    clock.set(clock.now() - timedelta(minutes=6))
    with pytest.raises(ClockBehind, match="is 360 s behind the last signature"):
        publish_ocsp.publish_statuses(ctx, ADMIN, key.id, [leaf.serial])
    with pytest.raises(ClockBehind, match="is 360 s behind the last signature"):
        LiveAnswers(ctx).answer(request_for(key, leaf.serial))


def test_the_clock_may_not_go_back_behind_an_ocsp_answer(ctx: Context, leaf: Certificate, clock: FrozenClock) -> None:
    ocsp_signer.ensure(ctx, leaf.issuer_key_id)
    clock.advance(timedelta(hours=1))
    publish_ocsp.publish_statuses(ctx, ADMIN, leaf.issuer_key_id, [leaf.serial])
    clock.set(clock.now() - timedelta(minutes=6))
    with pytest.raises(ClockBehind, match="is 360 s behind the last signature"):
        publish_crl.publish(ctx, ADMIN, leaf.issuer_key_id)


def test_rev_06_ocsp_shows_a_compromise_that_is_told_later(ctx: Context, leaf: Certificate) -> None:
    key = key_of(ctx)
    ocsp_signer.ensure(ctx, key.id)
    live = LiveAnswers(ctx)
    for reason in (RevocationReason.SUPERSEDED, RevocationReason.KEY_COMPROMISE):
        revoke(ctx, ADMIN, leaf.id, reason)
        publish_ocsp.publish_statuses(ctx, ADMIN, key.id, [leaf.serial])
        response = ctx.ports.published.find_response(key.id, leaf.serial, "sha1")
        assert response is not None
        for body in (response.body, live.answer(request_for(key, leaf.serial))):
            assert read_response_facts(body).singles[0].reason is reason


def test_rev_26_revocation_goes_by_issuer_and_serial(ctx: Context, leaf: Certificate) -> None:
    """Another encoding of the same ECDSA signature makes another fingerprint, and the same CertID."""
    key = key_of(ctx)
    ocsp_signer.ensure(ctx, key.id)
    revoke(ctx, ADMIN, leaf.id, RevocationReason.SUPERSEDED)
    record, _ = publish_crl.publish_now(ctx, ADMIN, "Issuing CA")
    body, algorithm, signature = der.read_children(leaf.der)
    r, s = decode_dss_signature(der.read_content(signature)[1:])
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    twin = der.encode_sequence(body, algorithm, der.bit_string(encode_dss_signature(r, order - s)))
    assert twin != leaf.der
    loaded, issuer = (x509.load_der_x509_certificate(one) for one in (twin, ca_certificate(ctx).der))
    loaded.verify_directly_issued_by(issuer)
    builder = ocsp.OCSPRequestBuilder().add_certificate(loaded, issuer, hashes.SHA256())
    answer = LiveAnswers(ctx).answer(parse_request(builder.build().public_bytes(Encoding.DER)))
    assert read_response_facts(answer).singles[0].status is CertStatus.REVOKED
    assert loaded.serial_number in read_crl_facts(record.der).serials


def ca_certificate(ctx: Context) -> Certificate:
    return show_ca(ctx, ADMIN, "Issuing CA").keys[0].certificates[0]


def test_rev_24_a_serial_number_that_was_burned_stays_revoked(ctx: Context) -> None:
    """There need be no certificate beside a revocation for OCSP and CRL to tell it."""
    key = key_of(ctx)
    ocsp_signer.ensure(ctx, key.id)
    now = ctx.ports.clock.now()
    burned = Revocation(key.id, 77, None, RevocationReason.UNSPECIFIED, now, None, now + timedelta(days=1))
    with ctx.ports.storage.housekeep() as uow:
        revocations.add(uow, burned, now)
    answer = read_response_facts(LiveAnswers(ctx).answer(request_for(key, 77)))
    assert answer.singles[0].status is CertStatus.REVOKED
    record, _ = publish_crl.publish_now(ctx, ADMIN, "Issuing CA")
    assert 77 in read_crl_facts(record.der).serials
