"""Authentication of ACME requests (RFC 8555 §6.2 to §6.5): signature, URL, and nonce."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import UUID

from pki_manager.authority.acme import accounts, nonces
from pki_manager.authority.acme.accounts import KnownAccount
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.acme.orders import AcmeAccount
from pki_manager.domain.errors import (
    BadNonce,
    FieldError,
    InvalidInput,
    Malformed,
    PkiError,
    Unauthenticated,
    UnsupportedMedia,
)
from pki_manager.domain.rights.actor import Actor
from pki_manager.protocols.acme import jws
from pki_manager.protocols.acme.account_key import AccountKey, load_known_key
from pki_manager.protocols.acme.errors import NO_ACCOUNT, WRONG_URL
from pki_manager.protocols.acme.jws import BAD_JWS, MEDIA_TYPE, SignedJws
from pki_manager.protocols.acme.urls import Bases, Urls


@dataclass(frozen=True, slots=True, kw_only=True)
class AcmeRequest:
    """An ACME request as received.

    `target` is path and query as sent by the client; `parameters` are those of the path.
    """

    bases: Bases
    urls: Urls
    target: str
    parameters: Mapping[str, str]
    cursor: str | None
    media_type: str
    body: bytes = field(repr=False)
    peer: str | None
    request_id: str


@dataclass(frozen=True, slots=True)
class ByKey:
    """A request signed by a key that is sent with it. The key need not belong to an account."""

    request: AcmeRequest
    signed: SignedJws
    key: AccountKey

    @property
    def payload(self) -> bytes:
        return self.signed.payload


@dataclass(frozen=True, slots=True)
class ByAccount:
    """A request signed by the key of a valid account. `actor` is the actor of that account."""

    request: AcmeRequest
    signed: SignedJws
    account: AcmeAccount
    actor: Actor

    @property
    def payload(self) -> bytes:
        return self.signed.payload


Accepted: TypeAlias = ByKey | ByAccount


def accept(ctx: Context, request: AcmeRequest) -> Accepted:
    """Authenticate a request and return it with its sender. Its nonce is then used up.

    Raises Malformed or InvalidInput if the request is invalid; BadNonce if the nonce is missing or cannot be used;
    TooManyAttempts for too many requests of keys without an account; Unauthenticated if the request is signed for
    another URL, or the account is not valid.
    """
    signed_request = read(request)
    if signed_request.signed.key is not None:
        signed_request.signed.verify(signed_request.signed.key)
        accounts.count_stranger(ctx, signed_request.signed.key.thumbprint, request.peer)
        nonces.use_nonce(ctx, signed_request.nonce)
        return ByKey(request, signed_request.signed, signed_request.signed.key)
    (outcome,) = accept_accounts(ctx, [signed_request])
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request whose signature has not been verified yet and whose nonce has not been used yet."""

    request: AcmeRequest
    signed: SignedJws
    nonce: str


def read(request: AcmeRequest) -> SignedRequest:
    """Return the signed request in a body. Raises the errors of `accept` that need no account and no database."""
    if request.media_type != MEDIA_TYPE:
        raise UnsupportedMedia(f"The content type must be {MEDIA_TYPE} (RFC 8555 §6.2).")
    signed = jws.read_body(request.body)
    if not request.bases.is_own(signed.url, request.target):
        detail = "The url in the protected header is not the URL of the request (RFC 8555 §6.4)."
        raise Unauthenticated(detail, errors=(FieldError("url", WRONG_URL, detail),))
    if signed.nonce is None:
        raise BadNonce("The request has no nonce.")
    return SignedRequest(request, signed, signed.nonce)


def accept_accounts(ctx: Context, requests: Sequence[SignedRequest]) -> list[ByAccount | Exception]:
    """Authenticate requests that accounts signed. Return for each what `accept` returns or raises.

    The accounts are read together, and the nonces of requests with valid signatures are used in one commit.
    """
    ids = [one.request.bases.account_id(one.signed.key_id or "") for one in requests]
    known = accounts.find_accounts(ctx, (one for one in ids if one is not None))
    outcomes: list[KnownAccount | Exception] = []
    for request, account_id in zip(requests, ids, strict=True):
        try:
            outcomes.append(_verified(request.signed, account_id, known))
        except PkiError as error:
            outcomes.append(error)
    valid = [place for place, outcome in enumerate(outcomes) if isinstance(outcome, KnownAccount)]
    refusals = nonces.use_nonces(ctx, [requests[place].nonce for place in valid])
    refused = {place: refusal for place, refusal in zip(valid, refusals, strict=True) if refusal is not None}
    return [
        _with_actor(ctx, request, refused.get(place, outcome))
        for place, (request, outcome) in enumerate(zip(requests, outcomes, strict=True))
    ]


def _verified(signed: SignedJws, account_id: UUID | None, known: Mapping[UUID, KnownAccount]) -> KnownAccount:
    """Return the account that has signed the request. Raises Malformed or InvalidInput if none of `known` has."""
    if account_id is None:
        raise Malformed.of("kid", BAD_JWS, "is not the URL of an account on this server")
    if account_id not in known:
        raise build_no_account("there is no such account")
    seen = known[account_id]
    signed.verify(load_known_key(seen.account.jwk))
    return seen


def _with_actor(
    ctx: Context, signed_request: SignedRequest, outcome: KnownAccount | Exception
) -> ByAccount | Exception:
    if isinstance(outcome, Exception):
        return outcome
    request = signed_request.request
    try:
        actor = accounts.get_actor(ctx, outcome, peer=request.peer, request_id=request.request_id)
    except PkiError as error:
        return error
    return ByAccount(request, signed_request.signed, outcome.account, actor)


def require_key(call: Accepted) -> ByKey:
    """Return the request if it was signed by a key. Raises Malformed if it was signed by an account."""
    if isinstance(call, ByKey):
        return call
    raise Malformed.of("kid", BAD_JWS, "must not be present; sign this request with `jwk` (RFC 8555 §6.2)")


def require_account(call: Accepted) -> ByAccount:
    """Return the request if it was signed by an account. Raises Malformed if it was signed by a key."""
    if isinstance(call, ByAccount):
        return call
    raise Malformed.of(
        "jwk", BAD_JWS, "must not be present; sign this request with the account URL in `kid` (RFC 8555 §6.2)"
    )


def build_no_account(message: str) -> InvalidInput:
    """Return the error for an account that does not exist."""
    return InvalidInput.of("account", NO_ACCOUNT, message)
