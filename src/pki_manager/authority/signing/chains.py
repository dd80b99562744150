"""Certificate chains for clients that trust any of the roots of a CA whose key was rotated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from uuid import UUID

from pki_manager.authority.kernel.issuers import MAX_CHAIN, get_chain, list_certificates_of_key
from pki_manager.domain.certificate import Certificate
from pki_manager.ports.unit_of_work import Reader

MAX_OTHERS = 20
_MAX_WAYS = 200
"""Maximum number of paths that are compared: five roots that all certify each other have about as many."""

Way = tuple[Certificate, ...]


@dataclass(frozen=True, slots=True)
class Chains:
    """Chains from a certificate to a root. The first is the usual one; `others` are valid alternatives."""

    usual: Way
    others: tuple[Way, ...]


def find_chains(reader: Reader, certificate: Certificate, now: datetime) -> Chains:
    """Return the usual chain of a certificate, and at most MAX_OTHERS alternatives.

    Of all paths to a self-signed certificate, the usual chain contains the most trust anchors that are valid now: while
    a root's old and new key certify each other, a client that trusts only one of them finds its path. Each certificate
    certifies the one before it (RFC 8446 §4.4.2, RFC 8555 §9.1), because some clients do not search for a path. If no
    path to a root is valid now, the usual chain consists of each issuer's preferred certificate.
    """
    if certificate.is_self_signed():
        return Chains((certificate,), ())
    ways = list(islice(_Ways(reader, now).above((certificate,)), _MAX_WAYS))
    anchors = {way[-1].issuer_key_id for way in ways}
    usual = max(ways, key=lambda way: _count_anchors(way, anchors), default=())
    if not usual:
        return Chains(get_chain(reader, certificate), ())
    return Chains(usual, tuple(way for way in ways if way is not usual)[:MAX_OTHERS])


def drop_root(chain: Sequence[Certificate]) -> Sequence[Certificate]:
    """Return a chain without its root, as servers send it (RFC 8446 §4.4.2). A root alone is returned."""
    return chain[:-1] if chain[-1].is_self_signed() and len(chain) > 1 else chain


def _count_anchors(way: Way, anchors: set[UUID]) -> int:
    return len({link.issuer_key_id for link in way} & anchors)


class _Ways:
    """A search for chains that reads the certificates of each key once."""

    def __init__(self, reader: Reader, now: datetime) -> None:
        self._reader = reader
        self._now = now
        self._held: dict[UUID, list[Certificate]] = {}

    def above(self, path: Way) -> Iterator[Way]:
        """Yield every path from the last certificate of `path` to a root, the most usual first.

        No path contains a key twice.
        """
        last = path[-1]
        if last.is_self_signed():
            yield path
            return
        if len(path) == MAX_CHAIN or any(one.subject_key_id == last.issuer_key_id for one in path):
            return
        for issuer in self._valid(last.issuer_key_id):
            yield from self.above((*path, issuer))

    def _valid(self, key_id: UUID) -> list[Certificate]:
        if key_id not in self._held:
            held = list_certificates_of_key(self._reader, key_id)
            self._held[key_id] = [one for one in held if one.revocation is None and one.validity.contains(self._now)]
        return self._held[key_id]
