"""A certificate request, reduced to the facts that policy decisions need."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pki_manager.domain.algorithms import KeyFamily
from pki_manager.domain.duration import Duration
from pki_manager.domain.names import AlternativeName, DistinguishedName, NameConstraints
from pki_manager.domain.profiles.extensions import FieldValue
from pki_manager.domain.profiles.terms import PolicyInformation


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFacts:
    """The facts about a public key that `x509.parse` computed. `policy.keys` decides whether the key is accepted.

    `name` is its key type, None if it is not supported. `rsa_*` are None for other families, and `unsafe_point` (of
    small order or not canonical) for all but Edwards curves. `rsa_debian` are the 10 octets by which lists of Debian's
    predictable keys (CVE-2008-0166) identify a modulus.
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
    """The facts of a PKCS #10 request (RFC 2986) whose signature was verified and whose encoding is strict DER.

    `other_names` describes SAN entries of types that PKI Manager does not issue; `requested_extensions` are dotted OIDs
    without subjectAltName, and `extension_values` the same with their values (DER). `signature_hash` is that of the
    self-signature, None if the scheme hashes by itself. `subject_der` is the subject as encoded in the request.
    """

    subject: DistinguishedName
    sans: tuple[AlternativeName, ...]
    other_names: tuple[str, ...]
    key: KeyFacts
    requested_extensions: tuple[str, ...]
    signature_hash: str | None
    subject_der: bytes = b""
    extension_values: tuple[tuple[str, bytes], ...] = ()

    @classmethod
    def of_key(cls, key: KeyFacts, subject: DistinguishedName, sans: tuple[AlternativeName, ...] = ()) -> RequestFacts:
        """Return facts for a key without a PKCS #10 request: the names, and no requested extensions."""
        return cls(subject=subject, sans=sans, other_names=(), key=key, requested_extensions=(), signature_hash=None)


@dataclass(frozen=True, slots=True)
class ValidityRequest:
    """The requested validity: a duration, exact times, or none of them (the profile's default)."""

    duration: Duration | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None

    def to_json(self) -> dict[str, str | None]:
        """Return the requested validity as JSON values (ISO 8601)."""
        return {
            "duration": str(self.duration) if self.duration else None,
            "not_before": self.not_before.isoformat() if self.not_before else None,
            "not_after": self.not_after.isoformat() if self.not_after else None,
        }


class Purpose(StrEnum):
    """The reason for a certificate: enrollment of an end entity, or a certificate of the installation itself.

    `authority`: a new CA, or an OCSP signer. `rotation`: a CA's next key. `rollover`: one key of a CA certified by
    another of its keys, under the name of the same CA (self-issued, RFC 4210 §4.4). `cross`: a CA certified by a CA
    that is not its parent, or an external CA.
    """

    ENROL = "enrol"
    AUTHORITY = "authority"
    ROTATION = "rotation"
    ROLLOVER = "rollover"
    CROSS = "cross"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestedContents:
    """The contents that the requester set in addition to the PKCS #10 request.

    `subject` and `sans` replace those of the request if set; `path_length`, `name_constraints`, and `policies` (instead
    of the profile's) are for CA certificates. `fields` are values of the profile's request fields; if set,
    they replace those in the extensions of the request. `subject_der` is the encoding of the subject if it must be
    kept.
    """

    subject: DistinguishedName | None = None
    sans: tuple[AlternativeName, ...] | None = None
    validity: ValidityRequest = ValidityRequest()
    path_length: int | None = None
    name_constraints: NameConstraints = field(default_factory=NameConstraints)
    policies: tuple[PolicyInformation, ...] = ()
    fields: tuple[FieldValue, ...] | None = None
    subject_der: bytes | None = None
