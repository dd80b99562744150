"""What a certificate would be, as it is answered."""

from __future__ import annotations

from pydantic import BaseModel

from pki_manager.authority.certificates.preview import Preview
from pki_manager.protocols.rest.responses.tools import DecodedObject, LintFinding


class Refusal(BaseModel):
    """As an error of a problem: the field that the caller used, a stable rule, a sentence."""

    field: str
    rule: str
    message: str


class CertificatePreview(BaseModel):
    """`sound`: it could be signed. `certificate` is null where policy refuses it; a serial comes with issuing."""

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
