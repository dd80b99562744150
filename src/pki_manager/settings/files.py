"""Checks whether files that settings name can be read, for `pkim config check`. A server opens each when needed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel

from pki_manager.domain.errors import ConfigurationInvalid, FieldError

if TYPE_CHECKING:
    from pki_manager.settings import Settings

_OWN = "home"


def require_files(settings: Settings) -> None:
    """Raise ConfigurationInvalid with every file or directory in a setting that the current user cannot read."""
    faults = [
        FieldError(field, "settings.file", f"{path} {fault}")
        for field, path in _paths(settings, "")
        if field != _OWN and (fault := _find_fault(path)) is not None
    ]
    if faults:
        text = "; ".join(f"{fault.field}: {fault.message}" for fault in faults)
        raise ConfigurationInvalid(f"The settings are invalid: {text}.", errors=tuple(faults))


def _find_fault(path: Path) -> str | None:
    try:
        path.stat()
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return None if os.access(path, os.R_OK) else "cannot be read: Permission denied"


def _paths(value: object, field: str) -> Iterator[tuple[str, Path]]:
    """Yield every path in a setting with its dotted name. Items of lists are numbered as in messages of `load`."""
    if isinstance(value, Path):
        yield field, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _paths(getattr(value, name), f"{field}.{name}".lstrip("."))
    elif isinstance(value, tuple):
        for position, item in enumerate(value):
            yield from _paths(item, f"{field}.{position}")
