"""Key backends by configured name: built once from settings, each kind by its factory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pki_manager.domain.errors import BackendUnavailable, ConfigurationInvalid, FieldError, NotFound, PkiError
from pki_manager.ports.clock import Clock
from pki_manager.ports.signer import BackendDescription, BackendState, Signer
from pki_manager.signers.embedded.keystore import Keystore
from pki_manager.signers.embedded.signer import KIND as EMBEDDED
from pki_manager.signers.embedded.signer import EmbeddedSigner


@dataclass(frozen=True, slots=True)
class BackendSettings:
    """One configured backend. `options` are the settings of its kind, still unchecked: the factory judges them."""

    name: str
    kind: str
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Collaborators:
    """What factories may build upon."""

    keystore: Keystore
    clock: Clock


Factory = Callable[[BackendSettings, Collaborators], Signer]
"""Makes a backend. ConfigurationInvalid for options that cannot work; any other PkiError when it cannot load now."""


def _embedded(settings: BackendSettings, given: Collaborators) -> Signer:
    if settings.options:
        wrong = ", ".join(sorted(settings.options))
        raise ConfigurationInvalid(f"key backend {settings.name!r}: the kind embedded takes no options, not {wrong}")
    return EmbeddedSigner(settings.name, given.keystore, clock=given.clock)


FACTORIES: dict[str, Factory] = {EMBEDDED: _embedded}


class Backends:
    """`ports.signer.Signers`. A backend that does not load is kept with its reason; the others go on."""

    def __init__(
        self, configured: Sequence[BackendSettings], given: Collaborators, factories: Mapping[str, Factory] = FACTORIES
    ) -> None:
        """ConfigurationInvalid, with every fault, for names used twice, unknown kinds and impossible options."""
        self._signers: dict[str, Signer] = {}
        self._broken: dict[str, BackendDescription] = {}
        faults: list[FieldError] = []
        for settings in configured:
            try:
                self._load(settings, given, factories)
            except ConfigurationInvalid as error:
                faults.append(FieldError(f"key_backends.{settings.name}", "key_backends.valid", error.detail))
        if faults:
            raise ConfigurationInvalid("; ".join(fault.message for fault in faults), errors=tuple(faults))

    def get(self, name: str) -> Signer:
        """See the port."""
        if name in self._broken:
            raise BackendUnavailable(f"key backend {name!r} did not load: {self._broken[name].reason}")
        try:
            return self._signers[name]
        except KeyError:
            raise NotFound.of("key backend", name) from None

    def describe(self) -> Sequence[BackendDescription]:
        """See the port; those that loaded first."""
        return [*(signer.describe() for signer in self._signers.values()), *self._broken.values()]

    def _load(self, settings: BackendSettings, given: Collaborators, factories: Mapping[str, Factory]) -> None:
        if settings.name in self._signers or settings.name in self._broken:
            raise ConfigurationInvalid(f"there are two key backends named {settings.name!r}")
        if settings.kind not in factories:
            known = ", ".join(sorted(factories))
            raise ConfigurationInvalid(
                f"key backend {settings.name!r}: {settings.kind!r} is not a kind; known are {known}"
            )
        try:
            self._signers[settings.name] = factories[settings.kind](settings, given)
        except ConfigurationInvalid:
            raise
        except PkiError as error:
            self._broken[settings.name] = BackendDescription(
                settings.name, settings.kind, BackendState.UNAVAILABLE, error.detail, ()
            )
