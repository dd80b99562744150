"""`pkim key`: the keys of CAs, public keys that nothing is issued for, and the master key."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pki_manager.cli.command import CursorOption, LimitOption, noun, verb
from pki_manager.cli.owner import OwnerFiles, with_owner
from pki_manager.cli.session import Session
from pki_manager.cli.transport import load_settings, local_actor

app = noun("key")

KeyArgument = Annotated[str, typer.Argument(metavar="SHA256", help="Of the public key (DER), 64 hex digits")]


OwnerToken = Annotated[Path | None, typer.Option(help="Token of the key backend's owner")]
OwnerCertificate = Annotated[Path | None, typer.Option(help="Client certificate of the owner, PEM")]
OwnerKey = Annotated[Path | None, typer.Option(help="Its private key, PEM")]
KeyIdArgument = Annotated[str, typer.Argument(metavar="KEY", help="Id of a CA's key")]


@verb(app, "list")
def list_keys(
    session: Session,
    ca: Annotated[str | None, typer.Option(help="Id or name; the keys of all CAs unless told")] = None,
    cursor: CursorOption = None,
    limit: LimitOption = None,
) -> None:
    """Where each CA's keys live, oldest first."""
    page = session.pages("keys", query={"ca": ca}, cursor=cursor, limit=limit)
    session.show_list(page, "id", "ca_name", "number", "state", "key_type", "backend", "last_used", "rotation_due")


@verb(app, "show")
def show(session: Session, key: KeyIdArgument) -> None:
    """One of them, with what still needs it."""
    session.show(session.get("keys", key))


@verb(app, "create")
def create(
    session: Session,
    backend: Annotated[str, typer.Option(help="Key backend")],
    key_type: Annotated[str | None, typer.Option(help="ECDSA-P256 unless told")] = None,
    key: Annotated[str | None, typer.Option(help="The id that it is to have; a new one unless told")] = None,
    owner_token_file: OwnerToken = None,
    owner_certificate_file: OwnerCertificate = None,
    owner_key_file: OwnerKey = None,
) -> None:
    """Make the keys that a CA takes with `ca create --key` or `ca rotate --key`.

    Where a server may only sign, the owner of its key manager does this on its machine, with credentials that it does
    not keep.
    """
    session.as_owner(OwnerFiles(backend, owner_token_file, owner_certificate_file, owner_key_file))
    session.show(session.post("keys", body={"backend": backend, "key_type": key_type, "key": key}))


@verb(app, "destroy")
def destroy(
    session: Session,
    key: KeyIdArgument,
    backend: Annotated[str, typer.Option(help="The key backend that the owner's files are for")] = "",
    owner_token_file: OwnerToken = None,
    owner_certificate_file: OwnerCertificate = None,
    owner_key_file: OwnerKey = None,
) -> None:
    """Erase it in its backend, for good; refused while anything needs it."""
    session.as_owner(OwnerFiles(backend, owner_token_file, owner_certificate_file, owner_key_file))
    session.show(session.post("keys", key, "destroy"))


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


@verb(app, "rewrap")
def rewrap(
    session: Session,
    key_file: Annotated[Path | None, typer.Option(help="The new master key, made where it is missing")] = None,
    passphrase_file: Annotated[Path | None, typer.Option(help="File with the new passphrase, instead")] = None,
    backend: Annotated[str | None, typer.Option(help="Key backend (pkcs11, cosmian) that wraps the key file")] = None,
    owner_token_file: OwnerToken = None,
    owner_certificate_file: OwnerCertificate = None,
    owner_key_file: OwnerKey = None,
) -> None:
    """Seal the keystore under another master key, by default a new one in the same file. Tells what to set then."""
    from pki_manager.bootstrap import change_master_key
    from pki_manager.bootstrap.master_key import NewMasterKey

    settings = load_settings(session.connection)
    owner = OwnerFiles(backend or "", owner_token_file, owner_certificate_file, owner_key_file)
    if owner.is_given:
        settings = with_owner(settings, owner)
    new = NewMasterKey(key_file=key_file, passphrase_file=passphrase_file, backend=backend)
    change = change_master_key(settings, local_actor(settings), new)
    session.show({"kind": change.kind, "records": change.records, **change.settings})
