"""What callers send about certificate requests and approvals."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictInt

from pki_manager.authority.certificates.generated_keys import KeyForm
from pki_manager.authority.requests.edit_request import Edit
from pki_manager.authority.requests.requests import Wish
from pki_manager.domain.names import AlternativeName
from pki_manager.domain.request import RequestedContents, ValidityRequest
from pki_manager.protocols.rest.bodies.common import Body, Validity, validity_request
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
    Field(max_length=_MAX_NAMES, description="`DNS:…`, `IP:…`, `email:…`, `URI:…`; replace the request's own"),
]


class RequestBody(Body):
    ca: Annotated[Name | None, Field(description="Id or name; of the renewed certificate unless told")] = None
    profile: Annotated[Name | None, Field(description="Of the renewed certificate unless told")] = None
    csr: Annotated[RequestText | None, Field(description="PKCS#10 (RFC 2986), PEM or base64 DER")] = None
    key_type: Annotated[
        KeyTypeName | None, Field(description="Instead: a key of this type is made when you collect it")
    ] = None
    subject: Annotated[Subject | None, Field(description="RFC 4514; replaces the request's own")] = None
    sans: Sans = None
    validity: Validity | None = None
    renews: Annotated[
        Identifier | None,
        Field(description="The certificate that it follows: what is not told, its key too, is taken from there"),
    ] = None
    comment: Annotated[Text | None, Field(description="For who decides about it")] = None

    def wish(self) -> Wish:
        return Wish(
            ca=self.ca,
            profile=self.profile,
            csr_der=None if self.csr is None else pem.read(self.csr, pem.CSR_LABELS, "csr"),
            key_type=self.key_type,
            wanted=RequestedContents(
                subject=None if self.subject is None else names.parse_dn(self.subject, "subject"),
                sans=_sans(self.sans),
                validity=validity_request(self.validity),
            ),
            renews=self.renews,
            comment=self.comment,
        )


class RequestEditBody(Body):
    """What is to be otherwise; what is left out stays."""

    plan_sha256: Annotated[Sha256, Field(description="Of the plan that you have before you: 409 when it has changed")]
    profile: Name | None = None
    subject: Subject | None = None
    sans: Sans = None
    validity: Validity | None = None
    key_type: Annotated[KeyTypeName | None, Field(description="Where the key is made at collection")] = None

    def edit(self) -> Edit:
        changed: ValidityRequest | None = None if self.validity is None else validity_request(self.validity)
        return Edit(
            before=bytes.fromhex(self.plan_sha256),
            profile=self.profile,
            subject=None if self.subject is None else names.parse_dn(self.subject, "subject"),
            sans=_sans(self.sans),
            validity=changed,
            key_type=self.key_type,
        )


class ProfileTrialBody(Body):
    definition: ProfileDefinition
    csr: Annotated[RequestText, Field(description="PKCS#10 (RFC 2986), PEM or base64 DER")]

    def csr_der(self) -> bytes:
        return pem.read(self.csr, pem.CSR_LABELS, "csr")


class RequestApprovalBody(Body):
    plan_sha256: Annotated[Sha256, Field(description="Of the plan that you have seen: 409 when it has changed")]


class ApprovalBody(Body):
    sha256: Annotated[Sha256, Field(description="Of the body that you have seen: 409 when it has changed")]


class ReasonBody(Body):
    reason: Annotated[Line, Field(description="Told to who asked, and in the audit trail")]


class OverrideBody(ApprovalBody):
    reason: Annotated[Line, Field(description="Why it cannot wait for the others")]


class CommentBody(Body):
    text: Text


class CollectBody(Body):
    passphrase: Annotated[Passphrase, Field(description="What will open the file, 8 to 128 printable ASCII")]
    key_format: Annotated[KeyForm, Field(description="PKCS#12, or encrypted PEM")] = KeyForm.P12


class ApprovalRulesBody(Body):
    version: Annotated[StrictInt, Field(ge=0, description="The version that was edited: 409 when there is a newer one")]
    rules: Rules


def _sans(texts: list[str] | None) -> tuple[AlternativeName, ...] | None:
    return None if texts is None else tuple(AlternativeName.parse(text) for text in texts)
