"""How an order stands at a moment: by its authorizations, and by what its finalization has become."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pki_manager.domain.acme.orders import (
    AccountState,
    AcmeOrder,
    AcmeProblem,
    Authorization,
    AuthorizationState,
    OrderState,
    order_state,
)
from pki_manager.domain.enrollment import Enrollment, EnrollmentState
from pki_manager.domain.errors import Conflict, Unauthenticated
from pki_manager.domain.plan import CertificatePlan
from pki_manager.policy import acme as policy
from pki_manager.ports.unit_of_work import Reader


@dataclass(frozen=True, slots=True)
class OrderStatus:
    """`problem` says why the order is invalid, if it is."""

    state: OrderState
    authorizations: tuple[Authorization, ...]
    enrolment: Enrollment | None
    problem: AcmeProblem | None


def get_order_status(reader: Reader, order: AcmeOrder, now: datetime) -> OrderStatus:
    authorizations = tuple(reader.acme.orders.authorizations(order.id))
    enrolment = None if order.enrolment_id is None else reader.enrollments.get(order.enrolment_id)
    states = [one.state_at(now) for one in authorizations]
    state = order_state(order, states, None if enrolment is None else enrolment.state, now)
    problem = _problem(authorizations, enrolment, now) if state is OrderState.INVALID else None
    return OrderStatus(state, authorizations, enrolment, problem)


def not_valid(authorizations: tuple[Authorization, ...], now: datetime) -> str:
    """Which of them are not valid, and what they are instead; empty where all are."""
    states = [(one.identifier, one.state_at(now)) for one in authorizations]
    return ", ".join(f"{name} is {state}" for name, state in states if state is not AuthorizationState.VALID)


def _problem(authorizations: tuple[Authorization, ...], enrolment: Enrollment | None, now: datetime) -> AcmeProblem:
    if enrolment is not None and enrolment.state is EnrollmentState.FAILED:
        return AcmeProblem("serverInternal", "The certificate could not be issued. Create a new order.")
    if enrolment is not None:
        reason = enrolment.reason or "No reason was recorded."
        return AcmeProblem("unauthorized", f"The certificate request is {enrolment.state}: {reason}")
    dead = tuple(one for one in authorizations if one.state_at(now) is not AuthorizationState.PENDING)
    problems = not_valid(dead, now)
    return (
        AcmeProblem("unauthorized", f"The order has authorizations that are not valid: {problems}.")
        if problems
        else AcmeProblem("malformed", "The order has expired.")
    )


def require_ready(reader: Reader, order: AcmeOrder, now: datetime) -> None:
    """Conflict unless it can be finalized; Unauthenticated where its account has ended meanwhile."""
    require_in_force(reader, order)
    stands = get_order_status(reader, order, now)
    require_state(stands.state, stands.authorizations, now)


def require_state(state: OrderState, authorizations: tuple[Authorization, ...], now: datetime) -> None:
    """Require an order in that state to be ready. Conflict names the authorizations that are not valid."""
    if state is not OrderState.READY:
        problems = not_valid(authorizations, now)
        reason = f" It has authorizations that are not valid: {problems}." if problems else ""
        raise Conflict(f"The order is {state}, not ready.{reason}")


def require_authorized(reader: Reader, enrolment_id: UUID, plan: CertificatePlan, now: datetime) -> None:
    """Nothing to say where the order has no enrollment, which has waited for approval meanwhile.

    PolicyRefused unless its account still has all names of the certificate; Unauthenticated where that has ended.
    """
    order = reader.acme.orders.of_enrollment(enrolment_id)
    if order is None:
        return
    require_in_force(reader, order)
    known = reader.acme.authorizations.usable(order.account_id, order.identifiers, now)
    policy.require_authorized(plan.subject, plan.sans, known.keys())


def require_in_force(reader: Reader, order: AcmeOrder) -> None:
    """Unauthenticated where the account that has made it was deactivated or revoked."""
    if reader.acme.accounts.get(order.account_id).state is not AccountState.VALID:
        raise Unauthenticated("The account is not valid.")
