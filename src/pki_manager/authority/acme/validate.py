"""Validation of a challenge (RFC 8555 §7.5.1): the background job that checks control of an identifier."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from pki_manager.authority.acme import caa
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.acme.orders import (
    AccountState,
    AcmeAccount,
    AcmeProblem,
    Authorization,
    AuthorizationState,
    Challenge,
    ChallengeKind,
    ChallengeState,
    Identifier,
)
from pki_manager.domain.acme.proof import Presented
from pki_manager.domain.errors import (
    InvalidInput,
    NameUnresolved,
    NotFound,
    OutboundFailed,
    OutboundRefused,
    PkiError,
    TlsFailed,
)
from pki_manager.domain.events.acme import AcmeChallengeValidated
from pki_manager.domain.events.audit import Outcome
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import acme as policy
from pki_manager.policy.acme_persist import PersistentAccount, build_persistent_name, judge_persistent
from pki_manager.ports.unit_of_work import UnitOfWork
from pki_manager.x509 import acme_certificate

_KINDS: tuple[tuple[type[PkiError], str], ...] = ((NameUnresolved, "dns"), (TlsFailed, "tls"))
_MOST_CHARACTERS = 500
CANCELLED = AcmeProblem("connection", "An operator cancelled the validation. Create a new order.")
_PERSIST_OFF = AcmeProblem(
    "unauthorized", "The challenge dns-persist-01 is no longer offered. Create a new order and use another challenge."
)
INTERNAL_ERROR = AcmeProblem("serverInternal", "The validation failed with an internal error. Create a new order.")


@dataclass(frozen=True, slots=True)
class _Task:
    challenge: Challenge
    authorization: Authorization
    account: AcmeAccount


@dataclass(frozen=True, slots=True)
class _Finding:
    """The result of a validation. If `problem` is None, the account controls the name, `until` then at the longest."""

    problem: AcmeProblem | None
    addresses: tuple[str, ...] = ()
    until: datetime | None = None


def validate(
    ctx: Context,
    actor: Actor,
    challenge_id: UUID,
    *,
    is_last: bool,
    finish: Callable[[UnitOfWork], None] = lambda _: None,
) -> bool:
    """Check control of an identifier, and store the resulting state of the challenge and its authorization.

    No transaction may be open. Does nothing if the challenge has a result, or its authorization can no longer become
    valid. Raises OutboundFailed if the check itself failed, so that it can be repeated; if `is_last`, the failure is
    stored as the result instead. `finish` runs in the unit of work that stores the result. Returns whether a result was
    stored.
    """
    task = _task(ctx, challenge_id)
    if task is None:
        return False
    try:
        finding = _look(ctx, task)
    except OutboundRefused as error:
        finding = _Finding(_problem_of(error))
    except OutboundFailed as error:
        if not is_last:
            raise
        finding = _Finding(_problem_of(error), _addresses(error))
    return _settle(ctx, actor, task, finding, finish)


def _task(ctx: Context, challenge_id: UUID) -> _Task | None:
    with ctx.ports.storage.read() as reader:
        kept = reader.acme.authorizations
        try:
            challenge = kept.get_challenge(challenge_id)
        except NotFound:  # deleted since then: no client waits for it
            return None
        authorization = kept.get(challenge.authorization_id)
        account = reader.acme.accounts.get(authorization.account_id)
    is_open = (
        challenge.state is ChallengeState.PROCESSING
        and authorization.state_at(ctx.ports.clock.now()) is AuthorizationState.PENDING
        and account.state is AccountState.VALID
    )
    return _Task(challenge, authorization, account) if is_open else None


def _look(ctx: Context, task: _Task) -> _Finding:
    """Return the result of the challenge and, if it succeeds, of the domain's CAA records (RFC 8659)."""
    finding = _proof(ctx, task)
    if finding.problem is not None:
        return finding
    identifier, kind = task.authorization.identifier, task.challenge.kind
    return replace(finding, problem=caa.find_caa_problem(ctx, task.account.id, identifier, kind))


def _proof(ctx: Context, task: _Task) -> _Finding:
    identifier, token = task.authorization.identifier, task.challenge.token
    expected = policy.build_key_authorization(token, task.account.thumbprint)
    if task.challenge.kind is ChallengeKind.HTTP_01:
        fetched = ctx.ports.validation.request_http(identifier, policy.build_http_path(token))
        return _Finding(policy.judge_http(fetched, expected), fetched.addresses)
    if task.challenge.kind is ChallengeKind.DNS_01:
        values = ctx.ports.validation.find_txt_records(policy.build_txt_name(identifier))
        return _Finding(policy.judge_txt(values, expected))
    if task.challenge.kind is ChallengeKind.DNS_PERSIST_01:
        return _find_persistent_proof(ctx, task)
    presented = ctx.ports.validation.request_tls_alpn(identifier)
    return _Finding(_judge_presented(presented, task, expected), presented.addresses)


def _find_persistent_proof(ctx: Context, task: _Task) -> _Finding:
    """Return the result of a dns-persist-01 challenge. `until` is the end of the record (draft §4.1)."""
    identifier, config = task.authorization.identifier, ctx.config
    if not config.acme_persist_issuers:
        return _Finding(_PERSIST_OFF)
    account = PersistentAccount(config.acme_urls, f"/acme/accounts/{task.account.id}", task.account.thumbprint)
    values = ctx.ports.validation.find_txt_records(build_persistent_name(identifier))
    now = ctx.ports.clock.now()
    proof = judge_persistent(values, identifier, issuers=config.acme_persist_issuers, account=account, now=now)
    latest = now + config.acme_authorization_validity
    if proof.until is None or proof.until >= latest.timestamp():
        return _Finding(proof.problem)
    return _Finding(proof.problem, until=datetime.fromtimestamp(proof.until, UTC))


def _judge_presented(presented: Presented, task: _Task, expected: str) -> AcmeProblem | None:
    problem = policy.judge_protocol(presented.protocol)
    if problem is not None:
        return problem
    try:
        certificate = acme_certificate.read(presented.certificate_der)
    except InvalidInput as error:
        return AcmeProblem("incorrectResponse", f"The server's {error.detail}.")
    return policy.judge_alpn(certificate, task.authorization.identifier, expected)


def _settle(ctx: Context, actor: Actor, task: _Task, finding: _Finding, finish: Callable[[UnitOfWork], None]) -> bool:
    now, problem = ctx.ports.clock.now(), finding.problem
    is_settled = False
    is_valid = problem is None
    after = AuthorizationState.VALID if is_valid else AuthorizationState.INVALID
    latest = now + ctx.config.acme_authorization_validity
    until = (latest if finding.until is None else min(latest, finding.until)) if is_valid else None
    proved = now if is_valid else None
    with suppress(_Settled), ctx.ports.storage.begin(actor) as uow:
        kept, challenge = uow.acme.authorizations, task.challenge
        pending = (AuthorizationState.PENDING,)
        if not kept.move(task.authorization.id, pending, after, expires_at=until, validated_at=proved):
            raise _Settled
        state = ChallengeState.VALID if is_valid else ChallengeState.INVALID
        if not kept.move_challenge(
            challenge.id, (ChallengeState.PROCESSING,), state, validated_at=proved, problem=problem
        ):
            raise _Settled
        uow.record(_event(challenge, task.authorization.identifier, finding))
        finish(uow)
        is_settled = True
    return is_settled


def give_up(uow: UnitOfWork, challenge_id: UUID, problem: AcmeProblem) -> None:
    """Make a challenge and its authorization invalid, because its validation was cancelled or failed.

    `problem` is stored as the reason.
    """
    kept = uow.acme.authorizations
    try:
        challenge = kept.get_challenge(challenge_id)
    except NotFound:
        return
    processing = (ChallengeState.PROCESSING,)
    if not kept.move_challenge(challenge.id, processing, ChallengeState.INVALID, problem=problem):
        return
    kept.move(challenge.authorization_id, (AuthorizationState.PENDING,), AuthorizationState.INVALID)
    identifier = kept.get(challenge.authorization_id).identifier
    uow.record(_event(challenge, identifier, _Finding(problem)))


class _Settled(Exception):
    """A signal within this module that another result was stored first, which counts."""


def _event(challenge: Challenge, identifier: Identifier, finding: _Finding) -> AcmeChallengeValidated:
    problem = finding.problem
    return AcmeChallengeValidated(
        object_id=str(challenge.id),
        outcome=Outcome.SUCCESS if problem is None else Outcome.FAILED,
        reason=None if problem is None else f"{problem.kind}: {problem.detail}",
        identifier=str(identifier),
        challenge=challenge.kind.value,
        addresses=finding.addresses,
    )


def _problem_of(error: PkiError) -> AcmeProblem:
    """Return the error as a problem document. Texts of other servers in the detail are shortened."""
    kind = next((kind for known, kind in _KINDS if isinstance(error, known)), "connection")
    return AcmeProblem(kind, error.detail[:_MOST_CHARACTERS])


def _addresses(error: PkiError) -> tuple[str, ...]:
    known = error.facts.get("addresses")
    return tuple(map(str, known)) if isinstance(known, tuple) else ()
