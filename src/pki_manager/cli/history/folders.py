"""The folders of a CA to import, read as rows.

Only certificates are read: everything else, above all private keys, is ignored.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pki_manager.cli.history.openssl_index import IndexLine, read_index
from pki_manager.domain.certificate import format_serial
from pki_manager.domain.errors import InvalidInput

Row = dict[str, str]

MAX_INDEX_OCTETS = 256 * 1024 * 1024
MAX_FILE_OCTETS = 1024 * 1024

_ENDINGS = frozenset({".pem", ".crt", ".cer", ".der"})


@dataclass(frozen=True, slots=True)
class HistoryFault:
    """An error in the history. `source` is the file and, in an index, the line."""

    source: str
    rule: str
    message: str

    def to_json(self) -> dict[str, Any]:
        return {"source": self.source, "rule": self.rule, "message": self.message}


@dataclass(frozen=True, slots=True)
class _File:
    source: str
    der: bytes
    serial: int
    is_the_cas: bool


@dataclass(slots=True, kw_only=True)
class History:
    """The history of a CA to import. `rows` are as the REST API expects them; each `reference` is the row's source.

    `gone` counts expired certificates without a file, which are not imported.
    """

    rows: list[Row] = field(default_factory=list)
    faults: list[HistoryFault] = field(default_factory=list)
    gone: int = 0


def read_history(
    index: str | None, folders: Iterable[str], issuer_der: bytes, profile: str | None, next_serial: int | None
) -> History:
    """Read the history of a CA. `issuer_der` is the CA's Name; `profile` is used for renewals of its certificates.

    Raises InvalidInput if the index or a folder cannot be read; all other errors are in the result.
    """
    found = History()
    files = _by_serial(_unique(_files(folders, issuer_der, found)), found)
    used = _read_lines(index, files, found) if index is not None else set()
    for serial, one in files.items():
        if serial not in used:
            row = {"certificate": _text(one.der), "serial_number": format_serial(serial), "reference": one.source}
            found.rows.append(row)
    if profile is not None:
        found.rows = [{**row, "profile": profile} if "certificate" in row else row for row in found.rows]
    if next_serial is not None and next_serial in used | files.keys():
        used_serial = format_serial(next_serial)
        message = f"must not be a serial number that is in use, {used_serial}; check that this is the right file"
        found.faults.append(HistoryFault("--serial", "import.next_serial", message))
    return found


def _read_lines(index: str, files: Mapping[int, _File], found: History) -> set[int]:
    """Add the lines of the index to the history, and return their serial numbers."""
    used: set[int] = set()
    for line in _lines(index, found):
        if line.serial in used:
            found.faults.append(_at(index, line, "import.repeated", "its serial number is in an earlier line"))
            continue
        used.add(line.serial)
        row = _row_of(line, files.get(line.serial), Path(index).name, found)
        if row is not None:
            found.rows.append(row)
    return used


def _lines(index: str, found: History) -> Iterator[IndexLine]:
    for line in read_index(_read_text(index)):
        if isinstance(line, IndexLine):
            yield line
        else:
            fault = line.errors[0]
            found.faults.append(HistoryFault(f"{Path(index).name}, {fault.field}", fault.rule, fault.message))


def _read_text(path: str) -> str:
    from pki_manager.cli.files import read_input

    return read_input(path, "--index", MAX_INDEX_OCTETS).decode("utf-8", "replace")


def _row_of(line: IndexLine, file: _File | None, index: str, found: History) -> Row | None:
    row = {"serial_number": format_serial(line.serial), "reference": f"{index}, line {line.number}"}
    if file is not None:
        row["certificate"] = _text(file.der)
    elif line.state == "E":
        found.gone += 1
        return None
    elif line.state == "V":
        message = f"must have a certificate file ({format_serial(line.serial)}, {line.subject})"
        found.faults.append(_at(index, line, "import.certificate", message))
        return None
    else:
        row["expires_at"] = _moment(line.expires_at)
    if line.revoked_at is not None and line.reason is not None:
        row |= {"revoked_at": _moment(line.revoked_at), "reason": line.reason.value}
    if line.invalidity_date is not None:
        row["invalidity_date"] = _moment(line.invalidity_date)
    return row


def _at(index: str, line: IndexLine, rule: str, message: str) -> HistoryFault:
    return HistoryFault(f"{Path(index).name}, line {line.number}", rule, message)


def _files(folders: Iterable[str], issuer_der: bytes, found: History) -> Iterator[_File]:
    """Yield the certificates in the folders and their subfolders. Files without any, such as keys, are skipped.

    Many programs write a certificate together with those above it. The CA's certificate, and any that follows in such a
    file as the issuer of the previous one, is not part of the CA's history and is skipped.
    """
    from pki_manager.x509 import foreign

    for path in _paths(folders):
        below: bytes | None = None
        for at, der in enumerate(_certificates(path, found)):
            source = str(path) if at == 0 else f"{path}, certificate {at + 1}"
            try:
                naming = foreign.read_naming(der)
            except InvalidInput as error:
                found.faults.append(HistoryFault(source, error.errors[0].rule, error.errors[0].message))
                continue
            is_the_cas = foreign.is_same_name(naming.issuer_der, issuer_der)
            is_above = any(foreign.is_same_name(naming.subject_der, name) for name in (issuer_der, below) if name)
            if is_the_cas or not is_above:
                yield _File(source, der, naming.serial, is_the_cas)
            below = naming.issuer_der if is_the_cas or is_above else None


def _paths(folders: Iterable[str]) -> Iterator[Path]:
    for folder in folders:
        place = Path(folder)
        if not place.is_dir():
            raise InvalidInput.of("--certificates", "file.read", f"is not a directory: {folder!r}")
        yield from sorted(one for one in place.rglob("*") if one.suffix.lower() in _ENDINGS and one.is_file())


def _certificates(path: Path, found: History) -> tuple[bytes, ...]:
    from pki_manager.x509 import pem

    content = _content(path, found)
    if content[:1] == b"\x30":
        return (content,)
    if b"-----BEGIN CERTIFICATE-----" not in content:
        return ()
    try:
        return pem.read_some(content, pem.CERTIFICATE, "certificate")
    except InvalidInput as error:
        found.faults.append(HistoryFault(str(path), error.errors[0].rule, error.errors[0].message))
        return ()


def _content(path: Path, found: History) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_OCTETS + 1)
    except OSError as error:
        found.faults.append(HistoryFault(str(path), "file.read", f"cannot be read: {error.strerror}"))
        return b""
    if len(content) > MAX_FILE_OCTETS:
        found.faults.append(HistoryFault(str(path), "file.size", f"is longer than {MAX_FILE_OCTETS} octets"))
        return b""
    return content


def _unique(files: Iterable[_File]) -> Iterator[_File]:
    """Yield each certificate once, even if a folder contains it under both its serial number and its name."""
    seen: set[bytes] = set()
    for one in files:
        digest = hashlib.sha256(one.der).digest()
        if digest not in seen:
            seen.add(digest)
            yield one


def _by_serial(files: Iterable[_File], found: History) -> Mapping[int, _File]:
    known: dict[int, _File] = {}
    for one in files:
        if not one.is_the_cas:
            found.faults.append(HistoryFault(one.source, "import.issuer", "names another issuer than this CA"))
        elif known.setdefault(one.serial, one) is not one:
            message = f"must not have the serial number of the other certificate in {known[one.serial].source}"
            found.faults.append(HistoryFault(one.source, "import.repeated", message))
    return known


def _text(der: bytes) -> str:
    return base64.b64encode(der).decode("ascii")


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
