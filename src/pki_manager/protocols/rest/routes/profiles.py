"""`/profiles`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from pki_manager.authority.certificates import profile_samples, profiles, queries
from pki_manager.authority.kernel.access import Permission
from pki_manager.domain import errors
from pki_manager.domain.approval import Operation as Gate
from pki_manager.protocols.rest.bodies.requests import ProfileTrialBody
from pki_manager.protocols.rest.fields import DEFAULT_LIMIT, Cursor, Limit
from pki_manager.protocols.rest.operation import Caller, Operation, operation
from pki_manager.protocols.rest.responses.page import paged
from pki_manager.protocols.rest.responses.previews import CertificatePreview
from pki_manager.protocols.rest.responses.profiles import Profile, ProfileDefinition, ProfilePage, Remarks

_MAX_VERSION = 2**31 - 1

router = APIRouter(prefix="/profiles", tags=["profiles"], route_class=Operation)


@router.get("", **operation(Permission.PROFILE_READ))
def list_profiles(call: Caller, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT) -> ProfilePage:
    """The newest version of each."""
    return ProfilePage(**paged(queries.list_profiles(call.ctx, call.actor, cursor, limit), Profile.of))


@router.post(
    "",
    status_code=201,
    **operation(
        Permission.PROFILE_CREATE, errors.Conflict, errors.LintRefused, posted=True, gates=[Gate.PROFILE_CHANGE]
    ),
)
def create_profile(call: Caller, body: ProfileDefinition) -> Profile:
    """Version 1 of a new profile. One whose certificates lint would refuse is refused."""
    return Profile.of(profiles.create(call.ctx, call.actor, body.root, call.claim)[0])


@router.post("/check", **operation(Permission.PROFILE_READ, errors.TooLarge, errors.UnsupportedMedia))
def check_profile(call: Caller, body: ProfileDefinition) -> Remarks:
    """What is wrong with a definition and what is dangerous about it, without making it."""
    return Remarks.of(profiles.check(call.ctx, call.actor, body.root))


@router.post("/preview", **operation(Permission.PROFILE_READ, errors.TooLarge, errors.UnsupportedMedia, heavy=True))
def preview_profile(call: Caller, body: ProfileTrialBody) -> CertificatePreview:
    """What a definition, saved or not, would make of a request under a sample CA. Nothing is made or kept."""
    made = profile_samples.preview_profile(call.ctx, call.actor, body.definition.root, body.csr_der())
    return CertificatePreview.of(made)


@router.get("/{profile}", **operation(Permission.PROFILE_READ, errors.NotFound))
def get_profile(
    call: Caller, profile: str, version: Annotated[int | None, Query(ge=1, le=_MAX_VERSION)] = None
) -> Profile:
    """The newest version unless one is named."""
    return Profile.of(queries.show_profile(call.ctx, call.actor, profile, version))


@router.put(
    "/{profile}",
    **operation(
        Permission.PROFILE_UPDATE,
        errors.NotFound,
        errors.Conflict,
        errors.LintRefused,
        errors.TooLarge,
        errors.UnsupportedMedia,
        gates=[Gate.PROFILE_CHANGE],
    ),
)
def update_profile(call: Caller, profile: str, body: ProfileDefinition) -> Profile:
    """A new version; what was issued stays bound to its own. The same definition again makes none.

    `version`, where given, is the version that was edited: 409 when it is no longer the newest.
    """
    return Profile.of(profiles.update(call.ctx, call.actor, profile, body.root))


@router.post(
    "/{profile}/retire",
    **operation(Permission.PROFILE_RETIRE, errors.NotFound, errors.Conflict, posted=True, gates=[Gate.PROFILE_CHANGE]),
)
def retire_profile(call: Caller, profile: str) -> Profile:
    """Nothing is issued with it any more, for good; its certificates live on."""
    return Profile.of(profiles.retire(call.ctx, call.actor, profile, call.claim)[0])
