"""`pkim demo`: builds a demo and serves it until Ctrl-C."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from pki_manager.cli.demo.interruption import DeferredInterrupt
from pki_manager.cli.session import CommandSession
from pki_manager.cli.transport import require_local

if TYPE_CHECKING:
    from pki_manager.cli.demo.build import Demo


def demo(session: CommandSession) -> None:
    """Serve a throw-away installation with 180 days of generated history, until Ctrl-C.

    Without `--home` it is in a temporary directory, which is deleted at the end. With `--home` the directory must be
    empty, and is kept. PKIM_HOME and other settings of the environment are not used.
    """
    require_local(session.connection)
    with _as_interrupt(signal.SIGTERM), open_home(session.connection.home) as home:
        from pki_manager.cli.demo.build import build_demo

        with DeferredInterrupt() as interrupt:
            built = build_demo(home, lambda line: print(line, file=sys.stderr), interrupt.check)
        _serve(built, is_kept=session.connection.home is not None)


@contextmanager
def _as_interrupt(number: signal.Signals) -> Iterator[None]:
    """Let a signal end this process as Ctrl-C does, so that the temporary directory is deleted."""
    before = signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(number, before)


@contextmanager
def open_home(home: Path | None) -> Iterator[Path]:
    """Yield the directory of the demo. A temporary one is deleted at the end."""
    if home is not None:
        yield home.expanduser().absolute()
        return
    with TemporaryDirectory(prefix="pkim-demo-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _serve(demo: Demo, *, is_kept: bool) -> None:
    from pki_manager.bootstrap.home import choose_ports
    from pki_manager.server.serve import serve_installation

    def announce(_line: str) -> None:
        settings = choose_ports(demo.settings)
        end = f"keep it in {settings.home}" if is_kept else "delete it"
        print(f"\nDemo ready. Open {settings.url} and sign in as one of these users:")
        print(f"  {', '.join(demo.logins)}")
        print(f"Password of every user, shown only once: {demo.password}")
        print(f"Commands: pkim --help, with --home {settings.home}")
        print(f"Press Ctrl-C to end the demo and {end}.", flush=True)

    serve_installation(demo.settings, announce=announce)
    if is_kept:
        print(f"The demo is kept. Serve it again: pkim serve --home {demo.settings.home}")
