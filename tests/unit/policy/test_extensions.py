"""Custom extensions in the decision: fixed values, and values from the fields of a request."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pki_manager.domain.profiles.extensions import (
    CustomExtension,
    ExtensionType,
    FieldValue,
    PlannedExtension,
    RequestField,
)
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.request import ValidityRequest
from pki_manager.policy.builtin_profiles import TLS_SERVER
from pki_manager.policy.decide import check
from pki_manager.policy.extensions import decide_extensions
from pki_manager.policy.reasons import Findings
from tests.unit.policy.cases import NOW, actor, issuer, sans

OID = "1.3.6.1.4.1.32473"
FIXED = CustomExtension(f"{OID}.1", ExtensionType.INTEGER, "7")


def profile(*, required: bool = False, kind: ExtensionType = ExtensionType.UTF8_STRING) -> Profile:
    field = RequestField("room", required=required, pattern="[A-C]?*", maximum=6)
    return replace(TLS_SERVER, extensions=(FIXED, CustomExtension(f"{OID}.2", kind, field=field)))


def decide(by: Profile, **values: str) -> tuple[tuple[PlannedExtension, ...], set[tuple[str, str]]]:
    findings = Findings()
    planned = decide_extensions(tuple(FieldValue(*item) for item in values.items()), by, findings)
    return planned, {(error.field, error.rule) for error in findings.errors}


def test_the_plan_has_the_fixed_values_and_those_of_the_request_with_their_field() -> None:
    fixed = PlannedExtension(f"{OID}.1", ExtensionType.INTEGER, "7")
    assert decide(profile()) == ((fixed,), set())
    chosen = PlannedExtension(f"{OID}.2", ExtensionType.UTF8_STRING, "A17", field="room")
    assert decide(profile(), room="A17") == ((fixed, chosen), set())


def test_a_profile_without_extensions_plans_none() -> None:
    assert decide(TLS_SERVER) == ((), set())


@pytest.mark.parametrize(
    ("values", "refused"),
    [
        ({}, ("fields.room", "field.required")),
        ({"room": "D1"}, ("fields.room", "field.value")),
        ({"room": "A"}, ("fields.room", "field.value")),
        ({"room": "A123456"}, ("fields.room", "field.value")),
        ({"room": "A1\n"}, ("fields.room", "field.value")),
        ({"room": "A1\u00a0"}, ("fields.room", "field.value")),
        ({"room": "A1 "}, ("fields.room", "field.value")),
        ({"room": "Ae\u0301"}, ("fields.room", "field.value")),
        ({"room": ""}, ("fields.room", "field.value")),
        ({"room": "A1", "hall": "1"}, ("fields.hall", "field.known")),
    ],
)
def test_unknown_missing_and_invalid_values_are_refused(values: dict[str, str], refused: tuple[str, str]) -> None:
    assert decide(profile(required=True), **values)[1] == {refused}


def test_a_field_of_a_profile_without_fields_is_refused() -> None:
    assert decide(TLS_SERVER, room="A1")[1] == {("fields.room", "field.known")}


def test_a_value_has_the_form_of_the_type_whatever_the_pattern_allows() -> None:
    assert decide(profile(kind=ExtensionType.INTEGER), room="A1")[1] == {("fields.room", "field.value")}


def test_an_order_without_a_csr_is_not_refused_for_a_value_that_its_csr_can_contain() -> None:
    check(sans("DNS:www.example.com"), ValidityRequest(), profile(required=True), issuer(), actor(), NOW)
