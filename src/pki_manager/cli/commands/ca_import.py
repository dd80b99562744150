"""`pkim ca import`: import of a CA from another system in steps. A second run continues an interrupted one."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer

from pki_manager.cli.command import verb
from pki_manager.cli.commands.bulk import follow
from pki_manager.cli.exits import Exit
from pki_manager.cli.files import read_input, read_object_text
from pki_manager.cli.history.folders import History, HistoryFault, Row, read_history
from pki_manager.cli.key_source import read_first_line
from pki_manager.cli.session import CommandSession
from pki_manager.domain.errors import InvalidInput

_CHECKED_AT_ONCE = 500
_ROWS_A_JOB = 5000
_OCTETS_A_JOB = 24 * 1024 * 1024
_MAX_CRL = 24 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Key:
    """The key of the CA as the options choose it. Its contents are never printed."""

    body: dict[str, object] | None
    signature_algorithm: str | None

    def __repr__(self) -> str:
        return "_Key(…)"


@dataclass(slots=True)
class _Report:
    """The server's report. `bad` are the indexes of rows with an error; `is_refused`: the CA or its key has one."""

    ca: dict[str, Any] | None
    is_refused: bool
    faults: list[HistoryFault]
    bad: set[int] = field(default_factory=set)
    urls: set[str] = field(default_factory=set)


def register(app: typer.Typer) -> None:
    """Add the command to the group `pkim ca`."""
    verb(app, "import")(import_ca)


BackendKeyOption = Annotated[
    str | None,
    typer.Option(help="ID of the key in --backend, instead of --key. For the CKA_ID of a token, hex:01ab"),
]
PassphraseFileOption = Annotated[str | None, typer.Option(help="File with the passphrase of --key in its first line")]
CertificatesOption = Annotated[
    list[str] | None, typer.Option(help="Directory with issued certificates. Can be repeated")
]


def import_ca(
    session: CommandSession,
    name: Annotated[str, typer.Option(help="Unique name of the CA")],
    certificate: Annotated[str, typer.Option(help="CA certificate, PEM or DER")],
    chain: Annotated[
        str | None, typer.Option(help="PEM file with the certificates of the issuers, the root last")
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="Private key of the CA: PKCS #8 or PKCS #12, encrypted or not")
    ] = None,
    passphrase_file: PassphraseFileOption = None,
    backend: Annotated[str | None, typer.Option(help="Key backend. Default: default_key_backend")] = None,
    backend_key: BackendKeyOption = None,
    signature_algorithm: Annotated[
        str | None, typer.Option(help="Signature algorithm, for example RSA-PSS-SHA256")
    ] = None,
    crl: Annotated[str | None, typer.Option(help="Last CRL of the CA")] = None,
    index: Annotated[str | None, typer.Option(help="OpenSSL index file (index.txt)")] = None,
    certificates: CertificatesOption = None,
    serial: Annotated[str | None, typer.Option(help="OpenSSL serial file")] = None,
    profile: Annotated[str | None, typer.Option(help="Profile that renewals of the imported certificates use")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the import without changing anything")] = False,
    skip_faulty: Annotated[bool, typer.Option("--skip-faulty", help="Skip rows with errors")] = False,
) -> Exit:
    """Import a CA: certificate, key, and the certificates it issued and revoked. Without a key it stays external.

    Everything is checked before anything is stored. A second run continues where the first one stopped.
    """
    source = _key(key, passphrase_file, backend, backend_key, signature_algorithm)
    ca = _certificates(name, certificate, chain, crl)
    history = read_history(index, certificates or (), _subject(ca), profile, _next_serial(serial))
    report = _check(session, ca, source, history, every_row=dry_run or skip_faulty)
    if skip_faulty:
        history.rows = [row for at, row in enumerate(history.rows) if at not in report.bad]
    is_refused = report.is_refused or bool(report.faults and not skip_faulty)
    if is_refused or dry_run:
        session.show(_document(report, history))
        return Exit.REFUSED if is_refused else Exit.DONE
    return _do(session, ca, source, history, report)


def _do(session: CommandSession, ca: dict[str, object], source: _Key, history: History, report: _Report) -> Exit:
    made = session.post("cas", "import", body=ca)
    refused = _import_rows(session, made["id"], history.rows)
    if refused:
        session.show({**_document(report, history), "ready": False, "faults": refused})
        return Exit.REFUSED
    if source.body is not None:
        body = {**source.body, "signature_algorithm": source.signature_algorithm}
        made = session.post("cas", made["id"], "take-over", body=body)
    session.show({**_document(report, history), "id": made["id"], "name": made["name"], "state": made["state"]})
    return Exit.DONE


def _key(
    key: str | None,
    passphrase_file: str | None,
    backend: str | None,
    backend_key: str | None,
    signature_algorithm: str | None,
) -> _Key:
    if key is not None and backend_key is not None:
        raise InvalidInput.of("--key", "cli.one_key", "cannot be set together with --backend-key")
    if key is None and (passphrase_file is not None or (backend is not None and backend_key is None)):
        raise InvalidInput.of("--key", "cli.one_key", "is required when --passphrase-file or --backend is set")
    if key is None and backend_key is None:
        return _Key(None, signature_algorithm)
    opens = read_first_line(read_input(passphrase_file, "--passphrase-file")) if passphrase_file is not None else None
    body = {
        "private_key": read_object_text(key, "--key") if key is not None else None,
        "passphrase": opens,
        "backend": backend,
        "backend_key_id": backend_key,
    }
    return _Key({name: value for name, value in body.items() if value is not None}, signature_algorithm)


def _certificates(name: str, certificate: str, chain: str | None, crl: str | None) -> dict[str, object]:
    from pki_manager.x509 import pem

    own = pem.read(read_input(certificate, "--certificate"), (pem.CERTIFICATE,), "--certificate")
    above = pem.read_many(read_input(chain, "--chain"), pem.CERTIFICATE, "--chain") if chain is not None else ()
    links = (own, *(der for der in above if der != own))
    body: dict[str, object] = {
        "name": name,
        "certificate_chain": "".join(pem.write(pem.CERTIFICATE, der) for der in links),
    }
    if crl is not None:
        content = read_input(crl, "--crl", _MAX_CRL)
        is_der = content[:1] == b"\x30"
        body["crl"] = base64.b64encode(content).decode("ascii") if is_der else content.decode("ascii", "replace")
    return body


def _subject(ca: dict[str, object]) -> bytes:
    from pki_manager.x509 import parse, pem

    return parse.parse_certificate(
        pem.read_many(str(ca["certificate_chain"]), pem.CERTIFICATE, "--certificate")[0]
    ).subject_der


def _next_serial(path: str | None) -> int | None:
    if path is None:
        return None
    text = read_input(path, "--serial").decode("ascii", "replace").strip()
    try:
        return int(text, 16)
    except ValueError:
        raise InvalidInput.of("--serial", "serial.hex", f"{path!r} does not contain a serial number in hex") from None


def _check(
    session: CommandSession, ca: dict[str, object], source: _Key, history: History, *, every_row: bool
) -> _Report:
    """Return the server's report on the CA and its key. With `every_row` it covers all rows too."""
    answer = session.post("cas", "import", "check", body={**ca, "key": source.body})
    refused = [HistoryFault(f"--{one['field']}", one["rule"], one["message"]) for one in answer["faults"]]
    report = _Report(answer["ca"], is_refused=bool(refused), faults=[*refused, *history.faults])
    without_crl = {name: value for name, value in ca.items() if name != "crl"}
    rows = history.rows if every_row and not refused else []
    for start in range(0, len(rows), _CHECKED_AT_ONCE):
        part = rows[start : start + _CHECKED_AT_ONCE]
        checked = session.post("cas", "import", "check", body={**without_crl, "rows": part})
        report.urls |= set(checked["status_urls"])
        for row in checked["rows"]:
            if row["fault"] is not None:
                report.bad.add(start + row["number"] - 1)
                report.faults.append(HistoryFault(row["reference"], row["fault"]["rule"], row["fault"]["message"]))
    return report


def _document(report: _Report, history: History) -> dict[str, Any]:
    revoked = [row for row in history.rows if "revoked_at" in row]
    return {
        "ready": not report.faults,
        "ca": report.ca,
        "certificates": sum("certificate" in row for row in history.rows),
        "revoked": len(revoked),
        "on_hold": sum(row["reason"] == "certificateHold" for row in revoked),
        "expired_without_certificate": history.gone,
        "left_out": len(report.bad),
        "faults": [fault.to_json() for fault in report.faults],
        "status_urls": sorted(report.urls),
    }


def _import_rows(session: CommandSession, ca: str, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Import the rows by bulk jobs, one after another. Return the errors of the first job that has any, or none."""
    for lines in _parts(ca, rows):
        job = session.upload(
            *("certificates", "bulk"),
            query={"action": "import"},
            content=b"".join(lines),
            media_type="application/x-ndjson",
        )
        job = follow(session, job)
        if job["state"] != "done" or job["rows"]["refused"]:
            return _refused(session, job)
    return []


def _parts(ca: str, rows: Sequence[Row]) -> Iterator[list[bytes]]:
    part: list[bytes] = []
    octets = 0
    for row in rows:
        line = json.dumps({"ca": ca, **row}).encode() + b"\n"
        if part and (len(part) == _ROWS_A_JOB or octets + len(line) > _OCTETS_A_JOB):
            yield part
            part, octets = [], 0
        part.append(line)
        octets += len(line)
    if part:
        yield part


def _refused(session: CommandSession, job: dict[str, Any]) -> list[dict[str, Any]]:
    page = session.pages(
        *("certificates", "bulk", job["id"], "rows"), query={"state": "refused"}, cursor=None, limit=None
    )
    faults = [HistoryFault(row["reference"], row["code"], row["detail"]).to_json() for row in page["items"]]
    return faults or [
        HistoryFault(job["id"], job["state"], "the job did not come to its end: run the same command again").to_json()
    ]
