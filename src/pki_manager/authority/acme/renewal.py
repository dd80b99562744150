"""ACME renewal information (RFC 9773). It is public: any client can request it."""

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
    """The renewal window of a certificate.

    The client renews at a random time in the window, and requests the window again after `retry_after_seconds`.
    """

    start: datetime
    end: datetime
    retry_after_seconds: int


def get_renewal_window(ctx: Context, key_identifier: bytes, serial: int) -> Window:
    """Return when a certificate should be renewed.

    The certificate is identified by its issuer's key identifier and its serial number (RFC 9773 §4.1). The window is
    the first half of the last third of its lifetime: this spreads renewals and leaves time after a failure. For a
    revoked certificate the window has passed, so that it is replaced at once. Raises NotFound if there is no such
    certificate.
    """
    with ctx.ports.storage.read() as reader:
        certificate = predecessors.find_certificate(reader, key_identifier, serial)
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
