"""`pkim approval`: acts that wait for the consent of others, and the rules that demand it."""

from __future__ import annotations

from typing import Annotated

import typer

from pki_manager.cli.command import CursorOption, LimitOption, OutOption, noun, verb
from pki_manager.cli.exits import Exit
from pki_manager.cli.files import STDIO, read_input, write_output
from pki_manager.cli.session import Session

app = noun("approval")

ApprovalArgument = Annotated[str, typer.Argument(metavar="ID")]
ReasonOption = Annotated[str, typer.Option(help="Told to everybody, and in the audit trail")]
SeenOption = Annotated[str | None, typer.Option("--sha256", help="Of what you have seen; as it is now unless told")]


@verb(app, "list")
def list_approvals(
    session: Session,
    state: Annotated[str | None, typer.Option(help="waiting, approved, executed, rejected, …")] = None,
    mine: Annotated[bool, typer.Option("--mine", help="Those that I asked for")] = False,
    needs_my_approval: Annotated[bool, typer.Option("--needs-my-approval", help="Those that I can approve")] = False,
    cursor: CursorOption = None,
    limit: LimitOption = None,
) -> None:
    """Newest first; certificate requests are among them."""
    where = {
        "state": state,
        "mine": "true" if mine else None,
        "needs_my_approval": "true" if needs_my_approval else None,
    }
    page = session.pages("approvals", query=where, cursor=cursor, limit=limit)
    session.show_list(page, "id", "state", "operation", "object", "requester_name", "created_at")


@verb(app, "show")
def show(session: Session, approval: ApprovalArgument) -> None:
    """What would be done, and who has consented to it."""
    session.show(session.get("approvals", approval))


@verb(app, "approve")
def approve(session: Session, approval: ApprovalArgument, sha256: SeenOption = None) -> Exit:
    """Consent to exactly that; exit 8 while others still have to."""
    body = {"sha256": _seen(session, approval, sha256)}
    given = session.post("approvals", approval, "approve", body=body)
    session.show(given)
    return Exit.WAITING if given["state"] == "waiting" else Exit.DONE


@verb(app, "withdraw")
def withdraw(session: Session, approval: ApprovalArgument) -> None:
    """Take one's own consent back."""
    session.show(session.post("approvals", approval, "withdraw"))


@verb(app, "reject")
def reject(session: Session, approval: ApprovalArgument, reason: ReasonOption) -> None:
    """Say no, for good."""
    session.show(session.post("approvals", approval, "reject", body={"reason": reason}))


@verb(app, "cancel")
def cancel(session: Session, approval: ApprovalArgument) -> None:
    """Want what one has asked for no longer."""
    session.show(session.post("approvals", approval, "cancel"))


@verb(app, "override")
def override(session: Session, approval: ApprovalArgument, reason: ReasonOption, sha256: SeenOption = None) -> None:
    """Break the glass: do without the others. Everybody will see it."""
    body = {"sha256": _seen(session, approval, sha256), "reason": reason}
    session.show(session.post("approvals", approval, "override", body=body))


@verb(app, "rules")
def rules(
    session: Session,
    path: Annotated[
        str | None,
        typer.Option("--in", help="Put these in their place: YAML or JSON, version and rules; - is stdin"),
    ] = None,
    version: Annotated[int | None, typer.Option(min=0, help="Show this one instead of the newest")] = None,
    out: OutOption = None,
) -> None:
    """The approval rules; with --out as YAML, to edit and hand back with --in.

    Once there are any, somebody else has to approve a change: exit 8, and the same again when that is done.
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


def _seen(session: Session, approval: str, sha256: str | None) -> str:
    told: str = session.get("approvals", approval)["sha256"] if sha256 is None else sha256
    return told
