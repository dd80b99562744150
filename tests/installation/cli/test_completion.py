"""Shell completion, and the help of the program without its commands."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from pki_manager.cli.nouns import NOUNS
from tests.installation.cli.program import Pkim
from tests.judges.services import require
from tests.services.installation import PKIM


def complete(line: str) -> list[str]:
    """What bash offers for the last word of the line, by the script that `pkim completion bash` prints."""
    code = f"""
eval "$({PKIM} completion bash)"
COMP_WORDS=({line.removesuffix(" ")}{" ''" if line.endswith(" ") else ""})
COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_pkim_completion {PKIM}
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    done = subprocess.run([require("bash"), "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.split()


def test_bash_completes_nouns_verbs_and_options() -> None:
    assert complete("pkim ro") == ["role"]
    assert complete("pkim dem") == ["demo"]
    assert {"show", "rotate", "create"} <= set(complete("pkim ca "))
    assert complete("pkim ca show --outp") == ["--output"]
    assert complete("pkim init --organ") == ["--organization"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_a_script(shell: str) -> None:
    assert f"_PKIM_COMPLETE=complete_{shell}" in Pkim(()).run("completion", shell).stdout


def test_an_unknown_shell_is_exit_2() -> None:
    Pkim(()).run("completion", "powershell", expect=2)


def test_the_help_of_the_program_names_every_noun_and_imports_none() -> None:
    """What makes it quick, measured by what a busy machine does not change."""
    code = """
import sys
from pki_manager.cli.main import build
build(["--help"])(["--help"], standalone_mode=False)
modules = {name for name in sys.modules if name.startswith("pki_manager.cli.commands.")}
print("imported:", *sorted(modules | {"rich", "pydantic", "httpx2"} & set(sys.modules)), file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, "COLUMNS": "100"}
    )
    modules = [f"pki_manager.cli.commands.{name}" for name in ("context", "init", "top")]  # commands without a noun
    assert done.stderr.split() == ["imported:", *modules]
    for noun, text in NOUNS.items():
        assert f"{noun} " in done.stdout
        assert text in done.stdout


def test_every_module_of_commands_is_a_noun_of_the_list() -> None:
    folder = Path(import_module("pki_manager.cli.commands").__path__[0])
    names = {path.stem.replace("_", "-") for path in folder.glob("*.py")}
    assert names - set(NOUNS) == {"--init--", "top", "init", "bulk", "ca-import"}


def test_a_typing_error_in_a_noun_names_the_one_that_was_meant() -> None:
    assert "Did you mean 'cert'?" in Pkim(()).run("cret", "list", expect=2).stderr
