"""What stands against a public key, from the database and from the operator's file: read before every decision."""

from __future__ import annotations

from dataclasses import replace

from pki_manager.authority.context import Authority
from pki_manager.domain.known_key import KeyStanding
from pki_manager.domain.request import KeyFacts
from pki_manager.ports.unit_of_work import Reader

_LISTED = "it is in the list of blocked keys (blocked_keys_file)"


def key_standing(authority: Authority, reader: Reader, key: KeyFacts) -> KeyStanding:
    """Whose key it is and whether it is blocked, for `policy.decide`."""
    standing = reader.known_keys.standing(key.spki_sha256)
    if authority.blocked_keys.isdisjoint({key.spki_sha256, key.rsa_debian}):
        return standing
    return replace(standing, blocked=standing.blocked or _LISTED)
