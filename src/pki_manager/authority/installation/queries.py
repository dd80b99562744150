"""Reading: lists and single objects, each with the permission it needs. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from uuid import UUID

from pki_manager.authority.kernel import guard
from pki_manager.authority.kernel.chains import MAX_OTHERS, Chains, find_chains
from pki_manager.authority.kernel.clock import clock_fault, clock_state
from pki_manager.authority.kernel.context import Authority
from pki_manager.authority.kernel.disk import PartState, disk_state
from pki_manager.authority.kernel.issuers import certificates_of_key, current_certificate
from pki_manager.domain.ca import CaState, CertificateAuthority, IssuerKey
from pki_manager.domain.certificate import Certificate, CertificateState, serial_readings
from pki_manager.domain.enrollment import EnrolmentState
from pki_manager.domain.errors import Conflict, NotFound, PkiError
from pki_manager.domain.ids import is_uuid, parse_uuid
from pki_manager.domain.jobs import Job, JobState
from pki_manager.domain.page import Page
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.rights.actor import Actor
from pki_manager.domain.setting import Explained
from pki_manager.policy import access, scopes
from pki_manager.policy.access import Permission, Target
from pki_manager.ports.revocations import CrlRecord
from pki_manager.ports.unit_of_work import CertificateFilter, Reader

EXPIRY_WINDOWS = (1, 7, 14, 30)
"""In days, rising. Each certificate that ends within the longest one is counted in an index at every scrape."""


@dataclass(frozen=True, slots=True)
class KeyView:
    key: IssuerKey
    certificates: tuple[Certificate, ...]


@dataclass(frozen=True, slots=True)
class CaView:
    """A CA as it stands at a moment; `keys` current first, each with its certificates, newest first."""

    ca: CertificateAuthority
    state: CaState
    keys: tuple[KeyView, ...]


def view_of(reader: Reader, ca: CertificateAuthority, now: datetime) -> CaView:
    (view,) = views_of(reader, [ca], now)
    return view


def views_of(reader: Reader, cas: Sequence[CertificateAuthority], now: datetime) -> tuple[CaView, ...]:
    """Each question is asked once for all of them."""
    keys = reader.issuer_keys.of_cas([ca.id for ca in cas])
    held = reader.certificates.of_subject_keys([key.id for of_one in keys.values() for key in of_one])
    return tuple(
        CaView(ca, ca.state_at(now), tuple(KeyView(key, tuple(held.get(key.id, ()))) for key in keys.get(ca.id, ())))
        for ca in cas
    )


def list_cas(authority: Authority, actor: Actor, cursor: str | None, limit: int) -> Page[CaView]:
    access.require_somewhere(actor, Permission.CA_READ)
    now = authority.clock.now()
    with authority.storage.read() as reader:
        page = reader.cas.page(cursor, limit, scopes.visible(actor, Permission.CA_READ))
        return Page(views_of(reader, page.items, now), page.next_cursor)


def show_ca(authority: Authority, actor: Actor, ca: str) -> CaView:
    """By id or unique name; NotFound."""
    access.require_somewhere(actor, Permission.CA_READ)
    with authority.storage.read() as reader:
        found = guard.authority(reader, actor, Permission.CA_READ, ca)
        return view_of(reader, found, authority.clock.now())


def ca_chain(authority: Authority, actor: Actor, ca: str) -> tuple[Certificate, ...]:
    """The CA's current certificate first, the root last; Conflict while the CA is pending."""
    return ca_chains(authority, actor, ca).usual


def ca_chains(authority: Authority, actor: Actor, ca: str) -> Chains:
    """From every certificate of the CA's current key, the one that stands for it first. Errors as `ca_chain`."""
    access.require_somewhere(actor, Permission.CA_READ)
    now = authority.clock.now()
    with authority.storage.read() as reader:
        key = reader.issuer_keys.current(guard.authority(reader, actor, Permission.CA_READ, ca).id)
        best, *further = certificates_of_key(reader, key.id) or [current_certificate(reader, key)]
        chains = find_chains(reader, best, now)
        valid = [one for one in further if one.revocation is None and one.validity.contains(now)]
        others = [find_chains(reader, one, now) for one in valid]
    ways = dict.fromkeys((*chains.others, *(way for one in others for way in (one.usual, *one.others))))
    return Chains(chains.usual, tuple(ways)[:MAX_OTHERS])


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateQuery:
    """Conditions as a door receives them; `ca` an id or a name, `key` the id of the CA's key that signed."""

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
    authority: Authority, actor: Actor, where: CertificateQuery, cursor: str | None, limit: int
) -> Page[Certificate]:
    """Newest first; NotFound for a CA that does not exist."""
    access.require_somewhere(actor, Permission.CERTIFICATE_READ)
    with authority.storage.read() as reader:
        condition = CertificateFilter(
            ca_id=guard.known_ca(reader, actor, where.ca),
            profile=where.profile,
            state=where.state,
            query=where.query,
            expires_before=where.expires_before,
            expires_from=where.expires_from,
            issued_from=where.issued_from,
            issued_before=where.issued_before,
            revoked_from=where.revoked_from,
            revoked_before=where.revoked_before,
            visible=scopes.visible(actor, Permission.CERTIFICATE_READ),
            issuer_key_id=where.key,
        )
        page = reader.certificates.page(condition, authority.clock.now(), cursor, limit)
        return Page(guard.readable(reader, actor, page.items), page.next_cursor)


def certificate_id(authority: Authority, actor: Actor, text: str) -> UUID:
    """Which certificate an id or a serial number, in any notation, names, among those that the actor may read.

    NotFound (but an id is not looked up); Conflict for a serial number of several CAs' certificates.
    """
    # Without hyphens it is 32 hex digits, as long as our serial numbers are.
    if "-" in text and is_uuid(text):
        return parse_uuid(text, "certificate")
    with authority.storage.read() as reader:
        numbered = reader.certificates.ids_of_serials(serial_readings(text))
        found = [one for one in numbered if guard.may_read(reader, actor, reader.certificates.get(one))]
    if not found:
        raise NotFound.of("certificate", text)
    if len(found) > 1:
        raise Conflict(f"{text!r} is the serial number of {len(found)} certificates: name the one by its id")
    return found[0]


def show_certificate(authority: Authority, actor: Actor, certificate_id: UUID) -> Certificate:
    access.require_somewhere(actor, Permission.CERTIFICATE_READ)
    with authority.storage.read() as reader:
        return guard.certificate(reader, actor, Permission.CERTIFICATE_READ, certificate_id)


def certificate_chain(authority: Authority, actor: Actor, certificate_id: UUID) -> tuple[Certificate, ...]:
    """The certificate first, the root last."""
    return certificate_chains(authority, actor, certificate_id).usual


def certificate_chains(authority: Authority, actor: Actor, certificate_id: UUID) -> Chains:
    access.require_somewhere(actor, Permission.CERTIFICATE_READ)
    with authority.storage.read() as reader:
        certificate = guard.certificate(reader, actor, Permission.CERTIFICATE_READ, certificate_id)
        return find_chains(reader, certificate, authority.clock.now())


def list_crls(authority: Authority, actor: Actor, ca: str, cursor: str | None, limit: int) -> Page[CrlRecord]:
    """Of every key of the CA, newest first."""
    access.require_somewhere(actor, Permission.CRL_READ)
    with authority.storage.read() as reader:
        found = guard.authority(reader, actor, Permission.CRL_READ, ca)
        keys = [key.id for key in reader.issuer_keys.of_ca(found.id)]
        return reader.crls.page(keys, cursor, limit)


def show_crl(authority: Authority, actor: Actor, crl_id: UUID) -> CrlRecord:
    access.require_somewhere(actor, Permission.CRL_READ)
    with authority.storage.read() as reader:
        record = reader.crls.get(crl_id)
        ca_id = reader.issuer_keys.get(record.issuer_key_id).ca_id
    access.require_on(actor, Permission.CRL_READ, Target(ca=ca_id), "CRL", str(crl_id))
    return record


def current_crl(authority: Authority, actor: Actor, ca: str) -> CrlRecord:
    """The newest full CRL of the CA's current key; NotFound before the first."""
    access.require_somewhere(actor, Permission.CRL_READ)
    with authority.storage.read() as reader:
        found = guard.authority(reader, actor, Permission.CRL_READ, ca)
        record = reader.crls.current(reader.issuer_keys.current(found.id).id)
    if record is None:
        raise NotFound(f"{ca!r} has not published a CRL yet")
    return record


def list_profiles(authority: Authority, actor: Actor, cursor: str | None, limit: int) -> Page[Profile]:
    """The newest version of each, by name."""
    access.require_somewhere(actor, Permission.PROFILE_READ)
    with authority.storage.read() as reader:
        return reader.profiles.page(cursor, limit, scopes.visible(actor, Permission.PROFILE_READ))


def show_profile(authority: Authority, actor: Actor, name: str, version: int | None = None) -> Profile:
    with authority.storage.read() as reader:
        return guard.profile(reader, actor, Permission.PROFILE_READ, name, version)


def list_jobs(authority: Authority, actor: Actor, state: JobState | None, cursor: str | None, limit: int) -> Page[Job]:
    access.require(actor, Permission.JOB_READ)
    with authority.storage.read() as reader:
        return reader.jobs.page(state, cursor, limit)


def show_job(authority: Authority, actor: Actor, job_id: UUID) -> Job:
    access.require(actor, Permission.JOB_READ)
    with authority.storage.read() as reader:
        return reader.jobs.get(job_id)


def list_settings(authority: Authority, actor: Actor) -> tuple[Explained, ...]:
    """What this process was started with, in the order of the reference."""
    access.require(actor, Permission.SETTING_READ)
    return authority.settings


def readiness(authority: Authority) -> dict[str, PartState]:
    """Each part that a request may need, and whether it answers. Never raises; no permission: it names no objects."""
    parts = {
        "database": _probe(authority.storage.check),
        "disk": disk_state(authority),
        "clock": _clock(authority),
        "published": _probe(authority.published.version),
    }
    for backend in authority.signers.describe():
        ok = backend.reason is None
        parts[f"key_backend:{backend.name}"] = PartState("ok" if ok else "away", backend.reason)
    return parts


def _clock(authority: Authority) -> PartState:
    """Without a database nothing can be said against it."""
    try:
        fault = clock_fault(authority)
    except PkiError:
        return PartState("ok")
    return PartState(clock_state(fault), fault.detail if fault else None, is_public=True)


def _probe(check: Callable[[], object]) -> PartState:
    try:
        check()
    except PkiError as error:
        # Only the words of `storage.failures` are known to be free of names.
        return PartState("away", error.detail, is_public="reason" in error.facts)
    return PartState("ok")


@dataclass(frozen=True, slots=True)
class Counts:
    """What `/metrics` tells about the database."""

    certificates: dict[CertificateState, int]
    enrolments: dict[EnrolmentState, int]
    overridden: int
    jobs: dict[JobState, int]
    expiring: dict[int, int]
    """Certificates that are not revoked, by the number of days within which they end."""


def counts(authority: Authority, actor: Actor) -> Counts:
    access.require(actor, Permission.METRICS_READ)
    now = authority.clock.now()
    moments = [now, *(now + timedelta(days=days) for days in EXPIRY_WINDOWS)]
    with authority.storage.read() as reader:
        return Counts(
            certificates=reader.certificates.count_by_state(now),
            enrolments=reader.enrolments.count_by_state(),
            overridden=reader.approvals.count_overridden(),
            jobs=reader.jobs.count_by_state(),
            expiring=dict(zip(EXPIRY_WINDOWS, accumulate(reader.census.ending(moments, None)), strict=True)),
        )
