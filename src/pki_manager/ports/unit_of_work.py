"""The storage port: units of work, their repositories, and reads.

`with storage.begin(actor) as uow:` is one unit of work; leaving the block makes its changes durable. Each unit records
an audit event with `uow.record(…)`; a unit without one raises Fault and is rolled back. An exception in the block rolls
it back too. The block ends only when the commit is on disk (several units can share one commit). `storage.housekeep()`
is for changes without an actor (job leases, counters, a token's last use) and needs no event. `storage.read()` reads
only committed data. All repositories raise StorageUnavailable if the database is unavailable, or locked for ten
seconds. `get` methods raise NotFound if the object does not exist; `find` methods return None.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol, TypeVar
from uuid import UUID

from pki_manager.domain.enrollment import Enrollment, EnrollmentState
from pki_manager.domain.events.audit import AuditEvent
from pki_manager.domain.page import Page
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.rights.actor import Actor, Visibility
from pki_manager.ports.acme import Protocols
from pki_manager.ports.audit_trail import AuditReader
from pki_manager.ports.bulk import Bulk, BulkReader
from pki_manager.ports.cas import CaReader, Cas, IssuerKeyReader, IssuerKeys
from pki_manager.ports.census import Census, CountReader, Counts
from pki_manager.ports.certificates import CertificateReader, Certificates, TextIndex, TextIndexReader
from pki_manager.ports.jobs import JobReader, Jobs
from pki_manager.ports.key_intents import KeyIntentReader, KeyIntents
from pki_manager.ports.known_keys import KnownKeyReader, KnownKeys
from pki_manager.ports.people import People
from pki_manager.ports.requests import ApprovalReader, Approvals, RequestReader, Requests
from pki_manager.ports.revocations import CrlReader, Crls, RevocationReader, Revocations
from pki_manager.ports.rights import RightsStore, TokenReader, Tokens
from pki_manager.ports.status_log import StatusLog, StatusLogReader

T = TypeVar("T")


class EnrollmentReader(Protocol):
    """Stored enrollments."""

    def get(self, enrolment_id: UUID) -> Enrollment: ...

    def list_overdue(self, now: datetime, limit: int) -> Sequence[Enrollment]:
        """Return enrollments in `issuing` whose deadline has passed, oldest first."""
        ...

    def count_by_state(self) -> dict[EnrollmentState, int]: ...


class Enrollments(EnrollmentReader, Protocol):
    """Stored enrollments that a transaction can change."""

    def add(self, enrolment: Enrollment) -> None:
        """Store an enrollment. The row is written together with those of other units of work in the commit.

        If its random serial number is already used under that issuer key, the commit fails for all of its units.
        """
        ...

    def hold(self, enrollment_id: UUID, batch: Sequence[UUID]) -> None:
        """Lock a batch of enrollments that this commit settles: until it ends, no other commit settles one of them.

        A unit calls this before it settles its enrollment. Enrollments that become issued are then written together,
        instead of with one query each.
        """
        ...

    def settle(
        self, enrolment_id: UUID, state: EnrollmentState, now: datetime, certificate_id: UUID | None, reason: str | None
    ) -> bool:
        """Change an enrollment from `issuing` to `state`, exactly once. Returns False if it is no longer `issuing`."""
        ...

    def extend(self, enrolment_id: UUID, node: str, before: datetime, deadline: datetime) -> bool:
        """Take over an overdue issuance intent until `deadline`.

        Returns False if its deadline has changed from `before`.
        """
        ...


class ProfileReader(Protocol):
    """Stored profiles."""

    def get(self, name: str, version: int | None = None) -> Profile:
        """Return a profile, by default its newest version. Raises NotFound if the profile or version does not exist."""
        ...

    def page(self, cursor: str | None, limit: int, visible: Visibility | None = None) -> Page[Profile]: ...


class Profiles(ProfileReader, Protocol):
    """Stored profiles that a transaction can change."""

    def add(self, profile: Profile, now: datetime) -> None:
        """Store a new, active version of a profile. Raises Conflict if that version exists."""
        ...

    def retire(self, name: str) -> None:
        """Retire all versions of a profile permanently."""
        ...


@dataclass(frozen=True, slots=True)
class Claim:
    """An idempotency key in the scope (actor, operation, key). `body_sha256` detects reuse with another body."""

    operation: str
    key: str
    body_sha256: bytes


class ClaimedObject(NamedTuple):
    """The object that the first call with an idempotency key created, and the hash of that call's body."""

    object_id: UUID
    body_sha256: bytes


class Claimed(Exception):
    """The idempotency key was used before; `object_id` is the object that its first call created or is creating."""

    def __init__(self, object_id: UUID, body_sha256: bytes) -> None:
        super().__init__(str(object_id))
        self.object_id = object_id
        self.body_sha256 = body_sha256


class Idempotency(Protocol):
    """Stored idempotency keys."""

    def find(self, actor_id: str, claim: Claim) -> ClaimedObject | None:
        """Return the object of an idempotency key that was first used less than 24 h ago, else None."""
        ...

    def claim(self, actor_id: str, claim: Claim, object_id: UUID, now: datetime) -> None:
        """Bind an idempotency key to the object that this unit creates. Raises Claimed if it is already bound."""
        ...

    def release(self, object_id: UUID) -> None:
        """Make the idempotency key of an object that was not created available again."""
        ...

    def prune(self, before: datetime) -> int: ...


class Meta(Protocol):
    """Values of the whole installation: the clock, the directory revision, and named values."""

    def get(self, key: str) -> str | None: ...

    def get_all(self, keys: Collection[str]) -> Mapping[str, str]:
        """Return the values of those keys that have one, by key."""
        ...

    def put(self, key: str, value: str) -> None: ...

    def is_directory_at(self, revision: int) -> bool:
        """Return whether the directory has this revision. If so, it does not change until the commit."""
        ...

    def get_directory_revision(self) -> int:
        """Return the directory's revision: how often CAs, issuer keys, their certificates, or profiles have changed.

        In a unit of work, the directory does not change until the unit ends.
        """
        ...

    def lock_directory(self) -> None:
        """Prevent other units from changing the directory until the commit.

        Units call this if they change parts of the directory that they have read.
        """
        ...

    def require_clock(self) -> None:
        """Raise ClockBehind or ClockAhead if this process's clock is wrong. Nothing can be signed then."""
        ...

    def advance_clock(self, now: datetime) -> datetime:
        """Store the time of a signature, in whole seconds, before the signature is created. Errors as `require_clock`.

        Returns the time to sign with: `now`, or a later stored time if another host's clock is a little faster.
        """
        ...

    def get_clock_mark(self) -> datetime | None:
        """Return the time of the newest signature, or None if nothing has been signed."""
        ...

    def accept_clock(self) -> datetime:
        """Accept this host's clock, even if signatures with later times exist. Returns the clock's time.

        Raises ClockAhead or ClockBehind if the database server's clock differs too much.
        """
        ...


class Reader(People, RightsStore, Protocols, Protocol):
    """The repositories of committed data, as of one moment."""

    @property
    def cas(self) -> CaReader: ...
    @property
    def issuer_keys(self) -> IssuerKeyReader: ...
    @property
    def key_intents(self) -> KeyIntentReader: ...
    @property
    def certificates(self) -> CertificateReader: ...
    @property
    def census(self) -> Census: ...
    @property
    def counts(self) -> CountReader: ...
    @property
    def text_index(self) -> TextIndexReader: ...
    @property
    def enrollments(self) -> EnrollmentReader: ...
    @property
    def requests(self) -> RequestReader: ...
    @property
    def approvals(self) -> ApprovalReader: ...
    @property
    def revocations(self) -> RevocationReader: ...
    @property
    def known_keys(self) -> KnownKeyReader: ...
    @property
    def crls(self) -> CrlReader: ...
    @property
    def profiles(self) -> ProfileReader: ...
    @property
    def jobs(self) -> JobReader: ...
    @property
    def bulk(self) -> BulkReader: ...
    @property
    def tokens(self) -> TokenReader: ...
    @property
    def idempotency(self) -> Idempotency: ...
    @property
    def audit(self) -> AuditReader: ...
    @property
    def status_log(self) -> StatusLogReader: ...
    @property
    def meta(self) -> Meta: ...


class UnitOfWork(Reader, Protocol):
    """The repositories of one transaction, which sees its own changes."""

    @property
    def cas(self) -> Cas: ...
    @property
    def issuer_keys(self) -> IssuerKeys: ...
    @property
    def key_intents(self) -> KeyIntents: ...
    @property
    def certificates(self) -> Certificates: ...
    @property
    def counts(self) -> Counts: ...
    @property
    def text_index(self) -> TextIndex: ...
    @property
    def enrollments(self) -> Enrollments: ...
    @property
    def requests(self) -> Requests: ...
    @property
    def approvals(self) -> Approvals: ...
    @property
    def revocations(self) -> Revocations: ...
    @property
    def known_keys(self) -> KnownKeys: ...
    @property
    def crls(self) -> Crls: ...
    @property
    def profiles(self) -> Profiles: ...
    @property
    def jobs(self) -> Jobs: ...
    @property
    def bulk(self) -> Bulk: ...
    @property
    def tokens(self) -> Tokens: ...
    @property
    def status_log(self) -> StatusLog: ...

    def record(self, event: AuditEvent) -> None:
        """Append an audit event, with the unit's actor, to the audit chain of this process."""
        ...


class Units(Protocol):
    """Units of work that share a commit. Each of them can fail alone; none is durable before the commit."""

    def begin(self, actor: Actor) -> AbstractContextManager[UnitOfWork]:
        """Begin a unit of work.

        Raises StorageUnavailable if the database is unavailable or the commit has already failed.
        """
        ...


class Storage(Protocol):
    """The database: units of work and reads."""

    def begin(self, actor: Actor) -> AbstractContextManager[UnitOfWork]: ...

    def run_units(self, work: Callable[[Units], T]) -> T:
        """Call `work` with units of work that share a commit. Return its result once all of them are durable.

        `work` runs units one after the other. It can be called twice, the first time as a draft, so it must have no
        other effects. Raises StorageUnavailable if the units cannot be stored.
        """
        ...

    def housekeep(self, *, brief: bool = False) -> AbstractContextManager[UnitOfWork]:
        """Begin a unit of work without an actor.

        With `brief`, StorageUnavailable is raised after one second instead of ten if the database is locked.
        """
        ...

    def read(self, actor: Actor | None = None) -> AbstractContextManager[Reader]:
        """Begin a transaction that only reads.

        With `actor`, the database also checks that certificates and requests are in the actor's ownership scope, if it
        can. Other rows then do not exist. Use it where everything that is read is shown to the actor.
        """
        ...

    def read_recent(self, actor: Actor, work: Callable[[Reader], T]) -> T:
        """Return the result of `work` on data that can be a few seconds old: from a read replica, if there is one.

        The database checks rows as with `read(actor)`. The actor's own changes in this process are always in it. `work`
        can be called twice, so it must have no other effects. Only for lists, searches, and counts that are shown:
        never for a decision, and never for a change.
        """
        ...

    def change_counter(self) -> int:
        """Return a number that changes with every commit of any process. It can be read every 200 ms at little cost."""
        ...

    def check(self) -> None:
        """Raise StorageUnavailable unless the database is available."""
        ...

    def close(self) -> None:
        """Close all connections. Later calls fail."""
        ...
