"""What fuzzing sends to the reader of CMP messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric import ec

from pki_manager.x509.cmp import bodies, mac, message
from pki_manager.x509.cmp.identifiers import BodyType
from tests.support import cmp_messages as cmp

_TIME = datetime(2026, 11, 27, tzinfo=UTC)


def messages() -> tuple[bytes, ...]:
    key = ec.generate_private_key(ec.SECP256R1())
    request = cmp.certificate_request(
        cmp.template(subject="dev1", sans=("dev1.example.com",), key=key),
        key,
        controls=cmp.old_certificate(cmp.name("CA"), 17),
    )
    sent = {
        cmp.IR: request,
        cmp.KUR: request,
        cmp.RR: cmp.revocation(cmp.name("CA"), 17, 1),
        cmp.GENM: cmp.general("1.3.6.1.5.5.7.4.17"),
        cmp.CERT_CONF: cmp.confirmation(b"certificate", status=2),
        cmp.POLL_REQ: cmp.poll(),
    }
    protections = (
        cmp.Secret(reference=b"r", secret=b"s", iterations=100),
        cmp.Secret(reference=b"r", secret=b"s", iterations=100, kind=cmp.PBMAC1),
    )
    return tuple(
        cmp.Request(kind=kind, body=body, time=_TIME, protection=one, implicit_confirm=True).encode()
        for kind, body in sent.items()
        for one in protections
    )


def read_all(data: bytes) -> None:
    read = message.read_message(data)
    if read.header.protection_algorithm is not None:
        mac.read_mac(read.header.protection_algorithm)
    if (reader := _READERS.get(read.kind)) is not None:
        reader(read.body)


def _proven(body: bytes) -> object:
    return bodies.read_certificate_request(body).require_possession()


_READERS: Mapping[BodyType, Callable[[bytes], object]] = {
    BodyType.IR: _proven,
    BodyType.CR: _proven,
    BodyType.KUR: _proven,
    BodyType.RR: bodies.read_revocation,
    BodyType.GENM: bodies.read_information,
    BodyType.CERT_CONF: bodies.read_confirmation,
    BodyType.POLL_REQ: bodies.read_poll,
}
