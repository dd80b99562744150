"""The JDK's PKIX validator as a judge of paths and CRLs (PkixJudge.java beside this file)."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from tests.judges.services import require, run

_SOURCE = Path(__file__).with_name("PkixJudge.java")


@lru_cache(maxsize=1)
def _classes() -> tempfile.TemporaryDirectory[str]:
    """Compiled once a process: a call then takes half a second, not two."""
    folder = tempfile.TemporaryDirectory(prefix="pkix-judge-")
    done = run([require("javac"), "-Xlint:all", "-Werror", "-d", folder.name, str(_SOURCE)])
    assert done.returncode == 0, done.stderr
    return folder


def verify(
    leaf: Path, intermediates: Sequence[Path], root: Path, crls: Sequence[Path], *, at: datetime | None = None
) -> str:
    """`ok`, `revoked`, or Java's reason, index in the path (0 is the leaf) and message. All files are PEM.

    A certificate without a CRL is refused (UNDETERMINED_REVOCATION_STATUS); nothing is fetched.
    """
    require("java")
    moment = "now" if at is None else str(int(at.timestamp() * 1000))
    command = [require("java"), "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", _classes().name, "PkixJudge"]
    done = run([*command, moment, root, "path", leaf, *intermediates, "crls", *crls])
    said = done.stdout.strip()
    if done.returncode != 0 or not said:
        return done.stderr.strip() or "nothing was said"
    return {"OK": "ok", "REVOKED": "revoked"}.get(said.split(" ", 1)[0], said)
