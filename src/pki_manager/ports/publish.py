"""The port of the published status store: finished octets that the status listener serves, without the database.

Everything in it is public and can be created again from the database, so it is not encrypted. It can be read while the
database or a key backend is unavailable, and every process on the host sees a change within a fraction of a second.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedObject:
    """A file of the status listener. `path` is that of its URL, with the leading slash.

    `expires` is None if it does not expire. `order` is the number of the issuer key and of the content (CRL number or
    status revision): a file never replaces one of a higher order.
    """

    path: str
    body: bytes
    content_type: str
    modified: datetime
    expires: datetime | None
    order: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedIssuer:
    """How OCSP requests name an issuer key (RFC 6960 §4.1.1): hashes of its Name and of its public key bits.

    `ca_id` and `number` identify it; hashes are keyed `sha1` and `sha256`.
    """

    issuer_key_id: UUID
    ca_id: UUID
    number: int
    name_hash: dict[str, bytes]
    key_hash: dict[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedResponse:
    """A pre-signed OCSPResponse (DER) for one CertID. `revision` is that of the snapshot of its status."""

    issuer_key_id: UUID
    serial: int
    hash_name: str
    body: bytes
    this_update: datetime
    next_update: datetime
    revision: int = 0


@dataclass(frozen=True, slots=True)
class WithdrawnStatus:
    """A status that changed: responses from before `revision` are wrong. Remembered until the given time."""

    issuer_key_id: UUID
    serial: int
    revision: int
    until: datetime


@dataclass(frozen=True, slots=True)
class PublishedState:
    """The state of a store. `store` is its random ID; `revision` is the status revision it is up to date with.

    None means none yet.
    """

    store: UUID
    revision: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshRound:
    """The progress of signing all OCSP responses of an issuer key again.

    `after` is the ID of the last completed certificate; `validity` is the validity that the round signs with.
    """

    issuer_key_id: UUID
    began: datetime
    validity: timedelta
    after: UUID | None = None
    ended: bool = False


class PublishedStore(Protocol):
    """The published status store of one host."""

    def put_objects(self, objects: Sequence[PublishedObject]) -> None:
        """Store files, all or none. A newer one with the same path is kept."""
        ...

    def put_issuers(self, issuers: Sequence[PublishedIssuer]) -> None: ...

    def put_responses(self, responses: Sequence[PublishedResponse]) -> None:
        """Store responses by issuer key, serial number, and hash, all or none. A newer one is kept.

        A response of a lower revision is ignored, as is one from before the store was last cleared. One of the same
        revision replaces what a fast clock has signed.
        """
        ...

    def withdraw(self, statuses: Sequence[WithdrawnStatus]) -> None:
        """Delete the responses from before those revisions. `response` returns None until they are replaced."""
        ...

    def object(self, path: str) -> PublishedObject | None: ...

    def issuers(self) -> Sequence[PublishedIssuer]: ...

    def response(self, issuer_key_id: UUID, serial: int, hash_name: str) -> PublishedResponse | None: ...

    def version(self) -> int:
        """Return a number that changes with every change by any process; cheap enough for every 200 ms."""
        ...

    def state(self) -> PublishedState: ...

    def clear(self, revision: int) -> PublishedState:
        """Empty the store under a new ID, for content of that revision or later."""
        ...

    def advance(self, store: UUID, revision: int) -> None:
        """Record that the store with that ID is up to date with the revision, which never goes back."""
        ...

    def exclusive(self) -> AbstractContextManager[bool]:
        """Prevent other processes from following during the block. Yields False if one of them does."""
        ...

    def rounds(self) -> Mapping[UUID, RefreshRound]:
        """Return the last round of each issuer key, in progress or ended."""
        ...

    def put_round(self, round_: RefreshRound) -> None: ...

    def forget_rounds(self) -> None: ...

    def forget_responses(self, before: datetime) -> int:
        """Delete responses whose nextUpdate is before that. Returns how many."""
        ...
