"""`pkim key`: public keys that nothing is issued for, each by the SHA-256 of its SubjectPublicKeyInfo."""

from __future__ import annotations

from typing import Annotated

import typer

from pki_manager.cli.command import CursorOption, LimitOption, noun, verb
from pki_manager.cli.session import Session

app = noun("key", "Blocked keys")

KeyArgument = Annotated[str, typer.Argument(metavar="SHA256", help="Of the public key (DER), 64 hex digits")]


@verb(app, "block")
def block(
    session: Session,
    key: KeyArgument,
    comment: Annotated[str | None, typer.Option(help="Why, for whoever asks later")] = None,
) -> None:
    """Issue nothing for this key any more; the certificates that have it are named."""
    session.show(session.post("keys", "blocked", body={"spki_sha256": key, "comment": comment}))


@verb(app, "unblock")
def unblock(session: Session, key: KeyArgument) -> None:
    """Take a block back; a compromised key stays blocked."""
    session.show(session.post("keys", "blocked", key, "unblock"))


@verb(app, "blocked")
def blocked(
    session: Session,
    key: Annotated[str | None, typer.Argument(metavar="SHA256", help="Only this one, with its certificates")] = None,
    cursor: CursorOption = None,
    limit: LimitOption = None,
) -> None:
    """All but those of blocked_keys_file, newest first; or one, with the unexpired certificates that still have it."""
    if key is not None:
        session.show(session.get("keys", "blocked", key))
        return
    page = session.pages("keys", "blocked", query={}, cursor=cursor, limit=limit)
    session.show_list(page, "spki_sha256", "reason", "blocked_at", "blocked_by", "certificate", "comment")
