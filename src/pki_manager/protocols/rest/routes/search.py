"""`/search`: search across all types of objects."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from pki_manager.authority.installation import search as objects
from pki_manager.authority.kernel.access import Permission
from pki_manager.protocols.rest.operation import Caller, OperationRoute, operation
from pki_manager.protocols.rest.responses.search import SearchResult

router = APIRouter(prefix="/search", tags=["search"], route_class=OperationRoute)

_Text = Annotated[
    str,
    Query(
        min_length=1,
        max_length=512,
        pattern=r"\S",
        description="Any part of a CA name, or of a certificate's name, subject, or serial number (of fewer than three "
        "characters: the start of a name); a fingerprint; start of a username; or the ID of a request",
    ),
]
_Matches = Annotated[int, Query(ge=1, le=objects.MAX_MATCHES, description="Maximum number of results of each type")]


@router.get("", summary="Search all objects", **operation(Permission.SELF_READ))
def search(call: Caller, q: _Text, limit: _Matches = 8) -> SearchResult:
    """Return the CAs, certificates, requests, and users that match the text and that you can read, in this order."""
    return SearchResult.of(objects.search(call.ctx, call.actor, q, limit))
