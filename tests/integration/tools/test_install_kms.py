"""The script that builds the KMS of the tests: what it does when it cannot."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

SCRIPT = Path(__file__).parents[3] / "tools" / "install_kms.sh"
TOOLS = ("bash", "cat", "flock", "mkdir", "renice", "rm", "tee")


def test_without_cargo_it_leaves_the_reason_for_the_tests_that_are_skipped(tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for tool in TOOLS:
        (programs / tool).symlink_to(shutil.which(tool) or "")
    cache = tmp_path / "kms"
    done = subprocess.run(
        [programs / "bash", SCRIPT, cache], env={"PATH": str(programs)}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, "cargo is missing\n")
    assert (cache / "why-not").read_text() == "cargo is missing\n"


def test_what_is_built_already_is_left_alone(tmp_path: Path) -> None:
    program = tmp_path / "bin" / "cosmian_kms"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    stamp = "cosmian_kms 5.28.0 non-fips,openssl-sys/vendored\n"
    (tmp_path / "VERSION").write_text(stamp)
    assert subprocess.run([SCRIPT, tmp_path], check=False).returncode == 0
    assert (program.read_text(), (tmp_path / "VERSION").read_text()) == ("#!/bin/sh\n", stamp)
