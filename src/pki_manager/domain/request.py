"""A certificate request as the outside sent it, reduced to facts that policy can judge."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pki_manager.domain.algorithms import KeyFamily
from pki_manager.domain.duration import Duration
from pki_manager.domain.names import AlternativeName, DistinguishedName, NameConstraints
from pki_manager.domain.profiles.terms import PolicyInformation


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFacts:
    """What `x509.parse` computed about a public key; `policy.keys` judges.

    `name` is the row of the algorithm table, None when the key is no type of ours. `rsa_*` are None for other families,
    and so is `unsafe_point` (of small order or not in canonical form) for all but Edwards curves. `rsa_debian` are the
    10 octets by which lists of Debian's predictable keys (CVE-2008-0166) name a modulus.
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
    rsa_debian: bytes | None = None
    unsafe_point: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFacts:
    """A parsed and proven PKCS#10 request (RFC 2986): its signature verified, its encoding strict DER.

    `other_names` describes SAN entries of kinds that we do not issue; `requested_extensions` are dotted OIDs, without
    subjectAltName. `signature_hash` is that of the self-signature, None where the scheme hashes by itself.
    `subject_der` is the subject as the request writes it.
    """

    subject: DistinguishedName
    sans: tuple[AlternativeName, ...]
    other_names: tuple[str, ...]
    key: KeyFacts
    requested_extensions: tuple[str, ...]
    signature_hash: str | None
    subject_der: bytes = b""

    @classmethod
    def of_key(cls, key: KeyFacts, subject: DistinguishedName, sans: tuple[AlternativeName, ...] = ()) -> RequestFacts:
        """The facts of a key that we made ourselves: no PKCS#10, nothing asked beside the names."""
        return cls(subject=subject, sans=sans, other_names=(), key=key, requested_extensions=(), signature_hash=None)


@dataclass(frozen=True, slots=True)
class ValidityRequest:
    """How long: a duration, or exact ends, or nothing (the profile's default)."""

    duration: Duration | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None

    def to_json(self) -> dict[str, str | None]:
        """As JSON values: ISO 8601."""
        return {
            "duration": str(self.duration) if self.duration else None,
            "not_before": self.not_before.isoformat() if self.not_before else None,
            "not_after": self.not_after.isoformat() if self.not_after else None,
        }


class Purpose(StrEnum):
    """On whose behalf a certificate is requested: a user who enrolls, or the authority for itself.

    `authority`: a new CA, or an OCSP signer; `rotation`: a CA's next key; `rollover`: one key of a CA certified by
    another of its keys, under the CA's own name (self-issued, RFC 4210 §4.4);
    `cross`: a CA certified by one that is not its parent, or an external CA.
    """

    ENROL = "enrol"
    AUTHORITY = "authority"
    ROTATION = "rotation"
    ROLLOVER = "rollover"
    CROSS = "cross"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestedContents:
    """What the requester asked beside the PKCS#10 request.

    `subject` and `sans` replace those of the request when given; `path_length`, `name_constraints` and `policies`,
    which stand in the place of the profile's, are for CA certificates only. `subject_der` is how the subject is to be
    written, where that is not ours to choose.
    """

    subject: DistinguishedName | None = None
    sans: tuple[AlternativeName, ...] | None = None
    validity: ValidityRequest = ValidityRequest()
    path_length: int | None = None
    name_constraints: NameConstraints = field(default_factory=NameConstraints)
    policies: tuple[PolicyInformation, ...] = ()
    subject_der: bytes | None = None
