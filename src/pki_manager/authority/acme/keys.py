"""External account keys (RFC 8555 §7.3.4): each belongs to a token, which is what the accounts bound by it act as."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from pki_manager.authority.kernel import current_rights
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.idempotency import once
from pki_manager.authority.kernel.scope_request import ScopeRequest
from pki_manager.authority.kernel.secrets import hash_of
from pki_manager.authority.rights.tokens import Narrowing, draft_token
from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.events.acme import AcmeKeyCreated
from pki_manager.domain.rights.actor import Actor, Role
from pki_manager.domain.rights.permission import Permission
from pki_manager.domain.rights.token import Token
from pki_manager.policy import access
from pki_manager.ports.unit_of_work import Claim, Reader, UnitOfWork

KEY_OCTETS = 32

PERMISSIONS = frozenset(
    {
        Permission.CERTIFICATE_ISSUE,
        Permission.CERTIFICATE_READ,
        Permission.CERTIFICATE_REVOKE,
        Permission.REQUEST_READ,
        Permission.REQUEST_SUBMIT,
    }
)
"""All that an account can use of its token's role."""

ASKING = (Permission.CERTIFICATE_ISSUE, Permission.REQUEST_SUBMIT)
"""What lets an account ask for certificates: at once, or through the queue of requests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAcmeKey:
    """As of a token: `service_account` and `team` by id or name; both may be None.

    `is_open`: accounts that come without a binding act as its token too, so anybody who reaches the server has its
    rights, as far as he proves control of names.
    """

    name: str
    lifetime: Duration
    role: str = Role.REGISTRATION_AUTHORITY
    scope: ScopeRequest = field(default_factory=ScopeRequest)
    service_account: str | None = None
    team: str | None = None
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class AcmeKey:
    """The key's id (`kid`) is the token's as text. `secret` has 32 octets; None when this is a replay: told once."""

    token: Token
    secret: bytes | None = field(repr=False)


def create_acme_key(ctx: Context, actor: Actor, wish: NewAcmeKey, claim: Claim | None = None) -> tuple[AcmeKey, bool]:
    """`(key, replayed)`. Its token's own secret is told to nobody: it works through ACME alone.

    Errors as `create_token`; InvalidInput for a role that cannot ask for certificates.
    """
    access.require_somewhere(actor, Permission.TOKEN_CREATE)

    def work() -> AcmeKey:
        secret = ctx.entropy.token(KEY_OCTETS)
        with ctx.storage.begin(actor) as uow:
            token = _add(ctx, uow, actor, wish, claim)
            sealed = ctx.factors.sealer.seal(secret, bound_to(token.id))
            uow.acme.accounts.put_binding_key(token.id, sealed, is_open=wish.is_open)
            uow.record(
                AcmeKeyCreated(
                    object_id=str(token.id),
                    name=token.name,
                    role=token.role,
                    owner=token.owner_id,
                    expires=token.expires_at.isoformat(),
                    is_open=wish.is_open,
                )
            )
        return AcmeKey(token, secret)

    def again(token_id: UUID) -> AcmeKey:
        with ctx.storage.read() as reader:
            return AcmeKey(reader.tokens.get(token_id), None)

    return once(ctx, actor, claim, work, again)


def binding_key(ctx: Context, reader: Reader, token_id: UUID) -> bytes | None:
    """The external account key of a token, opened; None where it has none."""
    sealed = reader.acme.accounts.binding_key(token_id)
    return None if sealed is None else ctx.factors.sealer.open(sealed, bound_to(token_id))


def bound_to(token_id: UUID) -> bytes:
    return b"acme-key" + token_id.bytes


def _add(ctx: Context, uow: UnitOfWork, actor: Actor, wish: NewAcmeKey, claim: Claim | None) -> Token:
    less = Narrowing(permissions=PERMISSIONS, scope=wish.scope, service_account=wish.service_account, team=wish.team)
    token, untold = draft_token(ctx, uow, actor, wish.name, wish.role, wish.lifetime, less)
    given = current_rights.narrowed(current_rights.require_role(uow, wish.role), token)
    if not any(permission in grant.permissions for grant in given for permission in ASKING):
        raise InvalidInput.of("role", "acme.role", f"role {wish.role} cannot ask for certificates")
    if claim is not None:
        uow.idempotency.claim(actor.id, claim, token.id, token.created_at)
    uow.tokens.add(token, hash_of(untold))
    return token
