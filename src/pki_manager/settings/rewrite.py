"""Changes of single settings in the text of a settings file, which otherwise stays as it is."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping

from pki_manager.domain.errors import InvalidInput

_TABLE = re.compile(r"\s*\[")


def rewrite(text: str, changes: Mapping[str, str | None]) -> str:
    """Return the text of a settings file with these settings changed. The value None removes a setting.

    Raises InvalidInput if this function cannot change a setting, for example one whose value spans several lines.
    """
    before = tomllib.loads(text)
    present = {name for name in changes if name in before}
    lines = text.splitlines(keepends=True)
    first_table = next((place for place, line in enumerate(lines) if _TABLE.match(line)), len(lines))
    key = re.compile(rf"\s*(?:{'|'.join(map(re.escape, present))})\s*=") if present else None
    head = [line for line in lines[:first_table] if key is None or not key.match(line)]
    added = [f"{name} = {json.dumps(value)}\n" for name, value in changes.items() if value is not None]
    changed = "".join((*added, *head, *lines[first_table:]))
    expected = {name: value for name, value in before.items() if name not in changes}
    expected |= {name: value for name, value in changes.items() if value is not None}
    try:
        is_as_expected = tomllib.loads(changed) == expected
    except tomllib.TOMLDecodeError:
        is_as_expected = False
    if not is_as_expected:
        names = ", ".join(sorted(present))
        raise InvalidInput(f"The settings file in the backup cannot be changed: write {names} on one line each.")
    return changed
