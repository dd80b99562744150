"""ACME operations that clients call by POST: one function each, with the authenticated request as argument."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple, TypeAlias
from uuid import UUID

from pki_manager.authority.acme import accounts, authorizations, finalize, orders, revoke
from pki_manager.authority.acme.change import AcmeChange
from pki_manager.authority.enrollment import orderable_profiles
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import Forbidden, InvalidInput, Malformed, NotFound
from pki_manager.domain.ids import parse_uuid
from pki_manager.protocols.acme import errors, jws, responses, wire
from pki_manager.protocols.acme.account_key import ALGORITHMS, read_key
from pki_manager.protocols.acme.binding import read_binding
from pki_manager.protocols.acme.door import ByAccount, ByKey, build_no_account, require_account, require_key
from pki_manager.protocols.acme.errors import BAD_PROFILE, PAYLOAD, Words
from pki_manager.protocols.acme.responses import AcmeResponse

PAGE = 50
Outcome: TypeAlias = AcmeResponse | AcmeChange[AcmeResponse]
"""A response, or a change that must be stored first and whose result is the response."""

_USUAL_PROFILE = "tls-server"
_ALTERNATE = re.compile(r"[1-9][0-9]?", re.ASCII)


def new_account(ctx: Context, received: ByKey | ByAccount) -> AcmeResponse:
    """Create an account (RFC 8555 §7.3), with status 201, or return the one that the key already has, with 200."""
    call = require_key(received)
    request, key = call.request, call.key
    payload = wire.read_account_request(call.payload)
    existing = accounts.find_account(ctx, key.thumbprint)
    if existing is not None:
        accounts.resolve_actor(ctx, existing, peer=request.peer, request_id=request.request_id)
        return responses.build_account(request.urls, existing)
    if payload.only_existing:
        raise build_no_account("no account has this key")
    binding = None if payload.binding is None else read_binding(payload.binding, call.signed.url, key)
    account_request = accounts.NewAccount(
        jwk=key.jwk, thumbprint=key.thumbprint, contacts=payload.contacts, binding=binding
    )
    made, is_new = accounts.create_account(ctx, account_request, peer=request.peer, request_id=request.request_id)
    return responses.build_account(request.urls, made, 201 if is_new else 200)


def account(ctx: Context, received: ByKey | ByAccount) -> AcmeResponse:
    """Show, update, or deactivate an account (RFC 8555 §7.3.2, §7.3.3, §7.3.6)."""
    call = _itself(received)
    if not call.payload:
        return responses.build_account(call.request.urls, call.account)
    update = wire.read_account_update(call.payload)
    if update.deactivate:
        ended = accounts.deactivate(ctx, call.actor, call.account)
        return responses.build_account(call.request.urls, ended)
    if update.contacts is None:
        return responses.build_account(call.request.urls, call.account)
    changed = accounts.update_contacts(ctx, call.actor, call.account, update.contacts)
    return responses.build_account(call.request.urls, changed)


def account_orders(ctx: Context, received: ByKey | ByAccount) -> AcmeResponse:
    """List the orders of an account (RFC 8555 §7.1.2.1)."""
    call = _itself(received)
    _require_nothing(call.payload)
    page = orders.list_orders(ctx, call.account, call.request.cursor, PAGE)
    return responses.build_orders(call.request.urls, call.account, page.items, page.next_cursor)


def key_change(ctx: Context, received: ByKey | ByAccount) -> AcmeResponse:
    """Replace the key of an account (RFC 8555 §7.3.5).

    The new key signs the inner JWS, the old key the outer one. The response 409 names the account that already has the
    new key. Raises Malformed if the inner JWS or its payload is invalid.
    """
    call = require_account(received)
    inner = jws.read(wire.read_nested_jws(call.payload), ALGORITHMS, "payload")
    if inner.key is None or inner.nonce is not None or inner.url != call.signed.url:
        raise Malformed.of(
            "payload", PAYLOAD, "must be a JWS signed by the new key (`jwk`), with the same url and no nonce"
        )
    inner.verify(inner.key)
    change = wire.read_key_change(inner.payload)
    if call.request.bases.account_id(change.account) != call.account.id:
        raise Malformed.of("account", PAYLOAD, "must be the account that signed the request")
    if read_key(change.old_key, "oldKey").thumbprint != call.account.thumbprint:
        raise Malformed.of("oldKey", PAYLOAD, "must be the current key of the account")
    changed = accounts.change_key(ctx, call.actor, call.account, inner.key.jwk, inner.key.thumbprint)
    return responses.build_account(call.request.urls, changed)


def new_order(ctx: Context, received: ByKey | ByAccount) -> Outcome:
    """Create an order for the CA and the profile in the URL (RFC 8555 §7.4).

    Raises InvalidInput if the payload is invalid or names another profile.
    """
    call = require_account(received)
    ca, profile = call.request.parameters["ca"], call.request.parameters["profile"]
    payload = wire.read_order_request(call.payload)
    if payload.profile not in (None, profile):
        raise InvalidInput.of("profile", BAD_PROFILE, f"must be {profile!r} for orders at this URL")
    return _new_order(ctx, call, payload, ca, profile)


def new_order_of_profile(ctx: Context, received: ByKey | ByAccount) -> Outcome:
    """Create an order for the profile that the payload names (draft-ietf-acme-profiles §4).

    Without a profile in the payload, the order is for a TLS server certificate (`tls-server`). Raises InvalidInput if
    the payload is invalid or the profile is not in the directory.
    """
    call = require_account(received)
    payload = wire.read_order_request(call.payload)
    ca = orderable_profiles.get_directory_ca(ctx, call.request.parameters.get("ca"))
    profile = _USUAL_PROFILE if payload.profile is None else payload.profile
    offered = orderable_profiles.list_orderable_profiles(ctx)
    if profile not in offered:
        message = f"must be one of the profiles in the directory: {', '.join(sorted(offered))}"
        raise InvalidInput.of("profile", BAD_PROFILE, message)
    return _new_order(ctx, call, payload, ca, profile)


def _new_order(ctx: Context, call: ByAccount, payload: wire.OrderRequest, ca: str, profile: str) -> Outcome:
    order_request = orders.NewOrder(
        ca=ca,
        profile=profile,
        identifiers=payload.identifiers,
        not_before=payload.not_before,
        not_after=payload.not_after,
        replaces=payload.replaces,
    )
    change = orders.prepare_order(ctx, call.actor, call.account, order_request)
    return change.map(lambda view: responses.build_order(call.request.urls, view, 201))


def order(ctx: Context, received: ByKey | ByAccount) -> AcmeResponse:
    """Show an order (RFC 8555 §7.1.3)."""
    call = require_account(received)
    _require_nothing(call.payload)
    return responses.build_order(call.request.urls, orders.get_order(ctx, call.account, _id(call, "order")))


def finalize_order(ctx: Context, received: ByKey | ByAccount) -> AcmeResponse:
    """Finalize an order (RFC 8555 §7.4). If its certificate is issued at once, the returned order is `valid`."""
    call = require_account(received)
    csr_der = wire.read_csr(call.payload)
    view = finalize.finalize(ctx, call.actor, call.account, _id(call, "order"), csr_der)
    return responses.build_order(call.request.urls, view)


def certificate(ctx: Context, received: ByKey | ByAccount) -> AcmeResponse:
    """Return a certificate chain of an order (RFC 8555 §7.4.2): the default chain, or an alternate by number, from 1.

    Raises NotFound if the order or the alternate chain does not exist.
    """
    call = require_account(received)
    _require_nothing(call.payload)
    order_chains = finalize.get_certificate_chains(ctx, call.account, _id(call, "certificate"))
    number = _alternate(call)
    if number >= len(order_chains.chains):
        raise NotFound.of("alternate chain", str(number))
    return responses.build_chain(call.request.urls, order_chains.view, order_chains.chains, number)


def authorization(ctx: Context, received: ByKey | ByAccount) -> AcmeResponse:
    """Show or deactivate an authorization (RFC 8555 §7.5, §7.5.2)."""
    call = require_account(received)
    authorization_id = _id(call, "authorization")
    if call.payload and wire.read_deactivation(call.payload):
        view = authorizations.deactivate_authorization(ctx, call.actor, call.account, authorization_id)
    else:
        view = authorizations.get_authorization(ctx, call.account, authorization_id)
    return responses.build_authorization(call.request.urls, view, ctx.config.acme_persist_issuers)


def challenge(ctx: Context, received: ByKey | ByAccount) -> Outcome:
    """Show a challenge, or start its validation (RFC 8555 §7.5.1)."""
    call = require_account(received)
    challenge_id = _id(call, "challenge")
    to_response = partial(responses.build_challenge, call.request.urls, issuers=ctx.config.acme_persist_issuers)
    if not call.payload:
        found, _ = authorizations.get_challenge(ctx, call.account, challenge_id)
        return to_response(found)
    wire.require_empty_object(call.payload)
    prepared = authorizations.prepare_response_to_challenge(ctx, call.actor, call.account, challenge_id)
    if isinstance(prepared, AcmeChange):
        return prepared.map(to_response)
    return to_response(prepared)


def revoke_certificate(ctx: Context, received: ByKey | ByAccount) -> AcmeResponse:
    """Revoke a certificate (RFC 8555 §7.6). The request is signed by an account or by the certificate's own key."""
    revocation = wire.read_revocation(received.payload)
    request = received.request
    if isinstance(received, ByAccount):
        revoke.revoke_by_account(ctx, received.actor, received.account, revocation.certificate_der, revocation.reason)
    else:
        revoke.revoke_by_key(
            ctx,
            revocation.certificate_der,
            received.key.spki_der,
            revocation.reason,
            peer=request.peer,
            request_id=request.request_id,
        )
        accounts.forgive_stranger(ctx, request.peer)
    return AcmeResponse()


class AcmeOperation(NamedTuple):
    """An ACME operation. `name` is its name in the audit log, `words` are the problem types specific to it.

    `is_frequent`: every order needs the operation, so concurrent requests are accepted in a batch. `is_quick`: it also
    takes little time and calls no other server, so the batch runs it.
    """

    name: str
    run: Callable[[Context, ByKey | ByAccount], Outcome]
    words: Words = errors.NONE
    is_frequent: bool = False
    is_quick: bool = False


def _quick(
    name: str, run: Callable[[Context, ByKey | ByAccount], Outcome], words: Words = errors.NONE
) -> AcmeOperation:
    return AcmeOperation(name, run, words, is_frequent=True, is_quick=True)


OPERATIONS: Mapping[str, AcmeOperation] = {
    "/new-account": AcmeOperation("acme.new_account", new_account),
    "/accounts/{account}": AcmeOperation("acme.account", account),
    "/accounts/{account}/orders": AcmeOperation("acme.orders", account_orders),
    "/key-change": AcmeOperation("acme.key_change", key_change),
    "/{ca}/{profile}/new-order": _quick("acme.new_order", new_order, errors.NEW_ORDER),
    "/new-order": AcmeOperation("acme.new_order", new_order_of_profile, errors.NEW_ORDER),
    "/orders/{order}": _quick("acme.order", order),
    "/orders/{order}/finalize": AcmeOperation("acme.finalize", finalize_order, errors.FINALIZE, is_frequent=True),
    "/certificates/{certificate}": _quick("acme.certificate", certificate, errors.CERTIFICATE),
    "/certificates/{certificate}/{alternate}": AcmeOperation("acme.certificate", certificate, errors.CERTIFICATE),
    "/authorizations/{authorization}": _quick("acme.authorization", authorization),
    "/challenges/{challenge}": _quick("acme.challenge", challenge),
    "/revoke-cert": AcmeOperation("acme.revoke", revoke_certificate, errors.REVOKE),
    "/{ca}/new-order": AcmeOperation("acme.new_order", new_order_of_profile, errors.NEW_ORDER),
}
"""ACME operations by the path below `/acme`."""


def _itself(received: ByKey | ByAccount) -> ByAccount:
    call = require_account(received)
    if _id(call, "account") != call.account.id:
        raise Forbidden("An ACME account can view and change only itself, not other accounts.")
    return call


def _id(call: ByAccount, kind: str) -> UUID:
    name = call.request.parameters[kind]
    try:
        return parse_uuid(name, kind)
    except InvalidInput:
        raise NotFound.of(kind, name[:100]) from None


def _alternate(call: ByAccount) -> int:
    """Return the number of the chain in the path, or 0 for the default chain, whose path has no number."""
    text = call.request.parameters.get("alternate")
    if text is None:
        return 0
    if not _ALTERNATE.fullmatch(text):
        raise NotFound.of("alternate chain", text[:100])
    return int(text)


def _require_nothing(payload: bytes) -> None:
    """Raise Malformed unless the payload is empty, as a POST-as-GET request requires (RFC 8555 §6.3)."""
    if payload:
        raise Malformed.of("payload", PAYLOAD, "must be empty in a POST-as-GET request (RFC 8555 §6.3)")
