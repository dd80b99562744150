"""CMP transactions (RFC 9810 §5.1.1) that continue after the first response."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class CmpState(StrEnum):
    """State of a CMP transaction.

    `pending` until the client gets the certificate, `delivered` until the client confirms it, then `ended`.
    """

    PENDING = "pending"
    DELIVERED = "delivered"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class CmpTransaction:
    """A CMP transaction: one certificate request of a client, identified by the transactionID that the client chose.

    `client` is the actor ID of the credential. `body_type` is the PKIBody tag of the request, and `request_number` its
    certReqId. `nonce` is the senderNonce of the last response. At `expires_at` a delivered certificate that was not
    confirmed is revoked, and an ended transaction is deleted.
    """

    id: UUID
    client: str
    transaction_id: bytes
    body_type: int
    request_number: int
    enrollment_id: UUID
    state: CmpState
    implicit_confirm: bool
    nonce: bytes
    created_at: datetime
    expires_at: datetime
