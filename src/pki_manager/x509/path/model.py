"""The input, the result, and the budget of a path validation."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from pki_manager.domain.names import AlternativeName

MAX_DEPTH = 10
DEEPEST = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The parameters of a path validation. All certificates and CRLs are DER.

    `usage` is the OID of an extended key usage; `name` is a DNS name or IP address that the certificate must be valid
    for. `max_depth` counts the certificates of a path, both ends included. With `crls`, every certificate below the
    trust anchor must be shown as not revoked by one of them; without, revocation is not checked. With `strict`, lint
    errors of the path's certificates and CRLs are reasons too.
    """

    certificate: bytes
    trust_anchors: tuple[bytes, ...]
    intermediates: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    time: datetime
    name: AlternativeName | None = None
    usage: str | None = None
    max_depth: int = MAX_DEPTH
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason against a path: a stable code, the subject (RFC 4514) of the certificate, and a text."""

    code: str
    certificate: str
    message: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of a path validation. The path is valid if there are no reasons.

    `path` (DER, certificate first, trust anchor last) is the valid path, or the one with the fewest reasons. If no path
    reaches a trust anchor, it is the longest one found.
    """

    path: tuple[bytes, ...]
    reasons: tuple[Reason, ...]

    @property
    def valid(self) -> bool:
        return not self.reasons


class OutOfBudget(Exception):
    """Raised if the search costs more than legitimate certificates require."""


@dataclass(slots=True)
class Budget:
    """The remaining budget of a path validation: steps, signatures, comparisons of names, and objects to lint."""

    steps: int = 1000
    signatures: int = 200
    comparisons: int = 250_000
    lints: int = 60
    _verified: dict[tuple[bytes, bytes], bool] = field(default_factory=dict)
    _linted: set[tuple[bytes, bytes]] = field(default_factory=set)

    def step(self) -> None:
        self.steps -= 1
        self._require(self.steps)

    def compare(self, count: int) -> None:
        self.comparisons -= count
        self._require(self.comparisons)

    def lint(self, pair: tuple[bytes, bytes]) -> None:
        """Spend one lint, unless this object and issuer were already linted. Raises OutOfBudget if none is left."""
        if pair not in self._linted:
            self._linted.add(pair)
            self.lints -= 1
            self._require(self.lints)

    def known(self, pair: tuple[bytes, bytes]) -> bool | None:
        """Return whether this signature was valid when it was verified; None if it is still to be verified.

        If it is None, one signature is spent. Raises OutOfBudget if none is left.
        """
        if pair not in self._verified:
            self.signatures -= 1
            self._require(self.signatures)
        return self._verified.get(pair)

    def remember(self, pair: tuple[bytes, bytes], *, good: bool) -> None:
        self._verified[pair] = good

    def _require(self, left: int) -> None:
        if left < 0:
            raise OutOfBudget
