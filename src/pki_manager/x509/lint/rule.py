"""The type of a lint rule, and the check of a parsed object by rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Generic, NamedTuple, Protocol, TypeVar

from pki_manager.x509.asn1.tlv import DerError
from pki_manager.x509.lint.finding import Finding, Severity


class JudgedObject(Protocol):
    """A parsed object. `issued_on` is its day of issue, or None if that cannot be read."""

    @property
    def issued_on(self) -> date | None: ...


V_contra = TypeVar("V_contra", contravariant=True)
J = TypeVar("J", bound=JudgedObject)


class Breach(NamedTuple):
    """The place where a rule is violated, and a message."""

    where: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Generic[V_contra]):
    """One requirement on a kind of object.

    `id` is the kind and the file's name. `since` is the day `citation` took effect: older objects are not checked.
    `check` yields every breach in an object that the rule `applies_to`.
    """

    id: str
    requirement: str
    citation: str
    since: date
    severity: Severity
    applies_to: Callable[[V_contra], bool]
    check: Callable[[V_contra], Iterable[Breach]]

    def findings(self, view: V_contra) -> list[Finding]:
        """Return every breach, regardless of the object's date. Never raises: an undecodable part is a breach."""
        try:
            applies = self.applies_to(view)
        except DerError as error:
            return [self.undecodable(error)]
        return self.breaches(view) if applies else []

    def breaches(self, view: V_contra) -> list[Finding]:
        """Return every breach as `findings` does, without checking that the rule applies."""
        found: list[Finding] = []
        try:
            for where, message in self.check(view):
                found.append(self._finding(message, where))
        except DerError as error:
            found.append(self.undecodable(error))
        return found

    def undecodable(self, error: DerError) -> Finding:
        return self._finding(f"cannot be judged: {error}", error.where or self.id.partition(".")[0])

    def _finding(self, message: str, where: str) -> Finding:
        return Finding(self.id, self.severity, self.citation, message, where)


def applies_always(_: object) -> bool:
    """Return True, for rules that apply to every object of their kind."""
    return True


def judge(rules: Iterable[Rule[J]], view: J) -> Iterator[Finding]:
    """Yield every breach of each rule that was in effect when the object was issued. Never raises."""
    day = view.issued_on
    for rule in rules:
        if day is None or day >= rule.since:
            yield from rule.findings(view)
