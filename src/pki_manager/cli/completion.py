"""Shell completion: the script of a shell, which calls `pkim` for the matching words."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

PROGRAM = "pkim"
VARIABLE = "_PKIM_COMPLETE"
_WORDS = ("_TYPER_COMPLETE_ARGS", "COMP_WORDS")


class Shell(StrEnum):
    """A shell with completion."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def build_script(shell: Shell) -> str:
    """Return the completion script, which a shell reads once in each session."""
    from typer._completion_shared import get_completion_script

    return get_completion_script(prog_name=PROGRAM, complete_var=VARIABLE, shell=shell.value)


def is_completing(environ: Mapping[str, str]) -> bool:
    """Return whether a completion script runs this process."""
    return VARIABLE in environ


def enable() -> None:
    """Let the program respond to completion scripts."""
    from typer._completion_classes import completion_init

    completion_init()


def find_words(environ: Mapping[str, str]) -> list[str]:
    """Return the words after the program's name on the command line to complete."""
    line = next((environ[name] for name in _WORDS if name in environ), "")
    return line.split()[1:]
