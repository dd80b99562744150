"""Takes out or weakens one permission check after the other, in a copy, and sees whether a test notices.

    python -m tools.mutate_access [--only PART]... [--jobs N] [TESTS…]

A check is a call in `authority/` that decides by who acts: of `access`, `guard`, `scopes` and the approval gate, and of
the heart's own `permitted` and the like. Standing alone it is left out; where its answer is used, it is asked for the
product itself, which may do everything (`gone`). One that names an object is also asked for the caller without the
limits of its grants: all CAs, profiles and names, everybody's objects (`limits`). A refusal that an `if` decides by
who the caller is, is skipped (`if`).

The tests are collected once, and run once to see which of them reach which check; then, for each check, those that
reach it run without it, in a fork, the quick and particular ones first. One that no test misses is named, unless
`access_excuses.py` says why nobody can miss it: exit status 1. So does an excuse that nothing needs.
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
    "tests/authority",
    "tests/protocols/rest",
    "tests/architecture/test_gates.py",
    "tests/architecture/test_access_table.py",
    "tests/architecture/test_access_cells.py",
    "tests/installation/worker",
)
CACHE = ROOT / ".cache"
RESULTS = CACHE / "mutate-access.txt"
"""A line for each check, as it comes. What pytest said is beside it."""
FIRST = 12
"""So many tests are tried first for a check: who misses it at all mostly misses it early. Then all others."""
LONGEST = 900
"""Seconds for one check: whoever takes longer has not noticed."""
USUAL = (
    *("-n", "0", "-q", "-s", "-p", "no:randomly", "-p", "no:cacheprovider", "-k", "not postgresql", "-m", "not long"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
)


@dataclass
class Told:
    """Of a test: which checks it reaches, and how many seconds it takes."""

    reached: frozenset[int]
    seconds: float


@dataclass(eq=False)
class Mutating:
    """A pytest plugin that runs the collected tests over and over, each time in a fork."""

    checks: Sequence[Check]
    folder: Path
    jobs: int
    survivors: list[Check] = field(default_factory=list)
    _kills: dict[str, int] = field(default_factory=dict)
    _failed: bool = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        told = self._watch(session)
        running: dict[int, tuple[int, Path]] = {}
        waiting = list(range(len(self.checks)))
        while waiting or running:
            while waiting and len(running) < self.jobs:
                number = waiting.pop(0)
                tests = self._ordered(number, told)
                note = self.folder / f"killer-{number}"
                pid = self._fork_run(session, [items[test] for test in tests], number, note)
                running[pid] = (number, note)
            pid, status = os.wait()
            number, note = running.pop(pid)
            self._say(number, os.waitstatus_to_exitcode(status), note)
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._failed |= report.failed

    def _watch(self, session: pytest.Session) -> Mapping[str, Told]:
        """Each test without any mutation; one that fails tells nothing."""
        size = -(-len(session.items) // self.jobs)
        pids = [
            self._fork_watch(session, job, session.items[job * size : (job + 1) * size]) for job in range(self.jobs)
        ]
        if sum(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids):
            raise pytest.UsageError(f"the tests did not run: see {CACHE}")
        told = {}
        for job in range(self.jobs):
            for line in (self.folder / f"reached-{job}").read_text(encoding="utf-8").splitlines():
                seconds, reached, test = line.split("\t", 2)
                told[test] = Told(frozenset(map(int, reached.split())), float(seconds))
        return told

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
        """Runs them; what each has reached, and how long it took. Fixtures end with the last, or where one stops."""
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

    def _ordered(self, number: int, told: Mapping[str, Told]) -> list[str]:
        """The quick, the particular and the successful first; the rest as collected, so that they share fixtures."""
        reaching = [test for test, what in told.items() if number in what.reached]

        def rank(test: str) -> float:
            return told[test].seconds * len(told[test].reached) / (1 + self._kills.get(test, 0))

        first = sorted(reaching, key=rank)[:FIRST]
        return [*first, *(test for test in reaching if test not in first)]

    def _fork_run(self, session: pytest.Session, items: Sequence[pytest.Item], number: int, note: Path) -> int:
        """Leaves the name of the test that failed in `note`."""

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
        """Does it in a process of its own, whose number this is: it ends with 0 once that was done.

        What it says goes to a log of its own, what its tests write into a folder of its own.
        """
        pid = os.fork()
        if pid:
            return pid
        done = False
        try:
            said = os.open(CACHE / f"mutate-access-{name}.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
            os.dup2(said, 1)
            os.dup2(said, 2)
            own = self.folder / name
            own.mkdir()
            os.environ["PYTEST_DEBUG_TEMPROOT"] = str(own)
            done = work()
            shutil.rmtree(own, ignore_errors=True)
        except BaseException:
            traceback.print_exc(file=sys.__stderr__)
        finally:
            os._exit(0 if done else 1)

    def _say(self, number: int, status: int, note: Path) -> None:
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


def judged(checks: Sequence[Check], survivors: Sequence[Check], only: Sequence[str]) -> list[str]:
    """What is wrong: those that no test misses and nothing excuses, and excuses that nothing needs."""
    missed = [f"missed by no test: {check}" for check in survivors if check.key not in EXCUSES]
    needed = {check.key for check in survivors}
    looked_at = {check.key for check in checks} if only else EXCUSES.keys()
    return missed + [f"an excuse that nothing needs: {key}" for key in EXCUSES if key in looked_at - needed]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", default=[], help="files whose path holds this")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="so many checks at a time")
    parser.add_argument("tests", nargs="*", default=SUITE, help="instead of all that ask about rights")
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
            del sys.modules[name]  # the tools' own; the tests are to have the copy
        mutating = Mutating(checks, Path(folder), chosen.jobs)
        status = pytest.main([*USUAL, *chosen.tests], plugins=[mutating])
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        return int(status)
    faults = judged(checks, mutating.survivors, chosen.only)
    sys.stderr.write(f"{len(checks)} checks taken out or weakened, {len(mutating.survivors)} missed by no test\n")
    sys.stderr.writelines(f"  {fault}\n" for fault in faults)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
