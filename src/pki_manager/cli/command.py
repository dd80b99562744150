"""Declaration of commands: each accepts the connection options, reports errors the same way, and receives a session."""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from pki_manager.cli.exits import Exit
from pki_manager.cli.failure import Accepted, build_document, report
from pki_manager.cli.nouns import NOUNS
from pki_manager.cli.output import Output, show
from pki_manager.cli.session import CommandSession
from pki_manager.cli.table import Layout
from pki_manager.cli.transport import RemoteConnection
from pki_manager.domain.errors import Fault

_log = logging.getLogger(__name__)
_PANEL = "Connection"

CursorOption: TypeAlias = Annotated[str | None, typer.Option(help="Continue after this next_cursor")]
LimitOption: TypeAlias = Annotated[int | None, typer.Option(min=1, help="Maximum number of items. Default: all")]
OutOption: TypeAlias = Annotated[str | None, typer.Option(help="File to write, - for standard output")]


def _option_help(text: str) -> Any:  # noqa: ANN401 - what typer.Option returns
    return typer.Option(help=text, rich_help_panel=_PANEL)


_OUTPUT = Annotated[Output, typer.Option("--output", "-o", help="Output format")]
_CONNECTION: dict[str, Any] = {
    "home": Annotated[Path | None, _option_help("Data directory of the installation. Default: PKIM_HOME")],
    "url": Annotated[str | None, _option_help("Base URL of a server to use instead. Default: PKIM_URL")],
    "token_file": Annotated[Path | None, _option_help("File with an API token. Default: PKIM_TOKEN_FILE")],
    "ca_file": Annotated[Path | None, _option_help("File with PEM trust anchors. Default: PKIM_CA_FILE")],
}

_WIDE = Annotated[bool, typer.Option("--wide", help="Show all columns of the table, with full values")]
_VERBOSE = Annotated[bool, typer.Option("--verbose", help="Write the log to stderr")]

_LAYOUTS = {None: Layout.FULL, False: Layout.SHORT, True: Layout.WIDE}
"""Layout of tables by the value of `--wide`; None is for a command without that option."""

Command: TypeAlias = Callable[..., Exit | None]


def noun(name: str, help_text: str | None = None) -> typer.Typer:
    """Return a group of commands. `help_text` is needed only for a group inside another noun."""
    return typer.Typer(name=name, help=help_text or NOUNS[name], no_args_is_help=True)


def verb(app: typer.Typer, name: str, *, prints: bool = True, lists: bool = False) -> Callable[[Command], Command]:
    """Return a decorator that registers `f(session, …)` as a command; its other parameters are those of typer.

    The function returns an exit code; None means 0. With `prints` the command accepts `--output`. With `lists` its
    table is short, and `--wide` shows all columns.
    """

    def register(function: Command) -> Command:
        own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
        parameters = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own]
        if prints:
            parameters.append(_option("output", _OUTPUT, Output.TABLE))
        if lists:
            parameters.append(_option("wide", _WIDE, default=False))
        parameters += [_option(key, annotation, None) for key, annotation in _CONNECTION.items()]
        parameters.append(_option("verbose", _VERBOSE, default=False))

        @functools.wraps(function)
        def run(**values: Any) -> None:  # noqa: ANN401 - typer's parsed parameters
            raise typer.Exit(_run(function, values))

        # What typer reads a command's options from.
        vars(run).pop("__wrapped__")
        vars(run)["__signature__"] = inspect.Signature(parameters)
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        app.command(name)(run)
        return function

    return register


def _option(name: str, annotation: object, default: object) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _run(function: Command, values: dict[str, Any]) -> Exit:
    connection = RemoteConnection(**{key: values.pop(key) for key in _CONNECTION})
    output = values.pop("output", Output.TABLE)
    layout = _LAYOUTS[values.pop("wide", None)]
    if values.pop("verbose"):
        logging.basicConfig(level=logging.INFO)
    try:
        with CommandSession(connection, output, layout) as session:
            return function(session, **values) or Exit.DONE
    except Accepted as waiting:
        show(waiting.document, output)
        return Exit.WAITING
    except BrokenPipeError:
        # The reader of the output closed the pipe; typer ends the process without an error.
        raise
    except Exception as error:  # noqa: BLE001 - the last resort: no traceback for a user who did not ask for it
        document = build_document(error)
        if document["code"] == Fault.code:
            _log.exception("command failed")
        return report(document, as_json=output.is_document)
