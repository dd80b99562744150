"""A dry run of importing a CA: every error of the CA, its key, and rows of its history. Nothing is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pki_manager.authority.cas.import_ca import ExternalCaFacts, ImportCa, read, require_importable
from pki_manager.authority.cas.import_history import FIELDS, CrlSigner, HistoricCertificate, read_row, require_new
from pki_manager.authority.cas.take_over_ca import KeySource, choose_scheme, find_in_backend, open_source
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.ca import IssuerKey
from pki_manager.domain.errors import Conflict, FieldError, InvalidInput, PkiError, TooLarge
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.unit_of_work import Reader
from pki_manager.x509 import foreign

MAX_ROWS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class RowReport:
    """The result of checking one row. `fault` is None if the row would be accepted.

    `urls` are the status URLs in its certificate.
    """

    number: int
    reference: str | None
    fault: FieldError | None
    urls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """The result of the dry run. The import would succeed if `faults` and the faults of all rows are empty.

    `faults` are the errors of the CA and its key.
    """

    given: ExternalCaFacts | None
    faults: tuple[FieldError, ...]
    rows: tuple[RowReport, ...]


def check_import(
    ctx: Context,
    actor: Actor,
    command: ImportCa,
    source: KeySource | None,
    rows: Sequence[Mapping[str, str]],
) -> ImportReport:
    """Check the import of a CA, its key, and rows of its history, and report every error.

    Raises InvalidInput and TooLarge only if the check itself cannot run; BackendUnavailable if a key backend is
    unavailable.
    """
    access.require(actor, Permission.CA_CREATE)
    if len(rows) > MAX_ROWS:
        raise TooLarge.of("rows", "import.rows", f"must have at most {MAX_ROWS} entries")
    try:
        given = read(command)
    except (InvalidInput, TooLarge) as error:
        return ImportReport(given=None, faults=_faults_of(error), rows=())
    with ctx.ports.storage.read() as reader:
        faults, key = _ca_faults(ctx, reader, command.name, given)
        signer = CrlSigner(given.own.facts.subject_der, given.own.facts.key.spki_der)
        reports = tuple(_row(ctx, reader, given, key, signer, at, row) for at, row in enumerate(rows, 1))
    if source is not None:
        faults += _key_faults(ctx, given, source)
    return ImportReport(given=given, faults=faults, rows=_unrepeated(reports, rows))


def _ca_faults(
    ctx: Context, reader: Reader, name: str, given: ExternalCaFacts
) -> tuple[tuple[FieldError, ...], IssuerKey | None]:
    try:
        return (), require_importable(ctx, reader, name, given)
    except PkiError as error:
        return _faults_of(error), None


def _key_faults(ctx: Context, given: ExternalCaFacts, source: KeySource) -> tuple[FieldError, ...]:
    """Return the errors of the key, including an unknown key backend and a key that the backend does not have."""
    facts = given.own.facts.key
    try:
        opened = open_source(source, facts.spki_der)
        row, _ = choose_scheme(facts.name or facts.description, None)
        backend = source.backend or ctx.config.default_backend
        if opened is not None:
            ctx.ports.signers.get_importing(backend)
        else:
            find_in_backend(ctx, source, row, facts.spki_der)
    except PkiError as error:
        return _faults_of(error)
    return ()


def _row(
    ctx: Context,
    reader: Reader,
    given: ExternalCaFacts,
    key: IssuerKey | None,
    signer: CrlSigner,
    number: int,
    body: Mapping[str, str],
) -> RowReport:
    reference = body.get("reference")
    try:
        unknown = body.keys() - FIELDS - {"reference"}
        if unknown:
            raise InvalidInput.of(min(unknown), "schema.extra_forbidden", "is not a known field")
        past = read_row(body, signer, ctx.ports.clock.now())
        _require_room(reader, given, key, past)
    except PkiError as error:
        return RowReport(number=number, reference=reference, fault=_faults_of(error)[0])
    urls = tuple(foreign.list_status_urls(past.link.der)) if past.link is not None else ()
    return RowReport(number=number, reference=reference, fault=None, urls=urls)


def _require_room(reader: Reader, given: ExternalCaFacts, key: IssuerKey | None, past: HistoricCertificate) -> None:
    if key is not None:
        require_new(reader, key.id, past)
    own = given.own
    is_roots = own.facts.subject_der == own.facts.issuer_der and past.serial == own.facts.serial
    if is_roots and past.link is not None and past.link.der != own.der:
        raise Conflict("The certificate has the same serial number as the CA's own certificate.")


def _unrepeated(reports: Sequence[RowReport], rows: Sequence[Mapping[str, str]]) -> tuple[RowReport, ...]:
    """Return the reports with an error for each row that repeats the serial number of an earlier row."""
    first: dict[str, int] = {}
    unrepeated = []
    for report, row in zip(reports, rows, strict=True):
        serial = row.get("serial_number", "").lower()
        if serial and report.fault is None and first.setdefault(serial, report.number) != report.number:
            message = f"must not repeat the serial number of row {first[serial]}"
            fault = FieldError("serial_number", "import.repeated", message)
            unrepeated.append(RowReport(number=report.number, reference=report.reference, fault=fault))
        else:
            unrepeated.append(report)
    return tuple(unrepeated)


def _faults_of(error: PkiError) -> tuple[FieldError, ...]:
    return error.errors or (FieldError("ca", error.code, error.detail),)
