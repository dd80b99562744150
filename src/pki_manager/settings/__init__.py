"""The settings, filled from `pki-manager.toml` in the data directory and from `PKIM_<FIELD>` variables.

All settings are described fields of one class. Variables take precedence over the file. All errors are reported
together, by field. No other module reads the environment.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pki_manager.domain.errors import ConfigurationInvalid, FieldError
from pki_manager.domain.setting import Source
from pki_manager.settings.checks import TOGETHER
from pki_manager.settings.explanation import explain
from pki_manager.settings.model import Settings
from pki_manager.settings.sources import FILE_NAME, HOME, describe_unknown, find_home, read_environment, read_file
from pki_manager.settings.types import Bind, Listener, parse_bind
from pki_manager.signers.options import EMBEDDED

__all__ = ["EMBEDDED", "FILE_NAME", "Bind", "Listener", "Settings", "explain", "find_home", "load", "parse_bind"]


def load(home: Path | None, environ: Mapping[str, str]) -> Settings:
    """Return the settings of the data directory. Without a settings file, use defaults and the environment.

    Raises ConfigurationInvalid with every error: unknown keys, invalid values, and values that contradict each other.
    """
    where = find_home(home, environ)
    faults: list[FieldError] = []
    from_file = read_file(where / FILE_NAME, faults)
    from_environment = read_environment(environ, Settings.model_fields.keys(), faults)
    values = {**from_file, **from_environment, HOME: where}
    settings = _validated(values, faults)
    if faults:
        text = "; ".join(f"{fault.field}: {fault.message}" for fault in faults)
        raise ConfigurationInvalid(f"The settings are invalid: {text}.", errors=tuple(faults))
    given = dict.fromkeys(from_file, Source.FILE) | dict.fromkeys(from_environment, Source.ENVIRONMENT)
    settings.remember_sources(given | ({HOME: Source.ENVIRONMENT} if home or environ.get("PKIM_HOME") else {}))
    return settings


def _validated(values: dict[str, Any], faults: list[FieldError]) -> Settings:
    """Return settings from the valid values, so that conflicts between them are reported with all errors."""
    wrong: set[str] = set()
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False):
            field = _field(fault["loc"])
            known = fault["type"] != "extra_forbidden"
            message = fault["msg"].removeprefix("Value error, ") if known else describe_unknown(field)
            faults.append(FieldError(field, f"settings.{fault['type'] if known else 'unknown'}", message))
            wrong.add(str(fault["loc"][0]))
        settings = Settings.model_validate({name: value for name, value in values.items() if name not in wrong})
    for fields, check in TOGETHER:
        if wrong.isdisjoint(fields):
            faults.extend(check(settings))
    return settings


def _field(location: tuple[int | str, ...]) -> str:
    """Return the field name with dots, as in the file, without the kind that Pydantic inserts for a key backend."""
    parts = [str(part) for part in location]
    if parts[0] == "key_backends" and len(parts) != 1:
        parts[2:3] = [] if len(parts) > 2 else ["kind"]
    return ".".join(parts)
