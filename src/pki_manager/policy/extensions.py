"""Custom extensions of a certificate: fixed values of the profile, and values from the fields of a request."""

from __future__ import annotations

from fnmatch import fnmatchcase

from pki_manager.domain.profiles.extensions import (
    FIELD,
    ExtensionType,
    FieldValue,
    PlannedExtension,
    RequestField,
    find_value_fault,
)
from pki_manager.domain.profiles.profile import Profile
from pki_manager.policy.characters import find_text_fault
from pki_manager.policy.reasons import Findings


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
