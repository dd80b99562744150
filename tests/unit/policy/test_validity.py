"""From when until when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pki_manager.domain.certificate import Validity
from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import InvalidInput, PolicyRefused
from pki_manager.domain.profiles.terms import PastIssuerHandling, ValidityRule
from pki_manager.domain.request import ValidityRequest
from pki_manager.policy.validity import complete, decide_validity
from tests.unit.policy.cases import DAY, ISSUER_VALIDITY, NOW, issuer, root_issuer

SECOND = timedelta(seconds=1)
RULE = ValidityRule(default=Duration.parse("P90D"), maximum=Duration.parse("P398D"), backdate=Duration(0, 60))


def ask(rule=RULE, by=None, now=NOW, **wish):
    return decide_validity(ValidityRequest(**wish), rule, by or issuer(), now)


def rules(rule=RULE, by=None, now=NOW, **wish) -> set[tuple[str, str]]:
    with pytest.raises(PolicyRefused) as caught:
        ask(rule, by, now, **wish)
    return {(error.field, error.rule) for error in caught.value.errors}


def test_iss_11_ninety_days_are_exactly_7776000_inclusive_seconds():
    validity = ask()
    assert validity.not_after - validity.not_before + SECOND == timedelta(seconds=7_776_000)


def test_a_certificate_starts_a_little_back_unless_the_profile_says_now():
    assert ask().not_before == NOW - timedelta(seconds=60)
    assert ask(replace(RULE, backdate=None)).not_before == NOW


def test_calendar_backdating_counts_months():
    rule = replace(RULE, backdate=Duration(1, 0), backdate_limit=Duration(1, 0))
    assert ask(rule, now=datetime(2026, 3, 31, tzinfo=UTC)).not_before == datetime(2026, 2, 28, tzinfo=UTC)


def test_dates_are_whole_seconds():
    validity = ask(now=NOW.replace(microsecond=999_999))
    assert validity == ask()


def test_times_come_out_in_utc():
    east = timezone(timedelta(hours=5))
    validity = ask(not_before=NOW.astimezone(east), now=NOW.astimezone(east))
    assert validity.not_before == NOW
    assert validity.not_before.utcoffset() == timedelta(0)
    assert validity.not_after.utcoffset() == timedelta(0)


def test_iss_12_exactly_the_maximum_is_accepted():
    assert ask(duration=Duration.parse("P398D")).not_after == NOW - timedelta(seconds=61) + 398 * DAY
    assert ask(not_before=NOW, not_after=NOW + 398 * DAY - SECOND).not_after == NOW + 398 * DAY - SECOND


def test_iss_12_one_second_more_than_the_maximum_is_refused():
    assert rules(duration=Duration(0, 398 * 86400 + 1)) == {("validity", "validity.maximum")}
    assert rules(not_before=NOW, not_after=NOW + 398 * DAY) == {("validity.not_after", "validity.maximum")}


def test_a_maximum_in_years_counts_leap_days():
    rule = ValidityRule(default=Duration(12, 0), maximum=Duration(12, 0))
    leap = datetime(2027, 3, 1, tzinfo=UTC)
    by = issuer(validity=Validity(leap - DAY, leap + 5000 * DAY))
    assert ask(rule, by, leap, duration=Duration(0, 366 * 86400)).not_after == datetime(
        2028, 2, 29, 23, 59, 59, tzinfo=UTC
    )
    assert rules(rule, by, leap, duration=Duration(0, 367 * 86400)) == {("validity", "validity.maximum")}


def test_iss_14_a_start_two_years_back_is_refused():
    assert ("validity.not_before", "validity.backdate") in rules(not_before=NOW - 730 * DAY)


def test_iss_14_backdating_up_to_the_limit_is_accepted_and_not_beyond():
    limit = timedelta(seconds=RULE.backdate_limit.seconds)
    assert ask(not_before=NOW - limit).not_before == NOW - limit
    assert rules(not_before=NOW - limit - SECOND) == {("validity.not_before", "validity.backdate")}


def test_iss_14_a_start_ahead_up_to_the_limit_is_accepted_and_not_beyond():
    limit = timedelta(seconds=RULE.future_limit.seconds)
    assert ask(not_before=NOW + limit).not_before == NOW + limit
    assert rules(not_before=NOW + limit + SECOND) == {("validity.not_before", "validity.future")}


def test_a_start_before_the_issuers_moves_up_and_keeps_the_length():
    young = issuer(validity=Validity(NOW - timedelta(seconds=10), NOW + 3000 * DAY))
    validity = ask(by=young)
    assert validity.not_before == NOW - timedelta(seconds=10)
    assert validity.not_after - validity.not_before + SECOND == 90 * DAY


def test_an_end_past_the_issuers_is_clamped_or_refused_by_the_profile():
    old = issuer(validity=Validity(NOW - 100 * DAY, NOW + 10 * DAY))
    assert ask(by=old).not_after == NOW + 10 * DAY
    strict = replace(RULE, past_issuer=PastIssuerHandling.REFUSE)
    assert rules(strict, old) == {("validity", "validity.issuer")}
    assert ask(strict, old, duration=Duration.parse("P9D"))


def test_the_end_of_the_issuer_itself_is_not_past_it():
    strict = replace(RULE, past_issuer=PastIssuerHandling.REFUSE)
    old = issuer(validity=Validity(NOW - 100 * DAY, NOW + 10 * DAY))
    assert ask(strict, old, not_after=NOW + 10 * DAY).not_after == NOW + 10 * DAY


@pytest.mark.parametrize("past_issuer", PastIssuerHandling)
def test_a_start_after_the_issuers_end_is_refused_either_way(past_issuer):
    ending = issuer(validity=Validity(NOW - 100 * DAY, NOW + timedelta(hours=1)))
    rule = replace(RULE, past_issuer=past_issuer)
    assert rules(rule, ending, not_before=NOW + timedelta(hours=2)) == {("validity", "validity.issuer")}


def test_a_clamped_end_that_has_passed_is_refused():
    gone = issuer(validity=Validity(NOW - 100 * DAY, NOW - SECOND))
    assert rules(by=gone) == {("validity.not_after", "validity.ended")}


def test_an_end_in_the_past_is_refused():
    assert rules(not_before=NOW - timedelta(minutes=30), not_after=NOW - SECOND) == {
        ("validity.not_after", "validity.ended")
    }
    assert ask(not_before=NOW - timedelta(minutes=30), not_after=NOW).not_after == NOW


def test_a_root_has_no_issuer_to_end_with():
    by = replace(root_issuer(), validity=Validity(NOW, NOW + DAY))
    validity = ask(by=by)
    assert validity.not_before == NOW - timedelta(seconds=60)
    assert validity.not_after == NOW - timedelta(seconds=61) + 90 * DAY


def test_all_reasons_are_told_at_once():
    old = issuer(validity=Validity(NOW - 900 * DAY, NOW + 900 * DAY))
    assert rules(by=old, not_before=NOW - 800 * DAY, not_after=NOW - DAY) == {
        ("validity.not_before", "validity.backdate"),
        ("validity.not_after", "validity.maximum"),
        ("validity.not_after", "validity.ended"),
    }


@pytest.mark.parametrize(
    "wish",
    [
        {"duration": Duration(0, 60), "not_after": NOW + DAY},
        {"not_before": NOW.replace(tzinfo=None)},
        {"not_after": (NOW + DAY).replace(tzinfo=None)},
        {"not_before": NOW.replace(microsecond=1)},
        {"not_before": NOW, "not_after": NOW - SECOND},
        {"not_after": datetime.max.replace(microsecond=0, tzinfo=timezone(-timedelta(hours=1)))},
        {"duration": Duration(12 * 9000, 0)},
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_invalid_input(wish):
    with pytest.raises(InvalidInput) as caught:
        ask(**wish)
    assert caught.value.errors[0].field.startswith("validity")


def test_completing_fills_in_the_default_only_where_no_end_is_asked():
    assert complete(ValidityRequest(), RULE) == ValidityRequest(RULE.default)
    assert complete(ValidityRequest(not_before=NOW), RULE) == ValidityRequest(RULE.default, NOW)
    assert complete(ValidityRequest(Duration(0, 5)), RULE) == ValidityRequest(Duration(0, 5))
    assert complete(ValidityRequest(not_after=NOW), RULE) == ValidityRequest(not_after=NOW)


@given(st.integers(86400, 398 * 86400), st.integers(0, 59), st.integers(-3600, 86400))
def test_whatever_is_settled_lies_within_profile_and_issuer(seconds, minute, shift):
    now = NOW.replace(minute=minute)
    start = now + timedelta(seconds=shift)
    validity = ask(now=now, duration=Duration(0, seconds), not_before=start)
    assert validity.not_before == start
    assert validity.not_after - validity.not_before + SECOND == timedelta(seconds=seconds)
    assert ISSUER_VALIDITY.not_before <= validity.not_before <= validity.not_after <= ISSUER_VALIDITY.not_after
    assert now <= validity.not_after


def test_no_well_defined_end_is_an_end_like_another():
    """RFC 5280 §4.1.2.5's 99991231235959Z: beyond every maximum, and past the issuer's own."""
    forever = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert rules(not_after=forever) == {("validity.not_after", "validity.maximum")}
    eternal = issuer(validity=Validity(NOW - DAY, forever))
    assert ask(by=eternal).not_after < forever


def test_a_period_before_the_issuers_own_is_refused_for_that_and_not_as_one_that_ends_before_it_starts():
    young = issuer(validity=Validity(NOW - 3 * DAY, NOW + 900 * DAY))
    rule = replace(RULE, backdate_limit=Duration.parse("P200D"))
    with pytest.raises(PolicyRefused) as caught:
        ask(rule, young, not_before=NOW - 110 * DAY, not_after=NOW - 22 * DAY)
    messages = {error.rule: error.message for error in caught.value.errors}
    assert set(messages) == {"validity.issuer", "validity.ended"}
    assert "after the issuer's own validity period starts" in messages["validity.issuer"]
    assert not any("must be after" in message for message in messages.values())


def test_an_end_in_the_past_without_a_start_is_refused_as_past():
    assert rules(not_after=NOW - DAY) == {("validity.not_after", "validity.ended")}
