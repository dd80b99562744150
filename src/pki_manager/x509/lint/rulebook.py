"""The rules for certificates. Rules about the frame run once for each frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from pki_manager.x509.asn1.certificate_view import CertificateFrame, CertificateView
from pki_manager.x509.asn1.tlv import DerError
from pki_manager.x509.lint.finding import Finding
from pki_manager.x509.lint.rule import Rule


class FrameRule(Rule[CertificateFrame]):
    """A rule that reads only the frame, so that its findings hold for every certificate with that frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRule(Rule[CertificateView]):
    """A rule that reads the whole certificate. Whether it applies is decided by the frame alone."""

    applies_to: Callable[[CertificateFrame], bool]


AnyRule: TypeAlias = FrameRule | CertificateRule


class _Verdict(NamedTuple):
    """The findings about a frame, and the remaining rules, which apply to every certificate with that frame.

    Each finding and rule is paired with the position of its rule.
    """

    found: tuple[tuple[int, Finding], ...]
    left: tuple[tuple[int, CertificateRule], ...]


class Rulebook:
    """Runs rules in their order. The result is that of `rule.judge`, but findings about frames are cached."""

    def __init__(self, rules: Sequence[AnyRule]) -> None:
        self._rules = tuple(rules)

    def judge(self, view: CertificateView) -> tuple[Finding, ...]:
        """Return every breach of each rule that was in effect when the certificate was issued. Never raises."""
        kept = view.frame.once(self._judge_frame)
        found = list(kept.found)
        for place, rule in kept.left:
            if breaches := rule.breaches(view):
                found += [(place, finding) for finding in breaches]
        if not found:
            return ()
        day = view.issued_on
        found.sort(key=lambda one: one[0])
        return tuple(finding for place, finding in found if day is None or day >= self._rules[place].since)

    def _judge_frame(self, frame: CertificateFrame) -> _Verdict:
        found: list[tuple[int, Finding]] = []
        left: list[tuple[int, CertificateRule]] = []
        for place, rule in enumerate(self._rules):
            if isinstance(rule, FrameRule):
                found += [(place, finding) for finding in rule.findings(frame)]
                continue
            try:
                if rule.applies_to(frame):
                    left.append((place, rule))
            except DerError as error:
                found.append((place, rule.undecodable(error)))
        return _Verdict(tuple(found), tuple(left))
