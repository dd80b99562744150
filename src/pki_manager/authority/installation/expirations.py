"""Expiration of CA certificates, CRLs, OCSP signing certificates, and the TLS certificate, for operators."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from pki_manager.authority.installation.tls import find_tls_validity
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.disk import PartState
from pki_manager.authority.status import ocsp_signer
from pki_manager.authority.status.publish_crl import find_earliest_next_updates
from pki_manager.domain.ca import CaState, CertificateAuthority, IssuerKey, KeyState
from pki_manager.domain.certificate import Validity
from pki_manager.domain.errors import PkiError
from pki_manager.domain.page import MAX_LIMIT
from pki_manager.domain.rights.actor import Actor, build_system_actor
from pki_manager.policy import access, scopes
from pki_manager.policy.access import Permission
from pki_manager.ports.unit_of_work import Reader

_WITHOUT_END = (CaState.PENDING, CaState.REVOKED)
"""States of CAs that have no certificate here, or whose certificate is no longer used."""


CA_DAYS = timedelta(days=90)
UPLOAD_BEFORE = timedelta(days=14)
"""How long before its end an uploaded CRL is reported, because a person must sign and upload the next one.

If half of the CRL's lifetime is shorter than this, that half is used.
"""

PART = 10
"""The last tenth of a lifetime: if the server has not renewed an object by then, the object is overdue."""


class EndKind(StrEnum):
    """The kind of an object that expires."""

    CA = "ca"
    CRL = "crl"
    OCSP_SIGNER = "ocsp_signer"
    TLS = "tls"


_PUBLISHED = {EndKind.CRL: "CRL", EndKind.OCSP_SIGNER: "OCSP signer"}


@dataclass(frozen=True, slots=True)
class NearEnd:
    """An object that expires soon. `ca` is the CA's name; None for the TLS certificate of this host."""

    kind: EndKind
    ca: str | None
    ends_at: datetime
    is_uploaded: bool = False
    """Whether a CRL was signed elsewhere, so that the next one must be uploaded, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaEnds:
    """The expirations of a CA. `not_after` is that of its current key's certificate.

    `crl` and `ocsp_signer` are the earliest among the CA's keys that publish; None if there is none.
    """

    ca: str
    not_after: datetime | None
    crl: datetime | None
    ocsp_signer: Validity | None
    uploaded_crl: Validity | None = None
    """Validity of the uploaded CRL of an external CA. It ends at `crl`."""


@dataclass(frozen=True, slots=True)
class Ends:
    """Expirations of all CAs. `tls` is the validity of this host's TLS certificate; None without one."""

    cas: tuple[CaEnds, ...]
    tls: Validity | None


def find_ends(ctx: Context, actor: Actor) -> Ends:
    """Return the expirations of the CAs that the actor may read, and of the TLS certificate.

    Raises StorageUnavailable if the database is unavailable.
    """
    now = ctx.ports.clock.now()
    with ctx.ports.storage.read() as reader:
        cas = [ca for ca in _readable(reader, actor) if ca.state_at(now) not in _WITHOUT_END]
        return Ends(_of_cas(reader, cas, now), find_tls_validity(ctx))


def list_near_ends(ctx: Context, actor: Actor) -> tuple[NearEnd, ...]:
    """Return CAs that expire within `CA_DAYS`, and objects that should have been renewed, earliest first.

    CAs that the actor cannot read are left out. Returns nothing while the database is unavailable. Raises Forbidden
    without permission to read the status.
    """
    access.require(actor, Permission.STATUS_READ)
    try:
        ends = find_ends(ctx, actor)
    except PkiError:
        return ()
    now = ctx.ports.clock.now()
    near = [end for end, begins in _watched(ends, ctx.config.crl_validity, now) if begins <= now]
    return tuple(sorted(near, key=lambda end: end.ends_at))


def get_publication_states(ctx: Context) -> dict[str, PartState]:
    """Return whether CRLs and OCSP signing certificates are renewed in time.

    States are `ok`, `overdue` in the last tenth of the validity, and `expired`. The result is empty while the database
    is unavailable.
    """
    try:
        ends = find_ends(ctx, build_system_actor("readiness"))
    except PkiError:
        return {}
    now = ctx.ports.clock.now()
    late = [end for end, begins in _watched(ends, ctx.config.crl_validity, now) if begins <= now]
    return {kind.value: _state(kind, [end for end in late if end.kind is kind], now) for kind in _PUBLISHED}


def _state(kind: EndKind, late: list[NearEnd], now: datetime) -> PartState:
    first = min(late, key=lambda end: end.ends_at, default=None)
    if first is None:
        return PartState("ok")
    has_ended = first.ends_at < now
    remedy = (
        "Sign a new one with the key of that CA, and upload it with `pkim crl upload`."
        if first.is_uploaded
        else "The log of the server has the cause."
    )
    reason = (
        f"The {_PUBLISHED[kind]} of CA {first.ca!r} {'ended' if has_ended else 'ends'} at "
        f"{first.ends_at:%Y-%m-%dT%H:%M:%SZ} and was not renewed. {remedy}"
    )
    return PartState("expired" if has_ended else "overdue", reason)


def _watched(ends: Ends, crl_validity: timedelta, now: datetime) -> Iterator[tuple[NearEnd, datetime]]:
    """Yield each expiration, and when it begins to be near. CAs that have expired are left out."""
    for one in ends.cas:
        if one.not_after is not None and now <= one.not_after:
            yield NearEnd(EndKind.CA, one.ca, one.not_after), one.not_after - CA_DAYS
        if one.uploaded_crl is not None:
            uploaded = one.uploaded_crl
            near = min(UPLOAD_BEFORE, (uploaded.not_after - uploaded.not_before) / 2)
            yield NearEnd(EndKind.CRL, one.ca, uploaded.not_after, is_uploaded=True), uploaded.not_after - near
        elif one.crl is not None:
            yield NearEnd(EndKind.CRL, one.ca, one.crl), one.crl - crl_validity / PART
        if one.ocsp_signer is not None:
            yield NearEnd(EndKind.OCSP_SIGNER, one.ca, one.ocsp_signer.not_after), _last_part(one.ocsp_signer)
    if ends.tls is not None:
        yield NearEnd(EndKind.TLS, None, ends.tls.not_after), _last_part(ends.tls)


def _last_part(validity: Validity) -> datetime:
    return validity.not_after - (validity.not_after - validity.not_before) / PART


def _readable(reader: Reader, actor: Actor) -> Iterator[CertificateAuthority]:
    visible, cursor, is_first = scopes.compute_visibility(actor, Permission.CA_READ), None, True
    while is_first or cursor is not None:
        page = reader.cas.page(cursor, MAX_LIMIT, visible)
        yield from page.items
        cursor, is_first = page.next_cursor, False


def _of_cas(reader: Reader, cas: list[CertificateAuthority], now: datetime) -> tuple[CaEnds, ...]:
    """Return the expirations of several CAs, with a fixed number of database statements."""
    ids = {ca.id for ca in cas}
    keys = [key for of_one in reader.issuer_keys.find_by_cas(ids).values() for key in of_one]
    current = [key for key in keys if key.state is KeyState.CURRENT]
    uploaded = _uploaded_crls(reader, [key for key in keys if key.state is KeyState.EXTERNAL])
    serving = [key for key in reader.issuer_keys.list_serving() if key.ca_id in ids]
    held = reader.certificates.find_by_subject_keys({key.id for key in (*current, *serving)})
    last = {
        key_id: max((one.validity.not_after for one in of_key if one.revocation is None), default=None)
        for key_id, of_key in held.items()
    }
    publishing = [key for key in serving if (end := last.get(key.id)) is not None and now <= end]
    crls = find_earliest_next_updates(reader, publishing)
    signers = reader.certificates.find_newest_by_keys(
        [key.id for key in publishing], ocsp_signer.PROFILE, ocsp_signer.OWNER.id
    )
    key_of = {key.ca_id: key.id for key in current}
    return tuple(
        CaEnds(
            ca=ca.name,
            not_after=last.get(key_of[ca.id]) if ca.id in key_of else None,
            crl=uploaded[ca.id].not_after
            if ca.id in uploaded
            else _first(crls[key.id] for key in publishing if key.ca_id == ca.id and key.id in crls),
            ocsp_signer=min(
                (signers[key.id].validity for key in publishing if key.ca_id == ca.id and key.id in signers),
                key=lambda validity: validity.not_after,
                default=None,
            ),
            uploaded_crl=uploaded.get(ca.id),
        )
        for ca in cas
        if ca.state is not CaState.EXTERNAL or ca.id in uploaded
    )


def _uploaded_crls(reader: Reader, external: list[IssuerKey]) -> dict[UUID, Validity]:
    """Return the validity of the uploaded CRL of each external CA that has one, by CA ID."""
    with_crl = reader.crls.find_next_updates([key.id for key in external])
    heads = {key.ca_id: reader.crls.find_head(key.id) for key in external if key.id in with_crl}
    return {ca_id: Validity(head.this_update, head.next_update) for ca_id, head in heads.items() if head is not None}


def _first(moments: Iterable[datetime]) -> datetime | None:
    return min(moments, default=None)
