"""Extensions: those that a request contains, and the custom extensions of a profile with their values."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from pki_manager.domain.profiles.extensions import (
    FIELD,
    CustomExtension,
    ExtensionType,
    FieldValue,
    PlannedExtension,
    RequestField,
    describe_form,
    find_value_fault,
)
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.profiles.terms import UnlistedHandling
from pki_manager.policy.characters import find_text_fault
from pki_manager.policy.reasons import Findings

_SUBJECT_ALTERNATIVE_NAME = "2.5.29.17"


def decide_extensions(
    given: tuple[FieldValue, ...], profile: Profile, findings: Findings
) -> tuple[PlannedExtension, ...]:
    """Return the custom extensions of a certificate. Refuse unknown, missing, and invalid field values."""
    if not profile.extensions and not given:
        return ()
    values = {one.name: one.value for one in given}
    known = [extension.field.name for extension in profile.extensions if extension.field]
    for name in sorted(values.keys() - set(known)):
        names = ", ".join(known) or "none"
        findings.refuse(f"{FIELD}{name}", "field.known", f"must be a field of profile {profile.name!r}: {names}")
    planned: list[PlannedExtension] = []
    for extension in profile.extensions:
        field, text = extension.field, extension.value
        if field is not None:
            text = _judge_field(extension.type, field, values.get(field.name), findings)
        if text is not None:
            source = None if field is None else field.name
            planned.append(PlannedExtension(extension.oid, extension.type, text, extension.critical, source))
    return tuple(planned)


def require_readable(unreadable: Iterable[CustomExtension]) -> None:
    """Raise PolicyRefused if there are extensions of a request whose value has another type than their field."""
    findings = Findings()
    for extension in unreadable:
        if extension.field is not None:
            message = f"must be {describe_form(extension.type)}, encoded as {extension.type} in {extension.oid}"
            findings.refuse(f"{FIELD}{extension.field.name}", "field.value", message)
    findings.refuse_if_any()


def judge_requested(
    requested: tuple[str, ...], fields: tuple[FieldValue, ...], profile: Profile, findings: Findings
) -> tuple[str, ...]:
    """Return requested extensions other than SAN that the profile does not list. They are ignored or refused.

    An extension whose field has a value is neither.
    """
    given = {one.name for one in fields}
    of_fields = (one.oid for one in profile.extensions if one.field is not None and one.field.name in given)
    expected = {_SUBJECT_ALTERNATIVE_NAME, *profile.requestable_extensions, *of_fields}
    ignored = tuple(oid for oid in requested if oid not in expected)
    unlisted = ", ".join(ignored)
    if unlisted and profile.requested_extensions is UnlistedHandling.REFUSE:
        findings.refuse("csr", "csr.extensions", f"must not request extensions that the profile sets: {unlisted}")
    elif unlisted:
        findings.note(f"requested extensions that the profile sets were ignored: {unlisted}")
    return ignored


def _judge_field(kind: ExtensionType, field: RequestField, value: str | None, findings: Findings) -> str | None:
    """Return the value if it is valid."""
    if value is None:
        if field.required:
            findings.refuse(f"{FIELD}{field.name}", "field.required", "is required")
        return None
    fault = _find_fault(kind, field, value)
    if fault is not None:
        findings.refuse(f"{FIELD}{field.name}", "field.value", fault)
        return None
    return value


def _find_fault(kind: ExtensionType, field: RequestField, value: str) -> str | None:
    if len(value) > field.maximum:
        return f"must have at most {field.maximum} characters"
    fault = find_value_fault(kind, value)
    if fault is not None:
        return fault
    hidden = find_text_fault(value)
    if hidden is not None:
        return f"must be unambiguous text, but it {hidden}"
    return None if fnmatchcase(value, field.pattern) else f"must match {field.pattern}"
