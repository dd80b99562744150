"""`pkim backup`: encrypted backups of the whole installation. The commands work only on the host itself."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from pki_manager.cli.command import noun, verb
from pki_manager.cli.exits import Exit
from pki_manager.cli.files import STDIO, read_input
from pki_manager.cli.output import warn
from pki_manager.cli.progress import choose_progress
from pki_manager.cli.session import CommandSession
from pki_manager.cli.transport import (
    build_local_actor,
    get_environment,
    load_settings,
    open_local,
    require_local,
    restore_home,
)
from pki_manager.domain.errors import InvalidInput

if TYPE_CHECKING:
    from pki_manager.archive.keys import DecryptionKey, EncryptionKey
    from pki_manager.archive.manifest import ManifestHeader
    from pki_manager.authority.installation.backups import BackupFile
    from pki_manager.bootstrap.backup_stores import StoredBackup

app = noun("backup")

_PASSPHRASE, _RECIPIENT, _IDENTITY = "--passphrase-file", "--recipient", "--identity"

PassphraseOption = Annotated[
    Path | None, typer.Option(_PASSPHRASE, help="File with a passphrase of at least 12 characters, mode 0600")
]
IdentityOption = Annotated[
    Path | None, typer.Option(_IDENTITY, help="File with the age identity of a recipient, mode 0600")
]
FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="Backup file")]


@verb(app, "create")
def create(
    session: CommandSession,
    out: Annotated[str | None, typer.Option("--out", help="File to write; - is stdout")] = None,
    to: Annotated[
        str | None, typer.Option("--to", help="Backup target of the settings, which also has the key")
    ] = None,
    passphrase_file: PassphraseOption = None,
    recipient: Annotated[
        Path | None, typer.Option(_RECIPIENT, help="File with age recipients (age1…), one per line")
    ] = None,
) -> None:
    """Write a backup of database, keystore, checkpoints, and settings. The server can keep running."""
    from pki_manager.bootstrap.backup import create_backup, stream_backup

    if to is not None:
        _create_in_target(session, to, {"--out": out, _PASSPHRASE: passphrase_file, _RECIPIENT: recipient})
        return
    if out is None:
        raise InvalidInput.of("--out", "backup.one_place", "is required unless --to is specified")
    settings = load_settings(session.connection)
    key = _encryption_key(passphrase_file, recipient)
    actor, report = build_local_actor(settings), choose_progress(session.output)
    with open_local(settings) as installation:
        if out == STDIO:
            stream_backup(installation, actor, sys.stdout.buffer, key, progress=report)
            return
        made = create_backup(installation, actor, Path(out), key, progress=report)
    session.show({"file": out, **_of_file(made)})


def _create_in_target(session: CommandSession, name: str, others: Mapping[str, object]) -> None:
    from pki_manager.bootstrap.backup_targets import create_in_target, find_target, prune_target

    if given := [option for option, value in others.items() if value is not None]:
        raise InvalidInput.of(
            given[0], "backup.one_place", "cannot be used with --to: the target has its own place and key"
        )
    settings = load_settings(session.connection)
    target, actor = find_target(settings, name), build_local_actor(settings)
    with open_local(settings) as installation:
        place, made = create_in_target(installation, actor, target, progress=choose_progress(session.output))
        pruned = prune_target(installation, actor, target)
    session.show({"file": place, "target": name, **_of_file(made), "pruned": [one.name for one in pruned]})


@verb(app, "list", lists=True)
def list_backups(session: CommandSession) -> None:
    """List the backups in all targets, newest first."""
    from pki_manager.bootstrap.backup_targets import list_stored

    settings = load_settings(session.connection)
    items = [_of_stored(one) for target in settings.backup_targets for one in list_stored(settings, target)]
    session.show_list({"items": items, "next_cursor": None}, "target", "time", "octets", "file")


@verb(app, "download")
def download(
    session: CommandSession,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the backup, as in its place")],
    source: Annotated[str, typer.Option("--from", help="Backup target of the settings")],
    out: Annotated[Path, typer.Option("--out", help="File to write")],
) -> None:
    """Copy a backup from a target to a file, for verify and restore. It stays encrypted."""
    from pki_manager.bootstrap import backup_targets

    settings = load_settings(session.connection, may_be_missing=True)
    octets = backup_targets.download(settings, backup_targets.find_target(settings, source), name, out)
    session.show({"file": str(out), "target": source, "octets": octets})


@verb(app, "prune", lists=True)
def prune(session: CommandSession) -> None:
    """Delete all but the newest backups of each target (setting backup_keep). The last good backup always stays."""
    from pki_manager.bootstrap.backup_targets import prune_target

    settings = load_settings(session.connection)
    actor = build_local_actor(settings)
    with open_local(settings) as installation:
        pruned = [one for target in settings.backup_targets for one in prune_target(installation, actor, target)]
    items = [_of_stored(one) for one in pruned]
    session.show_list({"items": items, "next_cursor": None}, "target", "time", "octets", "file")


def _of_stored(backup: StoredBackup) -> dict[str, Any]:
    time = backup.created_at.isoformat()
    return {"target": backup.target, "time": time, "octets": backup.octets, "file": backup.place}


@verb(app, "verify")
def verify(
    session: CommandSession,
    file: FileArgument,
    passphrase_file: PassphraseOption = None,
    identity: IdentityOption = None,
    scratch: Annotated[
        Path | None, typer.Option(help="Directory that the scratch directory is created in. Default: TMPDIR")
    ] = None,
) -> Exit:
    """Restore a backup into a scratch directory, verify its audit log, and compare its keys; exit 1 for a fault."""
    from pki_manager.bootstrap.verify import verify_backup

    require_local(session.connection)
    key, field = _decryption_key(passphrase_file, identity)
    actor = build_local_actor(None)
    with _opened(file) as source:
        found = verify_backup(
            source,
            key,
            get_environment(),
            field=field,
            actor=actor,
            progress=choose_progress(session.output),
            scratch=scratch,
        )
    faults = [f"{fault.subject}: {fault.message}" for fault in found.faults if fault.is_known]
    unknown = [f"{fault.subject}: {fault.message}" for fault in found.faults if not fault.is_known]
    problems = [f"audit log, {one.chain}, number {one.seq}: {one.message}" for one in found.audit.problems]
    document = {"valid": found.passed, **_of_header(found.header), "rows": sum(found.rows.values())}
    document |= {"audit_events": found.audit.events, "faults": faults + problems, "not_compared": unknown}
    session.show(document)
    return Exit.DONE if found.passed else Exit.FAULT


@verb(app, "restore")
def restore(
    session: CommandSession,
    file: FileArgument,
    passphrase_file: PassphraseOption = None,
    identity: IdentityOption = None,
    database_url: Annotated[
        str | None,
        typer.Option(help="Empty PostgreSQL database to restore into. Default: PKIM_DATABASE_URL, or a file in --home"),
    ] = None,
) -> None:
    """Restore a backup into a data directory that is empty or does not exist. The key file is part of the backup."""
    from pki_manager.bootstrap.restore import RestoreTarget, restore_backup

    key, field = _decryption_key(passphrase_file, identity)
    environ = get_environment()
    home, url = restore_home(session.connection), database_url or environ.get("PKIM_DATABASE_URL") or None
    with _opened(file) as source:
        target = RestoreTarget(home=home, database_url=url, environ=environ)
        done = restore_backup(
            source, key, target, field=field, actor_of=build_local_actor, progress=choose_progress(session.output)
        )
    _remind(done.header, environ)
    session.show({"home": str(home), **_of_header(done.header), "rows": sum(done.rows.values())})


def _remind(header: ManifestHeader, environ: Mapping[str, str]) -> None:
    missing = [name for name in header.environment if not environ.get(f"PKIM_{name.upper()}")]
    for name in missing:
        warn(f"The server had the setting PKIM_{name.upper()}={header.environment[name]}, which is not set here.")
    if header.master_key in ("passphrase", "credential"):
        warn("The backup does not hold the master passphrase or credential. Keep it available to the server.")


def _encryption_key(passphrase_file: Path | None, recipient: Path | None) -> EncryptionKey:
    from pki_manager.archive.keys import parse_passphrase, parse_recipients

    _require_one({_PASSPHRASE: passphrase_file, _RECIPIENT: recipient})
    if passphrase_file is not None:
        return parse_passphrase(_secret(passphrase_file, "passphrase file"), _PASSPHRASE)
    return parse_recipients(read_input(str(recipient), _RECIPIENT), _RECIPIENT)


def _decryption_key(passphrase_file: Path | None, identity: Path | None) -> tuple[DecryptionKey, str]:
    """Return the decryption key and the option that it came from. Raises InvalidInput unless exactly one is set."""
    from pki_manager.archive.keys import parse_identities, parse_passphrase

    _require_one({_PASSPHRASE: passphrase_file, _IDENTITY: identity})
    if passphrase_file is not None:
        return parse_passphrase(_secret(passphrase_file, "passphrase file"), _PASSPHRASE), _PASSPHRASE
    return parse_identities(_secret(Path(str(identity)), "identity file"), _IDENTITY), _IDENTITY


def _require_one(options: Mapping[str, Path | None]) -> None:
    if sum(value is not None for value in options.values()) != 1:
        names = " or ".join(options)
        raise InvalidInput.of(next(iter(options)), "backup.one_key", f"is required; specify exactly one of {names}")


def _secret(path: Path, what: str) -> bytes:
    from pki_manager.signers.private_file import read_private

    return read_private(path, what)


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise InvalidInput.of("FILE", "file.read", f"{str(path)!r} cannot be read: {error.strerror}") from None
    with file:
        yield file


def _of_file(file: BackupFile) -> dict[str, Any]:
    return {"id": file.id, "time": file.time, "octets": file.octets, "sha256": file.sha256}


def _of_header(header: ManifestHeader) -> dict[str, Any]:
    return {
        "id": header.id,
        "time": header.created_at,
        "version": header.version,
        "node": header.node,
        "engine": header.engine,
        "master_key": header.master_key,
        "audit_heads": [f"{chain}: {seq}" for chain, seq, _ in header.audit_heads],
    }
