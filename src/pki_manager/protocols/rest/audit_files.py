"""The audit log as files: a verifiable export, or search results for a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from pki_manager.authority.audit import audit_log
from pki_manager.authority.audit.export import MEDIA_TYPE
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.csv_cell import escape_formula
from pki_manager.domain.page import MAX_LIMIT
from pki_manager.domain.rights.actor import Actor
from pki_manager.ports.audit_trail import AuditFilter, StoredEvent

CSV = "text/csv"
AUDIT_FILE: dict[str, Any] = {
    "content": {MEDIA_TYPE: {"schema": {"type": "string"}}, CSV: {"schema": {"type": "string"}}}
}

_COLUMNS = (
    *(
        "time",
        "node",
        "seq",
        "actor_kind",
        "actor_id",
        "actor_name",
        "via",
        "rule",
        "action",
        "object_kind",
        "object_id",
    ),
    *("outcome", "reason", "peer", "request_id", "details", "hash"),
)


class AuditFormat(StrEnum):
    """Export format. `jsonl` can be verified offline with `pkim audit verify --in`; `csv` cannot be verified."""

    JSONL = "jsonl"
    CSV = "csv"


def write_csv_lines(ctx: Context, actor: Actor, where: AuditFilter) -> Iterator[bytes]:
    """Yield the events of a search as CSV with a header line, newest first. The events are read page by page."""
    page = audit_log.list_audit(ctx, actor, where, None, MAX_LIMIT)
    return _rows(ctx, actor, where, page.items, page.next_cursor)


def _rows(
    ctx: Context, actor: Actor, where: AuditFilter, items: tuple[StoredEvent, ...], cursor: str | None
) -> Iterator[bytes]:
    yield _row(_COLUMNS)
    while True:
        for event in items:
            yield _row(_cells(event))
        if cursor is None:
            return
        page = audit_log.list_audit(ctx, actor, where, cursor, MAX_LIMIT)
        items, cursor = page.items, page.next_cursor


def _cells(event: StoredEvent) -> tuple[str, ...]:
    body = json.loads(event.body)
    who, what = body["actor"], body["object"]
    cells = (
        *(body["time"], body["node"], body["seq"], who["kind"], who["id"], who["name"], who["via"], who.get("rule")),
        *(body["action"], what["kind"], what["id"], body["outcome"], body["reason"], body["peer"], body["request_id"]),
        *(json.dumps(body["details"], separators=(",", ":"), ensure_ascii=False), event.hash.hex()),
    )
    return tuple("" if cell is None else str(cell) for cell in cells)


def _row(cells: tuple[str, ...]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow([escape_formula(cell) for cell in cells])
    return line.getvalue().encode(errors="backslashreplace")
