"""The REST application, mounted at `/api/v1`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from pki_manager import __version__
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import ApprovalNeeded, PkiError
from pki_manager.protocols.http import DEFAULT_MAX_BODY, Boundary
from pki_manager.protocols.rest import problems
from pki_manager.protocols.rest.bulk_rows import MAX_OCTETS
from pki_manager.protocols.rest.devices import routes as device_routes
from pki_manager.protocols.rest.fast.batched import AppBatchers
from pki_manager.protocols.rest.fast.bulkhead import Bulkhead
from pki_manager.protocols.rest.fast.caller_bulkhead import CallerBulkhead
from pki_manager.protocols.rest.fast.fast_path import FastPath, OnError
from pki_manager.protocols.rest.fast.single_flight import SingleFlight
from pki_manager.protocols.rest.openapi import describe
from pki_manager.protocols.rest.operation import OperationRoute
from pki_manager.protocols.rest.routes import (
    acme,
    approvals,
    audit,
    backends,
    bulk,
    ca_import,
    cas,
    certificate_changes,
    certificates,
    credentials,
    crls,
    events,
    factors,
    jobs,
    keys,
    me,
    oidc,
    profiles,
    recipes,
    requests,
    roles,
    search,
    service_accounts,
    sessions,
    system,
    teams,
    tokens,
    tools,
    users,
)
from pki_manager.protocols.rest.waiting import on_waiting

PREFIX = "/api/v1"

_ROUTERS = (
    bulk.router,  # before certificates, whose `{id}` would match `bulk`
    certificates.router,  # first, for routes are tried in this order
    ca_import.router,
    cas.router,
    crls.router,
    certificate_changes.router,
    requests.router,
    approvals.router,
    profiles.router,
    tokens.router,
    credentials.router,
    acme.router,
    recipes.router,
    users.router,
    sessions.router,
    me.router,
    roles.router,
    roles.permissions,
    teams.router,
    service_accounts.router,
    factors.router,
    oidc.router,
    device_routes.router,
    keys.router,
    backends.router,
    jobs.router,
    audit.router,
    search.router,
    events.router,
    system.router,
    tools.router,
)


_ON_ERROR: dict[type[Exception], OnError] = {
    PkiError: problems.on_error,
    ApprovalNeeded: on_waiting,
    RequestValidationError: problems.on_invalid,
    HTTPException: problems.on_http,
}


class RestApplication(FastAPI):
    """FastAPI with the OpenAPI document of PKI Manager."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            self.openapi_schema = describe(self, PREFIX)
        return self.openapi_schema


def _never() -> bool:
    return False


def list_operations() -> list[OperationRoute]:
    """List all operations, in the order in which a request is matched to them."""
    return [route for router in _ROUTERS for route in router.routes if isinstance(route, OperationRoute)]


def is_change(method: str, path: str) -> bool:
    """Return whether a request with that method and path below `PREFIX` changes something or signs."""
    scope = {"type": "http", "method": method, "path": path, "headers": []}
    found = next((one for one in list_operations() if one.matches(scope)[0] is Match.FULL), None)
    return found is not None and found.is_change(method)


def _set_state(app: FastAPI, authority_of: Callable[[], Context], is_stopping: Callable[[], bool]) -> None:
    """Store the objects that the operations of this application share in this process."""
    app.state.authority_of = authority_of
    app.state.is_stopping = is_stopping
    app.state.streams = events.Streams()
    app.state.costly_bulkhead = Bulkhead()
    app.state.heavy_bulkhead = CallerBulkhead()
    app.state.batchers = AppBatchers()
    app.state.single_flight = SingleFlight()


def create_rest(
    authority_of: Callable[[], Context],
    *,
    max_body: int = DEFAULT_MAX_BODY,
    is_stopping: Callable[[], bool] = _never,
    fast_path: bool = True,
) -> FastAPI:
    """Return the REST API as an ASGI application, to be mounted at `PREFIX`, with OpenAPI 3.1 at `openapi.json`.

    `authority_of` returns the context of each request. `max_body` limits request bodies, in octets. Event streams end
    once `is_stopping` returns True. Without `fast_path`, FastAPI serves every operation.
    """
    app = RestApplication(
        title="PKI Manager",
        version=__version__,
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    app.router.route_class = OperationRoute
    _set_state(app, authority_of, is_stopping)
    for router in _ROUTERS:
        app.include_router(router)
    for kind, handler in _ON_ERROR.items():
        app.add_exception_handler(kind, handler)
    if fast_path:
        app.add_middleware(FastPath, operations=list_operations(), on_error=_ON_ERROR)
    app.add_middleware(
        Boundary,
        new_request_id=lambda: str(authority_of().new_id()),
        fault=problems.build_fault_response,
        max_body=max_body,
        larger=dict.fromkeys((bulk.router.prefix, *ca_import.PATHS), max(max_body, MAX_OCTETS)),
    )
    return app
