"""`pkim key`: the keys of CAs, blocked keys, and the master key."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pki_manager.cli.command import CursorOption, LimitOption, noun, verb
from pki_manager.cli.owner import OwnerFiles, add_owner
from pki_manager.cli.session import CommandSession
from pki_manager.cli.transport import build_local_actor, load_settings

app = noun("key")

KeyArgument = Annotated[str, typer.Argument(metavar="SHA256", help="SHA-256 of the public key (DER), 64 hex digits")]


OwnerToken = Annotated[Path | None, typer.Option(help="File with a token of the key owner")]
OwnerCertificate = Annotated[Path | None, typer.Option(help="File with a client certificate of the key owner, PEM")]
OwnerKey = Annotated[Path | None, typer.Option(help="File with the private key of the client certificate, PEM")]
KeyIdArgument = Annotated[str, typer.Argument(metavar="KEY", help="ID of a CA key")]


@verb(app, "list", lists=True)
def list_keys(
    session: CommandSession,
    ca: Annotated[str | None, typer.Option(help="ID or name of the CA. Default: all CAs")] = None,
    cursor: CursorOption = None,
    limit: LimitOption = None,
) -> None:
    """List the keys of CAs and their key backends, oldest first."""
    page = session.pages("keys", query={"ca": ca}, cursor=cursor, limit=limit)
    session.show_list(page, "id", "ca_name", "number", "state", "key_type", "rotation_due")


@verb(app, "show")
def show(session: CommandSession, key: KeyIdArgument) -> None:
    """Show a CA key and what depends on it."""
    session.show(session.get("keys", key))


@verb(app, "create")
def create(
    session: CommandSession,
    backend: Annotated[str, typer.Option(help="Key backend")],
    key_type: Annotated[str | None, typer.Option(help="Key type. Default: ECDSA-P256")] = None,
    key: Annotated[str | None, typer.Option(help="ID of the new key. Default: a new ID")] = None,
    owner_token_file: OwnerToken = None,
    owner_certificate_file: OwnerCertificate = None,
    owner_key_file: OwnerKey = None,
) -> None:
    """Create the keys that `ca create --key` or `ca rotate --key` uses.

    If the server may only sign with its KMS, the key owner runs this command on their own host, with their own
    credentials.
    """
    session.as_owner(OwnerFiles(backend, owner_token_file, owner_certificate_file, owner_key_file))
    session.show(session.post("keys", body={"backend": backend, "key_type": key_type, "key": key}))


@verb(app, "destroy")
def destroy(
    session: CommandSession,
    key: KeyIdArgument,
    backend: Annotated[str, typer.Option(help="Key backend of the key owner's credentials")] = "",
    owner_token_file: OwnerToken = None,
    owner_certificate_file: OwnerCertificate = None,
    owner_key_file: OwnerKey = None,
) -> None:
    """Destroy a CA key in its key backend permanently. Refused while anything depends on the key."""
    session.as_owner(OwnerFiles(backend, owner_token_file, owner_certificate_file, owner_key_file))
    session.show(session.post("keys", key, "destroy"))


@verb(app, "block")
def block(
    session: CommandSession,
    key: KeyArgument,
    comment: Annotated[str | None, typer.Option(help="Reason for the block")] = None,
) -> None:
    """Block a public key, and list its existing certificates. No certificate is issued for a blocked key."""
    session.show(session.post("keys", "blocked", body={"spki_sha256": key, "comment": comment}))


@verb(app, "unblock")
def unblock(session: CommandSession, key: KeyArgument) -> None:
    """Unblock a public key. A key that is blocked because it was compromised stays blocked."""
    session.show(session.post("keys", "blocked", key, "unblock"))


@verb(app, "blocked", lists=True)
def blocked(
    session: CommandSession,
    key: Annotated[
        str | None, typer.Argument(metavar="SHA256", help="SHA-256 of the only key to show, with its certificates")
    ] = None,
    cursor: CursorOption = None,
    limit: LimitOption = None,
) -> None:
    """List blocked keys, newest first, or show one with its certificates. Omits those of blocked_keys_file."""
    if key is not None:
        session.show(session.get("keys", "blocked", key))
        return
    page = session.pages("keys", "blocked", query={}, cursor=cursor, limit=limit)
    session.show_list(page, "spki_sha256", "reason", "blocked_at")


@verb(app, "rewrap")
def rewrap(
    session: CommandSession,
    key_file: Annotated[Path | None, typer.Option(help="File with the new master key. Created if missing")] = None,
    passphrase_file: Annotated[
        Path | None, typer.Option(help="File with the new passphrase, instead of a key file")
    ] = None,
    backend: Annotated[str | None, typer.Option(help="Key backend (pkcs11 or cosmian) that wraps the key file")] = None,
    owner_token_file: OwnerToken = None,
    owner_certificate_file: OwnerCertificate = None,
    owner_key_file: OwnerKey = None,
) -> None:
    """Re-encrypt the keystore with a new master key. Prints the settings to change."""
    from pki_manager.bootstrap import change_master_key
    from pki_manager.bootstrap.master_key import NewMasterKey

    settings = load_settings(session.connection)
    owner = OwnerFiles(backend or "", owner_token_file, owner_certificate_file, owner_key_file)
    if owner.is_given:
        settings = add_owner(settings, owner)
    new = NewMasterKey(key_file=key_file, passphrase_file=passphrase_file, backend=backend)
    change = change_master_key(settings, build_local_actor(settings), new)
    session.show({"kind": change.kind, "records": change.records, **change.settings})
