"""`pkim cert bulk`: a bulk job from a file, followed until all rows have a result."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pki_manager.cli.command import OutOption, verb
from pki_manager.cli.exits import Exit
from pki_manager.cli.files import read_input, write_output
from pki_manager.cli.session import CommandSession
from pki_manager.domain.errors import InvalidInput

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_PATH = ("certificates", "bulk")
_RUNNING = frozenset({"queued", "running"})
_MAX_OCTETS = 32 * 1024 * 1024
_PAUSE = 0.3

ROW_COLUMNS = ("number", "reference", "state", "certificate", "code", "detail")


def register(app: typer.Typer) -> None:
    """Add the command to the group `pkim cert`."""
    verb(app, "bulk")(bulk)


def bulk(
    session: CommandSession,
    action: Annotated[str, typer.Argument(help="Action: issue, renew, revoke, export, or import")],
    source: Annotated[
        str, typer.Option("--in", help="CSV file with a header line, or NDJSON file, - for standard input")
    ],
    ca: Annotated[str | None, typer.Option(help="CA for rows without one")] = None,
    profile: Annotated[str | None, typer.Option(help="Profile for rows without one")] = None,
    validity: Annotated[str | None, typer.Option(help="Validity for rows without one, as an ISO 8601 duration")] = None,
    reason: Annotated[str | None, typer.Option(help="Revocation reason (RFC 5280) for rows without one")] = None,
    wait: Annotated[bool, typer.Option(help="Wait until the job has finished, with progress on stderr")] = True,
    form: Annotated[str, typer.Option("--format", help="Format of --out: pem, der, chain, fullchain, or p7b")] = "pem",
    out: OutOption = None,
) -> Exit:
    """Issue, renew, revoke, or export certificates by the rows of a file. All rows are checked first.

    Exits with 3 if rows were refused (`pkim job rows` lists them). --out takes the certificates as a ZIP archive.
    """
    if out is not None and not wait:
        raise InvalidInput.of("--out", "cli.bulk_wait", "cannot be set together with --no-wait")
    content = read_input(source, "--in", _MAX_OCTETS)
    media_type = "application/x-ndjson" if content.lstrip()[:1] == b"{" else "text/csv"
    query = {"action": action, "ca": ca, "profile": profile, "validity": validity, "reason": reason}
    job = session.upload(*_PATH, query=query, content=content, media_type=media_type)
    if wait:
        job = follow(session, job)
    if out is not None and job["rows"]["done"]:
        write_output(out, session.file(*_PATH, job["id"], "file", query={"format": form}))
    session.show(job)
    return _exit(job)


def _exit(job: dict[str, Any]) -> Exit:
    if job["state"] in _RUNNING:
        return Exit.WAITING
    return Exit.DONE if job["state"] == "done" and not job["rows"]["refused"] else Exit.REFUSED


def follow(session: CommandSession, job: dict[str, Any]) -> dict[str, Any]:
    """Wait until the job has ended, and return it. Interrupting the wait does not stop the job."""
    with _progress(session, job["rows"]["total"]) as (bar, task):
        while job["state"] in _RUNNING:
            if not session.work():
                time.sleep(_PAUSE)
            job = session.get(*_PATH, job["id"])
            rows = job["rows"]
            settled = rows["done"] + rows["refused"] + (rows["checked"] if job["phase"] == "checking" else 0)
            bar.update(task, completed=settled, description=f"{job['phase']} {job['id']}")
    return job


@contextmanager
def _progress(session: CommandSession, total: int) -> Iterator[tuple[Progress, TaskID]]:
    """Yield a progress bar on stderr. It is hidden if stderr is not a terminal or the output is for programs."""
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress

    is_silent = session.output.is_document or not sys.stderr.isatty()
    columns = (*Progress.get_default_columns(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=is_silent) as bar:
        yield bar, bar.add_task("", total=total)
