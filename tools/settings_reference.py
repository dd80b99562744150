"""The reference page of the settings, from their definitions."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pki_manager.domain.duration import Duration
from pki_manager.settings import FILE_NAME, Settings, explain, load
from pki_manager.settings.backup import BackupTarget
from pki_manager.settings.oidc import OidcProvider, OidcRule
from pki_manager.settings.scep import ScepValidator
from pki_manager.settings.sources import PREFIX as ENVIRONMENT
from pki_manager.signers.options import BackendOptions, KeyBackend
from tools.markdown import code, first_paragraph, page, table

_HOME = Path("/nowhere")


def settings() -> str:
    """Return the page of the settings."""
    rows = [
        (code(row.name), code(_variable(row.name)), _allowed(row.name), code(row.default) or "none", row.meaning)
        for row in explain(load(_HOME, {}))
    ]
    return page(
        "Settings",
        f"Settings come from `{FILE_NAME}` in the data directory and from environment variables. Variables override "
        "the file. Invalid settings stop the start, and the error lists all of them. `pkim config explain` prints each "
        "setting with its value and its source.",
        "`PKIM_HOME` sets the data directory. Default: `pki-manager` in `$XDG_DATA_HOME` (default: `~/.local/share`). "
        "Durations are ISO 8601 (`P7D`, `PT30S`). In a variable, a list is JSON or a comma-separated text. An empty "
        "variable counts as unset.",
        table(("Setting", "Variable", "Values", "Default", "Description"), rows),
        "## Key backends",
        "Each key backend is a table `[[key_backends]]` with a `name`, which CAs refer to, and a `kind`. The other "
        "options depend on the kind.",
        *(part for options in _backend_kinds() for part in _backend(options)),
        "## Backup targets",
        "Each is a table `[[backup_targets]]`; [how to](../how-to/back-up-and-restore.md).",
        _options(BackupTarget),
        "## Identity providers",
        "Each provider is a table `[[oidc_providers]]`. See [sign in with OpenID "
        "Connect](../how-to/sign-in-with-oidc.md).",
        _options(OidcProvider),
        "### Rules",
        "Each rule is a table `[[oidc_providers.rules]]` below its provider.",
        _options(OidcRule),
        "## SCEP challenge validators",
        "Each is a table `[[scep_validators]]`. See [Validate challenges with a "
        "webhook](../how-to/enroll-with-scep.md#validate-challenges-with-a-webhook).",
        _options(ScepValidator),
    )


def _backend_kinds() -> tuple[type[BackendOptions], ...]:
    kinds: tuple[type[BackendOptions], ...] = get_args(get_args(KeyBackend)[0])
    return kinds


def _backend(options: type[BackendOptions]) -> list[str]:
    """Return the heading of a kind, its description, and its options."""
    (kind,) = get_args(options.model_fields["kind"].annotation)
    rows = [
        (code(name), _option_default(field), field.description or "")
        for name, field in options.model_fields.items()
        if name not in ("name", "kind")
    ]
    parts = [f"### {code(kind)}", first_paragraph(options)]
    return [*parts, table(("Option", "Default", "Description"), rows)] if rows else parts


def _options(model: type[BaseModel]) -> str:
    rows = [(code(name), _option_default(field), field.description or "") for name, field in model.model_fields.items()]
    return table(("Option", "Default", "Description"), rows)


def _option_default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    if isinstance(field.default, timedelta):
        return code(str(Duration(0, int(field.default.total_seconds()))))
    if isinstance(field.default, tuple):
        return code(", ".join(map(str, field.default))) if field.default else "none"
    return "none" if field.default is None else code(str(field.default))


def _variable(name: str) -> str:
    return ENVIRONMENT + name.upper()


def _allowed(name: str) -> str:
    """Return the choices or bounds of a setting, if it has any."""
    field = Settings.model_fields[name]
    bounds = {
        bound: _bound(getattr(entry, bound))
        for entry in field.metadata
        for bound in ("ge", "le")
        if hasattr(entry, bound)
    }
    if not bounds:
        return choices(field.annotation)
    return f"{bounds['ge']} to {bounds['le']}" if "le" in bounds else f"from {bounds['ge']}"


def _bound(value: object) -> str:
    return code(Duration(0, int(value.total_seconds())) if isinstance(value, timedelta) else value)


def choices(annotation: object) -> str:
    """Return the values that a literal or an enumeration allows; nothing for other types."""
    if get_origin(annotation) is Literal:
        return code(*get_args(annotation))
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return code(*(member.value for member in annotation))
    return ""
