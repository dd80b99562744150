"""Profiles, tokens, idempotency keys and single values."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from pki_manager.domain.errors import ClockBehind, Conflict, InvalidInput, NotFound
from pki_manager.domain.rights.actor import Role
from pki_manager.domain.rights.token import Token
from pki_manager.policy.builtin_profiles import BUILTIN_PROFILES
from pki_manager.ports.unit_of_work import Claim, Claimed
from pki_manager.storage.storage import SqlStorage
from tests.contract.storage.values import digest, new_id
from tests.fakes.clock import START, FrozenClock

HOUR = timedelta(hours=1)


def token(number: int) -> Token:
    return Token(
        id=new_id(number),
        name=f"token {number}",
        prefix=f"pkim_{number}",
        role=Role.REQUESTER,
        owner_id="local:alice",
        created_by="local:alice",
        created_at=START,
        expires_at=START + HOUR,
        revoked_at=None,
        last_used_at=None,
    )


def test_profiles_come_back_as_they_went_in(storage: SqlStorage) -> None:
    with storage.housekeep() as unit:
        for profile in BUILTIN_PROFILES:
            unit.profiles.add(profile, START)
    with storage.read() as reader:
        for profile in BUILTIN_PROFILES:
            assert reader.profiles.get(profile.name) == profile


def test_the_newest_version_of_a_profile_is_the_default(storage: SqlStorage) -> None:
    first, second = (
        replace(BUILTIN_PROFILES[0], version=1),
        replace(BUILTIN_PROFILES[0], version=2, description="newer"),
    )
    with storage.housekeep() as unit:
        unit.profiles.add(second, START)
        unit.profiles.add(first, START)
        with pytest.raises(Conflict, match=r"Version 1 of profile .* already exists"):
            unit.profiles.add(first, START)
    with storage.read() as reader:
        assert reader.profiles.get(first.name) == second
        assert reader.profiles.get(first.name, 1) == first
        for name, version in (("unknown", None), (first.name, 3)):
            with pytest.raises(NotFound, match=r"Profile .* not found"):
                reader.profiles.get(name, version)


def test_profiles_are_paged_by_name_newest_version_only(storage: SqlStorage) -> None:
    names = ["a", "a-b", "a0", "ab"]
    with storage.housekeep() as unit:
        for name in reversed(names):
            for version in (1, 2):
                unit.profiles.add(replace(BUILTIN_PROFILES[0], name=name, version=version), START)
    with storage.read() as reader:
        first = reader.profiles.page(None, 3)
        rest = reader.profiles.page(first.next_cursor, 3)
    assert [(profile.name, profile.version) for profile in (*first.items, *rest.items)] == [
        ("a", 2),
        ("a-b", 2),
        ("a0", 2),
        ("ab", 2),
    ]


def test_a_token_is_found_by_its_hash_only(storage: SqlStorage) -> None:
    with storage.housekeep() as unit:
        unit.tokens.add(token(1), digest("secret 1"))
        with pytest.raises(Conflict, match="The token already exists"):
            unit.tokens.add(token(2), digest("secret 1"))
    with storage.read() as reader:
        assert reader.tokens.find_hash(digest("secret 1"), START) == token(1)
        assert reader.tokens.find_hash(digest("secret 2"), START) is None
        assert reader.tokens.get(new_id(1)) == token(1)
        with pytest.raises(NotFound, match=r"Token .* not found"):
            reader.tokens.get(new_id(2))


def test_a_token_is_revoked_once_and_for_all(storage: SqlStorage) -> None:
    with storage.housekeep() as unit:
        unit.tokens.add(token(1), digest("secret 1"))
        unit.tokens.touch(new_id(1), START + HOUR)
        unit.tokens.revoke(new_id(1), START)
        unit.tokens.revoke(new_id(1), START + HOUR)
        with pytest.raises(NotFound, match=r"Token .* not found"):
            unit.tokens.revoke(new_id(2), START)
        assert unit.tokens.get(new_id(1)) == replace(token(1), revoked_at=START, last_used_at=START + HOUR)


def test_tokens_are_paged_newest_first(storage: SqlStorage) -> None:
    with storage.housekeep() as unit:
        for number in (1, 2, 3):
            unit.tokens.add(token(number), digest(f"secret {number}"))
    with storage.read() as reader:
        first = reader.tokens.page(None, 2)
        rest = reader.tokens.page(first.next_cursor, 2)
    assert (*first.items, *rest.items) == (token(3), token(2), token(1))


def test_an_idempotency_key_is_bound_once_for_24_hours(storage: SqlStorage, clock: FrozenClock) -> None:
    claim = Claim("certificate.issue", "key-1", digest("body"))
    with storage.housekeep() as unit:
        unit.idempotency.claim("local:alice", claim, new_id(1), clock.now())
        unit.idempotency.claim("local:bob", claim, new_id(2), clock.now())
        unit.idempotency.claim("local:alice", replace(claim, operation="ca.create"), new_id(3), clock.now())
    other_body = replace(claim, body_sha256=digest("other"))
    with pytest.raises(Claimed) as claimed, storage.housekeep() as unit:
        unit.idempotency.claim("local:alice", other_body, new_id(4), clock.now())
    assert (claimed.value.object_id, claimed.value.body_sha256) == (new_id(1), digest("body"))
    clock.advance(24 * HOUR - timedelta(seconds=1))
    with storage.read() as reader:
        assert reader.idempotency.find("local:alice", claim) == (new_id(1), digest("body"))
    clock.advance(timedelta(seconds=1))
    with storage.housekeep() as unit:
        assert unit.idempotency.find("local:alice", claim) is None
        unit.idempotency.claim("local:alice", claim, new_id(5), clock.now())
        assert unit.idempotency.find("local:alice", claim) == (new_id(5), digest("body"))


def test_a_released_or_pruned_idempotency_key_is_free_again(storage: SqlStorage, clock: FrozenClock) -> None:
    claims = [Claim("certificate.issue", f"key-{number}", digest("body")) for number in (1, 2)]
    with storage.housekeep() as unit:
        for number, claim in enumerate(claims):
            unit.idempotency.claim("local:alice", claim, new_id(number), clock.now())
        unit.idempotency.release(new_id(0))
        assert unit.idempotency.find("local:alice", claims[0]) is None
        assert unit.idempotency.prune(clock.now()) == 0
        assert unit.idempotency.prune(clock.now() + HOUR) == 1
        assert unit.idempotency.find("local:alice", claims[1]) is None


def test_single_values_are_overwritten(storage: SqlStorage) -> None:
    with storage.housekeep() as unit:
        assert unit.meta.get("a") is None
        unit.meta.put("a", "1")
        unit.meta.put("a", "2")
    with storage.read() as reader:
        assert reader.meta.get("a") == "2"


def test_a_clock_that_fell_behind_what_was_signed_is_refused(storage: SqlStorage, clock: FrozenClock) -> None:
    with storage.housekeep() as unit:
        unit.meta.advance_clock(START)
        unit.meta.advance_clock(START + HOUR)
    clock.set(START + HOUR - timedelta(minutes=5))
    with storage.housekeep() as unit:
        assert unit.meta.advance_clock(clock.now()) == START + HOUR
    clock.set(START + HOUR - timedelta(minutes=5, seconds=6))
    with pytest.raises(ClockBehind) as behind, storage.housekeep() as unit:
        unit.meta.advance_clock(clock.now())
    assert behind.value.retry_after == 6
    clock.set(START + HOUR)
    with storage.housekeep() as unit:
        unit.meta.advance_clock(START + HOUR)


@pytest.mark.parametrize("text", ["\ud800", "a\ud800b"])
def test_text_that_cannot_be_stored_is_the_callers_mistake(storage: SqlStorage, text: str) -> None:
    with storage.read() as reader, pytest.raises(InvalidInput, match="A value contains characters or a number"):
        reader.cas.find(text)


def test_a_name_with_a_zero_character_never_surprises(storage: SqlStorage) -> None:
    """SQLite finds nothing, PostgreSQL cannot even ask."""
    with storage.read() as reader, suppress(InvalidInput):
        assert reader.cas.find("a\0b") is None
