"""Profiles, from their definitions."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from pki_manager.authority.certificates import profiles
from pki_manager.authority.certificates.profile_samples import preview_profile
from pki_manager.authority.certificates.queries import list_profiles, show_profile
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from pki_manager.domain.profiles import codec
from pki_manager.domain.rights.actor import build_system_actor
from pki_manager.policy.access import Permission
from pki_manager.policy.builtin_profiles import TLS_SERVER
from pki_manager.x509 import pem
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN
from tests.support.memory.events import POWERLESS, records, refuses


def definition(**changes: Any) -> dict[str, Any]:
    body = codec.to_dict(replace(TLS_SERVER, name="web", key_types=("ECDSA-P256",), **changes))
    del body["version"]
    decoded: dict[str, Any] = json.loads(json.dumps(body))
    return decoded


@pytest.fixture
def web(ctx: Context) -> str:
    return profiles.create(ctx, ADMIN, definition())[0].name


def test_a_profile_is_created_and_updated_in_versions(ctx: Context) -> None:
    with records(ctx, "profile.created"):
        created, _ = profiles.create(ctx, ADMIN, definition())
    assert (created.version, show_profile(ctx, ADMIN, "web")) == (1, created)
    with records(ctx, "profile.updated"):
        assert profiles.update(ctx, ADMIN, "web", definition(description="Web servers")).version == 2
    assert show_profile(ctx, ADMIN, "web", 1) == created
    assert "web" in {profile.name for profile in list_profiles(ctx, ADMIN, None, 200).items}


def test_a_retired_profile_is_not_updated(ctx: Context, web: str) -> None:
    with records(ctx, "profile.retired"):
        profiles.retire(ctx, ADMIN, web)
    with refuses(ctx, Conflict, "retired"):
        profiles.update(ctx, ADMIN, web, definition(description="Web servers"))


def test_a_definition_is_checked_and_previewed_without_being_stored(ctx: Context) -> None:
    csr = pem.read(make_csr("www.example.com"), pem.CSR_LABELS, "csr")
    with records(ctx):
        profiles.check(ctx, ADMIN, definition())
        assert preview_profile(ctx, ADMIN, definition(), csr).certificate is not None
        assert profiles.check(ctx, ADMIN, {**definition(), "key_types": ["nothing"]})
    with refuses(ctx, NotFound, "web"):
        show_profile(ctx, ADMIN, "web")


def test_an_impossible_definition_is_refused(ctx: Context) -> None:
    with refuses(ctx, InvalidInput, "key_types"):
        profiles.create(ctx, ADMIN, {**definition(), "key_types": ["nothing"]})


def test_built_in_profiles_are_kept_once(ctx: Context) -> None:
    with records(ctx):
        profiles.keep_builtin_profiles(ctx, build_system_actor("start"))


def test_profiles_need_their_permissions(ctx: Context, web: str) -> None:
    for attempt, permission in (
        (lambda: profiles.create(ctx, POWERLESS, definition()), Permission.PROFILE_CREATE),
        (lambda: profiles.update(ctx, POWERLESS, web, definition()), Permission.PROFILE_UPDATE),
        (lambda: profiles.retire(ctx, POWERLESS, web), Permission.PROFILE_RETIRE),
        (lambda: list_profiles(ctx, POWERLESS, None, 10), Permission.PROFILE_READ),
        (lambda: show_profile(ctx, POWERLESS, web), Permission.PROFILE_READ),
    ):
        with refuses(ctx, Forbidden, permission):
            attempt()
