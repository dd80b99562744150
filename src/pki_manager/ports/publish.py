"""The port of the published status store: finished files and responses that the status listener serves.

The status listener needs no database to serve them. All contents are public and can be created again from the database,
so the store is not encrypted. It can be read while the database or a key backend is unavailable, and every process on
the host sees a change within a fraction of a second.
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
    """A file of the status listener. `path` is the path of its URL, with the leading slash.

    `expires` is None if it does not expire. `order` is the number of the issuer key and of the content (CRL number or
    status revision): a file never replaces one with a higher order.
    """

    path: str
    body: bytes
    content_type: str
    modified: datetime
    expires: datetime | None
    order: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedIssuer:
    """The hashes by which OCSP requests identify an issuer key (RFC 6960 §4.1.1): of its name and its public key bits.

    `ca_id` and `number` identify the issuer key; the keys of the hashes are `sha1` and `sha256`.
    """

    issuer_key_id: UUID
    ca_id: UUID
    number: int
    name_hash: dict[str, bytes]
    key_hash: dict[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedResponse:
    """A pre-signed OCSPResponse (DER) for one CertID. `revision` is the status revision from which it was created."""

    issuer_key_id: UUID
    serial: int
    hash_name: str
    body: bytes
    this_update: datetime
    next_update: datetime
    revision: int = 0


@dataclass(frozen=True, slots=True)
class WithdrawnStatus:
    """A status that has changed: responses from before `revision` are wrong.

    The store remembers the change until the time `until`.
    """

    issuer_key_id: UUID
    serial: int
    revision: int
    until: datetime


@dataclass(frozen=True, slots=True)
class PublishedState:
    """The state of a store. `store` is its random ID.

    `revision` is the last status revision whose changes the store contains, None if it contains none yet.
    """

    store: UUID
    revision: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshRound:
    """The progress of re-signing all OCSP responses of an issuer key.

    `after` is the ID of the last certificate whose responses are finished; `validity` is that of the new responses.
    """

    issuer_key_id: UUID
    began: datetime
    validity: timedelta
    after: UUID | None = None
    ended: bool = False


class PublishedStore(Protocol):
    """The published status store of one host."""

    def put_objects(self, objects: Sequence[PublishedObject]) -> None:
        """Store all files, or none on an error. A file does not replace a newer one with the same path."""
        ...

    def put_issuers(self, issuers: Sequence[PublishedIssuer]) -> None: ...

    def put_responses(self, responses: Sequence[PublishedResponse]) -> None:
        """Store all responses by issuer key, serial number, and hash, or none on an error.

        A response with a lower revision than the stored one is ignored, as is one from before the store was last
        cleared. One with the same revision replaces the stored response, which a fast clock may have signed.
        """
        ...

    def withdraw(self, statuses: Sequence[WithdrawnStatus]) -> None:
        """Delete the responses from before the revisions of these changes.

        `response` returns None for them until they are replaced.
        """
        ...

    def find_object(self, path: str) -> PublishedObject | None: ...

    def list_issuers(self) -> Sequence[PublishedIssuer]: ...

    def find_response(self, issuer_key_id: UUID, serial: int, hash_name: str) -> PublishedResponse | None: ...

    def get_version(self) -> int:
        """Return a number that changes with every change by any process. It can be read every 200 ms at little cost."""
        ...

    def get_state(self) -> PublishedState: ...

    def clear(self, revision: int) -> PublishedState:
        """Empty the store and give it a new ID. It then accepts contents of that revision or later."""
        ...

    def advance(self, store: UUID, revision: int) -> None:
        """Record that the store with this ID contains all changes up to the revision. The revision is never lowered."""
        ...

    def lock_updates(self) -> AbstractContextManager[bool]:
        """Let only this process update the store from the database during the block.

        Yields False if another process does so already.
        """
        ...

    def find_rounds(self) -> Mapping[UUID, RefreshRound]:
        """Return the last re-signing round of each issuer key, in progress or ended."""
        ...

    def put_round(self, round_: RefreshRound) -> None: ...

    def forget_rounds(self) -> None: ...

    def forget_responses(self, before: datetime) -> int:
        """Delete responses whose nextUpdate is before that time. Returns how many were deleted."""
        ...
