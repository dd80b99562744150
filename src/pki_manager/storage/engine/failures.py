"""Translation of driver errors. No exception of SQLAlchemy or a driver leaves the package `storage`."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from pki_manager.domain.errors import Fault, InvalidInput, PkiError, StorageUnavailable

_RETRY_AFTER = 1

_log = logging.getLogger(__name__)

FOREIGN = (exc.SQLAlchemyError, UnicodeEncodeError, OverflowError)
"""Exceptions of SQLAlchemy and the drivers. The last two are for text and numbers that no column can store."""


def build_unavailable(error: BaseException) -> StorageUnavailable:
    """Return the error for a database that cannot be used now. Its detail states the cause."""
    held = isinstance(error, exc.DBAPIError) and _is_held(error.orig)
    reason = _first_line(error.orig if isinstance(error, exc.DBAPIError) and error.orig is not None else error)
    cause = _cause(reason)
    if not held:
        _log.warning("database unavailable", extra={"cause": cause, "reason": reason})
    text = "The database is unavailable" + (f": {cause}." if cause else ".")
    return StorageUnavailable(text, held=held, retry_after=_RETRY_AFTER, cause=repr(error), reason=reason)


_CAUSES = (
    (r"synchronous standby", "the commit is on the primary server only"),
    (r"disk is full|no space left", "the disk is full"),
    (r"readonly|read-only", "the file system or database is read-only"),
    (r"disk i/o error|unable to open database file", "its file cannot be read or written"),
    (r"database is locked|lock timeout", "another process holds it"),
    (r"authentication failed|no password supplied|no pg_hba.conf entry|role .* does not exist", "access was denied"),
    (r"database .* does not exist", "there is no database of that name"),
    (r"ssl|certificate", "the TLS connection failed"),
    (r"translate host name|name or service not known|temporary failure in name", "its host name was not found"),
    (r"no such file or directory", "its socket was not found"),
    (r"connection refused", "the connection was refused"),
    (r"no route to host|network is unreachable", "its host cannot be reached"),
    (r"timeout|timed out|deadline", "it timed out"),
    (r"starting up|shutting down|administrator command", "the server is starting or stopping"),
    (r"too many|remaining connection slots|queuepool limit", "there are too many connections"),
)
"""Patterns of driver messages, and the cause that is shown for each. The first match counts."""


def _cause(reason: str) -> str:
    lowered = reason.lower()
    return next((cause for pattern, cause in _CAUSES if re.search(pattern, lowered)), "")


def _first_line(error: BaseException) -> str:
    """Return the first line of a driver's message.

    It can contain names of hosts, users, and databases, but no password.
    """
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def _is_held(error: BaseException | None) -> bool:
    """Return whether another session holds a lock that the statement needs.

    That is SQLITE_BUSY, which SQLite's driver reports only as text, or PostgreSQL's lock_not_available or
    deadlock_detected.
    """
    return str(error) == "database is locked" or getattr(error, "sqlstate", None) in ("55P03", "40P01")


def translate(error: Exception) -> PkiError:
    """Return the PKI Manager error for an exception in FOREIGN.

    The results are StorageUnavailable, InvalidInput for a value that cannot be stored, or Fault for an invalid
    statement.
    """
    if isinstance(error, exc.DataError | UnicodeEncodeError | OverflowError):
        return InvalidInput(
            "A value contains characters or a number that the database cannot store.", cause=repr(error)
        )
    if isinstance(error, exc.IntegrityError | exc.ProgrammingError):
        return Fault(f"The database refused a statement: {error}.")
    if isinstance(error, exc.DBAPIError | exc.TimeoutError):
        return build_unavailable(error)
    return Fault(f"The database layer was used incorrectly: {error}.")


@contextmanager
def translate_errors() -> Iterator[None]:
    """Run a block and translate exceptions of the driver and SQLAlchemy."""
    try:
        yield
    except FOREIGN as error:
        raise translate(error) from error
