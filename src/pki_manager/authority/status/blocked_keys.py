"""Blocked keys, for which no certificate is issued: compromised ones, and those that an operator blocked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.idempotency import Done, run_once
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import Conflict, InvalidInput, NotFound
from pki_manager.domain.events.cas import KeyBlocked, KeyUnblocked
from pki_manager.domain.known_key import COMPROMISES, BlockedKey, BlockReason
from pki_manager.domain.page import Page
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.unit_of_work import Claim, Reader, UnitOfWork

MAX_COMMENT = 500
MAX_CERTIFICATES = 200
_HASH = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class BlockedKeyView:
    """A blocked key and its unexpired certificates, newest first, at most MAX_CERTIFICATES."""

    key: BlockedKey
    certificates: tuple[UUID, ...]


def block_compromised(
    ctx: Context, uow: UnitOfWork, actor: Actor, certificate: Certificate, reason: RevocationReason
) -> None:
    """Block the key of a certificate that is revoked for a compromise, in the same unit of work."""
    if reason in COMPROMISES:
        uow.known_keys.block(
            BlockedKey(
                id=ctx.new_id(),
                spki_sha256=certificate.spki_sha256,
                reason=BlockReason.COMPROMISED,
                comment="",
                blocked_by=actor.id,
                blocked_at=ctx.ports.clock.now(),
                certificate_id=certificate.id,
            )
        )


def block_key(
    ctx: Context, actor: Actor, spki_sha256: str, comment: str = "", claim: Claim | None = None
) -> Done[BlockedKeyView]:
    """Block a key. `spki_sha256` is 64 hex digits.

    Raises InvalidInput for an invalid hash or comment; Conflict if the key is already blocked.
    """
    access.require(actor, Permission.KEY_BLOCK)
    digest = _digest(spki_sha256)
    if len(comment) > MAX_COMMENT or not comment.isprintable():
        raise InvalidInput.of("comment", "key.comment", f"must have at most {MAX_COMMENT} printable characters")

    def work() -> BlockedKeyView:
        key = BlockedKey(
            id=ctx.new_id(),
            spki_sha256=digest,
            reason=BlockReason.OPERATOR,
            comment=comment,
            blocked_by=actor.id,
            blocked_at=ctx.ports.clock.now(),
            certificate_id=None,
        )
        with ctx.ports.storage.begin(actor) as uow:
            uow.meta.lock_directory()
            if claim is not None:
                uow.idempotency.claim(actor.id, claim, key.id, key.blocked_at)
            if not uow.known_keys.block(key):
                raise Conflict(f"The key {digest.hex()} is already blocked.")
            uow.record(KeyBlocked(object_id=digest.hex(), comment=comment))
            return _view(ctx, uow, key)

    def again(block_id: UUID) -> BlockedKeyView:
        with ctx.ports.storage.read() as reader:
            return _view(ctx, reader, reader.known_keys.get_blocked(block_id))

    return run_once(ctx, actor, claim, work, again)


def unblock_key(ctx: Context, actor: Actor, spki_sha256: str, claim: Claim | None = None) -> Done[BlockedKey]:
    """Unblock a key. Raises NotFound if it is not blocked; Conflict for a compromised key, which stays blocked."""
    access.require(actor, Permission.KEY_BLOCK)
    digest = _digest(spki_sha256)

    def work() -> BlockedKey:
        now = ctx.ports.clock.now()
        with ctx.ports.storage.begin(actor) as uow:
            uow.meta.lock_directory()
            key = _find(uow, digest)
            if key.reason is BlockReason.COMPROMISED:
                raise Conflict("A certificate with this key was revoked for key compromise, so the key stays blocked.")
            if claim is not None:
                uow.idempotency.claim(actor.id, claim, key.id, now)
            uow.known_keys.unblock(digest, now)
            uow.record(KeyUnblocked(object_id=digest.hex()))
            return uow.known_keys.get_blocked(key.id)

    def again(block_id: UUID) -> BlockedKey | None:
        with ctx.ports.storage.read() as reader:
            key = reader.known_keys.get_blocked(block_id)
        return key if key.unblocked_at is not None else None

    return run_once(ctx, actor, claim, work, again)


def list_blocked(ctx: Context, actor: Actor, cursor: str | None, limit: int) -> Page[BlockedKey]:
    """List blocked keys, newest first, without those of `blocked_keys_file`."""
    access.require(actor, Permission.KEY_READ)
    with ctx.ports.storage.read() as reader:
        return reader.known_keys.page(cursor, limit)


def show_blocked(ctx: Context, actor: Actor, spki_sha256: str) -> BlockedKeyView:
    """Return a blocked key. Raises NotFound if the key is not blocked; InvalidInput for an invalid hash."""
    access.require(actor, Permission.KEY_READ)
    with ctx.ports.storage.read() as reader:
        return _view(ctx, reader, _find(reader, _digest(spki_sha256)))


def _find(at: Reader, digest: bytes) -> BlockedKey:
    key = at.known_keys.find_blocked(digest)
    if key is None:
        raise NotFound.of("blocked key", digest.hex())
    return key


def _view(ctx: Context, at: Reader, key: BlockedKey) -> BlockedKeyView:
    now = ctx.ports.clock.now()
    return BlockedKeyView(key, tuple(at.known_keys.list_unrevoked(key.spki_sha256, now, MAX_CERTIFICATES)))


def _digest(text: str) -> bytes:
    if _HASH.fullmatch(text) is None:
        raise InvalidInput.of("spki_sha256", "key.hash", "must be a SHA-256 of 64 hex digits")
    return bytes.fromhex(text)
