"""`/profiles`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from pki_manager.authority import queries
from pki_manager.authority.access import Permission
from pki_manager.domain import errors
from pki_manager.protocols.rest.answers.page import paged
from pki_manager.protocols.rest.answers.profiles import Profile, ProfilePage
from pki_manager.protocols.rest.fields import DEFAULT_LIMIT, Cursor, Limit
from pki_manager.protocols.rest.operation import Caller, Operation, operation

_MAX_VERSION = 2**31 - 1

router = APIRouter(prefix="/profiles", tags=["profiles"], route_class=Operation)


@router.get("", **operation(Permission.PROFILE_READ))
def list_profiles(call: Caller, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT) -> ProfilePage:
    """The newest version of each."""
    return ProfilePage(**paged(queries.list_profiles(call.authority, call.actor, cursor, limit), Profile.of))


@router.get("/{profile}", **operation(Permission.PROFILE_READ, errors.NotFound))
def get_profile(
    call: Caller, profile: str, version: Annotated[int | None, Query(ge=1, le=_MAX_VERSION)] = None
) -> Profile:
    """The newest version unless one is named."""
    return Profile.of(queries.show_profile(call.authority, call.actor, profile, version))
