"""`pkim init` killed at random moments, again and again, and then left to finish."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from pki_manager.authority.audit.audit_log import verify_audit
from pki_manager.authority.cas.views import list_cas
from pki_manager.authority.certificates.queries import list_profiles
from pki_manager.bootstrap import initialize, open_installation
from pki_manager.policy.builtin_profiles import BUILTIN_PROFILES
from pki_manager.settings import load
from tests.services.installation import Installation
from tests.support.factories import ADMIN

SECONDS = 0.6
"""A little longer than a whole set-up takes, so that every part of it is hit."""

_SET_UP = """
import os, sys, time
from pki_manager.bootstrap import initialize
from pki_manager.settings import load
import pki_manager.x509.lint.pkilint_validators
sys.stdout.write("go")
sys.stdout.flush()
initialize(load(None, os.environ))
"""


def interrupted(installation: Installation, after: float) -> int:
    """A set-up that is killed so many seconds after it began; its exit code."""
    process = subprocess.Popen(
        [sys.executable, "-c", _SET_UP], env=installation.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.read(2) == b"go"
    time.sleep(after)
    process.kill()
    _, errors = process.communicate(timeout=30)
    assert process.returncode in (0, -signal.SIGKILL), errors.decode()
    return process.returncode


def require_whole(installation: Installation) -> None:
    settings = load(None, installation.environment)
    first = initialize(settings)
    assert initialize(settings) == replace(first, is_new=False, sign_in_url=None)
    opened = open_installation(settings, slot="test")
    try:
        cas = list_cas(opened.ctx, ADMIN, None, 200).items
        assert {view.ca.name: view.state for view in cas} == {"Root CA": "active", "Issuing CA": "active"}
        assert len(list_profiles(opened.ctx, ADMIN, None, 200).items) == len(BUILTIN_PROFILES)
        assert verify_audit(opened.ctx, ADMIN).valid
    finally:
        opened.close()
    assert (installation.home / "tls" / "server.pem").exists()
    assert not list(installation.home.rglob(".*")), "a file that was begun is left"


def test_a_set_up_killed_at_any_moment_is_finished_by_the_next(tmp_path: Path) -> None:
    """One home, killed over and over: each run goes on from wherever the one before was hit."""
    installation = Installation(tmp_path)
    moments = random.Random(7)
    codes = [interrupted(installation, moments.uniform(0, SECONDS)) for _ in range(8)]
    assert -signal.SIGKILL in codes
    require_whole(installation)


def test_each_fresh_home_survives_one_kill(tmp_path: Path) -> None:
    """Several homes, each killed once, a little later than the one before."""
    for number in range(6):
        folder = tmp_path / str(number)
        folder.mkdir()
        installation = Installation(folder)
        interrupted(installation, SECONDS * number / 6)
        require_whole(installation)


def test_two_set_ups_at_once_make_one_installation(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    command = [sys.executable, "-c", _SET_UP]
    both = [subprocess.Popen(command, env=installation.environment, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]
    require_whole(installation)
