"""The key backends by configured name. Each is opened on first use, and opened again after a failure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from pki_manager.domain.algorithms import KeyType
from pki_manager.domain.errors import BackendUnavailable, ConfigurationInvalid, FieldError, NotFound, PkiError
from pki_manager.domain.extras import install_hint
from pki_manager.ports.clock import Clock
from pki_manager.ports.signer import BackendDescription, BackendState, BatchingSigner, ImportingSigner, KeyRef, Signer
from pki_manager.signers.embedded.keystore import Keystore
from pki_manager.signers.embedded.signer import EmbeddedSigner
from pki_manager.signers.guarded import Guarded
from pki_manager.signers.options import COSMIAN, EMBEDDED, PKCS11, BackendOptions, CosmianOptions, Pkcs11Options

RETRY = 5.0
"""Seconds until a failed attempt to open a backend is repeated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collaborators:
    """The objects that key backends use: data directory, keystore, and clock."""

    home: Path
    keystore: Keystore
    clock: Clock


Open = Callable[[Any, Collaborators], Signer]
"""Function that opens a backend with the options of its kind (`signers.options`).

Raises PkiError if the backend cannot be opened now.
"""


def _embedded(options: BackendOptions, given: Collaborators) -> Signer:
    return EmbeddedSigner(options.name, given.keystore, clock=given.clock)


def _pkcs11(options: Pkcs11Options, given: Collaborators) -> Signer:
    try:
        from pki_manager.signers.pkcs11.signer import open_pkcs11
    except ImportError:
        raise BackendUnavailable(f"The PKCS #11 library is missing. {install_hint('pkcs11')}.") from None
    return open_pkcs11(options, given.keystore, home=given.home, clock=given.clock)


def _cosmian(options: CosmianOptions, given: Collaborators) -> Signer:
    from pki_manager.signers.cosmian.signer import open_cosmian

    return open_cosmian(options, clock=given.clock)


KINDS: Mapping[str, Open] = {EMBEDDED: _embedded, COSMIAN: _cosmian, PKCS11: _pkcs11}


class Backends:
    """The configured key backends (`ports.signer.Signers`). Creating this object calls none of them."""

    def __init__(
        self, configured: Sequence[BackendOptions], given: Collaborators, kinds: Mapping[str, Open] = KINDS
    ) -> None:
        """Create the registry. Raises ConfigurationInvalid, with every error, for duplicate names and unknown kinds."""
        names = [options.name for options in configured]
        faults = [
            FieldError(f"key_backends.{name}", "key_backends.name", f"must not contain two key backends named {name!r}")
            for name in sorted({name for name in names if names.count(name) > 1})
        ]
        known = ", ".join(sorted(kinds))
        faults += [
            FieldError(
                f"key_backends.{options.name}",
                "key_backends.kind",
                f"must have one of the kinds {known}; key backend {options.name!r} has the kind {options.kind!r}",
            )
            for options in configured
            if options.kind not in kinds
        ]
        if faults:
            raise ConfigurationInvalid("; ".join(fault.message for fault in faults), errors=tuple(faults))
        self._slots = {options.name: _Slot(options, given, kinds[options.kind]) for options in configured}

    def get(self, name: str) -> Signer:
        """Implement `Signers.get`. Also raises BackendUnavailable while the circuit breaker would refuse calls."""
        return self._ready(name)

    def get_importing(self, name: str) -> ImportingSigner:
        """Implement `Signers.get_importing`."""
        signer = self._ready(name)
        signer.require_importing()
        return signer

    def _ready(self, name: str) -> Guarded:
        signer = self._slot(name).open()
        signer.require_ready()
        return signer

    def is_remote(self, name: str) -> bool:
        """Implement `Signers.is_remote`."""
        return self._slot(name).kind != EMBEDDED

    def find_batching(self, name: str, key_type: KeyType) -> BatchingSigner | None:
        """Implement `Signers.find_batching`."""
        signer = self._ready(name)
        return signer if signer.can_batch(key_type) else None

    def describe(self) -> Sequence[BackendDescription]:
        """Implement `Signers.describe`, in the order of the settings."""
        slots = list(self._slots.values())
        if len(slots) == 1:
            return [slots[0].describe()]
        # In parallel, so that the timeouts of several unavailable backends do not add up.
        with ThreadPoolExecutor(len(slots), thread_name_prefix="key-backend") as pool:
            return list(pool.map(_Slot.describe, slots))

    def check(self, name: str, keys: Sequence[KeyRef] = ()) -> BackendDescription:
        """Implement `Signers.check`."""
        return self._slot(name).check(keys)

    def close(self) -> None:
        """Close the key backends that were opened."""
        for slot in self._slots.values():
            slot.close()

    def _slot(self, name: str) -> _Slot:
        try:
            return self._slots[name]
        except KeyError:
            raise NotFound.of("key backend", name) from None


class _Slot:
    """One configured backend, which may not be open yet."""

    def __init__(self, options: BackendOptions, given: Collaborators, open_it: Open) -> None:
        self.kind = options.kind
        self._options = options
        self._given = given
        self._open_it = open_it
        self._signer: Guarded | None = None
        self._failure: PkiError | None = None
        self._retry_at = 0.0
        self._lock = Lock()

    def open(self) -> Guarded:
        """Return the opened backend. Raises BackendUnavailable with the reason if it cannot be opened.

        A failed attempt is repeated only after some seconds; until then the same error is raised.
        """
        if self._signer is not None:
            return self._signer
        with self._lock:
            if self._signer is None:
                self._signer = self._opened()
            return self._signer

    def _opened(self) -> Guarded:
        clock = self._given.clock
        if self._failure is None or clock.monotonic() >= self._retry_at:
            try:
                signer = self._open_it(self._options, self._given)
            except PkiError as error:
                self._failure, self._retry_at = error, clock.monotonic() + RETRY
            else:
                self._failure = None
                return Guarded(signer, self._options.kind, clock=clock)
        raise BackendUnavailable(
            f"Key backend {self._options.name!r} cannot be opened. {self._failure.detail}", retry_after=int(RETRY)
        )

    def describe(self) -> BackendDescription:
        try:
            return self.open().describe()
        except BackendUnavailable as error:
            return self._away(error)

    def check(self, keys: Sequence[KeyRef]) -> BackendDescription:
        try:
            return self.open().check(keys)
        except BackendUnavailable as error:
            return self._away(error)

    def close(self) -> None:
        if self._signer is not None:
            self._signer.close()

    def _away(self, error: BackendUnavailable) -> BackendDescription:
        reason = self._failure.detail if self._failure is not None else error.detail
        return BackendDescription(self._options.name, self._options.kind, BackendState.UNAVAILABLE, reason, ())
