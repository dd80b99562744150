"""How an order stands at a moment: by its authorizations, and by what its finalization has become."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pki_manager.domain.acme import AcmeOrder, AcmeProblem, Authorization, AuthorizationState, OrderState, order_state
from pki_manager.domain.enrolment import Enrolment, EnrolmentState
from pki_manager.ports.unit_of_work import Reader, UnitOfWork


@dataclass(frozen=True, slots=True)
class Standing:
    """`problem` tells why it is invalid, where it is."""

    state: OrderState
    authorizations: tuple[Authorization, ...]
    enrolment: Enrolment | None
    problem: AcmeProblem | None


def standing(reader: Reader | UnitOfWork, order: AcmeOrder, now: datetime) -> Standing:
    authorizations = tuple(reader.acme.orders.authorizations(order.id))
    enrolment = None if order.enrolment_id is None else reader.enrolments.get(order.enrolment_id)
    states = [one.state_at(now) for one in authorizations]
    state = order_state(order, states, None if enrolment is None else enrolment.state, now)
    problem = _problem(authorizations, enrolment, now) if state is OrderState.INVALID else None
    return Standing(state, authorizations, enrolment, problem)


def not_valid(authorizations: tuple[Authorization, ...], now: datetime) -> str:
    """Which of them are not valid, and what they are instead; empty where all are."""
    states = [(one.identifier, one.state_at(now)) for one in authorizations]
    return ", ".join(f"{name} is {state}" for name, state in states if state is not AuthorizationState.VALID)


def _problem(authorizations: tuple[Authorization, ...], enrolment: Enrolment | None, now: datetime) -> AcmeProblem:
    if enrolment is not None and enrolment.state is EnrolmentState.FAILED:
        return AcmeProblem("serverInternal", "issuing the certificate came to nothing: make another order")
    if enrolment is not None:
        reason = enrolment.reason or "no reason given"
        return AcmeProblem("unauthorized", f"the request for the certificate is {enrolment.state}: {reason}")
    dead = tuple(one for one in authorizations if one.state_at(now) is not AuthorizationState.PENDING)
    told = not_valid(dead, now)
    return AcmeProblem("unauthorized", f"authorization: {told}") if told else AcmeProblem("malformed", "it has expired")
