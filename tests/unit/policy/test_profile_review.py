"""What is dangerous about a profile is said, field by field; what is harmless is not."""

from dataclasses import replace

import pytest

from pki_manager.domain.duration import Duration
from pki_manager.domain.names import ATTRIBUTE_BOUNDS, AlternativeName, NameAttribute, NameConstraints, NameKind
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.profiles.remark import RemarkSeverity
from pki_manager.domain.profiles.terms import (
    CLIENT_AUTH,
    CODE_SIGNING,
    PKINIT_CLIENT,
    SERVER_AUTH,
    SMART_CARD_LOGON,
    CommonName,
)
from pki_manager.domain.rights.actor import Role
from pki_manager.policy import roles
from pki_manager.policy.builtin_profiles import (
    BUILTIN_PROFILES,
    CODE_SIGNER,
    DEVICE,
    ISSUING_CA,
    SHORT_LIVED,
    TLS_CLIENT,
    TLS_MUTUAL,
    TLS_SERVER,
)
from pki_manager.policy.profile_review import review


def remarks(profile: Profile) -> set[tuple[str, str]]:
    return {(remark.field, remark.rule) for remark in review(profile)}


def permitting(profile: Profile) -> Profile:
    permitted = tuple(NameConstraints.subtree(text, "") for text in ("DNS:example.com", "IP:10.0.0.0/8"))
    sans = replace(profile.sans, kinds=(NameKind.DNS, NameKind.IP), permitted=permitted)
    return replace(profile, sans=sans)


def test_what_is_said_of_the_standing_profiles() -> None:
    free_client = {("subject", "profile.free_client")}
    assert {profile.name: remarks(profile) for profile in BUILTIN_PROFILES if remarks(profile)} == {
        "tls-server": {("sans.wildcards", "profile.free_wildcard")},
        "tls-client": free_client,
        "tls-mutual": free_client,
        "device": free_client,
        "802.1x-client": free_client,
        "domain-controller": free_client,
        "short-lived": free_client,
        "cross-ca": {("path_length", "profile.any_depth")},
    }


@pytest.mark.parametrize("profile", [TLS_CLIENT, DEVICE, TLS_MUTUAL], ids=lambda profile: profile.name)
def test_nam_12_who_may_enrol_and_choose_the_name_of_a_client_is_warned_of(profile: Profile) -> None:
    (remark,) = review(profile)
    assert (remark.severity, remark.rule) == (RemarkSeverity.WARNING, "profile.free_client")
    assert remark.message.startswith("lets registration-authority choose the names")


def test_nam_12_without_free_names_there_is_no_warning() -> None:
    places = replace(TLS_MUTUAL.subject, attributes=("CN", "C", "ST", "L", "STREET", "postalCode"))
    assert remarks(replace(permitting(TLS_MUTUAL), subject=places)) == set()
    fixed = replace(TLS_CLIENT.subject, attributes=("C",), fixed=(NameAttribute("CN", "probe"),))
    assert remarks(replace(TLS_CLIENT, subject=fixed, sans=replace(TLS_CLIENT.sans, kinds=()))) == set()


_IDENTITIES = sorted(set(ATTRIBUTE_BOUNDS) - {"CN", "C", "ST", "L", "STREET", "postalCode"})


@pytest.mark.parametrize("purposes", [(CLIENT_AUTH,), (SMART_CARD_LOGON,), (PKINIT_CLIENT,)])
@pytest.mark.parametrize("kind", _IDENTITIES)
def test_nam_12_every_subject_attribute_that_a_request_may_bring_is_warned_of(
    kind: str, purposes: tuple[str, ...]
) -> None:
    rule = replace(TLS_MUTUAL.subject, attributes=("CN", kind))
    profile = replace(permitting(TLS_MUTUAL), subject=rule, extended_key_usage=purposes)
    (remark,) = review(profile)
    assert remark.rule == "profile.free_client"
    assert f"({kind})" in remark.message
    value = {"emailAddress": "a@example.com"}.get(kind, "x")
    by_profile = replace(rule, attributes=("CN",), fixed=(NameAttribute(kind, value),))
    assert remarks(replace(profile, subject=by_profile)) == set()
    assert remarks(replace(profile, extended_key_usage=(SERVER_AUTH,))) == set()


def test_nam_12_limited_alternative_names_do_not_make_a_free_common_name_harmless() -> None:
    assert permitting(TLS_CLIENT).subject.common_name is CommonName.FREE
    assert remarks(permitting(TLS_CLIENT)) == {("subject", "profile.free_client")}


def test_nam_12_without_client_authentication_or_lesser_roles_there_is_no_warning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert CLIENT_AUTH not in CODE_SIGNER.extended_key_usage
    assert remarks(CODE_SIGNER) == set()
    monkeypatch.setitem(roles.BUILTIN, Role.REGISTRATION_AUTHORITY, ())
    assert remarks(TLS_CLIENT) == set()


def test_limited_wildcards_are_fine() -> None:
    assert remarks(permitting(TLS_SERVER)) == set()


@pytest.mark.parametrize(
    ("profile", "maximum", "said"),
    [
        (CODE_SIGNER, Duration(120, 0), False),
        (CODE_SIGNER, Duration(121, 0), True),
        (permitting(TLS_SERVER), Duration(0, 399 * 86400), True),
        (ISSUING_CA, Duration(300, 0), False),
        (ISSUING_CA, Duration(301, 0), True),
    ],
    ids=str,
)
def test_long_lifetimes_are_warned_of(profile: Profile, maximum: Duration, said: bool) -> None:
    found = remarks(replace(profile, validity=replace(profile.validity, maximum=maximum)))
    assert found == ({("validity.maximum", "profile.long")} if said else set())


def test_code_signing_with_another_purpose_is_warned_of() -> None:
    mixed = replace(CODE_SIGNER, extended_key_usage=(CODE_SIGNING, "1.3.6.1.5.5.7.3.4"))
    assert remarks(mixed) == {("extended_key_usage", "profile.mixed_purposes")}


def test_a_ca_that_may_have_any_depth_below_it_is_noted() -> None:
    (remark,) = review(replace(ISSUING_CA, path_length=None))
    assert (remark.severity, remark.field) == (RemarkSeverity.NOTICE, "path_length")


def test_certificates_whose_revocation_nobody_sees_are_warned_of() -> None:
    assert remarks(replace(CODE_SIGNER, include_crl_url=False)) == set()
    assert remarks(replace(CODE_SIGNER, include_crl_url=False, include_ocsp_url=False)) == {
        ("include_crl_url", "profile.no_status")
    }
    plain = replace(permitting(SHORT_LIVED), subject=replace(SHORT_LIVED.subject, attributes=("CN",)))
    long = replace(plain, validity=replace(SHORT_LIVED.validity, maximum=Duration(0, 11 * 86400)))
    assert remarks(long) == {("no_rev_avail", "profile.unrevocable")}


def test_a_subtree_that_cannot_be_is_an_error() -> None:
    broken = (AlternativeName(NameKind.DNS, "exa mple.com"), AlternativeName(NameKind.IP, "10.0.0.0/8"))
    profile = permitting(TLS_SERVER)
    (remark,) = review(replace(profile, sans=replace(profile.sans, permitted=broken)))
    assert (remark.severity, remark.field) == (RemarkSeverity.ERROR, "sans.permitted")
