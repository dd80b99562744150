"""Blocks: the finished rows of several units of work, and the conditions under which the rows may be stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import cbor2

from pki_manager.domain.jobs import JobKind
from pki_manager.ports.audit_trail import ChainHead
from pki_manager.storage.engine.bulk_statement import Row

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Rows that are stored all together or not at all, and the conditions for storing them.

    `before` and `after` are the heads of the sender's audit chain before and after the block. The other conditions are
    those of `engine.draft.Assumptions`. `rows` are by the name of their statement. `reserved`, `statuses`, and `counts`
    are those of `engine.group_state.GroupState`.
    """

    before: ChainHead
    after: ChainHead
    directory: int | None
    signing_time: datetime | None
    issuing: Sequence[UUID]
    reserved: Sequence[tuple[UUID, int]]
    statuses: Sequence[tuple[JobKind, UUID, int]]
    counts: Mapping[tuple[Any, ...], int]
    events: Sequence[Row]
    rows: Mapping[str, Sequence[Row]]

    def encode(self) -> bytes:
        return cbor2.dumps(
            [
                self.before.chain,
                [self.before.seq, self.before.hash, self.after.seq, self.after.hash],
                self.directory,
                None if self.signing_time is None else (self.signing_time - _EPOCH) // _MICROSECOND,
                [one.bytes for one in self.issuing],
                [(key.bytes, serial) for key, serial in self.reserved],
                [(kind.value, key.bytes, serial) for kind, key, serial in self.statuses],
                [([*_without_ids(group)], number) for group, number in self.counts.items()],
                self.events,
                self.rows,
            ]
        )


def decode_block(encoded: bytes) -> Block:
    """Read a block from its encoding. Raises ValueError or a similar error if the octets are not a block."""
    parts: list[Any] = cbor2.loads(encoded)
    chain, heads, directory, signing_time, issuing, reserved, statuses, counts, events, rows = parts
    return Block(
        before=ChainHead(chain=chain, seq=heads[0], hash=heads[1]),
        after=ChainHead(chain=chain, seq=heads[2], hash=heads[3]),
        directory=directory,
        signing_time=None if signing_time is None else _EPOCH + signing_time * _MICROSECOND,
        issuing=[UUID(bytes=one) for one in issuing],
        reserved=[(UUID(bytes=key), serial) for key, serial in reserved],
        statuses=[(JobKind(kind), UUID(bytes=key), serial) for kind, key, serial in statuses],
        counts={_with_ids(group): number for group, number in counts},
        events=events,
        rows=rows,
    )


_CA_ID = 1
"""Position of the only ID in a group."""


def _without_ids(group: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*group[:_CA_ID], group[_CA_ID].bytes, *group[_CA_ID + 1 :])


def _with_ids(group: list[Any]) -> tuple[Any, ...]:
    return (*group[:_CA_ID], UUID(bytes=group[_CA_ID]), *group[_CA_ID + 1 :])
