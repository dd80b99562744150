"""CAs as callers see them: state, keys, certificates, and chains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pki_manager.authority.kernel import guard
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.issuers import get_current_certificate, list_certificates_of_key
from pki_manager.authority.signing.chains import MAX_OTHERS, Chains, find_chains
from pki_manager.domain.ca import CaState, CertificateAuthority, IssuerKey
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.page import Page
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access, scopes
from pki_manager.policy.access import Permission
from pki_manager.ports.unit_of_work import Reader


@dataclass(frozen=True, slots=True)
class KeyView:
    """An issuer key and its certificates, newest first."""

    key: IssuerKey
    certificates: tuple[Certificate, ...]


@dataclass(frozen=True, slots=True)
class CaView:
    """A CA at one moment. `keys` begins with the current key."""

    ca: CertificateAuthority
    state: CaState
    keys: tuple[KeyView, ...]


def get_ca_view(reader: Reader, ca: CertificateAuthority, now: datetime) -> CaView:
    """Return a CA with its state, keys, and certificates at `now`."""
    (view,) = get_ca_views(reader, [ca], now)
    return view


def get_ca_views(reader: Reader, cas: Sequence[CertificateAuthority], now: datetime) -> tuple[CaView, ...]:
    """Return CAs with their states, keys, and certificates at `now`. Each query runs once for all of them."""
    keys = reader.issuer_keys.find_by_cas([ca.id for ca in cas])
    held = reader.certificates.find_by_subject_keys([key.id for of_one in keys.values() for key in of_one])
    return tuple(
        CaView(ca, ca.state_at(now), tuple(KeyView(key, tuple(held.get(key.id, ()))) for key in keys.get(ca.id, ())))
        for ca in cas
    )


def list_cas(ctx: Context, actor: Actor, cursor: str | None, limit: int) -> Page[CaView]:
    """List the CAs that the actor may read."""
    access.require_somewhere(actor, Permission.CA_READ)
    now = ctx.ports.clock.now()
    with ctx.ports.storage.read() as reader:
        page = reader.cas.page(cursor, limit, scopes.compute_visibility(actor, Permission.CA_READ))
        return Page(get_ca_views(reader, page.items, now), page.next_cursor)


def show_ca(ctx: Context, actor: Actor, ca: str) -> CaView:
    """Return a CA by ID or unique name. Raises NotFound if it does not exist or the actor may not read it."""
    access.require_somewhere(actor, Permission.CA_READ)
    with ctx.ports.storage.read() as reader:
        found = guard.get_ca(reader, actor, Permission.CA_READ, ca)
        return get_ca_view(reader, found, ctx.ports.clock.now())


def get_ca_chain(ctx: Context, actor: Actor, ca: str) -> tuple[Certificate, ...]:
    """Return the chain of a CA, its current certificate first, the root last.

    Raises NotFound if the CA does not exist; Conflict while it is pending.
    """
    return get_ca_chains(ctx, actor, ca).usual


def get_ca_chains(ctx: Context, actor: Actor, ca: str) -> Chains:
    """Return the chains from every certificate of a CA's current key, those of the preferred certificate first.

    Raises the errors of `get_ca_chain`.
    """
    access.require_somewhere(actor, Permission.CA_READ)
    now = ctx.ports.clock.now()
    with ctx.ports.storage.read() as reader:
        key = reader.issuer_keys.get_current(guard.get_ca(reader, actor, Permission.CA_READ, ca).id)
        best, *further = list_certificates_of_key(reader, key.id) or [get_current_certificate(reader, key)]
        chains = find_chains(reader, best, now)
        valid = [one for one in further if one.revocation is None and one.validity.contains(now)]
        others = [find_chains(reader, one, now) for one in valid]
    ways = dict.fromkeys((*chains.others, *(way for one in others for way in (one.usual, *one.others))))
    return Chains(chains.usual, tuple(ways)[:MAX_OTHERS])
