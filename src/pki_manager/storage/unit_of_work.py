"""The repositories of one transaction, created when they are first used."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from pki_manager.domain.errors import Fault
from pki_manager.domain.events.audit import AuditEvent
from pki_manager.domain.rights.actor import Actor
from pki_manager.ports.entropy import Entropy
from pki_manager.storage.engine.guarded_clock import GuardedClock
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.repositories.acme.accounts import SqlAcme
from pki_manager.storage.repositories.approvals import SqlApprovals
from pki_manager.storage.repositories.audit import AuditTrail, SqlAudit
from pki_manager.storage.repositories.bulk import SqlBulk
from pki_manager.storage.repositories.cas import SqlCas
from pki_manager.storage.repositories.certificates import SqlCertificates
from pki_manager.storage.repositories.counts.census import SqlCensus
from pki_manager.storage.repositories.counts.sums import SqlCounts
from pki_manager.storage.repositories.crls import SqlCrls
from pki_manager.storage.repositories.enrollment.cmp import SqlCmpTransactions
from pki_manager.storage.repositories.enrollment.credentials import SqlCredentials
from pki_manager.storage.repositories.enrollments import SqlEnrollments
from pki_manager.storage.repositories.idempotency import SqlIdempotency
from pki_manager.storage.repositories.issuer_keys import SqlIssuerKeys
from pki_manager.storage.repositories.jobs import SqlJobs
from pki_manager.storage.repositories.key_intents import SqlKeyIntents
from pki_manager.storage.repositories.known_keys import SqlKnownKeys
from pki_manager.storage.repositories.meta import SqlMeta
from pki_manager.storage.repositories.people import SqlPeople
from pki_manager.storage.repositories.profiles import SqlProfiles
from pki_manager.storage.repositories.requests import SqlRequests
from pki_manager.storage.repositories.revocations import SqlRevocations
from pki_manager.storage.repositories.rights import SqlRights
from pki_manager.storage.repositories.status_log import SqlStatusLog
from pki_manager.storage.repositories.text_search.index import SqlTextIndex
from pki_manager.storage.repositories.tokens import SqlTokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """The services that repositories need in addition to a connection."""

    clock: GuardedClock
    entropy: Entropy
    trail: AuditTrail


class SqlReader(SqlPeople, SqlRights):
    """Implements ports.unit_of_work.Reader."""

    def __init__(self, transaction: Transaction, tools: Tools) -> None:
        self._transaction = transaction
        self._tools = tools

    @cached_property
    def cas(self) -> SqlCas:
        return SqlCas(self._transaction)

    @cached_property
    def issuer_keys(self) -> SqlIssuerKeys:
        return SqlIssuerKeys(self._transaction)

    @cached_property
    def key_intents(self) -> SqlKeyIntents:
        return SqlKeyIntents(self._transaction)

    @cached_property
    def certificates(self) -> SqlCertificates:
        return SqlCertificates(self._transaction)

    @cached_property
    def census(self) -> SqlCensus:
        return SqlCensus(self._transaction, self._tools.entropy, self._tools.clock)

    @cached_property
    def counts(self) -> SqlCounts:
        return SqlCounts(self._transaction, self._tools.entropy)

    @cached_property
    def text_index(self) -> SqlTextIndex:
        return SqlTextIndex(self._transaction)

    @cached_property
    def enrollments(self) -> SqlEnrollments:
        return SqlEnrollments(self._transaction)

    @cached_property
    def requests(self) -> SqlRequests:
        return SqlRequests(self._transaction)

    @cached_property
    def approvals(self) -> SqlApprovals:
        return SqlApprovals(self._transaction)

    @cached_property
    def revocations(self) -> SqlRevocations:
        return SqlRevocations(self._transaction)

    @cached_property
    def known_keys(self) -> SqlKnownKeys:
        return SqlKnownKeys(self._transaction)

    @cached_property
    def crls(self) -> SqlCrls:
        return SqlCrls(self._transaction)

    @cached_property
    def profiles(self) -> SqlProfiles:
        return SqlProfiles(self._transaction)

    @cached_property
    def jobs(self) -> SqlJobs:
        return SqlJobs(self._transaction, self._tools.entropy)

    @cached_property
    def bulk(self) -> SqlBulk:
        return SqlBulk(self._transaction)

    @cached_property
    def tokens(self) -> SqlTokens:
        return SqlTokens(self._transaction)

    @cached_property
    def acme(self) -> SqlAcme:
        return SqlAcme(self._transaction)

    @cached_property
    def credentials(self) -> SqlCredentials:
        return SqlCredentials(self._transaction)

    @cached_property
    def cmp(self) -> SqlCmpTransactions:
        return SqlCmpTransactions(self._transaction)

    @cached_property
    def idempotency(self) -> SqlIdempotency:
        return SqlIdempotency(self._transaction, self._tools.clock)

    @cached_property
    def audit(self) -> SqlAudit:
        return SqlAudit(self._transaction)

    @cached_property
    def status_log(self) -> SqlStatusLog:
        return SqlStatusLog(self._transaction)

    @cached_property
    def meta(self) -> SqlMeta:
        return SqlMeta(self._transaction, self._tools.clock)


class SqlUnitOfWork(SqlReader):
    """Implements ports.unit_of_work.UnitOfWork. Raises Fault if an event is recorded without an actor."""

    def __init__(self, transaction: Transaction, tools: Tools, actor: Actor | None) -> None:
        super().__init__(transaction, tools)
        self._actor = actor
        self.has_recorded = False

    def record(self, event: AuditEvent) -> None:
        if self._actor is None:
            raise Fault("A housekeeping transaction recorded an audit event.")
        self._tools.trail.append(self._transaction, self._actor, event)
        self.has_recorded = True
