"""External account keys."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest

from pki_manager.authority.acme.keys import KEY_OCTETS, NewEabKey, create_eab_key, find_binding_key
from pki_manager.authority.audit.audit_log import list_audit
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.scope_request import ScopeRequest
from pki_manager.authority.rights.service_accounts import AccountRequest, create_account
from pki_manager.authority.rights.teams import create_team
from pki_manager.authority.rights.tokens import list_tokens, rotate_token
from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import Conflict, Fault, Forbidden, InvalidInput, NotFound
from pki_manager.domain.rights.actor import Role
from pki_manager.domain.rights.permission import Permission
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.ports.unit_of_work import Claim
from tests.fakes.entropy import SeededEntropy
from tests.support.acme import YEAR, acme_account, acting, eab_key
from tests.support.factories import ADMIN, as_role


def wish(**members: object) -> NewEabKey:
    return NewEabKey(**{"name": "web servers", "lifetime": YEAR, **members})


def opened(ctx: Context, key_id: object) -> bytes | None:
    with ctx.ports.storage.read() as reader:
        return find_binding_key(ctx, reader, key_id)


def test_a_key_is_told_once_and_kept_sealed(bare: Context) -> None:
    claim = Claim("createEabKey", "k", b"body")
    first, _ = create_eab_key(bare, ADMIN, wish(), claim)
    again, replayed = create_eab_key(bare, ADMIN, wish(), claim)
    assert replayed
    assert (again.token, again.secret) == (first.token, None)
    assert first.secret is not None
    assert len(first.secret) == 32
    assert first.secret not in repr(first).encode()
    assert opened(bare, first.token.id) == first.secret
    with bare.ports.storage.read() as reader:
        sealed = reader.acme.accounts.find_binding_key(first.token.id)
    assert sealed is not None
    assert first.secret not in sealed


class DashFirst(SeededEntropy):
    """Random numbers of which the first key is `-` and more in Base64url."""

    def __init__(self) -> None:
        super().__init__()
        self.keys = 0

    def token(self, size: int) -> bytes:
        if size != KEY_OCTETS:
            return super().token(size)
        self.keys += 1
        return b"\xf8" * size if self.keys == 1 else b"\xfc" * size


def test_no_key_begins_with_a_dash_which_clients_would_read_as_an_option(bare: Context) -> None:
    ctx = replace(bare, ports=replace(bare.ports, entropy=DashFirst()))
    secret = create_eab_key(ctx, ADMIN, wish()).value.secret
    assert secret is not None
    assert base64.urlsafe_b64encode(secret)[:1] == b"_"


def test_the_audit_trail_tells_of_the_key_and_not_the_key(bare: Context) -> None:
    key = eab_key(bare)
    event = list_audit(bare, ADMIN, AuditFilter(), None, 1).items[0]
    body = json.loads(event.body)
    assert (body["action"], body["object"]["id"]) == ("eab_key.created", str(key.token.id))
    assert set(body["details"]) == {"name", "role", "owner", "expires", "is_open", "pre_authorized"}


def test_a_sealed_key_belongs_to_its_token_alone(bare: Context) -> None:
    one, other = eab_key(bare), eab_key(bare)
    with bare.ports.storage.housekeep() as uow:
        sealed = uow.acme.accounts.find_binding_key(one.token.id)
        assert sealed is not None
        uow.acme.accounts.put_binding_key(other.token.id, sealed)
    with pytest.raises(Fault, match="A sealed secret in the database was altered"):
        opened(bare, other.token.id)


def test_a_key_has_what_acme_needs_of_its_role_and_of_its_owner(bare: Context) -> None:
    scope = ScopeRequest(profiles=("tls-server",), names=("DNS:example.com",))
    key = eab_key(bare, scope=scope)
    given = {permission for grant in acting(bare, acme_account(bare, key)).grants for permission in grant.permissions}
    assert given == {
        Permission.CERTIFICATE_ISSUE,
        Permission.CERTIFICATE_READ,
        Permission.CERTIFICATE_REVOKE,
        Permission.REQUEST_READ,
        Permission.REQUEST_SUBMIT,
    }
    assert key.token.scope.profiles == frozenset({"tls-server"})
    asking = acting(bare, acme_account(bare, eab_key(bare, role=Role.REQUESTER), 2))
    assert all(Permission.CERTIFICATE_ISSUE not in grant.permissions for grant in asking.grants)


def test_a_key_can_be_a_service_account_s_and_make_a_team_s_objects(bare: Context) -> None:
    team = create_team(bare, ADMIN, "operations")[0].team
    robot = create_account(bare, ADMIN, AccountRequest(name="robot", role=Role.REGISTRATION_AUTHORITY, team=team.name))[
        0
    ]
    key, _ = create_eab_key(bare, ADMIN, wish(service_account=robot.name, team=team.name))
    actor = acting(bare, acme_account(bare, key))
    assert (actor.owner, actor.team_id) == (f"service:{robot.id}", team.id)
    with pytest.raises(NotFound, match=r"Service account .* not found"):
        create_eab_key(bare, ADMIN, wish(service_account="nobody"))


@pytest.mark.parametrize("role", [Role.AUDITOR, "no-such-role"])
def test_a_role_that_cannot_ask_for_certificates_makes_no_key(bare: Context, role: str) -> None:
    with pytest.raises(InvalidInput, match=r"is not an active role|must be a role that can request certificates"):
        create_eab_key(bare, ADMIN, wish(role=role))
    assert not list_tokens(bare, ADMIN, None, 10).items


def test_aut_06_a_key_has_no_more_rights_than_its_maker(bare: Context) -> None:
    create_eab_key(bare, as_role(Role.REGISTRATION_AUTHORITY), wish())
    with pytest.raises(Forbidden, match="You cannot grant permissions that you do not have"):
        create_eab_key(bare, as_role(Role.REQUESTER), wish())
    with pytest.raises(Forbidden, match="Requires the permission `token:create`"):
        create_eab_key(bare, as_role(Role.AUDITOR), wish(role=Role.REQUESTER))


@pytest.mark.parametrize("name", ["", " ", "a" * 101, "a\nb"])
def test_a_key_needs_a_printable_name(bare: Context, name: str) -> None:
    with pytest.raises(InvalidInput, match="name: must have 1 to 100 printable characters"):
        create_eab_key(bare, ADMIN, wish(name=name))


def test_nobody_is_told_a_secret_of_the_token(bare: Context) -> None:
    key = eab_key(bare)
    with pytest.raises(Conflict, match="The token of an enrollment credential cannot be rotated"):
        rotate_token(bare, ADMIN, key.token.id, Duration.parse("PT1H"))
