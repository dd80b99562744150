"""SCEP requests whose challenge a service validates: limits still apply, and an outage issues nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import OutboundFailed
from pki_manager.domain.rights.actor import EnrollmentProtocol
from pki_manager.protocols.scep.routes import create_scep
from tests.protocols.scep.client import ScepClient
from tests.protocols.scep.test_routes import challenge, issued
from tests.support.enrolling import credential
from tests.support.scep_messages import client_key, csr_with
from tests.unit.authority.enrollment.test_scep_challenge import Validator


@pytest.fixture
def validator() -> Validator:
    return Validator()


@pytest.fixture
def house(fresh_ctx: Context, validator: Validator) -> Context:
    return replace(fresh_ctx, ports=replace(fresh_ctx.ports, challenge_validators={"mdm": validator}))


@pytest.fixture
def client(house: Context) -> ScepClient:
    return ScepClient(create_scep(house))


def test_a_device_enrolls_by_the_decision_of_the_validator_and_renews_without_it(
    house: Context, client: ScepClient, validator: Validator
) -> None:
    credential(house, EnrollmentProtocol.SCEP, validator="mdm")
    before = issued(house)
    refused = client.enroll("wrong", transaction_id="1")
    assert (refused.status, refused.fail_info, issued(house)) == ("2", "2", before)
    client.issued = client.received(client.enroll("right", transaction_id="2"))
    renewed = client.say(csr_with(client_key(3), client.name), "17", transaction_id="3")
    assert client.received(renewed).subject == client.issued.subject
    assert [one.challenge for one in validator.received] == ["wrong", "right"]


def test_the_limits_of_the_credential_hold_for_a_validated_challenge(house: Context, client: ScepClient) -> None:
    devices = ("device-2.example.com",)
    credential(house, EnrollmentProtocol.SCEP, validator="mdm", devices=devices)
    before = issued(house)
    assert client.enroll("right", transaction_id="1").fail_info == "2"
    stranger = ScepClient(client.app, name="device-1.example.net")
    assert stranger.enroll("right", transaction_id="2").fail_info == "2"
    assert issued(house) == before
    listed = ScepClient(client.app, name="device-2.example.com")
    assert listed.received(listed.enroll("right", transaction_id="3"))


def test_while_the_validator_is_unavailable_devices_are_told_to_retry(
    house: Context, client: ScepClient, validator: Validator
) -> None:
    credential(house, EnrollmentProtocol.SCEP, validator="mdm")
    before = issued(house)

    def fail() -> None:
        raise OutboundFailed("The challenge cannot be validated now. Retry later.", retry_after=30)

    validator.meanwhile = fail
    response = client.post(client.message(csr_with(client.key, client.name, "right")))
    assert (response.status, dict(response.headers).get("retry-after")) == (503, "30")
    assert issued(house) == before
    one_time = challenge(house)
    assert client.received(client.enroll(one_time, transaction_id="not validated"))
