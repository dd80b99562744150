"""The part of the storage port that keeps the queue of certificate requests, and what has to be approved."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from pki_manager.domain.approval import Approval, ApprovalState, Consent, RuleSet
from pki_manager.domain.enrollment import Enrollment, EnrollmentState
from pki_manager.domain.page import Page
from pki_manager.domain.queue import Comment, QueuedRequest
from pki_manager.domain.rights.actor import Visibility


@dataclass(frozen=True, slots=True)
class Approver:
    """A user who may be asked to approve: `keys` are those of `policy.approval.keys_of`."""

    person: str
    keys: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFilter:
    """All given conditions must hold.

    `visible` is what may be seen, but for limits of names; `waits_for` who can approve it.
    """

    state: EnrollmentState | None = None
    ca_id: UUID | None = None
    profile: str | None = None
    owner: str | None = None
    visible: Visibility | None = None
    waits_for: Approver | None = None


class RequestReader(Protocol):
    def get(self, request_id: UUID) -> QueuedRequest:
        """NotFound, also for an enrollment that never was in the queue."""
        ...

    def page(self, where: RequestFilter, cursor: str | None, limit: int) -> Page[QueuedRequest]:
        """Newest first."""
        ...

    def comments(self, request_id: UUID) -> Sequence[Comment]:
        """Oldest first."""
        ...

    def expired(self, now: datetime, limit: int) -> Sequence[QueuedRequest]:
        """Those that wait, for people or for collection, past their time."""
        ...


class Requests(RequestReader, Protocol):
    def add(self, request: QueuedRequest) -> None: ...

    def replace(self, request: QueuedRequest, before: bytes) -> bool:
        """Another plan for one that waits and whose plan hash was `before`: False when it is otherwise by now."""
        ...

    def move(
        self,
        request_id: UUID,
        before: Collection[EnrollmentState],
        after: EnrollmentState,
        now: datetime,
        reason: str | None,
    ) -> bool:
        """From one of these states to another: False when it is in none of them. Conflict for what is no step."""
        ...

    def extend(self, request_id: UUID, expires_at: datetime) -> None: ...

    def begin(self, enrolment: Enrollment) -> bool:
        """From `ready` to `issuing` with an intent, once: False when it is not ready, or its plan is another.

        Conflict when the serial number is used.
        """
        ...

    def give_back(self, request_id: UUID, now: datetime, reason: str) -> bool:
        """From `issuing` to `ready`, its intent forgotten: False when another process has settled it."""
        ...

    def explain(self, request_id: UUID, reason: str) -> None:
        """Why a request that is ready is not issued yet."""
        ...

    def comment(self, request_id: UUID, comment: Comment) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalFilter:
    """As `RequestFilter`."""

    state: ApprovalState | None = None
    owner: str | None = None
    waits_for: Approver | None = None


class ApprovalReader(Protocol):
    def get(self, approval_id: UUID) -> Approval: ...

    def of(self, approval_ids: Collection[UUID]) -> dict[UUID, Approval]:
        """Those of them that there are, by id."""
        ...

    def open_of(self, person: str, object_id: str) -> Sequence[Approval]:
        """Return what a person has asked for about an object and is waiting or approved."""
        ...

    def page(self, where: ApprovalFilter, cursor: str | None, limit: int) -> Page[Approval]:
        """Newest first."""
        ...

    def expired(self, now: datetime, limit: int) -> Sequence[Approval]:
        """Waiting or approved ones past their time that no certificate request waits for."""
        ...

    def count_overridden(self) -> int: ...

    def rules(self, version: int | None = None) -> RuleSet:
        """The newest version unless one is named; NotFound for one that never was."""
        ...


class Approvals(ApprovalReader, Protocol):
    def add(self, approval: Approval) -> bool:
        """With its authors. False when the person has the same open already."""
        ...

    def lock(self, approval_id: UUID) -> Approval:
        """As it is, and no other unit changes it until the unit ends."""
        ...

    def reset(self, approval: Approval) -> None:
        """Another body, hash and rules, and waiting; who had approved has no longer, and its authors are authors."""
        ...

    def consent(self, approval_id: UUID, consent: Consent) -> bool:
        """False when the person has approved already, or is an author."""
        ...

    def take_back(self, approval_id: UUID, person: str) -> bool:
        """False when the person has not approved."""
        ...

    def reopen(self, approval_id: UUID, now: datetime) -> None:
        """Let an approved one wait again, its override and reason forgotten. Conflict when it is not approved."""
        ...

    def move(
        self,
        approval_id: UUID,
        before: Collection[ApprovalState],
        after: ApprovalState,
        now: datetime,
        *,
        reason: str | None = None,
        overridden_by: str | None = None,
    ) -> bool:
        """False when it is in none of the states `before`."""
        ...

    def put_rules(self, rules: RuleSet, by: str, now: datetime) -> None:
        """A new version; Conflict when there is one of that number."""
        ...
