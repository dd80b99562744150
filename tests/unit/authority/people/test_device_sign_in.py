"""What a sign-in by device code shows and ends with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.people import device_sign_in, sign_in
from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import (
    AuthorizationPending,
    DeviceAccessDenied,
    DeviceCodeExpired,
    FreshAuthenticationRequired,
)
from pki_manager.domain.people.device import DeviceClient, DeviceState
from pki_manager.domain.rights.actor import Actor, Role
from tests.support.memory.events import records
from tests.support.people import PASSWORD, VISITOR, acting, make_user

DAY = Duration.parse("P1D")
CLIENT = DeviceClient(client_id="pkim 1.0", host="laptop")


@pytest.fixture
def user(ctx: Context) -> Actor:
    make_user(ctx, Role.REQUESTER, "ada")
    return acting(ctx, sign_in.sign_in(ctx, VISITOR, "ada", PASSWORD, "browser"))


def test_an_approved_command_line_gets_its_token_once(ctx: Context, user: Actor) -> None:
    codes = device_sign_in.begin(ctx, VISITOR, CLIENT)
    assert device_sign_in.show(ctx, user, codes.user_code).client == CLIENT
    with pytest.raises(AuthorizationPending, match="not confirmed"):
        device_sign_in.redeem(ctx, VISITOR, codes.device_code)
    with records(ctx, "device_sign_in.approved"):
        approved = device_sign_in.approve(ctx, user, codes.user_code, Role.REQUESTER, DAY).value
    assert approved.state is DeviceState.APPROVED
    with records(ctx, "device_sign_in.completed"):
        got = device_sign_in.redeem(ctx, VISITOR, codes.device_code)
    assert (got.token.owner_id, got.token.role, got.expires_in) == (user.id, "requester", 86400)
    with pytest.raises(DeviceCodeExpired, match="was used"):
        device_sign_in.redeem(ctx, VISITOR, codes.device_code)


def test_a_denied_command_line_gets_none(ctx: Context, user: Actor) -> None:
    codes = device_sign_in.begin(ctx, VISITOR, CLIENT)
    with records(ctx, "device_sign_in.denied"):
        device_sign_in.deny(ctx, user, codes.user_code)
    with pytest.raises(DeviceAccessDenied, match="denied"):
        device_sign_in.redeem(ctx, VISITOR, codes.device_code)


def test_an_old_authentication_does_not_approve(ctx: Context, user: Actor) -> None:
    codes = device_sign_in.begin(ctx, VISITOR, CLIENT)
    stale = replace(user, is_fresh=False)
    with records(ctx), pytest.raises(FreshAuthenticationRequired, match="recent"):
        device_sign_in.approve(ctx, stale, codes.user_code, Role.REQUESTER, DAY)
