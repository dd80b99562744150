"""Orders (RFC 8555 §7.4): requests of an account for a certificate, and their results.

An order belongs to the CA and the profile of the directory that it was created through.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pki_manager.authority.acme import predecessors
from pki_manager.authority.acme.authorizations import (
    LIFETIME,
    build_pending_authorization,
    build_pre_authorization,
)
from pki_manager.authority.acme.change import AcmeChange, store_change
from pki_manager.authority.acme.order_status import get_order_status
from pki_manager.authority.kernel import guard
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.directory import Terms, View
from pki_manager.authority.kernel.refusal_events import record_refusal
from pki_manager.authority.rights.credential_tokens import require_asking
from pki_manager.domain.acme.orders import (
    AcmeAccount,
    AcmeOrder,
    AcmeProblem,
    Authorization,
    Identifier,
    OrderState,
    compute_order_state,
)
from pki_manager.domain.errors import FieldError, Forbidden, InvalidInput, Refused, TooManyAttempts
from pki_manager.domain.events.acme import AcmeAuthorizationPreAuthorized, AcmeOrderCreated
from pki_manager.domain.page import Page
from pki_manager.domain.request import ValidityRequest
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import decide
from pki_manager.policy.acme import name_identifier_fields, parse_identifier
from pki_manager.ports.unit_of_work import Reader, UnitOfWork

MAX_IDENTIFIERS = 100
MAX_OPEN = 300
"""Maximum number of orders of one account that are neither finalized nor expired."""

MAX_OPEN_UNBOUND = 30
"""The same limit for accounts of an EAB key that allows registration without EAB, because any client can register."""

_STILL_GOOD = timedelta(hours=1)
"""Remaining validity that an authorization needs to be reused for a new order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """An order to create. `ca` is an ID or a unique name; `identifiers` are pairs of type and value as sent.

    `replaces` identifies the certificate that it replaces (RFC 9773 §5): its issuer's key identifier and its serial
    number.
    """

    ca: str
    profile: str
    identifiers: tuple[tuple[str, str], ...]
    not_before: datetime | None = None
    not_after: datetime | None = None
    replaces: tuple[bytes, int] | None = None


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order at one moment. `problem` is the reason if it is invalid.

    `replaces` identifies the certificate that it replaces, as the client sent it.
    """

    order: AcmeOrder
    state: OrderState
    authorizations: tuple[Authorization, ...]
    certificate_id: UUID | None = None
    problem: AcmeProblem | None = None
    replaces: tuple[bytes, int] | None = None


def create_order(ctx: Context, actor: Actor, account: AcmeAccount, request: NewOrder) -> OrderView:
    """Create an order and store it.

    Raises the errors of `prepare_order`, and those of storing its change.
    """
    return store_change(ctx, prepare_order(ctx, actor, account, request))


def prepare_order(ctx: Context, actor: Actor, account: AcmeAccount, request: NewOrder) -> AcmeChange[OrderView]:
    """Check an order and return the change that stores it.

    An order that could never be issued is refused now, by the rules that also decide at finalization. An identifier
    with a valid authorization need not be validated again. Raises InvalidInput for no identifiers or too many;
    PolicyRefused for contents that the profile or the CA never allows; Forbidden for identifiers outside the actor's
    scope, and for an actor that cannot request certificates; NotFound for an unknown CA or profile; Conflict if the CA
    cannot issue; TooManyAttempts if too many orders are open. For `replaces`, errors as
    `predecessors.require_predecessor`.
    """
    require_asking(actor)
    identifiers = _identifiers(request.identifiers)
    terms = _terms(ctx, actor, request, identifiers)

    def store(uow: UnitOfWork) -> OrderView:
        view = _add(ctx, uow, account, request, terms, identifiers)
        made = view.order
        uow.record(
            AcmeOrderCreated(
                object_id=str(made.id),
                account=str(account.id),
                ca=str(made.ca_id),
                profile=made.profile,
                identifiers=tuple(map(str, identifiers)),
            )
        )
        return view

    return AcmeChange(actor, store)


def get_order(ctx: Context, account: AcmeAccount, order_id: UUID) -> OrderView:
    """Return an order of the account.

    Raises NotFound if it does not exist; Forbidden if it belongs to another account.
    """
    with ctx.ports.storage.read() as reader:
        return get_order_view(reader, account, order_id, ctx.ports.clock.now())


def list_orders(ctx: Context, account: AcmeAccount, cursor: str | None, limit: int) -> Page[AcmeOrder]:
    """List the orders of an account, newest first."""
    with ctx.ports.storage.read() as reader:
        return reader.acme.orders.page_of(account.id, cursor, limit)


def get_order_view(reader: Reader, account: AcmeAccount, order_id: UUID, now: datetime) -> OrderView:
    """Return the order at `now`.

    Raises NotFound if it does not exist; Forbidden if it belongs to another account.
    """
    found = reader.acme.orders.get(order_id)
    if found.account_id != account.id:
        raise Forbidden("The order belongs to another account.")
    stands = get_order_status(reader, found, now)
    return OrderView(
        order=found,
        state=stands.state,
        authorizations=stands.authorizations,
        certificate_id=None if stands.enrolment is None else stands.enrolment.certificate_id,
        problem=stands.problem,
        replaces=None if found.replaces is None else predecessors.get_predecessor_name(reader, found.replaces),
    )


def _identifiers(requested: Sequence[tuple[str, str]]) -> tuple[Identifier, ...]:
    """Return the identifiers in their normal form, each once.

    Raises InvalidInput for a wrong number, which is checked first, or with every identifier that is invalid.
    """
    if not 1 <= len(requested) <= MAX_IDENTIFIERS:
        message = f"must have 1 to {MAX_IDENTIFIERS} entries, not {len(requested)}"
        raise InvalidInput.of("identifiers", "acme.identifier_count", message)
    found: list[Identifier] = []
    faults: list[FieldError] = []
    for number, (kind, value) in enumerate(requested):
        try:
            found.append(parse_identifier(kind, value))
        except InvalidInput as error:
            faults += [FieldError(f"identifiers.{number}", one.rule, one.message) for one in error.errors]
    if faults:
        raise InvalidInput("; ".join(f"{one.field}: {one.message}" for one in faults), errors=tuple(faults))
    return tuple(dict.fromkeys(found))


def _terms(ctx: Context, actor: Actor, request: NewOrder, identifiers: tuple[Identifier, ...]) -> Terms:
    sans = tuple(one.san() for one in identifiers)
    validity = ValidityRequest(not_before=request.not_before, not_after=request.not_after)

    def decided(view: View) -> Terms:
        terms = view.terms(request.ca, request.profile)
        guard.require_known(actor, terms.issuer.ca.id, request.ca)
        try:
            decide.check(sans, validity, terms.profile, terms.issuer, actor, ctx.ports.clock.now())
        except Refused as refusal:
            view.confirm()
            record_refusal(ctx, actor, terms.issuer, terms.profile, refusal)
            refusal.errors = name_identifier_fields(refusal.errors, identifiers)
            raise
        return terms

    return ctx.state.directory.consult(decided)


def _add(
    ctx: Context,
    uow: UnitOfWork,
    account: AcmeAccount,
    request: NewOrder,
    terms: Terms,
    identifiers: tuple[Identifier, ...],
) -> OrderView:
    """Store an order with an authorization for each name. The order expires with the first of them."""
    now = ctx.ports.clock.now()
    _require_room(uow, account, now)
    replaced = None
    if request.replaces is not None:
        replaced = predecessors.require_predecessor(uow, account, request.replaces, identifiers, now).id
    needed = _authorizations(ctx, uow, account, identifiers, now)
    made = AcmeOrder(
        id=ctx.new_id(),
        account_id=account.id,
        ca_id=terms.issuer.ca.id,
        profile=terms.profile.name,
        identifiers=identifiers,
        not_before=request.not_before,
        not_after=request.not_after,
        created_at=now,
        expires_at=min(now + LIFETIME, *(one.expires_at for one in needed)),
        replaces=replaced,
    )
    uow.acme.orders.add(made, [one.id for one in needed])
    return OrderView(
        order=made,
        state=compute_order_state(made, [one.state_at(now) for one in needed], None, now),
        authorizations=tuple(needed),
        replaces=None if replaced is None else predecessors.get_predecessor_name(uow, replaced),
    )


def _require_room(uow: UnitOfWork, account: AcmeAccount, now: datetime) -> None:
    """Raise TooManyAttempts if the account has the maximum number of open orders."""
    number = uow.acme.orders.open_orders(account.id, now)
    most = MAX_OPEN
    if number >= MAX_OPEN_UNBOUND and uow.acme.accounts.is_open(account.token_id):
        most = MAX_OPEN_UNBOUND
    if number >= most:
        raise TooManyAttempts(
            f"The account has {most} open orders, which is the limit. Finalize some of them first.", retry_after=3600
        )


def _authorizations(
    ctx: Context, uow: UnitOfWork, account: AcmeAccount, identifiers: Sequence[Identifier], now: datetime
) -> list[Authorization]:
    """Return an authorization for each name: a usable one of the account, or a new one."""
    known = uow.acme.authorizations.find_usable(account.id, identifiers, now + _STILL_GOOD)
    needed = []
    for name in identifiers:
        if name in known:
            needed.append(known[name])
            continue
        needed.append(_add_authorization(ctx, uow, account, name, now))
    return needed


def _add_authorization(
    ctx: Context, uow: UnitOfWork, account: AcmeAccount, name: Identifier, now: datetime
) -> Authorization:
    """Store and return an authorization: valid if the account's EAB key pre-authorizes names, else pending."""
    if not account.pre_authorized:
        made, challenges = build_pending_authorization(ctx, account.id, name, now)
        uow.acme.authorizations.add(made, challenges)
        return made
    made = build_pre_authorization(ctx, account.id, name, now)
    uow.acme.authorizations.add(made, ())
    uow.record(
        AcmeAuthorizationPreAuthorized(
            object_id=str(made.id), identifier=str(name), account=str(account.id), token=str(account.token_id)
        )
    )
    return made
