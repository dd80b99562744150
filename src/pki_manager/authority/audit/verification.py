"""Verification of the audit log and of stored certificates in steps. The database keeps progress and result.

First every event of every chain is verified, and that each recorded revocation is stored. Then the checkpoints of this
host are compared with the events, every certificate with its signed bytes, and the newest CRL of every key with the
revocations. Stored progress carries a MAC with the
key of the chains: an attacker with access to the database cannot forge a result. Without a valid MAC the verification
starts over.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from pki_manager.authority.audit.audit_log import (
    FORGED,
    REPLACED,
    AuditProblem,
    ChainWalk,
    describe_truncation,
    get_checkpoint_spki,
    verify_checkpoint_line,
)
from pki_manager.authority.audit.record_check import (
    BATCH,
    find_certificate_fault,
    find_crl_fault,
    find_event_fault,
    find_state_fault,
)
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import PkiError
from pki_manager.domain.events.audit import GENESIS_HASH
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.unit_of_work import Reader

RETRY_AFTER = timedelta(hours=1)
"""Time after which a log that was found invalid is verified again, unless the regular interval is shorter."""

_KEY = "audit.verification"
_PURPOSE = b"audit verification\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainPlace:
    """The place where a verification continues. It has four steps, one after the other.

    First the chains, after event `seq` of `chain` (`digest` is the hash of that event in hex). Then the checkpoint
    files of `host`, at `line` of `file`. Then the certificates, after the ID `certificate`. Then the CRLs, after the
    key with the ID `key`.
    """

    chain: str = ""
    seq: int = 0
    digest: str = GENESIS_HASH.hex()
    chains_done: bool = False
    host: str = ""
    file: str = ""
    line: int = 0
    checkpoints_done: bool = False
    certificate: str = ""
    certificates_done: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """The state of the verification: when the last one ended, and when the last one that found the log valid ended.

    `problem` is the finding of the last one. `place` is None unless a verification is in progress.
    """

    verified_at: datetime | None = None
    ended_at: datetime | None = None
    problem: str | None = None
    place: ChainPlace | None = None


def find_last_verified(ctx: Context, actor: Actor) -> datetime | None:
    """Return when the last verification that found the log valid ended.

    Raises Forbidden without METRICS_READ; StorageUnavailable if the database is unavailable.
    """
    access.require(actor, Permission.METRICS_READ)
    return _load(ctx).verified_at


def verify_in_steps(ctx: Context, actor: Actor, *, seconds: float) -> Verification:
    """Begin a verification that is due, or continue the one in progress, for about `seconds`.

    Raises Forbidden without `audit:read`; StorageUnavailable if the database is unavailable; OSError if a checkpoint
    file cannot be read.
    """
    access.require(actor, Permission.AUDIT_READ)
    known = _load(ctx)
    if known.place is None and not _is_due(ctx, known):
        return known
    end = ctx.ports.clock.monotonic() + seconds
    found = advance(ctx, known.place or ChainPlace(), lambda: ctx.ports.clock.monotonic() >= end)
    if isinstance(found, ChainPlace):
        state = replace(known, place=found)
    else:
        now = ctx.ports.clock.now()
        state = Verification(
            verified_at=now if found is None else known.verified_at,
            ended_at=now,
            problem=found,
        )
    _store(ctx, state)
    return state


def _is_due(ctx: Context, known: Verification) -> bool:
    """Return whether a verification is due. If the last one ended in the future, the clock was wrong, and it is due."""
    if known.ended_at is None:
        return True
    interval = ctx.config.audit_verify_interval
    pause = interval if known.problem is None else min(interval, RETRY_AFTER)
    return not known.ended_at <= ctx.ports.clock.now() < known.ended_at + pause


def advance(ctx: Context, place: ChainPlace, is_over: Callable[[], bool]) -> ChainPlace | str | None:
    """Continue a verification. Return where to continue next, the first problem, or None if everything is valid."""
    if not place.chains_done:
        walked = _walk_chains(ctx, place, is_over)
        if isinstance(walked, AuditProblem):
            return _describe(walked)
        if not walked.chains_done:
            return walked
        place = walked
    if not place.checkpoints_done:
        compared = _compare_checkpoints(ctx, place, is_over)
        if isinstance(compared, AuditProblem):
            return _describe(compared)
        if not compared.checkpoints_done:
            return compared
        place = compared
    if not place.certificates_done:
        checked = _check_certificates(ctx, place, is_over)
        if isinstance(checked, str) or not checked.certificates_done:
            return checked
        place = checked
    return _check_crls(ctx, place, is_over)


def _describe(problem: AuditProblem) -> str:
    return f"{problem.chain}, number {problem.seq}: {problem.message}"


def _walk_chains(ctx: Context, place: ChainPlace, is_over: Callable[[], bool]) -> ChainPlace | AuditProblem:
    with ctx.ports.storage.read() as reader:
        for head in sorted(reader.audit.list_heads(), key=lambda head: head.chain):
            if head.chain < place.chain:
                continue
            if head.chain != place.chain:
                place = ChainPlace(chain=head.chain)
            walk = ChainWalk(
                ctx.config.audit_mac_key, head.chain, {}, seq=place.seq, digest=bytes.fromhex(place.digest)
            )
            for event in reader.audit.iterate_chain(head.chain, place.seq):
                if not walk.accept(event):
                    break
                fault = find_event_fault(reader, event)
                if fault is not None:
                    return AuditProblem(head.chain, event.seq, fault)
                if is_over():
                    return ChainPlace(chain=head.chain, seq=walk.seq, digest=walk.hash.hex())
            walk.require_head(head)
            if walk.problem is not None:
                return walk.problem
    return replace(place, chains_done=True)


def _compare_checkpoints(ctx: Context, place: ChainPlace, is_over: Callable[[], bool]) -> ChainPlace | AuditProblem:
    """Compare the checkpoint files of this host with the database. On another host, begin with its first file."""
    host = ctx.config.node_name
    if place.host != host:
        place = replace(place, host=host, file="", line=0)
    comparison = _Comparison(get_checkpoint_spki(ctx))
    for path in sorted(ctx.config.checkpoints.glob("*.jsonl")):
        if path.name < place.file:
            continue
        # Read before the database: no checkpoint may be newer than what it is compared with.
        lines = path.read_bytes().split(b"\n")
        with ctx.ports.storage.read() as reader:
            for number in range(place.line if path.name == place.file else 0, len(lines)):
                problem = comparison.find_problem(reader, path, number, lines[number])
                if problem is not None:
                    return problem
                if is_over():
                    return replace(place, file=path.name, line=number + 1)
    return replace(place, checkpoints_done=True)


def _check_certificates(ctx: Context, place: ChainPlace, is_over: Callable[[], bool]) -> ChainPlace | str:
    after = UUID(place.certificate) if place.certificate else None
    while True:
        with ctx.ports.storage.read() as reader:
            batch = reader.certificates.list_after(after, BATCH)
            if not batch:
                return replace(place, certificates_done=True)
            fault = find_state_fault(reader, after, batch[-1].id)
        fault = next(filter(None, map(find_certificate_fault, batch)), fault)
        if fault is not None:
            return fault
        after = batch[-1].id
        if is_over():
            return replace(place, certificate=str(after))


def _check_crls(ctx: Context, place: ChainPlace, is_over: Callable[[], bool]) -> ChainPlace | str | None:
    with ctx.ports.storage.read() as reader:
        keys = sorted(str(key.id) for key in reader.issuer_keys.list_all())
    for key in keys:
        if key <= place.key:
            continue
        with ctx.ports.storage.read() as reader:
            fault = find_crl_fault(reader, UUID(key))
        if fault is not None:
            return fault
        if is_over():
            return replace(place, key=key)
    return None


class _Comparison:
    """A comparison of checkpoints with the events in the database. A head that stays the same is read once."""

    def __init__(self, spki: bytes) -> None:
        self._spki = spki
        self._seen: dict[str, tuple[int, bytes]] = {}

    def find_problem(self, reader: Reader, path: Path, number: int, line: bytes) -> AuditProblem | None:
        """Return the problem of a checkpoint line, or None. `number` counts the lines of the file from 0."""
        try:
            heads = verify_checkpoint_line(self._spki, line)
        except PkiError:
            return AuditProblem(path.name, number + 1, FORGED)
        for chain, seq, digest in heads or ():
            if self._seen.get(chain) == (seq, digest):
                continue
            stored = reader.audit.hash_at(chain, seq)
            if stored is None:
                return AuditProblem(chain, seq, describe_truncation(seq))
            if stored != digest:
                return AuditProblem(chain, seq, REPLACED)
            self._seen[chain] = seq, digest
        return None


def _load(ctx: Context) -> Verification:
    with ctx.ports.storage.read() as reader:
        mac, _, body = (reader.meta.get(_KEY) or "").partition(" ")
    if not hmac.compare_digest(mac.encode(), _mac(ctx, body).encode()):
        return Verification()
    fields: dict[str, Any] = json.loads(body)
    verified_at, ended_at, place = fields["verified_at"], fields["ended_at"], fields["place"]
    return Verification(
        verified_at=verified_at and datetime.fromisoformat(verified_at),
        ended_at=ended_at and datetime.fromisoformat(ended_at),
        problem=fields["problem"],
        place=place and ChainPlace(**place),
    )


def _store(ctx: Context, state: Verification) -> None:
    body = json.dumps(asdict(state), default=datetime.isoformat)
    with ctx.ports.storage.housekeep() as uow:
        uow.meta.put(_KEY, f"{_mac(ctx, body)} {body}")


def _mac(ctx: Context, body: str) -> str:
    return hmac.new(ctx.config.audit_mac_key, _PURPOSE + body.encode(), hashlib.sha256).hexdigest()
