"""Bouncy Castle as a judge of paths, CRLs and OCSP responses (BouncyCastleJudge.java): it knows ML-DSA.

tools/install_judges.sh fetches its jars.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import pytest

from tests.judges.services import require, run

_SOURCE = Path(__file__).with_name("BouncyCastleJudge.java")
_JARS = tuple(f"{name}-jdk18on-1.87.jar" for name in ("bcprov", "bcutil", "bcpkix"))


def verify(leaf: Path, intermediates: Sequence[Path], root: Path, crls: Sequence[Path]) -> str:
    """`ok`, or the index in the path (0 is the leaf) and what Bouncy Castle has against it, now. Files are PEM or DER.

    A certificate without a CRL is refused; nothing is fetched.
    """
    return _judge("path", root, leaf, *intermediates, "crls", *crls)


def ocsp(response: Path, leaf: Path, issuer: Path) -> str:
    """`good`, `revoked`, `unknown`, or what is wrong with the response (DER) by a delegated signer."""
    return _judge("ocsp", response, leaf, issuer)


def _judge(*words: str | Path) -> str:
    class_path = os.pathsep.join((_classes().name, _jars()))
    done = run([require("java"), "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", class_path, _SOURCE.stem, *words])
    said = done.stdout.strip()
    if done.returncode != 0 or not said:
        return done.stderr.strip() or "nothing was said"
    return "ok" if said == "OK" else said


@lru_cache(maxsize=1)
def _classes() -> tempfile.TemporaryDirectory[str]:
    """Compiled once a process."""
    folder = tempfile.TemporaryDirectory(prefix="bouncy-castle-judge-")
    done = run([require("javac"), "-Xlint:all", "-Werror", "-cp", _jars(), "-d", folder.name, str(_SOURCE)])
    assert done.returncode == 0, done.stderr
    return folder


def _jars() -> str:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    found = [cache / "pki-manager" / "judges" / name for name in _JARS]
    if all(jar.exists() for jar in found):
        return os.pathsep.join(map(str, found))
    if os.environ.get("CI"):
        pytest.fail("Bouncy Castle is not installed, and CI has to judge with it")
    pytest.skip("Bouncy Castle is not installed")
