"""Password hashing with Argon2id (RFC 9106) as PHC strings, a few at a time."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from pki_manager.ports.entropy import Entropy

_SALT_OCTETS = 16
_KEY_OCTETS = 32


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of one hash: memory in KiB, passes, lanes."""

    memory: int
    passes: int
    lanes: int


STANDARD = Cost(memory=46 * 1024, passes=1, lanes=1)
"""The cost of new hashes: of the equivalent Argon2id settings that OWASP recommends, the one with the most memory.

The settings are those of the OWASP Password Storage Cheat Sheet. A sign-in takes a third of the time of the second
recommended option of RFC 9106 §4 with one lane (64 MiB, 3 passes), which was used before. With several lanes, two
hashes at the same time can deadlock: OpenSSL has too few threads for both.
"""

SLOTS = 2
"""Maximum number of concurrent hashes in one process. Together they use up to this many times a hash's memory."""


class Argon2Hasher:
    """Password hashing (`ports.people.PasswordHasher`) with Argon2id."""

    def __init__(self, entropy: Entropy, cost: Cost = STANDARD, slots: int = SLOTS) -> None:
        self._entropy = entropy
        self._cost = cost
        self._slots = threading.BoundedSemaphore(slots)
        self._nobody: str | None = None
        self._header = f"$argon2id$v=19$m={cost.memory},t={cost.passes},p={cost.lanes}$"

    def hash(self, password: str) -> str:
        kdf = Argon2id(
            salt=self._entropy.token(_SALT_OCTETS),
            length=_KEY_OCTETS,
            iterations=self._cost.passes,
            lanes=self._cost.lanes,
            memory_cost=self._cost.memory,
        )
        with self._slots:
            return kdf.derive_phc_encoded(password.encode())

    def verify(self, password: str, phc: str | None) -> bool:
        if self._nobody is None:
            self._nobody = self.hash(self._entropy.token(_SALT_OCTETS).hex())
        try:
            with self._slots:
                Argon2id.verify_phc_encoded(password.encode(), phc or self._nobody)
        except InvalidKey:
            return False
        return phc is not None

    def is_outdated(self, phc: str) -> bool:
        return not phc.startswith(self._header)
