"""Stored CRLs: list them, show one, and find the current one of a CA."""

from __future__ import annotations

from uuid import UUID

from pki_manager.authority.kernel import guard
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import NotFound
from pki_manager.domain.page import Page
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission, Target
from pki_manager.ports.revocations import CrlRecord


def list_crls(ctx: Context, actor: Actor, ca: str, cursor: str | None, limit: int) -> Page[CrlRecord]:
    """List the CRLs of all keys of a CA, newest first.

    Raises NotFound if the CA does not exist or the actor may not read it.
    """
    access.require_somewhere(actor, Permission.CRL_READ)
    with ctx.ports.storage.read() as reader:
        found = guard.get_ca(reader, actor, Permission.CRL_READ, ca)
        keys = [key.id for key in reader.issuer_keys.list_by_ca(found.id)]
        return reader.crls.page(keys, cursor, limit)


def show_crl(ctx: Context, actor: Actor, crl_id: UUID) -> CrlRecord:
    """Return a CRL. Raises NotFound if it does not exist or the actor may not read its CA."""
    access.require_somewhere(actor, Permission.CRL_READ)
    with ctx.ports.storage.read() as reader:
        record = reader.crls.get(crl_id)
        ca_id = reader.issuer_keys.get(record.issuer_key_id).ca_id
    access.require_on(actor, Permission.CRL_READ, Target(ca=ca_id), "CRL", str(crl_id))
    return record


def get_current_crl(ctx: Context, actor: Actor, ca: str) -> CrlRecord:
    """Return the newest full CRL of a CA's current key.

    Raises NotFound if the CA does not exist, or has not published a CRL yet.
    """
    access.require_somewhere(actor, Permission.CRL_READ)
    with ctx.ports.storage.read() as reader:
        found = guard.get_ca(reader, actor, Permission.CRL_READ, ca)
        key = reader.issuer_keys.list_by_ca(found.id)[0]  # the current one, or that of an external CA
        record = reader.crls.find_current(key.id)
    if record is None:
        raise NotFound(f"CA {ca!r} has not published a CRL yet.")
    return record
