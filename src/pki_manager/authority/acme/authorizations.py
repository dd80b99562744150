"""Authorizations and challenges (RFC 8555 §7.5), as the account that they belong to sees them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from pki_manager.authority.acme.change import AcmeChange, Unchanged, store_change
from pki_manager.authority.kernel import secrets
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.rights.credential_tokens import require_asking
from pki_manager.domain.acme.orders import (
    AcmeAccount,
    Authorization,
    AuthorizationState,
    Challenge,
    ChallengeState,
    Identifier,
)
from pki_manager.domain.errors import Conflict, Forbidden, TooManyAttempts
from pki_manager.domain.events.acme import AcmeAuthorizationDeactivated, AcmeChallengeAnswered
from pki_manager.domain.jobs import JobKind, NewJob
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy.acme import list_challenge_kinds
from pki_manager.ports.unit_of_work import Reader, UnitOfWork

LIFETIME = timedelta(days=1)
"""Time that a client has to prove control of an identifier, and that an order waits to be finalized."""

MAX_PROCESSING = 200
"""Maximum number of challenges of one account that wait for validation. An order has at most 100 names."""

_RETRY_AFTER = 10

_UUID_CHARACTERS = 36
KEY_OF_TOKEN = len("challenge:") + _UUID_CHARACTERS
KEY_OF_ACCOUNT = KEY_OF_TOKEN + len(":") + _UUID_CHARACTERS
"""Lengths of the prefixes of a validation job's key that identify the account's token, and the account itself."""

_LIVING = (AuthorizationState.PENDING, AuthorizationState.VALID)


@dataclass(frozen=True, slots=True)
class AuthorizationView:
    """An authorization at one moment. `state` takes its expiration into account."""

    authorization: Authorization
    state: AuthorizationState
    challenges: tuple[Challenge, ...]


class PendingAuthorization(NamedTuple):
    """A new authorization and its challenges."""

    authorization: Authorization
    challenges: tuple[Challenge, ...]


def build_pending_authorization(
    ctx: Context, account_id: UUID, identifier: Identifier, now: datetime
) -> PendingAuthorization:
    """Return a new authorization, with a challenge of each type that can prove control of the identifier.

    It is not stored yet.
    """
    authorization = Authorization(
        id=ctx.new_id(),
        account_id=account_id,
        identifier=identifier,
        state=AuthorizationState.PENDING,
        created_at=now,
        expires_at=now + LIFETIME,
    )
    challenges = tuple(
        Challenge(
            id=ctx.new_id(),
            authorization_id=authorization.id,
            kind=kind,
            token=secrets.create_secret(ctx.ports.entropy),
            state=ChallengeState.PENDING,
        )
        for kind in list_challenge_kinds(identifier, is_persistent=bool(ctx.config.acme_persist_issuers))
    )
    return PendingAuthorization(authorization, challenges)


def build_pre_authorization(ctx: Context, account_id: UUID, identifier: Identifier, now: datetime) -> Authorization:
    """Return an authorization that is valid because of the account's EAB key. It is not stored yet.

    It has no `validated_at`, so CAA is checked at finalization.
    """
    return Authorization(
        id=ctx.new_id(),
        account_id=account_id,
        identifier=identifier,
        state=AuthorizationState.VALID,
        created_at=now,
        expires_at=now + LIFETIME,
        pre_authorized=True,
    )


def get_authorization(ctx: Context, account: AcmeAccount, authorization_id: UUID) -> AuthorizationView:
    """Return an authorization of the account.

    Raises NotFound if it does not exist; Forbidden if it belongs to another account.
    """
    with ctx.ports.storage.read() as reader:
        return _view(reader, account, authorization_id, ctx.ports.clock.now())


class ShownChallenge(NamedTuple):
    """A challenge and the authorization that it belongs to."""

    challenge: Challenge
    authorization: AuthorizationView


def get_challenge(ctx: Context, account: AcmeAccount, challenge_id: UUID) -> ShownChallenge:
    """Return a challenge of the account, and its authorization.

    Raises NotFound if it does not exist; Forbidden if it belongs to another account.
    """
    with ctx.ports.storage.read() as reader:
        found = reader.acme.authorizations.get_challenge(challenge_id)
        return ShownChallenge(found, _view(reader, account, found.authorization_id, ctx.ports.clock.now()))


def respond_to_challenge(ctx: Context, actor: Actor, account: AcmeAccount, challenge_id: UUID) -> Challenge:
    """Start the validation of a challenge, and store the change.

    Raises the errors of `prepare_response_to_challenge`, and those of storing its change.
    """
    prepared = prepare_response_to_challenge(ctx, actor, account, challenge_id)
    return store_change(ctx, prepared) if isinstance(prepared, AcmeChange) else prepared


def prepare_response_to_challenge(
    ctx: Context, actor: Actor, account: AcmeAccount, challenge_id: UUID
) -> Challenge | AcmeChange[Challenge]:
    """Return the change that starts the validation of a challenge (RFC 8555 §7.5.1).

    A challenge whose validation has started or ended is returned unchanged. Raises NotFound if it does not exist;
    Forbidden if it belongs to another account, or the actor can no longer request certificates; Conflict if the
    authorization can no longer become valid; TooManyAttempts while too many challenges of the account are being
    validated.
    """
    require_asking(actor)
    found, view = get_challenge(ctx, account, challenge_id)
    if found.state is not ChallengeState.PENDING or view.state is AuthorizationState.VALID:
        return found

    def store(uow: UnitOfWork) -> Challenge:
        now = ctx.ports.clock.now()
        _require_pending(_own(uow, account, found.authorization_id), now)
        answered = replace(found, state=ChallengeState.PROCESSING)
        if not uow.acme.authorizations.move_challenge(found.id, (found.state,), ChallengeState.PROCESSING):
            raise Unchanged(answered)
        key = f"challenge:{account.token_id}:{account.id}:"
        if uow.jobs.count_queued(key, MAX_PROCESSING) >= MAX_PROCESSING:
            message = (
                f"The account already has {MAX_PROCESSING} challenges in progress, which is the limit. Retry "
                "when they have finished."
            )
            raise TooManyAttempts(message, retry_after=_RETRY_AFTER)
        name = str(view.authorization.identifier)
        uow.record(AcmeChallengeAnswered(object_id=str(found.id), identifier=name, challenge=found.kind.value))
        job = NewJob(JobKind.VALIDATE_CHALLENGE, {"challenge": str(found.id)}, coalesce=f"{key}{found.id}")
        uow.jobs.enqueue(job, now)
        return answered

    return AcmeChange(actor, store, then=ctx.state.challenge_answered.set)


def deactivate_authorization(
    ctx: Context, actor: Actor, account: AcmeAccount, authorization_id: UUID
) -> AuthorizationView:
    """Deactivate an authorization at its account's request (RFC 8555 §7.5.2). Can be repeated.

    Raises NotFound if it does not exist; Forbidden if it belongs to another account; Conflict if it is neither pending
    nor valid.
    """
    require_asking(actor)
    with suppress(_GivenUp), ctx.ports.storage.begin(actor) as uow:
        found = _own(uow, account, authorization_id)
        if found.state is AuthorizationState.DEACTIVATED:
            raise _GivenUp
        if not uow.acme.authorizations.move(authorization_id, _LIVING, AuthorizationState.DEACTIVATED):
            raise Conflict(f"The authorization is {found.state_at(ctx.ports.clock.now())}.")
        name = str(found.identifier)
        uow.record(AcmeAuthorizationDeactivated(object_id=str(authorization_id), identifier=name))
    return get_authorization(ctx, account, authorization_id)


class _GivenUp(Exception):
    """A signal within this module that there is nothing to change."""


def _view(reader: Reader, account: AcmeAccount, authorization_id: UUID, now: datetime) -> AuthorizationView:
    found = _own(reader, account, authorization_id)
    challenges = tuple(reader.acme.authorizations.list_challenges(authorization_id))
    return AuthorizationView(found, found.state_at(now), challenges)


def _own(reader: Reader, account: AcmeAccount, authorization_id: UUID) -> Authorization:
    found = reader.acme.authorizations.get(authorization_id)
    if found.account_id != account.id:
        raise Forbidden("The authorization belongs to another account.")
    return found


def _require_pending(found: Authorization, now: datetime) -> None:
    state = found.state_at(now)
    if state is not AuthorizationState.PENDING:
        raise Conflict(f"The authorization is {state} and cannot be validated.")
