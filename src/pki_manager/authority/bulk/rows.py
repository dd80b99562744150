"""The fields of the rows of a bulk job, and the use case that each row runs: the same as for single requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from pki_manager.authority.cas import import_history
from pki_manager.authority.certificates import queries
from pki_manager.authority.certificates.enroll import Enroll, check_enrollment, enroll
from pki_manager.authority.certificates.enroll_batch import EnrollCall, enroll_batch
from pki_manager.authority.certificates.renew import preview_renewal, renew
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status.revoke import RevocationDetails, preview_revocation, revoke
from pki_manager.domain.bulk import BulkAction
from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import FieldError, InvalidInput, PkiError
from pki_manager.domain.moment import parse_moment
from pki_manager.domain.profiles.extensions import FIELD, FieldValue
from pki_manager.domain.request import ValidityRequest
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy.access import Permission
from pki_manager.ports.unit_of_work import Claim

Body = Mapping[str, str]

REFERENCE = "reference"
"""Field that every row can have: the caller's own name for the row, returned with its result."""


@dataclass(frozen=True, slots=True)
class RowAction:
    """The fields that the rows of an action have, and the use case of the action.

    `check` raises the error with which the row would be refused now. `do` runs the use case and returns the certificate
    that was issued or changed, if any. `do_together` runs several rows at once and returns the certificate or the error
    of each. `has_field_values`: rows can contain values of the profile's request fields, each as `fields.NAME`.
    """

    permission: Permission
    required: frozenset[str]
    optional: frozenset[str]
    check: Callable[[Context, Actor, Body], None]
    do: Callable[[Context, Actor, Body, Claim], UUID | None]
    do_together: Callable[[Context, Actor, Sequence[tuple[Body, Claim]]], Sequence[UUID | PkiError]] | None = None
    has_field_values: bool = False

    def require_fields(self, number: int, body: Body) -> tuple[FieldError, ...]:
        """Return an error for each field of a row that is missing or unknown, for example at `rows.17.csr`."""
        unknown = body.keys() - self.required - self.optional - {REFERENCE}
        if self.has_field_values:
            unknown = {name for name in unknown if not name.startswith(FIELD)}
        missing = {name for name in self.required if not body.get(name, "").strip()}
        return (
            *(
                FieldError(f"rows.{number}.{name}", "schema.extra_forbidden", "is not a known field")
                for name in sorted(unknown)
            ),
            *(FieldError(f"rows.{number}.{name}", "schema.missing", "is required") for name in sorted(missing)),
        )


def _order(body: Body) -> Enroll:
    return Enroll(
        ca=body["ca"],
        profile=body["profile"],
        csr=body["csr"],
        subject=body.get("subject"),
        sans=tuple(body["sans"].split()) if "sans" in body else None,
        validity=_validity(body),
        fields=_field_values(body),
    )


def _field_values(body: Body) -> tuple[FieldValue, ...] | None:
    """Return the values of request fields; None without any, so that those of the CSR count."""
    values = (FieldValue(name.removeprefix(FIELD), text) for name, text in body.items() if name.startswith(FIELD))
    return tuple(values) or None


def _validity(body: Body) -> ValidityRequest:
    text = body.get("validity")
    return ValidityRequest(duration=Duration.parse(text)) if text else ValidityRequest()


def _check_issue(ctx: Context, actor: Actor, body: Body) -> None:
    check_enrollment(ctx, actor, _order(body))


def _issue(ctx: Context, actor: Actor, body: Body, claim: Claim) -> UUID:
    return enroll(ctx, actor, _order(body), claim).value.id


def _issue_together(ctx: Context, actor: Actor, rows: Sequence[tuple[Body, Claim]]) -> Sequence[UUID | PkiError]:
    orders = [_readable(actor, body, claim) for body, claim in rows]
    readable = [order for order in orders if not isinstance(order, PkiError)]
    made = iter(enroll_batch(ctx, readable))
    results = [order if isinstance(order, PkiError) else next(made) for order in orders]
    return [one if isinstance(one, PkiError) else one.id for one in results]


def _readable(actor: Actor, body: Body, claim: Claim) -> EnrollCall | PkiError:
    try:
        return EnrollCall(actor, _order(body), claim)
    except PkiError as error:
        return error


def _check_renew(ctx: Context, actor: Actor, body: Body) -> None:
    preview_renewal(ctx, actor, _named(ctx, actor, body), _validity(body))


def _renew(ctx: Context, actor: Actor, body: Body, claim: Claim) -> UUID:
    return renew(ctx, actor, _named(ctx, actor, body), _validity(body), claim).value.id


def _reasoned(body: Body) -> RevocationDetails:
    named = body.get("reason") or RevocationReason.UNSPECIFIED.value
    try:
        reason = RevocationReason(named)
    except ValueError:
        known = ", ".join(RevocationReason)
        raise InvalidInput.of("reason", "schema.enum", f"must be one of {known}") from None
    moment = body.get("invalidity_date")
    return RevocationDetails(reason, parse_moment(moment, "invalidity_date") if moment else None)


def _check_revoke(ctx: Context, actor: Actor, body: Body) -> None:
    preview_revocation(ctx, actor, _named(ctx, actor, body), _reasoned(body))


def _revoke(ctx: Context, actor: Actor, body: Body, claim: Claim) -> UUID:
    why = _reasoned(body)
    return revoke(ctx, actor, _named(ctx, actor, body), why.reason, why.invalidity_date, claim).value.id


def _check_export(ctx: Context, actor: Actor, body: Body) -> None:
    queries.show_certificate(ctx, actor, _named(ctx, actor, body))


def _export(ctx: Context, actor: Actor, body: Body, _claim: Claim) -> UUID:
    return queries.show_certificate(ctx, actor, _named(ctx, actor, body)).id


def _import(ctx: Context, actor: Actor, body: Body, _claim: Claim) -> UUID | None:
    return import_history.import_row(ctx, actor, body)


def _named(ctx: Context, actor: Actor, body: Body) -> UUID:
    return queries.find_certificate_id(ctx, actor, body["certificate"])


_CERTIFICATE = frozenset({"certificate"})

KINDS: Mapping[BulkAction, RowAction] = {
    BulkAction.ISSUE: RowAction(
        Permission.CERTIFICATE_ISSUE,
        frozenset({"ca", "profile", "csr"}),
        frozenset({"subject", "sans", "validity"}),
        _check_issue,
        _issue,
        _issue_together,
        has_field_values=True,
    ),
    BulkAction.RENEW: RowAction(
        Permission.CERTIFICATE_ISSUE, _CERTIFICATE, frozenset({"validity"}), _check_renew, _renew
    ),
    BulkAction.REVOKE: RowAction(
        Permission.CERTIFICATE_REVOKE,
        _CERTIFICATE,
        frozenset({"reason", "invalidity_date"}),
        _check_revoke,
        _revoke,
    ),
    BulkAction.IMPORT: RowAction(
        Permission.CA_CREATE,
        frozenset({"ca"}),
        import_history.FIELDS,
        import_history.check_row,
        _import,
    ),
    BulkAction.EXPORT: RowAction(Permission.CERTIFICATE_READ, _CERTIFICATE, frozenset(), _check_export, _export),
}
