"""`pkim trust`: root certificates on this machine, without an installation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from pki_manager.cli import trust_stores
from pki_manager.cli.command import noun, verb
from pki_manager.cli.exits import Exit
from pki_manager.cli.files import read_input, write_output
from pki_manager.cli.output import Output
from pki_manager.cli.session import CommandSession
from pki_manager.cli.transport import get_environment
from pki_manager.cli.trust_fetch import fetch_root, require_fingerprint, require_root
from pki_manager.domain.errors import InvalidInput, NotFound
from pki_manager.domain.trust.fingerprint import format_groups, format_words

app = noun("trust")


class StoreKind(StrEnum):
    """A kind of truststore."""

    SYSTEM = "system"
    NSS = "nss"
    JAVA = "java"


_Fingerprint: TypeAlias = Annotated[
    str, typer.Option(help="SHA-256 fingerprint of the root certificate, 64 hexadecimal digits")
]
_OptionalFingerprint: TypeAlias = Annotated[
    str | None, typer.Option(help="SHA-256 fingerprint of the root certificate, 64 hexadecimal digits")
]
_File: TypeAlias = Annotated[str | None, typer.Argument(help="File with the root certificate, PEM or DER")]
_Stores: TypeAlias = Annotated[
    list[StoreKind] | None,
    typer.Option("--store", help="Kind of truststore. Can be repeated. Default: every kind that this machine has"),
]


@dataclass(frozen=True, slots=True)
class _Root:
    fingerprint: bytes
    der: bytes | None = None


@verb(app, "fetch")
def fetch(
    session: CommandSession,
    fingerprint: _Fingerprint,
    out: Annotated[str, typer.Option(help="File to write, - for standard output")],
) -> None:
    """Download a root certificate, and write it only if it has the expected fingerprint.

    --url is the URL of the status listener, for example http://pki.example.com:8081. Exits with 3 if the fingerprint
    is another one.
    """
    from pki_manager.x509.export import encode_certificate_pem

    der = require_root(fetch_root(_require_url(session), require_fingerprint(fingerprint)), "--url")
    write_output(out, encode_certificate_pem(der).encode("ascii"))
    if out != "-":
        session.show(_describe(sha256(der).digest()) | {"file": out})


@verb(app, "install")
def install(
    session: CommandSession, file: _File = None, fingerprint: _OptionalFingerprint = None, store: _Stores = None
) -> None:
    """Trust a root certificate on this machine: in the system's store, in NSS (Chromium, Firefox), and in Java.

    Pass a file, or --url with --fingerprint to download and verify the certificate first. Stores of the system and of
    Java require root. Can be repeated.
    """
    from pki_manager.x509.export import encode_certificate_pem

    root = _find_root(file, fingerprint)
    stores = _require_stores(store)
    if root.der is None:
        root = _Root(root.fingerprint, require_root(fetch_root(_require_url(session), root.fingerprint), "--url"))
    text = encode_certificate_pem(root.der or b"")
    for one in stores:
        one.add(text, root.fingerprint)
    _show_state(session, stores, root.fingerprint)


@verb(app, "uninstall")
def uninstall(
    session: CommandSession, file: _File = None, fingerprint: _OptionalFingerprint = None, store: _Stores = None
) -> None:
    """Remove a root certificate that pkim installed from the truststores of this machine. Can be repeated."""
    root = _find_root(file, fingerprint)
    stores = _require_stores(store)
    for one in stores:
        one.remove(root.fingerprint)
    _show_state(session, stores, root.fingerprint)


@verb(app, "status")
def status(
    session: CommandSession, file: _File = None, fingerprint: _OptionalFingerprint = None, store: _Stores = None
) -> Exit:
    """Show which truststores of this machine contain a root certificate that pkim installed.

    Exits with 4 if none contains it.
    """
    root = _find_root(file, fingerprint)
    stores = _require_stores(store)
    return Exit.DONE if _show_state(session, stores, root.fingerprint) else Exit.NOT_FOUND


def _find_root(file: str | None, fingerprint: str | None) -> _Root:
    """Return the root that the options name. A file must have the fingerprint, if both are passed."""
    if fingerprint is None and file is None:
        raise InvalidInput.of("--fingerprint", "cli.required", "is required without a file")
    expected = None if fingerprint is None else require_fingerprint(fingerprint)
    if file is None:
        return _Root(expected or b"")
    der = require_root(read_input(file, "FILE"), "FILE")
    actual = sha256(der).digest()
    if expected not in (None, actual):
        message = f"is not that of {file!r}, which is {actual.hex()}"
        raise InvalidInput.of("--fingerprint", "fingerprint.match", message)
    return _Root(actual, der)


def _require_stores(kinds: Sequence[StoreKind] | None) -> list[trust_stores.TrustStore]:
    selected = kinds or list(StoreKind)
    found: list[trust_stores.TrustStore] = []
    if StoreKind.SYSTEM in selected:
        found += trust_stores.find_system_stores()
    if StoreKind.NSS in selected:
        found += trust_stores.find_nss_stores(Path(get_environment().get("HOME") or "~").expanduser())
    if StoreKind.JAVA in selected:
        found += trust_stores.find_java_stores()
    if not found:
        raise NotFound(f"This machine has no truststore of the kind {', '.join(selected)}, or its tool is missing.")
    return found


def _show_state(session: CommandSession, stores: Sequence[trust_stores.TrustStore], fingerprint: bytes) -> bool:
    """Show each truststore. Return whether one of them contains the root certificate."""
    states = [{"store": one.name, "installed": one.contains(fingerprint)} for one in stores]
    if session.output is Output.TABLE:
        session.show_list({"items": states}, "store", "installed")
    else:
        session.show(_describe(fingerprint) | {"stores": states})
    return any(state["installed"] for state in states)


def _describe(fingerprint: bytes) -> dict[str, object]:
    return {
        "fingerprint_sha256": fingerprint.hex(),
        "groups": format_groups(fingerprint),
        "words": format_words(fingerprint),
    }


def _require_url(session: CommandSession) -> str:
    url = session.connection.url
    if not url:
        message = "is required: the URL of the status listener, for example http://pki.example.com:8081"
        raise InvalidInput.of("--url", "cli.required", message)
    return url
