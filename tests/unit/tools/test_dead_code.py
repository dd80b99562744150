"""The check for dead code."""

from __future__ import annotations

from pathlib import Path

import pytest
from tools.dead_code import main, unused

DEAD = "def create_ca():\n    pass\n\n\nclass Unused:\n    pass\n"
ALIVE = "def create_ca():\n    pass\n\n\ncreate_ca()\n"


def test_what_nothing_refers_to_is_found_and_fails_the_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "seeded.py").write_text(DEAD)
    assert [finding.partition(": ")[2] for finding in unused([tmp_path])] == [
        "unused function 'create_ca'",
        "unused class 'Unused'",
    ]
    assert main([str(tmp_path)]) == 1
    assert "unused function 'create_ca'" in capsys.readouterr().err


def test_what_is_used_or_called_by_a_framework_is_no_finding(tmp_path: Path) -> None:
    (tmp_path / "seeded.py").write_text(ALIVE + "\n\n@app.get('/')\ndef show():\n    pass\n")
    assert main([str(tmp_path)]) == 0
