"""Enrolment of several at once: judged one after the other and issued in one round, by one thread."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from pki_manager.authority.certificates.applications import facts_of
from pki_manager.authority.certificates.enroll import Enrol, application_of, decided_on, enrol
from pki_manager.authority.certificates.issue import issue_together
from pki_manager.authority.kernel.context import Authority
from pki_manager.authority.kernel.directory import Stale
from pki_manager.authority.signing.issuance import IssueOrder
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.current_request import working_for
from pki_manager.domain.errors import PkiError, Refused
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.unit_of_work import Claim


@dataclass(frozen=True, slots=True)
class Asked:
    """What `enrol` is asked, by whom."""

    actor: Actor
    command: Enrol
    claim: Claim | None = None


def enrol_together(authority: Authority, requests: Sequence[Asked]) -> Sequence[Certificate | PkiError]:
    """As `enrol` of each, in one round: its certificate, or its error. StorageUnavailable for all of them."""
    came = _in_one_round(authority, requests, [_order(authority, one) for one in requests])
    return [
        result if result is not None else _alone(authority, request)
        for request, result in zip(requests, came, strict=True)
    ]


def enrol_here(authority: Authority, requests: Sequence[Asked]) -> Sequence[Certificate | PkiError | None]:
    """The same of those whose signatures are made in this process: nothing in here waits for another server.

    None for the others, and for what `enrol` has to say itself: what is refused, needs approval, was asked for before,
    or was judged by what is no longer so.
    """
    orders = [_order(authority, one) for one in requests]
    return _in_one_round(authority, requests, [_if_here(authority, order) for order in orders])


def _if_here(authority: Authority, order: IssueOrder | None) -> IssueOrder | None:
    return None if order is None or authority.signers.waits(order.issuer.key.backend) else order


def _in_one_round(
    authority: Authority, requests: Sequence[Asked], orders: Sequence[IssueOrder | None]
) -> list[Certificate | PkiError | None]:
    going = [(asked.actor, order) for asked, order in zip(requests, orders, strict=True) if order is not None]
    came = iter(issue_together(authority, going))
    return [None if order is None else _final(next(came)) for order in orders]


def _order(authority: Authority, asked: Asked) -> IssueOrder | None:
    """What can be issued at once. Why something cannot is not told here: `enrol` will."""
    with suppress(PkiError, Stale), working_for(asked.actor.request_id):
        access.require_somewhere(asked.actor, Permission.CERTIFICATE_ISSUE)
        application = application_of(asked.command)
        view = authority.directory.view()
        order = decided_on(authority, asked.actor, application, facts_of(application), view, asked.claim)
        return order if isinstance(order, IssueOrder) else None
    return None


def _final(came: Certificate | Exception) -> Certificate | PkiError | None:
    """None unless asking again, alone, would say the same."""
    if isinstance(came, Certificate):
        return came
    return came if isinstance(came, PkiError) and not isinstance(came, Refused) else None


def _alone(authority: Authority, asked: Asked) -> Certificate | PkiError:
    try:
        return enrol(authority, asked.actor, asked.command, asked.claim)[0]
    except PkiError as error:
        return error
