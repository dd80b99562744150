"""The queue of certificate requests: what was requested, its risks, and comments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pki_manager.domain.enrollment import Enrollment
from pki_manager.domain.request import RequestedContents

MAX_COMMENT = 2000
MAX_COMMENTS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """A certificate request as submitted. It is stored because the request is decided again before issuance.

    Exactly one field names the key: `csr_der`, a PKCS #10 request; `spki_der`, a SubjectPublicKeyInfo that was
    certified before or whose possession its protocol proved; `key_type`, a key that is generated when the certificate
    is collected. `ca` is an ID or a unique name; `renews` is the certificate that the new one follows. With `spki_der`,
    `requested_extensions` are the extensions that a client requested besides alternative names, as dotted OIDs, and
    `extension_values` the same with their values (DER).
    """

    ca: str
    profile: str
    requested: RequestedContents
    csr_der: bytes | None = None
    spki_der: bytes | None = None
    key_type: str | None = None
    renews: UUID | None = None
    requested_extensions: tuple[str, ...] = ()
    extension_values: tuple[tuple[str, bytes], ...] = ()


class Weight(StrEnum):
    """How serious a risk is for approvers."""

    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Risk:
    """A risk that is shown to approvers.

    `code` is stable, or `lint.<rule>`; `field` is the name that the risk is about.

    `certificates` are IDs of other certificates that the message refers to.
    """

    code: str
    weight: Weight
    field: str
    message: str
    certificates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on a request."""

    id: UUID
    by: str
    name: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedRequest:
    """An enrollment that waits, or has waited, for approvers or the requester.

    `approval_id` is None if no approval is required.

    The frozen plan contains no SubjectPublicKeyInfo if the key is generated at collection.
    """

    enrolment: Enrollment
    application: Application
    risks: tuple[Risk, ...]
    expires_at: datetime
    approval_id: UUID | None
    requester_name: str
