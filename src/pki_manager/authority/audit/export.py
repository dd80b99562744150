"""Export of a part of the audit log as a file that anyone can verify.

The file is JSON Lines, each with a `kind`: one `header`, the `event`s chain by chain, and the `checkpoint`s that cover
any of them. `range_proof` verifies it with the public key of the checkpoints. The MACs are for the installation only.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import datetime

from pki_manager.authority.audit.audit_log import get_checkpoint_spki, read_checkpoint_lines
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.events.audit import GENESIS_HASH
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.audit_trail import AuditFilter, ChainSpan, StoredEvent

MEDIA_TYPE = "application/jsonl"


def export_range(ctx: Context, actor: Actor, since: datetime | None, until: datetime | None) -> Iterator[bytes]:
    """Yield the lines of an export: the records of every chain between two times, without gaps.

    Records are read from the database while the lines are consumed.
    """
    access.require(actor, Permission.AUDIT_READ)
    with ctx.ports.storage.read() as reader:
        spans = tuple(reader.audit.list_spans(since, until))
        before = {span.chain: reader.audit.hash_at(span.chain, span.first - 1) for span in spans}
    return _lines(ctx, spans, before)


def require_whole(where: AuditFilter) -> None:
    """Raise InvalidInput if a search has other conditions than times, because an export with gaps proves nothing."""
    if where != AuditFilter(since=where.since, until=where.until):
        raise InvalidInput.of("format", "audit.range", "cannot be `jsonl` with filters other than time; use `csv`")


def _lines(ctx: Context, spans: tuple[ChainSpan, ...], before: dict[str, bytes | None]) -> Iterator[bytes]:
    yield _line(
        {
            "kind": "header",
            "format": 1,
            "checkpoint_key": base64.b64encode(get_checkpoint_spki(ctx)).decode(),
            "chains": [
                {
                    "node": span.chain,
                    "first": span.first,
                    "last": span.last,
                    "previous_hash": (before[span.chain] or GENESIS_HASH).hex(),
                }
                for span in spans
            ],
        }
    )
    for span in spans:
        with ctx.ports.storage.read() as reader:
            for event in reader.audit.iterate_chain(span.chain, span.first - 1):
                if event.seq > span.last:
                    break
                yield _line(_event(event))
    yield from _checkpoints(ctx, spans)


def _event(event: StoredEvent) -> dict[str, object]:
    return {
        "kind": "event",
        "node": event.chain,
        "seq": event.seq,
        "body": event.body.decode(),
        "hash": event.hash.hex(),
        "mac": event.mac.hex(),
    }


def _checkpoints(ctx: Context, spans: tuple[ChainSpan, ...]) -> Iterator[bytes]:
    for body, signature in read_checkpoint_lines(ctx):
        heads = {chain: seq for chain, seq, _ in json.loads(body)["heads"]}
        if any(span.first - 1 <= heads.get(span.chain, -1) <= span.last for span in spans):
            line = {"body": base64.b64encode(body).decode(), "signature": base64.b64encode(signature).decode()}
            yield _line({"kind": "checkpoint", **line})


def _line(value: dict[str, object]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"
