"""Show the texts that break the language rules beyond the baseline."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from tools.language.rules import Finding, check, is_allowed
from tools.language.texts import find_texts

ROOT = Path(__file__).parents[2]
BASELINE = Path(__file__).with_name("baseline.json")

Counts = dict[str, dict[str, int]]
"""Findings by path and by rule."""


def find(root: Path) -> list[Finding]:
    """Return every finding below `root` that its line does not allow."""
    lines: dict[str, list[str]] = {}
    findings = []
    for text in find_texts(root):
        source = lines.setdefault(text.path, (root / text.path).read_text().splitlines())
        findings += [one for one in check(text) if not is_allowed(one, source[text.line - 1])]
    return findings


def count(findings: Iterable[Finding]) -> Counts:
    counted = Counter((one.text.path, one.rule) for one in findings)
    counts: Counts = {}
    for (path, rule), number in sorted(counted.items()):
        counts.setdefault(path, {})[rule] = number
    return counts


def beyond(findings: Iterable[Finding], accepted: Counts) -> Iterator[Finding]:
    """Yield the findings of every file and rule that has more of them than the baseline accepts."""
    findings = list(findings)
    counts = count(findings)
    for one in findings:
        if counts[one.text.path][one.rule] > accepted.get(one.text.path, {}).get(one.rule, 0):
            yield one


def lowered(counts: Counts, accepted: Counts) -> Counts:
    """Return the baseline with each number that has fallen lowered, and none raised."""
    kept: Counts = {}
    for path, rules in accepted.items():
        left = {rule: min(number, counts.get(path, {}).get(rule, 0)) for rule, number in rules.items()}
        if left := {rule: number for rule, number in left.items() if number}:
            kept[path] = left
    return kept


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.language", description=__doc__)
    parser.add_argument("paths", nargs="*", help="show only findings in files whose path begins so")
    parser.add_argument("--all", action="store_true", help="show the accepted findings too")
    parser.add_argument("--count", action="store_true", help="show the number of findings of each rule")
    parser.add_argument("--update", action="store_true", help="lower the baseline where findings have gone")
    options = parser.parse_args(arguments)

    accepted: Counts = json.loads(BASELINE.read_text())
    findings = find(ROOT)
    if options.update:
        BASELINE.write_text(json.dumps(lowered(count(findings), accepted), indent=1, sort_keys=True) + "\n")
    if options.count:
        for rule, number in Counter(one.rule for one in findings).most_common():
            print(f"{number:5} {rule}")
        print(f"{len(findings):5} in all")
        return 0
    shown = findings if options.all else list(beyond(findings, accepted))
    for one in shown:
        if not options.paths or one.text.path.startswith(tuple(options.paths)):
            print(f"{one.text.path}:{one.text.line}: {one.rule}: {one.words!r}: {one.advice}")
    return 1 if shown and not options.all else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
