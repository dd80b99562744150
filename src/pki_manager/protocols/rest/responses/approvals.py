"""Response bodies of approvals and approval rules."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, GetJsonSchemaHandler, RootModel
from pydantic_core import CoreSchema

from pki_manager.authority.requests.consequences import Consequence, list_consequences
from pki_manager.domain import approval as domain


class Given(BaseModel):
    """Approval by one person. `rules` are the approval rules that it counts for."""

    by: str
    name: str
    at: datetime
    rules: list[str]


class Demand(BaseModel):
    """Approval rule that must be met: it needs approvals from `needed` people, `missing` of them are still missing."""

    rule: str
    needed: int
    missing: int
    roles: list[str]
    teams: list[str]
    break_glass: bool


class Consents(BaseModel):
    """Progress of an approval. `needed` is the highest number that any rule requires; approvers send `sha256`.

    `authors` submitted or edited the operation and cannot approve it.
    """

    approval: UUID
    state: domain.ApprovalState
    sha256: str
    needed: int
    authors: list[str]
    given: list[Given]
    rules: list[Demand]
    overridden_by: str | None
    expires_at: datetime

    @classmethod
    def of(cls, one: domain.Approval) -> Consents:
        lacking = one.missing()
        return cls(
            approval=one.id,
            state=one.state,
            sha256=one.sha256.hex(),
            needed=max(rule.needed for rule in one.rules),
            authors=list(one.authors),
            given=[Given(by=c.actor_id, name=c.name, at=c.at, rules=list(c.rules)) for c in one.given],
            rules=[
                Demand(
                    rule=rule.name,
                    needed=rule.needed,
                    missing=lacking.get(rule.name, 0),
                    roles=list(rule.roles),
                    teams=list(rule.teams),
                    break_glass=rule.break_glass,
                )
                for rule in one.rules
            ],
            overridden_by=one.overridden_by,
            expires_at=one.expires_at,
        )


class ApprovalConsequence(BaseModel):
    """Consequence of an operation. `code` is stable; `count` is the number of affected objects, or null."""

    code: str
    text: str
    count: int | None


class ApprovalResponse(BaseModel):
    """Operation that waits for approval. `body` is exactly what will run, and `sha256` is its hash.

    `request` is the certificate request that waits for the approval; null for other operations. `consequences` are the
    effects of the operation. Consequences that require counting are returned only for a single approval.
    """

    id: UUID
    operation: domain.Operation
    object: str
    object_kind: str
    request: UUID | None
    body: dict[str, Any]
    consequences: list[ApprovalConsequence]
    sha256: str
    state: domain.ApprovalState
    reason: str | None
    requested_by: str
    requester_name: str
    authors: list[str]
    approvals: Consents
    created_at: datetime
    changed_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, one: domain.Approval, counted: tuple[Consequence, ...] | None = None) -> ApprovalResponse:
        found = list_consequences(one, None, one.created_at) if counted is None else counted
        return cls(
            id=one.id,
            operation=one.operation,
            object=one.object_id,
            object_kind=one.object_kind,
            request=one.request_id,
            body=json.loads(one.body),
            consequences=[ApprovalConsequence(code=each.code, text=each.text, count=each.count) for each in found],
            sha256=one.sha256.hex(),
            state=one.state,
            reason=one.reason,
            requested_by=one.requested_by,
            requester_name=one.requester_name,
            authors=list(one.authors),
            approvals=Consents.of(one),
            created_at=one.created_at,
            changed_at=one.changed_at,
            expires_at=one.expires_at,
        )


class ApprovalPage(BaseModel):
    items: list[ApprovalResponse]
    next_cursor: str | None


class Rules(RootModel[list[dict[str, Any]]]):
    """Approval rules. An operation must meet every rule that applies to it."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"title": cls.__name__, "description": cls.__doc__, **domain.build_rules_schema()}


class ApprovalRules(BaseModel):
    """One version of all approval rules. Version 0 means that no rules were ever set."""

    version: int
    rules: Rules

    @classmethod
    def of(cls, one: domain.RuleSet) -> ApprovalRules:
        return cls(version=one.version, rules=Rules(domain.encode_rules(one.rules)))
