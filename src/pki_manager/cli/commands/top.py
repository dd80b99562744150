"""`pkim serve`, `demo`, `status`, `selfcheck`, `version`, `completion`: the installation as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pki_manager import __version__
from pki_manager.cli.command import Command, verb
from pki_manager.cli.commands.context import login, logout
from pki_manager.cli.commands.init import init, print_summary
from pki_manager.cli.completion import Shell, build_script
from pki_manager.cli.demo.command import demo
from pki_manager.cli.exits import Exit
from pki_manager.cli.output import Output, warn
from pki_manager.cli.recipe import recipe
from pki_manager.cli.running_server import find_server
from pki_manager.cli.session import CommandSession
from pki_manager.cli.transport import build_local_actor, load_settings, open_local


def version(session: CommandSession) -> None:
    """Show the version of this program."""
    if session.output is Output.TABLE:
        print(__version__)
    else:
        session.show({"version": __version__})


def serve(
    session: CommandSession,
    ready_file: Annotated[
        Path | None,
        typer.Option(help="File for the base URLs and the process ID, written when all listeners are ready"),
    ] = None,
) -> None:
    """Run the server until SIGTERM or Ctrl-C. An empty data directory is set up first."""
    from pki_manager.server.serve import serve_installation

    serve_installation(
        load_settings(session.connection, may_be_missing=True), ready_file, announce_set_up=print_summary
    )


_END_NAMES = {
    "ca": "The certificate",
    "crl": "The CRL",
    "ocsp_signer": "The OCSP signer",
    "tls": "The TLS certificate of the server",
}


def status(session: CommandSession) -> Exit:
    """Show the state of each component, and the hosts of the installation if there are several.

    Exits with 7 if a component fails, or if no server runs.
    """
    found = session.get("status")
    server = find_server(session.connection)
    is_running = server is None or server.reason is None
    found["server"] = {"running": is_running, "url": server and server.url, "reason": server and server.reason}
    if session.output is Output.TABLE:
        session.show_list({"items": found["parts"]}, "name", "state", "reason")
        if len(found.get("nodes", ())) > 1:
            print()
            session.show_list({"items": found["nodes"]}, "name", "leader", "last_seen", "published_lag_seconds")
        for notice in found["notices"]:
            warn(" Run: ".join((notice["message"], *notice["commands"])))
        for end in found.get("near_ends", ()):
            of_ca = "" if end["ca"] is None else f" of CA {end['ca']!r}"
            warn(f"{_END_NAMES[end['kind']]}{of_ca} ends at {end['ends_at']}.")
        if server is not None and server.reason is not None:
            warn(server.reason)
    else:
        session.show(found)
    return Exit.DONE if found["ready"] and is_running else Exit.UNAVAILABLE


def selfcheck(session: CommandSession) -> Exit:
    """Issue a certificate, fetch every published URL, revoke it, and verify with OpenSSL. Exits with 1 on a failure."""
    from pki_manager.server.selfcheck import run

    settings = load_settings(session.connection)
    with open_local(settings) as installation:
        report = run(installation, actor=build_local_actor(settings))
    checks = [{"name": one.name, "outcome": one.outcome.value, "detail": one.detail} for one in report.checks]
    if session.output.is_document:
        session.show({"passed": report.passed, "checks": checks})
    else:
        session.show_list({"items": checks}, "name", "outcome", "detail")
    return Exit.DONE if report.passed else Exit.FAULT


def completion(
    _session: CommandSession, shell: Annotated[Shell, typer.Argument(help="Shell: bash, zsh, or fish")]
) -> None:
    """Print the completion script of a shell.

    For bash, add to ~/.bashrc: eval "$(pkim completion bash)". For zsh, the same in ~/.zshrc after compinit.
    For fish: pkim completion fish > ~/.config/fish/completions/pkim.fish
    """
    print(build_script(shell))


COMMANDS: dict[str, Command] = {
    "init": init,
    "serve": serve,
    "demo": demo,
    "status": status,
    "selfcheck": selfcheck,
    "version": version,
    "recipe": recipe,
    "login": login,
    "logout": logout,
    "completion": completion,
}


_WITHOUT_OUTPUT = frozenset({"serve", "demo", "completion"})


def register(app: typer.Typer) -> None:
    """Add the commands without a noun."""
    for name, command in COMMANDS.items():
        verb(app, name, prints=name not in _WITHOUT_OUTPUT)(command)
