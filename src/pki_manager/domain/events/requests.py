"""Audit events of certificate requests and approvals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from pki_manager.domain.approval import Approval
from pki_manager.domain.events.audit import AuditEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSubmitted(AuditEvent):
    """A certificate request was submitted.

    `rules` are the approval rules that apply; without any, no approval is needed.
    """

    ACTION = "request.submitted"
    OBJECT = "request"
    ca: str
    profile: str
    subject: str
    plan_sha256: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestEdited(AuditEvent):
    """A request was edited. Earlier approvals do not count for its new plan."""

    ACTION = "request.edited"
    OBJECT = "request"
    plan_sha256_before: str
    plan_sha256: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCommented(AuditEvent):
    """A request was commented on. The text is stored with the request."""

    ACTION = "request.commented"
    OBJECT = "request"
    comment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestApproved(AuditEvent):
    """One person approved a request. `rules` are those that it counts for; `missing` need more approvals."""

    ACTION = "request.approved"
    OBJECT = "request"
    approval: str
    plan_sha256: str
    rules: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestApprovalWithdrawn(AuditEvent):
    """An approver withdrew their approval of a request."""

    ACTION = "request.approval_withdrawn"
    OBJECT = "request"
    approval: str
    plan_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestApprovalLapsed(AuditEvent):
    """Approvals no longer count: the users in `given_by` cannot approve anymore. The rules in `missing` wait again."""

    ACTION = "request.approval_lapsed"
    OBJECT = "request"
    approval: str
    plan_sha256: str
    given_by: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRejected(AuditEvent):
    """A request was rejected. `reason` is what the approver wrote to the requester."""

    ACTION = "request.rejected"
    OBJECT = "request"
    plan_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCancelled(AuditEvent):
    """A request was cancelled by its requester."""

    ACTION = "request.cancelled"
    OBJECT = "request"
    plan_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestExpired(AuditEvent):
    """A request expired."""

    ACTION = "request.expired"
    OBJECT = "request"
    plan_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRefused(AuditEvent):
    """An approved request could no longer be issued as approved: permissions, CA, profile, key, or rules changed."""

    ACTION = "request.refused"
    OBJECT = "request"
    plan_sha256: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRequested(AuditEvent):
    """An operation was frozen until it is approved; `rules` are those that require approval."""

    ACTION = "approval.requested"
    OBJECT = "approval"
    operation: str
    target: str
    sha256: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalGiven(AuditEvent):
    """One person approved an operation. `rules` are those that it counts for; `missing` need more approvals."""

    ACTION = "approval.given"
    OBJECT = "approval"
    operation: str
    target: str
    sha256: str
    rules: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalWithdrawn(AuditEvent):
    """An approver withdrew their approval."""

    ACTION = "approval.withdrawn"
    OBJECT = "approval"
    operation: str
    target: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalLapsed(AuditEvent):
    """Approvals no longer count: the users in `given_by` cannot approve anymore. The rules in `missing` wait again."""

    ACTION = "approval.lapsed"
    OBJECT = "approval"
    operation: str
    target: str
    sha256: str
    given_by: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalVoided(AuditEvent):
    """An approval became invalid: the result would differ from what was approved. `reason` says what has changed."""

    ACTION = "approval.voided"
    OBJECT = "approval"
    operation: str
    target: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRejected(AuditEvent):
    """An operation was rejected. `reason` is what the approver wrote to the requester."""

    ACTION = "approval.rejected"
    OBJECT = "approval"
    operation: str
    target: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalCancelled(AuditEvent):
    """An operation was cancelled by its requester."""

    ACTION = "approval.cancelled"
    OBJECT = "approval"
    operation: str
    target: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalExpired(AuditEvent):
    """An approval expired."""

    ACTION = "approval.expired"
    OBJECT = "approval"
    operation: str
    target: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalExecuted(AuditEvent):
    """An approved operation ran, in the transaction of this event. `rules` are the approval rules that were met."""

    ACTION = "approval.executed"
    OBJECT = "approval"
    operation: str
    target: str
    sha256: str
    rules: tuple[str, ...]
    given_by: tuple[str, ...]
    overridden_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalOverridden(AuditEvent):
    """An administrator ran the operation without its approvals, for `reason`. `rules` are the overridden ones."""

    ACTION = "approval.overridden"
    OBJECT = "approval"
    operation: str
    target: str
    sha256: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRulesChanged(AuditEvent):
    """The approval rules were changed. `rules` are their names; `rules_sha256` hashes their canonical JSON."""

    ACTION = "approval_rules.changed"
    OBJECT = "approval_rules"
    version: int
    rules: tuple[str, ...]
    rules_sha256: str


def build_approval_given(approval: Approval, rules: tuple[str, ...], missing: tuple[str, ...]) -> AuditEvent:
    """Return the event of one person's approval. For a certificate request, it is the event about the request."""
    digest = approval.sha256.hex()
    if approval.request_id is not None:
        return RequestApproved(
            object_id=str(approval.request_id),
            approval=str(approval.id),
            plan_sha256=digest,
            rules=rules,
            missing=missing,
        )
    return ApprovalGiven(
        object_id=str(approval.id),
        operation=approval.operation,
        target=approval.object_id,
        sha256=digest,
        rules=rules,
        missing=missing,
    )


def build_approval_withdrawn(approval: Approval) -> AuditEvent:
    """Return the event of a withdrawn approval. For a certificate request, it is the event about the request."""
    if approval.request_id is not None:
        return RequestApprovalWithdrawn(
            object_id=str(approval.request_id), approval=str(approval.id), plan_sha256=approval.sha256.hex()
        )
    return _ended(ApprovalWithdrawn, approval)


def build_approval_lapsed(approval: Approval, given_by: tuple[str, ...], missing: tuple[str, ...]) -> AuditEvent:
    """Return the event of approvals that no longer count. For a certificate request, it is about the request."""
    digest = approval.sha256.hex()
    if approval.request_id is not None:
        return RequestApprovalLapsed(
            object_id=str(approval.request_id),
            approval=str(approval.id),
            plan_sha256=digest,
            given_by=given_by,
            missing=missing,
        )
    return ApprovalLapsed(
        object_id=str(approval.id),
        operation=approval.operation,
        target=approval.object_id,
        sha256=digest,
        given_by=given_by,
        missing=missing,
    )


def build_approval_voided(approval: Approval, reason: str) -> AuditEvent:
    """Return the event of an approval that became invalid, because its operation would now have another result."""
    return ApprovalVoided(
        object_id=str(approval.id),
        operation=approval.operation,
        target=approval.object_id,
        sha256=approval.sha256.hex(),
        reason=reason,
    )


def build_approval_rejected(approval: Approval, reason: str) -> AuditEvent:
    """Return the event of a rejected approval. For a certificate request, it is the event about the request."""
    digest = approval.sha256.hex()
    if approval.request_id is not None:
        return RequestRejected(object_id=str(approval.request_id), plan_sha256=digest, reason=reason)
    return ApprovalRejected(
        object_id=str(approval.id),
        operation=approval.operation,
        target=approval.object_id,
        sha256=digest,
        reason=reason,
    )


def build_approval_cancelled(approval: Approval) -> AuditEvent:
    """Return the event of a cancelled approval. For a certificate request, it is the event about the request."""
    if approval.request_id is not None:
        return RequestCancelled(object_id=str(approval.request_id), plan_sha256=approval.sha256.hex())
    return _ended(ApprovalCancelled, approval)


def build_approval_expired(approval: Approval) -> AuditEvent:
    """Return the event of an expired approval. For a certificate request, it is the event about the request."""
    return _ended(ApprovalExpired, approval)


_Ended: TypeAlias = type[ApprovalWithdrawn] | type[ApprovalCancelled] | type[ApprovalExpired]


def _ended(kind: _Ended, approval: Approval) -> AuditEvent:
    return kind(
        object_id=str(approval.id),
        operation=approval.operation,
        target=approval.object_id,
        sha256=approval.sha256.hex(),
    )
