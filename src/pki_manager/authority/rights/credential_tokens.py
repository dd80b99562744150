"""The tokens behind enrollment credentials: their permissions and their creation."""

from __future__ import annotations

from dataclasses import dataclass, field

from pki_manager.authority.kernel import current_rights
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.issuers import find_ca
from pki_manager.authority.kernel.scope_request import ScopeRequest
from pki_manager.authority.kernel.secrets import hash_of
from pki_manager.authority.rights.tokens import Narrowing, draft_token
from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.rights.actor import Actor, Role
from pki_manager.domain.rights.permission import Permission
from pki_manager.domain.rights.token import Token
from pki_manager.policy import access
from pki_manager.policy.decide import format_no_end_entities
from pki_manager.ports.unit_of_work import Claim, Reader, UnitOfWork

PERMISSIONS = frozenset(
    {
        Permission.CERTIFICATE_ISSUE,
        Permission.CERTIFICATE_READ,
        Permission.CERTIFICATE_REVOKE,
        Permission.REQUEST_READ,
        Permission.REQUEST_SUBMIT,
    }
)
"""Permissions that a client with an enrollment credential can use, if the role of the credential has them."""

ASKING = (Permission.CERTIFICATE_ISSUE, Permission.REQUEST_SUBMIT)
"""Permissions that let a client request certificates: at once, or through the queue of requests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialTokenRequest:
    """The values of a credential's token. `service_account` and `team` are IDs or names.

    `server_keys` allows clients to receive private keys that the server generates.
    """

    name: str
    lifetime: Duration
    role: str = Role.REGISTRATION_AUTHORITY
    scope: ScopeRequest = field(default_factory=ScopeRequest)
    service_account: str | None = None
    team: str | None = None
    server_keys: bool = False


def add_credential_token(
    ctx: Context, uow: UnitOfWork, actor: Actor, request: CredentialTokenRequest, claim: Claim | None
) -> Token:
    """Create and store the token of an enrollment credential.

    Its bearer secret is discarded, so that it can be used only through the enrollment protocol. Raises InvalidInput for
    a role that cannot request certificates, or cannot export keys although `server_keys` is set. Other errors as
    `draft_token`.
    """
    less = Narrowing(
        permissions=PERMISSIONS | {Permission.CERTIFICATE_EXPORT_KEY} if request.server_keys else PERMISSIONS,
        scope=request.scope,
        service_account=request.service_account,
        team=request.team,
    )
    _require_end_entities(uow, request.scope)
    token, discarded = draft_token(ctx, uow, actor, request.name, request.role, request.lifetime, less)
    grants = current_rights.narrow_grants(current_rights.require_role(uow, request.role), token)
    if not any(permission in grant.permissions for grant in grants for permission in ASKING):
        raise InvalidInput.of(
            "role", "credential.role", f"must be a role that can request certificates, not '{request.role}'"
        )
    if request.server_keys and not any(Permission.CERTIFICATE_EXPORT_KEY in grant.permissions for grant in grants):
        message = f"cannot be set for the role '{request.role}', which does not have certificate:export-key"
        raise InvalidInput.of("server_keys", "credential.server_keys", message)
    if claim is not None:
        uow.idempotency.claim(actor.id, claim, token.id, token.created_at)
    uow.tokens.add(token, hash_of(discarded))
    return token


def _require_end_entities(reader: Reader, scope: ScopeRequest) -> None:
    """Raise InvalidInput if the scope has CAs but none that issues end-entity certificates: no client could enroll."""
    cas = [find_ca(reader, ca) for ca in scope.cas or ()]
    if cas and not any(ca.end_entity_certificates for ca in cas):
        raise InvalidInput.of("ca", "ca.end_entity", format_no_end_entities(cas[0]))


def require_asking(actor: Actor) -> None:
    """Raise Forbidden if the actor can request certificates neither directly nor through the queue."""
    if not any(access.is_allowed(actor, permission) for permission in ASKING):
        access.require_somewhere(actor, ASKING[-1])
