"""`/tools`: decoding, linting, and path validation."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from pki_manager.authority.installation import tools, verify_path
from pki_manager.authority.kernel.access import Permission
from pki_manager.domain import errors
from pki_manager.protocols.rest.bodies.tools import DecodeBody, LintBody, VerifyBody
from pki_manager.protocols.rest.operation import Caller, OperationRoute, operation
from pki_manager.protocols.rest.responses.tools import DecodeAnswer, LintAnswer, VerifyAnswer

router = APIRouter(prefix="/tools", tags=["tools"], route_class=OperationRoute)

# They change nothing, so that doing one twice is the same as once: an Idempotency-Key has nothing to keep.
_TOOL: dict[str, Any] = operation(Permission.TOOLS_USE, errors.TooLarge, errors.UnsupportedMedia, heavy=True)


@router.post("/decode", summary="Decode PKI objects", **_TOOL)
def decode(call: Caller, body: DecodeBody) -> DecodeAnswer:
    """Decode each object in `data`. Nothing is validated, stored, or fetched."""
    return DecodeAnswer.of(tools.decode(call.actor, body.data, body.password))


@router.post("/lint", summary="Lint PKI objects", **_TOOL)
def lint(call: Caller, body: LintBody) -> LintAnswer:
    """Lint each object in `data` with the built-in rules and pkilint. Nothing is stored."""
    return LintAnswer.of(tools.lint_objects(call.actor, body.data))


@router.post("/verify", summary="Verify a certification path", **_TOOL)
def verify(call: Caller, body: VerifyBody) -> VerifyAnswer:
    """Find a valid path from a certificate to a trust anchor (RFC 5280 §6). If there is none, return every reason.

    Uses only what the request contains: no URL in a certificate is followed. With `crls`, each certificate below the
    trust anchor must be listed as not revoked by one of them. Without `crls`, revocation is not checked.
    """
    return VerifyAnswer.of(verify_path.verify_path(call.ctx, call.actor, body.to_question()))
