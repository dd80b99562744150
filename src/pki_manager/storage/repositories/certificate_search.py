"""Search for certificates: the index of their names, and filters as SQL conditions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from pki_manager.domain.certificate import CertificateState
from pki_manager.domain.ids import first_id
from pki_manager.domain.names import AlternativeName
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.search_text import list_subject_values
from pki_manager.ports.certificates import CertificateFilter
from pki_manager.storage.engine import visibility
from pki_manager.storage.tables.pki import certificates, revocations
from pki_manager.storage.tables.types import Integer, to_microseconds

UNREVOKED, HELD, REVOKED = "", CertificateState.HELD.value, CertificateState.REVOKED.value
"""Values of `certificates.standing`."""

OF_REVOKED = (
    revocations.c.reason != RevocationReason.CERTIFICATE_HOLD.value,
    revocations.c.certificate_id.is_not(None),
)
"""Conditions of revocations of revoked certificates: neither on hold, nor a burned serial number (no certificate)."""


def search_names(certificate_id: UUID, subject: str, sans: Iterable[AlternativeName]) -> list[dict[str, object]]:
    """Return rows of `certificate_names`: alternative names and the subject's attribute values, in lower case."""
    pairs = [(san.kind.value, san.value.lower()) for san in sans]
    pairs += [(visibility.SUBJECT, value.lower()) for value in list_subject_values(subject)]
    return [
        {"certificate_id": certificate_id, "kind": kind, "value": value, "reversed": value[::-1]}
        for kind, value in dict.fromkeys(pairs)
    ]


def build_conditions(
    where: CertificateFilter, now: datetime, *, is_rare: bool = False
) -> Iterator[sa.ColumnElement[bool]]:
    """Yield the SQL conditions of a filter, except for `query`. Each condition can use an index.

    `is_rare` means that few certificates are in the state of the filter (valid or expired).
    """
    if where.ca_id is not None:
        yield certificates.c.ca_id == where.ca_id
    if where.issuer_key_id is not None:
        yield certificates.c.issuer_key_id == where.issuer_key_id
    if where.profile is not None:
        yield certificates.c.profile == where.profile
    if where.state is not None:
        yield from _in_state(where.state, now, is_rare=is_rare)
    yield from _ending(where)
    if where.issued_from is not None:
        yield certificates.c.id >= first_id(where.issued_from)
    if where.issued_before is not None:
        yield certificates.c.id < first_id(where.issued_before)
    if where.revoked_from is not None or where.revoked_before is not None:
        yield certificates.c.id.in_(_revoked(where.revoked_from, where.revoked_before))
    if where.owner is not None:
        yield certificates.c.owner_id == where.owner
    yield from visibility.build_certificate_conditions(where.visible)


def _ending(where: CertificateFilter) -> Iterator[sa.ColumnElement[bool]]:
    if where.expires_before is None and where.expires_from is None:
        return
    if where.state is None:
        yield certificates.c.standing.in_((UNREVOKED, HELD, REVOKED))
    if where.expires_before is not None:
        yield certificates.c.not_after < where.expires_before
    if where.expires_from is not None:
        yield certificates.c.not_after >= where.expires_from


def _revoked(since: datetime | None, before: datetime | None) -> sa.Select[tuple[UUID | None]]:
    found = sa.select(revocations.c.certificate_id).where(*OF_REVOKED)
    if since is not None:
        found = found.where(revocations.c.time >= since)
    return found if before is None else found.where(revocations.c.time < before)


def build_end_conditions(state: CertificateState, now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions of valid or expired certificates, in a form that uses the index of expiration times."""
    end = certificates.c.not_after
    return certificates.c.standing == UNREVOKED, end < now if state is CertificateState.EXPIRED else end >= now


def _in_state(state: CertificateState, now: datetime, *, is_rare: bool) -> Iterator[sa.ColumnElement[bool]]:
    if state in (CertificateState.HELD, CertificateState.REVOKED):
        yield certificates.c.standing == state.value
        return
    if is_rare:
        yield certificates.c.id.in_(
            sa.select(certificates.c.id).where(*build_end_conditions(state, now)).correlate(None)
        )
        return
    yield certificates.c.standing == UNREVOKED
    # Both are many: read in the order of the list and skip, instead of sorting what an index on not_after would find.
    # The sum keeps that index out.
    end = sa.type_coerce(certificates.c.not_after, Integer) + 0
    yield end < to_microseconds(now) if state is CertificateState.EXPIRED else end >= to_microseconds(now)
