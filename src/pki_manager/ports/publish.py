"""The published store: finished bytes that the status listener serves, apart from the database.

Everything in it is public and can be made again from the database, so it is not encrypted. It stays readable while the
database or a key backend is away, and a change is seen by every process on the host within a fraction of a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedObject:
    """A file of the status listener. `path` as in the URL, with the leading slash; `expires` None: does not age."""

    path: str
    body: bytes
    content_type: str
    modified: datetime
    expires: datetime | None


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
    """A pre-signed OCSPResponse (DER) for one CertID."""

    issuer_key_id: UUID
    serial: int
    hash_name: str
    body: bytes
    this_update: datetime
    next_update: datetime


class PublishedStore(Protocol):
    def put_objects(self, objects: Sequence[PublishedObject]) -> None:
        """Replace by path, all or none."""
        ...

    def put_issuers(self, issuers: Sequence[PublishedIssuer]) -> None: ...

    def put_responses(self, responses: Sequence[PublishedResponse]) -> None:
        """Replace by (issuer key, serial, hash), all or none."""
        ...

    def object(self, path: str) -> PublishedObject | None: ...

    def issuers(self) -> Sequence[PublishedIssuer]: ...

    def response(self, issuer_key_id: UUID, serial: int, hash_name: str) -> PublishedResponse | None: ...

    def version(self) -> int:
        """A number that changes whenever any process has changed the store; cheap enough for every 200 ms."""
        ...

    def forget_responses(self, before: datetime) -> int:
        """Drop responses whose nextUpdate is before that; how many went."""
        ...
