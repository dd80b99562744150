"""`pkim login`, `logout`, and `context`: stored servers, so that commands need no connection options."""

from __future__ import annotations

import getpass
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from pki_manager.cli import contexts
from pki_manager.cli.command import noun, verb
from pki_manager.cli.contexts import LOCAL, Contexts, ServerContext
from pki_manager.cli.device_login import sign_in_by_device_code
from pki_manager.cli.session import CommandSession
from pki_manager.cli.transport import get_environment, read_token
from pki_manager.domain.errors import InvalidInput

app = noun("context")


def login(
    session: CommandSession,
    server: Annotated[str, typer.Argument(metavar="URL", help="Base URL, for example https://pki.example.com:8443")],
    name: Annotated[str | None, typer.Option(help="Name of the context. Default: the host name")] = None,
    device: Annotated[
        bool | None,
        typer.Option(
            "--device/--paste-token",
            help="Confirm a code in the web UI, or enter an API token. Default: a code on a terminal, otherwise the "
            "token on standard input",
        ),
    ] = None,
    role: Annotated[str | None, typer.Option(help="Role of the token. Default: your choice in the web UI")] = None,
    expires: Annotated[
        str | None,
        typer.Option(help="Lifetime of the token as an ISO 8601 duration. Default: your choice in the web UI"),
    ] = None,
) -> None:
    """Sign in to a server, and use this server from now on.

    The command shows a code. Enter it in the web UI, where you choose the role and the lifetime of the API token that
    the command gets. Alternatively, create a token in the web UI under API tokens, and pass it with --token-file,
    --paste-token, or on standard input. The token is stored in a file that only you can read. Pass the trust anchors of
    the server with --ca-file.
    """
    pem = _read_anchors(session.connection.ca_file)
    token = read_token(session.connection.token_file)
    if token is None:
        by_device = sys.stdin.isatty() if device is None else device
        token = _get_device_token(session, server, role, expires) if by_device else _ask_token()
    found = ServerContext(server, token, pem)
    with CommandSession(replace(session.connection, url=server, token=token, token_file=None)) as check:
        user = check.get("me")
    chosen = name or urlsplit(server).hostname or server
    path = _file()
    contexts.write(path, contexts.read(path).put(chosen, found))
    session.show({"context": chosen, "url": server, "signed_in_as": user["name"]})


def logout(
    session: CommandSession,
    name: Annotated[str | None, typer.Argument(metavar="CONTEXT", help="Context. Default: the current one")] = None,
) -> None:
    """Remove a context and its API token from this machine.

    The token stays valid on the server. To end it, run `pkim token revoke` before.
    """
    path = _file()
    found = contexts.read(path)
    chosen = _require_name(name or found.current)
    contexts.write(path, found.drop(chosen))
    session.show({"removed": chosen, "context": found.drop(chosen).current or LOCAL})


@verb(app, "list", lists=True)
def list_contexts(session: CommandSession) -> None:
    """List contexts. The installation on this machine is always one of them."""
    found = contexts.read(_file())
    rows = [_row(found, LOCAL), *(_row(found, name) for name in found.servers)]
    session.show_list({"items": rows, "next_cursor": None}, "name", "current", "url")


@verb(app, "use")
def use(session: CommandSession, name: Annotated[str, typer.Argument(metavar="CONTEXT", help="Context")]) -> None:
    """Select the context that commands use. `local` is the installation on this machine."""
    path = _file()
    found = contexts.read(path).use(name)
    contexts.write(path, found)
    session.show(_row(found, name))


@verb(app, "show")
def show(
    session: CommandSession,
    name: Annotated[str | None, typer.Argument(metavar="CONTEXT", help="Context. Default: the current one")] = None,
) -> None:
    """Show a context without its API token.

    Options, PKIM_URL, and PKIM_HOME take precedence over the current context.
    """
    found = contexts.read(_file())
    session.show(_row(found, name or found.current or LOCAL))


def _row(found: Contexts, name: str) -> dict[str, object]:
    is_current = (found.current or LOCAL) == name
    return {"name": name, "current": is_current, "url": None if name == LOCAL else found.get(name).url}


def _file() -> Path:
    return contexts.find_file(get_environment())


def _require_name(name: str | None) -> str:
    if name is None:
        raise InvalidInput.of("CONTEXT", "cli.required", "is required, because no context is in use")
    return name


def _get_device_token(session: CommandSession, server: str, role: str | None, expires: str | None) -> str:
    anonymous = replace(session.connection, url=server, token="", token_file=None)
    with CommandSession(anonymous) as unauthenticated:
        return sign_in_by_device_code(unauthenticated, role, expires)


def _ask_token() -> str:
    typed = getpass.getpass("API token (not shown): ") if sys.stdin.isatty() else sys.stdin.readline()
    token = typed.strip()
    if not token or not token.isprintable():
        raise InvalidInput.of("--token-file", "token.form", "is required: standard input has no API token")
    return token


def _read_anchors(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        return path.read_text(encoding="ascii")
    except (OSError, ValueError):
        raise InvalidInput.of("--ca-file", "file.read", f"cannot be read from {str(path)!r}") from None
