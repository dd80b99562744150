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
from pki_manager.cli import completion
from pki_manager.cli.commands import top
from pki_manager.cli.nouns import NOUNS


def build(arguments: Sequence[str], *, whole: bool = False) -> typer.Typer:
    """Return the program with the commands of the noun in `arguments`. Other nouns have only names and help.

    This is faster than loading all of them, which `whole` does.
    """
    named = next((word for word in arguments if not word.startswith("-")), None)
    app = typer.Typer(
        name="pkim",
        help="PKI Manager: a private certificate authority.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None if named is None else "rich",  # plain is quicker, and the list needs no panels
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_program)
    top.register(app)
    for noun in () if named in top.COMMANDS else NOUNS:
        app.add_typer(_load(noun) if whole or noun == named else typer.Typer(name=noun, help=NOUNS[noun]))
    return app


def _load(noun: str) -> typer.Typer:
    app: typer.Typer = import_module(f"pki_manager.cli.commands.{noun.replace('-', '_')}").app
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
    # Commands report errors by text and exit code; the log is for --verbose and for `serve`, which set it up.
    """Run the program with the arguments of the process."""
    logging.getLogger("pki_manager").addHandler(logging.NullHandler())
    try:
        build(_find_words())()
    finally:
        _flush_output()


def _find_words() -> Sequence[str]:
    """Return the arguments of the process, or, for a completion script, those of the line to complete."""
    environ = os.environ  # noqa: TID251 - the edge
    if not completion.is_completing(environ):
        return sys.argv[1:]
    completion.enable()
    return completion.find_words(environ)


def _flush_output() -> None:
    """Write buffered output, or discard it if the reader closed the pipe: Python would report an error at exit."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
