"""Validation of ACME challenges."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pki_manager.authority.acme.authorizations import get_authorization, respond_to_challenge
from pki_manager.authority.acme.validate import give_up, validate
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.acme.orders import AcmeProblem, AuthorizationState, Challenge, ChallengeKind, ChallengeState
from pki_manager.domain.acme.proof import Fetched
from pki_manager.domain.errors import OutboundFailed
from pki_manager.domain.rights.actor import build_system_actor
from pki_manager.policy import acme as policy
from tests.fakes.validation import FakeValidation
from tests.support.acme_clients import Client, make_client
from tests.support.factories import with_ports
from tests.support.memory.events import records, refuses

VALIDATOR = build_system_actor("validator")
NAME = "www.example.com"


@pytest.fixture
def servers() -> FakeValidation:
    return FakeValidation()


@pytest.fixture
def client(ctx: Context, servers: FakeValidation) -> Client:
    client = make_client(ctx)
    return replace(client, ctx=with_ports(ctx, validation=servers))


@pytest.fixture
def answered(client: Client) -> Challenge:
    """An HTTP challenge that the client asked to validate."""
    (one,) = client.order(NAME).authorizations
    offered = get_authorization(client.ctx, client.account, one.id).challenges
    http = next(each for each in offered if each.kind is ChallengeKind.HTTP_01)
    return respond_to_challenge(client.ctx, client.actor, client.account, http.id)


def states(client: Client, challenge: Challenge) -> tuple[ChallengeState, AuthorizationState]:
    view = get_authorization(client.ctx, client.account, challenge.authorization_id)
    found = next(each for each in view.challenges if each.id == challenge.id)
    return found.state, view.state


def test_the_right_proof_makes_the_authorization_valid(
    client: Client, servers: FakeValidation, answered: Challenge
) -> None:
    proof = policy.build_key_authorization(answered.token, client.account.thumbprint).encode()
    servers.pages[f"http://{NAME}/.well-known/acme-challenge/{answered.token}"] = Fetched(200, proof, ("192.0.2.1",))
    with records(client.ctx, "acme_challenge.validated"):
        assert validate(client.ctx, VALIDATOR, answered.id, is_last=False)
    assert states(client, answered) == (ChallengeState.VALID, AuthorizationState.VALID)
    with records(client.ctx):
        assert not validate(client.ctx, VALIDATOR, answered.id, is_last=True)


def test_an_unreachable_server_is_tried_again_and_the_last_try_counts(client: Client, answered: Challenge) -> None:
    with refuses(client.ctx, OutboundFailed, "cannot be reached"):
        validate(client.ctx, VALIDATOR, answered.id, is_last=False)
    assert states(client, answered) == (ChallengeState.PROCESSING, AuthorizationState.PENDING)
    with records(client.ctx, "acme_challenge.validated"):
        validate(client.ctx, VALIDATOR, answered.id, is_last=True)
    assert states(client, answered) == (ChallengeState.INVALID, AuthorizationState.INVALID)


def test_a_challenge_whose_validation_was_given_up_is_invalid(client: Client, answered: Challenge) -> None:
    problem = AcmeProblem("serverInternal", "The validation failed.")
    with records(client.ctx, "acme_challenge.validated"), client.ctx.ports.storage.begin(VALIDATOR) as uow:
        give_up(uow, answered.id, problem)
    assert states(client, answered) == (ChallengeState.INVALID, AuthorizationState.INVALID)
    with records(client.ctx), client.ctx.ports.storage.housekeep() as uow:
        give_up(uow, answered.id, problem)
