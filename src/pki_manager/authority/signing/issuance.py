"""One issuance: what is ordered, and what has come of it so far."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from types import TracebackType
from typing import TypeVar
from uuid import UUID

from pki_manager.authority.kernel.batcher import BatchItem, Step
from pki_manager.authority.kernel.repeat_counter import IssuedKind
from pki_manager.domain.ca import Issuer
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.current_request import CURRENT_REQUEST
from pki_manager.domain.enrollment import Enrollment
from pki_manager.domain.errors import Fault
from pki_manager.domain.plan import CertificatePlan
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.rights.actor import Actor
from pki_manager.ports.unit_of_work import Claim, UnitOfWork
from pki_manager.x509.prepare import Prepared

T = TypeVar("T")

InSameTransaction = Callable[[UnitOfWork, UUID], None]
"""What ties an enrolment to what it is for, within the unit of work that begins it, and by its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueOrder:
    """A decided plan and who signs it.

    `revision` is that of the directory where issuer and profile come from it (`directory.View`). `accompany` adds rows
    to the first transaction (a new CA and its key); `renews` is the certificate before this one. `request` is the one
    in the queue that comes to its end here, by the approval rules of `rules`.
    """

    enrolment_id: UUID
    plan: CertificatePlan
    profile: Profile
    issuer: Issuer
    revision: int | None = None
    claim: Claim | None = None
    in_same_transaction: Callable[[UnitOfWork], None] | None = None
    renews: UUID | None = None
    request: Enrollment | None = None
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Intended:
    """What is to be signed, and the enrolment that says so."""

    enrolment: Enrollment
    prepared: Prepared


@dataclass(slots=True)
class Issuance(BatchItem):
    """One that is under way, and what has come of it. It begins with an order, or with an intent that was stored.

    `request_id` is that of whoever asked for it; its steps are logged as that request's, whoever leads the round.
    """

    actor: Actor
    issuer: Issuer
    order: IssueOrder | None = None
    intended: Intended | None = None
    certificate: Certificate | None = None
    request_id: str | None = field(init=False)

    def __post_init__(self) -> None:
        self.request_id = self.actor.request_id or CURRENT_REQUEST.get()

    def step(self) -> AbstractContextManager[None]:
        return _RequestStep(self, self.request_id)

    def ignored_extensions(self) -> tuple[str, ...]:
        """Of the plan; a stored one is read only where there is no other."""
        if self.order is not None:
            return self.order.plan.ignored_extensions
        return tuple(json.loads(present(self.intended).enrolment.plan_json).get("ignored_extensions", ()))

    def kind(self) -> IssuedKind:
        enrolment = present(self.intended).enrolment
        return IssuedKind(self.issuer.ca.name, enrolment.profile, enrolment.via)

    def result(self) -> Certificate:
        """Once it is durable: the certificate, or what went wrong."""
        if self.error is not None:
            raise self.error
        return present(self.certificate)


class _RequestStep(Step):
    """Logged as that request's."""

    def __init__(self, share: BatchItem, request_id: str | None) -> None:
        super().__init__(share)
        self._request_id = request_id

    def __enter__(self) -> None:
        self._token = CURRENT_REQUEST.set(self._request_id)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        CURRENT_REQUEST.reset(self._token)
        return super().__exit__(kind, error, trace)


def present(part: T | None) -> T:
    """A part that the step before has made; Fault when there is none."""
    if part is None:
        raise Fault("an issuance has left out a step")
    return part
