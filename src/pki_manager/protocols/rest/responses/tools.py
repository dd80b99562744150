"""Response bodies of `/tools`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, JsonValue

from pki_manager.authority.installation.tools import LintReport
from pki_manager.x509 import decode, export
from pki_manager.x509.decode import ObjectKind
from pki_manager.x509.lint import LINT_VERSION, Severity
from pki_manager.x509.path import Verdict


class DecodedExtensionResponse(BaseModel):
    """Decoded extension. `value` is in the syntax of the extension, or in hex if that is not known."""

    oid: str
    name: str
    critical: bool
    value: JsonValue


class DecodedKeyResponse(BaseModel):
    type: str
    size: int | None
    spki_sha256: str | None


class DecodedObject(BaseModel):
    """Decoded object. Properties that its type does not have are null or empty.

    `details` holds what only this type has.
    """

    kind: ObjectKind
    label: str | None
    size: int
    fingerprint_sha256: str | None
    fingerprint_sha1: str | None
    version: int | None
    serial_number: str | None
    subject: str | None
    issuer: str | None
    not_before: datetime | None
    not_after: datetime | None
    sans: list[str]
    key: DecodedKeyResponse | None
    signature_algorithm: str | None
    extensions: list[DecodedExtensionResponse]
    details: dict[str, JsonValue]
    warnings: list[str]
    contents: list[DecodedObject]

    @classmethod
    def of(cls, one: decode.Decoded) -> DecodedObject:
        return cls.model_validate(one, from_attributes=True)


class DecodeAnswer(BaseModel):
    objects: list[DecodedObject]

    @classmethod
    def of(cls, objects: Sequence[decode.Decoded]) -> DecodeAnswer:
        return cls(objects=[DecodedObject.of(one) for one in objects])


class LintFinding(BaseModel):
    rule: str
    severity: Severity
    citation: str
    message: str
    where: str


class LintedObject(BaseModel):
    kind: ObjectKind
    findings: list[LintFinding]


class LintAnswer(BaseModel):
    lint_version: str
    objects: list[LintedObject]

    @classmethod
    def of(cls, reports: Sequence[LintReport]) -> LintAnswer:
        objects = [
            LintedObject(
                kind=report.kind,
                findings=[LintFinding.model_validate(one, from_attributes=True) for one in report.findings],
            )
            for report in reports
        ]
        return cls(lint_version=LINT_VERSION, objects=objects)


class PathCertificate(BaseModel):
    subject: str
    fingerprint_sha256: str
    pem: str


class PathReason(BaseModel):
    code: str
    certificate: str
    message: str


class VerifyAnswer(BaseModel):
    """Result of path validation. `path` starts with the certificate; if none is valid, it is the best invalid path."""

    valid: bool
    path: list[PathCertificate]
    reasons: list[PathReason]

    @classmethod
    def of(cls, verdict: Verdict) -> VerifyAnswer:
        return cls(
            valid=verdict.valid,
            path=[_path_certificate(der) for der in verdict.path],
            reasons=[PathReason.model_validate(one, from_attributes=True) for one in verdict.reasons],
        )


def _path_certificate(der: bytes) -> PathCertificate:
    (found,) = decode.decode_objects(der)
    return PathCertificate(
        subject=found.subject or "",
        fingerprint_sha256=found.fingerprint_sha256 or "",
        pem=export.encode_certificate_pem(der),
    )
