"""`pkim approval`: operations that require approval, and the approval rules."""

from __future__ import annotations

from typing import Annotated

import typer

from pki_manager.cli.command import CursorOption, LimitOption, OutOption, noun, verb
from pki_manager.cli.exits import Exit
from pki_manager.cli.files import STDIO, read_input, write_output
from pki_manager.cli.session import CommandSession

app = noun("approval")

ApprovalArgument = Annotated[str, typer.Argument(metavar="ID")]
ReasonOption = Annotated[str, typer.Option(help="Reason, visible to the requester and recorded in the audit log")]
SeenOption = Annotated[
    str | None, typer.Option("--sha256", help="SHA-256 of the operation that you have seen. Default: its current one")
]


@verb(app, "list", lists=True)
def list_approvals(
    session: CommandSession,
    state: Annotated[str | None, typer.Option(help="State: waiting, approved, executed, rejected, …")] = None,
    mine: Annotated[bool, typer.Option("--mine", help="Only approvals that you requested")] = False,
    needs_my_approval: Annotated[
        bool, typer.Option("--needs-my-approval", help="Only approvals that you can approve")
    ] = False,
    cursor: CursorOption = None,
    limit: LimitOption = None,
) -> None:
    """List approvals, newest first, including those of certificate requests."""
    where = {
        "state": state,
        "mine": "true" if mine else None,
        "needs_my_approval": "true" if needs_my_approval else None,
    }
    page = session.pages("approvals", query=where, cursor=cursor, limit=limit)
    session.show_list(page, "id", "state", "operation", "requester_name", "created_at")


@verb(app, "show")
def show(session: CommandSession, approval: ApprovalArgument) -> None:
    """Show an operation that requires approval, and the approvals so far."""
    session.show(session.get("approvals", approval))


@verb(app, "approve")
def approve(session: CommandSession, approval: ApprovalArgument, sha256: SeenOption = None) -> Exit:
    """Approve an operation. Exits with 8 while more approvals are required."""
    body = {"sha256": _seen(session, approval, sha256)}
    given = session.post("approvals", approval, "approve", body=body)
    session.show(given)
    return Exit.WAITING if given["state"] == "waiting" else Exit.DONE


@verb(app, "withdraw")
def withdraw(session: CommandSession, approval: ApprovalArgument) -> None:
    """Withdraw your approval of an operation."""
    session.show(session.post("approvals", approval, "withdraw"))


@verb(app, "reject")
def reject(session: CommandSession, approval: ApprovalArgument, reason: ReasonOption) -> None:
    """Reject an operation permanently."""
    session.show(session.post("approvals", approval, "reject", body={"reason": reason}))


@verb(app, "cancel")
def cancel(session: CommandSession, approval: ApprovalArgument) -> None:
    """Cancel an operation that you requested."""
    session.show(session.post("approvals", approval, "cancel"))


@verb(app, "override")
def override(
    session: CommandSession, approval: ApprovalArgument, reason: ReasonOption, sha256: SeenOption = None
) -> None:
    """Override missing approvals (break-glass). Recorded as critical in the audit log."""
    body = {"sha256": _seen(session, approval, sha256), "reason": reason}
    session.show(session.post("approvals", approval, "override", body=body))


@verb(app, "rules")
def rules(
    session: CommandSession,
    path: Annotated[
        str | None,
        typer.Option(
            "--in", help="File with new approval rules in YAML or JSON (version and rules), - for standard input"
        ),
    ] = None,
    version: Annotated[int | None, typer.Option(min=0, help="Version to show. Default: the newest")] = None,
    out: OutOption = None,
) -> None:
    """Show the approval rules. With --out, write them as YAML to edit; with --in, replace them.

    Exits with 8 if the change itself requires approval. After it is approved, run the same command again.
    """
    from pki_manager.cli.yaml_file import read_mapping, write_mapping

    if path is not None:
        found = session.put("approvals", "rules", body=read_mapping(read_input(path, "--in"), "--in"))
    else:
        found = session.get("approvals", "rules", query={"version": version})
    if out is not None:
        write_output(out, write_mapping(found))
    if out != STDIO:
        session.show(found)


def _seen(session: CommandSession, approval: str, sha256: str | None) -> str:
    hash_seen: str = session.get("approvals", approval)["sha256"] if sha256 is None else sha256
    return hash_seen
