"""A certificate request as people see it, with its approval and comments."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from uuid import UUID

from pki_manager.authority.kernel import guard
from pki_manager.domain.approval import Approval
from pki_manager.domain.errors import NotFound
from pki_manager.domain.names import AlternativeName
from pki_manager.domain.plan import read_field_values
from pki_manager.domain.queue import Comment, QueuedRequest
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import covered, risks
from pki_manager.policy.access import Permission, Target, is_allowed, require_on
from pki_manager.ports.unit_of_work import Reader


@dataclass(frozen=True, slots=True)
class RequestView:
    """A certificate request with its approval. `comments` are oldest first; lists omit them."""

    request: QueuedRequest
    approval: Approval | None
    comments: tuple[Comment, ...] = ()


def get_request_view(reader: Reader, actor: Actor, request_id: UUID) -> RequestView:
    """Return a request with its approval, its comments, and the risks that the actor may see.

    Raises NotFound if it does not exist.
    """
    request = hide_other_users_risks(reader, actor, reader.requests.get(request_id))
    approval = None if request.approval_id is None else reader.approvals.get(request.approval_id)
    return RequestView(request, approval, tuple(reader.requests.list_comments(request_id)))


def hide_other_users_risks(reader: Reader, actor: Actor, request: QueuedRequest) -> QueuedRequest:
    """Return the request with only the risks that the actor may see.

    Some risks reveal certificates of other users. An actor who can approve the request sees all risks; other actors see
    them only for certificates that they may read.
    """
    if is_allowed(actor, Permission.REQUEST_APPROVE, build_target(reader, actor, request)):
        return request
    own = [risk for risk in request.risks if risk.code not in risks.ABOUT_OTHERS]
    duplicates = tuple(
        one for risk in request.risks for one in risk.certificates if _may_read(reader, actor, UUID(one))
    )
    readable = [risks.build_duplicates_risk(duplicates)] if duplicates else []
    return replace(request, risks=(*readable, *own))


def _may_read(reader: Reader, actor: Actor, certificate_id: UUID) -> bool:
    try:
        return guard.may_read(reader, actor, reader.certificates.get(certificate_id))
    except NotFound:
        return False


def build_target(reader: Reader, actor: Actor, request: QueuedRequest) -> Target:
    """Return the target that describes the requested certificate in access decisions about the actor."""
    enrolment = request.enrolment
    plan = json.loads(enrolment.plan_json)
    profile = (enrolment.profile, enrolment.profile_version)
    subject, fixed = guard.read_subject_and_fixed(reader, actor, plan["subject"], *profile)
    return covered.build_target(
        ca=enrolment.ca_id,
        profile=enrolment.profile,
        owner=enrolment.owner_id,
        team=enrolment.team_id,
        subject=subject,
        sans=tuple(AlternativeName.parse(text) for text in plan["sans"]),
        fixed=fixed,
        fields=read_field_values(enrolment.plan_json),
    )


def is_visible(reader: Reader, actor: Actor, request: QueuedRequest) -> bool:
    """Return whether the actor may read a request."""
    return is_allowed(actor, Permission.REQUEST_READ, build_target(reader, actor, request))


def get_permitted_request(
    reader: Reader, actor: Actor, request_id: UUID, permission: Permission = Permission.REQUEST_READ
) -> QueuedRequest:
    """Return a request on which the actor has the permission.

    Raises NotFound if it does not exist or the actor may not read it; Forbidden if the actor may read it but lacks the
    permission.
    """
    request = reader.requests.get(request_id)
    require_on(actor, permission, build_target(reader, actor, request), "request", str(request_id))
    return request
