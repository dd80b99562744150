"""`/status`, `/clock`, `/settings`, and `/dashboard`: the installation."""

from __future__ import annotations

from fastapi import APIRouter

from pki_manager import __version__
from pki_manager.authority.installation import dashboard, expirations, nodes, queries
from pki_manager.authority.kernel import clock
from pki_manager.authority.kernel.access import Permission
from pki_manager.authority.signing import status_urls
from pki_manager.domain import errors
from pki_manager.domain.approval import Operation
from pki_manager.protocols.rest.operation import Caller, OperationRoute, operation
from pki_manager.protocols.rest.responses.dashboard import DashboardResponse
from pki_manager.protocols.rest.responses.settings import SettingList
from pki_manager.protocols.rest.responses.system import ClockState, Status

router = APIRouter(tags=["system"], route_class=OperationRoute)


@router.get("/status", summary="Get the component status", **operation(Permission.STATUS_READ))
def get_status(call: Caller) -> Status:
    """Show the state of each component, and what an operator has to repair."""
    return Status.of(
        __version__,
        queries.get_readiness(call.ctx),
        [*status_urls.list_notices(call.ctx), *nodes.list_setting_notices(call.ctx)],
        expirations.list_near_ends(call.ctx, call.actor),
        nodes.list_nodes(call.ctx, call.actor),
    )


@router.get("/clock", summary="Get the clock status", **operation(Permission.STATUS_READ))
def get_clock(call: Caller) -> ClockState:
    """Return whether this host's clock is plausible, and the time of the newest signature."""
    return ClockState.of(clock.show_clock(call.ctx, call.actor))


@router.post(
    "/clock/accept",
    summary="Accept the clock",
    **operation(
        Permission.CLOCK_ACCEPT,
        errors.Conflict,
        errors.ClockBehind,
        errors.ClockAhead,
        posted=True,
        gates=[Operation.CLOCK_ACCEPT],
    ),
)
def accept_clock(call: Caller) -> ClockState:
    """Confirm that this host's clock is correct. Signing continues even where earlier signatures are in its future.

    Every process checks its clock again afterwards. CRLs and OCSP responses from the future are replaced.
    """
    return ClockState.of(clock.accept_clock(call.ctx, call.actor, call.claim).value)


@router.get("/settings", summary="List settings", **operation(Permission.SETTING_READ))
def list_settings(call: Caller) -> SettingList:
    """List the settings of this server process: each with its value, where the value comes from, and its meaning.

    Change settings in the settings file or in the environment of the server processes.
    """
    return SettingList.of(queries.list_settings(call.ctx, call.actor))


@router.get("/dashboard", summary="Get the dashboard", **operation(Permission.CERTIFICATE_READ))
def get_dashboard(call: Caller) -> DashboardResponse:
    """Return the number of certificates by status, and the certificates and CAs that expire soon."""
    return DashboardResponse.of(dashboard.show_dashboard(call.ctx, call.actor))
