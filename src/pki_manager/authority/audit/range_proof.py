"""Verification of an exported part of the audit log, with the file alone, on any machine."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pki_manager.authority.audit.audit_log import FORGED, REPLACED, AuditProblem
from pki_manager.domain.algorithms import get_signature_algorithm
from pki_manager.domain.errors import InvalidInput, PkiError
from pki_manager.domain.events.audit import compute_chain_hash
from pki_manager.x509 import verify

_ALGORITHM = "Ed25519"


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeReport:
    """The result of a verification.

    `key_sha256` identifies the key that verifies the checkpoints (SHA-256 of SubjectPublicKeyInfo, hex). `unanchored`
    counts records after the last checkpoint of their chain: they are in order, but not signed yet.
    """

    events: int
    chains: int
    checkpoints: int
    unanchored: int
    key_sha256: str
    problems: tuple[AuditProblem, ...]

    @property
    def valid(self) -> bool:
        return not self.problems


@dataclass(slots=True)
class _Chain:
    """The part of a chain that was read so far.

    `seen` has the hash at each of its sequence numbers, and at the one before the first.
    """

    first: int
    last: int
    hash: bytes
    seen: dict[int, bytes] = field(default_factory=dict)
    anchor: int = -1

    @property
    def seq(self) -> int:
        return max(self.seen)


def verify_range(lines: Iterable[bytes], key_sha256: str | None = None) -> RangeReport:
    """Verify the hashes of every record, and the signature and heads of every checkpoint, in an export.

    `key_sha256` is the SHA-256 of the trusted checkpoint key, from another source than the file. Without it, the file's
    own key is used, and the report names that key. Raises InvalidInput if the file is not an export.
    """
    entries = _entries(lines)
    header = next(entries, None)
    if header is None or header.get("kind") != "header" or header.get("format") != 1:
        raise InvalidInput.of("--in", "audit.range", "is not an exported segment of an audit log")
    try:
        reading = _Reading(header)
        reading.require_key(key_sha256)
        for entry in entries:
            reading.take(entry)
    except (KeyError, TypeError, ValueError):
        raise InvalidInput.of("--in", "audit.range", "has a line that lacks a required property") from None
    return reading.report()


class _Reading:
    def __init__(self, header: dict[str, Any]) -> None:
        self._spki = base64.b64decode(header["checkpoint_key"], validate=True)
        self._chains = {
            one["node"]: _Chain(one["first"], one["last"], bytes.fromhex(one["previous_hash"]))
            for one in header["chains"]
        }
        for chain in self._chains.values():
            chain.seen[chain.first - 1] = chain.hash
        self._events = self._checkpoints = 0
        self._problems: list[AuditProblem] = []
        self._broken: set[str] = set()

    @property
    def _key_sha256(self) -> str:
        return hashlib.sha256(self._spki).hexdigest()

    def require_key(self, expected: str | None) -> None:
        if expected is not None and expected.lower() != self._key_sha256:
            self._problems.append(AuditProblem("checkpoints", 0, f"are by another key: {self._key_sha256}"))

    def take(self, entry: dict[str, Any]) -> None:
        if entry["kind"] == "event":
            self._event(entry)
        elif entry["kind"] == "checkpoint":
            self._checkpoint(base64.b64decode(entry["body"]), base64.b64decode(entry["signature"]))
        else:
            raise InvalidInput.of("--in", "audit.range", f"has a line of the unknown kind {entry['kind']!r}")

    def _event(self, entry: dict[str, Any]) -> None:
        node, seq = str(entry["node"]), int(entry["seq"])
        chain = self._chains.get(node)
        if chain is None or node in self._broken:
            self._note(node, seq, "belongs to no chain of this file")
            return
        body = str(entry["body"]).encode()
        expected = chain.seq + 1
        chain.hash = compute_chain_hash(chain.hash, body)
        parsed = json.loads(body)
        if seq != expected:
            self._note(node, expected, f"record {expected} is missing")
        elif chain.hash != bytes.fromhex(entry["hash"]):
            self._note(node, seq, "the record does not match its hash")
        elif (parsed["seq"], parsed["node"]) != (seq, node):
            self._note(node, seq, "the record belongs to another position of the audit log")
        chain.seen[seq] = chain.hash
        self._events += 1

    def _checkpoint(self, body: bytes, signature: bytes) -> None:
        self._checkpoints += 1
        try:
            verify.require_signature(self._spki, body, signature, get_signature_algorithm(_ALGORITHM))
        except PkiError:
            self._problems.append(AuditProblem("checkpoints", self._checkpoints, FORGED))
            return
        for node, seq, digest in json.loads(body)["heads"]:
            chain = self._chains.get(node)
            if chain is None or seq not in chain.seen:
                continue
            chain.anchor = max(chain.anchor, seq)
            if chain.seen[seq].hex() != digest:
                self._note(node, seq, REPLACED)

    def _note(self, node: str, seq: int, message: str) -> None:
        """Record the first problem of a chain: later ones are its consequences."""
        if node not in self._broken:
            self._broken.add(node)
            self._problems.append(AuditProblem(node, seq, message))

    def report(self) -> RangeReport:
        for node, chain in self._chains.items():
            if chain.seq < chain.last:
                self._note(node, chain.seq + 1, f"records are missing: the stretch goes to {chain.last}")
        loose = sum(chain.seq - max(chain.anchor, chain.first - 1) for chain in self._chains.values())
        return RangeReport(
            events=self._events,
            chains=len(self._chains),
            checkpoints=self._checkpoints,
            unanchored=loose,
            key_sha256=self._key_sha256,
            problems=tuple(self._problems),
        )


def _entries(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            entry = None
        if not isinstance(entry, dict):
            raise InvalidInput.of("--in", "audit.range", f"is not a JSON object on line {number}")
        yield entry
