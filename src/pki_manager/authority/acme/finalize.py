"""Finalize an order (RFC 8555 §7.4): its request is decided and issued like every other request.

The order is linked to the enrollment in the transaction that begins the issuance or files the request. So an order has
at most one certificate, however often a client repeats the request, and only for identifiers that the account is
authorized for at that moment.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from uuid import UUID

from pki_manager.authority.acme.caa import require_recent_caa
from pki_manager.authority.acme.order_status import require_in_force, require_ready, require_state
from pki_manager.authority.acme.orders import OrderView, get_order, get_order_view
from pki_manager.authority.certificates.enroll import admit
from pki_manager.authority.certificates.predecessors import require_renewable
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.idempotency import WAIT_SECONDS
from pki_manager.authority.kernel.refusal_events import record_refusal
from pki_manager.authority.rights.credential_tokens import require_asking
from pki_manager.authority.signing.chains import drop_root, find_chains
from pki_manager.domain.acme.orders import AcmeAccount, AcmeOrder, OrderState
from pki_manager.domain.errors import ApprovalNeeded, Conflict, InFlight, Malformed, Refused
from pki_manager.domain.events.acme import AcmeOrderFinalized
from pki_manager.domain.queue import Application
from pki_manager.domain.request import RequestedContents, ValidityRequest
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy.acme import require_names
from pki_manager.ports.unit_of_work import UnitOfWork
from pki_manager.x509 import export, parse, pem

_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class OrderChains:
    """An order and its certificate chains as PEM: the usual chain, then alternates."""

    view: OrderView
    chains: tuple[str, ...]


def finalize(ctx: Context, actor: Actor, account: AcmeAccount, order_id: UUID, csr_der: bytes) -> OrderView:
    """Request the certificate of an order. Return the order: valid, or processing while approval is required.

    Raises NotFound if it does not exist; Forbidden if it belongs to another account, or the actor cannot request
    certificates; Conflict unless it is ready. Malformed, InvalidInput (rule `acme.csr_names` if the CSR has other names
    than the order), PolicyRefused (rule `acme.caa` if CAA forbids a name), and LintRefused leave the order ready. Other
    errors as `enroll` and `Validation.caa`.
    """
    require_asking(actor)
    with ctx.ports.storage.read() as reader:
        now = ctx.ports.clock.now()
        view = get_order_view(reader, account, order_id, now)
        ordered = view.order
        require_in_force(reader, ordered)
        require_state(view.state, view.authorizations, now)
        if ordered.replaces is not None:
            require_renewable(reader.certificates.get(ordered.replaces))
    application = _application(ordered, csr_der)
    _require_caa(ctx, actor, view)
    try:
        with suppress(ApprovalNeeded):
            finalization = _Finalization(ctx, ordered)
            certificate = admit(ctx, actor, application, tie=finalization.store)
            finalized = replace(ordered, enrolment_id=finalization.enrolment_id)
            return replace(view, order=finalized, state=OrderState.VALID, certificate_id=certificate.id)
    except _Finalized:
        return _by_another(ctx, account, order_id)
    return get_order(ctx, account, order_id)


def get_certificate_chains(ctx: Context, account: AcmeAccount, order_id: UUID) -> OrderChains:
    """Return an order and its certificate chains: the usual chain, then alternates.

    A chain is PEM, the certificate first, without the root (RFC 8555 §7.4.2). Raises NotFound if the order does not
    exist; Forbidden if it belongs to another account; Conflict while it has no certificate.
    """
    with ctx.ports.storage.read() as reader:
        now = ctx.ports.clock.now()
        view = get_order_view(reader, account, order_id, now)
        if view.certificate_id is None:
            raise Conflict(f"The order is {view.state} and has no certificate.")
        chains = find_chains(reader, reader.certificates.get(view.certificate_id), now)
    ways = (chains.usual, *chains.others)
    texts = dict.fromkeys(export.encode_chain_pem(link.der for link in drop_root(way)) for way in ways)
    return OrderChains(view, tuple(texts))


def _require_caa(ctx: Context, actor: Actor, view: OrderView) -> None:
    try:
        require_recent_caa(ctx, view.authorizations)
    except Refused as refusal:
        terms = ctx.state.directory.consult(lambda seen: seen.terms(str(view.order.ca_id), view.order.profile))
        record_refusal(ctx, actor, terms.issuer, terms.profile, refusal)
        raise


class _Finalized(Exception):
    """A signal within this module, also out of the unit of work, that another request finalized the order first."""


def _application(ordered: AcmeOrder, csr_der: bytes) -> Application:
    """Return the certificate request of an order.

    Raises InvalidInput unless the CSR has exactly the names of the order.

    The names are taken from the order. The profile adds its own values; the rest of the CSR's subject is ignored.
    """
    if pem.read(csr_der, pem.CSR_LABELS, "csr") != csr_der:
        raise Malformed.of("csr", "csr.form", "is not Base64url-encoded DER (RFC 8555 §7.4)")
    subject = require_names(parse.parse_csr(csr_der), ordered.identifiers)
    return Application(
        ca=str(ordered.ca_id),
        profile=ordered.profile,
        csr_der=csr_der,
        requested=RequestedContents(
            subject=subject,
            sans=tuple(one.san() for one in ordered.identifiers),
            validity=ValidityRequest(not_before=ordered.not_before, not_after=ordered.not_after),
        ),
        renews=ordered.replaces,
    )


class _Finalization:
    """The link from an order to its enrollment, as stored by the last unit of work."""

    def __init__(self, ctx: Context, ordered: AcmeOrder) -> None:
        self._ctx = ctx
        self._ordered = ordered
        self.enrolment_id: UUID | None = None

    def store(self, uow: UnitOfWork, enrolment_id: UUID) -> None:
        order_id = self._ordered.id
        found = uow.acme.orders.get(order_id)
        if found.enrolment_id is not None:
            raise _Finalized
        require_ready(uow, found, self._ctx.ports.clock.now())
        if not uow.acme.orders.finalize(order_id, enrolment_id):
            raise _Finalized
        uow.record(AcmeOrderFinalized(object_id=str(order_id), request=str(enrolment_id)))
        self.enrolment_id = enrolment_id


def _by_another(ctx: Context, account: AcmeAccount, order_id: UUID) -> OrderView:
    """Wait until another request's finalization of the order is stored durably, and return the order.

    Raises InFlight if that does not happen in time.
    """
    deadline = ctx.ports.clock.monotonic() + WAIT_SECONDS
    while True:
        view = get_order(ctx, account, order_id)
        if view.order.enrolment_id is not None:
            return view
        if ctx.ports.clock.monotonic() >= deadline:
            raise InFlight("The order is being finalized by another request. Retry.", retry_after=1)
        ctx.ports.clock.sleep(_POLL_SECONDS)
