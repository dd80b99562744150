"""`/tools`: what an object is, what is wrong with it, whether it is to be trusted."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from pki_manager.authority.installation import tools, verify_path
from pki_manager.authority.kernel.access import Permission
from pki_manager.domain import errors
from pki_manager.protocols.rest.bodies.tools import DecodeBody, LintBody, VerifyBody
from pki_manager.protocols.rest.operation import Caller, Operation, operation
from pki_manager.protocols.rest.responses.tools import DecodeAnswer, LintAnswer, VerifyAnswer

router = APIRouter(prefix="/tools", tags=["tools"], route_class=Operation)

# They change nothing, so that doing one twice is the same as once: an Idempotency-Key has nothing to keep.
_TOOL: dict[str, Any] = operation(Permission.TOOLS_USE, errors.TooLarge, errors.UnsupportedMedia, heavy=True)


@router.post("/decode", **_TOOL)
def decode(call: Caller, body: DecodeBody) -> DecodeAnswer:
    """What each object in `data` is and says. Nothing is judged, kept or fetched."""
    return DecodeAnswer.of(tools.decode(call.actor, body.data, body.password))


@router.post("/lint", **_TOOL)
def lint(call: Caller, body: LintBody) -> LintAnswer:
    """What is wrong with each object in `data`, by own rules and pkilint."""
    return LintAnswer.of(tools.lint_objects(call.actor, body.data))


@router.post("/verify", **_TOOL)
def verify(call: Caller, body: VerifyBody) -> VerifyAnswer:
    """Whether a certificate has a valid path to a trust anchor (RFC 5280 §6), and if not, every reason.

    Only what is given is looked at: no URL in a certificate is ever followed. With `crls` every certificate below the
    anchor must be found not revoked in one of them; without, revocation is not looked at.
    """
    return VerifyAnswer.of(verify_path.verify_path(call.ctx, call.actor, body.wish()))
