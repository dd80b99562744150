"""The findings of lint."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """Severity of a lint finding. `error` violates a MUST, and the object is not signed; `warning` violates a SHOULD.

    `notice` is information only.
    """

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Finding:
    """One violation of one rule.

    `rule` is the stable ID (`certificate.serial_positive`, `pkilint:pkix.no_ku_bits_set`), `citation` its source,
    `message` a text for people, and `where` the field in ASN.1 terms (`extensions.subjectAltName.2`).
    """

    rule: str
    severity: Severity
    citation: str
    message: str
    where: str
