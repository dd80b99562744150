"""The settings of the running server, stored for the local command line.

The `Environment=` of a systemd unit reaches only the server. What goes into certificates and links must not depend on
the process that creates them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from pki_manager.authority.kernel import durable_file
from pki_manager.domain.setting import Source
from pki_manager.policy.status_urls import normalize_base_url
from pki_manager.settings import Settings, explain

FILE = "settings-in-force.json"
_LISTENERS = ("management_bind", "tls_bind", "status_bind")
"""Settings that a local command always takes from the server, because only the server listens."""
_URLS = ("public_url", "public_status_url", "accepted_status_urls")
"""Settings that a local command takes from the server unless it has its own."""
_SHOWN = ("database_url", "read_database_url", "keystore_url", "key_backends", "default_key_backend")
"""Settings that are compared by their text without secrets."""
_FROZEN = ("public_url", "public_status_url")


def record(settings: Settings) -> None:
    """Store the settings of the server that starts now, without secrets.

    Raises StorageUnavailable if the file cannot be written.
    """
    rows = {row.name: row.value for row in explain(settings)}
    values: dict[str, Any] = {name: rows[name] for name in (*_LISTENERS, *_URLS, *_SHOWN)}
    values["accepted_status_urls"] = list(settings.accepted_status_urls)
    durable_file.replace(settings.home / FILE, json.dumps(values, indent=2).encode() + b"\n")


class Adopted(NamedTuple):
    """The settings of a local command with those of the running server, and the differences by name."""

    settings: Settings
    differences: Mapping[str, str]


def adopt(settings: Settings) -> Adopted:
    """Return the settings of a local command with the server's values, and how its own settings differ, by name.

    A URL that the command sets itself takes precedence, and is a difference if certificates or links depend on it.
    Without a readable record of the server's settings, the settings stay as they are.
    """
    values = _read(settings)
    taken = [*_LISTENERS, *(name for name in _URLS if settings.source(name) is Source.DEFAULT)]
    theirs = {name: values[name] for name in taken if name in values}
    if "accepted_status_urls" in theirs:
        theirs["accepted_status_urls"] = tuple(theirs["accepted_status_urls"])
    adopted = settings.model_copy(update=theirs)
    return Adopted(adopted, _differences(adopted, values))


def find_differences(settings: Settings) -> Mapping[str, str]:
    """Return how these settings differ from the server's, by name, including differences that are permitted."""
    values = _read(settings)
    adopted, differences = adopt(settings)
    rows = {row.name: row.value for row in explain(adopted)}
    others = {name: values[name] for name in _SHOWN if name in values and values[name] != rows[name]}
    return {**differences, **{name: _difference(rows[name], value) for name, value in others.items()}}


def _differences(settings: Settings, values: Mapping[str, Any]) -> Mapping[str, str]:
    own = {"public_url": settings.url, "public_status_url": settings.status_url}
    return {
        name: _difference(own[name], values[name])
        for name in _FROZEN
        if name in values and normalize_base_url(own[name]) != normalize_base_url(values[name])
    }


def _difference(own: str, servers: str) -> str:
    return (
        f"is {own or 'not set'!r} for this command, but {servers or 'not set'!r} for the server of this installation. "
        "Set it in pki-manager.toml, and restart the server if it changes"
    )


def _read(settings: Settings) -> Mapping[str, Any]:
    try:
        values = json.loads((settings.home / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}
