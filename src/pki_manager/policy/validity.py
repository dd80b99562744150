"""The validity period. Both ends count: P90D is 7,776,000 seconds, including notAfter (RFC 5280 §4.1.2.5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pki_manager.domain.ca import Issuer
from pki_manager.domain.certificate import Validity
from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.profiles.terms import PastIssuerHandling, ValidityRule
from pki_manager.domain.request import ValidityRequest
from pki_manager.policy.reasons import Findings

_SECOND = timedelta(seconds=1)


def complete(requested: ValidityRequest, rule: ValidityRule) -> ValidityRequest:
    """Return the requested validity with all times in UTC, and the profile's default duration if no end is set.

    Raises InvalidInput if a duration and an end are both set, if a time has no zone or has fractions of a second, or if
    the end is before the start.
    """
    if requested.duration is not None and requested.not_after is not None:
        raise InvalidInput.of(
            "validity", "validity.form", "cannot be set together with not_after; specify exactly one of them"
        )
    not_before = _moment(requested.not_before, "validity.not_before")
    not_after = _moment(requested.not_after, "validity.not_after")
    if not_before is not None and not_after is not None and not_after < not_before:
        raise InvalidInput.of("validity.not_after", "validity.form", "must be after not_before")
    duration = requested.duration
    if duration is None and not_after is None:
        duration = rule.default
    return ValidityRequest(duration, not_before, not_after)


def decide_validity(requested: ValidityRequest, rule: ValidityRule, issuer: Issuer, now: datetime) -> Validity:
    """Return the validity of a certificate that is signed at `now`, in whole seconds UTC.

    A start before the issuer's notBefore is moved to it; an end after the issuer's notAfter is shortened or refused, as
    the profile says. A root has no issuer. Raises PolicyRefused with every reason. InvalidInput as `complete`.
    """
    completed = complete(requested, rule)
    now = now.astimezone(UTC).replace(microsecond=0)
    findings = Findings()
    if completed.not_before is not None:
        _judge_start(completed.not_before, rule, now, findings)
    start = completed.not_before or (_before(now, rule.backdate) if rule.backdate else now)
    if not issuer.self_signed:
        start = max(start, issuer.validity.not_before)
    end = _end(completed, rule, start, findings)
    if not issuer.self_signed and end < issuer.validity.not_before:
        message = f"must end after the issuer's own validity period starts, {_text(start)}; it ends at {_text(end)}"
        findings.refuse("validity.not_after", "validity.issuer", message)
    elif not issuer.self_signed:
        end = _within_issuer(start, end, rule, issuer, findings)
    if end < now:
        findings.refuse("validity.not_after", "validity.ended", f"must be in the future, but is {_text(end)}")
    findings.refuse_if_any()
    return Validity(start, end)


def _moment(moment: datetime | None, field: str) -> datetime | None:
    if moment is None:
        return None
    if moment.tzinfo is None or moment.microsecond:
        raise InvalidInput.of(field, "validity.form", "must be whole seconds with a time zone (RFC 5280 §4.1.2.5)")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise InvalidInput.of(field, "validity.form", "must be within the years 1 to 9999") from None


def _judge_start(start: datetime, rule: ValidityRule, now: datetime, findings: Findings) -> None:
    earliest, latest = _before(now, rule.backdate_limit), rule.future_limit.after(now)
    if start < earliest:
        message = f"must not be more than {rule.backdate_limit} in the past, as {_text(start)} is"
        findings.refuse("validity.not_before", "validity.backdate", message)
    if start > latest:
        message = f"must not be more than {rule.future_limit} in the future, as {_text(start)} is"
        findings.refuse("validity.not_before", "validity.future", message)


def _end(completed: ValidityRequest, rule: ValidityRule, start: datetime, findings: Findings) -> datetime:
    duration = completed.duration or rule.default
    end = completed.not_after or duration.after(start) - _SECOND
    field = "validity.not_after" if completed.not_after else "validity"
    if completed.not_after is None and end < start:
        raise InvalidInput.of(field, "validity.form", "must be after the start")
    latest = rule.maximum.after(start) - _SECOND
    if end > latest:
        message = f"must be at most {rule.maximum}, so it can end at {_text(latest)} at the latest, not at {_text(end)}"
        findings.refuse(field, "validity.maximum", message)
    return end


def _within_issuer(start: datetime, end: datetime, rule: ValidityRule, issuer: Issuer, findings: Findings) -> datetime:
    limit = issuer.validity.not_after
    if start > limit or (end > limit and rule.past_issuer is PastIssuerHandling.REFUSE):
        message = (
            f"must end before the issuer's certificate expires, {_text(limit)}; {_text(start)} to {_text(end)} does not"
        )
        findings.refuse("validity", "validity.issuer", message)
        return end
    return min(end, limit)


def _before(moment: datetime, duration: Duration) -> datetime:
    return Duration(-duration.months, -duration.seconds).after(moment)


def _text(moment: datetime) -> str:
    return f"{moment.replace(tzinfo=None).isoformat(timespec='seconds')}Z"
