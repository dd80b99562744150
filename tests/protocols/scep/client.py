"""A SCEP client in process, over the real routes."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization.pkcs7 import load_der_pkcs7_certificates
from cryptography.x509.oid import NameOID
from starlette.types import ASGIApp

from pki_manager.cli.asgi import AsgiResponse, send_request
from tests.support.scep_messages import (
    Answer,
    Message,
    client_key,
    csr_with,
    enveloped,
    opened,
    read_answer,
    self_signed,
    tlv_sequence,
)

PATH = "/issuing-ca/tls-server"


@dataclass
class ScepClient:
    """A device with a key; it signs with its own certificate until it has been issued one."""

    app: ASGIApp
    number: int = 0
    name: str = "device-1.example.com"
    path: str = PATH
    issued: x509.Certificate | None = None

    @property
    def key(self) -> rsa.RSAPrivateKey:
        return client_key(self.number)

    @property
    def certificate(self) -> x509.Certificate:
        return self.issued or self_signed(self.key, self.name)

    def get(self, operation: str, **query: str) -> AsgiResponse:
        pairs = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
        return send_request(self.app, "GET", f"{self.path}?operation={operation}&{pairs}")

    def ra(self) -> x509.Certificate:
        """The certificate to encrypt to, from GetCACert."""
        answer = self.get("GetCACert")
        assert answer.status == 200, answer.body
        found = load_der_pkcs7_certificates(answer.body)
        return next(one for one in found if "SCEP RA" in one.subject.rfc4514_string())

    def post(self, data: bytes, **headers: str) -> AsgiResponse:
        sent = {"content-type": "application/x-pki-message"} | {k.replace("_", "-"): v for k, v in headers.items()}
        return send_request(
            self.app, "POST", f"{self.path}?operation=PKIOperation", headers=list(sent.items()), body=data
        )

    def message(
        self,
        content: bytes | None,
        message_type: str = "19",
        cipher: str = "aes-256-cbc",
        *options: str,
        **more: object,
    ) -> bytes:
        """A signed message around encrypted content."""
        inner = None if content is None else enveloped(content, self.ra(), cipher, *options)
        values: dict[str, object] = {"key": self.key, "certificate": self.certificate} | more
        return Message(content=inner, message_type=message_type, **values).encoded()

    def say(self, content: bytes | None, message_type: str = "19", read_hash: str = "sha256", **more: object) -> Answer:
        """Send a message by POST, and read the CertRep, which is signed with `read_hash`."""
        answer = self.post(self.message(content, message_type, **more))
        assert answer.status == 200, answer.body
        return read_answer(answer.body, self.ra(), read_hash)

    def enroll(self, challenge: str | None, *extensions: x509.ExtensionType, **more: object) -> Answer:
        return self.say(csr_with(self.key, self.name, challenge, *extensions), **more)

    def received(self, answer: Answer) -> x509.Certificate:
        """The one certificate of a successful answer."""
        assert (answer.status, answer.fail_info) == ("0", None), (answer.fail_info, answer.text)
        (one,) = load_der_pkcs7_certificates(opened(answer.content or b"", self.key, self.certificate))
        return one

    def poll(self, transaction_id: str) -> Answer:
        """CertPoll."""
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.name)])
        content = tlv_sequence(self.ra().issuer.public_bytes(), subject.public_bytes())
        return self.say(content, "20", transaction_id=transaction_id)

    def say_enveloped(self, envelope: bytes) -> Answer:
        """Send an envelope as it is."""
        message = Message(content=envelope, message_type="19", key=self.key, certificate=self.certificate)
        return read_answer(self.post(message.encoded()).body, self.ra())

    def damaged(self, content: bytes, *, wrapped: bool) -> bytes:
        """An envelope in which one octet of the encrypted key, or of the padding, is another one."""
        ra = self.ra()
        made = bytearray(enveloped(content, ra))
        at = made.index(bytes.fromhex("04820100")) + 40 if wrapped else len(made) - 17
        made[at] ^= 1
        return bytes(made)

    def get_by_url(self, data: bytes) -> AsgiResponse:
        return self.get("PKIOperation", message=base64.b64encode(data).decode())
