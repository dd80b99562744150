"""Authentication of a CMP message by its protection, and the protection of its response."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple, Protocol

from pki_manager.authority.cmp.ra import find_ra_client
from pki_manager.authority.cmp.responder import CmpResponder, load_responder
from pki_manager.authority.enrollment.authenticate import (
    EnrollmentClient,
    Origin,
    authenticate_certificate,
    authenticate_mac,
    open_secret,
    require_current,
)
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.ca import CertificateAuthority
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import InvalidInput, Unauthenticated
from pki_manager.domain.rights.actor import EnrollmentProtocol
from pki_manager.protocols.cmp import errors
from pki_manager.x509 import parse, verify
from pki_manager.x509.asn1 import der
from pki_manager.x509.cmp.mac import SALT_OCTETS, MacAlgorithm, read_mac
from pki_manager.x509.cmp.message import Message, MessageHeader
from pki_manager.x509.signer_key import find_algorithm

MAX_CLOCK_DIFFERENCE = timedelta(minutes=5)
"""Maximum difference between messageTime and the server's clock. Older messages are replays."""

MIN_IDENTIFIER = 8
_CMP = EnrollmentProtocol.CMP


class Protection(Protocol):
    """The protection of a response; `sender` is a Name (DER)."""

    @property
    def sender(self) -> bytes: ...
    @property
    def key_id(self) -> bytes | None: ...
    @property
    def identifier(self) -> bytes: ...
    @property
    def extra_certs(self) -> tuple[bytes, ...]: ...
    def protect(self, protected_part: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MacProtection:
    """Protection of responses by a MAC with the client's secret (RFC 9810 §5.1.3.1)."""

    sender: bytes
    key_id: bytes | None
    algorithm: MacAlgorithm
    secret: bytes = field(repr=False)
    extra_certs: tuple[bytes, ...] = ()

    @property
    def identifier(self) -> bytes:
        return self.algorithm.identifier()

    def protect(self, protected_part: bytes) -> bytes:
        return self.algorithm.protect(self.secret, protected_part)


@dataclass(frozen=True, slots=True)
class SignatureProtection:
    """Protection by a signature of the CA's CMP responder."""

    ctx: Context
    responder: CmpResponder

    @property
    def sender(self) -> bytes:
        return self.responder.subject_der

    @property
    def key_id(self) -> bytes:
        return self.responder.key_id

    @property
    def identifier(self) -> bytes:
        return self.responder.protection_algorithm

    @property
    def extra_certs(self) -> tuple[bytes, ...]:
        return self.responder.chain

    def protect(self, protected_part: bytes) -> bytes:
        return self.responder.protect(self.ctx, protected_part)


@dataclass(frozen=True, slots=True)
class Sender:
    """The client that sent a message. `signer` is the certificate that signed the message, None for a MAC.

    `is_ra`: the signer is the registration authority of the credential, and sends requests of devices.
    """

    client: EnrollmentClient
    signer: Certificate | None
    mac: MacAlgorithm | None
    is_ra: bool = False


class CmpTarget(NamedTuple):
    """The CA and the profile that a path names."""

    ca: str
    profile: str


def authenticate(ctx: Context, message: Message, target: CmpTarget, origin: Origin) -> Sender:
    """Verify the protection of a message to a target and return its sender.

    Raises InvalidInput if the message has no protection or an unsupported one; Unauthenticated if the protection is
    wrong or its sender is unknown.
    """
    algorithm_der, protection = message.header.protection_algorithm, message.protection
    if algorithm_der is None or protection is None:
        text = "is missing: protect the message with the secret of a credential, or with a certificate"
        raise InvalidInput.of("protection", errors.NOT_PROTECTED, text)
    mac = read_mac(algorithm_der)
    if mac is None:
        return _by_signature(ctx, message, target, algorithm_der, protection, origin)
    reference = (message.header.sender_key_id or b"").decode("ascii", "replace")

    def is_proven(secret: bytes) -> bool:
        return mac.is_right(secret, message.protected_part, protection)

    return Sender(authenticate_mac(ctx, _CMP, reference, is_proven, origin), None, mac)


def _by_signature(
    ctx: Context, message: Message, target: CmpTarget, algorithm_der: bytes, protection: bytes, origin: Origin
) -> Sender:
    """Return the sender of a message that is signed with the first of its extraCerts (RFC 9483 §3.3)."""
    algorithm = find_algorithm(algorithm_der)
    if algorithm is None:
        raise InvalidInput.of("protectionAlg", "cmp.mac", "must be a supported signature algorithm or MAC")
    if not message.extra_certs:
        text = "must begin with the certificate that the message is signed with"
        raise InvalidInput.of("extraCerts", errors.BAD_SIGNATURE, text)
    signer = require_current(ctx, message.extra_certs[0])
    facts = parse.parse_certificate(signer.der)
    is_sender = message.header.sender == der.encode(0xA4, facts.subject_der)
    if not verify.is_signed(facts.key.spki_der, message.protected_part, protection, algorithm) or not is_sender:
        raise Unauthenticated("The message is not signed with the certificate that it names.")
    registering = find_ra_client(ctx, signer, target.ca, target.profile, origin)
    if registering is not None:
        return Sender(registering, signer, None, is_ra=True)
    return Sender(authenticate_certificate(ctx, _CMP, signer, origin), signer, None)


def respond_to(ctx: Context, header: MessageHeader, sender: Sender, ca: CertificateAuthority) -> Protection:
    """Return the protection of a response, of the same kind as the request's.

    Raises the errors of `load_responder`.
    """
    if sender.mac is None:
        return SignatureProtection(ctx, load_responder(ctx, ca.id))
    return MacProtection(
        sender=ca.subject_der,
        key_id=header.sender_key_id,
        algorithm=sender.mac.for_response(ctx.ports.entropy.token(SALT_OCTETS)),
        secret=open_secret(ctx, sender.client.credential) or b"",
    )


def require_fresh(ctx: Context, header: MessageHeader) -> bytes:
    """Return the transactionID of a message.

    Raises InvalidInput if transactionID or senderNonce is missing or too short, or messageTime is not current.
    """
    if header.transaction_id is None or len(header.transaction_id) < MIN_IDENTIFIER:
        text = f"must have {MIN_IDENTIFIER} octets or more"
        raise InvalidInput.of("transactionID", errors.BAD_TRANSACTION, text)
    if header.sender_nonce is None or len(header.sender_nonce) < MIN_IDENTIFIER:
        text = f"must have {MIN_IDENTIFIER} octets or more"
        raise InvalidInput.of("senderNonce", errors.BAD_NONCE, text)
    now = ctx.ports.clock.now()
    if header.message_time is None or abs(now - header.message_time) > MAX_CLOCK_DIFFERENCE:
        minutes = int(MAX_CLOCK_DIFFERENCE.total_seconds() / 60)
        text = f"must be within {minutes} minutes of {now:%Y-%m-%dT%H:%M:%SZ}, the time of the server"
        raise InvalidInput.of("messageTime", errors.BAD_TIME, text)
    return header.transaction_id
