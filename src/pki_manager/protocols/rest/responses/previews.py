"""Response bodies of certificate previews."""

from __future__ import annotations

from pydantic import BaseModel

from pki_manager.authority.certificates.preview import Preview
from pki_manager.protocols.rest.responses.tools import DecodedObject, LintFinding


class Refusal(BaseModel):
    """Reason for a refusal, in the form of `errors` in a problem document."""

    field: str
    rule: str
    message: str


class CertificatePreview(BaseModel):
    """Preview of a certificate. `sound` is true if it could be issued.

    `certificate` is null if policy refuses it. The serial number is set at issuance.
    """

    sound: bool
    certificate: DecodedObject | None
    notes: list[str]
    findings: list[LintFinding]
    refusals: list[Refusal]

    @classmethod
    def of(cls, one: Preview) -> CertificatePreview:
        return cls(
            sound=one.is_sound(),
            certificate=None if one.certificate is None else DecodedObject.of(one.certificate),
            notes=list(one.notes),
            findings=[LintFinding.model_validate(finding, from_attributes=True) for finding in one.findings],
            refusals=[Refusal(field=error.field, rule=error.rule, message=error.message) for error in one.refusals],
        )
