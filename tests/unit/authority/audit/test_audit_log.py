"""The audit trail: listed, verified, exported, and followed."""

from __future__ import annotations

import pytest

from pki_manager.authority.audit.audit_log import (
    accept_truncation,
    list_audit,
    require_complete,
    verify_audit,
    write_checkpoint,
)
from pki_manager.authority.audit.change_feed import list_changes_since
from pki_manager.authority.audit.export import export_range, require_whole
from pki_manager.authority.audit.range_proof import verify_range
from pki_manager.authority.audit.verification import find_last_verified, verify_in_steps
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import Forbidden, InvalidInput
from pki_manager.domain.rights.actor import build_system_actor
from pki_manager.policy.access import Permission
from pki_manager.ports.audit_trail import AuditFilter
from tests.support.factories import ADMIN
from tests.support.issuing import issue_one
from tests.support.memory.events import POWERLESS, records, refuses

AUDITOR = build_system_actor("auditor")


def test_events_are_listed_newest_first_and_by_action(ctx: Context) -> None:
    issue_one(ctx)
    page = list_audit(ctx, ADMIN, AuditFilter(action="certificate.issued"), None, 1)
    assert b'"action":"certificate.issued"' in page.items[0].body
    with refuses(ctx, Forbidden, Permission.AUDIT_READ):
        list_audit(ctx, POWERLESS, AuditFilter(), None, 1)


def test_an_untouched_trail_is_valid_and_complete(ctx: Context) -> None:
    assert write_checkpoint(ctx)
    assert not write_checkpoint(ctx)
    report = verify_audit(ctx, ADMIN)
    assert (report.problems, report.checkpoints) == ((), 1)
    require_complete(ctx)
    with records(ctx):
        assert not accept_truncation(ctx, ADMIN)
    with refuses(ctx, Forbidden, Permission.AUDIT_READ):
        verify_audit(ctx, POWERLESS)
    with refuses(ctx, Forbidden, Permission.AUDIT_ACCEPT):
        accept_truncation(ctx, POWERLESS)


def test_an_exported_range_proves_itself(ctx: Context) -> None:
    write_checkpoint(ctx)
    lines = list(export_range(ctx, ADMIN, None, None))
    report = verify_range(lines)
    assert (report.events > 0, report.unanchored) == (True, 0)
    with refuses(ctx, Forbidden, Permission.AUDIT_READ):
        list(export_range(ctx, POWERLESS, None, None))


def test_an_export_with_gaps_is_refused() -> None:
    require_whole(AuditFilter())
    with pytest.raises(InvalidInput, match="time"):
        require_whole(AuditFilter(action="certificate.issued"))


def test_changes_begin_where_the_reader_left_off(ctx: Context) -> None:
    begin = list_changes_since(ctx, ADMIN, None)
    assert begin.changes == ()
    issued = issue_one(ctx)
    changes = list_changes_since(ctx, ADMIN, begin.position)
    assert str(issued.id) in {change.id for change in changes.changes}
    assert list_changes_since(ctx, ADMIN, changes.position).changes == ()


def test_a_verification_notes_when_it_found_the_trail_valid(ctx: Context) -> None:
    assert find_last_verified(ctx, ADMIN) is None
    verification = verify_in_steps(ctx, AUDITOR, seconds=60)
    assert verification.problem is None
    assert find_last_verified(ctx, ADMIN) == ctx.ports.clock.now()
