"""Profiles of one's own on real parts, on each engine: made, superseded, retired; and what they then issue."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from cryptography import x509

from pki_manager.authority.certificates import profiles
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.certificates.profile_samples import judge_samples
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status.revoke import revoke
from pki_manager.domain.certificate import Certificate, CertificateState
from pki_manager.domain.errors import Conflict, Forbidden, InvalidInput, LintRefused, NotFound
from pki_manager.domain.profiles import codec
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.profiles.remark import RemarkSeverity
from pki_manager.domain.profiles.terms import ProfileState
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import Actor, Role, build_system_actor
from pki_manager.policy import builtin_profiles
from pki_manager.policy.builtin_profiles import BUILTIN_PROFILES, TLS_SERVER
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.ports.unit_of_work import Claim
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN, as_role, with_ports
from tests.support.issuing import Tampering, actions

START = build_system_actor("start")


def definition(name: str = "web", **changes: Any) -> dict[str, Any]:
    """Quick to sample: one key type."""
    body = codec.to_dict(replace(TLS_SERVER, name=name, key_types=("ECDSA-P256",), **changes))
    del body["version"]
    return json.loads(json.dumps(body))


def make(ctx: Context, name: str = "web", **changes: Any) -> Profile:
    return profiles.create(ctx, ADMIN, definition(name, **changes))[0]


def issue(ctx: Context, profile: str = "web", name: str = "www.example.com") -> Certificate:
    return enroll(ctx, ADMIN, Enroll(ca="Issuing CA", profile=profile, csr=make_csr(name)))[0]


def newest(ctx: Context, name: str = "web", version: int | None = None) -> Profile:
    with ctx.ports.storage.read() as reader:
        return reader.profiles.get(name, version)


def test_a_profile_is_made_audited_and_issues(ctx: Context) -> None:
    made = make(ctx)
    assert actions(ctx)[0] == "profile.created"
    assert newest(ctx) == made
    certificate = issue(ctx)
    assert (certificate.profile, certificate.profile_version) == ("web", 1)


def test_certificates_stay_bound_to_the_version_that_they_were_issued_under(ctx: Context) -> None:
    make(ctx)
    before = issue(ctx)
    changed = profiles.update(ctx, ADMIN, "web", {**definition(), "description": "Web servers"})
    assert actions(ctx)[0] == "profile.updated"
    assert changed.version == 2
    after = issue(ctx, name="www2.example.com")
    with ctx.ports.storage.read() as reader:
        assert reader.certificates.get(before.id).profile_version == 1
    assert after.profile_version == 2
    assert newest(ctx, version=1).description == TLS_SERVER.description


def test_a_standing_profile_can_be_superseded(ctx: Context) -> None:
    body = {**definition("tls-server"), "description": "Ours"}
    assert profiles.update(ctx, ADMIN, "tls-server", body).version == 2
    profiles.keep_builtin_profiles(ctx, START)
    assert newest(ctx, "tls-server").description == "Ours"


def test_the_same_definition_again_makes_no_version(ctx: Context) -> None:
    made = make(ctx)
    count = len(actions(ctx))
    assert profiles.update(ctx, ADMIN, "web", definition()) == made
    assert len(actions(ctx)) == count


def test_an_edit_of_an_older_version_is_refused(ctx: Context) -> None:
    make(ctx)
    edited = {**definition(), "version": 1, "description": "first"}
    assert profiles.update(ctx, ADMIN, "web", edited).version == 2
    with pytest.raises(Conflict, match="the newest version is 2"):
        profiles.update(ctx, ADMIN, "web", {**edited, "description": "second"})


@pytest.mark.parametrize("change", [{"name": "other"}, {"kind": "ca"}], ids=str)
def test_name_and_kind_are_for_good(ctx: Context, change: dict[str, str]) -> None:
    make(ctx)
    body = codec.to_dict(builtin_profiles.ISSUING_CA) if "kind" in change else definition()
    with pytest.raises(InvalidInput) as caught:
        profiles.update(ctx, ADMIN, "web", {**body, "name": "web", **change})
    assert [error.field for error in caught.value.errors] == list(change)


def test_a_retired_profile_issues_nothing_and_its_certificates_live_on(ctx: Context) -> None:
    make(ctx)
    certificate = issue(ctx)
    profiles.update(ctx, ADMIN, "web", {**definition(), "description": "Second"})
    retired, _ = profiles.retire(ctx, ADMIN, "web")
    assert (retired.version, retired.state) == (2, ProfileState.RETIRED)
    assert actions(ctx)[0] == "profile.retired"
    assert {newest(ctx, version=number).state for number in (1, 2)} == {ProfileState.RETIRED}
    with pytest.raises(Conflict, match="retired"):
        issue(ctx, name="www2.example.com")
    revoked, _ = revoke(ctx, ADMIN, certificate.id, RevocationReason.SUPERSEDED, None)
    assert revoked.state(ctx.ports.clock.now()) is CertificateState.REVOKED


def test_what_is_retired_stays_so(ctx: Context) -> None:
    make(ctx)
    profiles.retire(ctx, ADMIN, "web")
    for attempt in (
        lambda: profiles.retire(ctx, ADMIN, "web"),
        lambda: profiles.update(ctx, ADMIN, "web", {**definition(), "description": "again"}),
        lambda: make(ctx),
    ):
        with pytest.raises(Conflict, match=r"A profile named .* already exists|Profile .* is retired"):
            attempt()


@pytest.mark.parametrize("name", sorted(profiles.OWN))
def test_what_the_installation_needs_itself_is_not_retired(ctx: Context, name: str) -> None:
    with pytest.raises(Conflict, match="not retired"):
        profiles.retire(ctx, ADMIN, name)


def test_a_name_is_taken_once(ctx: Context) -> None:
    make(ctx)
    with pytest.raises(Conflict, match="A profile named 'web' already exists"):
        make(ctx)


def test_a_new_profile_begins_with_version_1(ctx: Context) -> None:
    with pytest.raises(InvalidInput) as caught:
        profiles.create(ctx, ADMIN, {**definition(), "version": 2})
    assert [error.field for error in caught.value.errors] == ["version"]


def test_nothing_is_changed_that_does_not_exist(ctx: Context) -> None:
    for attempt in (
        lambda: profiles.retire(ctx, ADMIN, "web"),
        lambda: profiles.update(ctx, ADMIN, "web", definition()),
    ):
        with pytest.raises(NotFound, match=r"Profile .* not found"):
            attempt()


def test_making_twice_with_one_key_makes_one(ctx: Context) -> None:
    claim = Claim("create_profile", "k", b"\x01" * 32)
    first = profiles.create(ctx, ADMIN, definition(), claim)
    assert profiles.create(ctx, ADMIN, definition(), claim) == (first[0], True)
    gone = Claim("retire_profile", "k", b"\x02" * 32)
    assert profiles.retire(ctx, ADMIN, "web", gone)[1] is False
    assert profiles.retire(ctx, ADMIN, "web", gone)[1] is True


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.REGISTRATION_AUTHORITY, Role.REQUESTER])
def test_lesser_roles_look_and_do_not_touch(ctx: Context, role: Role) -> None:
    actor: Actor = as_role(role)
    assert profiles.check(ctx, actor, definition())
    for attempt in (
        lambda: profiles.create(ctx, actor, definition()),
        lambda: profiles.update(ctx, actor, "tls-client", definition("tls-client")),
        lambda: profiles.retire(ctx, actor, "tls-client"),
    ):
        with pytest.raises(Forbidden, match=r"Requires the permission `profile:(create|update|retire)`"):
            attempt()


BAD_LINT = {"key_usage": ("contentCommitment",), "key_usage_rsa": ()}
"""A usage that does not fit the purpose: a profile can say so, and lint objects."""


def test_a_profile_whose_certificates_lint_refuses_is_refused(ctx: Context) -> None:
    with pytest.raises(LintRefused) as caught:
        make(ctx, **BAD_LINT)
    assert "certificate.extended_key_usage_fits_key_usage" in {error.rule for error in caught.value.errors}
    assert {error.field for error in caught.value.errors} == {"sample.ECDSA-P256"}
    with pytest.raises(NotFound, match=r"Profile .* not found"):
        newest(ctx)


def test_iss_06_a_profile_made_to_fail_a_lint_uses_no_key_and_is_told(ctx: Context) -> None:
    """Such a profile cannot be made, so it is put into the database by hand."""
    with ctx.ports.storage.housekeep() as uow:
        uow.profiles.add(replace(TLS_SERVER, name="web", **BAD_LINT), ctx.ports.clock.now())
    signers = Tampering(ctx, lambda data: data)
    with pytest.raises(LintRefused) as caught:
        issue(with_ports(ctx, signers=signers))
    assert "certificate.extended_key_usage_fits_key_usage" in caught.value.errors[0].rule
    assert signers.calls == 0
    with ctx.ports.storage.read() as reader:
        (event,) = reader.audit.page(AuditFilter(action="certificate.issue_refused"), None, 10).items
    told = json.loads(event.body)
    assert told["details"]["profile"] == "web:1"
    assert any(rule.startswith("certificate.extended_key_usage_fits_key_usage") for rule in told["details"]["rules"])


def test_what_policy_would_always_refuse_is_found_by_the_sample(ctx: Context) -> None:
    body = definition(name="nobody")
    body["subject"] = {"attributes": ["CN"], "required": ["CN"], "fixed": [{"type": "C", "value": "fr"}]}
    found = profiles.check(ctx, ADMIN, body)
    errors = {(r.field, r.rule) for r in found if r.severity is RemarkSeverity.ERROR}
    assert errors == {("sample.ECDSA-P256", "subject.country")}


def test_check_tells_every_fault_of_the_form_and_makes_nothing(ctx: Context) -> None:
    body = {**definition(), "colour": "red", "key_types": "all"}
    found = profiles.check(ctx, ADMIN, body)
    assert {(r.severity, r.field) for r in found} == {
        (RemarkSeverity.ERROR, "colour"),
        (RemarkSeverity.ERROR, "key_types"),
    }
    count = len(actions(ctx))
    assert [r.rule for r in profiles.check(ctx, ADMIN, definition())] == ["profile.free_wildcard"]
    assert len(actions(ctx)) == count


def test_an_excuse_for_a_rule_that_does_not_exist_is_warned_of(ctx: Context) -> None:
    body = {**definition(), "lint_exceptions": [{"rule": "certificate.colour", "reason": "taste"}]}
    assert "profile.lint_exception" in {r.rule for r in profiles.check(ctx, ADMIN, body)}


@pytest.mark.parametrize("profile", BUILTIN_PROFILES, ids=lambda profile: profile.name)
def test_the_standing_profiles_are_sound(profile: Profile) -> None:
    from tests.fakes.clock import START as NOW

    assert judge_samples(replace(profile, key_types=("ECDSA-P256", "RSA-2048", "Ed25519")), NOW) == ()


def test_standing_profiles_that_a_new_program_brings_are_added_once(
    ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = replace(TLS_SERVER, name="new-kind")
    changed = replace(builtin_profiles.TLS_CLIENT, description="Clients")
    rest = tuple(p for p in BUILTIN_PROFILES if p.name != "tls-client")
    monkeypatch.setattr(profiles, "BUILTIN_PROFILES", (*rest, changed, fresh))
    count = len(actions(ctx))
    for _ in range(2):
        profiles.keep_builtin_profiles(ctx, START)
    assert actions(ctx)[:2] == ["profile.created", "profile.updated"]
    assert len(actions(ctx)) == count + 2
    assert newest(ctx, "new-kind") == fresh
    assert newest(ctx, "tls-client") == replace(changed, version=2)


def test_an_older_program_does_not_bring_back_its_definition_of_a_built_in_profile(
    ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hosts of two versions start in turns while they are upgraded."""
    older = BUILTIN_PROFILES
    newer = tuple(replace(p, description="Newer") if p.name == "tls-client" else p for p in older)
    for definitions in (newer, older, newer, older):
        monkeypatch.setattr(profiles, "BUILTIN_PROFILES", definitions)
        profiles.keep_builtin_profiles(ctx, START)
        found = newest(ctx, "tls-client")
        assert (found.version, found.description) == (2, "Newer")


def test_an_installation_that_knew_five_gets_the_others(ctx: Context) -> None:
    """Version 0.1.0 wrote no digests: what is there is version 1, and brought up to date."""
    with ctx.ports.storage.housekeep() as uow:
        for profile in BUILTIN_PROFILES:
            uow.meta.put(f"profile.standing.{profile.name}", "1:")
    profiles.keep_builtin_profiles(ctx, START)
    assert {newest(ctx, profile.name).version for profile in BUILTIN_PROFILES} == {2}
    profiles.keep_builtin_profiles(ctx, START)
    assert {newest(ctx, profile.name).version for profile in BUILTIN_PROFILES} == {2}


def test_an_own_profile_under_the_name_of_a_new_standing_one_is_kept(
    ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = make(ctx, "new-kind", description="Ours")
    monkeypatch.setattr(profiles, "BUILTIN_PROFILES", (replace(TLS_SERVER, name="new-kind"),))
    profiles.keep_builtin_profiles(ctx, START)
    assert newest(ctx, "new-kind") == own


def test_a_retired_standing_profile_does_not_come_back(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    profiles.retire(ctx, ADMIN, "device")
    monkeypatch.setattr(profiles, "BUILTIN_PROFILES", (replace(builtin_profiles.DEVICE, description="Things"),))
    profiles.keep_builtin_profiles(ctx, START)
    assert newest(ctx, "device").state is ProfileState.RETIRED


def test_a_short_lived_certificate_is_revoked_like_any_other(ctx: Context) -> None:
    certificate = issue(ctx, "short-lived")
    parsed = x509.load_der_x509_certificate(certificate.der)
    extensions = {extension.oid.dotted_string: extension for extension in parsed.extensions}
    assert extensions["2.5.29.56"].critical is False
    assert extensions["2.5.29.56"].value.public_bytes() == b"\x05\x00"
    assert "2.5.29.31" not in extensions
    assert [d.access_method._name for d in extensions["1.3.6.1.5.5.7.1.1"].value] == ["caIssuers"]
    revoke(ctx, ADMIN, certificate.id, RevocationReason.KEY_COMPROMISE, None)
    with ctx.ports.storage.read() as reader:
        listed = reader.revocations.find(certificate.issuer_key_id, certificate.serial)
    assert listed is not None
