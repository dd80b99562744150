"""A certificate request as the outside sent it, reduced to facts that policy can judge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pki_manager.domain.algorithms import KeyFamily
from pki_manager.domain.duration import Duration
from pki_manager.domain.names import AlternativeName, DistinguishedName


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFacts:
    """What `x509.parse` computed about a public key; `policy.keys` judges.

    `name` is the row of the algorithm table, None when the key is no type of ours. `rsa_*` are None for other families.
    """

    family: KeyFamily | None
    description: str
    size: int
    name: str | None
    spki_der: bytes
    spki_sha256: bytes
    rsa_exponent: int | None = None
    rsa_small_factor: int | None = None
    rsa_close_primes: bool | None = None
    rsa_roca: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFacts:
    """A parsed and proven PKCS#10 request (RFC 2986): its signature verified, its encoding strict DER.

    `other_names` counts SAN entries of kinds that we do not issue; `requested_extensions` are dotted OIDs.
    """

    subject: DistinguishedName
    sans: tuple[AlternativeName, ...]
    other_names: tuple[str, ...]
    key: KeyFacts
    requested_extensions: tuple[str, ...]
    signature_hash: str | None


@dataclass(frozen=True, slots=True)
class ValidityRequest:
    """How long: a duration, or exact ends, or nothing (the profile's default)."""

    duration: Duration | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None
