"""Refusals in the audit trail: told, counted, bounded, and never in the way of the answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from pki_manager.authority.kernel import refusal_log, repeat_counter
from pki_manager.authority.kernel.context import Authority
from pki_manager.domain.errors import BackendUnavailable, Conflict, Forbidden, PkiError, StorageUnavailable
from pki_manager.domain.rights.actor import Actor
from pki_manager.ports.audit_trail import AuditFilter
from tests.factories import ADMIN


class Away:
    """A storage that cannot be written."""

    @contextmanager
    def begin(self, actor: Actor) -> Iterator[Any]:
        raise StorageUnavailable("gone")
        yield


def told(authority: Authority) -> list[tuple[str, str, str, int]]:
    """Oldest first: actor, operation, outcome, times."""
    with authority.storage.read() as reader:
        bodies = [json.loads(event.body) for event in reader.audit.page(AuditFilter(), None, 200).items]
    return [
        (body["actor"]["id"], body["object"]["id"], body["outcome"], body["details"]["times"])
        for body in reversed(bodies)
        if body["action"] in {"access.denied", "operation.refused"}
    ]


def note(authority: Authority, error: PkiError, operation: str = "do_it", actor: Actor = ADMIN) -> None:
    refusal_log.note(authority, actor, operation, "target", error)


def test_kinds_are_told_apart_by_who_what_and_why_and_not_by_the_request(authority: Authority) -> None:
    other = replace(ADMIN, id="local:other")
    for request in ("r1", "r2"):
        asked = replace(ADMIN, request_id=request)
        note(authority, Conflict("no"), actor=asked)
        note(authority, Forbidden("no"), actor=asked)
        note(authority, Conflict("no"), "do_that", actor=asked)
        note(authority, Conflict("no"), actor=replace(other, request_id=request))
    assert len(told(authority)) == 4
    refusal_log.flush(authority)
    assert [times for *_, times in told(authority)] == [1] * 8
    refusal_log.flush(authority)
    assert len(told(authority)) == 8


def test_what_its_use_case_has_told_is_not_told_again(authority: Authority) -> None:
    error = Conflict("no")
    note(authority, error)
    note(authority, error)
    refusal_log.flush(authority)
    assert len(told(authority)) == 1


def test_a_part_that_is_away_is_a_failure_and_no_refusal(authority: Authority) -> None:
    note(authority, BackendUnavailable("gone"))
    assert told(authority)[0][2] == "failed"


def test_more_kinds_than_are_told_apart_are_one_sum(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeat_counter, "MAX_KINDS", 3)
    for number in range(10):
        note(authority, Conflict("no"), f"operation {number}")
    assert len(told(authority)) == 3
    refusal_log.flush(authority)
    assert told(authority)[3:] == [("system:refusals", "others", "refused", 7)]


def test_an_unwritable_trail_hides_no_answer_and_loses_no_count(authority: Authority) -> None:
    away: Any = Away()
    blind = replace(authority, storage=away)
    for _ in range(3):
        note(blind, Forbidden("no"))
    with pytest.raises(StorageUnavailable):
        refusal_log.flush(blind)
    refusal_log.flush(authority)
    assert [times for *_, times in told(authority)] == [2]


def test_when_the_database_is_away_nothing_is_tried(authority: Authority) -> None:
    note(authority, StorageUnavailable("gone"))
    refusal_log.flush(authority)
    assert told(authority) == []
