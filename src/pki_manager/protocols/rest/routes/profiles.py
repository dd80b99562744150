"""`/profiles`: certificate profiles."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from pki_manager.authority.certificates import profile_samples, profiles, queries
from pki_manager.authority.kernel.access import Permission
from pki_manager.domain import errors
from pki_manager.domain.approval import Operation
from pki_manager.protocols.rest.bodies.requests import ProfileTrialBody
from pki_manager.protocols.rest.fields import DEFAULT_LIMIT, Cursor, Limit
from pki_manager.protocols.rest.operation import Caller, OperationRoute, operation
from pki_manager.protocols.rest.responses.page import build_page
from pki_manager.protocols.rest.responses.previews import CertificatePreview
from pki_manager.protocols.rest.responses.profiles import ProfileDefinition, ProfilePage, ProfileResponse, Remarks

_MAX_VERSION = 2**31 - 1

router = APIRouter(prefix="/profiles", tags=["profiles"], route_class=OperationRoute)


@router.get("", summary="List profiles", **operation(Permission.PROFILE_READ))
def list_profiles(call: Caller, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT) -> ProfilePage:
    """List the newest version of each profile."""
    return ProfilePage(**build_page(queries.list_profiles(call.ctx, call.actor, cursor, limit), ProfileResponse.of))


@router.post(
    "",
    summary="Create a profile",
    status_code=201,
    **operation(
        Permission.PROFILE_CREATE,
        errors.Conflict,
        errors.LintRefused,
        posted=True,
        gates=[Operation.PROFILE_CHANGE],
    ),
)
def create_profile(call: Caller, body: ProfileDefinition) -> ProfileResponse:
    """Create version 1 of a profile. Refused if lint would refuse the certificates of the profile."""
    return ProfileResponse.of(profiles.create(call.ctx, call.actor, body.root, call.claim).value)


@router.post(
    "/check", summary="Check a profile", **operation(Permission.PROFILE_READ, errors.TooLarge, errors.UnsupportedMedia)
)
def check_profile(call: Caller, body: ProfileDefinition) -> Remarks:
    """Check a profile definition without saving it. Returns its errors and warnings."""
    return Remarks.of(profiles.check(call.ctx, call.actor, body.root))


@router.post(
    "/preview",
    summary="Preview a profile",
    **operation(Permission.PROFILE_READ, errors.TooLarge, errors.UnsupportedMedia, heavy=True),
)
def preview_profile(call: Caller, body: ProfileTrialBody) -> CertificatePreview:
    """Return the certificate that a profile definition would produce from a CSR under a sample CA. Saves nothing."""
    made = profile_samples.preview_profile(call.ctx, call.actor, body.definition.root, body.csr_der())
    return CertificatePreview.of(made)


@router.get("/{profile}", summary="Get a profile", **operation(Permission.PROFILE_READ, errors.NotFound))
def get_profile(
    call: Caller, profile: str, version: Annotated[int | None, Query(ge=1, le=_MAX_VERSION)] = None
) -> ProfileResponse:
    """Return a profile: its newest version, or the one set by `version`."""
    return ProfileResponse.of(queries.show_profile(call.ctx, call.actor, profile, version))


@router.put(
    "/{profile}",
    summary="Update a profile",
    **operation(
        Permission.PROFILE_UPDATE,
        errors.NotFound,
        errors.Conflict,
        errors.LintRefused,
        errors.TooLarge,
        errors.UnsupportedMedia,
        gates=[Operation.PROFILE_CHANGE],
    ),
)
def update_profile(call: Caller, profile: str, body: ProfileDefinition) -> ProfileResponse:
    """Save a new version of a profile. Existing certificates stay bound to their version.

    The same definition creates no version. Set `version` to the version that you edited: the response is 409 if a newer
    one exists.
    """
    return ProfileResponse.of(profiles.update(call.ctx, call.actor, profile, body.root))


@router.post(
    "/{profile}/retire",
    summary="Retire a profile",
    **operation(
        Permission.PROFILE_RETIRE, errors.NotFound, errors.Conflict, posted=True, gates=[Operation.PROFILE_CHANGE]
    ),
)
def retire_profile(call: Caller, profile: str) -> ProfileResponse:
    """Retire a profile permanently. No certificate is issued with it. Its existing certificates remain valid."""
    return ProfileResponse.of(profiles.retire(call.ctx, call.actor, profile, call.claim).value)
