"""When the disk of the data directory counts as nearly full."""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest

from pki_manager.authority.installation.queries import get_readiness
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.disk import LOW_BYTES, judge_space

GIB = 1 << 30


@pytest.mark.parametrize(
    ("free", "total", "state"),
    [
        (GIB, 20 * GIB, "ok"),
        (GIB - 1, 20 * GIB, "low"),
        (0, 20 * GIB, "low"),
        (LOW_BYTES, 1000 * GIB, "ok"),
        (LOW_BYTES - 1, 1000 * GIB, "low"),
        (0, 0, "ok"),
    ],
)
def test_space_is_low_below_a_twentieth_but_never_with_five_gib(free: int, total: int, state: str) -> None:
    assert judge_space(free, total).state == state


def test_ops_09_a_disk_that_fills_is_shown_while_everything_still_works(
    ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = SimpleNamespace(f_flag=0, f_frsize=4096, f_bavail=(100 << 20) // 4096, f_blocks=20 * GIB // 4096)
    monkeypatch.setattr(os, "statvfs", lambda _: full)
    parts = get_readiness(ctx)
    assert parts["disk"].state == "ok"
    assert parts["disk_space"].state == "low"
    assert parts["disk_space"].reason is not None
    assert "only 100 MiB free" in parts["disk_space"].reason
