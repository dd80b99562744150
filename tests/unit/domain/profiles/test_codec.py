"""The JSON form of profiles: complete, strict, and every fault at once."""

import json
from dataclasses import fields, replace
from typing import Any

import pytest

from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.names import NameAttribute
from pki_manager.domain.profiles.codec import from_dict, to_dict
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.profiles.terms import (
    KeyReuse,
    LintDepth,
    LintException,
    PastIssuerHandling,
    ProfileState,
    UnlistedHandling,
)
from pki_manager.policy.builtin_profiles import (
    BUILTIN_PROFILES,
    ISSUING_CA,
    OCSP_RESPONDER,
    ROOT_CA,
    SHORT_LIVED,
    TIMESTAMPER,
    TLS_CLIENT,
    TLS_SERVER,
)


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


@pytest.mark.parametrize("profile", BUILTIN_PROFILES, ids=lambda profile: profile.name)
def test_every_standing_profile_survives_its_json_form(profile):
    assert from_dict(json.loads(json.dumps(to_dict(profile)))) == profile


def test_values_other_than_the_defaults_survive_the_json_form():
    changed = body(
        requested_extensions="refuse",
        lint="rules",
        lint_exceptions=[{"rule": "w_subject_dn", "reason": "printers need it"}],
        validity__past_issuer="refuse",
        validity__backdate=None,
        subject__unlisted_attributes="ignore",
        subject__attributes=["CN"],
        subject__fixed=[{"type": "C", "value": "FR"}, {"type": "O", "value": "Example"}],
        sans__permitted=["DNS:example.com", "IP:10.0.0.0/8"],
        key_reuse="same-owner",
        critical=[],
        policies=[
            {"oid": "1.3.6.1.4.1.99999.1", "cps": "https://example.com/cps"},
            {"oid": "2.5.29.32.0", "cps": None},
        ],
        requestable_extensions=["2.5.29.15"],
        include_crl_url=False,
        include_ocsp_url=False,
        no_rev_avail=True,
        public_tls=True,
    )
    profile = from_dict(changed)
    assert profile.key_reuse is KeyReuse.SAME_OWNER
    assert profile.subject.fixed == (NameAttribute("C", "FR"), NameAttribute("O", "Example"))
    assert [str(base) for base in profile.sans.permitted] == ["DNS:example.com", "IP:10.0.0.0/8"]
    assert profile.requested_extensions is UnlistedHandling.REFUSE
    assert profile.lint is LintDepth.RULES
    assert profile.lint_exceptions == (LintException("w_subject_dn", "printers need it"),)
    assert profile.validity.past_issuer is PastIssuerHandling.REFUSE
    assert profile.validity.backdate is None
    assert to_dict(profile) == changed


def test_fields_with_a_default_may_be_left_out():
    short = body()
    for name in (
        "requested_extensions",
        "include_crl_url",
        "include_ocsp_url",
        "ocsp_nocheck",
        "path_length",
        "lint",
        "lint_exceptions",
    ):
        del short[name]
    del short["validity"]["future_limit"]
    assert from_dict(short) == TLS_SERVER


@pytest.mark.parametrize(
    ("change", "current"),
    [
        ({"excuses": []}, "lint_exceptions"),
        ({"subject__surplus": "ignore"}, "unlisted_attributes"),
        ({"crl_pointer": True}, "include_crl_url"),
        ({"ocsp_pointer": True}, "include_ocsp_url"),
    ],
)
def test_a_former_field_name_is_refused_with_the_current_one(change, current):
    with pytest.raises(InvalidInput) as refused:
        from_dict(body(**change))
    (fault,) = refused.value.errors
    assert (fault.field, fault.rule) == (next(iter(change)).replace("__", "."), "form.renamed")
    assert fault.message == f"is the former name of the field `{current}`; use that name"


@pytest.mark.parametrize("name", ["name", "kind", "description", "key_types", "subject", "sans", "key_usage"])
def test_fields_without_a_default_must_be_there(name):
    short = body()
    del short[name]
    assert faults(short) == {(name, "form.missing")}


@pytest.mark.parametrize(
    ("changes", "field", "rule"),
    [
        ({"colour": "red"}, "colour", "form.unknown"),
        ({"sans__colour": "red"}, "sans.colour", "form.unknown"),
        ({"kind": "Root"}, "kind", "form.choice"),
        ({"kind": 7}, "kind", "form.text"),
        ({"sans__kinds": ["dns"]}, "sans.kinds.0", "form.choice"),
        ({"version": True}, "version", "form.integer"),
        ({"version": 1.0}, "version", "form.integer"),
        ({"include_crl_url": 1}, "include_crl_url", "form.flag"),
        ({"key_types": "RSA-2048"}, "key_types", "form.list"),
        ({"key_types": ["RSA-2048", "RSA-2048"]}, "key_types", "form.repeated"),
        ({"subject": []}, "subject", "form.object"),
        ({"validity__default": "90 days"}, "validity.default", "duration.iso8601"),
        ({"validity__maximum": None}, "validity.maximum", "form.text"),
        ({"lint_exceptions": [{"rule": "x"}]}, "lint_exceptions.0.reason", "form.missing"),
        ({"path_length": "0"}, "path_length", "form.integer"),
        ({"description": "x" * 501}, "description", "form.length"),
        ({"policies": [{"oid": f"1.2.{n}"} for n in range(101)]}, "policies", "form.length"),
        ({"sans__permitted": ["DNS:example.com", "DNS:Example.com"]}, "sans.permitted", "form.repeated"),
        ({"sans__permitted": ["IP:10.0.0.1/8"]}, "sans.permitted.0", "name_constraints.ip"),
        ({"subject__fixed": [{"type": "O", "value": True}]}, "subject.fixed.0.value", "form.text"),
        ({"state": "retired"}, "state", "form.unknown"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_unknown_fields_and_values_are_refused_by_name(changes, field, rule):
    assert faults(body(**changes)) == {(field, rule)}


def test_something_that_is_no_object_is_refused():
    assert faults(["tls-server"]) == {("body", "form.object")}


def test_all_faults_of_the_form_are_told_at_once():
    assert faults(body(colour="red", version="1", validity__default="P")) == {
        ("colour", "form.unknown"),
        ("version", "form.integer"),
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
        (TLS_SERVER, {"key_types": ["ML-KEM-768"]}, "key_usage"),
        (ISSUING_CA, {"key_types": ["ML-KEM-768"]}, "key_types"),
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
        (ROOT_CA, {"include_crl_url": True}, "include_crl_url"),
        (TLS_SERVER, {"lint_exceptions": [{"rule": "w_x", "reason": " "}]}, "lint_exceptions"),
        (TLS_SERVER, {"description": "two\nlines"}, "description"),
        (TLS_SERVER, {"subject__fixed": [{"type": "nickname", "value": "x"}]}, "subject.fixed"),
        (TLS_CLIENT, {"subject__fixed": [{"type": "DC", "value": ""}]}, "subject.fixed"),
        (TLS_CLIENT, {"subject__fixed": [{"type": "O", "value": "Example"}]}, "subject.attributes"),
        (
            TLS_SERVER,
            {"subject__attributes": [], "subject__fixed": [{"type": "CN", "value": "x"}]},
            "subject.common_name",
        ),
        (ISSUING_CA, {"subject__unlisted_attributes": "ignore"}, "subject"),
        (ISSUING_CA, {"subject__common_name": "from-sans"}, "subject"),
        (ROOT_CA, {"subject__fixed": [{"type": "STREET", "value": "x"}]}, "subject"),
        (TLS_SERVER, {"sans__maximum": 1001}, "sans.maximum"),
        (TLS_SERVER, {"sans__permitted": ["DNS:example.com"]}, "sans.permitted"),
        (TLS_CLIENT, {"sans__permitted": ["IP:10.0.0.0/8"]}, "sans.permitted"),
        (TLS_SERVER, {"key_usage_rsa": ["digitalSignature"]}, "key_usage_rsa"),
        (TLS_SERVER, {"key_usage_rsa": ["keyAgreement"]}, "key_usage_rsa"),
        (TLS_SERVER, {"key_usage_ec": ["keyEncipherment"]}, "key_usage_ec"),
        (TLS_SERVER, {"key_usage_ec": ["encipherOnly"]}, "key_usage_ec"),
        (TLS_SERVER, {"key_usage": [], "key_usage_rsa": ["digitalSignature"]}, "key_usage"),
        (TLS_SERVER, {"extended_key_usage": ["1.3.6.1.5.5.7.3.8"]}, "critical"),
        (TIMESTAMPER, {"extended_key_usage": ["1.3.6.1.5.5.7.3.8", "1.3.6.1.5.5.7.3.3"]}, "extended_key_usage"),
        (ISSUING_CA, {"critical": ["keyUsage", "extendedKeyUsage"]}, "critical"),
        (TLS_SERVER, {"critical": ["certificatePolicies"]}, "critical"),
        (TLS_CLIENT, {"public_tls": True}, "public_tls"),
        (TLS_SERVER, {"policies": [{"oid": "policy"}]}, "policies"),
        (TLS_SERVER, {"policies": [{"oid": "1.2.3"}, {"oid": "1.2.3", "cps": "http://example.com"}]}, "policies"),
        (TLS_SERVER, {"policies": [{"oid": "1.2.3", "cps": "ftp://example.com/cps"}]}, "policies"),
        (TLS_SERVER, {"policies": [{"oid": "1.2.3", "cps": "http://exämple.com/"}]}, "policies"),
        (TLS_SERVER, {"requestable_extensions": ["keyUsage"]}, "requestable_extensions"),
        (TLS_SERVER, {"no_rev_avail": True}, "include_crl_url"),
        (SHORT_LIVED, {"include_ocsp_url": True}, "include_ocsp_url"),
        (ROOT_CA, {"no_rev_avail": True}, "no_rev_avail"),
        (ISSUING_CA, {"path_length": 33}, "path_length"),
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


def test_the_definition_is_every_field_but_the_state():
    assert list(to_dict(TLS_SERVER)) == [field.name for field in fields(Profile) if field.name != "state"]
    assert to_dict(replace(TLS_SERVER, state=ProfileState.RETIRED)) == to_dict(TLS_SERVER)


@pytest.mark.parametrize(
    ("oid", "fits"),
    [
        ("1.2.3", True),
        ("2.999.1", True),
        ("2.25.340282366920938463463374607431768211455", True),
        ("2.25.340282366920938463463374607431768211456", False),
        ("2.340282366920938463463374607431768211455.1", False),
        ("1.40.1", False),
        ("1.2.03", False),
        ("3.1.1", False),
        ("1", False),
        ("1.2." + ".".join(["9" * 30] * 9), False),
        ("1.2.3\n", False),
    ],
)
def test_only_what_the_libraries_can_hold_is_an_oid(oid, fits):
    changed = body(requestable_extensions=[oid])
    if fits:
        assert from_dict(changed).requestable_extensions == (oid,)
    else:
        assert faults(changed) == {("requestable_extensions", "profile.requestable")}


def test_a_profile_for_key_encapsulation_has_that_usage_alone():
    usage = {"key_usage": ["keyEncipherment"], "key_usage_rsa": []}
    assert from_dict(body(TLS_CLIENT, key_types=["ML-KEM-768", "RSA-3072"], **usage)).key_usage == ("keyEncipherment",)
    assert faults(body(TLS_CLIENT, key_types=["ML-KEM-768", "ECDSA-P256"], **usage))


@pytest.mark.parametrize("name", ["a", "802.1x-client", "a" * 63, "1-", "a.-"])
def test_a_name_has_at_most_one_period(name: str) -> None:
    assert from_dict(body(name=name)).name == name


@pytest.mark.parametrize("name", ["", ".a", "a.", "a.b.c", "..", "A", "a/b", "a" * 64, f"{'a' * 40}.{'b' * 23}", "a\n"])
def test_another_name_is_refused(name: str) -> None:
    assert ("name", "profile.name") in faults(body(name=name))
