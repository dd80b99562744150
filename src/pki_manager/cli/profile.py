"""`pkim profile`: certificate profiles."""

from __future__ import annotations

from typing import Annotated

import typer

from pki_manager.cli.command import CursorOption, LimitOption, noun, verb
from pki_manager.cli.session import Session

app = noun("profile", "Certificate profiles")


@verb(app, "list")
def list_profiles(session: Session, cursor: CursorOption = None, limit: LimitOption = None) -> None:
    """The newest version of each."""
    page = session.pages("profiles", query={}, cursor=cursor, limit=limit)
    session.show_list(page, "name", "version", "kind", "validity.default", "validity.maximum", "description")


@verb(app, "show")
def show(
    session: Session,
    profile: Annotated[str, typer.Argument(metavar="NAME")],
    version: Annotated[int | None, typer.Option(min=1, help="The newest unless told")] = None,
) -> None:
    """One profile."""
    session.show(session.get("profiles", profile, query={"version": version}))
