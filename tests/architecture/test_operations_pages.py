"""The pages for operators are complete: every table with its columns, and a unit that systemd accepts."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from pki_manager.storage.tables.columns import metadata
from tests.judges.services import require

_ROOT = Path(__file__).parents[2]
_SECTION = re.compile(r"^## `?([a-z_]+)`?\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_ROW = re.compile(r"^\| `([a-z0-9_]+)` \|", re.MULTILINE)


def test_the_page_of_the_schema_names_every_column_and_no_other() -> None:
    page = (_ROOT / "docs/operations/002-database-schema.md").read_text(encoding="utf-8")
    told = {name: _ROW.findall(text) for name, text in _SECTION.findall(page)}
    assert told == {name: [column.name for column in table.columns] for name, table in metadata.tables.items()}


def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    program = require("systemd-analyze")
    unit = (_ROOT / "deploy/systemd/pki-manager.service").read_text(encoding="utf-8")
    copy = tmp_path / "pki-manager.service"
    copy.write_text(unit.replace("/opt/pki-manager/bin/pkim", "/bin/true"), encoding="utf-8")
    verified = subprocess.run([program, "verify", copy], capture_output=True, text=True, check=False, timeout=60)
    # systemd also reads the units that other packages have installed, and warns of those.
    warnings = [line for line in verified.stderr.splitlines() if copy.name in line]
    assert (verified.returncode, warnings) == (0, [])
