"""The JSON form of profiles: complete, strict, and every fault at once."""

import json
from typing import Any

import pytest

from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.profile import Excuse, LintDepth, PastIssuer, Profile, Surplus
from pki_manager.domain.profile_codec import from_dict, to_dict
from pki_manager.policy.standing import ISSUING_CA, OCSP_RESPONDER, ROOT_CA, STANDING, TLS_CLIENT, TLS_SERVER


def body(profile: Profile = TLS_SERVER, **changes: Any) -> dict[str, Any]:
    """The JSON form of a profile with some fields changed; `a__b` changes `b` inside `a`."""
    out: dict[str, Any] = json.loads(json.dumps(to_dict(profile)))
    for path, value in changes.items():
        *sections, last = path.split("__")
        target = out
        for section in sections:
            target = target[section]
        target[last] = value
    return out


def faults(value: Any) -> set[tuple[str, str]]:
    with pytest.raises(InvalidInput) as caught:
        from_dict(value)
    return {(error.field, error.rule) for error in caught.value.errors}


@pytest.mark.parametrize("profile", STANDING, ids=lambda profile: profile.name)
def test_every_standing_profile_survives_its_json_form(profile):
    assert from_dict(json.loads(json.dumps(to_dict(profile)))) == profile


def test_values_other_than_the_defaults_survive_the_json_form():
    changed = body(
        requested_extensions="refuse",
        lint="rules",
        excuses=[{"rule": "w_subject_dn", "reason": "printers need it"}],
        validity__past_issuer="refuse",
        validity__backdate=None,
        subject__surplus="ignore",
    )
    profile = from_dict(changed)
    assert profile.requested_extensions is Surplus.REFUSE
    assert profile.lint is LintDepth.RULES
    assert profile.excuses == (Excuse("w_subject_dn", "printers need it"),)
    assert profile.validity.past_issuer is PastIssuer.REFUSE
    assert profile.validity.backdate is None
    assert to_dict(profile) == changed


def test_fields_with_a_default_may_be_left_out():
    short = body()
    for name in (
        "requested_extensions",
        "crl_pointer",
        "ocsp_pointer",
        "ocsp_nocheck",
        "path_length",
        "lint",
        "excuses",
    ):
        del short[name]
    del short["validity"]["future_limit"]
    assert from_dict(short) == TLS_SERVER


@pytest.mark.parametrize(
    "name", ["name", "version", "kind", "description", "key_types", "subject", "sans", "key_usage"]
)
def test_fields_without_a_default_must_be_there(name):
    short = body()
    del short[name]
    assert faults(short) == {(name, "profile.missing")}


@pytest.mark.parametrize(
    ("changes", "field", "rule"),
    [
        ({"colour": "red"}, "colour", "profile.unknown"),
        ({"sans__colour": "red"}, "sans.colour", "profile.unknown"),
        ({"kind": "Root"}, "kind", "profile.choice"),
        ({"kind": 7}, "kind", "profile.form"),
        ({"sans__kinds": ["dns"]}, "sans.kinds", "profile.choice"),
        ({"version": True}, "version", "profile.form"),
        ({"version": 1.0}, "version", "profile.form"),
        ({"crl_pointer": 1}, "crl_pointer", "profile.form"),
        ({"key_types": "RSA-2048"}, "key_types", "profile.form"),
        ({"key_types": ["RSA-2048", "RSA-2048"]}, "key_types", "profile.repeated"),
        ({"subject": []}, "subject", "profile.form"),
        ({"validity__default": "90 days"}, "validity.default", "duration.iso8601"),
        ({"validity__maximum": None}, "validity.maximum", "profile.form"),
        ({"excuses": [{"rule": "x"}]}, "excuses.reason", "profile.missing"),
        ({"path_length": "0"}, "path_length", "profile.form"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_unknown_fields_and_values_are_refused_by_name(changes, field, rule):
    assert faults(body(**changes)) == {(field, rule)}


def test_something_that_is_no_object_is_refused():
    assert faults(["tls-server"]) == {("profile", "profile.form")}


def test_all_faults_of_the_form_are_told_at_once():
    assert faults(body(colour="red", version="1", validity__default="P")) == {
        ("colour", "profile.unknown"),
        ("version", "profile.form"),
        ("validity.default", "duration.iso8601"),
    }


@pytest.mark.parametrize(
    ("profile", "changes", "field"),
    [
        (TLS_SERVER, {"name": "TLS server"}, "name"),
        (TLS_SERVER, {"name": ""}, "name"),
        (TLS_SERVER, {"version": 0}, "version"),
        (TLS_SERVER, {"key_types": []}, "key_types"),
        (TLS_SERVER, {"key_types": ["RSA-1024"]}, "key_types"),
        (TLS_SERVER, {"subject__attributes": ["CN", "nickname"]}, "subject.attributes"),
        (ROOT_CA, {"subject__attributes": [], "subject__required": []}, "subject.attributes"),
        (TLS_SERVER, {"subject__attributes": ["CN"], "subject__required": ["O"]}, "subject.required"),
        (TLS_SERVER, {"sans__minimum": 3, "sans__maximum": 2}, "sans.minimum"),
        (TLS_SERVER, {"sans__minimum": -1}, "sans.minimum"),
        (TLS_CLIENT, {"sans__minimum": 1, "sans__kinds": []}, "sans.kinds"),
        (TLS_CLIENT, {"sans__kinds": [], "subject__attributes": []}, "sans.kinds"),
        (TLS_SERVER, {"sans__kinds": ["IP"]}, "sans.wildcards"),
        (TLS_SERVER, {"validity__default": "P399D"}, "validity.default"),
        (TLS_SERVER, {"validity__default": "P3M", "validity__maximum": "P90D"}, "validity.default"),
        (TLS_SERVER, {"validity__backdate": "PT2H"}, "validity.backdate"),
        (TLS_SERVER, {"key_usage": ["signing"]}, "key_usage"),
        (TLS_SERVER, {"key_usage": [], "key_usage_rsa": []}, "key_usage"),
        (TLS_SERVER, {"key_usage": ["digitalSignature", "keyCertSign"]}, "key_usage"),
        (TLS_SERVER, {"key_usage": ["cRLSign"]}, "key_usage"),
        (TLS_SERVER, {"key_usage": ["digitalSignature", "keyEncipherment"]}, "key_usage"),
        (TLS_SERVER, {"key_usage": ["digitalSignature", "keyAgreement"]}, "key_usage"),
        (TLS_SERVER, {"key_usage": ["digitalSignature", "encipherOnly"]}, "key_usage"),
        (ISSUING_CA, {"key_usage": ["cRLSign"]}, "key_usage"),
        (TLS_SERVER, {"extended_key_usage": []}, "extended_key_usage"),
        (TLS_SERVER, {"extended_key_usage": ["serverAuth"]}, "extended_key_usage"),
        (TLS_SERVER, {"extended_key_usage": ["2.5.29.37.0"]}, "extended_key_usage"),
        (TLS_SERVER, {"extended_key_usage": ["1.3.6.1.5.5.7.3.9"]}, "extended_key_usage"),
        (OCSP_RESPONDER, {"extended_key_usage": ["1.3.6.1.5.5.7.3.1"]}, "extended_key_usage"),
        (TLS_SERVER, {"ocsp_nocheck": True}, "ocsp_nocheck"),
        (TLS_SERVER, {"path_length": 0}, "path_length"),
        (ISSUING_CA, {"path_length": -1}, "path_length"),
        (ROOT_CA, {"crl_pointer": True}, "crl_pointer"),
        (TLS_SERVER, {"excuses": [{"rule": "w_x", "reason": " "}]}, "excuses"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else getattr(value, "name", ""),
)
def test_a_profile_that_cannot_work_is_refused(profile, changes, field):
    assert field in {name for name, _ in faults(body(profile, **changes))}


def test_all_faults_of_a_profile_are_told_at_once():
    found = {field for field, _ in faults(body(version=0, key_types=[], sans__maximum=0, path_length=1))}
    assert found == {"version", "key_types", "sans.minimum", "path_length"}


def test_calendar_durations_are_compared_as_such():
    assert from_dict(body(validity__default="P12M", validity__maximum="P1Y")).validity.maximum.months == 12
