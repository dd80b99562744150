"""The configured master key of the keystore, and its replacement."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pki_manager.bootstrap.home import MASTER_KEY
from pki_manager.domain.errors import BackendUnavailable, HomeUnusable, InvalidInput
from pki_manager.domain.extras import install_hint
from pki_manager.ports.entropy import Entropy
from pki_manager.settings import Settings
from pki_manager.signers.embedded.keystore import Keystore
from pki_manager.signers.embedded.master_key import (
    KekSource,
    KeyFile,
    PassphraseFile,
    Unwrap,
    create_key_file,
    create_wrapped_key_file,
    from_credentials,
)
from pki_manager.signers.embedded.rewrap import replace_key_file
from pki_manager.signers.options import CosmianOptions, Pkcs11Options
from pki_manager.system import SystemClock

if TYPE_CHECKING:
    from pki_manager.signers.pkcs11.token import Pkcs11Token


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMasterKey:
    """The choice of a new master key. Set at most one member. Default: a new key file.

    `key_file` is created if it is missing; `backend` is the key backend in which a new key is created that wraps the
    key file.
    """

    key_file: Path | None = None
    passphrase_file: Path | None = None
    backend: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterKeyChange:
    """The result of a change of the master key. `kind` is key-file, wrapped-key-file, or passphrase.

    `settings` are the settings that must be set from now on; None means unset.
    """

    kind: str
    records: int
    settings: dict[str, str | None]


def get_source(settings: Settings) -> KekSource:
    """Return the configured source of the master key. Raises HomeUnusable for an invalid credential directory."""
    if settings.master_passphrase_file is not None:
        return PassphraseFile(settings.master_passphrase_file)
    if settings.master_credential_directory is not None:
        return from_credentials(settings.master_credential_directory, _unwrap(settings))
    return get_key_file(settings)


def get_key_file(settings: Settings) -> KeyFile:
    """Return the configured key file, or the one in the data directory."""
    return KeyFile(settings.master_key_file or settings.home / MASTER_KEY, unwrap=_unwrap(settings))


def get_kind(new: NewMasterKey) -> str:
    """Return the kind of a new master key, as in the audit log. Raises InvalidInput if more than one member is set."""
    if sum(part is not None for part in (new.key_file, new.passphrase_file, new.backend)) > 1:
        raise InvalidInput.of("--key-file", "master_key.one", "cannot be set together with another new master key")
    if new.passphrase_file is not None:
        return "passphrase"
    return "wrapped-key-file" if new.backend is not None else "key-file"


def change(settings: Settings, keystore: Keystore, new: NewMasterKey, entropy: Entropy) -> MasterKeyChange:
    """Encrypt the keystore with another master key. A crash does no harm.

    The caller must prevent parallel changes. Raises InvalidInput if `new` is invalid, HomeUnusable if a secret is
    unsuitable, and BackendUnavailable if the key backend that wraps the master key is unavailable.
    """
    kind = get_kind(new)
    if new.passphrase_file is not None:
        _require_another(settings.master_passphrase_file, new.passphrase_file, "--passphrase-file")
        count = keystore.rewrap(PassphraseFile(new.passphrase_file))
        return MasterKeyChange(kind=kind, records=count, settings=_only("master_passphrase_file", new.passphrase_file))
    place = get_key_file(settings)
    if new.key_file is not None:
        _require_another(place.path, new.key_file, "--key-file")
        create_key_file(new.key_file, entropy)
        count = keystore.rewrap(KeyFile(new.key_file))
        return MasterKeyChange(kind=kind, records=count, settings=_only("master_key_file", new.key_file))
    count = replace_key_file(keystore, place, _writer(settings, new.backend, entropy))
    return MasterKeyChange(kind=kind, records=count, settings=_only("master_key_file", settings.master_key_file))


def _only(name: str, path: Path | None) -> dict[str, str | None]:
    names = ("master_key_file", "master_passphrase_file", "master_credential_directory")
    return dict.fromkeys(names) | {name: None if path is None else str(path)}


def _require_another(present: Path | None, chosen: Path, option: str) -> None:
    if present is not None and present.absolute() == chosen.absolute():
        message = "must not be the current file, because both are needed until the change is complete"
        raise InvalidInput.of(option, "master_key.another", message)


def _writer(settings: Settings, backend: str | None, entropy: Entropy) -> Callable[[Path], object]:
    if backend is None:
        return lambda path: create_key_file(path, entropy)
    wrapper, key_id = _wrapper(settings, backend), f"master-key-{entropy.token(8).hex()}"
    return lambda path: create_wrapped_key_file(path, backend, key_id, lambda key: wrapper.wrap(key_id, key), entropy)


def _unwrap(settings: Settings) -> Unwrap:
    def unwrap(backend: str, key_id: str, wrapped: bytes) -> bytes:
        try:
            wrapper = _wrapper(settings, backend)
        except InvalidInput:
            raise HomeUnusable(
                f"The master key is wrapped by the key backend {backend!r}, which is not a pkcs11 or cosmian "
                "backend in the settings."
            ) from None
        return wrapper.unwrap(key_id, wrapped)

    return unwrap


class _Wrapper(Protocol):
    """The part of a key backend that wraps master keys."""

    def wrap(self, key_id: str, plain: bytes) -> bytes: ...

    def unwrap(self, key_id: str, wrapped: bytes) -> bytes: ...


def _wrapper(settings: Settings, backend: str) -> _Wrapper:
    """Return the wrapper of a key backend, without calling the backend. Raises InvalidInput if it cannot wrap keys."""
    for options in settings.key_backends:
        if options.name == backend and isinstance(options, Pkcs11Options):
            return _Token(options, settings.home)
        if options.name == backend and isinstance(options, CosmianOptions):
            return _Kms(options)
    message = f"must be the name of a pkcs11 or cosmian key backend, not {backend!r}"
    raise InvalidInput.of("--backend", "master_key.backend", message)


@dataclass(frozen=True, slots=True)
class _Kms:
    options: CosmianOptions

    def wrap(self, key_id: str, plain: bytes) -> bytes:
        from pki_manager.signers.cosmian import wrapping

        return wrapping.wrap(self.options, key_id, plain, clock=SystemClock())

    def unwrap(self, key_id: str, wrapped: bytes) -> bytes:
        from pki_manager.signers.cosmian import wrapping

        return wrapping.unwrap(self.options, key_id, wrapped, clock=SystemClock())


@dataclass(frozen=True, slots=True)
class _Token:
    options: Pkcs11Options
    home: Path

    def wrap(self, key_id: str, plain: bytes) -> bytes:
        with self._open() as token:
            from pki_manager.signers.pkcs11 import wrapping

            return wrapping.wrap(token, key_id, plain)

    def unwrap(self, key_id: str, wrapped: bytes) -> bytes:
        with self._open() as token:
            from pki_manager.signers.pkcs11 import wrapping

            return wrapping.unwrap(token, key_id, wrapped)

    @contextmanager
    def _open(self) -> Iterator[Pkcs11Token]:
        try:
            from pki_manager.signers.pkcs11.token import open_token
        except ImportError:
            raise BackendUnavailable(f"The PKCS #11 library is missing. {install_hint('pkcs11')}.") from None
        token = open_token(self.options, self.home)
        try:
            yield token
        finally:
            token.close()
