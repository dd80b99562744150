"""Guesses are counted before they are looked at, so that many at once are not more than one after another."""

from __future__ import annotations

import hmac
import math
from dataclasses import dataclass
from datetime import datetime

from pki_manager.authority.context import Authority
from pki_manager.domain.errors import TooManyAttempts
from pki_manager.domain.user import User
from pki_manager.policy.throttle import ACCOUNT, ACCOUNT_AND_PEER, FORGET_AFTER, NEWCOMER, PEER, Patience
from pki_manager.ports.people import Failures
from pki_manager.ports.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Attempt:
    """One that was let through and counts as failed until `succeeded`."""

    keys: dict[bytes, Patience]
    own: bytes

    def succeeded(self, uow: UnitOfWork, times: int = 1) -> None:
        """In the unit of what it was for: the account's failures from there are forgotten, elsewhere it never was.

        `times`: how many attempts this was the good end of.
        """
        found = uow.throttle.lock([key for key in self.keys if key != self.own])
        for key, failures in found.items():
            uow.throttle.put(key, Failures(max(0, failures.count - times), failures.last, failures.last))
        uow.throttle.forget(self.own)


def attempt(authority: Authority, account: str, user: User | None, peer: str | None) -> Attempt:
    """Count an attempt on an account, with or without a `user` to it. TooManyAttempts, with the seconds to wait.

    What was typed as the account is kept as a keyed hash only, for it may be a password.
    """
    own = _key(authority, "both", account, peer or "")
    keys = {own: ACCOUNT_AND_PEER, _key(authority, "peer", peer or ""): PEER}
    with authority.storage.housekeep() as uow:
        if user is None or not uow.sessions.knows_peer(user.id, peer):
            keys[_key(authority, "account", account)] = ACCOUNT
        now = authority.clock.now()
        found = uow.throttle.lock(list(keys))
        wait = max(math.ceil((failures.blocked_until - now).total_seconds()) for failures in found.values())
        if wait <= 0:
            for key, patience in keys.items():
                uow.throttle.put(key, _one_more(found[key], patience, now))
    if wait > 0:
        raise TooManyAttempts(f"too many attempts: try again in {wait} s", retry_after=wait)
    return Attempt(keys, own)


def newcomer(authority: Authority, peer: str | None) -> None:
    """Count somebody unknown for whom something is made. TooManyAttempts, with the seconds to wait."""
    key = _key(authority, "newcomer", peer or "")
    with authority.storage.housekeep() as uow:
        now = authority.clock.now()
        before = uow.throttle.lock([key])[key]
        wait = math.ceil((before.blocked_until - now).total_seconds())
        if wait <= 0:
            uow.throttle.put(key, _one_more(before, NEWCOMER, now))
    if wait > 0:
        raise TooManyAttempts(f"too many from this address: try again in {wait} s", retry_after=wait)


def _one_more(failures: Failures, patience: Patience, now: datetime) -> Failures:
    count = 1 if now - failures.last > FORGET_AFTER else failures.count + 1
    return Failures(count, now, now + patience.pause(count))


def _key(authority: Authority, *parts: str) -> bytes:
    return hmac.digest(authority.audit_mac_key, b"throttle\0" + "\0".join(parts).encode(), "sha256")
