"""Response bodies of CRLs."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from pki_manager.ports.revocations import CrlRecord
from pki_manager.x509 import export


class Crl(BaseModel):
    """Certificate revocation list. `key` is the issuer key that signed it.

    `base_number` is set in a delta CRL: the number of the full CRL that it extends. `shard` is the number of the
    partition; null for a CRL that covers all certificates of its key.
    """

    id: UUID
    ca: UUID
    key: UUID
    number: int
    base_number: int | None
    shard: int | None
    this_update: datetime
    next_update: datetime
    entries: int
    pem: str

    @classmethod
    def of(cls, record: CrlRecord, ca_id: UUID) -> Crl:
        return cls(
            id=record.id,
            ca=ca_id,
            key=record.issuer_key_id,
            number=record.number,
            base_number=record.base_number,
            shard=record.shard,
            this_update=record.this_update,
            next_update=record.next_update,
            entries=record.entries,
            pem=export.encode_crl_pem(record.der),
        )


class CrlPage(BaseModel):
    items: list[Crl]
    next_cursor: str | None
