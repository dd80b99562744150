"""The storage port: durable units of work, the repositories inside them, and reads beside them.

    with storage.begin(actor) as uow:       # one transaction; leaving the block makes it durable
        uow.certificates.add(certificate)
        uow.record(CertificateIssued(...))  # a unit without an event is a Fault and rolls back

Leaving the block with an exception rolls back. Leaving it without returns only when the commit is on disk (several
units may share one commit). `storage.housekeep()` is the same for changes without an actor (job leases, counters,
a token's last use) and needs no event. `storage.read()` sees committed data only.

All repositories raise StorageUnavailable when the database is away, or another holds it for ten seconds. `get` methods
raise NotFound, `find` answer None.
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
from pki_manager.ports.certificates import CertificateReader, Certificates
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
    def get(self, enrolment_id: UUID) -> Enrollment: ...

    def overdue(self, now: datetime, limit: int) -> Sequence[Enrollment]:
        """Those in `issuing` whose intent's deadline has passed, oldest first."""
        ...

    def count_by_state(self) -> dict[EnrollmentState, int]: ...


class Enrollments(EnrollmentReader, Protocol):
    def add(self, enrolment: Enrollment) -> None:
        """Written with those of the same commit.

        Where the intent's serial number, a random one, is already used under that issuer key, the commit has failed,
        for all units in it.
        """
        ...

    def hold(self, enrollment_id: UUID, batch: Sequence[UUID]) -> None:
        """Called before a unit settles one of a batch that its commit settles: until then no other unit settles them.

        Settling one as issued is then written with the others, instead of asking the database for each.
        """
        ...

    def settle(
        self, enrolment_id: UUID, state: EnrollmentState, now: datetime, certificate_id: UUID | None, reason: str | None
    ) -> bool:
        """Move an `issuing` enrollment to `state`, exactly once: False when another process already has."""
        ...

    def extend(self, enrolment_id: UUID, node: str, before: datetime, deadline: datetime) -> bool:
        """Take over an overdue intent (its deadline was `before`) until `deadline`: False when another has."""
        ...


class ProfileReader(Protocol):
    def get(self, name: str, version: int | None = None) -> Profile:
        """The newest version unless one is named."""
        ...

    def page(self, cursor: str | None, limit: int, visible: Visibility | None = None) -> Page[Profile]: ...


class Profiles(ProfileReader, Protocol):
    def add(self, profile: Profile, now: datetime) -> None:
        """A new version, active. Conflict when there is one of that number."""
        ...

    def retire(self, name: str) -> None:
        """Retire all versions, permanently."""
        ...


@dataclass(frozen=True, slots=True)
class Claim:
    """An idempotency key as a protocol received it: scope is (actor, operation, key); `body_sha256` shows reuse."""

    operation: str
    key: str
    body_sha256: bytes


class ClaimedObject(NamedTuple):
    """What a claim is bound to: the object that its first call creates, and the hash of that call's body."""

    object_id: UUID
    body_sha256: bytes


class Claimed(Exception):
    """Control flow inside the heart: the claim exists; `object_id` is what it made or is making."""

    def __init__(self, object_id: UUID, body_sha256: bytes) -> None:
        super().__init__(str(object_id))
        self.object_id = object_id
        self.body_sha256 = body_sha256


class Idempotency(Protocol):
    def find(self, actor_id: str, claim: Claim) -> ClaimedObject | None:
        """The object of a claim younger than 24 h, else None."""
        ...

    def claim(self, actor_id: str, claim: Claim, object_id: UUID, now: datetime) -> None:
        """Bind the key to the object that this unit makes; Claimed when it is bound already."""
        ...

    def release(self, object_id: UUID) -> None:
        """Nothing came of it: the key may be used again."""
        ...

    def prune(self, before: datetime) -> int: ...


class Meta(Protocol):
    def get(self, key: str) -> str | None: ...

    def get_all(self, keys: Collection[str]) -> Mapping[str, str]:
        """Those that are there."""
        ...

    def put(self, key: str, value: str) -> None: ...

    def is_directory_at(self, revision: int) -> bool:
        """Whether that is the directory's revision. It does not change until the commit of the unit."""
        ...

    def directory_revision(self) -> int:
        """Count the changes of CAs, issuer keys, their certificates, and profiles; there are none until this ends."""
        ...

    def lock_directory(self) -> None:
        """Until the unit's commit no other unit changes the directory: for units that change what they have read."""
        ...

    def require_clock(self) -> None:
        """ClockBehind or ClockAhead when this process' clock cannot be right: then nothing may be signed."""
        ...

    def advance_clock(self, now: datetime) -> datetime:
        """Raise the clock's high-water mark (kept to the second) before something is signed; errors as above.

        Returns the time to sign with: `now`, or the mark where another host's clock is a little faster.
        """
        ...

    def clock_mark(self) -> datetime | None:
        """The time of the newest signature; None before the first."""
        ...

    def accept_clock(self) -> datetime:
        """Take this host's clock as right even if later times were signed before; returns its time.

        ClockAhead or ClockBehind where the database server's clock says something else.
        """
        ...


class Reader(People, RightsStore, Protocols, Protocol):
    """Committed data, as of one moment."""

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
    """One transaction: it reads what it has written, and changes what it reads."""

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
        """Append to this process' audit chain, by the unit's actor."""
        ...


class Units(Protocol):
    """Units of work that share a commit: each is kept or gone by itself, none is durable before the commit."""

    def begin(self, actor: Actor) -> AbstractContextManager[UnitOfWork]:
        """StorageUnavailable too when the commit has failed already."""
        ...


class Storage(Protocol):
    def begin(self, actor: Actor) -> AbstractContextManager[UnitOfWork]: ...

    def run_units(self, work: Callable[[Units], T]) -> T:
        """Run `work`, and return its result when all of its units are durable; StorageUnavailable when they are not.

        `work` runs units one after the other. It may be run twice, the first time as a draft: its units must be its
        only effect.
        """
        ...

    def housekeep(self, *, brief: bool = False) -> AbstractContextManager[UnitOfWork]:
        """`brief` is for what is as well done at the next chance: StorageUnavailable after one second, not ten."""
        ...

    def read(self) -> AbstractContextManager[Reader]: ...

    def change_counter(self) -> int:
        """A number that differs after any process has committed; cheap enough to ask every 200 ms."""
        ...

    def check(self) -> None:
        """StorageUnavailable unless the database answers."""
        ...
