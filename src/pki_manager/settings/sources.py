"""Sources of settings: the file in the data directory, and the environment."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from pki_manager.domain.errors import FieldError
from pki_manager.domain.renames import SETTINGS

FILE_NAME = "pki-manager.toml"
PREFIX, HOME = "PKIM_", "home"
_NO_SETTINGS = frozenset({HOME, "url", "token_file", "ca_file"})
"""Names after PREFIX that are not settings: they locate the data directory, or the server for the command line."""


_BETWEEN_COMMAS = frozenset(
    {
        "accepted_status_urls",
        "trusted_proxies",
        "allowed_hosts",
        "second_factor_roles",
        "acme_networks",
        "acme_caa_identities",
        "acme_persist_issuers",
        "dns_servers",
    }
)
_TABLES = frozenset({"key_backends", "oidc_providers", "backup_targets", "scep_validators"})


def find_home(home: Path | None, environ: Mapping[str, str]) -> Path:
    """Return the absolute path of the data directory.

    That is `home`, else PKIM_HOME, else `pki-manager` in the XDG data directory.
    """
    if given := home or environ.get("PKIM_HOME"):
        return Path(given).expanduser().absolute()
    data = environ.get("XDG_DATA_HOME") or Path(environ.get("HOME") or "~").expanduser() / ".local" / "share"
    return Path(data).absolute() / "pki-manager"


def read_file(path: Path, faults: list[FieldError]) -> dict[str, Any]:
    """Return the values of the settings file, or an empty mapping if it is missing. Adds errors to `faults`."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except NotADirectoryError:
        message = f"{path.parent} is not a directory. Choose another with --home or PKIM_HOME"
        faults.append(FieldError(HOME, "settings.home", message))
        return {}
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        faults.append(FieldError(FILE_NAME, "settings.file", f"cannot be read: {reason}"))
        return {}
    if values.pop(HOME, None) is not None:
        faults.append(FieldError(HOME, "settings.home", "cannot be set in the file; set PKIM_HOME"))
    return values


def read_environment(environ: Mapping[str, str], known: Collection[str], faults: list[FieldError]) -> dict[str, Any]:
    """Return the settings in environment variables: tables are JSON; other lists are JSON or comma-separated."""
    values: dict[str, Any] = {}
    for variable, text in environ.items():
        name = variable.removeprefix(PREFIX).lower()
        if not variable.startswith(PREFIX) or name in _NO_SETTINGS or not text:
            continue
        if name not in known:
            faults.append(FieldError(variable, "settings.unknown", "is not a known setting"))
        elif name in _BETWEEN_COMMAS and not text.lstrip().startswith("["):
            values[name] = [part.strip() for part in text.split(",")]
        elif name in _TABLES or name in _BETWEEN_COMMAS:
            try:
                values[name] = json.loads(text)
            except ValueError:
                faults.append(FieldError(name, "settings.json", "must be a JSON list"))
        else:
            values[name] = text
    return values


def describe_unknown(field: str) -> str:
    """Return the error message for a setting that does not exist. `field` is its dotted name."""
    current = SETTINGS.get(field.rpartition(".")[2])
    return "is not a known setting" if current is None else f"is the former name of `{current}`; use that name"
