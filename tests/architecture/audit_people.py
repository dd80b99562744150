"""Rows of AUD-01 for users, sign-in, and permissions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pki_manager.domain.people.identity import Identity
from pki_manager.domain.rights.actor import Role
from tests.architecture.audit_row import Asked, Row
from tests.protocols.rest.door import Door, House, unique
from tests.support.acme import account_of
from tests.support.authenticator import Authenticator
from tests.support.devices import approve_device, begin_device
from tests.support.people import PASSWORD, Browser, make_user, secret_of, shown, signed_in
from tests.support.providers import leave, sign_in


def _new_user(_house: House, _door: Door) -> Asked:
    return Asked(body={"login": unique("audit"), "display_name": "Audit", "role": "auditor"})


def _user(house: House, _door: Door) -> Asked:
    return Asked((make_user(house.ctx, Role.AUDITOR).login,))


def _changed_user(house: House, door: Door) -> Asked:
    return Asked(_user(house, door).path, {"display_name": "Another", "role": "requester"})


def _visitor(house: House, door: Door) -> Asked:
    login = make_user(house.ctx, Role.AUDITOR).login
    return Asked(body={"login": login, "password": PASSWORD}, browser=Browser(door))


def _invited(house: House, door: Door) -> Asked:
    made = door.post("/users", _new_user(house, door).body)
    return Asked(body={"secret": secret_of(made.json["sign_in_url"]), "password": PASSWORD}, browser=Browser(door))


def _browser(house: House, door: Door) -> Browser:
    return signed_in(door, make_user(house.ctx, Role.AUDITOR))


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
    user = make_user(house.ctx, Role.AUDITOR)
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


def _new_token(_house: House, _door: Door) -> Asked:
    return Asked(body={"name": unique("audit"), "role": "auditor", "expires": "P1D"})


def _token(_house: House, door: Door) -> Asked:
    made = door.post("/tokens", {"name": unique("audit"), "role": "auditor", "expires": "P1D"})
    return Asked((made.json["id"],))


def _token_to_rotate(house: House, door: Door) -> Asked:
    return Asked(_token(house, door).path, {"overlap": "PT1H"})


def _new_eab_key(_house: House, _door: Door) -> Asked:
    return Asked(body={"name": unique("audit"), "expires": "P1D"})


def _new_credential(_house: House, _door: Door) -> Asked:
    body = {"protocol": "est", "name": unique("audit"), "expires": "P1D", "ca": "Issuing CA", "profile": "tls-server"}
    return Asked(body=body)


def _credential(house: House, door: Door) -> Asked:
    made = door.post("/credentials", _new_credential(house, door).body)
    assert made.status == 201, made.body
    return Asked((made.json["id"],))


def _acme_account(house: House, door: Door) -> Asked:
    made = door.post("/acme/eab-keys", _new_eab_key(house, door).body)
    return Asked((str(account_of(house.ctx, made.json).id),))


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


def _visited(house: House, door: Door) -> Asked:
    """Return a completed sign-in at the identity provider of a user who exists here."""
    assert house.provider is not None
    login = unique("ada")
    house.provider.subject, house.provider.claims = login, {"preferred_username": login, "groups": ["staff"]}
    assert sign_in(Browser(door), house.provider).status == 201
    browser = Browser(door)
    return Asked(("corp",), leave(browser, house.provider), browser)


def _signed_out_there(house: House, _door: Door) -> Asked:
    assert house.provider is not None
    return Asked(("corp",), form={"logout_token": house.provider.logout_token()})


def _linked(house: House, door: Door) -> Asked:
    assert house.provider is not None
    browser = signed_in(door, make_user(house.ctx))
    house.provider.subject = unique("linked")
    assert sign_in(browser, house.provider, purpose="link").status == 201
    (identity,) = browser.get("/me/identities").json["items"]
    return Asked((identity["id"],), browser=browser)


def _linked_of_another(house: House, _door: Door) -> Asked:
    """Return a user with a linked account at a provider that is no longer in the settings."""
    user, ctx = make_user(house.ctx, Role.AUDITOR), house.ctx
    identity = Identity(
        id=ctx.new_id(),
        user_id=user.id,
        issuer="https://login.example.com",
        subject=unique("subject"),
        by_rules=False,
        suspended=False,
        created_at=house.clock.now(),
        last_used_at=None,
    )
    with ctx.ports.storage.housekeep() as uow:
        uow.identities.add(identity)
    return Asked((user.login, str(identity.id)))


def _waiting_device(house: House, door: Door) -> Asked:
    codes = begin_device(door)
    body = {"user_code": codes["user_code"], "role": "requester", "expires": "PT1H"}
    return Asked(body=body, browser=signed_in(door, make_user(house.ctx, Role.REQUESTER)))


def _denied_device(house: House, door: Door) -> Asked:
    asked = _waiting_device(house, door)
    assert isinstance(asked.body, dict)
    return replace(asked, body={"user_code": asked.body["user_code"]})


def _approved_device(house: House, door: Door) -> Asked:
    codes = begin_device(door)
    browser = signed_in(door, make_user(house.ctx, Role.REQUESTER))
    approve_device(browser, codes["user_code"])
    return Asked(body={"device_code": codes["device_code"]})


PEOPLE: Mapping[str, Row] = {
    "approve_device_sign_in": Row(_waiting_device, ("device_sign_in.approved",)),
    "deny_device_sign_in": Row(_denied_device, ("device_sign_in.denied",)),
    "redeem_device_code": Row(_approved_device, ("device_sign_in.completed",)),
    "complete_oidc_sign_in": Row(_visited, ("login.succeeded",)),
    "receive_backchannel_logout": Row(_signed_out_there, ("identity.signed_out",)),
    "unlink_identity": Row(_linked, ("identity.unlinked",)),
    "unlink_user_identity": Row(_linked_of_another, ("identity.unlinked",)),
    "add_passkey": Row(_new_passkey, ("passkey.added",)),
    "confirm_totp": Row(_totp_to_confirm, ("totp.enabled",)),
    "create_session_by_passkey": Row(_passkey_to_sign_in, ("login.succeeded",)),
    "submit_second_factor": Row(_second_factor, ("login.succeeded",)),
    "create_recovery_codes": Row(_with_totp, ("recovery_codes.created",)),
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
    "sign_out_everywhere": Row(_signed_in, ("user.signed_out",)),
    "create_token": Row(_new_token, ("token.created",)),
    "rotate_token": Row(_token_to_rotate, ("token.rotated",)),
    "create_credential": Row(_new_credential, ("credential.created",)),
    "revoke_credential": Row(_credential, ("token.revoked",)),
    "create_eab_key": Row(_new_eab_key, ("eab_key.created",)),
    "revoke_acme_account": Row(_acme_account, ("acme_account.revoked",)),
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
    "revoke_token": Row(_token, ("token.revoked",)),
}
