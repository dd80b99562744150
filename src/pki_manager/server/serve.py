"""`pkim serve`: binds the sockets, sets up an empty data directory, and runs one or several processes."""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path

from pki_manager import bootstrap
from pki_manager.authority.kernel.demo import is_demo
from pki_manager.authority.signing.status_urls import find_notices
from pki_manager.bootstrap import Installation, home, in_force
from pki_manager.bootstrap.summary import Summary
from pki_manager.domain.errors import Fault, PkiError
from pki_manager.server import logs, selfcheck
from pki_manager.server.listeners import Sockets, build_base_urls, open_listeners, set_bound_ports
from pki_manager.server.process import LAST_MOMENT, run_process
from pki_manager.settings import Settings

RESTART_AFTER = 1.0
_LOOK = 0.2
_FIRST_SLOT = "worker-1"
_CHECKED = "selfcheck.first"
_log = logging.getLogger(__name__)


def _to_stdout(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def serve_installation(
    settings: Settings,
    ready_file: Path | None = None,
    *,
    announce: Callable[[str], None] = _to_stdout,
    announce_set_up: Callable[[Summary], None] = lambda _summary: None,
) -> None:
    """Serve until SIGTERM or SIGINT. If the data directory is empty, set it up and run a self-check once.

    When all listeners respond, `ready_file` gets `{"management", "tls", "status", "pid"}`. Raises ConfigurationInvalid
    if an address cannot be bound; Fault if one of several processes cannot start; otherwise the errors of `initialize`
    and `open_installation`.
    """
    logs.configure_logs(settings.log_level, "server")
    with open_listeners(settings, ports=home.read_remembered_ports(settings)) as sockets:
        bound = set_bound_ports(settings, sockets)
        if not home.is_set_up(bound):
            announce_set_up(bootstrap.initialize(bound))
        for listener in sockets:
            if settings.bind(listener).port == 0:
                home.remember_port(bound, listener, bound.bind(listener).port)
        _record_settings(bound)

        def ready() -> None:
            urls = build_base_urls(bound)
            if ready_file is not None:
                _write(ready_file, json.dumps({**urls, "pid": os.getpid()}))
            announce(f"Serving {bound.url} ({urls['tls']} with TLS, status at {urls['status']})")

        if bound.workers == 1:
            _serve_single(bound, sockets, ready)
        else:
            _Family(bound, sockets, ready).run()


def _record_settings(settings: Settings) -> None:
    """Record the settings for local commands. A failure, such as a full disk, is only logged."""
    try:
        in_force.record(settings)
    except PkiError as error:
        _log.warning("settings in force not recorded", extra={"reason": error.detail})


def _report_notices(installation: Installation) -> None:
    """Report warnings that an operator must act on, in the log and on standard output."""
    try:
        notices = find_notices(installation.ctx)
    except PkiError as error:
        _log.warning("status URLs not checked", extra={"reason": error.detail})
        return
    for notice in notices:
        _log.warning("status URLs unusable", extra={"ca": notice.ca, "reason": notice.message})
        _to_stdout(f"Warning: {notice.text}")


def _serve_single(settings: Settings, sockets: Sockets, ready: Callable[[], None]) -> None:
    def report_ready(installation: Installation) -> None:
        ready()
        _report_notices(installation)
        _first_self_check(installation)

    run_process(settings, _FIRST_SLOT, sockets, ready=report_ready)


def _first_self_check(installation: Installation) -> None:
    """Run the self-check once for each installation, against this server while it serves.

    A demo is not checked, because that would add certificates to its history.
    """
    storage = installation.ctx.ports.storage
    with storage.read() as reader:
        if reader.meta.get(_CHECKED) is not None or is_demo(reader):
            return

    def check() -> None:
        report = selfcheck.run(installation, build_base_urls(installation.settings))
        for line in report.lines():
            _to_stdout(line)
        with storage.housekeep() as uow:
            uow.meta.put(_CHECKED, installation.ctx.ports.clock.now().isoformat())

    threading.Thread(target=check, name="selfcheck", daemon=True).start()


def _write(path: Path, text: str) -> None:
    """Write the file atomically."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


class _Family:
    """Several server processes on the same sockets: spawned, restarted if they die, and ended together."""

    def __init__(self, settings: Settings, sockets: Sockets, ready: Callable[[], None]) -> None:
        self._settings = settings
        self._sockets = sockets
        self._ready = ready
        self._spawn = multiprocessing.get_context("spawn")
        self._members: dict[str, SpawnProcess] = {}
        self._reports: dict[str, Connection] = {}
        self._stopping = False

    def run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        slots = [f"worker-{number}" for number in range(1, self._settings.workers + 1)]
        try:
            for slot in slots:
                self._start(slot)
            if self._await_all():
                self._ready()
            while not self._stopping:
                self._restart_dead()
        finally:
            self._end()

    def _start(self, slot: str) -> None:
        """Start a process with a pipe through which it reports that it is ready.

        The pipe is closed if the process dies first. It stays open as long as the process: nothing waits for the report
        of a restarted process, but the process must be able to send it.
        """
        ours, theirs = self._spawn.Pipe(duplex=False)
        process = self._spawn.Process(
            target=_member, args=(self._settings, slot, dict(self._sockets), theirs), name=slot
        )
        process.start()
        theirs.close()
        self._members[slot], self._reports[slot] = process, ours

    def _await_all(self) -> bool:
        waiting = list(self._reports.values())
        while waiting and not self._stopping:
            for report in wait(waiting, _LOOK):
                waiting = [one for one in waiting if one is not report]
                if not isinstance(report, Connection) or not _is_ready(report):
                    raise Fault("A server process did not start. The log states the reason.")
        return not waiting

    def _restart_dead(self) -> None:
        wait([process.sentinel for process in self._members.values()], _LOOK)
        for slot, process in list(self._members.items()):
            if not process.is_alive() and not self._stopping:
                facts = {"slot": slot, "exit_code": process.exitcode}
                _log.error("server process exited, restarting", extra=facts)
                # A process that dies at once must not become a busy loop.
                threading.Event().wait(RESTART_AFTER)
                self._start(slot)

    def _stop(self, _number: int, _frame: object) -> None:
        self._stopping = True

    def _end(self) -> None:
        for process in self._members.values():
            process.terminate()
        for process in self._members.values():
            process.join(LAST_MOMENT)
        for process in self._members.values():
            process.kill()


def _is_ready(report: Connection) -> bool:
    try:
        report.recv()
    except EOFError:
        return False
    return True


def _member(settings: Settings, slot: str, sockets: Sockets, report: Connection) -> None:
    logs.configure_logs(settings.log_level, slot)

    def ready(installation: Installation) -> None:
        report.send("ready")
        if slot == _FIRST_SLOT:
            _report_notices(installation)
            _first_self_check(installation)

    parent = multiprocessing.parent_process()
    try:
        run_process(settings, slot, sockets, ready=ready, parent=parent.sentinel if parent else None)
    except Exception:  # noqa: BLE001 - the log is the only place to report it
        _log.exception("server process failed", extra={"slot": slot})
        raise SystemExit(1) from None
