"""Lists of certificates and profiles, and single ones, each with the permission it requires."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pki_manager.authority.kernel import guard
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.signing.chains import Chains, find_chains
from pki_manager.domain.certificate import Certificate, CertificateState, parse_possible_serials
from pki_manager.domain.errors import Conflict, NotFound
from pki_manager.domain.ids import is_uuid, parse_uuid
from pki_manager.domain.page import Page
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access, scopes
from pki_manager.policy.access import Permission
from pki_manager.ports.certificates import CertificateFilter
from pki_manager.ports.unit_of_work import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateQuery:
    """The conditions of a certificate search, as an interface receives them.

    `ca` is an ID or a name, `key` the ID of the issuer key.
    """

    ca: str | None = None
    profile: str | None = None
    state: CertificateState | None = None
    query: str | None = None
    expires_before: datetime | None = None
    expires_from: datetime | None = None
    issued_from: datetime | None = None
    issued_before: datetime | None = None
    revoked_from: datetime | None = None
    revoked_before: datetime | None = None
    key: UUID | None = None


def list_certificates(
    ctx: Context, actor: Actor, where: CertificateQuery, cursor: str | None, limit: int
) -> Page[Certificate]:
    """List certificates, newest first. Raises NotFound for a CA that does not exist."""
    access.require_somewhere(actor, Permission.CERTIFICATE_READ)
    now = ctx.ports.clock.now()

    def read(reader: Reader) -> Page[Certificate]:
        condition = _build_filter(where, actor, guard.find_known_ca_id(reader, actor, where.ca))
        page = reader.certificates.page(condition, now, cursor, limit)
        return Page(guard.filter_readable(reader, actor, page.items), page.next_cursor)

    return ctx.ports.storage.read_recent(actor, read)


def _build_filter(where: CertificateQuery, actor: Actor, ca_id: UUID | None) -> CertificateFilter:
    return CertificateFilter(
        ca_id=ca_id,
        profile=where.profile,
        state=where.state,
        query=where.query,
        expires_before=where.expires_before,
        expires_from=where.expires_from,
        issued_from=where.issued_from,
        issued_before=where.issued_before,
        revoked_from=where.revoked_from,
        revoked_before=where.revoked_before,
        visible=scopes.compute_visibility(actor, Permission.CERTIFICATE_READ),
        issuer_key_id=where.key,
    )


def find_certificate_id(ctx: Context, actor: Actor, text: str) -> UUID:
    """Return the ID of the certificate with this ID or serial number, which can have any notation.

    An ID is returned unchecked. For a serial number, only certificates that the actor may read are searched. Raises
    NotFound if there is none; Conflict if several certificates have the serial number.
    """
    # Without hyphens a UUID has 32 hex digits, as many as a serial number of this installation.
    if "-" in text and is_uuid(text):
        return parse_uuid(text, "certificate")
    with ctx.ports.storage.read(actor) as reader:
        numbered = reader.certificates.find_ids_by_serials(parse_possible_serials(text))
        found = [one for one in numbered if guard.may_read(reader, actor, reader.certificates.get(one))]
    if not found:
        raise NotFound.of("certificate", text)
    if len(found) > 1:
        raise Conflict(
            f"Serial number {text!r} belongs to {len(found)} certificates. Specify the certificate by its ID."
        )
    return found[0]


def show_certificate(ctx: Context, actor: Actor, certificate_id: UUID) -> Certificate:
    """Return a certificate. Raises NotFound if it does not exist or the actor may not read it."""
    access.require_somewhere(actor, Permission.CERTIFICATE_READ)
    with ctx.ports.storage.read(actor) as reader:
        return guard.get_certificate(reader, actor, Permission.CERTIFICATE_READ, certificate_id)


def get_certificate_chain(ctx: Context, actor: Actor, certificate_id: UUID) -> tuple[Certificate, ...]:
    """Return the chain of a certificate, the certificate first, the root last.

    Raises the errors of `show_certificate`.
    """
    return get_certificate_chains(ctx, actor, certificate_id).usual


def get_certificate_chains(ctx: Context, actor: Actor, certificate_id: UUID) -> Chains:
    """Return all chains of a certificate. Raises the errors of `show_certificate`."""
    access.require_somewhere(actor, Permission.CERTIFICATE_READ)
    with ctx.ports.storage.read() as reader:
        certificate = guard.get_certificate(reader, actor, Permission.CERTIFICATE_READ, certificate_id)
        return find_chains(reader, certificate, ctx.ports.clock.now())


def list_profiles(ctx: Context, actor: Actor, cursor: str | None, limit: int) -> Page[Profile]:
    """List the newest version of each profile, by name."""
    access.require_somewhere(actor, Permission.PROFILE_READ)
    with ctx.ports.storage.read() as reader:
        return reader.profiles.page(cursor, limit, scopes.compute_visibility(actor, Permission.PROFILE_READ))


def show_profile(ctx: Context, actor: Actor, name: str, version: int | None = None) -> Profile:
    """Return a profile. Default: its newest version. Raises NotFound if the profile or the version does not exist."""
    with ctx.ports.storage.read() as reader:
        return guard.get_profile(reader, actor, Permission.PROFILE_READ, name, version)
