"""Refusals in the audit trail: told, counted, bounded, and never in the way of the answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from pki_manager.authority.kernel import refusal_log, repeat_counter
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import BackendUnavailable, Conflict, Forbidden, PkiError, StorageUnavailable
from pki_manager.domain.rights.actor import Actor
from pki_manager.ports.audit_trail import AuditFilter
from tests.support.factories import ADMIN, with_ports


class Away:
    """A storage that cannot be written."""

    @contextmanager
    def begin(self, actor: Actor) -> Iterator[Any]:
        raise StorageUnavailable("gone")
        yield


def told(ctx: Context) -> list[tuple[str, str, str, int]]:
    """Oldest first: actor, operation, outcome, times."""
    with ctx.ports.storage.read() as reader:
        bodies = [json.loads(event.body) for event in reader.audit.page(AuditFilter(), None, 200).items]
    return [
        (body["actor"]["id"], body["object"]["id"], body["outcome"], body["details"]["times"])
        for body in reversed(bodies)
        if body["action"] in {"access.denied", "operation.refused"}
    ]


def note(ctx: Context, error: PkiError, operation: str = "do_it", actor: Actor = ADMIN) -> None:
    refusal_log.record_refusal(ctx, actor, operation, "target", error)


def test_kinds_are_told_apart_by_who_what_and_why_and_not_by_the_request(ctx: Context) -> None:
    other = replace(ADMIN, id="local:other")
    for request in ("r1", "r2"):
        asked = replace(ADMIN, request_id=request)
        note(ctx, Conflict("no"), actor=asked)
        note(ctx, Forbidden("no"), actor=asked)
        note(ctx, Conflict("no"), "do_that", actor=asked)
        note(ctx, Conflict("no"), actor=replace(other, request_id=request))
    assert len(told(ctx)) == 4
    refusal_log.flush_refusals(ctx)
    assert [times for *_, times in told(ctx)] == [1] * 8
    refusal_log.flush_refusals(ctx)
    assert len(told(ctx)) == 8


def test_what_its_use_case_has_told_is_not_told_again(ctx: Context) -> None:
    error = Conflict("no")
    note(ctx, error)
    note(ctx, error)
    refusal_log.flush_refusals(ctx)
    assert len(told(ctx)) == 1


def test_a_part_that_is_away_is_a_failure_and_no_refusal(ctx: Context) -> None:
    note(ctx, BackendUnavailable("gone"))
    assert told(ctx)[0][2] == "failed"


def test_more_kinds_than_are_told_apart_are_one_sum(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeat_counter, "MAX_KINDS", 3)
    for number in range(10):
        note(ctx, Conflict("no"), f"operation {number}")
    assert len(told(ctx)) == 3
    refusal_log.flush_refusals(ctx)
    assert told(ctx)[3:] == [("system:refusals", "others", "refused", 7)]


def test_an_unwritable_trail_hides_no_answer_and_loses_no_count(ctx: Context) -> None:
    away: Any = Away()
    blind = with_ports(ctx, storage=away)
    for _ in range(3):
        note(blind, Forbidden("no"))
    with pytest.raises(StorageUnavailable, match="gone"):
        refusal_log.flush_refusals(blind)
    refusal_log.flush_refusals(ctx)
    assert [times for *_, times in told(ctx)] == [2]


def test_when_the_database_is_away_nothing_is_tried(ctx: Context) -> None:
    note(ctx, StorageUnavailable("gone"))
    refusal_log.flush_refusals(ctx)
    assert told(ctx) == []
