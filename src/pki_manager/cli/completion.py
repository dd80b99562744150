"""Shell completion: the script of a shell, which calls `pkim` for the words that fit."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

PROGRAM = "pkim"
VARIABLE = "_PKIM_COMPLETE"
_WORDS = ("_TYPER_COMPLETE_ARGS", "COMP_WORDS")


class Shell(StrEnum):
    """A shell that the completion works in."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def script(shell: Shell) -> str:
    """What the shell has to read, once in each session."""
    from typer._completion_shared import get_completion_script

    return get_completion_script(prog_name=PROGRAM, complete_var=VARIABLE, shell=shell.value)


def is_completing(environ: Mapping[str, str]) -> bool:
    """Whether a completion script runs this process."""
    return VARIABLE in environ


def enable() -> None:
    """Make the program able to answer completion scripts."""
    from typer._completion_classes import completion_init

    completion_init()


def find_words(environ: Mapping[str, str]) -> list[str]:
    """The words behind the program's name on the command line that is completed."""
    line = next((environ[name] for name in _WORDS if name in environ), "")
    return line.split()[1:]
