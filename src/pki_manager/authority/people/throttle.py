"""Limits on attempts to sign in. Attempts are counted before they are checked, so parallel ones count too."""

from __future__ import annotations

import hmac
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import TooManyAttempts
from pki_manager.domain.people.user import User
from pki_manager.policy.throttle import (
    ACCOUNT,
    ACCOUNT_AND_PEER,
    FORGET_AFTER,
    NEWCOMER,
    PEER,
    SECOND_FACTOR,
    USER_CODE,
    VISITOR,
    WIDE_NEWCOMER,
    WIDE_PEER,
    WIDE_VISITOR,
    Patience,
    get_network,
)
from pki_manager.ports.people import Failures
from pki_manager.ports.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Attempt:
    """An admitted attempt to sign in, which counts as failed until `succeeded` is called."""

    keys: dict[bytes, Patience]
    own: bytes

    def succeeded(self, uow: UnitOfWork, now: datetime, times: int = 1) -> None:
        """Remove the failures of this attempt, in the unit of work of the sign-in.

        The failures of the account from this address are forgotten. All other counts are reduced by `times`, the number
        of attempts that the sign-in needed.
        """
        found = uow.throttle.lock([key for key in self.keys if key != self.own])
        for key, failures in found.items():
            uow.throttle.put(key, Failures(max(0, failures.count - times), failures.last, now))
        uow.throttle.forget(self.own)


def count_attempt(
    ctx: Context, account: str, user: User | None, peer: str | None, *, second_factor: bool = False
) -> Attempt:
    """Count an attempt to sign in to an account. `user` is None if the account is unknown.

    The typed account name is stored only as a keyed hash, because it can be a password by mistake. Raises
    TooManyAttempts with the seconds to wait after too many attempts.
    """
    network = get_network(peer)
    own = _key(ctx, "both", account, network.narrow)
    keys = {own: ACCOUNT_AND_PEER, _key(ctx, "peer", network.narrow): PEER}
    if network.wide is not None:
        keys[_key(ctx, "peer", network.wide)] = WIDE_PEER
    with ctx.ports.storage.housekeep() as uow:
        if user is None or network not in map(get_network, uow.sessions.list_peers(user.id)):
            keys[_key(ctx, "account", account)] = ACCOUNT
            if second_factor:
                keys[_key(ctx, "second factor", account)] = SECOND_FACTOR
        wait = _count(uow, keys, ctx.ports.clock.now())
    if wait > 0:
        raise TooManyAttempts(f"Too many attempts. Retry in {wait} s.", retry_after=wait)
    return Attempt(keys, own)


def count_user_code(ctx: Context, user_id: UUID) -> None:
    """Count a user code that a user enters. Raises TooManyAttempts with the seconds to wait after too many."""
    with ctx.ports.storage.housekeep() as uow:
        wait = _count(uow, {_key(ctx, "user code", str(user_id)): USER_CODE}, ctx.ports.clock.now())
    if wait > 0:
        raise TooManyAttempts(f"Too many wrong codes. Retry in {wait} s.", retry_after=wait)


def forget_user_codes(ctx: Context, user_id: UUID) -> None:
    """Forget the user codes that a user entered, because the last one was right."""
    with ctx.ports.storage.housekeep() as uow:
        uow.throttle.forget(_key(ctx, "user code", str(user_id)))


def lock_device_sign_ins(ctx: Context, uow: UnitOfWork) -> None:
    """Lock the number of sign-ins by device code until the unit ends, so that parallel calls keep their limits."""
    uow.throttle.lock([_key(ctx, "device sign-ins")])


def count_newcomer(ctx: Context, peer: str | None) -> None:
    """Count an unknown caller whose request stores a row for a long time.

    Raises TooManyAttempts with the seconds to wait after too many such requests from the network.
    """
    _pass(ctx, _by_network(ctx, "newcomer", peer, NEWCOMER, WIDE_NEWCOMER))


def count_visitor(ctx: Context, peer: str | None) -> None:
    """Count a caller who begins to sign in.

    Raises TooManyAttempts with the seconds to wait after too many such requests from the network.
    """
    _pass(ctx, _by_network(ctx, "visitor", peer, VISITOR, WIDE_VISITOR))


def forget_visits(ctx: Context, uow: UnitOfWork, peer: str | None, times: int) -> None:
    """Subtract `times` calls of `count_visitor` from the caller's network, because the caller has signed in."""
    now = ctx.ports.clock.now()
    found = uow.throttle.lock(list(_by_network(ctx, "visitor", peer, VISITOR, WIDE_VISITOR)))
    for key, failures in found.items():
        uow.throttle.put(key, Failures(max(0, failures.count - times), failures.last, now))


def _by_network(ctx: Context, kind: str, peer: str | None, patience: Patience, wide: Patience) -> dict[bytes, Patience]:
    network = get_network(peer)
    keys = {_key(ctx, kind, network.narrow): patience}
    return keys if network.wide is None else keys | {_key(ctx, kind, network.wide): wide}


def _pass(ctx: Context, keys: dict[bytes, Patience]) -> None:
    with ctx.ports.storage.housekeep() as uow:
        wait = _count(uow, keys, ctx.ports.clock.now())
    if wait > 0:
        raise TooManyAttempts(f"Too many requests from this network. Retry in {wait} s.", retry_after=wait)


def _count(uow: UnitOfWork, keys: dict[bytes, Patience], now: datetime) -> int:
    """Count one more attempt for each key, unless the caller must wait. Returns the seconds to wait."""
    # Locking makes a row for each key: a caller who has to wait anyway must not add any.
    if (wait := _wait(uow.throttle.find(list(keys)), now)) > 0:
        return wait
    found = uow.throttle.lock(list(keys))
    if (wait := _wait(found, now)) <= 0:
        for key, patience in keys.items():
            uow.throttle.put(key, _one_more(found[key], patience, now))
    return wait


def _wait(found: Mapping[bytes, Failures], now: datetime) -> int:
    waits = (math.ceil((failures.blocked_until - now).total_seconds()) for failures in found.values())
    return max(waits, default=0)


def _one_more(failures: Failures, patience: Patience, now: datetime) -> Failures:
    count = 1 if now - failures.last > FORGET_AFTER else failures.count + 1
    return Failures(count, now + patience.memory, now + patience.pause(count))


def _key(ctx: Context, *parts: str) -> bytes:
    return hmac.digest(ctx.config.audit_mac_key, b"throttle\0" + "\0".join(parts).encode(), "sha256")
