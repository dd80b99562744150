"""SCEP challenges: the secret of a credential, or a text that a service of the operator validates."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from uuid import UUID

from pki_manager.authority.enrollment.authenticate import (
    INVALID,
    EnrollmentClient,
    Origin,
    authenticate_secret,
    authenticate_validated,
)
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import OutboundFailed, Unauthenticated
from pki_manager.domain.rights.actor import EnrollmentProtocol
from pki_manager.policy.throttle import get_network
from pki_manager.ports.challenges import ChallengeRequest

_log = logging.getLogger(__name__)
_PROTOCOL = EnrollmentProtocol.SCEP


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenged:
    """A certificate request with a challenge, for a CA and a profile."""

    ca_id: UUID
    profile: str
    transaction_id: str
    csr_der: bytes
    challenge: str = field(repr=False)


def authenticate_challenge(ctx: Context, request: Challenged, origin: Origin) -> EnrollmentClient:
    """Return the client whose credential has this challenge, or whose validator accepts it.

    A validator is asked only if no credential has the challenge. No transaction is open meanwhile. Raises
    Unauthenticated if the challenge is not valid for the CA and the profile; OutboundFailed if the validator cannot be
    asked.
    """
    target = (request.ca_id, request.profile)
    with ctx.ports.storage.read() as reader:
        validated = reader.credentials.find_validated(*target, ctx.ports.clock.now())
    try:
        client = authenticate_secret(ctx, _PROTOCOL, request.challenge, origin)
    except Unauthenticated:
        if validated is None or validated.validator is None:
            raise
        client = _validate(ctx, request, validated.token.id, validated.validator, origin)
    if (client.credential.ca_id, client.credential.profile) != target:
        raise Unauthenticated(INVALID)
    return client


def _validate(ctx: Context, request: Challenged, credential_id: UUID, name: str, origin: Origin) -> EnrollmentClient:
    validator = ctx.ports.challenge_validators.get(name)
    if validator is None:
        _log.warning("challenge validator is not in the settings", extra={"validator": name})
        raise OutboundFailed("The challenge cannot be validated now.")
    network = get_network(origin.peer)
    validator.validate(
        ChallengeRequest(
            request_id=origin.request_id,
            transaction_id=request.transaction_id,
            ca=str(request.ca_id),
            profile=request.profile,
            credential=str(credential_id),
            challenge=request.challenge,
            csr_der=request.csr_der,
            peer=origin.peer,
            network=network.wide or network.narrow,
        )
    )
    return authenticate_validated(ctx, _PROTOCOL, credential_id, origin)
