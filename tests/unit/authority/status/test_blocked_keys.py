"""Keys for which no certificate is issued."""

from __future__ import annotations

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status.blocked_keys import block_key, list_blocked, show_blocked, unblock_key
from pki_manager.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from pki_manager.policy.access import Permission
from tests.support.factories import ADMIN
from tests.support.memory.events import POWERLESS, records, refuses

HASH = "ab" * 32


def test_a_key_is_blocked_by_its_hash_until_it_is_unblocked(ctx: Context) -> None:
    with records(ctx, "key.blocked"):
        view, _ = block_key(ctx, ADMIN, HASH, "leaked")
    assert show_blocked(ctx, ADMIN, HASH) == view
    assert len(list_blocked(ctx, ADMIN, None, 10).items) == 1
    with refuses(ctx, Conflict, "blocked"):
        block_key(ctx, ADMIN, HASH)
    with records(ctx, "key.unblocked"):
        unblock_key(ctx, ADMIN, HASH)
    assert list_blocked(ctx, ADMIN, None, 10).items == ()
    with refuses(ctx, NotFound, "not"):
        unblock_key(ctx, ADMIN, HASH)


def test_only_a_sha_256_hash_is_accepted(ctx: Context) -> None:
    with refuses(ctx, InvalidInput, "spki_sha256"):
        block_key(ctx, ADMIN, "ab")
    with refuses(ctx, InvalidInput, "spki_sha256"):
        show_blocked(ctx, ADMIN, "xy" * 32)


def test_blocked_keys_need_their_permissions(ctx: Context) -> None:
    for change in (lambda: block_key(ctx, POWERLESS, HASH), lambda: unblock_key(ctx, POWERLESS, HASH)):
        with refuses(ctx, Forbidden, Permission.KEY_BLOCK):
            change()
    for read in (lambda: list_blocked(ctx, POWERLESS, None, 10), lambda: show_blocked(ctx, POWERLESS, HASH)):
        with refuses(ctx, Forbidden, Permission.KEY_READ):
            read()
