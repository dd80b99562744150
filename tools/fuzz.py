"""Feed damaged input to each parser of data from outside: only errors of the product, no hang, bounded memory.

    python -m tools.fuzz SECONDS [NAME ...] [--list] [--findings FOLDER]

The parsers are those of `tests/support/fuzz/targets.py`. Without NAME, all of them run one after the other, each in a
process of its own. If `atheris` is installed (an optional tool), coverage guides the inputs. Otherwise they are
mutations of valid ones. An input that raises another error, takes longer than SLOWEST seconds, or makes the process
exceed MEMORY is written to the folder of findings, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import faulthandler
import hashlib
import importlib
import importlib.util
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SLOWEST = 60
"""Seconds for one input. Generous for loaded machines, because an input that hangs never ends."""
MEMORY_MIB = 1024
_LONGEST = 32 * 1024
_INSTRUMENTED = ["pki_manager", "joserfc", "yaml"]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.fuzz", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("seconds", type=int, help="for each parser")
    parser.add_argument("names", nargs="*", help="of parsers; all unless given")
    parser.add_argument("--findings", type=Path, default=ROOT / ".cache/fuzz", help="where inputs that failed go")
    parser.add_argument("--list", action="store_true", help="the names, and nothing else")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.here:
        return _here(asked.names[0], asked.seconds, asked.findings)
    known = list(_targets())
    if asked.list:
        _say("\n".join(known))
        return 0
    if unknown := set(asked.names) - set(known):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; --list tells what there is")
    asked.findings.mkdir(parents=True, exist_ok=True)
    return max(_apart(name, asked.seconds, asked.findings) for name in asked.names or known)


def _targets() -> dict[str, Any]:
    targets: dict[str, Any] = importlib.import_module("tests.support.fuzz.targets").TARGETS
    return targets


def _apart(name: str, seconds: int, findings: Path) -> int:
    """Run one parser in a process of its own, so that a crash does not end the others."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "tools.fuzz", str(seconds), name, "--here", "--findings", str(findings)]
    done = subprocess.run(  # noqa: S603 - this interpreter and this module
        command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False
    )
    tried = re.findall(r"(?:^#|executed )(\d+)", done.stdout + done.stderr, re.MULTILINE)
    word = "fine" if done.returncode == 0 else f"FAILED (exit {done.returncode})"
    _say(f"{name}: {word}, {tried[-1] if tried else '?'} inputs in {time.perf_counter() - started:.0f} s")
    if done.returncode:
        _say("\n".join((done.stdout + done.stderr).splitlines()[-40:]))
    return int(done.returncode != 0)


def _here(name: str, seconds: int, findings: Path) -> int:
    guided = importlib.util.find_spec("atheris") is not None
    return (_by_coverage if guided else _by_chance)(name, seconds, findings)


def _by_coverage(name: str, seconds: int, findings: Path) -> int:
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=_INSTRUMENTED):
        target = _targets()[name]
    _warm_up(target)
    with tempfile.TemporaryDirectory() as folder:
        for seed in target.seeds():
            (Path(folder) / hashlib.sha256(seed).hexdigest()).write_bytes(seed)
        dictionary = Path(folder).with_suffix(".dict")
        dictionary.write_text("".join(f'"{_escaped(token)}"\n' for token in target.tokens))
        options = (
            f"-max_total_time={seconds}", f"-timeout={SLOWEST}", f"-rss_limit_mb={MEMORY_MIB}", f"-max_len={_LONGEST}",
            f"-artifact_prefix={findings}/{name}-", f"-dict={dictionary}",
        )  # fmt: skip
        atheris.Setup([name, *options, folder], target.attempt)
        atheris.Fuzz()
    return 0


def _warm_up(target: Any) -> None:  # noqa: ANN401 - a Target, which is imported when instrumentation is there
    """Call the parser once before measuring, so that no input is charged for one-time setup."""
    target.attempt(target.seeds()[0])


def _escaped(token: bytes) -> str:
    return "".join(f"\\x{octet:02x}" for octet in token)


def _by_chance(name: str, seconds: int, findings: Path) -> int:
    target = _targets()[name]
    _warm_up(target)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_MIB << 20,) * 2)
    kept = findings / f"{name}-last"
    end, tried = time.perf_counter() + seconds, 0
    for data in mutations(random.Random(name), target.seeds(), target.tokens):  # noqa: S311 - nothing secret
        if time.perf_counter() > end:
            break
        kept.write_bytes(data)
        faulthandler.dump_traceback_later(SLOWEST, exit=True)
        target.attempt(data)
        faulthandler.cancel_dump_traceback_later()
        tried += 1
    kept.unlink(missing_ok=True)
    _say(f"executed {tried}")
    return 0


def mutations(dice: random.Random, seeds: Sequence[bytes], tokens: Sequence[bytes]) -> Iterator[bytes]:
    """Yield mutated seeds endlessly. One to six changes each: a token, some octets, a part cut, doubled, or moved."""
    changes: tuple[Callable[[random.Random, bytes, Sequence[bytes]], bytes], ...] = (_put, _flip, _cut, _double, _join)
    while True:
        data = dice.choice(seeds)
        for _ in range(dice.randint(1, 6)):
            data = dice.choice(changes)(dice, data, (*tokens, *seeds[:1]))[:_LONGEST]
        yield data


def _put(dice: random.Random, data: bytes, tokens: Sequence[bytes]) -> bytes:
    at = dice.randint(0, len(data))
    return data[:at] + dice.choice(tokens) + data[at + dice.randint(0, 4) :]


def _flip(dice: random.Random, data: bytes, _tokens: Sequence[bytes]) -> bytes:
    at = dice.randint(0, len(data))
    return data[:at] + dice.randbytes(dice.randint(1, 3)) + data[at + dice.randint(0, 3) :]


def _cut(dice: random.Random, data: bytes, _tokens: Sequence[bytes]) -> bytes:
    at = dice.randint(0, len(data))
    return data[:at] + data[at + dice.randint(1, 60) :]


def _double(dice: random.Random, data: bytes, _tokens: Sequence[bytes]) -> bytes:
    at = dice.randint(0, len(data))
    piece = data[at : at + dice.randint(1, 80)]
    return data[:at] + piece * dice.randint(1, 20) + data[at:]


def _join(dice: random.Random, data: bytes, tokens: Sequence[bytes]) -> bytes:
    return data[: dice.randint(0, len(data))] + dice.choice(tokens)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
