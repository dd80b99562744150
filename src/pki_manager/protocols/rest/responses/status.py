"""Response bodies of the published status of a certificate."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from pki_manager.authority.status.published_status import PublishedStatus
from pki_manager.domain.revocation import RevocationReason
from pki_manager.x509.ocsp.response import CertStatus


class OcspStatus(BaseModel):
    """Published OCSP status. `late` is true after its `next_update`; `agrees` is true if it matches the database."""

    model_config = ConfigDict(from_attributes=True)

    status: CertStatus
    reason: RevocationReason | None
    revoked_at: datetime | None
    this_update: datetime
    next_update: datetime | None
    late: bool
    agrees: bool | None


class CrlStatus(OcspStatus):
    """Status in the newest full CRL and its delta CRL `delta_number`. `shard` is the number of a partition.

    `status` is unknown and `agrees` is null if an expired certificate is not listed, which RFC 5280 §3.3 allows.
    """

    number: int | None
    delta_number: int | None
    shard: int | None


class CertificateStatus(BaseModel):
    """Published status of a certificate. `ocsp` is null if no OCSP response is pre-signed.

    `crls` contains the full CRL and, if there is one, the partition of the certificate. With `no_rev_avail`, no
    revocation status is published for the certificate (RFC 9608).
    """

    model_config = ConfigDict(from_attributes=True)

    time: datetime
    no_rev_avail: bool
    ocsp: OcspStatus | None
    crls: list[CrlStatus]

    @classmethod
    def of(cls, found: PublishedStatus) -> CertificateStatus:
        return cls.model_validate(found)
