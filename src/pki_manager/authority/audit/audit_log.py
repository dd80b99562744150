"""Reading and verifying the audit log, and the signed checkpoints that reveal a truncation.

Each process slot writes a chain of records: `hash = SHA-256(previous hash ‖ body)` and `mac = HMAC(key, hash)`. The MAC
key is not in the database, so write access to the database is not enough to rewrite the log. A checkpoint lists the
heads of all chains and is signed with a key of the embedded keystore.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass

from pki_manager.authority.kernel import durable_file
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.recovery import begin_recovery
from pki_manager.authority.signing.sign import SigningKey, sign
from pki_manager.domain.algorithms import get_signature_algorithm
from pki_manager.domain.errors import HomeUnusable, PkiError
from pki_manager.domain.events.audit import GENESIS_HASH, AuditTruncationAccepted, compute_chain_hash
from pki_manager.domain.page import Page
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.audit_trail import AuditFilter, ChainHead, StoredEvent
from pki_manager.x509 import verify
from pki_manager.x509.prepare import prepare_statement

_CHECKPOINT_ALGORITHM = "Ed25519"

FORGED = "the signature of the checkpoint is invalid"
REPLACED = "a signed checkpoint contains another record here"


@dataclass(frozen=True, slots=True)
class AuditProblem:
    """The first invalid record of a chain, or a checkpoint that the chain does not match."""

    chain: str
    seq: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """The result of a verification. `key_sha256` is the hash of the key that verifies checkpoints."""

    events: int
    chains: int
    checkpoints: int
    problems: tuple[AuditProblem, ...]
    key_sha256: str

    @property
    def valid(self) -> bool:
        return not self.problems


def list_audit(ctx: Context, actor: Actor, where: AuditFilter, cursor: str | None, limit: int) -> Page[StoredEvent]:
    """List audit events, newest first."""
    access.require(actor, Permission.AUDIT_READ)
    return ctx.ports.storage.read_recent(actor, lambda reader: reader.audit.page(where, cursor, limit))


def verify_audit(ctx: Context, actor: Actor) -> AuditReport:
    """Verify every chain from its first record, and compare it with every checkpoint.

    Requires only the database and the checkpoint files.
    """
    access.require(actor, Permission.AUDIT_READ)
    checkpoints, problems = _read_checkpoints(ctx)
    marks: dict[str, dict[int, bytes]] = {}
    for checkpoint in checkpoints:
        for chain, seq, digest in checkpoint:
            marks.setdefault(chain, {})[seq] = digest
    events = 0
    with ctx.ports.storage.read() as reader:
        heads = {head.chain: head for head in reader.audit.list_heads()}
        for chain in sorted(heads.keys() | marks.keys()):
            walked = ChainWalk(ctx.config.audit_mac_key, chain, marks.get(chain, {}))
            walked.over(reader.audit.iterate_chain(chain))
            events += walked.seq
            head = heads.get(chain)
            if head is not None:
                walked.require_head(head)
            if walked.problem is not None:
                problems.append(walked.problem)
    return AuditReport(
        events=events,
        chains=len(heads),
        checkpoints=len(checkpoints),
        problems=tuple(problems),
        key_sha256=hashlib.sha256(get_checkpoint_spki(ctx)).hexdigest(),
    )


class ChainWalk:
    """The verification of one chain, record by record. It stops at the first invalid record.

    It begins after record `seq`, whose hash is `digest`.
    """

    def __init__(
        self, mac_key: bytes, chain: str, marks: dict[int, bytes], *, seq: int = 0, digest: bytes = GENESIS_HASH
    ) -> None:
        self.seq = seq
        self.hash = digest
        self.problem: AuditProblem | None = None
        self._mac_key = mac_key
        self._chain = chain
        self._marks = marks

    def over(self, events: Iterator[StoredEvent]) -> None:
        for event in events:
            if not self.accept(event):
                return
        missing = [seq for seq in self._marks if seq > self.seq]
        if missing:
            self.problem = AuditProblem(self._chain, self.seq + 1, describe_truncation(max(missing)))

    def accept(self, event: StoredEvent) -> bool:
        """Verify the next event. Return False after a problem was found."""
        message = self._fault(event)
        if message is not None:
            self.problem = AuditProblem(self._chain, self.seq + 1, message)
            return False
        self.seq, self.hash = event.seq, event.hash
        return True

    def require_head(self, head: ChainHead) -> None:
        """Record a problem unless the last event is the head of the chain."""
        if self.problem is None and (head.seq, head.hash) != (self.seq, self.hash):
            self.problem = AuditProblem(self._chain, self.seq + 1, "records are missing before the chain's head")

    def _fault(self, event: StoredEvent) -> str | None:
        if event.seq != self.seq + 1:
            return f"record {self.seq + 1} is missing"
        if event.hash != compute_chain_hash(self.hash, event.body):
            return "the record does not match its hash"
        if not hmac.compare_digest(event.mac, hmac.new(self._mac_key, event.hash, hashlib.sha256).digest()):
            return "the MAC of the record is wrong: the record was changed"
        if self._marks.get(event.seq, event.hash) != event.hash:
            return REPLACED
        return _body_fault(event)


def describe_truncation(seq: int) -> str:
    """Return the problem text for missing records up to `seq`, which a checkpoint covers."""
    return f"truncated: a checkpoint covers records up to {seq}"


def _body_fault(event: StoredEvent) -> str | None:
    """Return a problem if the columns of a row disagree with its body, which is the record; else None."""
    body = json.loads(event.body)
    if body["seq"] != event.seq or body["node"] != event.chain:
        return "the record belongs to another position of the audit log"
    return None


def write_checkpoint(ctx: Context) -> bool:
    """Append a signed checkpoint with the heads of all chains to today's file, durably.

    Returns False if nothing changed since the last one. A line is `{"body": Base64 of canonical JSON, "signature":
    Base64}`; readers ignore an incomplete last line, which a crash leaves. Raises StorageUnavailable if it cannot be
    written; HomeUnusable if `require_complete` does, because a new checkpoint would hide which events are missing.
    """
    require_complete(ctx)
    return _append_checkpoint(ctx)


def _append_checkpoint(ctx: Context) -> bool:
    with ctx.ports.storage.read() as reader:
        heads = sorted((head.chain, head.seq, head.hash.hex()) for head in reader.audit.list_heads())
    now = ctx.ports.clock.now()
    path = ctx.config.checkpoints / f"{now:%Y-%m-%d}.jsonl"
    last = _last_heads(ctx)
    if last == heads:
        return False
    body = json.dumps(
        {"time": now.isoformat(), "node": ctx.config.node, "heads": heads}, sort_keys=True, separators=(",", ":")
    ).encode()
    key = SigningKey(ctx.config.checkpoint_key, get_checkpoint_spki(ctx))
    signed = sign(ctx, key, prepare_statement(body, get_signature_algorithm(_CHECKPOINT_ALGORITHM), key.spki_der))
    line = {"body": base64.b64encode(body).decode(), "signature": base64.b64encode(signed.signature).decode()}
    # Preceded by a newline, so that a torn line before it stays alone.
    durable_file.append(path, b"\n" + json.dumps(line).encode() + b"\n")
    return True


def require_complete(ctx: Context) -> None:
    """Require that the database has every audit event of the newest checkpoint.

    Raises HomeUnusable if events are missing, as after restoring an older database.
    """
    with ctx.ports.storage.read() as reader:
        heads = {head.chain: head.seq for head in reader.audit.list_heads()}
    missing = [(chain, seq) for chain, seq, _ in _last_heads(ctx) or () if seq > heads.get(chain, 0)]
    if missing:
        chain, seq = missing[0]
        raise HomeUnusable(
            f"The database is older than its own checkpoints: audit events of {chain!r} are missing from number "
            f"{heads.get(chain, 0) + 1} to {seq}. Restore a newer copy. If there is none, run "
            "`pkim audit accept-truncation`: certificates and revocations of the missing time are unknown here."
        )


def accept_truncation(ctx: Context, actor: Actor) -> bool:
    """Accept a database that is older than its checkpoints, and begin a recovery.

    Returns False if the database is not older. `verify_audit` continues to report the gap. Raises Forbidden without
    `audit:accept`.
    """
    access.require(actor, Permission.AUDIT_ACCEPT)
    try:
        require_complete(ctx)
    except HomeUnusable as missing:
        with ctx.ports.storage.begin(actor) as uow:
            uow.record(AuditTruncationAccepted(object_id="audit", missing=missing.detail))
            since = uow.meta.get_clock_mark() or ctx.ports.clock.now()
            begin_recovery(ctx, uow, since=since, reason=missing.detail)
        _append_checkpoint(ctx)
        return True
    return False


Heads = list[tuple[str, int, bytes]]


def _read_checkpoints(ctx: Context) -> tuple[list[Heads], list[AuditProblem]]:
    """Return the heads of every checkpoint with a valid signature, and a problem for each with an invalid one."""
    spki = get_checkpoint_spki(ctx)
    found: list[Heads] = []
    problems: list[AuditProblem] = []
    for path in sorted(ctx.config.checkpoints.glob("*.jsonl")):
        for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):
            try:
                heads = verify_checkpoint_line(spki, line)
            except PkiError:
                problems.append(AuditProblem(path.name, number, FORGED))
                continue
            if heads is not None:
                found.append(heads)
    return found, problems


def verify_checkpoint_line(spki: bytes, line: bytes) -> Heads | None:
    """Return the heads of a checkpoint line. None for an empty or incomplete line.

    Raises Fault if its signature is invalid.
    """
    parsed = _parse_line(line)
    if parsed is None:
        return None
    body, signature = parsed
    verify.require_signature(spki, body, signature, get_signature_algorithm(_CHECKPOINT_ALGORITHM))
    return [(chain, seq, bytes.fromhex(digest)) for chain, seq, digest in json.loads(body)["heads"]]


def get_checkpoint_spki(ctx: Context) -> bytes:
    """Return the public key that verifies checkpoints (SubjectPublicKeyInfo, DER)."""
    ref = ctx.config.checkpoint_key
    return ctx.ports.signers.get(ref.backend).get_public_key(ref)


def read_checkpoint_lines(ctx: Context) -> Iterator[tuple[bytes, bytes]]:
    """Yield body and signature of every checkpoint, oldest first, without verifying them."""
    for path in sorted(ctx.config.checkpoints.glob("*.jsonl")):
        yield from filter(None, map(_parse_line, path.read_bytes().split(b"\n")))


def _parse_line(line: bytes) -> tuple[bytes, bytes] | None:
    """Return `(body, signature)` of a checkpoint line, or None if it is empty or incomplete."""
    try:
        outer = json.loads(line)
        return base64.b64decode(outer["body"], validate=True), base64.b64decode(outer["signature"], validate=True)
    except (ValueError, KeyError, TypeError):
        return None


def _last_heads(ctx: Context) -> list[tuple[str, int, str]] | None:
    """Return the heads in the newest readable checkpoint line, without verifying it. None if there is none."""
    for path in sorted(ctx.config.checkpoints.glob("*.jsonl"), reverse=True):
        for line in reversed(path.read_bytes().split(b"\n")):
            parsed = _parse_line(line)
            if parsed is not None:
                return [(chain, seq, digest) for chain, seq, digest in json.loads(parsed[0])["heads"]]
    return None
