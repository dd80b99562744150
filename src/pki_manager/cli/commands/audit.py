"""`pkim audit`: the audit trail."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pki_manager.cli.command import CursorOption, LimitOption, noun, verb
from pki_manager.cli.exits import Exit
from pki_manager.cli.files import read_input, write_output
from pki_manager.cli.session import Session
from pki_manager.cli.transport import load_settings, local_actor, open_local

app = noun("audit")

_MAX_EXPORT = 1 << 32


QueryOption = Annotated[
    str | None, typer.Option(help="Words that must all occur in the action, outcome, object or actor of an event")
]
ActionOption = Annotated[str | None, typer.Option(help="Such as certificate.issued")]
ActorOption = Annotated[str | None, typer.Option(help="An actor's id")]
ObjectOption = Annotated[str | None, typer.Option(help="Id of what was acted on")]
ViaOption = Annotated[str | None, typer.Option(help="The door, such as rest or cli")]
OutcomeOption = Annotated[str | None, typer.Option(help="success, refused or failed")]
SinceOption = Annotated[str | None, typer.Option(help="RFC 3339 time")]


@verb(app, "list")
def list_events(
    session: Session,
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
    """Newest first."""
    where = {"query": query, "action": action, "actor": actor, "object_id": object_id, "via": via, "outcome": outcome}
    page = session.pages("audit", query=where | {"since": since, "until": until}, cursor=cursor, limit=limit)
    session.show_list(page, "time", "action", "outcome", "actor.id", "object.kind", "object.id", "reason")


@verb(app, "export", prints=False)
def export(
    session: Session,
    out: Annotated[str, typer.Option("--out", help="File to write; - is stdout")],
    form: Annotated[str, typer.Option("--format", help="jsonl, which proves itself, or csv")] = "jsonl",
    query: QueryOption = None,
    action: ActionOption = None,
    actor: ActorOption = None,
    object_id: ObjectOption = None,
    via: ViaOption = None,
    outcome: OutcomeOption = None,
    since: SinceOption = None,
    until: SinceOption = None,
) -> None:
    """The events of a time (jsonl), or what a search finds (csv)."""
    where = {"query": query, "action": action, "actor": actor, "object_id": object_id, "via": via, "outcome": outcome}
    parameters = where | {"format": form, "since": since, "until": until}
    write_output(out, session.file("audit", "export", query=parameters))


@verb(app, "verify")
def verify(
    session: Session,
    path: Annotated[str | None, typer.Option("--in", help="An exported stretch instead, on any machine")] = None,
    key_sha256: Annotated[
        str | None, typer.Option(help="With --in: SHA-256 of the key to trust, as `audit verify` tells it at home")
    ] = None,
) -> Exit:
    """Every record, MAC and checkpoint; exit 1 when something does not hold."""
    report = session.get("audit", "verify") if path is None else _verify_file(path, key_sha256)
    session.show(report)
    return Exit.DONE if report["valid"] else Exit.FAULT


def _verify_file(path: str, key_sha256: str | None) -> dict[str, Any]:
    """Without an installation: the file is all that is needed."""
    from dataclasses import asdict

    from pki_manager.authority.audit.range_proof import verify_range

    report = verify_range(read_input(path, "--in", _MAX_EXPORT).splitlines(), key_sha256)
    problems = [asdict(problem) for problem in report.problems]
    return {"valid": report.valid, **asdict(report), "problems": problems}


@verb(app, "checkpoint")
def checkpoint(session: Session) -> None:
    """Sign where every chain stands, now; on the machine itself."""
    from pki_manager.authority.audit.audit_log import write_checkpoint

    with open_local(load_settings(session.connection)) as installation:
        written = write_checkpoint(installation.ctx)
    session.show({"written": written})


@verb(app, "accept-truncation")
def accept_truncation(session: Session) -> None:
    """Go on with a database that is older than its checkpoints, on the machine itself.

    Certificates and revocations of the missing time stay unknown. `pkim audit verify` keeps reporting the gap.
    """
    from pki_manager.authority.audit.audit_log import accept_truncation as accept

    settings = load_settings(session.connection)
    with open_local(settings) as installation:
        accepted = accept(installation.ctx, local_actor(settings))
    session.show({"accepted": accepted})
