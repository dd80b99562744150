"""SCEP over its routes: enrollment, polling, renewal, and every refusal."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization.pkcs7 import load_der_pkcs7_certificates

from pki_manager.authority.enrollment.credentials import list_credentials, revoke_credential
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.requests.approvals import approve, reject, show_approval
from pki_manager.authority.requests.requests import get_approval_id
from pki_manager.authority.status.publish_crl import publish_due
from pki_manager.authority.status.revoke import revoke
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import EnrollmentProtocol, Role, build_system_actor
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.ports.requests import RequestFilter
from pki_manager.protocols.scep.routes import create_scep
from pki_manager.worker.outbox import run_outbox
from tests.conftest import DATABASE_KEY, MAC_KEY
from tests.protocols.rest.door import House, make_house
from tests.protocols.scep.client import PATH, ScepClient
from tests.support.acme_clients import DEPUTY, OFFICER
from tests.support.enrolling import credential
from tests.support.factories import ADMIN
from tests.support.scep_messages import (
    RECIPIENT_NONCE,
    TRANSACTION_ID,
    client_key,
    csr_with,
    opened,
    read_answer,
    tlv_sequence,
)

WORKER = build_system_actor("worker")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, sqlcipher_template: Path) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("scep")
    shutil.copyfile(sqlcipher_template, folder / "pki.db")
    made = make_house(folder, folder / "pki.db", DATABASE_KEY, MAC_KEY)
    yield made
    made.ctx.ports.storage.close()


@pytest.fixture
def ctx(house: House) -> Context:
    return house.ctx


@pytest.fixture
def client(ctx: Context) -> ScepClient:
    return ScepClient(create_scep(ctx))


def challenge(ctx: Context, **members: object) -> str:
    """A new one-time challenge for the profile `tls-server`."""
    secret = credential(ctx, EnrollmentProtocol.SCEP, **members).secret
    assert secret is not None
    return secret


def count(ctx: Context, action: str) -> int:
    with ctx.ports.storage.read() as reader:
        return len(reader.audit.page(AuditFilter(action=action), None, 200).items)


def issued(ctx: Context) -> int:
    return count(ctx, "certificate.issued")


def test_a_device_enrolls_with_a_one_time_challenge(ctx: Context, client: ScepClient) -> None:
    answer = client.enroll(challenge(ctx))
    certificate = client.received(answer)
    assert certificate.subject.rfc4514_string() == "CN=device-1.example.com"
    assert certificate.public_key() == client.key.public_key()
    assert answer.attributes[TRANSACTION_ID] == b"transaction-1"
    assert answer.attributes[RECIPIENT_NONCE] == bytes(range(16))
    with ctx.ports.storage.read() as reader:
        (stored,) = reader.certificates.find_many(reader.certificates.find_ids_by_serials([certificate.serial_number]))
    assert stored.requested_by.startswith("token:")


def test_a_message_in_the_url_is_read_with_line_breaks_and_unescaped_plus_signs(
    ctx: Context, client: ScepClient
) -> None:
    """ENR-12."""
    message = client.message(csr_with(client.key, client.name, challenge(ctx)), transaction_id="by GET")
    assert client.received(read_answer(client.get_by_url(message).body, client.ra()))


def test_enr_11_a_large_body_is_413_before_it_is_read(client: ScepClient) -> None:
    assert client.post(bytes(200_000)).status == 413
    assert client.post(b"", content_length="100000000").status == 413


def test_enr_12_another_content_type_is_415(client: ScepClient) -> None:
    assert client.post(b"x", content_type="application/json").status == 415


@pytest.mark.parametrize("data", [b"", b"x", b"\x30\x80" * 100, bytes(1000)])
def test_what_is_no_message_is_400(client: ScepClient, data: bytes) -> None:
    assert client.post(data).status == 400
    assert client.get_by_url(data).status == 400


def test_enr_01_no_message_type_gives_a_certificate_without_a_valid_challenge(ctx: Context, client: ScepClient) -> None:
    challenge(ctx)
    before = issued(ctx)
    csr = csr_with(client.key, client.name, "guess")
    for number in range(51):
        answer = client.post(client.message(csr, str(number), transaction_id=f"type-{number}"))
        read = read_answer(answer.body, client.ra())
        assert read.status == "2", number
        if number not in (17, 19, 20, 21, 22):
            assert read.fail_info == "2", number
    assert issued(ctx) == before


def test_enr_02_a_request_without_a_challenge_is_refused(ctx: Context, client: ScepClient) -> None:
    challenge(ctx)
    before = issued(ctx)
    answer = client.enroll(None)
    assert (answer.status, answer.fail_info) == ("2", "2")
    assert issued(ctx) == before


def test_a_used_challenge_is_refused(ctx: Context, client: ScepClient) -> None:
    secret = challenge(ctx)
    client.received(client.enroll(secret, transaction_id="first"))
    other = ScepClient(client.app, number=2, name="device-2.example.com")
    answer = other.enroll(secret, transaction_id="second")
    assert (answer.status, answer.fail_info) == ("2", "2")
    assert "not valid" in answer.text


def test_a_challenge_is_for_one_ca_and_one_profile(ctx: Context, client: ScepClient) -> None:
    for path in ("/issuing-ca/tls-client", "/issuing-ca/device"):
        elsewhere = replace(client, path=path)
        answer = elsewhere.enroll(challenge(ctx))
        assert (answer.status, answer.fail_info) == ("2", "2")
        assert answer.text == "The enrollment credential is not valid."
    with pytest.raises(AssertionError, match="registration authority"):
        replace(client, path="/root-ca/tls-server").enroll(challenge(ctx))


def test_enr_06_the_same_message_again_gives_the_same_certificate(ctx: Context, client: ScepClient) -> None:
    message = client.message(csr_with(client.key, client.name, challenge(ctx)), transaction_id="again")
    answers = [read_answer(client.post(message).body, client.ra()) for _ in range(3)]
    assert len({client.received(one).serial_number for one in answers}) == 1


def test_a_new_challenge_with_the_same_transaction_id_and_key_gives_a_new_certificate(
    ctx: Context, client: ScepClient
) -> None:
    """Clients derive the transactionID from their key."""
    found = {client.received(client.enroll(challenge(ctx), transaction_id="of the key")).serial_number for _ in "12"}
    assert len(found) == 2


def test_a_transaction_id_of_another_key_means_nothing(ctx: Context, client: ScepClient) -> None:
    first = client.received(client.enroll(challenge(ctx), transaction_id="shared"))
    other = ScepClient(client.app, number=2, name="device-2.example.com")
    assert other.received(other.enroll(challenge(ctx), transaction_id="shared")).serial_number != first.serial_number


def test_a_request_that_waits_is_polled(ctx: Context, client: ScepClient) -> None:
    secret = challenge(ctx, role=Role.REQUESTER)
    csr = csr_with(client.key, client.name, secret)
    for _ in range(2):
        assert client.say(csr, transaction_id="waits").status == "3"
    assert client.poll("waits").status == "3"
    for approver in (OFFICER, DEPUTY):
        waiting = show_approval(ctx, approver, get_approval_id(ctx, approver, newest_request(ctx)))
        approve(ctx, approver, waiting.id, waiting.sha256)
    run_outbox(ctx, WORKER)
    assert client.received(client.poll("waits"))


def test_a_rejected_request_fails_with_its_reason(ctx: Context, client: ScepClient) -> None:
    secret = challenge(ctx, role=Role.REQUESTER)
    assert client.enroll(secret, transaction_id="rejected").status == "3"
    approver = replace(ADMIN, id="local:approver")
    reject(ctx, approver, get_approval_id(ctx, approver, newest_request(ctx)), "unknown device")
    answer = client.poll("rejected")
    assert (answer.status, answer.fail_info) == ("2", "2")
    assert "unknown device" in answer.text


def test_a_poll_for_nothing_fails(client: ScepClient) -> None:
    answer = client.poll("never sent")
    assert (answer.status, answer.fail_info) == ("2", "4")


def test_a_device_renews_with_its_certificate_and_a_new_key(ctx: Context, client: ScepClient) -> None:
    client.issued = client.received(client.enroll(challenge(ctx), transaction_id="before"))
    answer = client.say(csr_with(client_key(3), client.name), "17", transaction_id="renewal")
    renewed = client.received(answer)
    assert renewed.public_key() == client_key(3).public_key()
    assert renewed.subject == client.issued.subject


def test_a_renewal_with_other_names_is_refused(ctx: Context, client: ScepClient) -> None:
    client.issued = client.received(client.enroll(challenge(ctx), transaction_id="names"))
    answer = client.say(csr_with(client_key(3), "another.example.com"), "17", transaction_id="names-2")
    assert (answer.status, answer.fail_info) == ("2", "2")
    assert "names" in answer.text


def test_enr_04_a_certificate_that_is_revoked_or_a_look_alike_renews_nothing(
    ctx: Context, client: ScepClient, house: House
) -> None:
    first = client.received(client.enroll(challenge(ctx), transaction_id="revoked"))
    client.issued = first
    with ctx.ports.storage.read() as reader:
        (stored,) = reader.certificates.find_many(reader.certificates.find_ids_by_serials([first.serial_number]))
    look_alike = (
        x509.CertificateBuilder(first.issuer, first.subject, client_key(4).public_key(), first.serial_number)
        .not_valid_before(first.not_valid_before_utc)
        .not_valid_after(first.not_valid_after_utc)
        .sign(client_key(4), first.signature_hash_algorithm)
    )
    before = issued(ctx)
    false = ScepClient(client.app, number=4, name=client.name, issued=look_alike)
    assert false.say(csr_with(client_key(4), client.name), "17", transaction_id="false").status == "2"
    revoke(ctx, ADMIN, stored.id, RevocationReason.SUPERSEDED)
    answer = client.say(csr_with(client_key(3), client.name), "17", transaction_id="after")
    assert (answer.status, answer.fail_info) == ("2", "2")
    own = ScepClient(client.app, number=5, name=client.name)
    assert own.say(csr_with(client_key(3), client.name), "17", transaction_id="self-signed").status == "2"
    assert issued(ctx) == before


def test_enr_07_every_fault_of_the_content_is_the_same(ctx: Context, client: ScepClient) -> None:
    """A wrong key, a wrong padding, content that is none, and a request with another key."""
    secret = challenge(ctx)
    csr = csr_with(client.key, client.name, secret)
    answers = [
        client.say(b"no request"),
        client.say(csr[:-1]),
        client.say(csr[:-4] + b"\0\0\0\0"),
        client.say(csr_with(client_key(6), client.name, secret)),
        client.say_enveloped(client.damaged(csr, wrapped=True)),
        client.say_enveloped(client.damaged(csr, wrapped=False)),
    ]
    assert {(one.status, one.fail_info, one.text) for one in answers} == {("2", "1", answers[0].text)}


@pytest.mark.parametrize("changes", [{"cipher": "des3"}, {"hash_name": "sha1"}])
def test_enr_07_3des_and_sha_1_are_refused(ctx: Context, client: ScepClient, changes: dict[str, str]) -> None:
    answer = client.enroll(challenge(ctx), **changes)
    assert (answer.status, answer.fail_info) == ("2", "0")


def test_windows_may_wrap_with_oaep(ctx: Context, client: ScepClient) -> None:
    csr = csr_with(client.key, client.name, challenge(ctx))
    oaep = ("-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha256")
    message = client.message(csr, "19", "aes-128-cbc", *oaep, transaction_id="oaep")
    assert client.received(read_answer(client.post(message).body, client.ra()))


def test_ndes_clients_may_ask_for_basic_constraints_with_a_path_length(ctx: Context, client: ScepClient) -> None:
    """CA:FALSE with a pathLen, which pyca does not write."""
    odd = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.19"), bytes.fromhex("3003020100"))
    assert client.received(client.enroll(challenge(ctx), odd, transaction_id="ndes"))


def test_get_cert_gives_certificates_of_the_same_credential_only(ctx: Context, client: ScepClient) -> None:
    client.issued = client.received(client.enroll(challenge(ctx), transaction_id="own"))
    other = ScepClient(client.app, number=2, name="device-2.example.com")
    theirs = other.received(other.enroll(challenge(ctx), transaction_id="theirs"))
    answer = client.say(named(client.issued), "21", transaction_id="get")
    assert client.received(answer) == client.issued
    assert client.say(named(theirs), "21", transaction_id="get-2").fail_info == "4"


def test_get_crl_gives_the_crl_of_the_ca(ctx: Context, client: ScepClient) -> None:
    publish_due(ctx, WORKER)
    own = client.received(client.enroll(challenge(ctx), transaction_id="crl"))
    answer = client.say(named(own), "22", transaction_id="crl-2")
    assert answer.status == "0"
    assert b"\x30" in opened(answer.content or b"", client.key, client.certificate)


def test_the_capabilities_name_no_old_algorithm(client: ScepClient) -> None:
    """ENR-07."""
    lines = client.get("GetCACaps").body.decode().split()
    assert lines == ["AES", "POSTPKIOperation", "Renewal", "SCEPStandard", "SHA-256", "SHA-384", "SHA-512"]


def test_get_ca_cert_gives_the_ra_and_the_chain(ctx: Context, client: ScepClient) -> None:
    challenge(ctx)
    found = load_der_pkcs7_certificates(client.get("GetCACert").body)
    names = sorted(one.subject.rfc4514_string() for one in found)
    assert len(names) == 3
    assert any("SCEP RA" in name for name in names)


def test_there_is_no_next_certificate_without_a_rotation(ctx: Context, client: ScepClient) -> None:
    challenge(ctx)
    assert client.get("GetNextCACert").status == 404


def test_unknown_paths_and_operations(client: ScepClient) -> None:
    assert replace(client, path="/nothing/tls-server").get("GetCACaps").status == 404
    assert replace(client, path="/issuing-ca/nothing").get("GetCACaps").status == 404
    assert replace(client, path="/issuing-ca").get("GetCACaps").status == 404
    assert client.get("Other").status == 400
    assert replace(client, path=f"{PATH}/pkiclient.exe").get("GetCACaps").status == 200


def test_a_refusal_is_in_the_audit_log(ctx: Context, client: ScepClient) -> None:
    challenge(ctx)
    before = count(ctx, "operation.refused")
    ctx.state.refusals.drain()
    client.enroll("wrong", transaction_id="audited")
    assert count(ctx, "operation.refused") == before + 1


def test_an_expired_credential_renews_nothing(ctx: Context, client: ScepClient, house: House) -> None:
    client.issued = client.received(client.enroll(challenge(ctx), transaction_id="ended"))
    newest = list_credentials(ctx, ADMIN, None, 1).items[0].credential
    revoke_credential(ctx, ADMIN, newest.token.id)
    assert client.say(csr_with(client_key(3), client.name), "17", transaction_id="ended-2").status == "2"


def named(certificate: x509.Certificate) -> bytes:
    """IssuerAndSerialNumber."""
    number = certificate.serial_number
    octets = number.to_bytes(number.bit_length() // 8 + 1, "big")
    return tlv_sequence(certificate.issuer.public_bytes(), bytes((2, len(octets))) + octets)


def newest_request(ctx: Context) -> UUID:
    with ctx.ports.storage.read() as reader:
        return reader.requests.page(RequestFilter(), None, 1).items[0].enrolment.id
