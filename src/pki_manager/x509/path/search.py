"""Search for a path from a certificate to a trust anchor (RFC 4158), within a budget.

The search is depth-first and tries likelier issuers first. A name and key that are in the path are never added again,
so loops cannot occur.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pki_manager.x509.path import judge, revocation, strict
from pki_manager.x509.path.crl import PathCrl
from pki_manager.x509.path.link import Link
from pki_manager.x509.path.model import Budget, OutOfBudget, Question, Reason, Verdict

_LIMITS = "the search was ended: too many certificates, signatures or names to compare"


def verify(question: Question) -> Verdict:
    """Return the first valid path. If none is valid, return the one with the fewest reasons against it.

    If the budget is exhausted, the reason is `limits`. Raises Malformed with the field (`certificate`,
    `intermediates.0`, …) for an object that cannot be read.
    """
    search = _Search(question)
    try:
        return search.run()
    except OutOfBudget:
        reason = Reason("limits", search.leaf.shown, _LIMITS)
        return Verdict(tuple(link.der for link in search.nearest), (reason,))


class _Search:
    def __init__(self, question: Question) -> None:
        self.question = question
        self.budget = Budget()
        self.leaf = Link.read(question.certificate, "certificate")
        self.anchors = _read(question.trust_anchors, "trust_anchors")
        self.others = _read(question.intermediates, "intermediates")
        self.crls = [PathCrl.read(data, f"crls.{at}") for at, data in enumerate(question.crls)]
        self.nearest: Sequence[Link] = (self.leaf,)
        self._anchor_ders = {link.der for link in self.anchors}
        self._unsigned: Reason | None = None

    def run(self) -> Verdict:
        best: list[Reason] | None = None
        for path in self._paths((self.leaf,)):
            found = judge.find_reasons(path, self.question, self.budget)
            found += revocation.find_reasons(path, self.crls, self.question, self.budget)
            if self.question.strict:
                found += strict.find_reasons(path, self.crls, self.question, self.budget)
            if best is None or len(found) < len(best):
                best, self.nearest = found, path
            if not found:
                break
        if best is None:
            best = [self._unsigned or self._no_path()]
        return Verdict(tuple(link.der for link in self.nearest), tuple(dict.fromkeys(best)))

    def _no_path(self) -> Reason:
        last = self.nearest[-1]
        what = "is self-signed and not among the trust anchors" if last.is_self_issued else "its issuer is missing"
        return Reason("no_path", last.shown, f"{what}, or the path is longer than {self.question.max_depth}")

    def _paths(self, path: tuple[Link, ...]) -> Iterator[tuple[Link, ...]]:
        """Yield every path from the last certificate of `path` to a trust anchor whose signatures are valid."""
        self.budget.step()
        last = path[-1]
        if last.der in self._anchor_ders:
            yield path
            return
        if len(path) > len(self.nearest):
            self.nearest = path
        if len(path) >= self.question.max_depth:
            return
        for issuer in self._candidates(last, path):
            if last.is_signed_by(issuer, self.budget):
                yield from self._paths((*path, issuer))
            elif self._unsigned is None:
                self._unsigned = judge.build_unsigned_reason(last)

    def _candidates(self, last: Link, path: tuple[Link, ...]) -> list[Link]:
        """Return the possible issuers by name, the likeliest first.

        Those whose key identifier fits come first; among equally fitting ones, trust anchors come first.
        """
        taken = {(link.subject, link.spki) for link in path}
        found = [
            link
            for link in (*self.anchors, *self.others)
            if last.may_be_issued_by(link) and (link.subject, link.spki) not in taken
        ]
        return sorted(found, key=lambda link: (not last.names_key_of(link), link.der not in self._anchor_ders))


def _read(ders: Sequence[bytes], field: str) -> list[Link]:
    """Read each different certificate once, even if it was passed several times."""
    first = {data: at for at, data in reversed(list(enumerate(ders)))}
    return [Link.read(data, f"{field}.{at}") for data, at in sorted(first.items(), key=lambda item: item[1])]
