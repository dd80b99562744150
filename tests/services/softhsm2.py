"""SoftHSM2: a PKCS #11 module that keeps its tokens in a folder."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pki_manager.signers.options import Pkcs11Options

PIN, SO_PIN = "2468-canary-pin", "so-pin-1357"


def module() -> Path | None:
    """The shared library; None when SoftHSM2 is not installed."""
    places = ("/usr/lib/softhsm", "/usr/lib/x86_64-linux-gnu/softhsm", "/usr/lib64/softhsm", "/usr/local/lib/softhsm")
    found = (Path(place) / "libsofthsm2.so" for place in places)
    return next((path for path in found if path.exists() and shutil.which("softhsm2-util")), None)


def require_module() -> Path:
    """Without SoftHSM2: skipped, but in CI a failure."""
    found = module()
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("SoftHSM2 is not installed, and CI has to test it")
        pytest.skip("SoftHSM2 is not installed")
    return found


@dataclass(frozen=True)
class SoftHsm:
    """A folder of tokens. `configuration` is what the environment variable SOFTHSM2_CONF names."""

    folder: Path

    @property
    def configuration(self) -> Path:
        return self.folder / "softhsm2.conf"

    @property
    def tokens(self) -> Path:
        return self.folder / "tokens"

    def prepare(self) -> None:
        """Make the folder; fine when it is there."""
        self.tokens.mkdir(parents=True, exist_ok=True)
        self.configuration.write_text(
            f"directories.tokendir = {self.tokens}\nobjectstore.backend = file\nlog.level = ERROR\n"
        )

    def make_token(self, label: str, pin: str = PIN) -> None:
        """A new token, also one with the label of another."""
        self.utility("--init-token", "--free", "--label", label, "--so-pin", SO_PIN, "--pin", pin)

    def utility(self, *arguments: str) -> str:
        return self._run("softhsm2-util", *arguments)

    def tool(self, label: str, *arguments: str, pin: str = PIN) -> str:
        """OpenSC's `pkcs11-tool`, logged in."""
        login = ("--login", "--pin", pin, "--token-label", label)
        return self._run("pkcs11-tool", "--module", str(require_module()), *login, *arguments)

    def _run(self, *command: str) -> str:
        environment = {"PATH": os.environ["PATH"], "SOFTHSM2_CONF": str(self.configuration)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout


def of_this_process(folder: Path) -> SoftHsm:
    """The one that the module in this process works with: it reads the variable when it starts, so there is but one.

    Made in `folder` unless the process, or the one that started it, has one already.
    """
    there = os.environ.get("SOFTHSM2_CONF")
    made = SoftHsm(Path(there).parent if there else folder)
    made.prepare()
    os.environ["SOFTHSM2_CONF"] = str(made.configuration)
    return made


def options(name: str, label: str, folder: Path, **more: Any) -> Pkcs11Options:
    """A backend on that token, its PIN file in the folder."""
    given = {"module": require_module(), "token_label": label, "pin_file": pin_file(folder), **more}
    return Pkcs11Options(name=name, kind="pkcs11", **given)


def pin_file(folder: Path, pin: str = PIN) -> Path:
    """Moved into place whole: another process of the test may be reading it."""
    path, fresh = folder / "pin", folder / f"pin.{os.getpid()}"
    fresh.touch(mode=0o600)
    fresh.write_text(f"{pin}\n")
    return fresh.replace(path)
