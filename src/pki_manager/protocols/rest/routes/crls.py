"""`/cas/{ca}/crls`: certificate revocation lists."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from pki_manager.authority.cas import upload_crl as uploading
from pki_manager.authority.cas import views
from pki_manager.authority.kernel.access import Permission
from pki_manager.authority.status import crls
from pki_manager.authority.status import publish_crl as publishing
from pki_manager.domain import errors
from pki_manager.ports.revocations import CrlRecord
from pki_manager.protocols.rest.bodies.imports import CrlBody
from pki_manager.protocols.rest.fields import DEFAULT_LIMIT, Cursor, Identifier, Limit
from pki_manager.protocols.rest.files import CRL_FILE, CrlFormat, build_crl_file
from pki_manager.protocols.rest.operation import Call, Caller, OperationRoute, operation
from pki_manager.protocols.rest.responses.crls import Crl, CrlPage
from pki_manager.protocols.rest.responses.page import build_page

router = APIRouter(prefix="/cas/{ca}/crls", tags=["crls"], route_class=OperationRoute)


@router.get("", summary="List CRLs", **operation(Permission.CRL_READ, errors.NotFound))
def list_crls(call: Caller, ca: str, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT) -> CrlPage:
    """List the CRLs of all keys of a CA, newest first."""
    ca_id = views.show_ca(call.ctx, call.actor, ca).ca.id
    page = crls.list_crls(call.ctx, call.actor, str(ca_id), cursor, limit)
    return CrlPage(**build_page(page, lambda record: Crl.of(record, ca_id)))


@router.post(
    "",
    summary="Publish a CRL",
    status_code=201,
    **operation(
        Permission.CRL_PUBLISH,
        errors.NotFound,
        errors.Conflict,
        errors.LintRefused,
        errors.BackendUnavailable,
        errors.ClockBehind,
        errors.ClockAhead,
        posted=True,
    ),
)
def publish_crl(call: Caller, ca: str) -> Crl:
    """Sign and publish a new CRL now."""
    ca_id = views.show_ca(call.ctx, call.actor, ca).ca.id
    record, _ = publishing.publish_now(call.ctx, call.actor, str(ca_id), call.claim)
    return Crl.of(record, ca_id)


@router.put(
    "/external",
    summary="Publish an external CRL",
    **operation(
        Permission.CRL_PUBLISH,
        errors.NotFound,
        errors.Conflict,
        errors.PolicyRefused,
        errors.TooLarge,
        errors.FreshAuthenticationRequired,
    ),
)
def upload_crl(call: Caller, ca: str, body: CrlBody) -> Crl:
    """Publish a CRL that was signed elsewhere, for an external CA such as an offline root CA.

    The issuer, signature, number, dates, and distribution point of the CRL are checked first. Uploading the same CRL
    again changes nothing.
    """
    record = uploading.upload_crl(call.ctx, call.actor, ca, body.crl)
    return Crl.of(record, views.show_ca(call.ctx, call.actor, ca).ca.id)


@router.get("/current", summary="Get the current CRL", **operation(Permission.CRL_READ, errors.NotFound))
def get_current_crl(call: Caller, ca: str) -> Crl:
    """Return the current CRL of a CA key."""
    return Crl.of(*_find(call, ca, None))


_EXPORT: dict[str, Any] = operation(Permission.CRL_READ, errors.NotFound)
_EXPORT["responses"][200] = CRL_FILE


@router.get("/current/export", summary="Export the current CRL", response_class=Response, **_EXPORT)
def export_current_crl(call: Caller, ca: str, form: Annotated[CrlFormat, Query(alias="format")]) -> Response:
    """Return the current CRL of a CA key as a file, in PEM or DER."""
    return build_crl_file(_find(call, ca, None)[0].der, form)


@router.get("/{crl}", summary="Get a CRL", **operation(Permission.CRL_READ, errors.NotFound))
def get_crl(call: Caller, ca: str, crl: Identifier) -> Crl:
    """Return a CRL of a CA by its ID."""
    return Crl.of(*_find(call, ca, crl))


@router.get("/{crl}/export", summary="Export a CRL", response_class=Response, **_EXPORT)
def export_crl(call: Caller, ca: str, crl: Identifier, form: Annotated[CrlFormat, Query(alias="format")]) -> Response:
    """Return a CRL as a file, in PEM or DER."""
    return build_crl_file(_find(call, ca, crl)[0].der, form)


def _find(call: Call, ca: str, crl: UUID | None) -> tuple[CrlRecord, UUID]:
    """Return a CRL and the ID of its CA; the current CRL if `crl` is None.

    Raises NotFound if there is none, or if it is a CRL of another CA.
    """
    view = views.show_ca(call.ctx, call.actor, ca)
    if crl is None:
        return crls.get_current_crl(call.ctx, call.actor, str(view.ca.id)), view.ca.id
    record = crls.show_crl(call.ctx, call.actor, crl)
    if record.issuer_key_id not in {one.key.id for one in view.keys}:
        raise errors.NotFound.of("CRL", str(crl))
    return record, view.ca.id
