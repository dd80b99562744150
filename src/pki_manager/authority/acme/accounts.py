"""ACME accounts (RFC 8555 §7.3): a client's key pair that acts as an API token.

The external account key that an account is bound with belongs to a token. The account has the permissions that the
token and its owner have now.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from pki_manager.authority.acme.keys import find_binding_key
from pki_manager.authority.kernel import current_rights
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.token_cache import Recognised
from pki_manager.authority.people import throttle
from pki_manager.authority.rights.credential_tokens import require_asking
from pki_manager.authority.rights.tokens import touch
from pki_manager.domain.acme.orders import AccountState, AcmeAccount
from pki_manager.domain.errors import (
    Conflict,
    FieldError,
    Forbidden,
    InvalidInput,
    NotFound,
    TooManyAttempts,
    Unauthenticated,
)
from pki_manager.domain.events.acme import (
    AcmeAccountCreated,
    AcmeAccountDeactivated,
    AcmeAccountKeyChanged,
    AcmeAccountUpdated,
)
from pki_manager.domain.ids import parse_uuid
from pki_manager.domain.rights.actor import Actor, EnrollmentProtocol
from pki_manager.domain.rights.token import Token
from pki_manager.ports.unit_of_work import Reader, UnitOfWork

MAX_CONTACTS = 10
MAX_ACCOUNTS = 10_000
"""Maximum number of accounts of one EAB key that have no order and are younger than COUNTED_FOR."""
COUNTED_FOR = timedelta(days=30)
BINDING_REQUIRED = "acme.binding_required"

_NEEDS_EAB = "An account here requires an external account key. Ask the administrator for one (RFC 8555 §7.3.4)."

_ENDED = "The account is not valid: it was deactivated or revoked, or its token has ended. Register a new account."

_MAX_CONTACT = 254
_CONTACT = re.compile(r"mailto:[A-Za-z0-9.!#$'*+/=^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Binding:
    """The external account binding of a request.

    `key_id` is its `kid`. `is_bound` returns whether its MAC was computed with the EAB key.
    """

    key_id: str
    is_bound: Callable[[bytes], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """A request for an account. `jwk` and `thumbprint` are as in `AcmeAccount`.

    Without a `binding`, the account acts as the token of the EAB key that allows registration without EAB, if there is
    one.
    """

    jwk: str
    thumbprint: bytes
    contacts: tuple[str, ...]
    binding: Binding | None


def count_stranger(ctx: Context, thumbprint: bytes, peer: str | None) -> None:
    """Count a request of a client without an account, because such a request costs a stored nonce.

    `forgive_stranger` takes the count back. Raises TooManyAttempts if there are too many from one address.
    """
    if find_account(ctx, thumbprint) is None:
        throttle.count_visitor(ctx, peer)


def forgive_stranger(ctx: Context, peer: str | None) -> None:
    """Take back one count of `count_stranger` for an address whose client's request was valid."""
    with ctx.ports.storage.housekeep() as uow:
        throttle.forget_visits(ctx, uow, peer, times=1)


def find_account(ctx: Context, thumbprint: bytes) -> AcmeAccount | None:
    """Return the account with this key thumbprint (RFC 7638) in any state, or None if there is none.

    `resolve_actor` checks whether the account may act.
    """
    with ctx.ports.storage.read() as reader:
        return reader.acme.accounts.find_key(thumbprint)


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """An account as read from the database, with its token and the actor that it acts as.

    `token_and_actor` is None if the account cannot act.
    """

    account: AcmeAccount
    token_and_actor: tuple[Token, Actor] | None


def find_accounts(ctx: Context, account_ids: Iterable[UUID]) -> Mapping[UUID, KnownAccount]:
    """Return the existing accounts with their tokens and actors, by account ID. All are read at once.

    A token that was read within `token_cache.SECONDS` is not read again: a change in another process takes effect after
    that time at the latest.
    """
    found: dict[UUID, KnownAccount] = {}
    actors: dict[UUID, tuple[Token, Actor] | None] = {}
    with ctx.ports.storage.read() as reader:
        for account_id in dict.fromkeys(account_ids):
            with suppress(NotFound):
                account = reader.acme.accounts.get(account_id)
                if account.token_id not in actors:
                    actors[account.token_id] = _recall_actor(ctx, reader, account.token_id)
                found[account_id] = KnownAccount(account, actors[account.token_id])
    return found


def get_actor(ctx: Context, seen: KnownAccount, *, peer: str | None, request_id: str) -> Actor:
    """Return the actor of an account: its token, with the address and the request ID of this call.

    Raises the errors of `resolve_actor`.
    """
    if seen.token_and_actor is None or seen.account.state is not AccountState.VALID:
        raise Unauthenticated(_ENDED)
    token, actor = seen.token_and_actor
    touch(ctx, token, ctx.ports.clock.now())
    return replace(actor, peer=peer, request_id=request_id)


def resolve_actor(ctx: Context, account: AcmeAccount, *, peer: str | None, request_id: str) -> Actor:
    """Return the actor of an account: its token, with the permissions it has now.

    Raises Unauthenticated, always with the same text, for an account that was deactivated or revoked, or whose token
    was revoked or has expired.
    """
    with ctx.ports.storage.read() as reader:
        seen = KnownAccount(account, _find_actor(ctx, reader, account.token_id))
    return get_actor(ctx, seen, peer=peer, request_id=request_id)


class CreatedAccount(NamedTuple):
    """An account, and whether this call created it."""

    account: AcmeAccount
    is_new: bool


def create_account(ctx: Context, request: NewAccount, *, peer: str | None, request_id: str) -> CreatedAccount:
    """Create an ACME account, or return the existing account of this account key. Its binding is not compared.

    Raises:
    - Unauthenticated if the EAB key of the binding is unknown, revoked, or expired, or if the existing account is
      deactivated or revoked.
    - Forbidden if the EAB key cannot request certificates; with the rule BINDING_REQUIRED if the binding is missing and
      no EAB key allows accounts without one.
    - TooManyAttempts if the EAB key has too many accounts, or too many new clients come from one IP address.
    - InvalidInput if a contact is invalid.
    - Conflict if another request created the account at the same time.
    """
    existing = find_account(ctx, request.thumbprint)
    if existing is None:
        contacts = _require_contacts(request.contacts)
        requester = _stranger(ctx, peer) if request.binding is None else _bound(ctx, request.binding)
        actor = replace(requester, peer=peer, request_id=request_id)
        require_asking(actor)
        now = ctx.ports.clock.now()
        made = AcmeAccount(
            id=ctx.new_id(),
            token_id=UUID(actor.id.removeprefix("token:")),
            jwk=request.jwk,
            thumbprint=request.thumbprint,
            state=AccountState.VALID,
            contacts=contacts,
            created_at=now,
            changed_at=now,
        )
        if _add(ctx, actor, made):
            forgive_stranger(ctx, peer)
            return CreatedAccount(made, is_new=True)
        # A neighbour made it in the same commit, or is about to: this returns once that is durable.
        with ctx.ports.storage.housekeep() as uow:
            existing = uow.acme.accounts.find_key(request.thumbprint)
    if existing is None:
        raise Conflict("The account is being created by another request. Retry.")
    resolve_actor(ctx, existing, peer=peer, request_id=request_id)
    return CreatedAccount(existing, is_new=False)


def update_contacts(ctx: Context, actor: Actor, account: AcmeAccount, contacts: Sequence[str]) -> AcmeAccount:
    """Replace the contacts of an account: up to ten `mailto:` URLs with one plain address each.

    Raises InvalidInput with the rule `acme.contact_scheme` for another kind of URL, and with the rule `acme.contact`
    for any other invalid contact.
    """
    require_asking(actor)
    checked = _require_contacts(contacts)
    with ctx.ports.storage.begin(actor) as uow:
        now = _in_force(ctx, uow, actor, account)
        uow.acme.accounts.set_contacts(account.id, checked, now.changed_at)
        uow.record(AcmeAccountUpdated(object_id=str(account.id), contacts=checked))
    return replace(now, contacts=checked)


def deactivate(ctx: Context, actor: Actor, account: AcmeAccount) -> AcmeAccount:
    """Deactivate an account permanently, at its client's request."""
    require_asking(actor)
    with ctx.ports.storage.begin(actor) as uow:
        now = _in_force(ctx, uow, actor, account)
        uow.acme.accounts.set_state(account.id, AccountState.DEACTIVATED, now.changed_at)
        uow.record(AcmeAccountDeactivated(object_id=str(account.id)))
    return replace(now, state=AccountState.DEACTIVATED)


def change_key(ctx: Context, actor: Actor, account: AcmeAccount, jwk: str, thumbprint: bytes) -> AcmeAccount:
    """Replace the key of an account (RFC 8555 §7.3.5).

    Raises Conflict if another account has the new key. `facts["account"]` of the error is the ID of that account.
    """
    require_asking(actor)
    with ctx.ports.storage.begin(actor) as uow:
        now = _in_force(ctx, uow, actor, account)
        kept = uow.acme.accounts
        holder = kept.find_key(thumbprint)
        if holder is not None or not kept.set_key(account.id, jwk, thumbprint, now.changed_at):
            holder = holder or kept.find_key(thumbprint)  # in the latter case another account was sooner
            raise Conflict("An account with this key already exists.", account=None if holder is None else holder.id)
        before, after = _text(now.thumbprint), _text(thumbprint)
        uow.record(AcmeAccountKeyChanged(object_id=str(account.id), thumbprint_before=before, thumbprint=after))
    return replace(now, jwk=jwk, thumbprint=thumbprint)


def is_open(ctx: Context) -> bool:
    """Return whether an account can be created without an external account binding."""
    with ctx.ports.storage.read() as reader:
        return any(_find_actor(ctx, reader, one) for one in reader.acme.accounts.open_tokens())


def _recall_actor(ctx: Context, reader: Reader, token_id: UUID) -> tuple[Token, Actor] | None:
    now, monotonic, key = ctx.ports.clock.now(), ctx.ports.clock.monotonic(), token_id.bytes
    known = ctx.state.tokens.recall(key, monotonic)
    if known is not None and known.token.usable(now):
        return known.token, known.actor
    found = _find_actor(ctx, reader, token_id)
    if found is not None:
        token, actor = found
        # The caller stores its use: those that recall it need not.
        ctx.state.tokens.keep(key, Recognised(replace(token, last_used_at=now), actor), monotonic)
    return found


def _find_actor(ctx: Context, reader: Reader, token_id: UUID) -> tuple[Token, Actor] | None:
    token = reader.tokens.get(token_id)
    able = current_rights.find_token_rights(reader, token, ctx.config.local_actor_role)
    if able is None or not token.usable(ctx.ports.clock.now()):
        return None
    return token, current_rights.build_token_actor(token, able, EnrollmentProtocol.ACME)


def _stranger(ctx: Context, peer: str | None) -> Actor:
    """Return the token of the newest valid EAB key that allows registration without EAB, as an actor.

    Any client can register with it, so each address is throttled. Raises Forbidden if there is no such key.
    """
    with ctx.ports.storage.read() as reader:
        known = (_find_actor(ctx, reader, token_id) for token_id in reader.acme.accounts.open_tokens())
        found = next((one for one in known if one is not None), None)
    if found is None:
        raise Forbidden(_NEEDS_EAB, errors=(FieldError("externalAccountBinding", BINDING_REQUIRED, "is required"),))
    throttle.count_newcomer(ctx, peer)
    return found[1]


def _bound(ctx: Context, binding: Binding) -> Actor:
    """Return the token that the EAB key belongs to, as an actor.

    Raises Unauthenticated if the binding is invalid. The text does not reveal what is wrong with it.
    """
    with ctx.ports.storage.read() as reader:
        try:
            token_id = parse_uuid(binding.key_id, "kid")
            found = _find_actor(ctx, reader, token_id)
            key = find_binding_key(ctx, reader, token_id)
        except (InvalidInput, NotFound):
            found = key = None
    if found is None or key is None or not binding.is_bound(key):
        raise Unauthenticated("The external account binding is not valid.")
    return found[1]


def _add(ctx: Context, actor: Actor, account: AcmeAccount) -> bool:
    """Store the account. Return False if another account has its key already."""
    try:
        with ctx.ports.storage.begin(actor) as uow:
            _add_in(uow, account)
    except _KeyTaken:
        return False
    return True


def _add_in(uow: UnitOfWork, account: AcmeAccount) -> None:
    if not uow.acme.accounts.add(account):
        raise _KeyTaken
    if uow.acme.accounts.count_unused(account.token_id, account.created_at - COUNTED_FOR) > MAX_ACCOUNTS:
        raise TooManyAttempts("Too many accounts of this EAB key have no order. Use another EAB key.")
    uow.record(
        AcmeAccountCreated(
            object_id=str(account.id),
            token=str(account.token_id),
            thumbprint=_text(account.thumbprint),
            contacts=account.contacts,
        )
    )


class _KeyTaken(Exception):
    """A signal that rolls back the unit of work, because another account has the key already."""


def _in_force(ctx: Context, uow: UnitOfWork, actor: Actor, account: AcmeAccount) -> AcmeAccount:
    """Return the stored account with `changed_at` set to now.

    Raises Forbidden if the actor is another account's token; Unauthenticated if the account is no longer valid.
    """
    found = uow.acme.accounts.get(account.id)
    if actor.id != f"token:{found.token_id}":
        raise Forbidden("You cannot change another account.")
    if found.state is not AccountState.VALID:
        raise Unauthenticated(_ENDED)
    return replace(found, changed_at=ctx.ports.clock.now())


def _require_contacts(contacts: Sequence[str]) -> tuple[str, ...]:
    """Return the contacts without duplicates. Raises InvalidInput unless each is `mailto:` with one address.

    Header fields and several addresses in one URL are refused (RFC 8555 §7.3).
    """
    distinct = tuple(dict.fromkeys(contacts))
    if len(distinct) > MAX_CONTACTS:
        raise InvalidInput.of("contact", "acme.contact", f"must have at most {MAX_CONTACTS} entries")
    for contact in distinct:
        if not contact.lower().startswith("mailto:"):
            raise InvalidInput.of("contact", "acme.contact_scheme", "must be a `mailto:` URL")
        if len(contact) > _MAX_CONTACT or _CONTACT.fullmatch(contact) is None:
            raise InvalidInput.of("contact", "acme.contact", "must be `mailto:` followed by exactly one email address")
    return distinct


def _text(thumbprint: bytes) -> str:
    """Return the thumbprint in Base64url without padding (RFC 7638 §3)."""
    return base64.urlsafe_b64encode(thumbprint).rstrip(b"=").decode()
