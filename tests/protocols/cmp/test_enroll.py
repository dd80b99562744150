"""Certificates by CMP with the secret of a credential: requested, delivered, and confirmed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pki_manager.authority.cmp import transactions
from pki_manager.authority.status.revoke import revoke
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import build_system_actor
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.ports.unit_of_work import Reader
from pki_manager.x509 import parse, pem
from pki_manager.x509.cmp.identifiers import FailureInfo
from tests.protocols.cmp.client import CmpClient, Endpoint, new_client, new_key, unique
from tests.protocols.rest.door import House
from tests.support import cmp_messages as cmp
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN


def stored(client: CmpClient, certificate: bytes) -> Certificate:
    """What the installation knows of a certificate now."""

    def find(reader: Reader) -> Certificate:
        serial = parse.parse_certificate(certificate).serial
        (found,) = reader.certificates.find_many(reader.certificates.find_ids_by_serials([serial]))
        return found

    with client.ctx.ports.storage.read() as reader:
        return find(reader)


def count_certificates(client: CmpClient) -> int:
    with client.ctx.ports.storage.read() as reader:
        return sum(reader.census.count_totals(client.ctx.ports.clock.now(), None).by_state.values())


@pytest.mark.parametrize("kind", [cmp.PBM, cmp.PBMAC1])
def test_ir_issues_a_certificate_with_the_requested_names_for_the_requested_key(client: CmpClient, kind: str) -> None:
    client.secret = replace(client.secret, kind=kind)
    key, name = new_key(), unique()
    response = client.enroll(name, key)
    assert (response.kind, int(response.status["status"])) == ("ip", 0)
    assert response.is_protected_with(client.secret)
    facts = parse.parse_certificate(response.certificate)
    assert (str(facts.subject), [one.value for one in facts.sans]) == (f"CN={name}", [name])
    assert facts.key.spki_der == cmp.spki(key)
    assert stored(client, response.certificate).requested_by == client.actor_id


def test_the_chain_comes_with_the_certificate(client: CmpClient) -> None:
    response = client.enroll()
    issuing, root = (parse.parse_certificate(one) for one in response.extra_certs)
    assert parse.parse_certificate(response.certificate).issuer_der == issuing.subject_der
    assert issuing.issuer_der == root.subject_der


def test_cr_answers_with_cp(client: CmpClient) -> None:
    key, name = new_key(), unique()
    body = cmp.certificate_request(cmp.template(subject=name, sans=(name,), key=key), key, number=5)
    response = client.send(client.request(cmp.CR, body))
    assert response.kind == "cp"
    assert int(response.content["response"][0]["certReqId"]) == 5


def test_p10cr_issues_what_the_request_contains(client: CmpClient) -> None:
    name = unique()
    csr = pem.read(make_csr(name), pem.CSR_LABELS, "csr")
    response = client.send(client.request(cmp.P10CR, csr))
    assert response.kind == "cp"
    assert int(response.content["response"][0]["certReqId"]) == -1
    assert [one.value for one in parse.parse_certificate(response.certificate).sans] == [name]


def test_a_confirmed_certificate_stays_valid(client: CmpClient, house: House) -> None:
    response = client.enroll()
    assert client.confirm(response).kind == "pkiconf"
    end_all(house)
    assert stored(client, response.certificate).revocation is None


def test_enr_16_a_certificate_that_is_not_confirmed_in_time_is_revoked(client: CmpClient, house: House) -> None:
    response = client.enroll()
    assert "1.3.6.1.5.5.7.4.14" in response.information
    transactions.revoke_overdue(house.ctx, build_system_actor("worker"))
    assert stored(client, response.certificate).revocation is None
    end_all(house)
    assert stored(client, response.certificate).revocation is not None


def test_enr_16_a_confirmation_with_another_hash_revokes_the_certificate(client: CmpClient) -> None:
    response = client.enroll()
    answer = client.confirm(response, digest=b"\0" * 32)
    assert (answer.kind, answer.failures) == ("error", {FailureInfo.BAD_CERT_ID})
    assert stored(client, response.certificate).revocation is not None


def test_a_certificate_that_the_client_rejects_is_revoked(client: CmpClient) -> None:
    response = client.enroll()
    assert client.confirm(response, status=2).kind == "pkiconf"
    assert stored(client, response.certificate).revocation is not None


def test_an_empty_confirmation_rejects_the_certificate(client: CmpClient) -> None:
    response = client.enroll()
    assert client.follow(response, cmp.CERT_CONF, b"\x30\x00").kind == "pkiconf"
    assert stored(client, response.certificate).revocation is not None


def test_a_certificate_is_confirmed_once(client: CmpClient) -> None:
    response = client.enroll()
    assert client.confirm(response).kind == "pkiconf"
    again = client.confirm(response, status=2)
    assert again.failures == {FailureInfo.CERT_CONFIRMED}
    assert stored(client, response.certificate).revocation is None


def test_implicit_confirmation_needs_no_message(client: CmpClient, house: House) -> None:
    response = client.enroll(implicit_confirm=True)
    assert response.information == {cmp.IMPLICIT_CONFIRM}
    end_all(house)
    assert stored(client, response.certificate).revocation is None


def test_a_confirmation_must_answer_the_last_response(client: CmpClient) -> None:
    response = client.enroll()
    assert client.last is not None
    stale = client.last.follow(response, cmp.CERT_CONF, cmp.confirmation(response.certificate))
    answer = client.send(replace(stale, recipient_nonce=b"x" * 16))
    assert answer.failures == {FailureInfo.BAD_RECIPIENT_NONCE}


def test_another_client_cannot_confirm(client: CmpClient, endpoint: Endpoint) -> None:
    response = client.enroll()
    assert client.last is not None
    other = new_client(endpoint)
    confirmation = client.last.follow(response, cmp.CERT_CONF, cmp.confirmation(response.certificate, status=2))
    answer = other.send(replace(confirmation, protection=other.secret))
    assert answer.failures == {FailureInfo.BAD_REQUEST}
    assert stored(client, response.certificate).revocation is None


def test_enr_14_a_replayed_transaction_issues_no_second_certificate(client: CmpClient) -> None:
    client.enroll()
    assert client.last is not None
    before = count_certificates(client)
    for changes in ({}, {"nonce": b"another nonce   "}):
        answer = client.send(replace(client.last, **changes))
        assert (answer.kind, answer.failures) == ("error", {FailureInfo.TRANSACTION_ID_IN_USE})
    assert count_certificates(client) == before


@pytest.mark.parametrize("minutes", [-6, 6])
def test_enr_14_a_stale_message_issues_nothing(client: CmpClient, minutes: int) -> None:
    before = count_certificates(client)
    answer = client.enroll(time=client.ctx.ports.clock.now() + timedelta(minutes=minutes))
    assert (answer.kind, answer.failures) == ("error", {FailureInfo.BAD_TIME})
    assert answer.is_protected_with(client.secret)
    assert count_certificates(client) == before


@pytest.mark.parametrize(
    ("changes", "failure"),
    [
        ({"time": None}, FailureInfo.BAD_TIME),
        ({"nonce": b"short"}, FailureInfo.BAD_SENDER_NONCE),
        ({"transaction_id": b"short"}, FailureInfo.BAD_DATA_FORMAT),
    ],
)
def test_a_message_that_could_be_replayed_is_refused(
    client: CmpClient, changes: dict[str, object], failure: FailureInfo
) -> None:
    assert client.enroll(**changes).failures == {failure}


def test_enr_14_without_protection_nothing_is_issued(client: CmpClient) -> None:
    before = count_certificates(client)
    assert client.enroll(protection=None).failures == {FailureInfo.WRONG_INTEGRITY}
    assert count_certificates(client) == before


def test_enr_14_a_wrong_secret_issues_nothing(client: CmpClient) -> None:
    before = count_certificates(client)
    for wrong in (
        replace(client.secret, secret=b"wrong"),
        replace(client.secret, reference=b"nobody"),
        replace(client.secret, reference=b"00000000-0000-7000-8000-000000000000"),
    ):
        answer = client.enroll(protection=wrong)
        assert (answer.kind, answer.failures) == ("error", {FailureInfo.BAD_MESSAGE_CHECK})
    assert count_certificates(client) == before


def test_an_expired_credential_issues_nothing(endpoint: Endpoint, house: House) -> None:
    client = new_client(endpoint)
    now = house.clock.now()
    house.clock.set(now + timedelta(days=31))
    try:
        assert client.enroll().failures == {FailureInfo.BAD_MESSAGE_CHECK}
    finally:
        house.clock.set(now)


def test_a_name_outside_the_credential_is_refused_with_the_reason(endpoint: Endpoint) -> None:
    client = new_client(endpoint, names=("DNS:inside.example",))
    answer = client.enroll("www.outside.example")
    assert (answer.kind, answer.failures) == ("error", {FailureInfo.NOT_AUTHORIZED})
    assert client.enroll("www.inside.example").kind == "ip"


def test_what_the_profile_forbids_is_refused_with_the_reason(client: CmpClient) -> None:
    answer = client.enroll("*.*.example.com")
    assert answer.failures == {FailureInfo.BAD_CERT_TEMPLATE}
    assert "*.*.example.com" in answer.text


def test_a_key_without_proof_of_possession_is_refused(client: CmpClient) -> None:
    template = cmp.template(subject=unique(), key=new_key())
    for body in (
        cmp.certificate_request(template, new_key()),
        cmp.certificate_request(template, None),
        cmp.certificate_request(template, None, proof=b"\x80\x00"),
    ):
        assert client.send(client.request(cmp.IR, body)).failures == {FailureInfo.BAD_POP}


def test_a_credential_is_for_one_ca_and_profile(client: CmpClient) -> None:
    for path in ("/p/issuing-ca/tls-client", "/p/root-ca/tls-server", "/p/nowhere/tls-server"):
        client.path = path
        assert client.enroll().failures == {FailureInfo.WRONG_AUTHORITY}


def end_all(house: House) -> None:
    """After the time to confirm."""
    now = house.clock.now()
    house.clock.set(now + transactions.CONFIRM_WAIT + timedelta(seconds=1))
    try:
        transactions.revoke_overdue(house.ctx, build_system_actor("worker"))
    finally:
        house.clock.set(now)


def test_a_certificate_that_is_revoked_already_can_be_rejected(client: CmpClient) -> None:
    response = client.enroll()
    revoke(client.ctx, ADMIN, stored(client, response.certificate).id, RevocationReason.SUPERSEDED)
    assert client.confirm(response, status=2).kind == "pkiconf"


def test_the_audit_log_says_whether_a_client_accepted(client: CmpClient) -> None:
    rejected = client.enroll()
    assert client.confirm(rejected, status=2).kind == "pkiconf"
    accepted = client.enroll()
    client.confirm(accepted)
    for response, is_accepted in ((accepted, b"true"), (rejected, b"false")):
        certificate_id = str(stored(client, response.certificate).id)
        with client.ctx.ports.storage.read() as reader:
            where = AuditFilter(object_id=certificate_id, action="certificate.acknowledged")
            (event,) = reader.audit.page(where, None, 2).items
        assert b'"is_accepted":' + is_accepted in event.body
        assert b'"via":"cmp"' in event.body
