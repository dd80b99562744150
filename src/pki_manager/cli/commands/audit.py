"""`pkim audit`: the audit log."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pki_manager.cli.command import CursorOption, LimitOption, noun, verb
from pki_manager.cli.exits import Exit
from pki_manager.cli.files import read_input, write_output
from pki_manager.cli.session import CommandSession
from pki_manager.cli.transport import build_local_actor, load_settings, open_local

app = noun("audit")

_MAX_EXPORT = 1 << 32


QueryOption = Annotated[
    str | None, typer.Option(help="Words that must all occur in the action, outcome, target, or actor of an event")
]
ActionOption = Annotated[str | None, typer.Option(help="Action, for example certificate.issued")]
ActorOption = Annotated[str | None, typer.Option(help="ID of the actor")]
ObjectOption = Annotated[str | None, typer.Option(help="ID of the target")]
ViaOption = Annotated[str | None, typer.Option(help="Interface, for example rest or cli")]
OutcomeOption = Annotated[str | None, typer.Option(help="Outcome: success, refused, or failed")]
SinceOption = Annotated[str | None, typer.Option(help="RFC 3339 time")]


@verb(app, "list", lists=True)
def list_events(
    session: CommandSession,
    query: QueryOption = None,
    action: ActionOption = None,
    actor: ActorOption = None,
    object_id: ObjectOption = None,
    via: ViaOption = None,
    outcome: OutcomeOption = None,
    since: SinceOption = None,
    until: SinceOption = None,
    cursor: CursorOption = None,
    limit: LimitOption = None,
) -> None:
    """List audit events, newest first."""
    where = {"query": query, "action": action, "actor": actor, "object_id": object_id, "via": via, "outcome": outcome}
    page = session.pages("audit", query=where | {"since": since, "until": until}, cursor=cursor, limit=limit)
    session.show_list(page, "time", "action", "outcome", "actor.name", "object.kind", "reason")


@verb(app, "export", prints=False)
def export(
    session: CommandSession,
    out: Annotated[str, typer.Option("--out", help="File to write, - for standard output")],
    form: Annotated[str, typer.Option("--format", help="Format: jsonl, which can be verified, or csv")] = "jsonl",
    query: QueryOption = None,
    action: ActionOption = None,
    actor: ActorOption = None,
    object_id: ObjectOption = None,
    via: ViaOption = None,
    outcome: OutcomeOption = None,
    since: SinceOption = None,
    until: SinceOption = None,
) -> None:
    """Export the audit events of a period (jsonl), or those that match the filters (csv)."""
    where = {"query": query, "action": action, "actor": actor, "object_id": object_id, "via": via, "outcome": outcome}
    parameters = where | {"format": form, "since": since, "until": until}
    write_output(out, session.file("audit", "export", query=parameters))


@verb(app, "verify")
def verify(
    session: CommandSession,
    path: Annotated[str | None, typer.Option("--in", help="Exported file to verify instead, on any host")] = None,
    key_sha256: Annotated[
        str | None,
        typer.Option(
            help="SHA-256 of the key to trust with --in, as `audit verify` prints it on the host of the server"
        ),
    ] = None,
) -> Exit:
    """Verify every record, MAC, and checkpoint of the audit log. Exits with 1 if a problem is found."""
    report = session.get("audit", "verify") if path is None else _verify_file(path, key_sha256)
    session.show(report)
    return Exit.DONE if report["valid"] else Exit.FAULT


def _verify_file(path: str, key_sha256: str | None) -> dict[str, Any]:
    """Verify a file of exported audit events without an installation."""
    from dataclasses import asdict

    from pki_manager.authority.audit.range_proof import verify_range

    report = verify_range(read_input(path, "--in", _MAX_EXPORT).splitlines(), key_sha256)
    problems = [asdict(problem) for problem in report.problems]
    return {"valid": report.valid, **asdict(report), "problems": problems}


@verb(app, "checkpoint")
def checkpoint(session: CommandSession) -> None:
    """Sign a checkpoint of the audit log now. Works only on the host of the server."""
    from pki_manager.authority.audit.audit_log import write_checkpoint

    with open_local(load_settings(session.connection)) as installation:
        written = write_checkpoint(installation.ctx)
    session.show({"written": written})


@verb(app, "accept-truncation")
def accept_truncation(session: CommandSession) -> None:
    """Accept that the database is older than its checkpoints. Works only on the host of the server.

    Certificates and revocations of the missing time stay unknown. `pkim audit verify` keeps reporting the gap.
    """
    from pki_manager.authority.audit import audit_log

    settings = load_settings(session.connection)
    with open_local(settings, only_reads=True) as installation:
        accepted = audit_log.accept_truncation(installation.ctx, build_local_actor(settings))
    session.show({"accepted": accepted})
