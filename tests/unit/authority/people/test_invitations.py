"""What a one-time link shows before it is used."""

from __future__ import annotations

import pytest

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.people import invitations, users
from pki_manager.authority.people.users import Person
from pki_manager.domain.errors import SignInFailed
from pki_manager.domain.rights.actor import Role
from tests.support.factories import ADMIN
from tests.support.memory.events import records
from tests.support.people import PASSWORD, VISITOR, secret_of


def test_a_link_shows_its_user_until_it_is_used(ctx: Context) -> None:
    ada = Person(display_name="Ada", email=None, role=Role.AUDITOR)
    (_, link), _ = users.create_user(ctx, ADMIN, "ada", ada)
    secret = secret_of(link.url)
    with records(ctx):
        found = invitations.check(ctx, secret)
    assert (found.login, found.display_name, found.expires_at) == ("ada", "Ada", link.expires_at)
    invitations.accept(ctx, VISITOR, secret, PASSWORD, "browser")
    for useless in (secret, "x" * len(secret), ""):
        with records(ctx), pytest.raises(SignInFailed, match="link"):
            invitations.check(ctx, useless)
