"""What an installation knows about a public key: the owners of its certificates, and whether it is blocked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pki_manager.domain.revocation import RevocationReason

COMPROMISES = frozenset({RevocationReason.KEY_COMPROMISE, RevocationReason.CA_COMPROMISE})
"""Revocation reasons after which no certificate may have that key again."""


class BlockReason(StrEnum):
    """The reason why a key is blocked. `operator`: an operator blocked it.

    `compromised`: a certificate of the key was revoked because of a compromise. The key stays blocked permanently.
    """

    COMPROMISED = "compromised"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockedKey:
    """A blocked key, by the SHA-256 of its SubjectPublicKeyInfo (raw octets).

    `certificate_id` is the revoked certificate, None if an operator blocked the key; `unblocked_at` is None while it is
    blocked.
    """

    id: UUID
    spki_sha256: bytes
    reason: BlockReason
    comment: str
    blocked_by: str
    blocked_at: datetime
    certificate_id: UUID | None
    unblocked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUsageHistory:
    """The owners of certificates with a key, and why the key is blocked (`blocked`, None if it is not).

    `owners` are IDs of actors; at most two are listed.
    """

    blocked: str | None = None
    is_a_cas: bool = False
    is_an_ocsp_signers: bool = False
    owners: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservedKeys:
    """The keys that an installation uses itself, by SHA-256 of their SubjectPublicKeyInfo (raw octets).

    `any_blocked` says whether any key is blocked now; if so, each key must be looked up.
    """

    authorities: frozenset[bytes]
    ocsp_signers: frozenset[bytes]
    any_blocked: bool
