"""The status of an order at one moment, derived from its authorizations and its enrollment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pki_manager.domain.acme.orders import (
    AccountState,
    AcmeAccount,
    AcmeOrder,
    AcmeProblem,
    Authorization,
    AuthorizationState,
    OrderState,
    compute_order_state,
)
from pki_manager.domain.enrollment import Enrollment, EnrollmentState
from pki_manager.domain.errors import Conflict, Unauthenticated
from pki_manager.domain.plan import CertificatePlan
from pki_manager.policy import acme as policy
from pki_manager.ports.unit_of_work import Reader


@dataclass(frozen=True, slots=True)
class OrderStatus:
    """The status of an order, with its authorizations and enrollment. `problem` is the reason if it is invalid."""

    state: OrderState
    authorizations: tuple[Authorization, ...]
    enrolment: Enrollment | None
    problem: AcmeProblem | None


def get_order_status(reader: Reader, order: AcmeOrder, now: datetime) -> OrderStatus:
    """Return the status of an order at `now`."""
    authorizations = tuple(reader.acme.orders.list_authorizations(order.id))
    enrolment = None if order.enrolment_id is None else reader.enrollments.get(order.enrolment_id)
    states = [one.state_at(now) for one in authorizations]
    state = compute_order_state(order, states, None if enrolment is None else enrolment.state, now)
    problem = _problem(authorizations, enrolment, now) if state is OrderState.INVALID else None
    return OrderStatus(state, authorizations, enrolment, problem)


def format_invalid_authorizations(authorizations: tuple[Authorization, ...], now: datetime) -> str:
    """Return a text that lists each authorization that is not valid, with its state. Empty if all are valid."""
    states = [(one.identifier, one.state_at(now)) for one in authorizations]
    return ", ".join(f"{name} is {state}" for name, state in states if state is not AuthorizationState.VALID)


def _problem(authorizations: tuple[Authorization, ...], enrolment: Enrollment | None, now: datetime) -> AcmeProblem:
    if enrolment is not None and enrolment.state is EnrollmentState.FAILED:
        return AcmeProblem("serverInternal", "The certificate could not be issued. Create a new order.")
    if enrolment is not None:
        reason = enrolment.reason or "No reason was recorded."
        return AcmeProblem("unauthorized", f"The certificate request is {enrolment.state}: {reason}")
    dead = tuple(one for one in authorizations if one.state_at(now) is not AuthorizationState.PENDING)
    problems = format_invalid_authorizations(dead, now)
    return (
        AcmeProblem("unauthorized", f"The order has authorizations that are not valid: {problems}.")
        if problems
        else AcmeProblem("malformed", "The order has expired.")
    )


def require_ready(reader: Reader, order: AcmeOrder, now: datetime) -> None:
    """Require that an order can be finalized.

    Raises Conflict unless it is ready; Unauthenticated if its account was deactivated or revoked, or the EAB key that
    pre-authorized a name is no longer valid.
    """
    account = require_in_force(reader, order)
    stands = get_order_status(reader, order, now)
    require_state(stands.state, stands.authorizations, now)
    _require_key_in_force(reader, account, stands.authorizations, now)


def require_state(state: OrderState, authorizations: tuple[Authorization, ...], now: datetime) -> None:
    """Raise Conflict, which names the authorizations that are not valid, unless the order's state is `ready`."""
    if state is not OrderState.READY:
        problems = format_invalid_authorizations(authorizations, now)
        reason = f" It has authorizations that are not valid: {problems}." if problems else ""
        raise Conflict(f"The order is {state}, not ready.{reason}")


def require_authorized(reader: Reader, enrolment_id: UUID, plan: CertificatePlan, now: datetime) -> None:
    """Require that the account of an order is still authorized for all names of a plan that waited for approval.

    Does nothing for an enrollment without an order. Raises PolicyRefused if an authorization is missing;
    Unauthenticated if the account was deactivated or revoked, or the EAB key that pre-authorized a name is no longer
    valid.
    """
    order = reader.acme.orders.find_by_enrollment(enrolment_id)
    if order is None:
        return
    account = require_in_force(reader, order)
    known = reader.acme.authorizations.find_usable(order.account_id, order.identifiers, now)
    policy.require_authorized(plan.subject, plan.sans, known.keys())
    _require_key_in_force(reader, account, known.values(), now)


def require_in_force(reader: Reader, order: AcmeOrder) -> AcmeAccount:
    """Return the account of an order, which must be valid.

    Raises Unauthenticated if it was deactivated or revoked.
    """
    account = reader.acme.accounts.get(order.account_id)
    if account.state is not AccountState.VALID:
        raise Unauthenticated("The account is not valid.")
    return account


def _require_key_in_force(
    reader: Reader, account: AcmeAccount, authorizations: Iterable[Authorization], now: datetime
) -> None:
    """Raise Unauthenticated if an authorization relies on an EAB key that no longer pre-authorizes the account."""
    if not any(one.pre_authorized for one in authorizations):
        return
    token = reader.tokens.get(account.token_id)
    if not (account.pre_authorized and token.scope.names and token.usable(now)):
        raise Unauthenticated("The EAB key of the account is no longer valid, so it authorizes no names.")
