"""AUD-01's table: for each operation that changes something, how to do it and the events that it leaves.

A new operation gets a row here, by its operationId; without one `test_aud_01_every_operation_is_in_the_table` fails.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pki_manager.authority.acting import as_now
from pki_manager.domain.actor import Role
from pki_manager.domain.jobs import JobKind, NewJob
from tests import outside
from tests.authenticator import Authenticator
from tests.csrs import make_csr
from tests.people import PASSWORD, Browser, make_user, secret_of, shown, signed_in
from tests.protocols.rest.door import Door, House, unique


@dataclass(frozen=True)
class Asked:
    """`path` fills the operation's path parameters, in order; `body` is its JSON, None where it takes none.

    `browser` asks instead of the caller with a token, for what only a user, or only nobody yet, can ask.
    `csv` is the file of an operation that takes one, `query` goes with it.
    """

    path: tuple[str, ...] = ()
    body: object = None
    browser: Browser | None = None
    csv: str | None = None
    query: str = ""

    def content(self) -> tuple[bytes, list[tuple[str, str]]]:
        """The body as it is sent, and the header that goes with it."""
        if self.csv is not None:
            return self.csv.encode(), [("Content-Type", "text/csv")]
        if self.body is None:
            return b"", []
        return json.dumps(self.body).encode(), [("Content-Type", "application/json")]


@dataclass(frozen=True)
class Row:
    """`prepare` makes what the operation needs (by requests of its own) and says what to ask.

    `events` are the actions that one request leaves, in order: signing leaves `…intended` before its event, everything
    else exactly one.
    """

    prepare: Callable[[House, Door], Asked]
    events: tuple[str, ...]


def issue(door: Door) -> str:
    """The id of a new certificate."""
    name = f"{unique('audit')}.example.com"
    reply = door.post("/certificates", {"ca": "Issuing CA", "profile": "tls-server", "csr": make_csr(name)})
    assert reply.status == 201, reply.body
    identifier: str = reply.json["id"]
    return identifier


def _new_certificate(_house: House, _door: Door) -> Asked:
    csr = make_csr(f"{unique('audit')}.example.com")
    return Asked(body={"ca": "Issuing CA", "profile": "tls-server", "csr": csr})


def _new_ca(_house: House, _door: Door) -> Asked:
    name = unique("Audit CA")
    return Asked(body={"name": name, "subject": f"CN={name}", "key_type": "ECDSA-P256", "parent": "Root CA"})


def _issued(_house: House, door: Door) -> Asked:
    return Asked((issue(door),), {"reason": "superseded"})


def _to_renew(_house: House, door: Door) -> Asked:
    return Asked((issue(door),), {})


def _to_rekey(_house: House, door: Door) -> Asked:
    return Asked((issue(door),), {"key_type": "ECDSA-P256", "passphrase": "correct horse battery"})


def _to_hold(_house: House, door: Door) -> Asked:
    return Asked((issue(door),))


def _held(_house: House, door: Door) -> Asked:
    held = issue(door)
    assert door.post(f"/certificates/{held}/hold").status == 200
    return Asked((held,))


def _key(_house: House, door: Door) -> Asked:
    csr = make_csr(f"{unique('audit')}.example.com", key=ec.generate_private_key(ec.SECP256R1()))
    made = door.post("/certificates", {"ca": "Issuing CA", "profile": "tls-server", "csr": csr})
    spki = x509.load_pem_x509_certificate(made.json["pem"].encode()).public_key()
    text = spki.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return Asked(body={"key": text, "reason": "superseded"})


def _expired(house: House, door: Door) -> Asked:
    name = f"{unique('audit')}.example.com"
    wish = {"ca": "Issuing CA", "profile": "tls-server", "csr": make_csr(name), "validity": "PT1H"}
    made = door.post("/certificates", wish)
    house.clock.advance(timedelta(hours=2))
    return Asked((made.json["id"],))


def _active_ca(house: House, door: Door) -> Asked:
    made = door.post("/cas", _new_ca(house, door).body)
    assert made.status == 201, made.body
    return Asked((made.json["id"],))


def _to_revoke(house: House, door: Door) -> Asked:
    return Asked(_active_ca(house, door).path, {"reason": "cessationOfOperation"})


def _suspended_ca(house: House, door: Door) -> Asked:
    asked = _active_ca(house, door)
    assert door.post(f"/cas/{asked.path[0]}/suspend").status == 200
    return asked


def _rotation_begun(house: House, door: Door) -> Asked:
    asked = _active_ca(house, door)
    tomorrow = (house.clock.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    reply = door.post(f"/cas/{asked.path[0]}/rotate", {"switch_at": tomorrow})
    assert reply.status == 200, reply.body
    return asked


def _to_cross_sign(_house: House, _door: Door) -> Asked:
    return Asked(("Root CA",), {"csr": make_csr(unique("Foreign CA"), sans=())})


def _to_rotate(house: House, door: Door) -> Asked:
    return Asked(_active_ca(house, door).path, {})


def _prepared_ca(_house: House, door: Door) -> Asked:
    name = unique("Audit CA")
    made = door.post("/cas", {"name": name, "subject": f"CN={name}", "external_parent": True})
    assert made.status == 201, made.body
    return Asked((made.json["id"],))


def _answered_ca(house: House, door: Door) -> Asked:
    asked = _prepared_ca(house, door)
    request = x509.load_pem_x509_csr(door.post(f"/cas/{asked.path[0]}/csr").json["csr"].encode())
    return Asked(asked.path, {"certificate_chain": outside.answer(request.public_bytes(Encoding.DER))})


def _retired_key(house: House, door: Door) -> Asked:
    ca = _rotation_begun(house, door).path[0]
    reply = door.post(f"/cas/{ca}/cancel-rotation")
    (retired,) = (key["id"] for key in reply.json["keys"] if key["state"] == "retired")
    return Asked((retired,))


def _issuing_ca(_house: House, _door: Door) -> Asked:
    return Asked(("Issuing CA",))


def _new_token(_house: House, _door: Door) -> Asked:
    return Asked(body={"name": unique("audit"), "role": "auditor", "expires": "P1D"})


def _token(_house: House, door: Door) -> Asked:
    made = door.post("/tokens", {"name": unique("audit"), "role": "auditor", "expires": "P1D"})
    return Asked((made.json["id"],))


def _token_to_rotate(house: House, door: Door) -> Asked:
    return Asked(_token(house, door).path, {"overlap": "PT1H"})


def _new_role(_house: House, _door: Door) -> Asked:
    return Asked(body={"name": unique("role"), "permissions": ["certificate:read"], "reach": "team"})


def _role(house: House, door: Door) -> Asked:
    made = door.post("/roles", _new_role(house, door).body)
    assert made.status == 201, made.body
    return Asked((made.json["name"],))


def _changed_role(house: House, door: Door) -> Asked:
    return Asked(_role(house, door).path, {"permissions": ["certificate:revoke"]})


def _user_id(door: Door) -> str:
    login = unique("user")
    made = door.post("/users", {"login": login, "display_name": login, "role": "requester"})
    assert made.status == 201, made.body
    identifier: str = made.json["user"]["id"]
    return identifier


def _role_and_user(house: House, door: Door) -> Asked:
    return Asked((*_role(house, door).path, _user_id(door)))


def _held_role(house: House, door: Door) -> Asked:
    asked = _role_and_user(house, door)
    assert door.send("PUT", "/roles/{}/holders/{}".format(*asked.path)).status == 200
    return asked


def _new_team(_house: House, _door: Door) -> Asked:
    return Asked(body={"name": unique("Team")})


def _team_and_user(house: House, door: Door) -> Asked:
    made = door.post("/teams", _new_team(house, door).body)
    assert made.status == 201, made.body
    return Asked((made.json["id"], _user_id(door)))


def _team_and_member(house: House, door: Door) -> Asked:
    asked = _team_and_user(house, door)
    assert door.send("PUT", "/teams/{}/members/{}".format(*asked.path)).status == 200
    return asked


def _new_account(_house: House, door: Door) -> Asked:
    return Asked(body={"name": unique("account"), "role": "requester", "user": _user_id(door)})


def _account(house: House, door: Door) -> Asked:
    made = door.post("/service-accounts", _new_account(house, door).body)
    assert made.status == 201, made.body
    return Asked((made.json["id"],))


def profile_definition(name: str) -> dict[str, object]:
    """The least that makes a profile."""
    return {
        "name": name,
        "kind": "end-entity",
        "description": "",
        "key_types": ["ECDSA-P256"],
        "subject": {"attributes": ["CN"], "common_name": "from-sans"},
        "sans": {"kinds": ["DNS"], "minimum": 1},
        "validity": {"default": "P30D", "maximum": "P90D"},
        "key_usage": ["digitalSignature"],
        "extended_key_usage": ["1.3.6.1.5.5.7.3.1"],
    }


def _new_profile(_house: House, _door: Door) -> Asked:
    return Asked(body=profile_definition(unique("audit")))


def _profile(_house: House, door: Door) -> Asked:
    body = profile_definition(unique("audit"))
    reply = door.post("/profiles", body)
    assert reply.status == 201, reply.body
    return Asked((reply.json["name"],))


def _changed_profile(house: House, door: Door) -> Asked:
    (name,) = _profile(house, door).path
    return Asked((name,), {**profile_definition(name), "description": "Changed"})


def _key_for_a_ca(_house: House, _door: Door) -> Asked:
    return Asked(body={"backend": "embedded", "key_type": "Ed25519"})


def _key_to_block(_house: House, _door: Door) -> Asked:
    return Asked(body={"spki_sha256": secrets.token_hex(32), "comment": "found in a repository"})


def _blocked_key(house: House, door: Door) -> Asked:
    asked = _key_to_block(house, door)
    made = door.post("/keys/blocked", asked.body)
    return Asked((made.json["spki_sha256"],))


def _job(house: House, _door: Door) -> Asked:
    with house.authority.storage.housekeep() as uow:
        made = uow.jobs.enqueue(NewJob(JobKind.PUBLISH_CRL, {"issuer_key": unique("key")}), house.clock.now())
    return Asked((str(made),))


def _cancelled_job(house: House, door: Door) -> Asked:
    asked = _job(house, door)
    assert door.post(f"/jobs/{asked.path[0]}/cancel").status == 200
    return asked


def _new_user(_house: House, _door: Door) -> Asked:
    return Asked(body={"login": unique("audit"), "display_name": "Audit", "role": "auditor"})


def _user(house: House, _door: Door) -> Asked:
    return Asked((make_user(house.authority, Role.AUDITOR).login,))


def _changed_user(house: House, door: Door) -> Asked:
    return Asked(_user(house, door).path, {"display_name": "Another", "role": "requester"})


def _visitor(house: House, door: Door) -> Asked:
    login = make_user(house.authority, Role.AUDITOR).login
    return Asked(body={"login": login, "password": PASSWORD}, browser=Browser(door))


def _invited(house: House, door: Door) -> Asked:
    made = door.post("/users", _new_user(house, door).body)
    return Asked(body={"secret": secret_of(made.json["sign_in_url"]), "password": PASSWORD}, browser=Browser(door))


def _browser(house: House, door: Door) -> Browser:
    return signed_in(door, make_user(house.authority, Role.AUDITOR))


def _own_session(house: House, door: Door) -> Asked:
    browser = _browser(house, door)
    return Asked((browser.get("/me").json["session"]["id"],), browser=browser)


def _anothers_session(house: House, door: Door) -> Asked:
    return Asked(_own_session(house, door).path)


def _signed_in(house: House, door: Door) -> Asked:
    return Asked(browser=_browser(house, door))


def _proof(house: House, door: Door) -> Asked:
    return Asked(body={"password": PASSWORD}, browser=_browser(house, door))


def _new_password(house: House, door: Door) -> Asked:
    body = {"current_password": PASSWORD, "new_password": "another long passphrase"}
    return Asked(body=body, browser=_browser(house, door))


def _bulk(_house: House, door: Door) -> Asked:
    return Asked(csv=f"certificate\n{issue(door)}\n", query="?action=revoke")


def _totp_to_confirm(house: House, door: Door) -> Asked:
    browser = _browser(house, door)
    secret = browser.send("PUT", "/me/totp").json["secret"]
    return Asked(body={"code": shown(secret, house.clock)}, browser=browser)


def _with_totp(house: House, door: Door) -> Asked:
    asked = _totp_to_confirm(house, door)
    assert asked.browser is not None
    assert asked.browser.send("PUT", "/me/totp/confirmation", asked.body).status == 200
    return Asked(browser=asked.browser)


def _second_factor(house: House, door: Door) -> Asked:
    user = make_user(house.authority, Role.AUDITOR)
    first = signed_in(door, user)
    secret = first.send("PUT", "/me/totp").json["secret"]
    assert first.send("PUT", "/me/totp/confirmation", {"code": shown(secret, house.clock)}).status == 200
    browser = signed_in(door, user)
    return Asked(body={"totp": shown(secret, house.clock, 1)}, browser=browser)


def _new_passkey(house: House, door: Door) -> Asked:
    browser = _browser(house, door)
    options = browser.send("PUT", "/me/passkey-options").json["options"]
    return Asked(body={"name": "laptop", "credential": Authenticator().register(options)}, browser=browser)


def _passkey(house: House, door: Door) -> Asked:
    asked = _new_passkey(house, door)
    assert asked.browser is not None
    made = asked.browser.post("/me/passkeys", asked.body)
    asked.browser.get("/me")
    return Asked((made.json["id"],), browser=asked.browser)


def _passkey_to_rename(house: House, door: Door) -> Asked:
    return replace(_passkey(house, door), body={"name": "phone"})


def _passkey_to_sign_in(house: House, door: Door) -> Asked:
    browser, key = _browser(house, door), Authenticator()
    options = browser.send("PUT", "/me/passkey-options").json["options"]
    browser.post("/me/passkeys", {"name": "laptop", "credential": key.register(options)})
    visitor = Browser(door)
    answer = key.sign(visitor.post("/sessions/passkey-options").json["options"])
    return Asked(body={"passkey": answer}, browser=visitor)


def _request_body() -> dict[str, object]:
    csr = make_csr(f"{unique('audit')}.example.com")
    return {"ca": "Issuing CA", "profile": "tls-server", "csr": csr}


def _new_request(_house: House, _door: Door) -> Asked:
    return Asked(body=_request_body())


def _request(_house: House, door: Door, **members: object) -> dict[str, Any]:
    made = door.post("/requests", {**_request_body(), **members})
    assert made.status == 201, made.body
    answered: dict[str, Any] = made.json
    return answered


def _others_request(house: House, door: Door) -> dict[str, Any]:
    """One that waits for the door's approval."""
    return _request(house, somebody(house, door, Role.REQUESTER))


def somebody(house: House, door: Door, role: Role) -> Door:
    """Another person than the one behind the test's own tokens."""
    user = make_user(house.authority, role)
    with house.authority.storage.read() as reader:
        actor = as_now(house.authority, reader, user.actor_id, user.login, "rest")
    assert actor is not None
    return replace(door, actor=actor, token=None)


def _to_edit(house: House, door: Door) -> Asked:
    made = _request(house, door)
    return Asked((made["id"],), {"plan_sha256": made["plan_sha256"], "validity": "P20D"})


def _to_comment(house: House, door: Door) -> Asked:
    return Asked((_request(house, door)["id"],), {"text": "Why?"})


def _to_cancel(house: House, door: Door) -> Asked:
    return Asked((_request(house, door)["id"],))


def _to_collect(house: House, door: Door) -> Asked:
    names = {"csr": None, "key_type": "ECDSA-P256", "sans": [f"DNS:{unique('audit')}.example.com"]}
    return Asked((_request(house, door, **names)["id"],), {"passphrase": "correct horse battery"})


def _to_approve(house: House, door: Door) -> Asked:
    made = _others_request(house, door)
    return Asked((made["id"],), {"plan_sha256": made["plan_sha256"]})


def _approved(house: House, door: Door) -> Asked:
    asked = _to_approve(house, door)
    assert door.post(f"/requests/{asked.path[0]}/approve", asked.body).status == 200
    return Asked(asked.path)


def _to_reject(house: House, door: Door) -> Asked:
    return Asked((_others_request(house, door)["id"],), {"reason": "nobody knows this host"})


_GUARDED = "audit-guarded"
"""The one profile whose changes need approval here."""


def _rules(house: House) -> dict[str, Any]:
    """As they stand; the first ones are anybody's to make."""
    standing = house.door.get("/approvals/rules").json
    if standing["rules"]:
        answered: dict[str, Any] = standing
        return answered
    rule = {"name": "guard", "operation": "profile.change", "profiles": [_GUARDED]}
    made = house.door.send("PUT", "/approvals/rules", _json({"version": 0, "rules": [rule]}), _JSON)
    assert made.status == 200, made.body
    return _rules(house)


_JSON = [("Content-Type", "application/json")]


def _json(body: object) -> bytes:
    return json.dumps(body).encode()


def _changed_rules(house: House, door: Door) -> Asked:
    """A change that somebody else has approved."""
    standing = _rules(house)
    rules = [{**standing["rules"][0], "name": unique("guard")}, *standing["rules"][1:]]
    body = {"version": standing["version"], "rules": rules}
    waiting = door.send("PUT", "/approvals/rules", _json(body), _JSON)
    assert waiting.status == 202, waiting.body
    approval = waiting.json["approval"]
    other = somebody(house, door, Role.ADMINISTRATOR)
    given = other.post(f"/approvals/{approval['id']}/approve", {"sha256": approval["sha256"]})
    assert given.status == 200, given.body
    return Asked(body=body)


def _frozen(house: House, door: Door) -> dict[str, Any]:
    """An approval that `door` has asked for."""
    _rules(house)
    waiting = door.post("/profiles", {**profile_definition(_GUARDED), "description": unique("frozen")})
    assert waiting.status == 202, waiting.body
    approval: dict[str, Any] = waiting.json["approval"]
    return approval


def _to_consent(house: House, door: Door) -> Asked:
    approval = _frozen(house, somebody(house, door, Role.CA_OPERATOR))
    return Asked((approval["id"],), {"sha256": approval["sha256"]})


def _consented(house: House, door: Door) -> Asked:
    asked = _to_consent(house, door)
    assert door.post(f"/approvals/{asked.path[0]}/approve", asked.body).status == 200
    return Asked(asked.path)


def _to_refuse(house: House, door: Door) -> Asked:
    approval = _frozen(house, somebody(house, door, Role.CA_OPERATOR))
    return Asked((approval["id"],), {"reason": "not like this"})


def _own_frozen(house: House, door: Door) -> Asked:
    return Asked((_frozen(house, door)["id"],))


def _to_override(house: House, door: Door) -> Asked:
    approval = _frozen(house, somebody(house, door, Role.CA_OPERATOR))
    return Asked((approval["id"],), {"sha256": approval["sha256"], "reason": "the others are at sea"})


TABLE: Mapping[str, Row] = {
    "add_passkey": Row(_new_passkey, ("passkey.added",)),
    "confirm_totp": Row(_totp_to_confirm, ("totp.enabled",)),
    "create_session_by_passkey": Row(_passkey_to_sign_in, ("login.succeeded",)),
    "give_second_factor": Row(_second_factor, ("login.succeeded",)),
    "make_recovery_codes": Row(_with_totp, ("recovery_codes.made",)),
    "prepare_totp": Row(_signed_in, ("totp.prepared",)),
    "remove_passkey": Row(_passkey, ("passkey.removed",)),
    "remove_totp": Row(_with_totp, ("totp.removed",)),
    "rename_passkey": Row(_passkey_to_rename, ("passkey.renamed",)),
    "reset_user_factors": Row(_user, ("user.factors_reset",)),
    "accept_invitation": Row(_invited, ("invitation.accepted",)),
    "change_password": Row(_new_password, ("password.changed",)),
    "change_user": Row(_changed_user, ("user.changed",)),
    "create_session": Row(_visitor, ("login.succeeded",)),
    "create_user": Row(_new_user, ("user.created",)),
    "disable_user": Row(_user, ("user.disabled",)),
    "enable_user": Row(_user, ("user.enabled",)),
    "invite_user": Row(_user, ("user.invited",)),
    "reauthenticate": Row(_proof, ("session.reauthenticated",)),
    "revoke_own_session": Row(_own_session, ("session.revoked",)),
    "revoke_session": Row(_anothers_session, ("session.revoked",)),
    "sign_out": Row(_signed_in, ("session.ended",)),
    "approve": Row(_to_consent, ("approval.given",)),
    "approve_request": Row(_to_approve, ("request.approved",)),
    "cancel_approval": Row(_own_frozen, ("approval.cancelled",)),
    "cancel_request": Row(_to_cancel, ("request.cancelled",)),
    "change_approval_rules": Row(_changed_rules, ("approval.executed", "approval_rules.changed")),
    "collect_request": Row(_to_collect, ("certificate.issue_intended", "certificate.issued")),
    "comment_request": Row(_to_comment, ("request.commented",)),
    "edit_request": Row(_to_edit, ("request.edited",)),
    "override_approval": Row(_to_override, ("approval.overridden",)),
    "reject_approval": Row(_to_refuse, ("approval.rejected",)),
    "reject_request": Row(_to_reject, ("request.rejected",)),
    "submit_request": Row(_new_request, ("request.submitted",)),
    "withdraw_approval": Row(_consented, ("approval.withdrawn",)),
    "withdraw_request_approval": Row(_approved, ("request.approval_withdrawn",)),
    "block_key": Row(_key_to_block, ("key.blocked",)),
    "cancel_rotation": Row(_rotation_begun, ("key.retired", "certificate.revoked")),
    "cancel_job": Row(_job, ("job.cancelled",)),
    "create_ca": Row(_new_ca, ("key.created", "certificate.issue_intended", "certificate.issued", "ca.created")),
    "create_key": Row(_key_for_a_ca, ("key.created",)),
    "create_profile": Row(_new_profile, ("profile.created",)),
    "create_token": Row(_new_token, ("token.created",)),
    "install_ca_certificate": Row(_answered_ca, ("ca.certificate_installed", "ca.created")),
    "request_ca_certificate": Row(_prepared_ca, ("ca.request_intended", "ca.request_signed")),
    "cross_sign": Row(_to_cross_sign, ("certificate.issue_intended", "certificate.issued")),
    "destroy_key": Row(_retired_key, ("key.destroyed",)),
    "rotate_token": Row(_token_to_rotate, ("token.rotated",)),
    "create_role": Row(_new_role, ("role.created",)),
    "update_role": Row(_changed_role, ("role.updated",)),
    "retire_role": Row(_role, ("role.retired",)),
    "assign_role": Row(_role_and_user, ("role.assigned",)),
    "withdraw_role": Row(_held_role, ("role.withdrawn",)),
    "create_team": Row(_new_team, ("team.created",)),
    "add_team_member": Row(_team_and_user, ("team.member_added",)),
    "remove_team_member": Row(_team_and_member, ("team.member_removed",)),
    "create_service_account": Row(_new_account, ("service_account.created",)),
    "disable_service_account": Row(_account, ("service_account.disabled",)),
    "issue_certificate": Row(_new_certificate, ("certificate.issue_intended", "certificate.issued")),
    "delete_certificate": Row(_expired, ("certificate.deleted",)),
    "hold_certificate": Row(_to_hold, ("certificate.held",)),
    "publish_crl": Row(_issuing_ca, ("crl.intended", "crl.published")),
    "rekey_certificate": Row(_to_rekey, ("certificate.issue_intended", "certificate.issued")),
    "release_certificate": Row(_held, ("certificate.released",)),
    "resume_ca": Row(_suspended_ca, ("ca.resumed",)),
    "retire_ca": Row(_active_ca, ("ca.retired",)),
    "revoke_by_key": Row(_key, ("certificate.revoked",)),
    "revoke_ca": Row(_to_revoke, ("certificate.revoked", "ca.revoked")),
    "rotate_ca": Row(
        _to_rotate, ("key.created", "certificate.issue_intended", "certificate.issued", "ca.key_switched")
    ),
    "submit_bulk": Row(_bulk, ("bulk.submitted",)),
    "suspend_ca": Row(_active_ca, ("ca.suspended",)),
    "renew_certificate": Row(_to_renew, ("certificate.issue_intended", "certificate.issued")),
    "retire_profile": Row(_profile, ("profile.retired",)),
    "retry_job": Row(_cancelled_job, ("job.retried",)),
    "revoke_certificate": Row(_issued, ("certificate.revoked",)),
    "revoke_token": Row(_token, ("token.revoked",)),
    "unblock_key": Row(_blocked_key, ("key.unblocked",)),
    "update_profile": Row(_changed_profile, ("profile.updated",)),
}

READS: frozenset[str] = frozenset(
    {"begin_passkey", "get_passkey_options", "check_backend", "check_profile", "decode", "lint", "verify"}
)
"""Operations that change nothing, or what is open for a moment only: they leave no event."""


JOBS: Mapping[JobKind, tuple[str, ...]] = {
    JobKind.PUBLISH_CA_CERTIFICATE: (),  # hands out what was signed and told before
    JobKind.RENEW_OCSP_SIGNER: ("certificate.issue_intended", "certificate.issued", "ocsp_signer.renewed"),
    JobKind.ISSUE_REQUEST: ("certificate.issue_intended", "certificate.issued"),
    JobKind.PUBLISH_STATUS: ("ocsp.presigned",),
    JobKind.PUBLISH_CRL: ("crl.intended", "crl.published"),
    JobKind.DESTROY_KEY: (),  # erases what was told to be destroyed before
    JobKind.BULK: ("bulk.submitted", "certificate.issue_intended", "certificate.issued", "bulk.ended"),
}
"""What one background job of each kind leaves, when there is something to do."""
