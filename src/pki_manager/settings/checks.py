"""Checks of settings that contradict each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

from pki_manager.domain.errors import FieldError
from pki_manager.settings.model import Settings
from pki_manager.settings.types import Bind, parse_bind
from pki_manager.signers.options import EMBEDDED, Pkcs11Options


def _check_exposure(settings: Settings) -> Iterable[FieldError]:
    if not settings.bind("management").is_loopback and not settings.trusted_proxies:
        message = "must not offer the application over plain HTTP to other hosts; use tls_bind, or set trusted_proxies"
        yield FieldError("management_bind", "settings.plain_http", message)


def _check_binds(settings: Settings) -> Iterable[FieldError]:
    seen: dict[Bind, str] = {}
    for name in ("management_bind", "tls_bind", "status_bind"):
        bind = parse_bind(getattr(settings, name))
        if bind.port and bind in seen:
            yield FieldError(name, "settings.bind_twice", f"must not be the same address as {seen[bind]}")
        seen[bind] = name


def _check_backends(settings: Settings) -> Iterable[FieldError]:
    names = [backend.name for backend in settings.key_backends]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield FieldError("key_backends", "settings.backend_twice", f"must not contain two key backends named {name!r}")
    if EMBEDDED not in {backend.kind for backend in settings.key_backends}:
        message = "must contain one of kind embedded, which stores the keys of the installation"
        yield FieldError("key_backends", "settings.backend_embedded", message)
    tokens = [(row.module, row.token_label) for row in settings.key_backends if isinstance(row, Pkcs11Options)]
    for module, label in sorted({token for token in tokens if tokens.count(token) > 1}):
        message = f"must not contain the token {label!r} of {module} twice, because a key must have one backend"
        yield FieldError("key_backends", "settings.backend_token", message)
    if settings.default_key_backend not in names:
        message = f"must be the name of one of the key_backends, not {settings.default_key_backend!r}"
        yield FieldError("default_key_backend", "settings.backend_unknown", message)


def _check_providers(settings: Settings) -> Iterable[FieldError]:
    for word in ("name", "issuer"):
        values = [getattr(provider, word) for provider in settings.oidc_providers]
        for text in sorted({text for text in values if values.count(text) > 1}):
            yield FieldError(
                "oidc_providers", "settings.provider_twice", f"must not contain two providers with the {word} {text!r}"
            )


def _check_validators(settings: Settings) -> Iterable[FieldError]:
    names = [validator.name for validator in settings.scep_validators]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield FieldError("scep_validators", "settings.validator_twice", f"must not contain two tables named {name!r}")


def _check_backup_targets(settings: Settings) -> Iterable[FieldError]:
    names = [target.name for target in settings.backup_targets]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield FieldError("backup_targets", "settings.target_twice", f"has two targets named {name!r}")
    if settings.backup_interval is not None and not settings.backup_targets:
        message = "requires at least one table [[backup_targets]]"
        yield FieldError("backup_interval", "settings.backup_target", message)


def _check_keystore(settings: Settings) -> Iterable[FieldError]:
    if settings.keystore_url is not None and settings.keystore_url == settings.database_url:
        message = "must not be the database_url, so that a copy of one database does not contain the other"
        yield FieldError("keystore_url", "settings.keystore_apart", message)


def _check_replica(settings: Settings) -> Iterable[FieldError]:
    if settings.read_database_url is not None and settings.database_url is None:
        message = "needs database_url: the encrypted file in the data directory has no replicas"
        yield FieldError("read_database_url", "settings.replica", message)


def _check_master(settings: Settings) -> Iterable[FieldError]:
    given = [name for name in _MASTER if getattr(settings, name) is not None]
    if len(given) > 1:
        yield FieldError(
            given[-1], "settings.master_once", f"cannot be set together with the others of {', '.join(given)}"
        )


def _check_crl(settings: Settings) -> Iterable[FieldError]:
    if settings.crl_interval >= settings.crl_validity:
        yield FieldError(
            "crl_interval",
            "settings.crl_gap",
            "must be shorter than crl_validity, or CRLs expire before the next one is issued",
        )
    if (settings.delta_crl_interval or timedelta(0)) >= settings.crl_interval:
        yield FieldError("delta_crl_interval", "settings.crl_delta", "must be shorter than crl_interval")


_MASTER = ("master_key_file", "master_passphrase_file", "master_credential_directory")
TOGETHER: tuple[tuple[tuple[str, ...], Callable[[Settings], Iterable[FieldError]]], ...] = (
    (("management_bind", "trusted_proxies"), _check_exposure),
    (("management_bind", "tls_bind", "status_bind"), _check_binds),
    (("key_backends", "default_key_backend"), _check_backends),
    (("oidc_providers",), _check_providers),
    (("scep_validators",), _check_validators),
    (("backup_targets", "backup_interval"), _check_backup_targets),
    (("keystore_url", "database_url"), _check_keystore),
    (("read_database_url", "database_url"), _check_replica),
    (_MASTER, _check_master),
    (("crl_validity", "crl_interval", "delta_crl_interval"), _check_crl),
)
