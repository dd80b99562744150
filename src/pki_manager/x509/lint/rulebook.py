"""Rules for certificates, those that see the frame alone apart: they are asked once for each frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from pki_manager.x509.lint.certificate import CertificateView
from pki_manager.x509.lint.finding import Finding
from pki_manager.x509.lint.frame import CertificateFrame
from pki_manager.x509.lint.rule import Rule

_Placed: TypeAlias = tuple[int, Finding]
"""A finding, and the place of its rule among the others."""


class FrameRule(Rule[CertificateFrame]):
    """A rule that is given the frame alone, so that what it finds holds for every certificate with that frame."""


class Rulebook:
    """Judges as `rule.judge` does with the same rules, in their order."""

    def __init__(self, rules: Sequence[Rule[CertificateView]]) -> None:
        self._since = [rule.since for rule in rules]
        self._of_frame = [(place, rule) for place, rule in enumerate(rules) if isinstance(rule, FrameRule)]
        self._of_one = [(place, rule) for place, rule in enumerate(rules) if not isinstance(rule, FrameRule)]

    def judge(self, view: CertificateView) -> tuple[Finding, ...]:
        """Every breach of every rule that was in effect on the certificate's day. Never raises."""
        found = list(view.frame.once(self._judge_frame))
        for place, rule in self._of_one:
            if breaches := rule.findings(view):
                found += [(place, finding) for finding in breaches]
        if not found:
            return ()
        day = view.issued_on
        found.sort(key=lambda one: one[0])
        return tuple(finding for place, finding in found if day is None or day >= self._since[place])

    def _judge_frame(self, frame: CertificateFrame) -> tuple[_Placed, ...]:
        return tuple((place, finding) for place, rule in self._of_frame for finding in rule.findings(frame))
