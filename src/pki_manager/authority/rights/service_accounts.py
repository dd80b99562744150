"""Service accounts: non-human accounts with tokens and no sign-in. A user or a team is responsible for each."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from pki_manager.authority.kernel import current_rights, rights_gate
from pki_manager.authority.kernel.approval_gate import Act
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.delegation import require_covered
from pki_manager.authority.kernel.guard import find_user
from pki_manager.authority.kernel.idempotency import Done, change_once, run_once
from pki_manager.authority.rights.teams import find_team
from pki_manager.domain.errors import InvalidInput, NotFound
from pki_manager.domain.events.rights import ServiceAccountCreated, ServiceAccountDisabled
from pki_manager.domain.page import Page
from pki_manager.domain.rights.actor import Actor
from pki_manager.domain.rights.permission import Permission
from pki_manager.domain.rights.team import ServiceAccount, ServiceAccountState, require_name
from pki_manager.policy import access
from pki_manager.ports.unit_of_work import Claim, Reader, UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRequest:
    """A service account to create. `user` (ID or username), `team` (ID or name), or both are responsible for it."""

    name: str
    role: str
    user: str | None = None
    team: str | None = None


def create_account(
    ctx: Context, actor: Actor, request: AccountRequest, claim: Claim | None = None
) -> Done[ServiceAccount]:
    """Create a service account.

    Raises NameTaken if the name exists; NotFound for an unknown user or team; InvalidInput without a responsible user
    or team; Forbidden for a role with permissions that the actor lacks, also in that team, and for another team without
    `team:manage`.
    """
    access.require(actor, Permission.USER_MANAGE)
    require_name(request.name, "service_account")
    if request.user is None and request.team is None:
        raise InvalidInput.of("user", "service_account.owner", "is required unless a team is set")

    def drafted(reader: Reader) -> ServiceAccount:
        return _draft(ctx, reader, actor, request)

    def work() -> ServiceAccount:
        permit = rights_gate.ask(ctx, actor, lambda reader: _creation_of(reader, drafted(reader)))
        now = ctx.ports.clock.now()
        with ctx.ports.storage.begin(actor) as uow:
            permit.use(uow, now)
            account = drafted(uow)
            if claim is not None:
                uow.idempotency.claim(actor.id, claim, account.id, now)
            uow.service_accounts.add(account)
            uow.record(_created(account))
        return account

    def again(account_id: UUID) -> ServiceAccount:
        with ctx.ports.storage.read() as reader:
            return reader.service_accounts.get(account_id)

    return run_once(ctx, actor, claim, work, again)


def _draft(ctx: Context, reader: Reader, actor: Actor, request: AccountRequest) -> ServiceAccount:
    """Return the service account that the request describes. Errors as `create_account`."""
    given = current_rights.require_role(reader, request.role)
    team = find_team(reader, request.team).id if request.team is not None else None
    if team is not None and team not in actor.team_ids:
        access.require(actor, Permission.TEAM_MANAGE)
    teams = () if team is None else (team,)
    require_covered(actor, given, f"a service account with role '{request.role}'", teams=teams)
    return ServiceAccount(
        id=ctx.new_id(),
        name=request.name,
        role=request.role,
        user_id=find_user(reader, request.user).id if request.user is not None else None,
        team_id=team,
        state=ServiceAccountState.ACTIVE,
        created_by=actor.id,
        created_at=ctx.ports.clock.now(),
    )


def list_accounts(ctx: Context, actor: Actor, cursor: str | None, limit: int) -> Page[ServiceAccount]:
    """List service accounts, newest first."""
    access.require(actor, Permission.USER_READ)
    with ctx.ports.storage.read() as reader:
        return reader.service_accounts.page(cursor, limit)


def show_account(ctx: Context, actor: Actor, account: str) -> ServiceAccount:
    """Return a service account by ID or name. Raises NotFound if there is none."""
    access.require(actor, Permission.USER_READ)
    with ctx.ports.storage.read() as reader:
        return _find(reader, account)


def disable_account(ctx: Context, actor: Actor, account: str, claim: Claim | None = None) -> Done[ServiceAccount]:
    """Disable a service account permanently, and with it all of its tokens. Can be repeated.

    Raises NotFound if the account does not exist.
    """
    access.require(actor, Permission.USER_MANAGE)
    with ctx.ports.storage.read() as reader:
        account_id = _find(reader, account).id

    def apply(uow: UnitOfWork, _now: object) -> None:
        uow.service_accounts.set_state(account_id, ServiceAccountState.DISABLED)
        uow.record(ServiceAccountDisabled(object_id=str(account_id)))

    disabled, replayed = change_once(
        ctx, actor, claim, account_id, apply, lambda reader: reader.service_accounts.get(account_id)
    )
    ctx.state.tokens.forget()
    return Done(disabled, replayed)


def _creation_of(reader: Reader, account: ServiceAccount) -> Act:
    user = None if account.user_id is None else str(account.user_id)
    team = None if account.team_id is None else str(account.team_id)
    about = {"role": account.role, "user": user, "team": team}
    roles = rights_gate.build_roles_body(reader, [account.role])
    return rights_gate.build_operation("create", "service_account", account.name, **about, custom_roles=roles)


def _created(account: ServiceAccount) -> ServiceAccountCreated:
    return ServiceAccountCreated(
        object_id=str(account.id),
        name=account.name,
        role=account.role,
        user=str(account.user_id) if account.user_id else None,
        team=str(account.team_id) if account.team_id else None,
    )


def _find(reader: Reader, account: str) -> ServiceAccount:
    found = reader.service_accounts.find(account)
    if found is None:
        raise NotFound.of("service account", account)
    return found
