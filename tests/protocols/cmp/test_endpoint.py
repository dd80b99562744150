"""CMP over HTTP: what is not a message, what is too large, and who may not."""

from __future__ import annotations

import pytest

from pki_manager.domain import errors
from pki_manager.protocols.cmp import errors as cmp_errors
from pki_manager.x509 import parse
from pki_manager.x509.asn1 import der
from pki_manager.x509.cmp.identifiers import FailureInfo
from pki_manager.x509.cmp.message import MAX_OCTETS
from tests.protocols.cmp.client import CmpClient, Endpoint, new_key
from tests.support import cmp_messages as cmp

PATH = "/p/issuing-ca/tls-server"
CA_CERTS, TEMPLATE, ROOT = (f"1.3.6.1.5.5.7.4.{number}" for number in (17, 19, 20))


def test_every_error_has_a_reason() -> None:
    assert set(cmp_errors.TABLE) == set(errors.list_error_classes())


@pytest.mark.parametrize("body", [b"", b"\x30", b"not a message", b"\x30\x80\x00\x00", b"\x30\x03\x02\x01\x02"])
def test_bytes_that_are_not_a_message_are_400_with_an_error_message(endpoint: Endpoint, body: bytes) -> None:
    reply = endpoint.post(PATH, body)
    assert (reply.status, reply.headers["content-type"]) == (400, "application/pkixcmp")
    assert cmp.Response.parse(reply.body).failures == {FailureInfo.BAD_DATA_FORMAT}


def test_enr_12_another_content_type_is_415(endpoint: Endpoint) -> None:
    assert endpoint.post(PATH, b"", media_type="application/octet-stream").status == 415


def test_enr_11_a_body_over_the_limit_is_413(endpoint: Endpoint) -> None:
    reply = endpoint.post(PATH, b"\0" * (MAX_OCTETS + 1))
    assert reply.status == 413
    assert cmp.Response.parse(reply.body).failures == {FailureInfo.BAD_REQUEST}


@pytest.mark.parametrize(("method", "path", "status"), [("GET", PATH, 405), ("POST", "/p/issuing-ca", 404)])
def test_other_methods_and_paths_do_not_exist(endpoint: Endpoint, method: str, path: str, status: int) -> None:
    assert endpoint.post(path, b"", method=method).status == status


@pytest.mark.parametrize("kind", [1, 19, 23])
def test_messages_that_servers_send_are_refused(client: CmpClient, kind: int) -> None:
    answer = client.send(client.request(kind, der.encode_sequence()))
    assert answer.failures == {FailureInfo.BAD_REQUEST}


def test_a_body_that_does_not_fit_its_kind_is_refused(client: CmpClient) -> None:
    for kind in (cmp.IR, cmp.P10CR, cmp.RR, cmp.GENM, cmp.CERT_CONF, cmp.POLL_REQ):
        answer = client.send(client.request(kind, der.encode_sequence(der.integer(5))))
        assert answer.failures == {FailureInfo.BAD_DATA_FORMAT}, kind


def ask(client: CmpClient, kind: str, value: bytes = b"") -> cmp.Response:
    return client.send(client.request(cmp.GENM, cmp.general(kind, value)))


def value_of(response: cmp.Response) -> bytes:
    return bytes(response.content[0]["infoValue"])


def chain_of(client: CmpClient) -> list[bytes]:
    return der.read_children(value_of(ask(client, CA_CERTS)))


def test_genm_returns_the_ca_certificates(client: CmpClient) -> None:
    assert chain_of(client) == client.enroll().extra_certs


def test_genm_returns_a_template_with_the_types_of_keys(client: CmpClient) -> None:
    template, keys = der.read_children(value_of(ask(client, TEMPLATE)))
    assert template == der.encode_sequence()
    kinds = {der.read_oid(der.read_children(one)[0]) for one in der.read_children(keys)}
    assert kinds == {"1.3.6.1.5.5.7.5.1.11", "1.3.6.1.5.5.7.5.1.12"}


def test_genm_has_no_update_of_a_root_that_is_the_newest(client: CmpClient) -> None:
    response = ask(client, ROOT, chain_of(client)[-1])
    assert str(response.content[0]["infoType"]) == "1.3.6.1.5.5.7.4.18"
    assert not response.content[0]["infoValue"].hasValue()


def test_genm_for_something_else_names_what_is_supported(client: CmpClient) -> None:
    answer = ask(client, "1.3.6.1.5.5.7.4.2")
    assert answer.failures == {FailureInfo.BAD_REQUEST}
    assert CA_CERTS in answer.text


def test_genm_can_be_signed(client: CmpClient) -> None:
    own = client.confirmed(new_key())
    sender = parse.parse_certificate(own.certificate).subject_der
    response = client.send(client.request(cmp.GENM, cmp.general(CA_CERTS), protection=own, sender=sender))
    assert response.kind == "genp"
