"""Custom extensions of profiles: which OIDs and values a definition can contain."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.profiles.codec import from_dict, to_dict
from pki_manager.domain.profiles.extensions import (
    MAX_EXTENSIONS,
    CustomExtension,
    ExtensionType,
    RequestField,
    find_value_fault,
)
from pki_manager.domain.profiles.profile import Profile
from pki_manager.policy.builtin_profiles import ISSUING_CA, OCSP_RESPONDER, ROOT_CA, SCEP_RA, TLS_CLIENT

OWN = "1.3.6.1.4.1.32473.1"


def entry(oid: str = OWN, kind: str = "UTF8String", value: str = "x") -> dict[str, Any]:
    return {"oid": oid, "type": kind, "value": value}


def faults(*extensions: dict[str, Any], profile: Profile = TLS_CLIENT) -> set[tuple[str, str]]:
    try:
        from_dict({**to_dict(profile), "extensions": list(extensions)})
    except InvalidInput as error:
        return {(fault.field, fault.rule) for fault in error.errors}
    return set()


def test_extensions_survive_the_json_form() -> None:
    extension = CustomExtension(OWN, ExtensionType.OCTET_STRING, "00ff", critical=True)
    profile = replace(TLS_CLIENT, extensions=(extension,))
    assert from_dict(to_dict(profile)) == profile


@pytest.mark.parametrize(
    "oid",
    [
        *(f"2.5.29.{arc}" for arc in (14, 15, 17, 19, 30, 31, 32, 35, 37, 46, 56)),
        "1.3.6.1.5.5.7.1.1",
        "1.3.6.1.5.5.7.1.14",
        "1.3.6.1.5.5.7.1.31",
        "1.3.6.1.5.5.7.48.1.5",
        "1.3.6.1.4.1.311.21.10",
        "1.3.6.1.4.1.11129.2.4.3",
        "2.16.840.1.113730.1.1",
        "1.2.3.04",
        "9.1",
    ],
)
def test_an_extension_that_the_server_sets_or_that_changes_validation_is_refused(oid: str) -> None:
    assert "extensions.0.oid" in {field for field, _ in faults(entry(oid))}


def test_an_extension_occurs_once() -> None:
    assert faults(entry(), entry(value="y")) == {("extensions.1.oid", "profile.extension")}


@pytest.mark.parametrize("profile", [ISSUING_CA, ROOT_CA, OCSP_RESPONDER, SCEP_RA], ids=lambda one: one.name)
def test_only_end_entities_have_custom_extensions(profile: Profile) -> None:
    assert faults(entry(), profile=profile) == {("extensions", "profile.extension")}


def test_number_and_size_of_extensions_are_limited() -> None:
    def numbered(count: int, size: int = 1) -> list[dict[str, Any]]:
        return [entry(f"{OWN}.{number}", value="x" * size) for number in range(count)]

    assert faults(*numbered(MAX_EXTENSIONS)) == set()
    assert faults(*numbered(MAX_EXTENSIONS + 1)) == {("extensions", "form.length")}
    assert faults(*numbered(4, 2000)) == set()
    assert faults(*numbered(5, 2000)) == {("extensions", "profile.extension_value")}
    assert faults(*numbered(1, 2001)) == {("extensions.0.value", "form.length")}


@pytest.mark.parametrize(
    ("oid", "fits", "wrong"),
    [
        ("1.3.6.1.4.1.311.25.2", entry("1.3.6.1.4.1.311.25.2", "SID", "S-1-5-21-1-2-3-4"), "UTF8String"),
        (
            "1.3.6.1.4.1.311.21.7",
            entry("1.3.6.1.4.1.311.21.7", "CertificateTemplate", "1.2.3:100:5"),
            "OID",
        ),
        ("1.3.6.1.4.1.311.20.2", entry("1.3.6.1.4.1.311.20.2", "BMPString", "DomainController"), "UTF8String"),
    ],
)
def test_an_extension_of_windows_has_the_type_that_windows_defines(oid: str, fits: dict[str, Any], wrong: str) -> None:
    assert faults(fits) == set()
    assert faults(entry(oid, "DER", "0500")) == set()
    assert ("extensions.0.type", "profile.extension") in faults(entry(oid, wrong, "1.2.3"))


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("DER", ["0500", "0C0161", "0c0161"], ["", "050", "xx", "05 00"]),
        ("BOOLEAN", ["true", "false"], ["True", "1", ""]),
        ("INTEGER", ["0", "-1", "9" * 48], ["01", "-0", "1.5", "9" * 49, ""]),
        ("OID", ["1.2.3", "2.25.1"], ["1", "1.2.03", "3.1", "1.40.1"]),
        ("OCTET STRING", ["00", "FFff"], ["0", "zz", ""]),
        ("UTF8String", ["a", "ä b", "日本"], ["", "a\n", "a\0", "\u202e", "\ud800"]),
        ("IA5String", ["a b"], ["ä", "", "a\t"]),
        ("BMPString", ["DomainController", "ä"], ["😀", "", "\x7f"]),
        (
            "SID",
            ["S-1-5-18", "S-1-5-21-1004336348-1177238915-682003330-512", "S-1-5-21-4294967295-0-0-1"],
            ["S-1-5", "S-2-5-18", "s-1-5-18", "S-1-5-21-4294967296", "S-1-5-018", "S-1-5" + "-1" * 16, "S-1-5-18 "],
        ),
        (
            "CertificateTemplate",
            ["1.2.3:100", "1.2.3:100:5", "1.2.3:0:0"],
            ["1.2.3", "1.2.3:", "1:1", "1.2.3:1:2:3", "1.2.3:4294967296", "1.2.3:-1"],
        ),
    ],
)
def test_a_value_has_the_form_of_its_type(kind: str, good: list[str], bad: list[str]) -> None:
    for text in good:
        assert find_value_fault(ExtensionType(kind), text) is None, text
    for text in bad:
        assert find_value_fault(ExtensionType(kind), text) is not None, text


def request_field(kind: str = "SID", **changes: Any) -> dict[str, Any]:
    return {"oid": OWN, "type": kind, "field": {"name": "sid", **changes}}


def test_an_extension_with_a_field_survives_the_json_form() -> None:
    field = RequestField("sid", required=True, pattern="S-1-5-21-*", maximum=60)
    profile = replace(TLS_CLIENT, extensions=(CustomExtension(OWN, ExtensionType.SID, field=field),))
    assert from_dict(to_dict(profile)) == profile


@pytest.mark.parametrize(
    ("extension", "at"),
    [
        ({"oid": OWN, "type": "SID"}, "extensions.0.value"),
        ({**request_field(), "value": "S-1-5-18"}, "extensions.0.value"),
        (request_field("DER"), "extensions.0.type"),
        (request_field(name=""), "extensions.0.field.name"),
        (request_field(name="Sid"), "extensions.0.field.name"),
        (request_field(name="a" * 33), "extensions.0.field.name"),
        (request_field(pattern=""), "extensions.0.field.pattern"),
        (request_field(pattern="a\n"), "extensions.0.field.pattern"),
        (request_field(pattern="a" * 201), "extensions.0.field.pattern"),
        (request_field(maximum=0), "extensions.0.field.maximum"),
        (request_field(maximum=2001), "extensions.0.field.maximum"),
    ],
)
def test_a_field_is_refused_with_its_place(extension: dict[str, Any], at: str) -> None:
    assert at in {field for field, _ in faults(extension)}


def test_two_fields_cannot_have_one_name_and_count_with_their_maximum() -> None:
    second = {**request_field(), "oid": f"{OWN}.2"}
    assert faults(request_field(), second) == {("extensions", "profile.extension_field")}
    large = [{**request_field("UTF8String", name=f"f{n}", maximum=2000), "oid": f"{OWN}.{n}"} for n in range(5)]
    assert faults(*large[:4]) == set()
    assert faults(*large) == {("extensions", "profile.extension_value")}
