"""CAs whose status URLs clients cannot reach: refused at creation, reported with the repair."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from pki_manager.authority.cas.create_ca import CreateCa, create_ca
from pki_manager.authority.cas.cross_sign import CrossSign, cross_sign
from pki_manager.authority.cas.preview_ca import preview_ca
from pki_manager.authority.cas.rotate_ca import RotateCa, rotate_ca
from pki_manager.authority.cas.views import show_ca
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.people.invitations import invite
from pki_manager.authority.signing.status_urls import find_notices
from pki_manager.domain.errors import Conflict
from tests.support.factories import ADMIN
from tests.support.people import make_user

PUBLIC = "http://status.example.com"


@pytest.fixture
def trial(ctx: Context) -> Context:
    """An installation whose first CAs were created with http://localhost:8081."""
    return ctx


def changed(ctx: Context, **config: object) -> Context:
    return replace(ctx, config=replace(ctx.config, **config))


def refused(work: Callable[[], object]) -> str:
    with pytest.raises(Conflict) as caught:
        work()
    assert [error.field for error in caught.value.errors] == ["public_status_url"]
    return caught.value.detail


NEW_ROOT = CreateCa(name="New Root", subject="CN=New Root", key_type="ECDSA-P256")
NEW_SUB = CreateCa(name="New Sub", subject="CN=New Sub", key_type="ECDSA-P256", parent="Root CA")
PREPARED = CreateCa(name="Later", subject="CN=Later", key_type="ECDSA-P256", external_parent=True)


@pytest.mark.parametrize("command", [NEW_ROOT, NEW_SUB, PREPARED], ids=lambda one: one.name)
def test_no_ca_is_created_with_local_status_urls_while_a_listener_is_public(trial: Context, command: CreateCa) -> None:
    public = changed(trial, is_public=True)
    assert "accepted_status_urls" in refused(lambda: create_ca(public, ADMIN, command))
    if not command.external_parent:
        refused(lambda: preview_ca(public, ADMIN, command))
    accepted = changed(public, accepted_status_urls=frozenset({trial.config.status_url}))
    assert create_ca(accepted, ADMIN, command)[0].ca.name == command.name


@pytest.mark.parametrize("ca", ["Root CA", "Issuing CA"])
def test_no_key_is_rotated_to_local_status_urls_while_a_listener_is_public(trial: Context, ca: str) -> None:
    public = changed(trial, is_public=True)
    refused(lambda: rotate_ca(public, ADMIN, RotateCa(ca=ca)))
    assert len(show_ca(trial, ADMIN, ca).keys) == 1


def test_a_parent_with_other_status_urls_is_rotated_before_it_signs_a_ca(trial: Context) -> None:
    moved = changed(trial, status_url=PUBLIC)
    command = "pkim ca rotate 'Root CA' --cross-certify"
    assert command in refused(lambda: create_ca(moved, ADMIN, NEW_SUB))
    assert command in refused(lambda: rotate_ca(moved, ADMIN, RotateCa(ca="Issuing CA")))
    assert command in refused(lambda: cross_sign(moved, ADMIN, CrossSign(ca="Root CA", subject_ca="Issuing CA")))


def test_the_repair_that_notices_name_ends_them(trial: Context) -> None:
    [notice] = find_notices(trial)
    assert (notice.code, notice.commands) == ("local_trial", ("pkim init --network --host HOSTNAME",))
    moved = changed(trial, status_url=PUBLIC, is_public=True)
    commands = [command for notice in find_notices(moved) for command in notice.commands]
    assert commands == ["pkim ca rotate 'Root CA' --cross-certify", "pkim ca rotate 'Issuing CA'"]
    rotate_ca(moved, ADMIN, RotateCa(ca="Root CA", cross_certify=True))
    assert [notice.ca for notice in find_notices(moved)] == ["Issuing CA"]
    rotate_ca(moved, ADMIN, RotateCa(ca="Issuing CA"))
    assert find_notices(moved) == ()
    assert show_ca(moved, ADMIN, "Issuing CA").keys[0].key.urls.crl.startswith(PUBLIC)


def test_local_status_urls_of_a_public_installation_are_reported_without_a_rotation_that_would_not_help(
    trial: Context,
) -> None:
    [notice] = find_notices(changed(trial, is_public=True))
    assert notice.ca is None
    assert "public_status_url" in notice.message
    assert notice.commands == ()


def test_a_command_with_other_urls_than_the_server_creates_no_ca_and_no_link(trial: Context) -> None:
    user = make_user(trial)
    other = changed(trial, differences={"public_url": "is another one", "public_status_url": "is another one"})
    refused(lambda: create_ca(other, ADMIN, NEW_ROOT))
    refused(lambda: rotate_ca(other, ADMIN, RotateCa(ca="Root CA")))
    with pytest.raises(Conflict, match="public_url is another one"):
        invite(other, ADMIN, user.login)
