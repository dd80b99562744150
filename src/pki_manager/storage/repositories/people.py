"""The repositories of users and related objects. Each repository is created when it is first used."""

from __future__ import annotations

from functools import cached_property

from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.repositories.devices import SqlDevices
from pki_manager.storage.repositories.factors import SqlFactors
from pki_manager.storage.repositories.identities import SqlIdentities
from pki_manager.storage.repositories.sessions import SqlSessions
from pki_manager.storage.repositories.throttle import SqlThrottle
from pki_manager.storage.repositories.users import SqlUsers


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
    def devices(self) -> SqlDevices:
        return SqlDevices(self._transaction)

    @cached_property
    def throttle(self) -> SqlThrottle:
        return SqlThrottle(self._transaction)
