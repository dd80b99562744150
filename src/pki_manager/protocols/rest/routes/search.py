"""`/search`: one question to all that has a name or a number."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from pki_manager.authority.installation.search import MAX_MATCHES, search
from pki_manager.authority.kernel.access import Permission
from pki_manager.protocols.rest.operation import Caller, Operation, operation
from pki_manager.protocols.rest.responses.search import SearchResult

router = APIRouter(prefix="/search", tags=["search"], route_class=Operation)

_Text = Annotated[
    str,
    Query(
        min_length=1,
        max_length=512,
        pattern=r"\S",
        description="Any part of a CA's name; beginning or end of a certificate's name, its serial number in any "
        "notation, its fingerprint; the beginning of a user's login; the id of a request",
    ),
]
_Matches = Annotated[int, Query(ge=1, le=MAX_MATCHES, description="How many of each kind at most")]


@router.get("", **operation(Permission.SELF_READ))
def search_everything(call: Caller, q: _Text, limit: _Matches = 8) -> SearchResult:
    """What the caller may read and the text names: CAs, certificates, requests, users, in this order."""
    return SearchResult.of(search(call.ctx, call.actor, q, limit))
