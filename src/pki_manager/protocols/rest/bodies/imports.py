"""What callers send of a CA that had a life elsewhere."""

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
    Field(max_length=_MAX_KEY, description="PKCS#8 or PKCS#12, encrypted or not: PEM, or base64 of DER"),
]


class ImportBody(Body):
    name: Name
    certificate_chain: Annotated[
        ChainText, Field(description="PEM: the CA's certificate, then each issuer's, the self-signed root last")
    ]
    crl: Annotated[_CrlText | None, Field(description="Its last full CRL, PEM or base64 of DER")] = None

    def command(self) -> ImportCa:
        return ImportCa(name=self.name, chain=self.certificate_chain, crl=self.crl)


class KeySourceBody(Body):
    """Its key: `private_key`, or one that lies in a backend already."""

    private_key: _PrivateKey | None = None
    passphrase: Annotated[Passphrase | None, Field(description="What opens `private_key`")] = None
    backend: Annotated[Name | None, Field(description="Key backend; none for the default one")] = None
    backend_key_id: Annotated[
        Line | None, Field(description="Its id there; of a PKCS #11 token the CKA_ID, binary ones as `hex:01ab`")
    ] = None

    def source(self) -> KeySource:
        return KeySource(
            private_key=self.private_key.get_secret_value() if self.private_key is not None else None,
            passphrase=self.passphrase.get_secret_value() if self.passphrase is not None else None,
            backend=self.backend,
            backend_key_id=self.backend_key_id,
        )


class HistoryRow(Body):
    """One certificate that the CA has issued; without `certificate` one that it has revoked and nobody has any more."""

    certificate: Annotated[_CertificateText | None, Field(description="PEM, or base64 of DER")] = None
    serial_number: Annotated[Line | None, Field(description="Hex")] = None
    revoked_at: Moment | None = None
    reason: Annotated[Line | None, Field(description="RFC 5280 §5.3.1; `certificateHold` for one on hold")] = None
    invalidity_date: Moment | None = None
    expires_at: Annotated[Moment | None, Field(description="Of one without `certificate`")] = None
    profile: Annotated[Name | None, Field(description="What it is renewed by")] = None
    reference: Annotated[Line | None, Field(description="Yours, handed back")] = None

    def told(self) -> dict[str, str]:
        return {name: str(value) for name, value in self.model_dump(mode="json").items() if value is not None}


class CheckImportBody(ImportBody):
    key: KeySourceBody | None = None
    rows: Annotated[list[HistoryRow], Field(max_length=MAX_ROWS, default_factory=list)]


class TakeOverBody(KeySourceBody):
    signature_algorithm: Annotated[
        SignatureAlgorithmName | None, Field(description="None for the usual one of its key type")
    ] = None
