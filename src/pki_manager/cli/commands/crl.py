"""`pkim crl`: certificate revocation lists."""

from __future__ import annotations

from typing import Annotated

import typer

from pki_manager.cli.command import CursorOption, LimitOption, OutOption, noun, verb
from pki_manager.cli.commands.ca import CaArgument
from pki_manager.cli.files import STDIO, read_object_text, write_output
from pki_manager.cli.session import CommandSession

app = noun("crl")

_CURRENT = "current"
CrlOption = Annotated[str, typer.Option("--id", help="ID of the CRL. Default: the newest")]


@verb(app, "publish")
def publish(session: CommandSession, ca: CaArgument) -> None:
    """Sign and publish a new CRL now."""
    session.show(session.post("cas", ca, "crls"))


@verb(app, "upload")
def upload(
    session: CommandSession,
    ca: Annotated[str, typer.Option("--ca", help="ID or name of an external CA, for example an offline root CA")],
    source: Annotated[str, typer.Option("--in", help="File with the CRL, PEM or DER, - for standard input")],
) -> None:
    """Publish a CRL that was signed elsewhere, at the CRL address of its CA."""
    session.show(session.put("cas", ca, "crls", "external", body={"crl": read_object_text(source, "--in")}))


@verb(app, "list", lists=True)
def list_crls(session: CommandSession, ca: CaArgument, cursor: CursorOption = None, limit: LimitOption = None) -> None:
    """List the CRLs of all keys of a CA, newest first."""
    page = session.pages("cas", ca, "crls", query={}, cursor=cursor, limit=limit)
    session.show_list(page, "id", "shard", "number", "this_update", "next_update", "entries")


@verb(app, "show")
def show(session: CommandSession, ca: CaArgument, crl: CrlOption = _CURRENT) -> None:
    """Show a CRL."""
    session.show(session.get("cas", ca, "crls", crl))


@verb(app, "export", prints=False)
def export(
    session: CommandSession,
    ca: CaArgument,
    crl: CrlOption = _CURRENT,
    form: Annotated[str, typer.Option("--format", help="Format: pem or der")] = "pem",
    out: OutOption = STDIO,
) -> None:
    """Export a CRL to a file."""
    write_output(out or STDIO, session.file("cas", ca, "crls", crl, "export", query={"format": form}))
