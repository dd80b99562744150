"""Response bodies of the dashboard."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from pydantic import BaseModel

from pki_manager.authority.installation import dashboard
from pki_manager.domain.ca import CaState
from pki_manager.domain.certificate import CertificateState

K = TypeVar("K")


class CaCount(BaseModel):
    ca: UUID
    number: int


class NamedCount(BaseModel):
    name: str
    number: int


class SpanResponse(BaseModel):
    """Number of certificates in a period: from `start` until before `end`."""

    start: datetime
    end: datetime
    number: int

    @classmethod
    def of(cls, one: dashboard.Span) -> SpanResponse:
        return cls(start=one.start, end=one.end, number=one.number)


class CaHealthResponse(BaseModel):
    """Health of a CA.

    `next_update` is the earliest `nextUpdate` of the CRLs of its current key; null if one is missing.
    """

    id: UUID
    name: str
    state: CaState
    not_after: datetime | None
    next_update: datetime | None


class DashboardResponse(BaseModel):
    """Numbers of the objects that you can read. `valid_by_*` are sorted by number, highest first.

    `ending` is by week; `issued` and `revoked` are by day (UTC).
    """

    as_of: datetime
    by_state: dict[CertificateState, int]
    valid_by_ca: list[CaCount]
    valid_by_profile: list[NamedCount]
    valid_by_key_type: list[NamedCount]
    ending: list[SpanResponse]
    issued: list[SpanResponse]
    revoked: list[SpanResponse]
    cas: list[CaHealthResponse]
    failed_jobs: int | None

    @classmethod
    def of(cls, found: dashboard.Dashboard) -> DashboardResponse:
        return cls(
            as_of=found.as_of,
            by_state=found.by_state,
            valid_by_ca=[CaCount(ca=ca, number=number) for ca, number in _most_first(found.valid_by_ca)],
            valid_by_profile=[NamedCount(name=name, number=n) for name, n in _most_first(found.valid_by_profile)],
            valid_by_key_type=[NamedCount(name=name, number=n) for name, n in _most_first(found.valid_by_key_type)],
            ending=[SpanResponse.of(one) for one in found.ending],
            issued=[SpanResponse.of(one) for one in found.issued],
            revoked=[SpanResponse.of(one) for one in found.revoked],
            cas=[
                CaHealthResponse(
                    id=one.ca.id,
                    name=one.ca.name,
                    state=one.state,
                    not_after=one.ca.validity.not_after if one.ca.validity else None,
                    next_update=one.next_update,
                )
                for one in found.cas
            ],
            failed_jobs=found.failed_jobs,
        )


def _most_first(counts: Mapping[K, int]) -> list[tuple[K, int]]:
    return sorted(counts.items(), key=lambda pair: -pair[1])
