"""What callers send: every body's shape. Unknown fields and values are refused, never ignored or guessed."""

from __future__ import annotations

from typing import Annotated, TypeAlias
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StrictBool, StrictInt, Tag

from pki_manager.authority.cas.create_ca import CreateCa
from pki_manager.authority.certificates.generated_keys import KeyForm, KeyOrder
from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.profiles.terms import PolicyInformation
from pki_manager.domain.request import ValidityRequest
from pki_manager.domain.revocation import RevocationReason
from pki_manager.protocols.rest.fields import (
    UNION,
    ChainText,
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
    """Exact ends, both inclusive, cut to whole seconds (RFC 5280 §4.1.2.5)."""

    not_before: Moment | None = None
    not_after: Moment


Validity: TypeAlias = Annotated[
    Annotated[Line, Tag(f"{UNION}duration")] | Annotated[Period, Tag(f"{UNION}period")],
    Discriminator(lambda value: f"{UNION}duration" if isinstance(value, str) else f"{UNION}period"),
    Field(description="ISO 8601 duration, or exact ends; none for the profile's default"),
]


class NameConstraintsBody(Body):
    """Subtrees (RFC 5280 §4.2.1.10): `DNS:example.com`, `IP:10.0.0.0/8`, `email:…`, `URI:…`, `dirName:O=Example`."""

    permitted: Annotated[list[Line], Field(max_length=_MAX_NAMES)] = []
    excluded: Annotated[list[Line], Field(max_length=_MAX_NAMES)] = []


class CertificatePolicyBody(Body):
    """RFC 5280 §4.2.1.4."""

    oid: Annotated[Line, Field(description="Dotted")]
    cps: Annotated[Line | None, Field(description="http or https address of its practice statement")] = None


class CaBody(Body):
    name: Name
    subject: Annotated[Subject, Field(description="RFC 4514, such as `CN=Root CA,O=Example`")]
    key_type: KeyTypeName = "ECDSA-P256"
    signature_algorithm: Annotated[
        SignatureAlgorithmName | None,
        Field(description="What its key will sign with, where the key type has a choice; none for the usual one"),
    ] = None
    parent: Annotated[Name | None, Field(description="Id or name of the issuing CA; none for a root")] = None
    path_length: Annotated[StrictInt, Field(ge=0, le=_MAX_PATH_LENGTH)] | None = None
    name_constraints: NameConstraintsBody = Field(default_factory=NameConstraintsBody)
    policies: Annotated[
        list[CertificatePolicyBody],
        Field(
            max_length=_MAX_POLICIES,
            description="None for its profile's; under an external parent its request asks for them",
        ),
    ] = []
    validity: Validity | None = None
    backend: Annotated[Name | None, Field(description="Key backend; none for the default one")] = None
    key: Annotated[UUID | None, Field(description="A key made for it by `POST /keys`; none to make one")] = None
    external_parent: Annotated[
        StrictBool, Field(description="Its certificate will come from elsewhere: ask with `csr`, install the answer")
    ] = False

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
            validity=validity_request(self.validity),
            backend=self.backend,
            key=self.key,
            external_parent=self.external_parent,
        )


class CaKeyBody(Body):
    backend: Annotated[Name, Field(description="Key backend")]
    key_type: KeyTypeName = "ECDSA-P256"
    key: Annotated[UUID | None, Field(description="The id that it is to have; none for a new one")] = None


class InstallBody(Body):
    certificate_chain: Annotated[
        ChainText, Field(description="PEM: the CA's new certificate, then each issuer's, the self-signed root last")
    ]


class CrossSignBody(Body):
    subject_ca: Annotated[Name | None, Field(description="Id or name of the CA of ours that is certified")] = None
    csr: Annotated[RequestText | None, Field(description="Or a PKCS#10 request of somebody else's CA")] = None
    path_length: Annotated[StrictInt, Field(ge=0, le=_MAX_PATH_LENGTH)] | None = None
    name_constraints: NameConstraintsBody = Field(default_factory=NameConstraintsBody)
    validity: Validity | None = None


class RotationBody(Body):
    key_type: Annotated[KeyTypeName | None, Field(description="None for that of the current key")] = None
    signature_algorithm: Annotated[
        SignatureAlgorithmName | None,
        Field(description="None for that of the current key, or the usual of another type"),
    ] = None
    backend: Annotated[Name | None, Field(description="Key backend; none for that of the current key")] = None
    key: Annotated[UUID | None, Field(description="A key made for it by `POST /keys`; none to make one")] = None
    validity: Validity | None = None
    switch_at: Annotated[Moment | None, Field(description="When the next key takes over; none for at once")] = None
    cross_certify: Annotated[
        StrictBool, Field(description="For roots: the old key and the new one certify each other (RFC 4210 §4.4)")
    ] = False


class KeyBody(Body):
    """The key to certify: `csr`, or one that is made here, handed out once and kept nowhere."""

    csr: Annotated[RequestText | None, Field(description="PKCS#10 (RFC 2986), PEM or base64 DER")] = None
    key_type: Annotated[KeyTypeName | None, Field(description="Make a key of this type instead")] = None
    passphrase: Annotated[
        Passphrase | None, Field(description="With `key_type`: what will open the file, 8 to 128 printable ASCII")
    ] = None
    key_format: Annotated[
        KeyForm | None, Field(description="With `key_type`: PKCS#12 (`p12`, unless told), or encrypted PEM")
    ] = None

    def key(self) -> str | KeyOrder:
        """The request, or the order for a key; InvalidInput unless it is exactly one of them."""
        if (self.csr is None) is (self.key_type is None):
            raise InvalidInput.of("csr", "enrol.one_key", "give a csr or a key_type, and not both")
        if self.key_type is None or self.csr is not None:
            for name in ("passphrase", "key_format"):
                if getattr(self, name) is not None:
                    raise InvalidInput.of(name, "enrol.made_key", "is for keys that are made here")
            return self.csr or ""
        if self.passphrase is None:
            raise InvalidInput.of("passphrase", "enrol.made_key", "is needed to encrypt the key that is made here")
        secret = self.passphrase.get_secret_value()
        return KeyOrder(key_type=self.key_type, passphrase=secret, form=self.key_format or KeyForm.P12)


class CertificateBody(KeyBody):
    ca: Annotated[Name, Field(description="Id or name")]
    profile: Name
    subject: Annotated[Subject | None, Field(description="RFC 4514; replaces the request's own")] = None
    sans: Annotated[
        list[Line] | None,
        Field(max_length=_MAX_NAMES, description="`DNS:…`, `IP:…`, `email:…`, `URI:…`; replace the request's own"),
    ] = None
    validity: Validity | None = None


class RenewalBody(Body):
    validity: Validity | None = None


class RekeyBody(KeyBody):
    validity: Validity | None = None


class RevocationBody(Body):
    reason: Annotated[RevocationReason, Field(description="RFC 5280 §5.3.1")] = RevocationReason.UNSPECIFIED
    invalidity_date: Annotated[Moment | None, Field(description="RFC 5280 §5.3.2")] = None


class RevocationByKeyBody(RevocationBody):
    key: Annotated[
        RequestText, Field(description="Public key, PEM or base64 DER, or the SHA-256 of its SubjectPublicKeyInfo, hex")
    ]


class BlockedKeyBody(Body):
    spki_sha256: Annotated[Sha256, Field(description="SHA-256 of the SubjectPublicKeyInfo (DER), hex")]
    comment: Annotated[Line, Field(description="Why, for whoever asks later")] = ""


def validity_request(value: str | Period | None) -> ValidityRequest:
    """As the heart wants it; InvalidInput for a text that is no duration."""
    if value is None:
        return ValidityRequest()
    if isinstance(value, str):
        return ValidityRequest(duration=Duration.parse(value, "validity"))
    begin = None if value.not_before is None else value.not_before.replace(microsecond=0)
    return ValidityRequest(not_before=begin, not_after=value.not_after.replace(microsecond=0))
