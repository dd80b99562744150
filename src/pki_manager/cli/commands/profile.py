"""`pkim profile`: certificate profiles."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pki_manager.cli.command import CursorOption, LimitOption, OutOption, noun, verb
from pki_manager.cli.exits import Exit
from pki_manager.cli.files import STDIO, read_input, write_output
from pki_manager.cli.session import CommandSession
from pki_manager.domain.errors import InvalidInput

app = noun("profile")

ProfileArgument = Annotated[str, typer.Argument(metavar="NAME")]
FileOption = Annotated[str, typer.Option("--in", help="File with the definition in YAML or JSON, - for standard input")]


def _definition(path: str) -> dict[str, Any]:
    from pki_manager.cli.yaml_file import read_mapping

    return read_mapping(read_input(path, "--in"), "--in")


@verb(app, "list", lists=True)
def list_profiles(session: CommandSession, cursor: CursorOption = None, limit: LimitOption = None) -> None:
    """List the newest version of each profile."""
    page = session.pages("profiles", query={}, cursor=cursor, limit=limit)
    session.show_list(page, "name", "version", "state", "kind", "validity.default", "validity.maximum", "description")


@verb(app, "show")
def show(
    session: CommandSession,
    profile: ProfileArgument,
    version: Annotated[int | None, typer.Option(min=1, help="Version. Default: the newest")] = None,
    out: OutOption = None,
) -> None:
    """Show a profile. With --out, write its definition as YAML to edit."""
    from pki_manager.cli.yaml_file import write_mapping

    found = session.get("profiles", profile, query={"version": version})
    if out is not None:
        write_output(out, write_mapping({name: value for name, value in found.items() if name != "state"}))
    if out != STDIO:
        session.show(found)


@verb(app, "create")
def create(session: CommandSession, path: FileOption) -> None:
    """Create a profile."""
    session.show(session.post("profiles", body=_definition(path)))


@verb(app, "update")
def update(session: CommandSession, path: FileOption) -> None:
    """Update the profile that the file names. Existing certificates stay bound to their version of the profile."""
    definition = _definition(path)
    name = definition.get("name")
    if not isinstance(name, str) or not name:
        raise InvalidInput.of("name", "profile.name", "is required, because the file does not name a profile")
    session.show(session.put("profiles", name, body=definition))


@verb(app, "retire")
def retire(session: CommandSession, profile: ProfileArgument) -> None:
    """Retire a profile permanently. Its certificates remain valid."""
    session.show(session.post("profiles", profile, "retire"))


@verb(app, "check")
def check(session: CommandSession, path: FileOption) -> Exit:
    """Check a profile definition and report its errors and warnings. Exits with 2 if it would be refused."""
    found = session.post("profiles", "check", body=_definition(path))
    if session.output.is_document:
        session.show(found)
    else:
        session.show_list({"items": found["remarks"]}, "severity", "field", "rule", "message")
    return Exit.DONE if found["sound"] else Exit.USAGE
