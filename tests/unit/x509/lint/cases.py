"""The shape of the tables: for every rule an object that it accepts and those that it must refuse."""

from __future__ import annotations

from dataclasses import dataclass

from tests.unit.x509.lint.objects import Cert, Crl, Ocsp


@dataclass(frozen=True)
class Pair:
    """A certificate or CRL, and the issuer's certificate where the rule wants one."""

    item: Cert | Crl | Ocsp
    issuer: Cert | None = None


@dataclass(frozen=True)
class Case:
    """`good` the rule judges and accepts; `also` it accepts or has nothing to do with; `bad` it must refuse."""

    good: Pair
    bad: tuple[Pair, ...]
    also: tuple[Pair, ...] = ()


def case(
    good: Cert | Crl | Ocsp,
    *bad: Cert | Crl | Ocsp,
    issuer: Cert | None = None,
    also: tuple[Cert | Crl | Ocsp, ...] = (),
) -> Case:
    """All under one issuer."""
    accepted = tuple(Pair(item, issuer) for item in also)
    return Case(Pair(good, issuer), tuple(Pair(item, issuer) for item in bad), accepted)
