"""Enrollment credentials: what they may do, who may have them, and how clients prove that they have one."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pki_manager.authority.audit.audit_log import list_audit
from pki_manager.authority.enrollment.authenticate import (
    authenticate_certificate,
    authenticate_mac,
    authenticate_secret,
    require_current,
)
from pki_manager.authority.enrollment.credentials import (
    create_credential,
    list_credentials,
    revoke_credential,
    show_credential,
)
from pki_manager.authority.enrollment.request_certificate import request_certificate
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.requests.approvals import reject
from pki_manager.authority.requests.requests import get_approval_id
from pki_manager.authority.rights.tokens import create_token, rotate_token
from pki_manager.authority.status.revoke import revoke
from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import (
    ApprovalNeeded,
    Conflict,
    Forbidden,
    FreshAuthenticationRequired,
    InvalidInput,
    NotFound,
    PolicyRefused,
    Unauthenticated,
)
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import ActorKind, EnrollmentProtocol, Role
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.ports.unit_of_work import Claim
from tests.fakes.clock import FrozenClock
from tests.support.enrolling import DAY, ORIGIN, application, client_of, credential, is_secret, new_credential
from tests.support.factories import ADMIN, as_role
from tests.support.issuing import actions

OWN = (EnrollmentProtocol.EST, EnrollmentProtocol.SCEP, EnrollmentProtocol.CMP)


@pytest.mark.parametrize("protocol", OWN)
def test_the_secret_of_a_credential_is_shown_once_and_authenticates_its_client(
    ctx: Context, protocol: EnrollmentProtocol
) -> None:
    claim = Claim("create_credential", "k", b"body")
    first, _ = create_credential(ctx, ADMIN, new_credential(protocol), claim)
    again, replayed = create_credential(ctx, ADMIN, new_credential(protocol), claim)
    assert (replayed, again.secret, again.view) == (True, None, first.view)
    assert first.secret not in repr(first)
    client = client_of(ctx, first)
    assert (client.actor.id, client.actor.via) == (f"token:{first.view.credential.token.id}", protocol)
    with ctx.ports.storage.read() as reader:
        stored = reader.credentials.find(first.view.credential.token.id)
    assert stored is not None
    assert (first.secret or "").encode() not in (stored.sealed or b"") + (stored.secret_sha256 or b"")


@pytest.mark.parametrize("protocol", OWN)
def test_a_credential_authenticates_through_its_own_protocol_only(ctx: Context, protocol: EnrollmentProtocol) -> None:
    issued = credential(ctx, protocol)
    identifier, secret = str(issued.view.credential.token.id), issued.secret or ""
    for other in {*EnrollmentProtocol} - {protocol}:
        with pytest.raises(Unauthenticated, match="The enrollment credential is not valid"):
            authenticate_secret(ctx, other, secret, ORIGIN)
        with pytest.raises(Unauthenticated, match="The enrollment credential is not valid"):
            authenticate_mac(ctx, other, identifier, is_secret(secret), ORIGIN)


def test_wrong_identifiers_secrets_and_macs_authenticate_nobody(ctx: Context) -> None:
    est, cmp = credential(ctx), credential(ctx, EnrollmentProtocol.CMP)
    other = credential(ctx)
    for identifier, secret in (
        (str(other.view.credential.token.id), est.secret),
        (str(est.view.credential.token.id), other.secret),
        (str(est.view.credential.token.id), ""),
        ("", est.secret),
    ):
        with pytest.raises(Unauthenticated, match="The enrollment credential is not valid"):
            authenticate_secret(ctx, EnrollmentProtocol.EST, secret or "", ORIGIN, identifier=identifier)
    for identifier in (str(cmp.view.credential.token.id), "nonsense", str(est.view.credential.token.id)):
        with pytest.raises(Unauthenticated, match="The enrollment credential is not valid"):
            authenticate_mac(ctx, EnrollmentProtocol.CMP, identifier, lambda _: False, ORIGIN)


def test_a_revoked_and_an_expired_credential_authenticate_nobody(ctx: Context, clock: FrozenClock) -> None:
    revoked, expired = credential(ctx), credential(ctx, lifetime=Duration.parse("PT1H"))
    revoke_credential(ctx, ADMIN, revoked.view.credential.token.id)
    clock.advance(DAY)
    for issued in (revoked, expired):
        with pytest.raises(Unauthenticated, match="The enrollment credential is not valid"):
            client_of(ctx, issued)


def test_a_credential_revoked_after_authentication_begins_no_enrollment(ctx: Context) -> None:
    issued = credential(ctx)
    client = client_of(ctx, issued)
    revoke_credential(ctx, ADMIN, issued.view.credential.token.id)
    with pytest.raises(Unauthenticated, match="The enrollment credential is not valid"):
        request_certificate(ctx, client, application(), b"1")


def test_a_client_gets_certificates_for_its_ca_profile_and_names_only(ctx: Context) -> None:
    client = client_of(ctx, credential(ctx))
    assert request_certificate(ctx, client, application(), b"1").requested_by == client.actor.id
    for number, other in enumerate(
        (application("www.example.org"), application(profile="tls-client"), application(ca="Root CA"))
    ):
        with pytest.raises(
            (Forbidden, PolicyRefused, NotFound), match=r"CA .* not found|Requires the permission `certificate:issue`"
        ):
            request_certificate(ctx, client, other, b"other %d" % number)


def test_enr_06_the_same_exchange_returns_the_same_certificate(ctx: Context, clock: FrozenClock) -> None:
    client, wanted = client_of(ctx, credential(ctx)), application()
    first = request_certificate(ctx, client, wanted, b"1")
    assert request_certificate(ctx, client, wanted, b"1").id == first.id
    assert request_certificate(ctx, client, wanted, b"2").id != first.id
    clock.advance(2 * DAY)
    assert request_certificate(ctx, client, wanted, b"1").id != first.id


def test_the_same_exchange_of_a_revoked_certificate_is_decided_again(ctx: Context) -> None:
    client, wanted = client_of(ctx, credential(ctx)), application()
    first = request_certificate(ctx, client, wanted, b"1")
    revoke(ctx, ADMIN, first.id, RevocationReason.KEY_COMPROMISE)
    with pytest.raises(PolicyRefused, match="key: must not be a blocked key"):
        request_certificate(ctx, client, wanted, b"1")


def test_an_exchange_belongs_to_the_client_that_began_it(ctx: Context) -> None:
    one, other = client_of(ctx, credential(ctx)), client_of(ctx, credential(ctx))
    wanted = application()
    request_certificate(ctx, one, wanted, b"1")
    with pytest.raises(Forbidden, match="The exchange belongs to another client"):
        request_certificate(ctx, other, wanted, b"1")


def test_a_request_that_needs_approval_waits_and_a_rejection_is_reported(ctx: Context) -> None:
    client, wanted = client_of(ctx, credential(ctx, role=Role.REQUESTER)), application()
    waiting = []
    for _ in range(2):
        with pytest.raises(ApprovalNeeded) as raised:
            request_certificate(ctx, client, wanted, b"1")
        waiting.append(raised.value.subject.request.enrolment.id)  # type: ignore[attr-defined]
    assert waiting[0] == waiting[1]
    approver = replace(ADMIN, id="local:approver")
    reject(ctx, approver, get_approval_id(ctx, approver, waiting[0]), "unknown device")
    with pytest.raises(Conflict, match="rejected"):
        request_certificate(ctx, client, wanted, b"1")


def test_a_single_use_credential_admits_one_enrollment(ctx: Context) -> None:
    issued = credential(ctx, EnrollmentProtocol.SCEP)
    client, wanted = client_of(ctx, issued), application()
    first = request_certificate(ctx, client, wanted, b"1")
    assert request_certificate(ctx, client, wanted, b"1").id == first.id
    with pytest.raises(Unauthenticated, match="The enrollment credential is not valid"):
        request_certificate(ctx, client, application("mail.example.com"), b"2")
    assert actions(ctx).count("credential.used") == 1
    renewed = request_certificate(ctx, client, replace(application(), renews=first.id), b"3")
    assert renewed.renews == first.id
    shown = show_credential(ctx, ADMIN, issued.view.credential.token.id).credential
    assert (shown.single_use, shown.used_at) == (True, ctx.ports.clock.now())


@pytest.mark.parametrize(
    ("name", "sans", "is_listed"),
    [
        ("www.example.com", ("www.example.com",), True),
        ("WWW.example.com", ("www.example.com",), True),
        ("mail.example.com", ("mail.example.com",), False),
        ("www.example.com", ("www.example.org",), False),
        ("www.example.com", ("www.example.com", "mail.example.com"), False),
    ],
)
def test_a_device_list_admits_listed_devices_only(
    ctx: Context, name: str, sans: tuple[str, ...], is_listed: bool
) -> None:
    devices = ("SN-1, www.example.com", "sn-2,www.example.org")
    issued = credential(ctx, EnrollmentProtocol.SCEP, devices=devices, names=None)
    assert not issued.view.credential.single_use
    client = client_of(ctx, issued)
    if is_listed:
        request_certificate(ctx, client, application(name, sans), b"1")
        request_certificate(ctx, client, application(name, sans), b"2")
    else:
        with pytest.raises(PolicyRefused) as refused:
            request_certificate(ctx, client, application(name, sans), b"1")
        assert [fault.rule for fault in refused.value.errors] == ["credential.devices"]
        assert "certificate.issue_refused" in actions(ctx)


def test_enr_04_a_certificate_acts_as_the_credential_that_requested_it(ctx: Context) -> None:
    issued = credential(ctx)
    certificate = request_certificate(ctx, client_of(ctx, issued), application(), b"1")
    found = require_current(ctx, certificate.der)
    client = authenticate_certificate(ctx, EnrollmentProtocol.EST, found, ORIGIN)
    assert client == client_of(ctx, issued)
    with pytest.raises(Unauthenticated, match="The enrollment credential is not valid"):
        authenticate_certificate(ctx, EnrollmentProtocol.SCEP, found, ORIGIN)
    revoke_credential(ctx, ADMIN, issued.view.credential.token.id)
    with pytest.raises(Unauthenticated, match="The enrollment credential is not valid"):
        authenticate_certificate(ctx, EnrollmentProtocol.EST, found, ORIGIN)


def test_enr_04_revoked_expired_and_foreign_certificates_are_not_current(ctx: Context, clock: FrozenClock) -> None:
    client = client_of(ctx, credential(ctx))
    revoked, later = (request_certificate(ctx, client, application(), key) for key in (b"1", b"2"))
    revoke(ctx, ADMIN, revoked.id, RevocationReason.SUPERSEDED)
    look_alike = later.der[:-1] + bytes([later.der[-1] ^ 1])
    with ctx.ports.storage.read() as reader:
        authority = next(one for one in reader.certificates.find_many([later.id]))
    assert require_current(ctx, authority.der).id == later.id
    for der in (revoked.der, look_alike, b"", b"nonsense"):
        with pytest.raises(Unauthenticated, match="The enrollment credential is not valid"):
            require_current(ctx, der)
    clock.advance(400 * DAY)
    with pytest.raises(Unauthenticated, match="The enrollment credential is not valid"):
        require_current(ctx, later.der)


def test_the_creation_of_a_credential_is_audited_without_its_secret(ctx: Context) -> None:
    issued = credential(ctx, devices=("SN-1",))
    event = list_audit(ctx, ADMIN, AuditFilter(), None, 1).items[0]
    body = json.loads(event.body)
    assert (body["action"], body["object"]["id"]) == ("credential.created", str(issued.view.credential.token.id))
    assert (body["details"]["protocol"], body["details"]["device_count"]) == ("est", 1)
    assert (issued.secret or "") not in event.body.decode()


def test_aut_06_a_credential_has_no_more_permissions_than_its_creator(ctx: Context) -> None:
    credential(ctx, actor=as_role(Role.REGISTRATION_AUTHORITY))
    for role, wanted in ((Role.REQUESTER, Role.REGISTRATION_AUTHORITY), (Role.AUDITOR, Role.REQUESTER)):
        with pytest.raises(Forbidden, match=r"Requires the permission `token:create`|permissions that you do not have"):
            credential(ctx, actor=as_role(role), role=wanted)


def test_creating_a_credential_requires_recent_authentication_and_keeps_to_the_longest_lifetime(ctx: Context) -> None:
    stale = replace(ADMIN, kind=ActorKind.USER, is_fresh=False)
    with pytest.raises(FreshAuthenticationRequired, match="This operation requires recent authentication"):
        credential(ctx, actor=stale)
    with pytest.raises(InvalidInput, match="is longer than max_token_lifetime allows"):
        credential(ctx, lifetime=Duration.parse("P9Y"))


@pytest.mark.parametrize(
    ("members", "error", "reason"),
    [
        ({"ca": None}, InvalidInput, "ca: is required for EST"),
        ({"profile": None}, InvalidInput, "profile: is required for EST"),
        ({"ca": "no such CA"}, NotFound, "CA 'no such CA' not found"),
        ({"profile": "no-such-profile"}, NotFound, "Profile 'no-such-profile' not found"),
        ({"role": "auditor"}, InvalidInput, "must be a role that can request certificates"),
        ({"names": ("nonsense",)}, InvalidInput, "names: must be DNS:"),
        ({"devices": (" , ",)}, InvalidInput, "must name 1 to 10 identities"),
        ({"devices": ("a\0b",)}, InvalidInput, "at most 256 printable characters"),
        ({"devices": ("x" * 300,)}, InvalidInput, "at most 256 printable characters"),
        ({"devices": ("1",) * 10_001}, InvalidInput, "must list at most 10000 devices"),
        ({"name": ""}, InvalidInput, "name: must have 1 to 100 printable characters"),
    ],
)
def test_a_credential_that_cannot_be_meant_is_refused(
    ctx: Context, members: dict[str, object], error: type[Exception], reason: str
) -> None:
    with pytest.raises(error, match=reason):
        credential(ctx, **members)
    assert not list_credentials(ctx, ADMIN, None, 10).items


def test_a_protocol_that_is_switched_off_gets_no_credentials(ctx: Context) -> None:
    config = replace(ctx.config, enrollment_protocols=frozenset({EnrollmentProtocol.SCEP}))
    with pytest.raises(Conflict, match="est_enabled"):
        credential(replace(ctx, config=config))


def test_acme_keys_and_credentials_are_listed_together_and_other_tokens_are_not(ctx: Context) -> None:
    acme, est = credential(ctx, EnrollmentProtocol.ACME), credential(ctx)
    token = create_token(ctx, ADMIN, "script", "auditor", Duration.parse("P1D"))[0].token
    listed = list_credentials(ctx, ADMIN, None, 10).items
    assert [one.credential.token.id for one in listed] == [est.view.credential.token.id, acme.view.credential.token.id]
    for use in (show_credential, revoke_credential):
        with pytest.raises(NotFound, match=r"Enrollment credential .* not found"):
            use(ctx, ADMIN, token.id)
    with pytest.raises(Conflict, match="The token of an enrollment credential cannot be rotated"):
        rotate_token(ctx, ADMIN, est.view.credential.token.id, Duration.parse("PT1H"))


def test_a_credential_is_hidden_from_others(ctx: Context) -> None:
    issued = credential(ctx)
    stranger = replace(as_role(Role.REQUESTER), id="local:stranger")
    assert not list_credentials(ctx, stranger, None, 10).items
    for use in (show_credential, revoke_credential):
        with pytest.raises(NotFound, match=r"Enrollment credential .* not found"):
            use(ctx, stranger, issued.view.credential.token.id)
