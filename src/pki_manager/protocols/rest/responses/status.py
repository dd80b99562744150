"""What is published of a certificate, as it is answered."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from pki_manager.authority.status.published_status import PublishedStatus
from pki_manager.domain.revocation import RevocationReason
from pki_manager.x509.ocsp.response import CertStatus


class OcspStatus(BaseModel):
    """`late`: its `next_update` is over. `agrees`: it says what is recorded."""

    model_config = ConfigDict(from_attributes=True)

    status: CertStatus
    reason: RevocationReason | None
    revoked_at: datetime | None
    this_update: datetime
    next_update: datetime | None
    late: bool
    agrees: bool | None


class CrlStatus(OcspStatus):
    """The newest full CRL with the delta to it, `delta_number`, counted in; `shard` is the number of a part.

    `status` is unknown, and `agrees` null, where an expired certificate is not listed: it need not be (RFC 5280 §3.3).
    """

    number: int | None
    delta_number: int | None
    shard: int | None


class CertificateStatus(BaseModel):
    """`ocsp` is null where no answer is signed ahead; `crls` has the whole one, and the certificate's part if any.

    With `no_rev_avail` the certificate says of itself that nothing is published of it (RFC 9608).
    """

    model_config = ConfigDict(from_attributes=True)

    time: datetime
    no_rev_avail: bool
    ocsp: OcspStatus | None
    crls: list[CrlStatus]

    @classmethod
    def of(cls, found: PublishedStatus) -> CertificateStatus:
        return cls.model_validate(found)
