"""The published store: finished bytes that the status listener serves, apart from the database.

Everything in it is public and can be made again from the database, so it is not encrypted. It stays readable while the
database or a key backend is away, and a change is seen by every process on the host within a fraction of a second.
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
    """A file of the status listener. `path` as in the URL, with the leading slash; `expires` None: does not age.

    `order` is the number of the issuer key and that of the content, a CRL number or a status revision: a file never
    replaces one of a higher order.
    """

    path: str
    body: bytes
    content_type: str
    modified: datetime
    expires: datetime | None
    order: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedIssuer:
    """How OCSP requests name an issuer key (RFC 6960 §4.1.1): hashes of its Name DER and of its public key bits.

    `ca_id` and `number` locate it; hash dictionaries are keyed `sha1` and `sha256`.
    """

    issuer_key_id: UUID
    ca_id: UUID
    number: int
    name_hash: dict[str, bytes]
    key_hash: dict[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedResponse:
    """A pre-signed OCSPResponse (DER) for one CertID. `revision` is that of the snapshot that its status is from."""

    issuer_key_id: UUID
    serial: int
    hash_name: str
    body: bytes
    this_update: datetime
    next_update: datetime
    revision: int = 0


@dataclass(frozen=True, slots=True)
class WithdrawnStatus:
    """Nothing from before `revision` is true of the serial number any more. Remembered until the given time."""

    issuer_key_id: UUID
    serial: int
    revision: int
    until: datetime


@dataclass(frozen=True, slots=True)
class PublishedState:
    """`store` is the random id of the file; `revision` the status revision that it agrees with, None for none yet."""

    store: UUID
    revision: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshRound:
    """How far re-signing all OCSP responses of an issuer key has come.

    `after` is the id of the last certificate done; `validity` the one that the round signs with.
    """

    issuer_key_id: UUID
    began: datetime
    validity: timedelta
    after: UUID | None = None
    ended: bool = False


class PublishedStore(Protocol):
    def put_objects(self, objects: Sequence[PublishedObject]) -> None:
        """Replace by path those that are not newer, all or none."""
        ...

    def put_issuers(self, issuers: Sequence[PublishedIssuer]) -> None: ...

    def put_responses(self, responses: Sequence[PublishedResponse]) -> None:
        """Replace by (issuer key, serial, hash) those that are not newer, all or none.

        One of a lower revision is passed over, and one from before the store was last cleared. One of the same
        revision says the same: it replaces also what a clock that was fast has signed.
        """
        ...

    def withdraw(self, statuses: Sequence[WithdrawnStatus]) -> None:
        """Take away the responses from before those revisions; until they are replaced `response` answers None."""
        ...

    def object(self, path: str) -> PublishedObject | None: ...

    def issuers(self) -> Sequence[PublishedIssuer]: ...

    def response(self, issuer_key_id: UUID, serial: int, hash_name: str) -> PublishedResponse | None: ...

    def version(self) -> int:
        """A number that changes whenever any process has changed the store; cheap enough for every 200 ms."""
        ...

    def state(self) -> PublishedState: ...

    def clear(self, revision: int) -> PublishedState:
        """Empty the store for content of that revision or later, under a new id. It agrees with nothing until then."""
        ...

    def advance(self, store: UUID, revision: int) -> None:
        """Note that the store of that id agrees with the database up to the revision; it never goes back."""
        ...

    def exclusive(self) -> AbstractContextManager[bool]:
        """Keep other processes from following meanwhile; False when one of them does now."""
        ...

    def rounds(self) -> Mapping[UUID, RefreshRound]:
        """Return the last round of each issuer key, under way or ended."""
        ...

    def put_round(self, round_: RefreshRound) -> None: ...

    def forget_rounds(self) -> None: ...

    def forget_responses(self, before: datetime) -> int:
        """Drop responses whose nextUpdate is before that; how many went."""
        ...
