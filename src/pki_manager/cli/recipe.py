"""`pkim recipe`: configuration to paste for the clients of a CA."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Annotated, Any

import typer

from pki_manager.cli.output import Output
from pki_manager.cli.session import CommandSession
from pki_manager.domain.errors import NotFound

_SOURCES = {"tested": "run by the tests of PKI Manager", "vendor": "from the vendor's documentation"}


def recipe(
    session: CommandSession,
    ca: Annotated[str, typer.Option(help="ID or name of the CA")],
    profile: Annotated[str, typer.Option(help="Name of the certificate profile")],
    client: Annotated[str | None, typer.Argument(help="Client, for example certbot. Default: list all clients")] = None,
    key: Annotated[str | None, typer.Option(help="ID of an EAB key. Default: a placeholder")] = None,
    host: Annotated[str | None, typer.Option(help="Host name to certify. Default: www.example.com")] = None,
) -> None:
    """Print configuration for a client, with the URL, CA, profile, and key ID of this installation."""
    found = session.get("recipes", query={"ca": ca, "profile": profile, "key": key, "host": host})
    if client is None:
        session.show_list(found | {"next_cursor": None}, "client", "label", "source")
        return
    selected = _select(found["items"], client)
    if session.output is not Output.TABLE:
        session.show({"prepare": found["prepare"], **selected})
        return
    print(f"# {selected['label']}: {_SOURCES[selected['source']]}.")
    print("# On the client, verify and trust the root certificate first:")
    print("".join(f"#   {line}\n" for line in found["prepare"].splitlines()))
    print(selected["text"], end="")


def _select(items: Sequence[Mapping[str, Any]], client: str) -> Mapping[str, Any]:
    by_name = {item["client"]: item for item in items}
    if client not in by_name:
        close = get_close_matches(client, by_name, n=1)
        hint = f"Did you mean {close[0]!r}? " if close else ""
        raise NotFound(f"Recipe {client!r} not found. {hint}Available: {', '.join(by_name)}.")
    return by_name[client]
