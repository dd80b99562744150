"""Many certificates by one request: rows that are checked whole, then done one by one, each with its own result."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

MAX_ROWS = 10_000


class BulkAction(StrEnum):
    ISSUE = "issue"
    RENEW = "renew"
    REVOKE = "revoke"
    EXPORT = "export"
    IMPORT = "import"


class BulkRowState(StrEnum):
    """State of a row: received, checked, and done, in this order. A received or checked row can be refused."""

    RECEIVED = "received"
    CHECKED = "checked"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkRow:
    """`number` counts from 1 in the order of the file; `body` is what the row says, each field by its name.

    `certificate_id` is what a done row made or changed; `code` and `detail` say why a row was refused.
    """

    number: int
    body: dict[str, str]
    state: BulkRowState = BulkRowState.RECEIVED
    certificate_id: UUID | None = None
    code: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkJob:
    """`id` is its background job's. It has `started` once all rows were checked.

    `requested_by`, `requested_name` and `via` are the actor's who asked, by whose rights of the moment rows are done.
    """

    id: UUID
    action: BulkAction
    requested_by: str
    requested_name: str
    via: str
    rows: int
    created_at: datetime
    started: bool = False
