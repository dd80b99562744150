"""The certificate plan: everything that will be signed except serial number and validity."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from uuid import UUID

from pki_manager.domain.certificate import CertificateKind
from pki_manager.domain.names import AlternativeName, DistinguishedName, NameConstraints
from pki_manager.domain.profiles.extensions import FieldValue, PlannedExtension
from pki_manager.domain.profiles.terms import Criticality, PolicyInformation
from pki_manager.domain.request import ValidityRequest

_EXTENSIONS = b',"extensions":['
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class BasicConstraints:
    """The basicConstraints extension (RFC 5280 §4.2.1.9); `path_length` only with `ca`."""

    ca: bool
    path_length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificatePlan:
    """The contents of a certificate as policy decided them, without serial number and validity.

    `key_usage` are RFC 5280 bit names; `extended_key_usage` are dotted OIDs; a URL is None if the profile omits it.
    `crl_url` is that of the key's full CRL, also if the certificate refers to a partition. An empty `spki_der` means a
    key that is generated at collection. `ignored_extensions` are dotted OIDs of requested extensions that were ignored;
    `notes` say to the requester what was changed or ignored. `subject_der` is the encoding of the subject if it must be
    kept byte for byte, as a CA's Name.
    """

    ca_id: UUID
    profile: str
    profile_version: int
    kind: CertificateKind
    subject: DistinguishedName
    sans: tuple[AlternativeName, ...]
    key_type: str
    spki_der: bytes
    validity: ValidityRequest
    basic_constraints: BasicConstraints | None
    key_usage: tuple[str, ...]
    extended_key_usage: tuple[str, ...]
    name_constraints: NameConstraints
    crl_url: str | None
    ocsp_url: str | None
    issuer_url: str | None
    ocsp_nocheck: bool
    no_rev_avail: bool = False
    policies: tuple[PolicyInformation, ...] = ()
    critical: tuple[Criticality, ...] = (Criticality.KEY_USAGE,)
    extensions: tuple[PlannedExtension, ...] = ()
    ignored_extensions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    subject_der: bytes | None = None

    def canonical(self) -> bytes:
        """Return the plan as canonical JSON (sorted keys, no spaces). Approvers approve it; `plan_sha256` hashes it."""
        body: dict[str, object] = {
            "ca": str(self.ca_id),
            "profile": self.profile,
            "profile_version": self.profile_version,
            "kind": self.kind,
            "subject": str(self.subject),
            "sans": [str(name) for name in self.sans],
            "key_type": self.key_type,
            "spki_sha256": hashlib.sha256(self.spki_der).hexdigest() if self.spki_der else None,
            "validity": self.validity.to_json(),
            "basic_constraints": (
                {"ca": self.basic_constraints.ca, "path_length": self.basic_constraints.path_length}
                if self.basic_constraints
                else None
            ),
            "key_usage": list(self.key_usage),
            "extended_key_usage": list(self.extended_key_usage),
            "name_constraints": self.name_constraints.to_json(),
            "crl_url": self.crl_url,
            "ocsp_url": self.ocsp_url,
            "issuer_url": self.issuer_url,
            "ocsp_nocheck": self.ocsp_nocheck,
            "no_rev_avail": self.no_rev_avail,
            "policies": [{"oid": policy.oid, "cps": policy.cps} for policy in self.policies],
            "critical": list(self.critical),
            "ignored_extensions": list(self.ignored_extensions),
            "notes": list(self.notes),
        }
        if self.extensions:
            body["extensions"] = [extension.to_json() for extension in self.extensions]
        if self.subject_der is not None:
            body["subject_der"] = self.subject_der.hex()
        return _CANONICAL.encode(body).encode("ascii")

    def sha256(self) -> bytes:
        return hashlib.sha256(self.canonical()).digest()


def read_field_values(plan_json: bytes) -> tuple[FieldValue, ...]:
    """Return the values of request fields in a stored plan, which `CertificatePlan.canonical` encoded."""
    if _EXTENSIONS not in plan_json:
        return ()
    found = json.loads(plan_json)["extensions"]
    return tuple(FieldValue(one["field"], one["value"]) for one in found if "field" in one)
