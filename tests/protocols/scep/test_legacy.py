"""SCEP devices that know only 3DES and SHA-1: refused unless their credential allows them."""

from __future__ import annotations

import pytest

from pki_manager.authority.enrollment.credentials import revoke_credential
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.rights.actor import EnrollmentProtocol
from pki_manager.protocols.scep.routes import create_scep
from tests.protocols.scep.client import ScepClient
from tests.protocols.scep.test_routes import challenge, issued, named
from tests.support.enrolling import credential
from tests.support.factories import ADMIN
from tests.support.scep_messages import client_key, csr_with


@pytest.fixture
def ctx(fresh_ctx: Context) -> Context:
    return fresh_ctx


@pytest.fixture
def client(ctx: Context) -> ScepClient:
    return ScepClient(create_scep(ctx))


OLD_DEVICE = {"cipher": "des3", "hash_name": "sha1"}


def test_enr_07_a_credential_can_allow_3des_and_sha_1(ctx: Context, client: ScepClient) -> None:
    secret = challenge(ctx, legacy_algorithms=True)
    first = client.enroll(secret, transaction_id="old-1", read_hash="sha1", **OLD_DEVICE)
    client.issued = client.received(first)
    renewed = client.say(
        csr_with(client_key(3), client.name), "17", transaction_id="old-2", read_hash="sha1", **OLD_DEVICE
    )
    assert client.received(renewed).subject == client.issued.subject
    got = client.say(named(client.issued), "21", transaction_id="old-3", read_hash="sha1", **OLD_DEVICE)
    assert client.received(got) == client.issued


def test_enr_07_the_credential_of_another_device_allows_no_3des(ctx: Context, client: ScepClient) -> None:
    secret = challenge(ctx)
    challenge(ctx, legacy_algorithms=True)
    before = issued(ctx)
    answer = client.enroll(secret, cipher="des3")
    assert (answer.status, answer.fail_info) == ("2", "0")
    assert issued(ctx) == before
    assert client.received(client.enroll(secret, transaction_id="strong"))


def test_enr_07_faults_of_3des_content_are_the_same(ctx: Context, client: ScepClient) -> None:
    csr = csr_with(client.key, client.name, challenge(ctx, legacy_algorithms=True))
    answers = [client.say(content, cipher="des3") for content in (b"no request", csr[:-1], csr[:-4] + b"\0\0\0\0")]
    assert {(one.status, one.fail_info, one.text) for one in answers} == {("2", "1", answers[0].text)}


def test_enr_07_capabilities_name_3des_while_a_credential_allows_it(ctx: Context, client: ScepClient) -> None:
    made = credential(ctx, EnrollmentProtocol.SCEP, legacy_algorithms=True)
    assert {"DES3", "SHA-1", "AES"} <= set(client.get("GetCACaps").body.decode().split())
    other = ScepClient(client.app, path="/issuing-ca/tls-client")
    assert "DES3" not in other.get("GetCACaps").body.decode().split()
    revoke_credential(ctx, ADMIN, made.view.credential.token.id)
    assert "DES3" not in client.get("GetCACaps").body.decode().split()


def test_only_scep_credentials_can_allow_3des(ctx: Context) -> None:
    for protocol in set(EnrollmentProtocol) - {EnrollmentProtocol.SCEP}:
        with pytest.raises(InvalidInput, match="legacy_algorithms: can be set for SCEP only"):
            credential(ctx, protocol, legacy_algorithms=True)
