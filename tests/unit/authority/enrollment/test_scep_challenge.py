"""SCEP challenges that a service validates: what it is asked, and who enrolls by its decision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from pki_manager.authority.enrollment.authenticate import authenticate_validated
from pki_manager.authority.enrollment.credentials import revoke_credential
from pki_manager.authority.enrollment.scep import find_target
from pki_manager.authority.enrollment.scep_challenge import Challenged, authenticate_challenge
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import Conflict, InvalidInput, OutboundFailed, Unauthenticated
from pki_manager.domain.rights.actor import EnrollmentProtocol
from pki_manager.ports.challenges import ChallengeRequest
from tests.support.enrolling import ORIGIN, credential
from tests.support.factories import ADMIN
from tests.support.memory.events import refuses

SCEP = EnrollmentProtocol.SCEP


@dataclass
class Validator:
    """Accepts one challenge. `meanwhile` runs while it decides."""

    accepted: str = "right"
    meanwhile: Callable[[], object] = lambda: None
    received: list[ChallengeRequest] = field(default_factory=list)

    def validate(self, request: ChallengeRequest) -> None:
        self.received.append(request)
        self.meanwhile()
        if request.challenge != self.accepted:
            raise Unauthenticated("refused")


@pytest.fixture
def validator() -> Validator:
    return Validator()


@pytest.fixture
def house(ctx: Context, validator: Validator) -> Context:
    return replace(ctx, ports=replace(ctx.ports, challenge_validators={"mdm": validator}))


def challenged(ctx: Context, challenge: str, profile: str = "tls-server") -> Challenged:
    ca_id = find_target(ctx, "issuing-ca", profile).ca_id
    return Challenged(ca_id=ca_id, profile=profile, transaction_id="t", csr_der=b"csr", challenge=challenge)


def test_a_device_enrolls_if_the_validator_accepts_its_challenge(house: Context, validator: Validator) -> None:
    made = credential(house, SCEP, validator="mdm")
    assert (made.secret, made.view.credential.single_use) == (None, False)
    for _ in range(2):
        client = authenticate_challenge(house, challenged(house, "right"), ORIGIN)
        assert client.credential.token.id == made.view.credential.token.id
    request = validator.received[0]
    expected = (str(made.view.credential.token.id), "tls-server", b"csr", "t", ORIGIN.peer)
    assert (request.credential, request.profile, request.csr_der, request.transaction_id, request.peer) == expected
    with refuses(house, Unauthenticated, "refused"):
        authenticate_challenge(house, challenged(house, "wrong"), ORIGIN)


@pytest.mark.parametrize(
    ("peer", "network"),
    [("192.0.2.7", "192.0.2.7"), ("2001:db8:1:2::3", "2001:db8:1::/48"), ("::ffff:192.0.2.7", "192.0.2.7"), (None, "")],
)
def test_validations_are_counted_by_the_network_of_the_client(
    house: Context, validator: Validator, peer: str | None, network: str
) -> None:
    credential(house, SCEP, validator="mdm")
    authenticate_challenge(house, challenged(house, "right"), replace(ORIGIN, peer=peer))
    assert validator.received[0].network == network


def test_a_validator_decides_for_one_profile(house: Context, validator: Validator) -> None:
    credential(house, SCEP, validator="mdm")
    with refuses(house, Unauthenticated, "not valid"):
        authenticate_challenge(house, challenged(house, "right", "tls-client"), ORIGIN)
    assert validator.received == []


def test_the_challenge_of_a_credential_is_not_sent_to_a_validator(house: Context, validator: Validator) -> None:
    credential(house, SCEP, validator="mdm")
    own = credential(house, SCEP)
    client = authenticate_challenge(house, challenged(house, own.secret or ""), ORIGIN)
    assert client.credential.token.id == own.view.credential.token.id
    assert validator.received == []


def test_a_credential_that_is_revoked_while_the_validator_decides_admits_nobody(
    house: Context, validator: Validator
) -> None:
    token_id = credential(house, SCEP, validator="mdm").view.credential.token.id
    validator.meanwhile = lambda: revoke_credential(house, ADMIN, token_id)
    with pytest.raises(Unauthenticated, match="not valid"):
        authenticate_challenge(house, challenged(house, "right"), ORIGIN)
    with refuses(house, Unauthenticated, "not valid"):
        authenticate_challenge(house, challenged(house, "right"), ORIGIN)
    assert len(validator.received) == 1


def test_without_the_validator_in_the_settings_devices_are_refused(ctx: Context, house: Context) -> None:
    credential(house, SCEP, validator="mdm")
    with refuses(ctx, OutboundFailed, "cannot be validated now"):
        authenticate_challenge(ctx, challenged(ctx, "right"), ORIGIN)


def test_only_a_credential_with_a_validator_is_authenticated_by_one(house: Context) -> None:
    own = credential(house, SCEP).view.credential.token.id
    with refuses(house, Unauthenticated, "not valid"):
        authenticate_validated(house, SCEP, own, ORIGIN)
    made = credential(house, SCEP, validator="mdm").view.credential.token.id
    assert authenticate_validated(house, SCEP, made, ORIGIN).credential.token.id == made
    with refuses(house, Unauthenticated, "not valid"):
        authenticate_validated(house, EnrollmentProtocol.EST, made, ORIGIN)


@pytest.mark.parametrize("protocol", [one for one in EnrollmentProtocol if one is not SCEP])
def test_only_scep_credentials_have_a_validator(house: Context, protocol: EnrollmentProtocol) -> None:
    with refuses(house, InvalidInput, "validator: can be set for SCEP only"):
        credential(house, protocol, validator="mdm")


def test_a_credential_cannot_name_a_validator_that_is_not_in_the_settings(house: Context) -> None:
    with refuses(house, InvalidInput, "must be the name of a table"):
        credential(house, SCEP, validator="other")


def test_a_ca_and_a_profile_have_one_credential_with_a_validator(house: Context) -> None:
    """A second one could take over the devices of the first."""
    first = credential(house, SCEP, validator="mdm")
    with refuses(house, Conflict, "already has a validator. Revoke it first."):
        credential(house, SCEP, validator="mdm")
    revoke_credential(house, ADMIN, first.view.credential.token.id)
    second = credential(house, SCEP, validator="mdm")
    assert authenticate_challenge(house, challenged(house, "right"), ORIGIN).credential == second.view.credential
