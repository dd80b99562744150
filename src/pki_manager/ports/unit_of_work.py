"""The storage port: units of work, the repositories inside them, and reads.

`with storage.begin(actor) as uow:` is one transaction; leaving the block makes it durable. Each unit records an audit
event with `uow.record(…)`; a unit without one raises Fault and is rolled back. An exception rolls back. The block ends
only when the commit is on disk (several units can share one commit). `storage.housekeep()` is for changes without an
actor (job leases, counters, a token's last use) and needs no event. `storage.read()` sees committed data only. All
repositories raise StorageUnavailable if the database is unavailable, or locked for ten seconds. `get` methods raise
NotFound, `find` methods return None.
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

    def overdue(self, now: datetime, limit: int) -> Sequence[Enrollment]:
        """Return enrollments in `issuing` whose deadline has passed, oldest first."""
        ...

    def count_by_state(self) -> dict[EnrollmentState, int]: ...


class Enrollments(EnrollmentReader, Protocol):
    """Stored enrollments that a transaction can change."""

    def add(self, enrolment: Enrollment) -> None:
        """Store an enrollment, with others of the same commit.

        If its random serial number is already used under that issuer key, the commit fails for all of its units.
        """
        ...

    def hold(self, enrollment_id: UUID, batch: Sequence[UUID]) -> None:
        """Called before a unit settles one of a batch that its commit settles: until then no other unit settles them.

        Concluding one as issued is then written with the others, instead of one query for each.
        """
        ...

    def settle(
        self, enrolment_id: UUID, state: EnrollmentState, now: datetime, certificate_id: UUID | None, reason: str | None
    ) -> bool:
        """Change an `issuing` enrollment to `state`, exactly once. Returns False if another process has."""
        ...

    def extend(self, enrolment_id: UUID, node: str, before: datetime, deadline: datetime) -> bool:
        """Take an overdue intent over until `deadline`. Returns False if its deadline is no longer `before`."""
        ...


class ProfileReader(Protocol):
    """Stored profiles."""

    def get(self, name: str, version: int | None = None) -> Profile:
        """Return a profile. Default: its newest version. Raises NotFound."""
        ...

    def page(self, cursor: str | None, limit: int, visible: Visibility | None = None) -> Page[Profile]: ...


class Profiles(ProfileReader, Protocol):
    """Stored profiles that a transaction can change."""

    def add(self, profile: Profile, now: datetime) -> None:
        """Store a new, active version. Raises Conflict if that version exists."""
        ...

    def retire(self, name: str) -> None:
        """Retire all versions permanently."""
        ...


@dataclass(frozen=True, slots=True)
class Claim:
    """An idempotency key: its scope is (actor, operation, key), and `body_sha256` detects reuse with another body."""

    operation: str
    key: str
    body_sha256: bytes


class ClaimedObject(NamedTuple):
    """The object that the first call with a claim created, and the hash of that call's body."""

    object_id: UUID
    body_sha256: bytes


class Claimed(Exception):
    """Raised if a claim was used before; `object_id` is the object that it created or is creating."""

    def __init__(self, object_id: UUID, body_sha256: bytes) -> None:
        super().__init__(str(object_id))
        self.object_id = object_id
        self.body_sha256 = body_sha256


class Idempotency(Protocol):
    """Stored idempotency keys."""

    def find(self, actor_id: str, claim: Claim) -> ClaimedObject | None:
        """Return the object of a claim younger than 24 h, else None."""
        ...

    def claim(self, actor_id: str, claim: Claim, object_id: UUID, now: datetime) -> None:
        """Bind the key to the object that this unit creates. Raises Claimed if it is bound already."""
        ...

    def release(self, object_id: UUID) -> None:
        """Free the key of an object that was not created."""
        ...

    def prune(self, before: datetime) -> int: ...


class Meta(Protocol):
    """Values of the whole installation: clock, directory revision, and named values."""

    def get(self, key: str) -> str | None: ...

    def get_all(self, keys: Collection[str]) -> Mapping[str, str]:
        """Return the values that exist, by key."""
        ...

    def put(self, key: str, value: str) -> None: ...

    def is_directory_at(self, revision: int) -> bool:
        """Return whether that is the directory's revision. It then does not change until the commit."""
        ...

    def directory_revision(self) -> int:
        """Return the number of changes of CAs, issuer keys, their certificates, and profiles.

        They do not change until this unit ends.
        """
        ...

    def lock_directory(self) -> None:
        """Prevent other units from changing the directory until the commit, for units that change what they read."""
        ...

    def require_clock(self) -> None:
        """Raise ClockBehind or ClockAhead if this process' clock is wrong. Nothing can be signed then."""
        ...

    def advance_clock(self, now: datetime) -> datetime:
        """Store the time of a signature (to the second) before it is made. Errors as `require_clock`.

        Returns the time to sign with: `now`, or a later stored time if another host's clock is a little faster.
        """
        ...

    def clock_mark(self) -> datetime | None:
        """Return the time of the newest signature; None before the first."""
        ...

    def accept_clock(self) -> datetime:
        """Accept this host's clock even if later times were signed before. Returns its time.

        Raises ClockAhead or ClockBehind if the database server's clock disagrees.
        """
        ...


class Reader(People, RightsStore, Protocols, Protocol):
    """The repositories of committed data, at one moment."""

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
        """Append an event of the unit's actor to this process' audit chain."""
        ...


class Units(Protocol):
    """Units of work that share a commit. Each can fail alone; none is durable before the commit."""

    def begin(self, actor: Actor) -> AbstractContextManager[UnitOfWork]:
        """Begin a unit of work. Raises StorageUnavailable, also if the commit has failed already."""
        ...


class Storage(Protocol):
    """The database: units of work and reads."""

    def begin(self, actor: Actor) -> AbstractContextManager[UnitOfWork]: ...

    def run_units(self, work: Callable[[Units], T]) -> T:
        """Call `work` and return its result once all of its units are durable.

        `work` runs units one after the other. It can be called twice, the first time as a draft: it must have no other
        effect. Raises StorageUnavailable if they cannot be stored.
        """
        ...

    def housekeep(self, *, brief: bool = False) -> AbstractContextManager[UnitOfWork]:
        """Begin a unit without actor. With `brief`, StorageUnavailable is raised after one second, not ten."""
        ...

    def read(self) -> AbstractContextManager[Reader]: ...

    def change_counter(self) -> int:
        """Return a number that changes with every commit of any process; cheap enough for every 200 ms."""
        ...

    def check(self) -> None:
        """Raise StorageUnavailable unless the database is available."""
        ...

    def close(self) -> None:
        """Close all connections; later calls fail."""
        ...
