"""The texts of the product follow the language rules as well as they did, or better."""

from __future__ import annotations

import json

from tools.language.__main__ import BASELINE, ROOT, beyond, find


def test_no_file_has_more_findings_than_the_baseline_accepts() -> None:
    new = beyond(find(ROOT), json.loads(BASELINE.read_text()))
    assert [f"{one.text.path}:{one.text.line} {one.rule}" for one in new] == []
