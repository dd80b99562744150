"""Enrollment of several requests: decided one after the other, issued in one batch, by one thread."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from pki_manager.authority.certificates.applications import get_request_facts
from pki_manager.authority.certificates.enroll import Enroll, build_application, decide_application, enroll
from pki_manager.authority.certificates.issue import issue_batch
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.directory import Stale
from pki_manager.authority.signing.issuance import IssueOrder
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.current_request import set_current_request
from pki_manager.domain.errors import PkiError, Refused
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.unit_of_work import Claim


@dataclass(frozen=True, slots=True)
class EnrollCall:
    """The arguments of one `enroll` call."""

    actor: Actor
    command: Enroll
    claim: Claim | None = None


def enroll_batch(ctx: Context, requests: Sequence[EnrollCall]) -> Sequence[Certificate | PkiError]:
    """Run `enroll` for each request in one batch. Return the certificate or the error of each.

    Raises StorageUnavailable for the whole batch.
    """
    results = _in_one_batch(ctx, [_order(ctx, one) for one in requests])
    return [
        result if result is not None else _enroll_one(ctx, request)
        for request, result in zip(requests, results, strict=True)
    ]


def enroll_here(ctx: Context, requests: Sequence[EnrollCall]) -> Sequence[Certificate | PkiError | None]:
    """Run `enroll_batch` for requests whose keys are in this process, without waiting for another server.

    The result is None for a request that must go through `enroll` itself: because of another key backend, a refusal,
    required approval, a repeated request, or a decision by outdated data.
    """
    return _in_one_batch(ctx, [_if_here(ctx, _order(ctx, one)) for one in requests])


def _if_here(ctx: Context, order: IssueOrder | None) -> IssueOrder | None:
    return None if order is None or ctx.ports.signers.is_remote(order.issuer.key.backend) else order


def _in_one_batch(ctx: Context, orders: Sequence[IssueOrder | None]) -> list[Certificate | PkiError | None]:
    results = iter(issue_batch(ctx, [order for order in orders if order is not None]))
    return [None if order is None else _final(next(results)) for order in orders]


def _order(ctx: Context, request: EnrollCall) -> IssueOrder | None:
    """Return the order for a request that can be issued at once; else None, and `enroll` will report the reason."""
    with suppress(PkiError, Stale), set_current_request(request.actor.request_id):
        access.require_somewhere(request.actor, Permission.CERTIFICATE_ISSUE)
        application = build_application(request.command)
        view = ctx.state.directory.view()
        order = decide_application(ctx, request.actor, application, get_request_facts(application), view, request.claim)
        return order if isinstance(order, IssueOrder) else None
    return None


def _final(result: Certificate | Exception) -> Certificate | PkiError | None:
    """Return the result; None for an error that a repeated call outside the batch can resolve."""
    if isinstance(result, Certificate):
        return result
    return result if isinstance(result, PkiError) and not isinstance(result, Refused) else None


def _enroll_one(ctx: Context, request: EnrollCall) -> Certificate | PkiError:
    try:
        return enroll(ctx, request.actor, request.command, request.claim).value
    except PkiError as error:
        return error
