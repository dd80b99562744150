"""Which of several CRLs counts: no older one takes back what a newer one says (RFC 5280 §5.2.4, §6.3.3)."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest
from cryptography import x509

from pki_manager.x509.path import Question, verify
from tests.support.paths import DAY, ISSUING, LEAF, NOW, ROOT, chain, crl, ders

MADE = chain(LEAF, ISSUING, ROOT)
SERIAL = MADE[0].serial_number
HOLD, REMOVE, COMPROMISE = (
    x509.ReasonFlags.certificate_hold,
    x509.ReasonFlags.remove_from_crl,
    x509.ReasonFlags.key_compromise,
)
USERS = x509.IssuingDistributionPoint(None, None, True, False, None, False, False)


def complete(
    number: int | None,
    reason: x509.ReasonFlags | None = None,
    *,
    scope: x509.IssuingDistributionPoint | None = None,
    age: timedelta = timedelta(),
) -> bytes:
    return _crl(number, None, reason, scope, age)


def delta(
    number: int | None,
    base: int,
    reason: x509.ReasonFlags | None = None,
    *,
    scope: x509.IssuingDistributionPoint | None = None,
    age: timedelta = timedelta(),
) -> bytes:
    return _crl(number, base, reason, scope, age)


def _crl(
    number: int | None,
    base: int | None,
    reason: x509.ReasonFlags | None,
    scope: x509.IssuingDistributionPoint | None,
    age: timedelta,
) -> bytes:
    extensions: list[tuple[x509.ExtensionType, bool]] = []
    if number is not None:
        extensions.append((x509.CRLNumber(number), False))
    if base is not None:
        extensions.append((x509.DeltaCRLIndicator(base), True))
    if scope is not None:
        extensions.append((scope, True))
    serials = () if reason is None else (SERIAL,)
    return crl(
        ISSUING, *serials, this_update=NOW - age, extensions=extensions, reason=reason or x509.ReasonFlags.unspecified
    )


def answers(*crls: bytes) -> set[str]:
    """What is said, whatever the order in which the CRLs are given: `good` without a reason."""
    leaf, issuing, root = ders(MADE)
    said = set()
    for order in permutations(crls):
        asked = Question(
            certificate=leaf, intermediates=(issuing,), trust_anchors=(root,), crls=(crl(ROOT), *order), time=NOW
        )
        said |= {reason.code for reason in verify(asked).reasons} or {"good"}
    return said


@pytest.mark.parametrize(
    ("number", "base"),
    [(4, 3), (9, 3), (8, 8), (12, 10), (20, 15)],
    ids=["older", "same number", "older than its twin", "base is newer", "gap"],
)
@pytest.mark.parametrize("reason", [COMPROMISE, HOLD])
def test_a_delta_that_does_not_fit_takes_back_no_revocation(number: int, base: int, reason: x509.ReasonFlags) -> None:
    assert answers(complete(9, reason), delta(number, base, REMOVE)) == {"revoked"}


@pytest.mark.parametrize(("number", "base"), [(10, 9), (10, 3), (99, 1)])
def test_a_delta_that_fits_releases_a_hold_and_adds_a_revocation(number: int, base: int) -> None:
    assert answers(complete(9, HOLD), delta(number, base, REMOVE)) == {"good"}
    assert answers(complete(9), delta(number, base, COMPROMISE)) == {"revoked"}
    assert answers(complete(9, HOLD), delta(number, base)) == {"revoked"}


def test_of_several_deltas_that_fit_the_newest_counts() -> None:
    assert answers(complete(9), delta(10, 9, HOLD), delta(11, 9, REMOVE)) == {"good"}
    assert answers(complete(9, HOLD), delta(10, 9, REMOVE), delta(11, 9, COMPROMISE)) == {"revoked"}
    assert answers(complete(9), delta(10, 9, HOLD), delta(11, 9)) == {"good"}


def test_what_a_delta_adds_counts_though_its_base_is_missing_or_newer() -> None:
    assert answers(complete(9), delta(20, 15, COMPROMISE)) == {"revoked"}
    assert answers(delta(20, 15, COMPROMISE)) == {"revoked"}
    assert answers(complete(9), delta(10, 9), delta(20, 15, COMPROMISE)) == {"revoked"}


def test_a_delta_that_is_older_than_the_complete_crl_says_nothing() -> None:
    assert answers(complete(9), delta(8, 5, HOLD)) == {"good"}
    assert answers(complete(9), delta(9, 5, HOLD)) == {"good"}


def test_a_delta_alone_does_not_show_that_a_certificate_is_good() -> None:
    assert answers(delta(10, 9)) == {"revocation_unknown"}
    assert answers(delta(10, 9, REMOVE)) == {"revocation_unknown"}


def test_a_delta_of_another_scope_takes_back_nothing() -> None:
    assert answers(complete(9, HOLD), delta(10, 9, REMOVE, scope=USERS)) == {"revoked"}
    assert answers(complete(9, HOLD, scope=USERS), delta(10, 9, REMOVE)) == {"revoked"}
    assert answers(complete(9, HOLD, scope=USERS), delta(10, 9, REMOVE, scope=USERS)) == {"good"}
    assert answers(complete(9), complete(5, COMPROMISE, scope=USERS)) == {"revoked"}


def test_a_delta_and_a_complete_crl_without_a_number_are_not_combined() -> None:
    assert answers(complete(None, HOLD), delta(10, 9, REMOVE)) == {"revoked"}
    assert answers(complete(9, HOLD), delta(None, 9, REMOVE)) == {"revoked"}


def test_of_several_complete_crls_the_highest_number_counts() -> None:
    assert answers(complete(8), complete(9, COMPROMISE)) == {"revoked"}
    assert answers(complete(8, HOLD), complete(9)) == {"good"}
    assert answers(complete(8, age=timedelta()), complete(9, COMPROMISE, age=DAY / 2)) == {"revoked"}
    assert answers(complete(8, HOLD), complete(9, COMPROMISE), delta(9, 8, REMOVE)) == {"revoked"}


def test_without_numbers_the_newest_counts() -> None:
    assert answers(complete(None, age=DAY / 2), complete(None, COMPROMISE)) == {"revoked"}
    assert answers(complete(None, HOLD, age=DAY / 2), complete(None)) == {"good"}
    assert answers(complete(9, HOLD, age=DAY / 2), complete(None)) == {"good"}


def test_of_complete_crls_that_claim_the_same_age_each_counts() -> None:
    assert answers(complete(9), complete(9, COMPROMISE)) == {"revoked"}
    ring = (complete(5, COMPROMISE, age=DAY / 2), complete(3), complete(None, age=DAY / 4))
    assert answers(*ring) == {"revoked"}
