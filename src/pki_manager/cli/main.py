"""The program `pkim`."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated

import typer

from pki_manager import __version__
from pki_manager.cli.commands import top

NOUNS = (
    *("ca", "cert", "request", "approval", "crl", "profile", "key", "backend", "tools", "job", "audit"),
    *("user", "role", "team", "service-account", "session", "token", "acme"),
    *("clock", "config", "db"),
)
"""Each has a module of its name in `cli.commands`, with its commands in `app`."""


def build(arguments: Sequence[str]) -> typer.Typer:
    """The program, with only the noun that `arguments` begin with, which is quicker; with all when they name none."""
    app = typer.Typer(
        name="pkim",
        help="PKI Manager: a private certificate authority.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_program)
    top.register(app)
    named = [noun for noun in NOUNS if arguments[:1] == [noun]]
    for noun in named or ([] if arguments[:1] and arguments[0] in top.COMMANDS else NOUNS):
        app.add_typer(import_module(f"pki_manager.cli.commands.{noun.replace('-', '_')}").app)
    return app


def _show_version(value: bool) -> None:
    if value:
        print(__version__)
        raise typer.Exit


def _program(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit")
    ] = False,
) -> None:
    """PKI Manager: a private certificate authority."""


def main() -> None:
    # Errors are told by their text and exit code; the log is for --verbose and for `serve`, which set it up.
    logging.getLogger("pki_manager").addHandler(logging.NullHandler())
    try:
        build(sys.argv[1:])()
    finally:
        _flush_output()


def _flush_output() -> None:
    """Write what is buffered. Discard it if the reader has closed the pipe: Python would complain at its end."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
