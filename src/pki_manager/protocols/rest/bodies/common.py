"""Request bodies of CAs, certificates, and keys. Unknown properties and values are refused."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    StringConstraints,
    Tag,
)

from pki_manager.authority.cas.create_ca import CreateCa
from pki_manager.authority.certificates.generated_keys import KeyForm, KeyOrder
from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.profiles.extensions import MAX_EXTENSIONS, MAX_VALUE, FieldValue
from pki_manager.domain.profiles.terms import PolicyInformation
from pki_manager.domain.request import ValidityRequest
from pki_manager.domain.revocation import RevocationReason
from pki_manager.protocols.rest.fields import (
    UNION,
    ChainText,
    Identifier,
    KeyTypeName,
    Line,
    Moment,
    Name,
    Passphrase,
    RequestText,
    Sha256,
    SignatureAlgorithmName,
    Subject,
)

_MAX_NAMES = 1000
_MAX_PATH_LENGTH = 32
_MAX_POLICIES = 100


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Period(Body):
    """Start and end of the validity period, both inclusive, truncated to whole seconds (RFC 5280 §4.1.2.5)."""

    not_before: Moment | None = None
    not_after: Moment


Validity: TypeAlias = Annotated[
    Annotated[Line, Tag(f"{UNION}duration")] | Annotated[Period, Tag(f"{UNION}period")],
    Discriminator(lambda value: f"{UNION}duration" if isinstance(value, str) else f"{UNION}period"),
    Field(description="ISO 8601 duration, or exact start and end. Default: the profile's validity"),
]


class NameConstraintsBody(Body):
    """Name constraints (RFC 5280 §4.2.1.10).

    Subtrees are written as `DNS:example.com`, `IP:10.0.0.0/8`, `email:…`, `URI:…`, or `dirName:O=Example`.
    """

    permitted: Annotated[list[Line], Field(max_length=_MAX_NAMES)] = []
    excluded: Annotated[list[Line], Field(max_length=_MAX_NAMES)] = []


class CertificatePolicyBody(Body):
    """Certificate policy (RFC 5280 §4.2.1.4)."""

    oid: Annotated[Line, Field(description="Object identifier in dotted notation, for example `1.3.6.1.4.1.99999.1`")]
    cps: Annotated[Line | None, Field(description="HTTP or HTTPS URL of the certification practice statement")] = None


class CaBody(Body):
    name: Name
    subject: Annotated[Subject, Field(description="Distinguished name (RFC 4514), for example `CN=Root CA,O=Example`")]
    key_type: KeyTypeName = "ECDSA-P256"
    signature_algorithm: Annotated[
        SignatureAlgorithmName | None,
        Field(
            description="Signature algorithm of the CA key, for key types with a choice. Default: the usual "
            "algorithm of the key type"
        ),
    ] = None
    parent: Annotated[Name | None, Field(description="ID or name of the parent CA. Default: none, for a root CA")] = (
        None
    )
    path_length: Annotated[StrictInt, Field(ge=0, le=_MAX_PATH_LENGTH)] | None = None
    name_constraints: NameConstraintsBody = Field(default_factory=NameConstraintsBody)
    policies: Annotated[
        list[CertificatePolicyBody],
        Field(
            max_length=_MAX_POLICIES,
            description="Certificate policies. Default: the policies of the profile. With `external_parent`, they "
            "are included in the CSR",
        ),
    ] = []
    validity: Validity | None = None
    backend: Annotated[Name | None, Field(description="Name of the key backend. Default: `default_key_backend`")] = None
    key: Annotated[
        Identifier | None, Field(description="ID of a key created with `POST /keys`. Default: a new key")
    ] = None
    external_parent: Annotated[
        StrictBool,
        Field(
            description="Whether the parent CA is external. Get the CSR with `POST /cas/{ca}/csr`, then install the "
            "certificate"
        ),
    ] = False
    end_entity_certificates: Annotated[
        StrictBool | None,
        Field(
            description="Whether the CA issues certificates to end entities. `false` allows CA certificates only. "
            "Default: `false` for a root CA, `true` for other CAs. Permanent"
        ),
    ] = None

    def command(self) -> CreateCa:
        return CreateCa(
            name=self.name,
            subject=self.subject,
            key_type=self.key_type,
            signature_algorithm=self.signature_algorithm,
            parent=self.parent,
            path_length=self.path_length,
            permitted=tuple(self.name_constraints.permitted),
            excluded=tuple(self.name_constraints.excluded),
            policies=tuple(PolicyInformation(policy.oid, policy.cps) for policy in self.policies),
            validity=build_validity_request(self.validity),
            backend=self.backend,
            key=self.key,
            external_parent=self.external_parent,
            end_entity_certificates=self.end_entity_certificates,
        )


class CaKeyBody(Body):
    backend: Annotated[Name, Field(description="Name of the key backend")]
    key_type: KeyTypeName = "ECDSA-P256"
    key: Annotated[Identifier | None, Field(description="ID for the new key. Default: a new ID")] = None


class InstallBody(Body):
    certificate_chain: Annotated[
        ChainText,
        Field(
            description="PEM certificate chain: the new CA certificate, then the certificate of each issuer, the "
            "self-signed root last"
        ),
    ]


class CrossSignBody(Body):
    subject_ca: Annotated[Name | None, Field(description="ID or name of the CA of this installation to cross-sign")] = (
        None
    )
    csr: Annotated[
        RequestText | None,
        Field(description="PKCS #10 request of an external CA to cross-sign, instead of `subject_ca`"),
    ] = None
    path_length: Annotated[StrictInt, Field(ge=0, le=_MAX_PATH_LENGTH)] | None = None
    name_constraints: NameConstraintsBody = Field(default_factory=NameConstraintsBody)
    validity: Validity | None = None


class RotationBody(Body):
    key_type: Annotated[
        KeyTypeName | None, Field(description="Type of the next key. Default: the type of the current key")
    ] = None
    signature_algorithm: Annotated[
        SignatureAlgorithmName | None,
        Field(
            description="Signature algorithm of the next key. Default: that of the current key, or the usual one of "
            "another key type"
        ),
    ] = None
    backend: Annotated[
        Name | None, Field(description="Name of the key backend. Default: the backend of the current key")
    ] = None
    key: Annotated[
        Identifier | None, Field(description="ID of a key created with `POST /keys`. Default: a new key")
    ] = None
    validity: Validity | None = None
    switch_at: Annotated[Moment | None, Field(description="Activation time of the next key. Default: immediately")] = (
        None
    )
    cross_certify: Annotated[
        StrictBool,
        Field(description="Whether the old and the new key of a root CA cross-certify each other (RFC 4210 §4.4)"),
    ] = False


class KeyBody(Body):
    """Public key of the certificate: from `csr`, or of a key that is generated, returned once, and not stored."""

    csr: Annotated[RequestText | None, Field(description="PKCS #10 request (RFC 2986), PEM or Base64 DER")] = None
    key_type: Annotated[KeyTypeName | None, Field(description="Type of the key to generate, instead of `csr`")] = None
    passphrase: Annotated[
        Passphrase | None,
        Field(
            description="Passphrase that encrypts the generated key, 8 to 128 printable ASCII characters. Required "
            "with `key_type`"
        ),
    ] = None
    key_format: Annotated[
        KeyForm | None,
        Field(description="Format of the generated key: PKCS #12 (`p12`) or encrypted PEM (`pem`). Default: `p12`"),
    ] = None

    def key(self) -> str | KeyOrder:
        """Return the CSR, or a KeyOrder to generate a key. Raises InvalidInput unless exactly one is set."""
        if (self.csr is None) is (self.key_type is None):
            raise InvalidInput.of(
                "csr", "enrol.one_key", "cannot be set together with `key_type`; specify exactly one of them"
            )
        if self.key_type is None or self.csr is not None:
            for name in ("passphrase", "key_format"):
                if getattr(self, name) is not None:
                    raise InvalidInput.of(name, "enrol.made_key", "can be set only together with `key_type`")
            return self.csr or ""
        if self.passphrase is None:
            raise InvalidInput.of("passphrase", "enrol.made_key", "is required when `key_type` is set")
        secret = self.passphrase.get_secret_value()
        return KeyOrder(key_type=self.key_type, passphrase=secret, form=self.key_format or KeyForm.P12)


Fields: TypeAlias = Annotated[
    dict[
        Annotated[StrictStr, StringConstraints(max_length=32)],
        Annotated[StrictStr, StringConstraints(max_length=MAX_VALUE)],
    ],
    Field(
        max_length=MAX_EXTENSIONS,
        description="Values of the request fields that the profile declares in `extensions`, by name. They replace "
        "those in the extensions of the CSR. A renewal keeps the values that are not set",
    ),
]


class CertificateBody(KeyBody):
    ca: Annotated[Name, Field(description="ID or name of the issuing CA")]
    profile: Name
    subject: Annotated[
        Subject | None, Field(description="Distinguished name (RFC 4514). Replaces the subject of the CSR")
    ] = None
    sans: Annotated[
        list[Line] | None,
        Field(
            max_length=_MAX_NAMES,
            description="Subject alternative names: `DNS:…`, `IP:…`, `email:…`, `URI:…`. Replace the names of the CSR",
        ),
    ] = None
    validity: Validity | None = None
    fields: Fields | None = None


def build_field_values(fields: dict[str, str] | None) -> tuple[FieldValue, ...] | None:
    """Return the values of request fields; None if the body has none, so that those of the CSR count."""
    return None if fields is None else tuple(FieldValue(name, value) for name, value in fields.items())


class RenewalBody(Body):
    validity: Validity | None = None


class RekeyBody(KeyBody):
    validity: Validity | None = None


class RevocationBody(Body):
    reason: Annotated[RevocationReason, Field(description="Revocation reason (RFC 5280 §5.3.1)")] = (
        RevocationReason.UNSPECIFIED
    )
    invalidity_date: Annotated[Moment | None, Field(description="When the key was compromised (RFC 5280 §5.3.2)")] = (
        None
    )


class RevocationByKeyBody(RevocationBody):
    key: Annotated[
        RequestText,
        Field(description="Public key, PEM or Base64 DER, or the SHA-256 of its SubjectPublicKeyInfo in hex"),
    ]


class BlockedKeyBody(Body):
    spki_sha256: Annotated[Sha256, Field(description="SHA-256 of the SubjectPublicKeyInfo (DER) in hex")]
    comment: Annotated[Line, Field(description="Reason for the block")] = ""


def build_validity_request(value: str | Period | None) -> ValidityRequest:
    """Return the requested validity. Raises InvalidInput for an invalid duration."""
    if value is None:
        return ValidityRequest()
    if isinstance(value, str):
        return ValidityRequest(duration=Duration.parse(value, "validity"))
    begin = None if value.not_before is None else value.not_before.replace(microsecond=0)
    return ValidityRequest(not_before=begin, not_after=value.not_after.replace(microsecond=0))
