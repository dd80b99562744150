"""Custom extensions whose value a request contains: limits, grants, approval, renewal, and the audit event."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pki_manager.authority.bulk import results
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.certificates.profiles import check, create
from pki_manager.authority.certificates.renew import renew
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.requests.edit_request import Edit, edit_request
from pki_manager.authority.requests.requests import SubmitRequest, show_request, submit_request
from pki_manager.domain.bulk import BulkAction
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import ApprovalNeeded, Forbidden, InvalidInput, NotFound, PolicyRefused
from pki_manager.domain.names import AlternativeName, DistinguishedName, NameKind
from pki_manager.domain.profiles.codec import to_dict
from pki_manager.domain.profiles.extensions import (
    SECURITY_IDENTIFIER,
    CustomExtension,
    ExtensionType,
    FieldValue,
    RequestField,
)
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.profiles.terms import UnlistedHandling
from pki_manager.domain.queue import QueuedRequest
from pki_manager.domain.request import RequestedContents, ValidityRequest
from pki_manager.domain.rights.actor import Actor, ActorKind, Grant, Role, Scope
from pki_manager.domain.rights.permission import Permission
from pki_manager.policy.builtin_profiles import TLS_CLIENT
from pki_manager.policy.roles import list_builtin_grants
from pki_manager.policy.scopes import narrow
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.worker.outbox import run_outbox
from pki_manager.x509 import pem
from pki_manager.x509.asn1.typed_value import encode_value
from pki_manager.x509.decode import decode_objects
from tests.support.bulk_jobs import WORKER, ask
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN

DOMAIN = "S-1-5-21-1004336348-1177238915-682003330"
SID = f"{DOMAIN}-1103"
HOST = "x.app.example.com"
APP = frozenset({AlternativeName(NameKind.DNS, "app.example.com")})


ISSUING = frozenset(
    {
        Permission.CERTIFICATE_ISSUE,
        Permission.CERTIFICATE_READ,
        Permission.CA_READ,
        Permission.REQUEST_SUBMIT,
        Permission.REQUEST_READ,
    }
)


def person(name: str, role: Role, scope: Scope | None = None) -> Actor:
    grants = list_builtin_grants(role) if scope is None else narrow(list_builtin_grants(role), None, scope)
    kind = ActorKind.USER
    return Actor(kind=kind, id=f"user:{name}", name=name, via="rest", grants=grants, owner_id=f"user:{name}")


OPERATOR = Actor(
    kind=ActorKind.USER,
    id="user:operator",
    name="operator",
    via="rest",
    grants=(Grant(role="issuer", permissions=ISSUING),),
    owner_id="user:operator",
)
"""A person who can issue and submit, but not approve."""
LIMITED = person("limited", Role.REGISTRATION_AUTHORITY, Scope(names=APP))


@pytest.fixture
def logon(ctx: Context) -> Context:
    """A profile whose certificates contain the SID that the request contains."""
    create(ctx, ADMIN, to_dict(definition()))
    return ctx


def definition(*, required: bool = False) -> Profile:
    field = RequestField("sid", required=required, pattern=f"{DOMAIN}-*")
    extension = CustomExtension(SECURITY_IDENTIFIER, ExtensionType.SID, field=field)
    sans = replace(TLS_CLIENT.sans, kinds=(NameKind.DNS,), permitted=(AlternativeName(NameKind.DNS, "example.com"),))
    subject = replace(TLS_CLIENT.subject, attributes=())
    return replace(
        TLS_CLIENT, name="logon", key_types=("ECDSA-P256",), sans=sans, subject=subject, extensions=(extension,)
    )


def order(*values: str) -> Enroll:
    fields = tuple(FieldValue("sid", value) for value in values)
    return Enroll(ca="Issuing CA", profile="logon", csr=make_csr(HOST), subject="", fields=fields)


def sids(certificate: Certificate) -> object:
    (shown,) = decode_objects(certificate.der)
    return {one.name: one.value for one in shown.extensions}.get("szOID_NTDS_CA_SECURITY_EXT")


def test_the_certificate_contains_the_value_of_the_request_and_the_audit_event_too(logon: Context) -> None:
    leaf, _ = enroll(logon, ADMIN, order(SID))
    assert sids(leaf) == [f"SID:{SID}"]
    with logon.ports.storage.read() as reader:
        where = AuditFilter(action="certificate.issued", object_id=str(leaf.id))
        (event,) = reader.audit.page(where, None, 10).items
    assert json.loads(event.body)["details"]["fields"] == [f"sid={SID}"]


def test_without_a_value_the_certificate_has_no_such_extension(logon: Context) -> None:
    assert sids(enroll(logon, ADMIN, order())[0]) is None


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("sid", "S-1-5-21-9-9-9-500", "field.value"),
        ("sid", f"{DOMAIN}-x", "field.value"),
        ("sid", f"{SID} ", "field.value"),
        ("sid", "S-1-5-21" + "-1" * 200, "field.value"),
        ("other", SID, "field.known"),
    ],
)
def test_a_value_that_the_field_does_not_allow_is_refused(logon: Context, name: str, value: str, rule: str) -> None:
    command = replace(order(), fields=(FieldValue(name, value),))
    with pytest.raises(PolicyRefused) as caught:
        enroll(logon, ADMIN, command)
    assert [(error.field, error.rule) for error in caught.value.errors] == [(f"fields.{name}", rule)]


def test_a_required_field_is_required(ctx: Context) -> None:
    create(ctx, ADMIN, to_dict(definition(required=True)))
    with pytest.raises(PolicyRefused) as caught:
        enroll(ctx, ADMIN, order())
    assert [(error.field, error.rule) for error in caught.value.errors] == [("fields.sid", "field.required")]


def test_nam_12_a_value_that_the_requester_chose_needs_approval_in_a_client_certificate(logon: Context) -> None:
    (remark,) = [one for one in check(logon, ADMIN, to_dict(definition())) if one.rule == "profile.free_client"]
    assert "fields.sid" in remark.message
    assert enroll(logon, OPERATOR, order())[0].profile == "logon"
    with pytest.raises(ApprovalNeeded, match="awaiting_approval"):
        enroll(logon, OPERATOR, order(SID))


def test_a_grant_limited_by_names_does_not_cover_a_value_that_the_requester_chose(logon: Context) -> None:
    assert enroll(logon, LIMITED, order())[0].profile == "logon"
    with pytest.raises(Forbidden) as caught:
        enroll(logon, LIMITED, order(SID))
    assert {(error.field, error.rule) for error in caught.value.errors} == {("fields.sid", "access.names")}


def submit(ctx: Context, actor: Actor, *values: str) -> QueuedRequest:
    fields = tuple(FieldValue("sid", value) for value in values)
    csr = pem.read(make_csr(HOST), pem.CSR_LABELS, "csr")
    requested = RequestedContents(
        subject=DistinguishedName(), sans=(AlternativeName(NameKind.DNS, HOST),), fields=fields
    )
    return submit_request(
        ctx, actor, SubmitRequest(ca="Issuing CA", profile="logon", csr_der=csr, requested=requested)
    )[0].request


def test_the_approval_freezes_the_value_and_an_edit_needs_a_new_one(logon: Context) -> None:
    request = submit(logon, OPERATOR, SID)
    plan = json.loads(request.enrolment.plan_json)
    assert plan["extensions"] == [
        {"oid": SECURITY_IDENTIFIER, "type": "SID", "value": SID, "critical": False, "field": "sid"}
    ]
    assert "identity.chosen" in {risk.code for risk in request.risks}
    changed = Edit(before=request.enrolment.plan_sha256, fields=(FieldValue("sid", f"{DOMAIN}-500"),))
    edited = edit_request(logon, OPERATOR, request.enrolment.id, changed)[0].request
    assert json.loads(edited.enrolment.plan_json)["extensions"][0]["value"] == f"{DOMAIN}-500"
    assert edited.enrolment.plan_sha256 != request.enrolment.plan_sha256
    with logon.ports.storage.read() as reader:
        assert reader.requests.get(request.enrolment.id).application.requested.fields == changed.fields


def test_an_approver_whose_grant_is_limited_by_names_cannot_see_or_approve_such_a_request(logon: Context) -> None:
    request = submit(logon, OPERATOR, SID)
    limited = person("approver", Role.REGISTRATION_AUTHORITY, Scope(names=APP))
    with pytest.raises(NotFound, match=r"not found"):
        show_request(logon, limited, request.enrolment.id)
    unlimited = person("approver", Role.REGISTRATION_AUTHORITY)
    assert show_request(logon, unlimited, request.enrolment.id).request.enrolment.id == request.enrolment.id


def test_a_renewal_keeps_the_value(logon: Context) -> None:
    leaf, _ = enroll(logon, ADMIN, order(SID))
    again, _ = renew(logon, ADMIN, leaf.id, ValidityRequest())
    assert sids(again) == [f"SID:{SID}"]
    with pytest.raises(ApprovalNeeded, match="awaiting_approval"):
        renew(logon, OPERATOR, leaf.id, ValidityRequest())


def in_csr(value: bytes) -> Enroll:
    """Return an order whose CSR contains the SID extension with this value (DER)."""
    return replace(order(), csr=make_csr(HOST, extensions={SECURITY_IDENTIFIER: value}), fields=None)


def sid_der(text: str = SID) -> bytes:
    return encode_value(ExtensionType.SID, text, "value")


def refusals(ctx: Context, command: Enroll) -> list[tuple[str, str]]:
    with pytest.raises(PolicyRefused) as caught:
        enroll(ctx, ADMIN, command)
    return [(error.field, error.rule) for error in caught.value.errors]


def test_the_value_can_be_in_the_csr(logon: Context) -> None:
    leaf, _ = enroll(logon, ADMIN, in_csr(sid_der()))
    assert sids(leaf) == [f"SID:{SID}"]
    assert leaf.ignored_extensions == ()
    with pytest.raises(ApprovalNeeded, match="awaiting_approval"):
        enroll(logon, OPERATOR, in_csr(sid_der()))
    with pytest.raises(Forbidden, match="certificate:issue"):
        enroll(logon, LIMITED, in_csr(sid_der()))


@pytest.mark.parametrize("value", [sid_der("S-1-5-21-9-9-9-500"), b"\x0c\x01a", b"\x05\x00", b"", b"\x30\x82"])
def test_a_value_in_the_csr_is_checked_as_any_other(logon: Context, value: bytes) -> None:
    assert refusals(logon, in_csr(value)) == [("fields.sid", "field.value")]


def test_fields_of_the_request_replace_those_of_the_csr(logon: Context) -> None:
    other = f"{DOMAIN}-500"
    leaf, _ = enroll(logon, ADMIN, replace(in_csr(sid_der()), fields=(FieldValue("sid", other),)))
    assert (sids(leaf), leaf.ignored_extensions) == ([f"SID:{other}"], ())
    leaf, _ = enroll(logon, ADMIN, replace(in_csr(sid_der()), fields=()))
    assert (sids(leaf), leaf.ignored_extensions) == (None, (SECURITY_IDENTIFIER,))


def test_a_profile_that_refuses_other_extensions_takes_those_of_its_fields(ctx: Context) -> None:
    strict = replace(definition(), requested_extensions=UnlistedHandling.REFUSE)
    create(ctx, ADMIN, to_dict(strict))
    assert sids(enroll(ctx, ADMIN, in_csr(sid_der()))[0]) == [f"SID:{SID}"]
    assert refusals(ctx, replace(in_csr(sid_der()), fields=())) == [("csr", "csr.extensions")]


def test_an_approver_can_replace_and_remove_the_value_of_a_csr(logon: Context) -> None:
    csr = pem.read(in_csr(sid_der()).csr, pem.CSR_LABELS, "csr")
    command = SubmitRequest(
        ca="Issuing CA", profile="logon", csr_der=csr, requested=RequestedContents(subject=DistinguishedName())
    )
    waiting = submit_request(logon, OPERATOR, command)[0].request
    assert json.loads(waiting.enrolment.plan_json)["extensions"][0]["value"] == SID
    for fields, values in (((FieldValue("sid", f"{DOMAIN}-500"),), [f"{DOMAIN}-500"]), ((), [])):
        change = Edit(before=waiting.enrolment.plan_sha256, fields=fields)
        waiting = edit_request(logon, OPERATOR, waiting.enrolment.id, change)[0].request
        assert [one["value"] for one in json.loads(waiting.enrolment.plan_json).get("extensions", ())] == values


def test_a_bulk_row_has_a_column_for_each_field(logon: Context) -> None:
    row = {"ca": "Issuing CA", "profile": "logon", "csr": make_csr(HOST), "subject": ""}
    job = ask(logon, BulkAction.ISSUE, [{**row, "fields.sid": SID}, {**row, "csr": str(in_csr(sid_der()).csr)}, row])
    run_outbox(logon, WORKER)
    rows = results.list_rows(logon, ADMIN, job, None, None, 10).items
    with logon.ports.storage.read() as reader:
        made = [reader.certificates.get(one.certificate_id) for one in rows if one.certificate_id]
    assert [sids(one) for one in made] == [[f"SID:{SID}"], [f"SID:{SID}"], None]


def test_a_bulk_row_is_refused_by_field(logon: Context) -> None:
    row = {"ca": "Issuing CA", "profile": "logon", "csr": make_csr(HOST), "subject": ""}
    job = ask(logon, BulkAction.ISSUE, [{**row, "fields.sid": "x"}, {**row, "fields.other": SID}, row])
    run_outbox(logon, WORKER)
    first, second, third = results.list_rows(logon, ADMIN, job, None, None, 10).items
    assert (first.code, second.code, third.code) == ("policy_refused", "policy_refused", None)
    assert "fields.sid: must be a SID" in (first.detail or "")
    assert "fields.other: must be a field of profile 'logon': sid" in (second.detail or "")
    with pytest.raises(InvalidInput) as caught:
        ask(logon, BulkAction.ISSUE, [{**row, "field.sid": SID}])
    assert [error.field for error in caught.value.errors] == ["rows.1.field.sid"]
    revocation = {"certificate": "1", "fields.sid": SID}
    with pytest.raises(InvalidInput, match=r"rows\.1\.fields\.sid"):
        ask(logon, BulkAction.REVOKE, [revocation])
