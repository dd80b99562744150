"""Enrollment credentials: tokens that clients of an enrollment protocol present to request certificates."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.rights.actor import EnrollmentProtocol
from pki_manager.domain.rights.permission import Permission
from pki_manager.domain.rights.token import Token

MAX_DEVICES = 10_000
MAX_IDENTITIES = 10
MAX_IDENTITY = 256

_T = TypeVar("_T")

_NOT_IN_LABELS = re.compile(r"[^a-z0-9]+")


Device = frozenset[str]
"""The identities of one device, as `normalize_identity` returns them: serial numbers and names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """An enrollment credential: a token, and the secret that a client must prove to have.

    The token decides what the client may do; its scope names the CA, the profile, and the names. `secret_sha256` is set
    for protocols that send the secret (EST, SCEP), `sealed` for those that compute a MAC with it (CMP). Neither is set
    for ACME, whose EAB keys are stored with the ACME accounts.

    With `pre_authorized`, ACME accounts of this credential get the names that the credential permits without
    validation. With `legacy_algorithms`, SCEP clients of this credential may use 3DES and SHA-1.

    With `validator`, the service of that name decides whether a SCEP challenge is valid, and there is no secret.

    With `ra_certificate_id`, a CMP registration authority signs the requests of devices with that certificate, and
    there is no secret.

    A `single_use` credential admits one enrollment: `enrollment_id` is that enrollment. If `device_count` is above 0,
    the credential admits only requests of the devices in its list.
    """

    token: Token
    protocol: EnrollmentProtocol
    single_use: bool = False
    enrollment_id: UUID | None = None
    used_at: datetime | None = None
    device_count: int = 0
    pre_authorized: bool = False
    legacy_algorithms: bool = False
    validator: str | None = None
    ra_certificate_id: UUID | None = None
    secret_sha256: bytes | None = field(default=None, repr=False)
    sealed: bytes | None = field(default=None, repr=False)

    @property
    def ca_id(self) -> UUID | None:
        """Return the only CA that the token is limited to. None if an ACME credential is not limited to exactly one."""
        return _only(self.token.scope.cas)

    @property
    def has_secret(self) -> bool:
        """Return whether clients authenticate with a secret, which EAB keys store with the ACME accounts."""
        return self.validator is None and self.ra_certificate_id is None

    @property
    def server_keys(self) -> bool:
        """Return whether clients may get private keys that the server generates."""
        return Permission.CERTIFICATE_EXPORT_KEY in (self.token.permissions or ())

    @property
    def profile(self) -> str | None:
        """Return the only profile that the token is limited to.

        None if an ACME credential is not limited to exactly one.
        """
        return _only(self.token.scope.profiles)


def _only(values: frozenset[_T] | None) -> _T | None:
    return next(iter(values)) if values is not None and len(values) == 1 else None


def format_label_part(ca_name: str) -> str:
    """Return the form of a CA's name in labels: lower-case letters, digits, and hyphens. The result can be empty."""
    return _NOT_IN_LABELS.sub("-", ca_name.lower()).strip("-")


def normalize_identity(text: str) -> str:
    """Return a serial number or name in the form that device lists compare: case-folded, without outer spaces."""
    return text.strip().casefold()


def parse_device(text: str, field_name: str) -> Device:
    """Return the identities of one device from an entry of a device list, where commas separate them.

    Raises InvalidInput for an invalid entry.
    """
    identities = frozenset(filter(None, map(normalize_identity, text.split(","))))
    if not 1 <= len(identities) <= MAX_IDENTITIES:
        raise InvalidInput.of(field_name, "credential.device", f"must name 1 to {MAX_IDENTITIES} identities")
    if not all(len(one) <= MAX_IDENTITY and one.isprintable() for one in identities):
        message = f"must contain identities of at most {MAX_IDENTITY} printable characters"
        raise InvalidInput.of(field_name, "credential.device", message)
    return identities
