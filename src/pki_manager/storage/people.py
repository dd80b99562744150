"""The repositories of people, made when they are first asked for."""

from __future__ import annotations

from functools import cached_property

from pki_manager.storage.factors import SqlFactors
from pki_manager.storage.identities import SqlIdentities
from pki_manager.storage.sessions import SqlSessions
from pki_manager.storage.throttle import SqlThrottle
from pki_manager.storage.transaction import Transaction
from pki_manager.storage.users import SqlUsers


class SqlPeople:
    """Implements ports.people.People."""

    _transaction: Transaction

    @cached_property
    def users(self) -> SqlUsers:
        return SqlUsers(self._transaction)

    @cached_property
    def sessions(self) -> SqlSessions:
        return SqlSessions(self._transaction)

    @cached_property
    def factors(self) -> SqlFactors:
        return SqlFactors(self._transaction)

    @cached_property
    def identities(self) -> SqlIdentities:
        return SqlIdentities(self._transaction)

    @cached_property
    def throttle(self) -> SqlThrottle:
        return SqlThrottle(self._transaction)
