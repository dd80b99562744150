"""`/recipes`: configuration to paste for the clients of a CA."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AfterValidator

from pki_manager.authority.cas import views
from pki_manager.authority.certificates import queries
from pki_manager.authority.enrollment import credentials
from pki_manager.authority.kernel.access import Permission
from pki_manager.domain import errors
from pki_manager.protocols.rest.operation import Caller, OperationRoute, operation
from pki_manager.protocols.rest.recipes.response import RecipeList
from pki_manager.protocols.rest.recipes.values import KEY_PLACEHOLDER, RecipeValues
from pki_manager.x509.export import encode_certificate_pem

router = APIRouter(prefix="/recipes", tags=["recipes"], route_class=OperationRoute)

_HOST = r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$"


def _check_host(text: str) -> str:
    """Return the host name. No other character can be in it, because it becomes a part of commands."""
    if re.fullmatch(_HOST, text) is None:
        raise ValueError("must be a host name, for example www.example.com")
    return text


_OfCa = Annotated[str, Query(max_length=100, description="ID or name of the CA")]
_OfProfile = Annotated[str, Query(max_length=100, description="Name of the certificate profile")]
_OfKey = Annotated[UUID | None, Query(description="ID of an EAB key. Default: a placeholder")]
_ForHost = Annotated[
    str,
    AfterValidator(_check_host),
    Query(json_schema_extra={"pattern": _HOST}, description="Host name to certify. Default: www.example.com"),
]


@router.get("", summary="Get client recipes", **operation(Permission.CA_READ, errors.NotFound, errors.Conflict))
def get_recipes(
    call: Caller, ca: _OfCa, profile: _OfProfile, key: _OfKey = None, host: _ForHost = "www.example.com"
) -> RecipeList:
    """Return configuration for certbot, lego, Caddy, and other clients, with the real URL, CA, profile, and key ID.

    The HMAC key of the EAB key is a placeholder, because it is shown only once.
    """
    found = views.show_ca(call.ctx, call.actor, ca)
    named = queries.show_profile(call.ctx, call.actor, profile)
    if key is not None:
        credentials.show_credential(call.ctx, call.actor, key)
    root = views.get_ca_chain(call.ctx, call.actor, ca)[-1]
    base = call.ctx.config.acme_urls[0]
    return RecipeList.of(
        RecipeValues(
            directory=f"{base}/acme/{quote(found.ca.name, safe='')}/{quote(named.name, safe='')}/directory",
            key_id=KEY_PLACEHOLDER if key is None else str(key),
            host=host,
            status_url=call.ctx.config.status_url,
            fingerprint=root.fingerprint_sha256.hex(),
            root_pem=encode_certificate_pem(root.der),
        )
    )
