"""Request bodies for importing a CA."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field, SecretStr, StrictStr, StringConstraints

from pki_manager.authority.cas.check_import import MAX_ROWS
from pki_manager.authority.cas.import_ca import ImportCa
from pki_manager.authority.cas.take_over_ca import KeySource
from pki_manager.protocols.rest.bodies.common import Body
from pki_manager.protocols.rest.fields import ChainText, Line, Moment, Name, Passphrase, SignatureAlgorithmName

MAX_OCTETS = 32 * 1024 * 1024

_MAX_KEY = 128 * 1024

_CrlText: TypeAlias = Annotated[StrictStr, StringConstraints(min_length=1, max_length=MAX_OCTETS)]
_CertificateText: TypeAlias = Annotated[StrictStr, StringConstraints(min_length=1, max_length=128 * 1024)]
_PrivateKey: TypeAlias = Annotated[
    SecretStr,
    Field(max_length=_MAX_KEY, description="Private key: PKCS #8 or PKCS #12, encrypted or not, PEM or Base64 DER"),
]


class ImportBody(Body):
    name: Name
    certificate_chain: Annotated[
        ChainText,
        Field(
            description="PEM certificate chain: the CA certificate, then the certificate of each issuer, the "
            "self-signed root last"
        ),
    ]
    crl: Annotated[_CrlText | None, Field(description="Last full CRL of the CA, PEM or Base64 DER")] = None

    def command(self) -> ImportCa:
        return ImportCa(name=self.name, chain=self.certificate_chain, crl=self.crl)


class CrlBody(Body):
    crl: Annotated[_CrlText, Field(description="Full CRL that was signed elsewhere, PEM or Base64 DER")]


class KeySourceBody(Body):
    """Key of the CA: `private_key`, or a key that already exists in a key backend."""

    private_key: _PrivateKey | None = None
    passphrase: Annotated[Passphrase | None, Field(description="Passphrase of `private_key`")] = None
    backend: Annotated[Name | None, Field(description="Name of the key backend. Default: `default_key_backend`")] = None
    backend_key_id: Annotated[
        Line | None,
        Field(description="ID of the key in the backend. For a PKCS #11 token the `CKA_ID`; binary IDs as `hex:01ab`"),
    ] = None

    def source(self) -> KeySource:
        return KeySource(
            private_key=self.private_key.get_secret_value() if self.private_key is not None else None,
            passphrase=self.passphrase.get_secret_value() if self.passphrase is not None else None,
            backend=self.backend,
            backend_key_id=self.backend_key_id,
        )


class HistoryRow(Body):
    """Certificate that the CA issued.

    Without `certificate`, the row is the revocation of a certificate that is no longer available.
    """

    certificate: Annotated[_CertificateText | None, Field(description="Certificate, PEM or Base64 DER")] = None
    serial_number: Annotated[Line | None, Field(description="Serial number in hex")] = None
    revoked_at: Moment | None = None
    reason: Annotated[
        Line | None,
        Field(description="Revocation reason (RFC 5280 §5.3.1). `certificateHold` for a certificate on hold"),
    ] = None
    invalidity_date: Moment | None = None
    expires_at: Annotated[
        Moment | None, Field(description="When the certificate expires, if `certificate` is not set")
    ] = None
    profile: Annotated[Name | None, Field(description="Name of the profile that renewals use")] = None
    reference: Annotated[
        Line | None, Field(description="Identifier of the row for the caller, returned with its result")
    ] = None

    def to_text(self) -> dict[str, str]:
        return {name: str(value) for name, value in self.model_dump(mode="json").items() if value is not None}


class CheckImportBody(ImportBody):
    key: KeySourceBody | None = None
    rows: Annotated[list[HistoryRow], Field(max_length=MAX_ROWS, default_factory=list)]


class TakeOverBody(KeySourceBody):
    signature_algorithm: Annotated[
        SignatureAlgorithmName | None,
        Field(description="Signature algorithm of the key. Default: the usual one of the key type"),
    ] = None
