"""PKIOperation (RFC 8894 §4.3): a message is read and handled, and the response is a CertRep."""

from __future__ import annotations

from pki_manager.authority.enrollment.authenticate import Origin
from pki_manager.authority.enrollment.scep import ScepTarget, get_response_hash, respond, sign_as_ra
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.scep.ra import get_current_ra
from pki_manager.domain.errors import PkiError
from pki_manager.domain.protocols.scep import NONCE_OCTETS, FailInfo, PkiStatus
from pki_manager.protocols.scep.errors import Http, ScepFailure, get_outcome
from pki_manager.x509.scep import CertRep, ScepRequest, read_request


def operate(ctx: Context, target: ScepTarget, data: bytes, origin: Origin) -> bytes:
    """Handle a message and return the CertRep (DER).

    Raises InvalidInput if the message is invalid or not signed by its key; Conflict if the CA has no registration
    authority; Fault for an internal error; PartUnavailable if a component is unavailable.
    """
    request = read_request(data)
    get_current_ra(ctx, target.ca_id)
    hash_name = get_response_hash(ctx, target, request)
    try:
        content = respond(ctx, target, request, origin)
    except PkiError as error:
        return sign_as_ra(ctx, target, b"", _unsuccessful(ctx, request, error), hash_name)
    return sign_as_ra(ctx, target, content, _rep(ctx, request, PkiStatus.SUCCESS), hash_name)


def _unsuccessful(ctx: Context, request: ScepRequest, error: PkiError) -> CertRep:
    """Return the CertRep that reports `error` to the client. Raises `error` if it is reported by HTTP status."""
    outcome = get_outcome(error)
    if isinstance(outcome, Http):
        raise error
    if isinstance(outcome, ScepFailure):
        return _rep(ctx, request, PkiStatus.FAILURE, outcome.fail_info, error.detail)
    return _rep(ctx, request, outcome)


def _rep(
    ctx: Context, request: ScepRequest, status: PkiStatus, fail_info: FailInfo | None = None, text: str = ""
) -> CertRep:
    return CertRep(
        status=status,
        transaction_id=request.transaction_id,
        sender_nonce=ctx.ports.entropy.token(NONCE_OCTETS),
        recipient_nonce=request.sender_nonce,
        fail_info=fail_info,
        text=text,
    )
