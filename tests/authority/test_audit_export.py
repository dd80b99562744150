"""An exported stretch of the audit trail proves itself, by the file alone, and not once anything was changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pki_manager.authority.audit.audit_log import verify_audit, write_checkpoint
from pki_manager.authority.audit.export import export_range
from pki_manager.authority.audit.range_proof import verify_range
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.rights import tokens
from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import Forbidden, InvalidInput
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.storage.storage import SqlStorage
from tests.fakes.clock import FrozenClock
from tests.support.factories import ADMIN, make_authority

Line = dict[str, Any]


@pytest.fixture
def trail(tmp_path: Path, storage: SqlStorage, clock: FrozenClock) -> Context:
    """Ten events, two a minute; a checkpoint after the fourth and after the eighth."""
    ctx = make_authority(tmp_path, storage, clock)
    for number in range(5):
        for half in "ab":
            tokens.create_token(ctx, ADMIN, f"t{number}{half}", "auditor", Duration.parse("P1D"))
        if number in (1, 3):
            assert write_checkpoint(ctx)
        clock.advance(timedelta(minutes=1))
    return ctx


def lines(ctx: Context, first: int = 0, last: int = 9) -> list[Line]:
    """The events of those minutes."""
    now = ctx.ports.clock.now() - timedelta(minutes=5)
    span = (now + timedelta(minutes=first), now + timedelta(minutes=last, seconds=30))
    return [json.loads(line) for line in export_range(ctx, ADMIN, *span)]


def written(entries: list[Line]) -> list[bytes]:
    return [json.dumps(entry).encode() for entry in entries]


def kinds(entries: list[Line]) -> list[str]:
    return [entry["kind"] for entry in entries]


def test_a_stretch_proves_itself_without_the_installation(trail: Context) -> None:
    entries = lines(trail, 1, 3)
    assert kinds(entries) == ["header", *["event"] * 6, *["checkpoint"] * 2]
    assert entries[0]["chains"][0] | {"previous_hash": ""} == {
        "node": "host/worker-1",
        "first": 3,
        "last": 8,
        "previous_hash": "",
    }
    report = verify_range(written(entries), verify_audit(trail, ADMIN).key_sha256)
    assert (report.valid, report.events, report.checkpoints, report.unanchored) == (True, 6, 2, 0)


def test_the_whole_trail_and_its_unsigned_end(trail: Context) -> None:
    report = verify_range(export_range(trail, ADMIN, None, None))
    assert (report.valid, report.events, report.chains, report.unanchored) == (True, 10, 1, 2)


def test_nothing_is_a_stretch_too(trail: Context) -> None:
    report = verify_range(written(lines(trail, 20, 30)))
    assert (report.valid, report.events, report.chains) == (True, 0, 0)


def _event(entries: list[Line], number: int) -> Line:
    return [entry for entry in entries if entry["kind"] == "event"][number]


def _change_body(entries: list[Line]) -> None:
    event = _event(entries, 2)
    event["body"] = event["body"].replace("auditor", "nothing")


def _change_hash(entries: list[Line]) -> None:
    _event(entries, 1)["hash"] = "00" * 32


def _drop(entries: list[Line]) -> None:
    entries.remove(_event(entries, 2))


def _drop_last(entries: list[Line]) -> None:
    entries.remove(_event(entries, 5))


def _swap(entries: list[Line]) -> None:
    entries[2], entries[3] = entries[3], entries[2]


def _other_node(entries: list[Line]) -> None:
    _event(entries, 0)["node"] = "host/other"


def _other_start(entries: list[Line]) -> None:
    entries[0]["chains"][0]["previous_hash"] = "11" * 32


def _forged_checkpoint(entries: list[Line]) -> None:
    entries[-1]["signature"] = entries[-2]["signature"]


def _rewrite(entries: list[Line]) -> None:
    """Every record anew, with hashes that fit: only what was signed tells."""
    from pki_manager.domain.events.audit import compute_chain_hash

    digest = bytes.fromhex(entries[0]["chains"][0]["previous_hash"])
    for entry in entries:
        if entry["kind"] == "event":
            entry["body"] = entry["body"].replace("auditor", "requester")
            digest = compute_chain_hash(digest, entry["body"].encode())
            entry["hash"] = digest.hex()


@pytest.mark.parametrize(
    "tamper",
    [
        _change_body,
        _change_hash,
        _drop,
        _drop_last,
        _swap,
        _other_node,
        _other_start,
        _forged_checkpoint,
        _rewrite,
    ],
)
def test_whatever_is_changed_is_found(trail: Context, tamper: Callable[[list[Line]], None]) -> None:
    entries = lines(trail, 1, 3)
    tamper(entries)
    report = verify_range(written(entries))
    assert not report.valid
    assert report.problems


def test_a_file_by_another_key_is_not_trusted(trail: Context) -> None:
    report = verify_range(written(lines(trail)), "ab" * 32)
    assert [problem.chain for problem in report.problems] == ["checkpoints"]


@pytest.mark.parametrize(
    "content",
    [
        [],
        [b"{}"],
        [b"[]"],
        [b"{"],
        [b'{"kind":"event"}'],
        [b'{"kind":"header","format":2}'],
        [b'{"kind":"header","format":1}'],
        [b'{"kind":"header","format":1,"checkpoint_key":"AA==","chains":[]}', b'{"kind":"other"}'],
        [b'{"kind":"header","format":1,"checkpoint_key":"AA==","chains":[]}', b'{"kind":"event"}'],
        [b'{"kind":"header","format":1,"checkpoint_key":"%","chains":[]}'],
    ],
)
def test_what_is_no_stretch_is_said_to_be_none(content: list[bytes]) -> None:
    with pytest.raises(
        InvalidInput,
        match=r"the unknown kind|lacks a required property|is not a JSON object|is not an exported segment",
    ):
        verify_range(content)


def test_exporting_needs_the_right_to_read_the_trail(trail: Context) -> None:
    with pytest.raises(Forbidden, match="Requires the permission `audit:read`"):
        export_range(trail, replace(ADMIN, grants=()), None, None)


def test_events_are_found_by_door_and_outcome(trail: Context) -> None:
    def found(**where: Any) -> int:
        with trail.ports.storage.read() as reader:
            return len(reader.audit.page(AuditFilter(**where), None, 200).items)

    assert (found(via="test"), found(via="rest")) == (10, 0)
    assert (found(outcome="success"), found(outcome="refused")) == (10, 0)
    assert found(via="test", actor=ADMIN.id, action="token.created", outcome="success") == 10
