"""The dashboard: numbers of certificates, and what expires soon."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status.publish_crl import find_earliest_next_updates
from pki_manager.domain.ca import CaState, CertificateAuthority, KeyState
from pki_manager.domain.certificate import CertificateState
from pki_manager.domain.jobs import JobState
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access, scopes
from pki_manager.policy.access import Permission
from pki_manager.ports.unit_of_work import Reader

_WEEKS, _DAYS = 26, 30
_WEEK, _DAY = timedelta(weeks=1), timedelta(days=1)
_MOST_CAS = 200


@dataclass(frozen=True, slots=True)
class Span:
    """A period from `start` (inclusive) to `end` (exclusive), and the number of events in it."""

    start: datetime
    end: datetime
    number: int


@dataclass(frozen=True, slots=True)
class CaHealth:
    """A CA on the dashboard. `next_update` is the earliest `nextUpdate` of its current CRLs, partitions included.

    `next_update` is None while a CRL is missing.
    """

    ca: CertificateAuthority
    state: CaState
    next_update: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """The numbers on the dashboard at one moment. `valid_by_*` count valid certificates.

    `ending` counts expirations by week, `issued` and `revoked` count by day (UTC). `failed_jobs` is None for users who
    may not read jobs.
    """

    as_of: datetime
    by_state: dict[CertificateState, int]
    valid_by_ca: dict[UUID, int]
    valid_by_profile: dict[str, int]
    valid_by_key_type: dict[str, int]
    ending: tuple[Span, ...]
    issued: tuple[Span, ...]
    revoked: tuple[Span, ...]
    cas: tuple[CaHealth, ...]
    failed_jobs: int | None


def show_dashboard(ctx: Context, actor: Actor) -> Dashboard:
    """Return the dashboard, with numbers of the objects that the actor may read."""
    access.require_somewhere(actor, Permission.CERTIFICATE_READ)
    now = ctx.ports.clock.now()
    visible = scopes.compute_visibility(actor, Permission.CERTIFICATE_READ)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    weeks = [now, *(today + number * _WEEK for number in range(1, _WEEKS + 1))]
    days = [today - number * _DAY for number in range(_DAYS - 1, -2, -1)]

    def read(reader: Reader) -> Dashboard:
        totals = reader.census.count_totals(now, visible)
        return Dashboard(
            as_of=now,
            by_state=totals.by_state,
            valid_by_ca=totals.valid_by_ca,
            valid_by_profile=totals.valid_by_profile,
            valid_by_key_type=totals.valid_by_key_type,
            ending=_spans(weeks, reader.census.count_expiring(weeks, visible)),
            issued=_spans(days, reader.census.count_issued(days, visible)),
            revoked=_spans(days, reader.census.count_revoked(days, visible)),
            cas=_health_of_cas(reader, actor, now),
            failed_jobs=_failed_jobs(reader, actor),
        )

    return ctx.ports.storage.read_recent(actor, read)


def _spans(moments: list[datetime], numbers: list[int]) -> tuple[Span, ...]:
    return tuple(
        Span(start, end, number) for start, end, number in zip(moments[:-1], moments[1:], numbers, strict=True)
    )


def _health_of_cas(reader: Reader, actor: Actor, now: datetime) -> tuple[CaHealth, ...]:
    page = reader.cas.page(None, _MOST_CAS, scopes.compute_visibility(actor, Permission.CA_READ))
    keys = [key for held in reader.issuer_keys.find_by_cas([ca.id for ca in page.items]).values() for key in held]
    current = {key.ca_id: key for key in keys if key.state is KeyState.CURRENT}
    ends = find_earliest_next_updates(reader, list(current.values()))
    by_ca = {ca_id: ends.get(key.id) for ca_id, key in current.items()}
    return tuple(CaHealth(ca, ca.state_at(now), by_ca.get(ca.id)) for ca in page.items)


def _failed_jobs(reader: Reader, actor: Actor) -> int | None:
    if not access.is_allowed(actor, Permission.JOB_READ):
        return None
    return reader.jobs.count_by_state()[JobState.FAILED]
