"""EAB keys (RFC 8555 §7.3.4). Each belongs to a token, and accounts that it binds act as that token."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.idempotency import Done, run_once
from pki_manager.authority.rights.credential_tokens import CredentialTokenRequest, add_credential_token
from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.events.acme import EabKeyCreated
from pki_manager.domain.rights.actor import Actor, EnrollmentProtocol
from pki_manager.domain.rights.credential import Credential
from pki_manager.domain.rights.permission import Permission
from pki_manager.domain.rights.token import Token
from pki_manager.policy import access
from pki_manager.ports.entropy import Entropy
from pki_manager.ports.unit_of_work import Claim, Reader

KEY_OCTETS = 32
_DASH = 62
"""The six bits that Base64url writes as `-` (RFC 4648 §5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEabKey(CredentialTokenRequest):
    """An EAB key to create. With `is_open`, clients can also register without EAB, and act as its token.

    Any client that reaches the server then has the token's permissions, for the names whose control it proves. With
    `pre_authorized`, accounts that are bound with the key get the names of its scope without validation.
    """

    is_open: bool = False
    pre_authorized: bool = False


@dataclass(frozen=True, slots=True)
class EabKey:
    """A new EAB key. Its key ID (`kid`) is the token's ID as text. `secret` has 32 octets.

    `secret` is returned only once: it is None if the request was repeated.
    """

    token: Token
    secret: bytes | None = field(repr=False)


def _create_secret(entropy: Entropy) -> bytes:
    """Return a secret whose Base64url text does not begin with `-`, because certbot would read that as an option."""
    while (secret := entropy.token(KEY_OCTETS))[0] >> 2 == _DASH:
        pass
    return secret


def create_eab_key(ctx: Context, actor: Actor, request: NewEabKey, claim: Claim | None = None) -> Done[EabKey]:
    """Create an EAB key and its token. The token's own secret is discarded: it can only be used through ACME.

    Raises InvalidInput if the role cannot request certificates, and if a pre-authorized key has no permitted names or
    allows registration without EAB. Other errors as `create_token`.
    """
    access.require_somewhere(actor, Permission.TOKEN_CREATE)
    _require_limits(request)

    def work() -> EabKey:
        secret = _create_secret(ctx.ports.entropy)
        with ctx.ports.storage.begin(actor) as uow:
            token = add_credential_token(ctx, uow, actor, request, claim)
            sealed = ctx.ports.factors.sealer.seal(secret, get_sealing_context(token.id))
            uow.acme.accounts.put_binding_key(token.id, sealed, is_open=request.is_open)
            credential = Credential(
                token=token, protocol=EnrollmentProtocol.ACME, pre_authorized=request.pre_authorized
            )
            uow.credentials.add(credential)
            uow.record(
                EabKeyCreated(
                    object_id=str(token.id),
                    name=token.name,
                    role=token.role,
                    owner=token.owner_id,
                    expires=token.expires_at.isoformat(),
                    is_open=request.is_open,
                    pre_authorized=request.pre_authorized,
                )
            )
        return EabKey(token, secret)

    def again(token_id: UUID) -> EabKey:
        with ctx.ports.storage.read() as reader:
            return EabKey(reader.tokens.get(token_id), None)

    return run_once(ctx, actor, claim, work, again)


def _require_limits(request: NewEabKey) -> None:
    """Raise InvalidInput if a pre-authorized key has no permitted names or allows registration without EAB."""
    if not request.pre_authorized:
        return
    if request.is_open:
        message = "cannot be set for a key that clients can register without"
        raise InvalidInput.of("pre_authorized", "acme.pre_authorized", message)
    if not request.scope.names:
        message = "is required when `pre_authorized` is set, because nothing else limits the names"
        raise InvalidInput.of("names", "acme.pre_authorized", message)


def find_binding_key(ctx: Context, reader: Reader, token_id: UUID) -> bytes | None:
    """Return the decrypted EAB key of a token (32 octets). None if it has none."""
    sealed = reader.acme.accounts.find_binding_key(token_id)
    return None if sealed is None else ctx.ports.factors.sealer.open(sealed, get_sealing_context(token_id))


def get_sealing_context(token_id: UUID) -> bytes:
    """Return the encryption context of an EAB key, so that it can be decrypted for this token only."""
    return b"acme-key" + token_id.bytes
