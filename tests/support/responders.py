"""A CA with an OCSP signer, built with pyca/cryptography, that signs statuses with the product's code."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_DNS, UUID, uuid5

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pki_manager.domain.algorithms import KEY_TYPES, KeyFamily
from pki_manager.domain.errors import BackendUnavailable, PkiError
from pki_manager.domain.revocation import RevocationReason
from pki_manager.ports.publish import PublishedIssuer, PublishedResponse, PublishedStore
from pki_manager.x509 import signer_key, verify
from pki_manager.x509.asn1 import der
from pki_manager.x509.ocsp import response
from pki_manager.x509.ocsp.request import NONCE, OcspRequest
from pki_manager.x509.ocsp.response import CertStatus, OcspSigner, SingleStatus

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HASHES = ("sha1", "sha256")


def private_key(key_type: str) -> signer_key.PrivateKey:
    row = KEY_TYPES[key_type]
    if row.family is KeyFamily.RSA:
        return rsa.generate_private_key(public_exponent=65537, key_size=row.size)
    return ed25519.Ed25519PrivateKey.generate() if row.curve is None else ec.generate_private_key(ec.SECP256R1())


def spki(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


class ExampleCa:
    """A responder. `statuses` by serial number; all others are unknown. `away` makes its keys unavailable."""

    def __init__(self, name: str = "Example CA", *, key_type: str = "ECDSA-P256", now: datetime = NOW) -> None:
        self.now = now
        self.away = False
        self.answered: list[OcspRequest] = []
        self.statuses: dict[int, tuple[CertStatus, datetime | None, RevocationReason | None]] = {}
        self.issuer_key_id = uuid5(NAMESPACE_DNS, name)
        self.key = private_key(key_type)
        self._hash = None if key_type == "Ed25519" else hashes.SHA256()
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = self._certify(name, self.key, 1, [(x509.BasicConstraints(True, 0), True)])
        self.hashes = response.compute_issuer_hashes(self.name.public_bytes(), spki(self.certificate))
        self.signer_key = private_key(key_type)
        extensions = [
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False),
            (x509.KeyUsage(True, *[False] * 8), True),
            (x509.OCSPNoCheck(), False),
        ]
        self.signer_certificate = self._certify("OCSP signer", self.signer_key, 2, extensions)
        signer_spki = spki(self.signer_certificate)
        key_hash = response.compute_issuer_hashes(b"", signer_spki)["sha1"][1]
        encoded = self.signer_certificate.public_bytes(serialization.Encoding.DER)
        self.signer = OcspSigner(KEY_TYPES[key_type].signature, signer_spki, key_hash, encoded)

    def issue(self, serial: int) -> x509.Certificate:
        self.statuses[serial] = (CertStatus.GOOD, None, None)
        return self._certify(f"leaf {serial}", ec.generate_private_key(ec.SECP256R1()), serial, [])

    def revoke(self, serial: int, reason: RevocationReason) -> None:
        self.statuses[serial] = (CertStatus.REVOKED, self.now - timedelta(hours=1), reason)

    def cert_id(self, serial: int, hash_name: str = "sha1") -> bytes:
        return response.encode_cert_id(response.encode_cert_id_prefix(hash_name, *self.hashes[hash_name]), serial)

    def single(self, cert_id_der: bytes, serial: int, next_update: datetime | None = None) -> SingleStatus:
        status, revoked_at, reason = self.statuses.get(serial, (CertStatus.UNKNOWN, None, None))
        return SingleStatus(
            cert_id=cert_id_der,
            status=status,
            this_update=self.now,
            next_update=next_update or self.now + DAY,
            revoked_at=revoked_at,
            reason=reason,
        )

    def sign(self, singles: Sequence[SingleStatus], nonce: bytes | None = None) -> bytes:
        prepared = response.prepare_response(
            singles, signer=self.signer, produced_at=self.now, nonce=nonce, lint=lambda _: ()
        )
        signature = signer_key.sign(self.signer_key, prepared.tbs, self.signer.algorithm)
        verify.require_signature(spki(self.signer_certificate), prepared.tbs, signature, self.signer.algorithm)
        return response.assemble(prepared.tbs, self.signer, signature)

    def answer_together(self, requests: Sequence[OcspRequest]) -> Sequence[bytes | Exception | None]:
        """protocols.ocsp.live.LiveResponder."""
        return [self._attempt(request) for request in requests]

    def _attempt(self, request: OcspRequest) -> bytes | Exception:
        try:
            return self.answer(request)
        except PkiError as error:
            return error

    def answer(self, request: OcspRequest) -> bytes:
        """protocols.ocsp.live.LiveResponder."""
        self.answered.append(request)
        if self.away:
            raise BackendUnavailable("the key backend is away")
        return self.sign([self.single(one.der, one.serial) for one in request.cert_ids], request.nonce)

    def published_issuer(self) -> PublishedIssuer:
        return PublishedIssuer(
            issuer_key_id=self.issuer_key_id,
            ca_id=UUID(int=1),
            number=1,
            name_hash={name: pair[0] for name, pair in self.hashes.items()},
            key_hash={name: pair[1] for name, pair in self.hashes.items()},
        )

    def publish(self, store: PublishedStore, serials: Iterable[int], *, next_update: datetime | None = None) -> None:
        ends = next_update or self.now + DAY
        store.put_issuers([self.published_issuer()])
        store.put_responses(
            [
                PublishedResponse(
                    issuer_key_id=self.issuer_key_id,
                    serial=serial,
                    hash_name=name,
                    body=self.sign([self.single(self.cert_id(serial, name), serial, ends)]),
                    this_update=self.now,
                    next_update=ends,
                )
                for serial in serials
                for name in HASHES
            ]
        )

    def _certify(
        self,
        common_name: str,
        key: signer_key.PrivateKey,
        serial: int,
        extensions: list[tuple[x509.ExtensionType, bool]],
    ) -> x509.Certificate:
        subject = self.name if serial == 1 else x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
        issuer_key = self.key.public_key()
        builder = x509.CertificateBuilder(
            self.name, subject, key.public_key(), serial, self.now - DAY, self.now + 30 * DAY
        )
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        ctx = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key)
        builder = builder.add_extension(ctx, critical=False)
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical=critical)
        return builder.sign(self.key, self._hash)


def extension(oid: str, value: bytes, *, critical: bool = False) -> bytes:
    parts = [der.oid(oid), b"\x01\x01\xff" if critical else b"", der.encode(der.OCTET_STRING, value)]
    return der.encode_sequence(*parts)


def nonce_extension(nonce: bytes) -> bytes:
    return extension(NONCE, der.encode(der.OCTET_STRING, nonce))


def ocsp_request(*cert_ids: bytes, extensions: Sequence[bytes] = (), version: bytes = b"", rest: bytes = b"") -> bytes:
    """Return an OCSPRequest (DER). `version` and `rest` (after tbsRequest) are already encoded."""
    entries = der.encode_sequence(*(der.encode_sequence(one) for one in cert_ids))
    extra = der.encode(0xA2, der.encode_sequence(*extensions)) if extensions else b""
    return der.encode_sequence(der.encode_sequence(version, entries, extra), rest)
