"""Writing CMP messages: another decoder reads what was meant."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pki_manager.x509.cmp import build, mac, message
from pki_manager.x509.cmp.identifiers import BodyType, CmpStatus, FailureInfo
from tests.support import cmp_messages as cmp
from tests.support.paths import LEAF, ROOT, chain, ders
from tests.unit.x509.cmp.test_message import SECRET, make_request

NOW = datetime(2026, 11, 27, 12, 0, 1, tzinfo=UTC)


def respond(kind: BodyType, content: bytes, secret: cmp.Secret = SECRET, **header: object) -> cmp.Response:
    request = message.read_message(make_request(protection=secret).encode())
    algorithm = mac.read_mac(request.header.protection_algorithm or b"")
    assert algorithm is not None
    own = algorithm.for_response(b"\1" * 16)
    made = build.ResponseHeader(
        request=request.header,
        sender=cmp.name("CA"),
        time=NOW,
        nonce=b"n" * 16,
        key_id=b"reference",
        protection_algorithm=own.identifier(),
        **header,
    )
    head, body = build.encode_header(made), build.encode_body(kind, content)
    protection = own.protect(secret.secret, build.encode_protected_part(head, body))
    return cmp.Response.parse(build.encode_message(head, body, protection))


@pytest.mark.parametrize("kind", [cmp.PBM, cmp.PBMAC1])
def test_a_response_is_protected_with_the_same_secret_and_another_salt(kind: str) -> None:
    secret = cmp.Secret(reference=b"r", secret=b"s" * 20, kind=kind)
    assert respond(BodyType.PKI_CONF, build.build_pki_conf(), secret).is_protected_with(secret)


def test_a_response_answers_the_transaction_and_the_nonce_of_its_request() -> None:
    request = message.read_message(make_request().encode())
    head = build.ResponseHeader(request=request.header, sender=cmp.name("CA"), time=NOW, nonce=b"n" * 16)
    body = build.encode_body(BodyType.PKI_CONF, build.build_pki_conf())
    response = cmp.Response.parse(build.encode_message(build.encode_header(head), body, None))
    assert response.transaction_id == request.header.transaction_id
    assert response.recipient_nonce == request.header.sender_nonce


@pytest.mark.parametrize("failure", list(FailureInfo))
def test_every_reason_of_a_rejection_is_its_own_bit(failure: FailureInfo) -> None:
    response = respond(BodyType.ERROR, build.build_error(build.build_rejection("No, because ü.", failure)))
    assert (response.kind, response.text, response.failures) == ("error", "No, because ü.", {failure})


def test_several_reasons_and_a_long_text_are_written() -> None:
    status = build.build_rejection("x" * 5000, FailureInfo.BAD_TIME, FailureInfo.DUPLICATE_CERT_REQ)
    response = respond(BodyType.ERROR, build.build_error(status))
    assert response.failures == {FailureInfo.BAD_TIME, FailureInfo.DUPLICATE_CERT_REQ}
    assert len(response.text) == 1000


def test_a_certificate_is_delivered_with_its_request_number() -> None:
    leaf, root = ders(chain(LEAF, ROOT))
    content = build.build_certificate_response(3, build.StatusInfo(CmpStatus.ACCEPTED), leaf, (root,))
    response = respond(BodyType.IP, content, confirm_by=NOW)
    assert int(response.content["response"][0]["certReqId"]) == 3
    assert response.certificate == leaf
    assert response.information == {"1.3.6.1.5.5.7.4.14"}


def test_polling_says_when_to_come_again() -> None:
    response = respond(BodyType.POLL_REP, build.poll_response(0, 60, "The request waits for approval."))
    assert int(response.content[0]["checkAfter"]) == 60
