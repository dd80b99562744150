"""Request bodies of certificate requests and approvals."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictInt

from pki_manager.authority.certificates.generated_keys import KeyForm
from pki_manager.authority.requests.edit_request import Edit
from pki_manager.authority.requests.requests import SubmitRequest
from pki_manager.domain.names import AlternativeName
from pki_manager.domain.request import RequestedContents, ValidityRequest
from pki_manager.protocols.rest.bodies.common import Body, Fields, Validity, build_field_values, build_validity_request
from pki_manager.protocols.rest.fields import (
    Identifier,
    KeyTypeName,
    Line,
    Name,
    Passphrase,
    RequestText,
    Sha256,
    Subject,
    Text,
)
from pki_manager.protocols.rest.responses.approvals import Rules
from pki_manager.protocols.rest.responses.profiles import ProfileDefinition
from pki_manager.x509 import names, pem

_MAX_NAMES = 1000

Sans = Annotated[
    list[Line] | None,
    Field(
        max_length=_MAX_NAMES,
        description="Subject alternative names: `DNS:…`, `IP:…`, `email:…`, `URI:…`. Replace the names of the CSR",
    ),
]


class RequestBody(Body):
    ca: Annotated[Name | None, Field(description="ID or name of the issuing CA. Default: that of `renews`")] = None
    profile: Annotated[Name | None, Field(description="Name of the profile. Default: that of `renews`")] = None
    csr: Annotated[RequestText | None, Field(description="PKCS #10 request (RFC 2986), PEM or Base64 DER")] = None
    key_type: Annotated[
        KeyTypeName | None,
        Field(description="Type of the key to generate when you collect the certificate, instead of `csr`"),
    ] = None
    subject: Annotated[
        Subject | None, Field(description="Distinguished name (RFC 4514). Replaces the subject of the CSR")
    ] = None
    sans: Sans = None
    validity: Validity | None = None
    renews: Annotated[
        Identifier | None,
        Field(
            description="ID of the certificate to renew. Values that are not set, including the key, are taken from it"
        ),
    ] = None
    fields: Fields | None = None
    comment: Annotated[Text | None, Field(description="Comment for the approvers")] = None

    def to_command(self) -> SubmitRequest:
        return SubmitRequest(
            ca=self.ca,
            profile=self.profile,
            csr_der=None if self.csr is None else pem.read(self.csr, pem.CSR_LABELS, "csr"),
            key_type=self.key_type,
            requested=RequestedContents(
                subject=None if self.subject is None else names.parse_dn(self.subject, "subject"),
                sans=_sans(self.sans),
                validity=build_validity_request(self.validity),
                fields=build_field_values(self.fields),
            ),
            renews=self.renews,
            comment=self.comment,
        )


class RequestEditBody(Body):
    """Changes to a certificate request. Properties that are not set keep their value."""

    plan_sha256: Annotated[
        Sha256, Field(description="SHA-256 of the plan that you approve. The response is 409 if the plan has changed")
    ]
    profile: Name | None = None
    subject: Subject | None = None
    sans: Sans = None
    validity: Validity | None = None
    key_type: Annotated[KeyTypeName | None, Field(description="Type of the key to generate at collection")] = None
    fields: Fields | None = None

    def edit(self) -> Edit:
        changed: ValidityRequest | None = None if self.validity is None else build_validity_request(self.validity)
        return Edit(
            before=bytes.fromhex(self.plan_sha256),
            profile=self.profile,
            subject=None if self.subject is None else names.parse_dn(self.subject, "subject"),
            sans=_sans(self.sans),
            validity=changed,
            key_type=self.key_type,
            fields=build_field_values(self.fields),
        )


class ProfileTrialBody(Body):
    definition: ProfileDefinition
    csr: Annotated[RequestText, Field(description="PKCS #10 request (RFC 2986), PEM or Base64 DER")]

    def csr_der(self) -> bytes:
        return pem.read(self.csr, pem.CSR_LABELS, "csr")


class RequestApprovalBody(Body):
    plan_sha256: Annotated[
        Sha256, Field(description="SHA-256 of the plan that you approve. The response is 409 if the plan has changed")
    ]


class ApprovalBody(Body):
    sha256: Annotated[
        Sha256,
        Field(
            description="SHA-256 of the operation that you approve. The response is 409 if the operation has changed"
        ),
    ]


class ReasonBody(Body):
    reason: Annotated[Line, Field(description="Reason, visible to the requester and recorded in the audit log")]


class OverrideBody(ApprovalBody):
    reason: Annotated[Line, Field(description="Why the operation cannot wait for the approvers")]


class CommentBody(Body):
    text: Text


class CollectBody(Body):
    passphrase: Annotated[
        Passphrase, Field(description="Passphrase that encrypts the key, 8 to 128 printable ASCII characters")
    ]
    key_format: Annotated[
        KeyForm, Field(description="Format of the key: PKCS #12 (`p12`) or encrypted PEM (`pem`)")
    ] = KeyForm.P12


class ApprovalRulesBody(Body):
    version: Annotated[
        StrictInt, Field(ge=0, description="Version that you edited. The response is 409 if a newer version exists")
    ]
    rules: Rules


def _sans(texts: list[str] | None) -> tuple[AlternativeName, ...] | None:
    return None if texts is None else tuple(AlternativeName.parse(text) for text in texts)
