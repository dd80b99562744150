"""The storage port of certificate requests and approvals."""

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
    """A user in the role of approver. `keys` are those of `policy.approval.list_approver_keys`."""

    person: str
    keys: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFilter:
    """Conditions for requests; all must be met.

    `visible` are the scopes of the caller, without limits of names. With `waits_for`, only requests that this user can
    approve match.
    """

    state: EnrollmentState | None = None
    ca_id: UUID | None = None
    profile: str | None = None
    owner: str | None = None
    visible: Visibility | None = None
    waits_for: Approver | None = None


class RequestReader(Protocol):
    """Stored certificate requests."""

    def get(self, request_id: UUID) -> QueuedRequest:
        """Return a request. Raises NotFound if there is none, also for an enrollment that was never in the queue."""
        ...

    def page(self, where: RequestFilter, cursor: str | None, limit: int) -> Page[QueuedRequest]:
        """List requests, newest first."""
        ...

    def list_comments(self, request_id: UUID) -> Sequence[Comment]:
        """Return the comments of a request, oldest first."""
        ...

    def list_expired(self, now: datetime, limit: int) -> Sequence[QueuedRequest]:
        """Return expired requests that still wait for approval or collection."""
        ...


class Requests(RequestReader, Protocol):
    """Stored certificate requests that a transaction can change."""

    def add(self, request: QueuedRequest) -> None: ...

    def replace(self, request: QueuedRequest, before: bytes) -> bool:
        """Replace the plan of a waiting request. Returns False if its plan hash is not `before` any more."""
        ...

    def move(
        self,
        request_id: UUID,
        before: Collection[EnrollmentState],
        after: EnrollmentState,
        now: datetime,
        reason: str | None,
    ) -> bool:
        """Change the state of a request. Returns False if its state is not in `before`.

        Raises Conflict if requests cannot change from such a state to `after`.
        """
        ...

    def extend(self, request_id: UUID, expires_at: datetime) -> None: ...

    def begin(self, enrolment: Enrollment) -> bool:
        """Change a request from `ready` to `issuing` and store its issuance intent. Succeeds only once.

        Returns False if it is not ready, or has another plan. Raises Conflict if the serial number is in use.
        """
        ...

    def give_back(self, request_id: UUID, now: datetime, reason: str) -> bool:
        """Change a request from `issuing` back to `ready`, without an issuance intent.

        Returns False if another process has concluded it.
        """
        ...

    def explain(self, request_id: UUID, reason: str) -> None:
        """Store why a request that is ready has not been issued yet."""
        ...

    def add_comment(self, request_id: UUID, comment: Comment) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalFilter:
    """Conditions for approvals, with the meaning that they have in `RequestFilter`."""

    state: ApprovalState | None = None
    owner: str | None = None
    waits_for: Approver | None = None


class ApprovalReader(Protocol):
    """Stored approvals and approval rules."""

    def get(self, approval_id: UUID) -> Approval: ...

    def find_many(self, approval_ids: Collection[UUID]) -> dict[UUID, Approval]:
        """Return the approvals that exist among these IDs, by ID."""
        ...

    def open_of(self, person: str, object_id: str) -> Sequence[Approval]:
        """Return the operations on an object that a person requested and that are waiting or approved."""
        ...

    def page(self, where: ApprovalFilter, cursor: str | None, limit: int) -> Page[Approval]:
        """List approvals, newest first."""
        ...

    def list_expired(self, now: datetime, limit: int) -> Sequence[Approval]:
        """Return expired approvals that are waiting or approved, except those of certificate requests."""
        ...

    def count_overridden(self) -> int: ...

    def get_rules(self, version: int | None = None) -> RuleSet:
        """Return the approval rules, by default their newest version. Raises NotFound if the version does not exist."""
        ...


class Approvals(ApprovalReader, Protocol):
    """Stored approvals and approval rules that a transaction can change."""

    def add(self, approval: Approval) -> bool:
        """Store an approval with its authors. Returns False if the person already has the same operation open."""
        ...

    def lock(self, approval_id: UUID) -> Approval:
        """Return an approval, locked until the unit of work ends. Raises NotFound if it does not exist."""
        ...

    def reset(self, approval: Approval) -> None:
        """Replace body, hash, rules, and authors of an approval, and set it back to waiting without approvals."""
        ...

    def add_consent(self, approval_id: UUID, consent: Consent) -> bool:
        """Store that a person approves. Returns False if the person has already approved or is an author."""
        ...

    def take_back(self, approval_id: UUID, person: str) -> bool:
        """Delete the approval of one person. Returns False if the person has not approved."""
        ...

    def reopen(self, approval_id: UUID, now: datetime) -> None:
        """Set an approved operation back to waiting, without override and reason.

        Raises Conflict if it is not approved.
        """
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
        """Change the state of an approval. Returns False if its state is not in `before`."""
        ...

    def put_rules(self, rules: RuleSet, by: str, now: datetime) -> None:
        """Store a new version of the rules. Raises Conflict if the version exists."""
        ...
