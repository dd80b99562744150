"""Disable or weaken one permission check after the other, in a copy, and report those that no test notices.

    python -m tools.mutate_access [--only PART]... [--jobs N] [TESTS…]

A check is a call in `authority/` that decides by the actor: a function of `access`, `guard`, `scopes`, or the approval
gates, or one of OWN in `access_checks.py`. There are three mutations:

- `gone`: the check is skipped or, if its result is used, decides for the system actor, which may do everything.
- `limits`: a check of an object ignores the limits of the actor's grants: CAs, profiles, names, and owners.
- `if`: a refusal that compares the identity of the actor is skipped.

The tests are collected once, and run once to record which checks each of them reaches. Then, for each mutation, the
tests that reach its check run in a fork. Fast tests that reach few checks come first. Exit status 1 if all tests pass
under a mutation that `access_excuses.py` does not list, or if a listed one is not needed.
"""

from __future__ import annotations

import argparse
import importlib
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tools.access_checks import Check, instrument
from tools.access_excuses import EXCUSES

ROOT = Path(__file__).resolve().parent.parent
SUITE = (
    "tests/unit/authority",
    "tests/authority",
    "tests/protocols/rest",
    "tests/architecture/test_gates.py",
    "tests/architecture/test_access_table.py",
    "tests/architecture/test_access_cells.py",
    "tests/installation/worker",
)
CACHE = ROOT / ".cache"
RESULTS = CACHE / "mutate-access.txt"
"""One line for each mutation, in the order of their ends. The output of pytest is in log files beside it."""
FIRST = 12
"""Number of tests that run first for a mutation, because one of them usually fails. Then all others run."""
LONGEST = 900
"""Time limit in seconds for one mutation. Tests that take longer count as not failed."""
USUAL = (
    *("-n", "0", "-q", "-s", "-p", "no:randomly", "-p", "no:cacheprovider", "-k", "not postgresql", "-m", "not long"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
)


@dataclass
class Reach:
    """The checks that a test reaches, and its duration in seconds."""

    checks: frozenset[int]
    seconds: float


@dataclass(eq=False)
class MutationPlugin:
    """A pytest plugin that runs the collected tests once for each mutation, each time in a fork."""

    checks: Sequence[Check]
    folder: Path
    jobs: int
    survivors: list[Check] = field(default_factory=list)
    _kills: dict[str, int] = field(default_factory=dict)
    _failed: bool = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        reaches = self._watch(session)
        running: dict[int, tuple[int, Path]] = {}
        waiting = list(range(len(self.checks)))
        while waiting or running:
            while waiting and len(running) < self.jobs:
                number = waiting.pop(0)
                tests = self._order_tests(number, reaches)
                note = self.folder / f"killer-{number}"
                pid = self._fork_run(session, [items[test] for test in tests], number, note)
                running[pid] = (number, note)
            pid, status = os.wait()
            number, note = running.pop(pid)
            self._report(number, os.waitstatus_to_exitcode(status), note)
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._failed |= report.failed

    def _watch(self, session: pytest.Session) -> Mapping[str, Reach]:
        """Run each test without a mutation. Tests that fail are left out."""
        size = -(-len(session.items) // self.jobs)
        pids = [
            self._fork_watch(session, job, session.items[job * size : (job + 1) * size]) for job in range(self.jobs)
        ]
        if sum(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids):
            raise pytest.UsageError(f"the tests did not run: see {CACHE}")
        reaches = {}
        for job in range(self.jobs):
            for line in (self.folder / f"reached-{job}").read_text(encoding="utf-8").splitlines():
                seconds, reached, test = line.split("\t", 2)
                reaches[test] = Reach(frozenset(map(int, reached.split())), float(seconds))
        return reaches

    def _fork_watch(self, session: pytest.Session, job: int, items: Sequence[pytest.Item]) -> int:
        def work() -> bool:
            with (self.folder / f"reached-{job}").open("w", encoding="utf-8") as out:
                for item, before, seconds in self._each(session, items):
                    reached = " ".join(map(str, sorted(before)))
                    if reached and not self._failed:
                        out.write(f"{seconds:.3f}\t{reached}\t{item.nodeid}\n")
            return True

        return self._fork(f"watch-{job}", work)

    def _each(
        self, session: pytest.Session, items: Sequence[pytest.Item]
    ) -> Generator[tuple[pytest.Item, set[int], float], None, None]:
        """Run the tests; yield each with the checks it reached and its seconds. Fixtures end with the last test."""
        probe = _probe()
        try:
            for item, following in zip(items, [*items[1:], None], strict=False):
                self._failed = False
                probe.REACHED.clear()
                began = time.monotonic()
                item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
                yield item, set(probe.REACHED), time.monotonic() - began
        finally:
            session._setupstate.teardown_exact(None)  # pytest's own does this at the session's end

    def _order_tests(self, number: int, reaches: Mapping[str, Reach]) -> list[str]:
        """Return the tests that reach a check: fast, specific, and successful ones first, then in collection order."""
        reaching = [test for test, reach in reaches.items() if number in reach.checks]

        def rank(test: str) -> float:
            return reaches[test].seconds * len(reaches[test].checks) / (1 + self._kills.get(test, 0))

        first = sorted(reaching, key=rank)[:FIRST]
        return [*first, *(test for test in reaching if test not in first)]

    def _fork_run(self, session: pytest.Session, items: Sequence[pytest.Item], number: int, note: Path) -> int:
        """Run the tests under a mutation in a fork, which writes the name of the failed test to `note`."""

        def work() -> bool:
            signal.alarm(LONGEST)
            _probe().ACTIVE = number
            running = self._each(session, items)
            killer = next((item.nodeid for item, _, _ in running if self._failed), None)
            running.close()
            if killer:
                note.write_text(killer, encoding="utf-8")
            return True

        return self._fork(f"run-{number}", work)

    def _fork(self, name: str, work: Callable[[], bool]) -> int:
        """Run `work` in a child process and return its process ID. The child exits with 0 if `work` returned True.

        The child has a log file for its output, and a folder for the files of its tests.
        """
        pid = os.fork()
        if pid:
            return pid
        done = False
        try:
            log = os.open(CACHE / f"mutate-access-{name}.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
            os.dup2(log, 1)
            os.dup2(log, 2)
            own = self.folder / name
            own.mkdir()
            os.environ["PYTEST_DEBUG_TEMPROOT"] = str(own)
            done = work()
            shutil.rmtree(own, ignore_errors=True)
        except BaseException:
            traceback.print_exc(file=sys.__stderr__)
        finally:
            os._exit(0 if done else 1)

    def _report(self, number: int, status: int, note: Path) -> None:
        check = self.checks[number]
        killer = note.read_text(encoding="utf-8") if note.exists() else ""
        if killer:
            self._kills[killer] = self._kills.get(killer, 0) + 1
        else:
            self.survivors.append(check)
        outcome = f"killed by {killer}" if killer else "SURVIVED" if status == 0 else f"ENDED with {status}"
        line = f"{number + 1}/{len(self.checks)} {check} -- {outcome}\n"
        sys.stderr.write(line)
        with RESULTS.open("a", encoding="utf-8") as out:
            out.write(line)


def _probe() -> Any:  # noqa: ANN401 - a module that only the copy has
    return importlib.import_module("pki_manager._mutants")


def list_faults(checks: Sequence[Check], survivors: Sequence[Check], only: Sequence[str]) -> list[str]:
    """Return the faults: survivors without an excuse, and excuses that are not needed."""
    survived = [f"no test fails without: {check}" for check in survivors if check.key not in EXCUSES]
    needed = {check.key for check in survivors}
    covered = {check.key for check in checks} if only else EXCUSES.keys()
    return survived + [f"an excuse that is not needed: {key}" for key in EXCUSES if key in covered - needed]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", default=[], help="text in the path of the files to change")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="number of mutations at the same time")
    parser.add_argument("tests", nargs="*", default=SUITE, help="tests to run; default: all that check permissions")
    chosen = parser.parse_args()
    os.chdir(ROOT)
    CACHE.mkdir(exist_ok=True)
    RESULTS.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "src"
        shutil.copytree(ROOT / "src", copy)
        checks = instrument(copy, chosen.only)
        sys.path.insert(0, str(copy))
        for name in [one for one in sys.modules if one.partition(".")[0] == "pki_manager"]:
            del sys.modules[name]  # loaded from `src` by this tool; the tests must import the copy
        plugin = MutationPlugin(checks, Path(folder), chosen.jobs)
        status = pytest.main([*USUAL, *chosen.tests], plugins=[plugin])
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        return int(status)
    faults = list_faults(checks, plugin.survivors, chosen.only)
    sys.stderr.write(f"{len(checks)} mutations, {len(plugin.survivors)} of them noticed by no test\n")
    sys.stderr.writelines(f"  {fault}\n" for fault in faults)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
