"""Copies of the database of an installation in another database, of the same engine or the other.

The source is locked against changes while its rows are read. Every row is read again from the target and compared
before the target becomes usable.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from pki_manager.archive.lines import encode_row
from pki_manager.archive.manifest import Content
from pki_manager.authority.installation.backups import record_copy, require_backup
from pki_manager.bootstrap import Installation
from pki_manager.bootstrap.backup import Progress, ignore_progress
from pki_manager.bootstrap.components import OWNER_CHECK
from pki_manager.bootstrap.database import DATABASE_FILE
from pki_manager.domain.errors import Conflict, InvalidInput, NotFound, StorageUnavailable
from pki_manager.domain.rights.actor import Actor
from pki_manager.storage import database_copy
from pki_manager.storage.comparison import DifferenceKind, Row, compare_rows, format_key
from pki_manager.storage.database_copy import TargetState
from pki_manager.storage.engine import schema
from pki_manager.storage.engine.engines import open_postgresql, open_sqlcipher
from pki_manager.storage.rows import Snapshot, list_kept_tables, open_snapshot

_POSTGRESQL, _FILE = "postgresql+psycopg://", "file://"
_TRIES = 3
_SHOWN = 100
"""Maximum number of differences that are described. All are counted."""


class TableSummary(NamedTuple):
    """A table that is the same in both databases: its rows, and the SHA-256 of them in lower-case hex."""

    rows: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The result of comparing two databases.

    `equal_tables` are the tables without a difference; `shown` are the first differences as text.
    """

    target: str
    equal_tables: Mapping[str, TableSummary]
    differences: int
    shown: tuple[str, ...] = field(default=())

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.equal_tables.values())


def copy_database(
    installation: Installation, actor: Actor, url: str, *, resume: bool, progress: Progress
) -> Comparison:
    """Copy all rows into an empty database, or complete a copy that was interrupted. The server must not run.

    With `resume`, an interrupted copy is continued. Raises Forbidden without the permission; InvalidInput for an
    invalid `url`; Conflict if a server runs, or the target is not empty; StorageUnavailable if one of the databases
    fails.
    """
    require_backup(actor)
    _require_stopped(installation)
    with _open_target(installation, url, "--to", must_exist=False) as target:
        shown = hide_password(url)
        if _prepare(installation, target, shown, resume=resume):
            return _require_equal(installation, target, shown, progress)
        with _saying_how_to_continue(shown):
            with _open_source(installation) as source:
                for table in list_kept_tables():
                    _fill(source, target, table, progress)
            record_copy(installation.ctx, actor, shown)
            with _open_source(installation) as source:
                tables = {table: _complete(source, target, table) for table in list_kept_tables()}
                database_copy.finish(target)
    return Comparison(target=shown, equal_tables=tables, differences=0)


def verify_copy(installation: Installation, actor: Actor, url: str, *, progress: Progress) -> Comparison:
    """Compare all rows with those of another database of this installation.

    Raises Forbidden without the permission; InvalidInput for an invalid `url`; NotFound if the other database does not
    exist; Conflict if it is not one of this installation, or has another schema; StorageUnavailable if one of them
    fails.
    """
    require_backup(actor)
    with _open_target(installation, url, "--against", must_exist=True) as target:
        shown = hide_password(url)
        state, owner = database_copy.find_state(target, OWNER_CHECK), _find_owner(installation)
        if state.is_empty:
            raise Conflict(f"The database {shown} is empty.")
        if not state.is_complete and state.owner == owner:
            raise Conflict(f"The database {shown} is an incomplete copy. {_how_to_continue(shown)}")
        _require_same(state, owner, shown)
        return _compare(installation, target, shown, progress)


def hide_password(url: str) -> str:
    """Return a database URL without its password, for display."""
    return sa.make_url(url).render_as_string(hide_password=True) if url.startswith(_POSTGRESQL) else url


def _require_stopped(installation: Installation) -> None:
    """Take the scheduler lock until the installation is closed.

    Raises Conflict if a running server or another command has it.
    """
    if not installation.scheduler.try_lead():
        raise Conflict(
            "The server of this installation is running, or another command works on its database. Stop the server on "
            "every host, then run the command again."
        )


def _open_source(installation: Installation) -> AbstractContextManager[Snapshot]:
    return open_snapshot(installation.engine, is_exclusive=True)


def _find_owner(installation: Installation) -> str:
    with open_snapshot(installation.engine) as source:
        return source.find_meta(OWNER_CHECK) or ""


def _prepare(installation: Installation, target: sa.Engine, shown: str, *, resume: bool) -> bool:
    """Prepare the target for rows. Returns whether it is already a complete copy.

    Raises Conflict if it contains other rows, or an incomplete copy that is not to be resumed.
    """
    state, owner = database_copy.find_state(target, OWNER_CHECK), _find_owner(installation)
    if state.is_empty:
        database_copy.prepare(target, owner)
        return False
    if resume:
        _require_same(state, owner, shown)
        return state.is_complete
    if not state.is_complete and state.owner == owner:
        raise Conflict(f"The target {shown} is an incomplete copy. {_how_to_continue(shown)}")
    raise Conflict(f"The target {shown} is not empty. Copy into a new database.")


def _require_same(state: TargetState, owner: str, shown: str) -> None:
    if state.owner != owner:
        raise Conflict(f"The database {shown} does not belong to this installation.")
    if state.revision == schema.get_head():
        return
    if state.is_complete:
        raise Conflict(f"The database {shown} has the schema of another version. Run `pkim db upgrade` on it first.")
    raise Conflict(
        f"The copy in {shown} was begun by another version of PKI Manager. Complete it with that version, or copy "
        "into a new database."
    )


def _require_equal(installation: Installation, target: sa.Engine, shown: str, progress: Progress) -> Comparison:
    """Return the comparison with a target that is already a complete copy.

    The last copy ended before it could report this, or the target was used since then. Raises Conflict if rows differ.
    """
    found = _compare(installation, target, shown, progress)
    if found.differences:
        raise Conflict(
            f"The target {shown} is a complete copy that was used, or is older than this database. Copy into a new one."
        )
    return found


def _fill(source: Snapshot, target: sa.Engine, table: str, progress: Progress) -> None:
    """Make the rows of a table in the target equal to those of the source.

    A new copy has no rows yet, and needs no comparison.
    """
    with open_snapshot(target) as found:
        is_new = not found.has_rows(table)
    if is_new:
        _insert(target, table, source.all_rows(table), progress)
    else:
        _, summary = _repair(source, target, table, progress)
        progress(table, summary.rows)


def _complete(source: Snapshot, target: sa.Engine, table: str) -> TableSummary:
    """Repair a table until it equals the source, because the event of the copy was recorded in the meantime.

    Raises StorageUnavailable if it still differs after several attempts.
    """
    for _ in range(_TRIES):
        differences, summary = _repair(source, target, table, ignore_progress)
        if differences == 0:
            return summary
    raise StorageUnavailable(f"The target does not return the rows of {table} as they were written.")


def _repair(source: Snapshot, target: sa.Engine, table: str, progress: Progress) -> tuple[int, TableSummary]:
    """Delete rows that differ, then insert those that are missing. Returns how many differed, and a summary."""
    differences, content = 0, Content()

    def list_unwanted() -> Iterator[tuple[object, ...]]:
        nonlocal differences
        with open_snapshot(target) as found:
            for one in compare_rows(table, _digested(source, table, content), found.all_rows(table)):
                differences += 1
                if one.kind is not DifferenceKind.MISSING:
                    yield one.key

    with database_copy.open_writer(target) as writer:
        writer.delete(table, list_unwanted())
    if differences:
        with open_snapshot(target) as found:
            rows = compare_rows(table, source.all_rows(table), found.all_rows(table))
            _insert(target, table, (one.row for one in rows), progress)
    return differences, _summarize(content)


def _insert(target: sa.Engine, table: str, rows: Iterable[Row], progress: Progress) -> None:
    stored = 0
    with database_copy.open_writer(target) as writer:
        for stored in writer.insert(table, rows):
            progress(table, stored)
    if stored == 0:
        progress(table, 0)


def _compare(installation: Installation, target: sa.Engine, shown: str, progress: Progress) -> Comparison:
    tables, named, differences = {}, [], 0
    with open_snapshot(installation.engine) as source, open_snapshot(target) as found:
        for table in list_kept_tables():
            content, before = Content(), differences
            for one in compare_rows(table, _digested(source, table, content), found.all_rows(table)):
                differences += 1
                if differences <= _SHOWN:
                    named.append(f"{table}: {format_key(table, one.key)} is {one.kind.value}")
            if differences == before:
                tables[table] = _summarize(content)
            progress(table, content.rows)
    return Comparison(target=shown, equal_tables=tables, differences=differences, shown=tuple(named))


def _digested(source: Snapshot, table: str, content: Content) -> Iterator[Row]:
    for row in source.all_rows(table):
        content.update(encode_row(row))
        yield row


def _summarize(content: Content) -> TableSummary:
    return TableSummary(**content.summary())


@contextmanager
def _open_target(installation: Installation, url: str, option: str, *, must_exist: bool) -> Iterator[sa.Engine]:
    if _is_own(installation, url):
        raise InvalidInput.of(option, "db.other_database", "must not be the database that the installation uses")
    if url.startswith(_POSTGRESQL):
        engine = _open_server(url)
    elif url.startswith(f"{_FILE}/"):
        engine = _open_file(installation, _path(url), must_exist=must_exist)
    else:
        message = f"must be a URL such as {_POSTGRESQL}pkim@db.example.com/pkim, or {_FILE}/ and the path of a file"
        raise InvalidInput.of(option, "db.target_url", message)
    try:
        yield engine
    finally:
        engine.dispose()


def _is_own(installation: Installation, url: str) -> bool:
    settings = installation.settings
    if url.startswith(_FILE):
        return settings.database_url is None and _path(url).resolve() == (settings.home / DATABASE_FILE).resolve()
    return settings.database_url is not None and _place(url) == _place(settings.database_url)


def _path(url: str) -> Path:
    return Path(url.removeprefix(_FILE))


def _place(url: str) -> str:
    try:
        return sa.make_url(url).set(username="", password="").render_as_string()
    except sa.exc.ArgumentError:
        return url


def _open_server(url: str) -> sa.Engine:
    try:
        return open_postgresql(url)
    except StorageUnavailable as error:
        raise _extended(error, f"The target cannot be opened. {error.detail}") from error


def _open_file(installation: Installation, path: Path, *, must_exist: bool) -> sa.Engine:
    if must_exist and not path.exists():
        raise NotFound(f"The database {path} does not exist.")
    return open_sqlcipher(path, installation.keystore.secret("database-key", create=not must_exist))


@contextmanager
def _saying_how_to_continue(shown: str) -> Iterator[None]:
    try:
        yield
    except StorageUnavailable as error:
        raise _extended(error, f"{error.detail} The copy is incomplete. {_how_to_continue(shown)}") from error


def _extended(error: StorageUnavailable, detail: str) -> StorageUnavailable:
    return StorageUnavailable(detail, reason=str(error.facts.get("reason", "")))


def _how_to_continue(shown: str) -> str:
    return f"Continue it with `pkim db copy --to '{shown}' --resume`."
