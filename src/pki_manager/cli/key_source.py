"""Where the key of a certificate comes from: a request, or made for it and written to a file of the caller's."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from pki_manager.cli.files import STDIO, object_text, read_input
from pki_manager.domain.errors import InvalidInput

CsrOption: TypeAlias = Annotated[
    str | None, typer.Option(help="File with a PKCS #10 request, PEM or DER, - for standard input")
]
KeyTypeOption: TypeAlias = Annotated[str | None, typer.Option(help="Type of a key to generate, instead of --csr")]
P12Option: TypeAlias = Annotated[
    str | None, typer.Option("--p12", help="New file for the generated key with its certificates")
]
P12LegacyOption: TypeAlias = Annotated[
    bool, typer.Option("--p12-legacy", help="Encrypt --p12 with 3DES and SHA-1, for software from before 2018")
]
KeyOption: TypeAlias = Annotated[
    str | None, typer.Option("--key", help="New file for the generated key alone, as encrypted PEM")
]
PassphraseOption: TypeAlias = Annotated[
    str | None,
    typer.Option(help="File with the passphrase for the generated key in its first line, - for standard input"),
]


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """Where a made key goes: `p12` or `pem`, and what opens it."""

    p12: str | None
    pem: str | None
    passphrase_file: str | None
    legacy: bool


@dataclass(frozen=True, slots=True)
class KeySourceOptions:
    """`body` has the members of a request that say which key is meant; `_target` is where a made one goes."""

    body: Mapping[str, object] = field(repr=False)
    _target: SecretFile | None = None

    def asking_for(self, key_type: str) -> KeySourceOptions:
        return replace(self, body={**self.body, "key_type": key_type})

    def receive(self, certificate: dict[str, Any]) -> dict[str, Any]:
        """What the door answered, without the private key: that has been written where it belongs."""
        secret = certificate.pop("private_key", None)
        if self._target is not None and secret is not None:
            pem = self.body["key_format"] == "pem"
            self._target.write(secret.encode("ascii") if pem else base64.b64decode(secret))
        return certificate


@contextmanager
def key_source(csr: str | None, key_type: str | None, files: KeyFiles) -> Iterator[KeySourceOptions]:
    """InvalidInput unless the options name exactly one key, and for a file that cannot be made; before anything is."""
    if (csr is None) is (key_type is None):
        raise InvalidInput.of(
            "--csr", "cli.one_key", "cannot be set together with --key-type; specify exactly one of them"
        )
    if key_type is None:
        if files.p12 or files.pem or files.passphrase_file or files.legacy:
            raise InvalidInput.of(
                "--key-type", "cli.made_key", "is required when --p12, --key, or --passphrase-file is set"
            )
        yield KeySourceOptions({"csr": object_text(csr or STDIO, "--csr")})
        return
    with collected_key(files) as source:
        yield source.asking_for(key_type)


@contextmanager
def collected_key(files: KeyFiles) -> Iterator[KeySourceOptions]:
    """Where a key goes that is made for the caller; InvalidInput for files that cannot be made, before a key is."""
    chosen = [path for path in (files.p12, files.pem) if path is not None]
    if len(chosen) != 1 or files.passphrase_file is None:
        message = "requires --p12 or --key, and --passphrase-file, because the key is returned only once"
        raise InvalidInput.of("--key-type", "cli.made_key", message)
    form = "pem" if files.pem is not None else "p12-legacy" if files.legacy else "p12"
    passphrase = first_line(read_input(files.passphrase_file, "--passphrase-file"))
    target = SecretFile(chosen[0], "--key" if form == "pem" else "--p12")
    try:
        yield KeySourceOptions({"passphrase": passphrase, "key_format": form}, target)
    finally:
        target.close()


class SecretFile:
    """A file that only its owner reads, there before there is a secret to lose; gone again when none came."""

    def __init__(self, path: str, option: str) -> None:
        if path == STDIO:
            raise InvalidInput.of(
                option, "file.secret", "must be a file, not standard output, because it will contain a private key"
            )
        self._path = Path(path)
        self._written = False
        try:
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise InvalidInput.of(option, "file.write", f"cannot be created at {path!r}: {error.strerror}") from None

    def write(self, content: bytes) -> None:
        with os.fdopen(os.dup(self._descriptor), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        self._written = True

    def close(self) -> None:
        os.close(self._descriptor)
        if not self._written:
            self._path.unlink(missing_ok=True)


def first_line(content: bytes) -> str:
    """Without its line break; the door judges the rest."""
    return content.split(b"\n", 1)[0].removesuffix(b"\r").decode("utf-8", "replace")
