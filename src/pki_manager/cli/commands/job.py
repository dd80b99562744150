"""`pkim job`: background work."""

from __future__ import annotations

from typing import Annotated

import typer

from pki_manager.cli.command import CursorOption, LimitOption, noun, verb
from pki_manager.cli.commands.bulk import ROW_COLUMNS
from pki_manager.cli.session import CommandSession

app = noun("job")

JobArgument = Annotated[str, typer.Argument(metavar="ID")]


@verb(app, "list", lists=True)
def list_jobs(
    session: CommandSession,
    state: Annotated[str | None, typer.Option(help="State: queued, running, done, failed, or cancelled")] = None,
    cursor: CursorOption = None,
    limit: LimitOption = None,
) -> None:
    """List jobs, newest first."""
    page = session.pages("jobs", query={"state": state}, cursor=cursor, limit=limit)
    session.show_list(page, "id", "kind", "state", "run_at", "last_error")


@verb(app, "show")
def show(session: CommandSession, job: JobArgument) -> None:
    """Show a job."""
    session.show(session.get("jobs", job))


@verb(app, "rows", lists=True)
def rows(
    session: CommandSession,
    job: JobArgument,
    state: Annotated[str | None, typer.Option(help="State: received, checked, done, or refused")] = None,
    cursor: CursorOption = None,
    limit: LimitOption = None,
) -> None:
    """List the rows of a bulk job with their results, in the order of the file."""
    page = session.pages("certificates", "bulk", job, "rows", query={"state": state}, cursor=cursor, limit=limit)
    session.show_list(page, *ROW_COLUMNS)


@verb(app, "cancel")
def cancel(session: CommandSession, job: JobArgument) -> None:
    """Cancel a queued or failed job."""
    session.show(session.post("jobs", job, "cancel"))


@verb(app, "retry")
def retry(session: CommandSession, job: JobArgument) -> None:
    """Retry a failed or cancelled job now."""
    session.show(session.post("jobs", job, "retry"))
