"""What every POST goes through before anything is done (RFC 8555 §6.2 to §6.5): its signature, its URL, its nonce."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pki_manager.authority.acme import accounts, nonces
from pki_manager.authority.acme.accounts import Seen
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.acme.orders import AcmeAccount
from pki_manager.domain.errors import (
    BadNonce,
    FieldError,
    InvalidInput,
    Malformed,
    NotFound,
    Unauthenticated,
    UnsupportedMedia,
)
from pki_manager.domain.rights.actor import Actor
from pki_manager.protocols.acme import jws
from pki_manager.protocols.acme.account_key import AccountKey, known_key
from pki_manager.protocols.acme.errors import NO_ACCOUNT, WRONG_URL
from pki_manager.protocols.acme.jws import BAD_JWS, MEDIA_TYPE, SignedJws
from pki_manager.protocols.acme.urls import Bases, Urls


@dataclass(frozen=True, slots=True, kw_only=True)
class AcmeRequest:
    """A request as it came. `target` is path and query as on the wire; `parameters` are those of the path."""

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
    """A request with a proved key; it need not be an account's."""

    request: AcmeRequest
    signed: SignedJws
    key: AccountKey

    @property
    def payload(self) -> bytes:
        return self.signed.payload


@dataclass(frozen=True, slots=True)
class ByAccount:
    """What an account in force asks, which acts as `actor`."""

    request: AcmeRequest
    signed: SignedJws
    account: AcmeAccount
    actor: Actor

    @property
    def payload(self) -> bytes:
        return self.signed.payload


def accept(ctx: Context, request: AcmeRequest) -> ByKey | ByAccount:
    """The sender, by a signature that was not used before.

    The nonce is spent when this returns. Malformed or InvalidInput for what is no such request, BadNonce;
    TooManyAttempts for many requests by keys without an account;
    Unauthenticated for one that was meant for another URL, and for an account that is not in force.
    """
    if request.media_type != MEDIA_TYPE:
        raise UnsupportedMedia(f"The content type must be {MEDIA_TYPE} (RFC 8555 §6.2).")
    signed = jws.read_body(request.body)
    if not request.bases.is_own(signed.url, request.target):
        detail = "The url in the protected header is not the URL of the request (RFC 8555 §6.4)."
        raise Unauthenticated(detail, errors=(FieldError("url", WRONG_URL, detail),))
    if signed.nonce is None:
        raise BadNonce("The request has no nonce.")
    if signed.key is not None:
        signed.verify(signed.key)
        accounts.count_stranger(ctx, signed.key.thumbprint, request.peer)
        nonces.use_nonce(ctx, signed.nonce)
        return ByKey(request, signed, signed.key)
    seen = _account(ctx, request, signed.key_id or "")
    signed.verify(known_key(seen.account.jwk))
    nonces.use_nonce(ctx, signed.nonce)
    actor = accounts.act(ctx, seen, peer=request.peer, request_id=request.request_id)
    return ByAccount(request, signed, seen.account, actor)


def require_key(call: ByKey | ByAccount) -> ByKey:
    if isinstance(call, ByKey):
        return call
    raise Malformed.of("kid", BAD_JWS, "must not be present; sign this request with `jwk` (RFC 8555 §6.2)")


def require_account(call: ByKey | ByAccount) -> ByAccount:
    if isinstance(call, ByAccount):
        return call
    raise Malformed.of(
        "jwk", BAD_JWS, "must not be present; sign this request with the account URL in `kid` (RFC 8555 §6.2)"
    )


def no_account(detail: str) -> InvalidInput:
    return InvalidInput.of("account", NO_ACCOUNT, detail)


def _account(ctx: Context, request: AcmeRequest, key_id: str) -> Seen:
    account_id = request.bases.account_id(key_id)
    if account_id is None:
        raise Malformed.of("kid", BAD_JWS, "is not the URL of an account on this server")
    try:
        return accounts.look_up(ctx, account_id)
    except NotFound:
        raise no_account("there is no such account") from None
