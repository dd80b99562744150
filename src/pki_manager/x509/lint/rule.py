"""The shape of a rule, and how rules judge a parsed object."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Generic, NamedTuple, Protocol, TypeVar

from pki_manager.x509.lint.der import DerError
from pki_manager.x509.lint.finding import Finding, Severity


class Judged(Protocol):
    """A parsed object. `issued_on` is the day that it dates itself to, None when that cannot be read."""

    @property
    def issued_on(self) -> date | None: ...


V = TypeVar("V", bound=Judged)


class Breach(NamedTuple):
    """Where a rule is broken, and how."""

    where: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Generic[V]):
    """One requirement on a kind of object.

    `id` is the kind and the file's name; `since` the day `citation` took effect: older objects are not judged by it.
    `check` yields every breach in an object that the rule `applies_to`.
    """

    id: str
    requirement: str
    citation: str
    since: date
    severity: Severity
    applies_to: Callable[[V], bool]
    check: Callable[[V], Iterable[Breach]]


def always(_: object) -> bool:
    """For rules that apply to every object of their kind."""
    return True


def judge(rules: Iterable[Rule[V]], view: V) -> Iterator[Finding]:
    """Every breach of every rule that was in effect on the object's day. Never raises.

    A part that a rule cannot decode counts as a breach of that rule: what cannot be judged is not passed over.
    """
    day = view.issued_on
    for rule in rules:
        if day is not None and day < rule.since:
            continue
        try:
            if rule.applies_to(view):
                for where, message in rule.check(view):
                    yield Finding(rule.id, rule.severity, rule.citation, message, where)
        except DerError as error:
            where = error.where or rule.id.partition(".")[0]
            yield Finding(rule.id, rule.severity, rule.citation, f"cannot be judged: {error}", where)
