"""Bulk jobs: one file for many certificates. All of its rows are checked, then they are run one by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

MAX_ROWS = 10_000


class BulkAction(StrEnum):
    """What a bulk job does with each row."""

    ISSUE = "issue"
    RENEW = "renew"
    REVOKE = "revoke"
    EXPORT = "export"
    IMPORT = "import"


class BulkRowState(StrEnum):
    """State of a row. It is received, checked, and done, in this order; before it is done, it can be refused."""

    RECEIVED = "received"
    CHECKED = "checked"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkRow:
    """A row of a bulk job. `number` counts from 1 in the order of the file; `body` are its fields by name.

    `certificate_id` is what a completed row issued or changed; `code` and `detail` say why a row was refused.
    """

    number: int
    body: dict[str, str]
    state: BulkRowState = BulkRowState.RECEIVED
    certificate_id: UUID | None = None
    code: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkJob:
    """A bulk job. Its `id` is also that of its background job. `started` is set once all rows were checked.

    `requested_by`, `requested_name`, and `via` identify the actor who submitted it. Rows run with that actor's present
    permissions.
    """

    id: UUID
    action: BulkAction
    requested_by: str
    requested_name: str
    via: str
    rows: int
    created_at: datetime
    started: bool = False
