"""Errors of the drivers, told in our own words. No exception of SQLAlchemy or below leaves this package."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from pki_manager.domain.errors import Fault, InvalidInput, PkiError, StorageUnavailable

_RETRY_AFTER = 1

FOREIGN = (exc.SQLAlchemyError, UnicodeEncodeError, OverflowError)
"""What SQLAlchemy and the drivers raise; the last two for text and numbers that no column can hold."""


def unavailable(error: BaseException) -> StorageUnavailable:
    """The database is away, full or busy; the driver's words are for the log."""
    held = isinstance(error, exc.DBAPIError) and _is_held(error.orig)
    return StorageUnavailable("the database is not available", held=held, retry_after=_RETRY_AFTER, cause=repr(error))


def _is_held(error: BaseException | None) -> bool:
    """SQLite's SQLITE_BUSY, which its driver tells in words only, or PostgreSQL's lock_not_available."""
    return str(error) == "database is locked" or getattr(error, "sqlstate", None) == "55P03"


def translate(error: Exception) -> PkiError:
    """Ours for one of FOREIGN: away, not storable, or (SQL of ours that is wrong) a Fault."""
    if isinstance(error, exc.DataError | UnicodeEncodeError | OverflowError):
        return InvalidInput("a value holds characters or a number that cannot be stored", cause=repr(error))
    if isinstance(error, exc.IntegrityError | exc.ProgrammingError):
        return Fault(f"the database refused a statement: {error}")
    if isinstance(error, exc.DBAPIError | exc.TimeoutError):
        return unavailable(error)
    return Fault(f"the database layer was used wrongly: {error}")


@contextmanager
def translated() -> Iterator[None]:
    """Run a block with foreign exceptions told in our own words."""
    try:
        yield
    except FOREIGN as error:
        raise translate(error) from error
