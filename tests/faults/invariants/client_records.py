"""What clients received: certificates, acknowledged revocations, statuses, and CRL numbers. A file has one JSON a line.

Each line has `received` and the fields below. `serial_number` and `sha256` are hexadecimal.

| `received`    | Other fields                                    |
| ------------- | ----------------------------------------------- |
| `certificate` | `serial_number`, `sha256` of the certificate (DER) |
| `revocation`  | `serial_number`                                 |
| `release`     | `serial_number`: a hold has ended               |
| `status`      | `serial_number`, `status`: `good` or `revoked`  |
| `crl`         | `ca`: the name of the CA, `number`              |

The order is that in which the client received them. Ask for a status only after the time that publication needs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from pki_manager.domain.certificate import format_serial
from pki_manager.domain.errors import InvalidInput

_FIELDS: Mapping[str, Mapping[str, type]] = {
    "certificate": {"serial_number": str, "sha256": str},
    "revocation": {"serial_number": str},
    "release": {"serial_number": str},
    "status": {"serial_number": str, "status": str},
    "crl": {"ca": str, "number": int},
}

Record = dict[str, Any]


@dataclass
class ClientRecords:
    """Records in the order in which clients received them. Several threads can add records."""

    records: list[Record] = field(default_factory=list)

    def add_certificate(self, pem: str) -> None:
        certificate = x509.load_pem_x509_certificate(pem.encode())
        digest = hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()
        self._add("certificate", serial_number=format_serial(certificate.serial_number), sha256=digest)

    def add_revocation(self, serial: int) -> None:
        self._add("revocation", serial_number=format_serial(serial))

    def add_status(self, serial: int, status: str) -> None:
        self._add("status", serial_number=format_serial(serial), status=status)

    def add_crl(self, ca: str, number: int) -> None:
        self._add("crl", ca=ca, number=number)

    def list_received(self, *kinds: str) -> Sequence[Record]:
        return [record for record in self.records if record["received"] in kinds]

    def save(self, path: Path) -> None:
        path.write_text("".join(f"{json.dumps(record)}\n" for record in self.records))

    def _add(self, kind: str, **values: object) -> None:
        self.records.append({"received": kind, **values})


def load_records(path: Path) -> ClientRecords:
    """Return the records of a file. Raises InvalidInput with the number of the first invalid line."""
    lines = path.read_text().splitlines()
    return ClientRecords(list(_parse_lines(lines)))


def _parse_lines(lines: Sequence[str]) -> Iterator[Record]:
    for number, line in enumerate(lines, start=1):
        try:
            record = json.loads(line)
            fields = _FIELDS[record["received"]]
            is_valid = all(isinstance(record[name], kind) for name, kind in fields.items())
            int(record.get("serial_number", "0"), 16)
        except (ValueError, KeyError, TypeError):
            is_valid = False
        if not is_valid:
            raise InvalidInput.of("told", "records.line", f"has an invalid record in line {number}")
        yield record
