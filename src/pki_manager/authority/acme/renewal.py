"""When a certificate should be renewed (RFC 9773). Any client may ask, because the answer is not secret."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pki_manager.authority.acme import predecessors
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.certificate import Certificate, CertificateState
from pki_manager.domain.errors import NotFound

ASK_AGAIN = timedelta(hours=6)

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Window:
    """The client chooses a moment between both ends, at random; `retry_after_seconds` is when it looks again."""

    start: datetime
    end: datetime
    retry_after_seconds: int


def renewal_window(ctx: Context, key_identifier: bytes, serial: int) -> Window:
    """By what names it in ACME (RFC 9773 §4.1): the key identifier of its issuer, and its serial number. NotFound.

    The window is the first half of the last third of its lifetime: so renewals spread, and a failure leaves time. Of a
    certificate that is revoked it is over: it is to be replaced at once.
    """
    with ctx.ports.storage.read() as reader:
        certificate = predecessors.find(reader, key_identifier, serial)
    if certificate is None:
        raise NotFound("The certificate was not found.")
    start, end = _window(certificate, ctx.ports.clock.now())
    return Window(start, end, int(ASK_AGAIN.total_seconds()))


def _window(certificate: Certificate, now: datetime) -> tuple[datetime, datetime]:
    begin, validity = certificate.validity.not_before, certificate.validity
    if certificate.revocation is not None and certificate.state(now) is CertificateState.REVOKED:
        return certificate.revocation.time - _SECOND, certificate.revocation.time
    sixth = (validity.not_after - begin) / 6
    return _whole(begin + 4 * sixth), _whole(begin + 5 * sixth)


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
