"""`/cas/import`, `/cas/{ca}/take-over`: CAs that had a life elsewhere."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from pki_manager.authority.cas import check_import as checking
from pki_manager.authority.cas import import_ca as importing
from pki_manager.authority.cas import take_over_ca as taking
from pki_manager.authority.kernel.access import Permission
from pki_manager.domain import errors
from pki_manager.domain.approval import Operation as Gate
from pki_manager.protocols.rest.bodies.imports import CheckImportBody, ImportBody, TakeOverBody
from pki_manager.protocols.rest.operation import Caller, Operation, operation
from pki_manager.protocols.rest.responses.ca_import import ImportCheck
from pki_manager.protocols.rest.responses.cas import Ca

router = APIRouter(prefix="/cas", tags=["cas"], route_class=Operation)

PATHS = (f"{router.prefix}/import", f"{router.prefix}/import/check")
"""What takes bodies of MAX_OCTETS: CRLs can be long."""


@router.post(
    "/import",
    status_code=201,
    **operation(
        Permission.CA_CREATE,
        errors.Conflict,
        errors.NameTaken,
        errors.PolicyRefused,
        posted=True,
        heavy=True,
        gates=[Gate.CA_CREATE],
    ),
)
def import_ca(call: Caller, body: ImportBody, response: Response, request: Request) -> Ca:
    """Make a CA known that exists elsewhere, as an external one, with what its last CRL lists.

    What it has issued follows as a bulk job (`action=import`), its key by `take-over`. Nothing is published before.
    """
    view, _ = importing.import_ca(call.ctx, call.actor, body.command(), call.claim)
    response.headers["Location"] = f"{request.scope.get('root_path', '')}/cas/{view.ca.id}"
    return Ca.of(view)


# It changes nothing, so that doing it twice is the same as once: an Idempotency-Key has nothing to keep.
@router.post("/import/check", **operation(Permission.CA_CREATE, errors.TooLarge, errors.UnsupportedMedia, heavy=True))
def check_import(call: Caller, body: CheckImportBody) -> ImportCheck:
    """Everything that an import would meet: of the CA, of its key, and of each row. Nothing is done."""
    source = body.key.source() if body.key is not None else None
    rows = [row.told() for row in body.rows]
    return ImportCheck.of(checking.check_import(call.ctx, call.actor, body.command(), source, rows))


@router.post(
    "/{ca}/take-over",
    **operation(
        Permission.CA_CREATE,
        errors.NotFound,
        errors.Conflict,
        errors.KeyOwnerRequired,
        errors.BackendUnavailable,
        posted=True,
        heavy=True,
        gates=[Gate.CA_CREATE],
    ),
)
def take_over_ca(call: Caller, ca: str, body: TakeOverBody) -> Ca:
    """Make an external CA one of ours by its key. From then on it issues, and CRLs and OCSP responses are made here."""
    command = taking.TakeOver(ca=ca, source=body.source(), signature_algorithm=body.signature_algorithm)
    return Ca.of(taking.take_over(call.ctx, call.actor, command, call.claim)[0])
