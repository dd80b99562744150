"""THE access table, stated literally: every role against every permission."""

import pytest

from pki_manager.domain.actor import ANONYMOUS, Actor, ActorKind, Role, system
from pki_manager.domain.errors import Forbidden, Unauthenticated
from pki_manager.policy.access import Permission, allowed, may_grant, require

#                       administrator  ca-operator  registration-authority  requester  auditor
TABLE = """
ca:read                 yes            yes          yes                     yes        yes
ca:create               yes            yes          no                      no         no
ca:control              yes            yes          no                      no         no
ca:revoke               yes            yes          no                      no         no
certificate:read        yes            yes          yes                     no         yes
certificate:issue       yes            yes          yes                     no         no
certificate:revoke      yes            yes          yes                     no         no
certificate:delete      yes            yes          no                      no         no
crl:read                yes            yes          yes                     yes        yes
crl:publish             yes            yes          no                      no         no
profile:read            yes            yes          yes                     yes        yes
profile:create          yes            yes          no                      no         no
profile:update          yes            yes          no                      no         no
profile:retire          yes            yes          no                      no         no
key:read                yes            yes          yes                     no         yes
key:block               yes            yes          no                      no         no
token:read              yes            no           no                      no         yes
token:create            yes            no           no                      no         no
token:revoke            yes            no           no                      no         no
job:read                yes            yes          no                      no         yes
job:control             yes            yes          no                      no         no
audit:read              yes            no           no                      no         yes
metrics:read            yes            yes          no                      no         yes
status:read             yes            yes          yes                     no         yes
self:read               yes            yes          yes                     yes        yes
tools:use               yes            yes          yes                     yes        yes
"""
ROLES = (Role.ADMINISTRATOR, Role.CA_OPERATOR, Role.REGISTRATION_AUTHORITY, Role.REQUESTER, Role.AUDITOR)
ROWS = {row.split()[0]: row.split()[1:] for row in TABLE.split("\n") if row}
CELLS = [(role, name, cell == "yes") for name, cells in ROWS.items() for role, cell in zip(ROLES, cells, strict=True)]


def actor(role: Role | None) -> Actor:
    return Actor(kind=ActorKind.TOKEN, id="token:1", name="one", via="rest", role=role)


def test_the_table_has_every_role_and_every_permission():
    assert set(ROLES) == set(Role)
    assert set(ROWS) == {permission.value for permission in Permission}


@pytest.mark.parametrize(("role", "name", "granted"), CELLS)
def test_the_table_says_who_may_do_what(role, name, granted):
    permission = Permission(name)
    assert allowed(actor(role), permission) is granted
    if granted:
        require(actor(role), permission)
    else:
        with pytest.raises(Forbidden, match=f"{role} does not have {permission}"):
            require(actor(role), permission)


@pytest.mark.parametrize("permission", Permission)
def test_somebody_without_a_role_may_do_nothing(permission):
    with pytest.raises(Forbidden):
        require(actor(None), permission)


@pytest.mark.parametrize("permission", Permission)
def test_nobody_is_asked_who_they_are_first(permission):
    with pytest.raises(Unauthenticated):
        require(ANONYMOUS, permission)


@pytest.mark.parametrize("permission", Permission)
def test_the_product_itself_may_do_everything(permission):
    require(system("worker"), permission)


@pytest.mark.parametrize(
    ("giver", "given", "may"),
    [
        (Role.ADMINISTRATOR, Role.ADMINISTRATOR, True),
        (Role.ADMINISTRATOR, Role.AUDITOR, True),
        (Role.CA_OPERATOR, Role.ADMINISTRATOR, False),
        (Role.CA_OPERATOR, Role.REGISTRATION_AUTHORITY, True),
        (Role.CA_OPERATOR, Role.AUDITOR, False),
        (Role.REGISTRATION_AUTHORITY, Role.CA_OPERATOR, False),
        (Role.REGISTRATION_AUTHORITY, Role.REQUESTER, True),
        (Role.REQUESTER, Role.REQUESTER, True),
        (Role.REQUESTER, Role.REGISTRATION_AUTHORITY, False),
        (Role.AUDITOR, Role.ADMINISTRATOR, False),
    ],
)
def test_nobody_gives_more_rights_than_they_have(giver, given, may):
    assert may_grant(actor(giver), given) is may


def test_somebody_without_a_role_gives_nothing():
    assert not any(may_grant(actor(None), role) for role in Role)
