"""`/cas/import` and `/cas/{ca}/take-over`: import of a CA and of its key."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from pki_manager.authority.cas import check_import as checking
from pki_manager.authority.cas import import_ca as importing
from pki_manager.authority.cas import take_over_ca as taking
from pki_manager.authority.kernel.access import Permission
from pki_manager.domain import errors
from pki_manager.domain.approval import Operation
from pki_manager.protocols.rest.bodies.imports import CheckImportBody, ImportBody, TakeOverBody
from pki_manager.protocols.rest.operation import Caller, OperationRoute, operation
from pki_manager.protocols.rest.responses.ca_import import ImportCheck
from pki_manager.protocols.rest.responses.cas import Ca

router = APIRouter(prefix="/cas", tags=["cas"], route_class=OperationRoute)

PATHS = (f"{router.prefix}/import", f"{router.prefix}/import/check")
"""Paths of operations whose bodies may have MAX_OCTETS, because CRLs can be long."""


@router.post(
    "/import",
    summary="Import a CA",
    status_code=201,
    **operation(
        Permission.CA_CREATE,
        errors.Conflict,
        errors.NameTaken,
        errors.PolicyRefused,
        posted=True,
        heavy=True,
        gates=[Operation.CA_CREATE],
    ),
)
def import_ca(call: Caller, body: ImportBody, response: Response, request: Request) -> Ca:
    """Import a CA that exists elsewhere as an external CA, with the entries of its last CRL.

    Import its certificates with a bulk job (`action=import`), and its key with `take-over`. Nothing is published until
    the key is imported.
    """
    view, _ = importing.import_ca(call.ctx, call.actor, body.command(), call.claim)
    response.headers["Location"] = f"{request.scope.get('root_path', '')}/cas/{view.ca.id}"
    return Ca.of(view)


# It changes nothing, so that doing it twice is the same as once: an Idempotency-Key has nothing to keep.
@router.post(
    "/import/check",
    summary="Check a CA import",
    **operation(Permission.CA_CREATE, errors.TooLarge, errors.UnsupportedMedia, heavy=True),
)
def check_import(call: Caller, body: CheckImportBody) -> ImportCheck:
    """Check an import without changing anything. Returns every problem of the CA, of its key, and of each row."""
    source = body.key.source() if body.key is not None else None
    rows = [row.to_text() for row in body.rows]
    return ImportCheck.of(checking.check_import(call.ctx, call.actor, body.command(), source, rows))


@router.post(
    "/{ca}/take-over",
    summary="Import a CA key",
    **operation(
        Permission.CA_CREATE,
        errors.NotFound,
        errors.Conflict,
        errors.KeyOwnerRequired,
        errors.BackendUnavailable,
        posted=True,
        heavy=True,
        gates=[Operation.CA_CREATE],
    ),
)
def take_over_ca(call: Caller, ca: str, body: TakeOverBody) -> Ca:
    """Import the key of an external CA, so that this installation issues its certificates, CRLs, and OCSP responses."""
    command = taking.TakeOver(ca=ca, source=body.source(), signature_algorithm=body.signature_algorithm)
    return Ca.of(taking.take_over(call.ctx, call.actor, command, call.claim).value)
