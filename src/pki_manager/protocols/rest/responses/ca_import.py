"""Response bodies of CA imports."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from pki_manager.authority.cas.check_import import ImportReport, RowReport
from pki_manager.authority.cas.import_ca import ExternalCaFacts
from pki_manager.domain.errors import FieldError


class FaultResponse(BaseModel):
    """Problem of an import, in the form of `errors` in a problem document."""

    field: str
    rule: str
    message: str

    @classmethod
    def of(cls, fault: FieldError) -> FaultResponse:
        return cls(field=fault.field, rule=fault.rule, message=fault.message)


class ImportedCa(BaseModel):
    """Contents of the certificate and the CRL of an imported CA. `revocations` is the number of CRL entries."""

    subject: str
    key_type: str
    not_before: datetime
    not_after: datetime
    path_length: int | None
    crl_number: int | None
    crl_this_update: datetime | None
    revocations: int

    @classmethod
    def of(cls, given: ExternalCaFacts) -> ImportedCa:
        facts, crl = given.own.facts, given.crl
        return cls(
            subject=str(facts.subject),
            key_type=facts.key.name or facts.key.description,
            not_before=facts.validity.not_before,
            not_after=facts.validity.not_after,
            path_length=facts.path_length,
            crl_number=crl.number if crl is not None else None,
            crl_this_update=crl.this_update if crl is not None else None,
            revocations=len(crl.entries) if crl is not None else 0,
        )


class ImportRow(BaseModel):
    number: int
    reference: str | None
    fault: FaultResponse | None

    @classmethod
    def of(cls, row: RowReport) -> ImportRow:
        return cls(
            number=row.number, reference=row.reference, fault=None if row.fault is None else FaultResponse.of(row.fault)
        )


class ImportCheck(BaseModel):
    """Result of an import check. `ready` is true if the CA, its key, and the rows have no problems.

    `status_urls` are the OCSP and CRL URLs in the certificates of the CA. Point them to this installation after the
    import.
    """

    ready: bool
    ca: ImportedCa | None
    faults: list[FaultResponse]
    rows: list[ImportRow]
    status_urls: list[str]

    @classmethod
    def of(cls, report: ImportReport) -> ImportCheck:
        return cls(
            ready=not report.faults and all(row.fault is None for row in report.rows),
            ca=None if report.given is None else ImportedCa.of(report.given),
            faults=[FaultResponse.of(fault) for fault in report.faults],
            rows=[ImportRow.of(row) for row in report.rows],
            status_urls=sorted({url for row in report.rows for url in row.urls}),
        )
