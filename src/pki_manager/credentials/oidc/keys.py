"""A provider's public keys (RFC 7517), cached. They are fetched for an unknown key at most once a minute."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from threading import Lock
from typing import Any, TypeAlias

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey

from pki_manager.credentials.oidc.answers import fetch
from pki_manager.credentials.oidc.metadata import KEEP_SECONDS
from pki_manager.domain.errors import ProviderUnavailable
from pki_manager.domain.people.identity import build_identity_refused
from pki_manager.ports.clock import Clock
from pki_manager.ports.outbound import NetworkReach, Outbound, OutboundCall

Key: TypeAlias = RSAKey | ECKey | OKPKey

AGAIN_SECONDS = 60
_MIN_RSA_BITS, _MAX_RSA_BITS = 2048, 16384
_TYPES: Mapping[str, type[Key]] = {"RS": RSAKey, "PS": RSAKey, "ES": ECKey, "Ed": OKPKey}


class Keys:
    """The public keys at one `jwks_uri`."""

    def __init__(self, reach: NetworkReach, outbound: Outbound, clock: Clock) -> None:
        self._reach = reach
        self._outbound = outbound
        self._clock = clock
        self._lock = Lock()
        self._uri: str | None = None
        self._known: tuple[Key, ...] = ()
        self._asked = float("-inf")

    def find(self, uri: str, key_id: str | None, algorithm: str) -> Key:
        """Return the only key that fits the key ID and the algorithm.

        Raises IdentityRefused if none or several fit, and ProviderUnavailable if the keys cannot be fetched.
        """
        with self._lock:
            age = self._clock.monotonic() - self._asked
            if uri != self._uri or age > KEEP_SECONDS:
                self._fetch(uri)
                age = 0.0
            found = self._fitting(key_id, algorithm)
            if not found and age > AGAIN_SECONDS:
                self._fetch(uri)
                found = self._fitting(key_id, algorithm)
        if len(found) != 1:
            raise build_identity_refused(
                "oidc.key", "The response of the identity provider is signed with a key that it does not publish."
            )
        return found[0]

    def _fetch(self, uri: str) -> None:
        """Fetch the keys. If this fails, the known keys are kept, and the next attempt waits as usual."""
        self._uri, self._asked = uri, self._clock.monotonic()
        members = fetch(self._outbound, OutboundCall(url=uri, reach=self._reach)).get("keys")
        if not isinstance(members, list):
            raise ProviderUnavailable("The identity provider publishes no signing keys.")
        self._known = tuple(key for one in members if (key := _import(one)) is not None)

    def _fitting(self, key_id: str | None, algorithm: str) -> list[Key]:
        kind = _TYPES[algorithm[:2]]
        keys = [key for key in self._known if isinstance(key, kind) and key.get("alg") in (None, algorithm)]
        return [key for key in keys if key_id is None or key.kid == key_id]


def _import(member: object) -> Key | None:
    """Return a key of a key set, or None if it is weak or not a public signature key."""
    if not isinstance(member, dict) or member.get("use", "sig") != "sig" or "d" in member or _is_weak(member):
        return None
    try:
        key = next(iter(KeySet.import_key_set({"keys": [member]})))
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return None if isinstance(key, OctKey) else key


def _is_weak(member: Mapping[str, Any]) -> bool:
    """Return whether an RSA modulus is missing or shorter than 2048 bits, not counting leading zero octets.

    RFC 7518 §6.3.1.1 forbids such octets. A modulus that is far too long counts as weak: verifying with it costs too
    much.
    """
    if member.get("kty") != "RSA":
        return False
    modulus = member.get("n")
    try:
        octets = base64.urlsafe_b64decode(modulus + "=" * (-len(modulus) % 4)) if isinstance(modulus, str) else b""
    except ValueError:
        return True
    return not _MIN_RSA_BITS <= int.from_bytes(octets, "big").bit_length() <= _MAX_RSA_BITS
