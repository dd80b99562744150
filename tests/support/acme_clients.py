"""ACME clients for tests: what an account orders, and names proved as a validation would leave them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

from pki_manager.authority.acme.authorizations import build_pending_authorization
from pki_manager.authority.acme.keys import EabKey
from pki_manager.authority.acme.orders import NewOrder, OrderView, create_order, get_order
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.scope_request import ScopeRequest
from pki_manager.authority.requests import approvals
from pki_manager.authority.requests.issue_approved import proceed
from pki_manager.authority.requests.requests import get_approval_id
from pki_manager.domain.acme.orders import AcmeAccount, AuthorizationState, ChallengeState
from pki_manager.domain.enrollment import EnrollmentState
from pki_manager.domain.rights.actor import Actor, ActorKind, Role, build_system_actor
from pki_manager.domain.rights.token import Token
from pki_manager.policy.acme import parse_identifier
from pki_manager.policy.roles import list_builtin_grants
from tests.support.acme import acme_account, acting, eab_key
from tests.support.factories import ADMIN

VALIDITY = timedelta(days=7)
"""How long a validated name stays valid in these tests."""

OFFICER, DEPUTY, EDITOR = (
    Actor(
        kind=ActorKind.LOCAL, id=f"local:{name}", name=name, via="rest", grants=list_builtin_grants(Role.ADMINISTRATOR)
    )
    for name in ("officer", "deputy", "editor")
)

_NUMBERS = count(1000)


@dataclass(frozen=True)
class Client:
    """An account, and the actor that it acts as."""

    ctx: Context
    account: AcmeAccount
    key: EabKey

    @property
    def token(self) -> Token:
        return self.key.token

    def sibling(self) -> Client:
        """Return another account of the same token."""
        return Client(self.ctx, acme_account(self.ctx, self.key, next(_NUMBERS)), self.key)

    @property
    def actor(self) -> Actor:
        return acting(self.ctx, self.account)

    def order(self, *names: str, profile: str = "tls-server", ca: str = "Issuing CA", **more: Any) -> OrderView:
        """Create an order for DNS names, or for `ip:` and an address."""
        identifiers = tuple(("ip", one[3:]) if one.startswith("ip:") else ("dns", one) for one in names)
        wish = NewOrder(ca=ca, profile=profile, identifiers=identifiers, **more)
        return create_order(self.ctx, self.actor, self.account, wish)

    def show(self, view: OrderView) -> OrderView:
        return get_order(self.ctx, self.account, view.order.id)

    def ready(self, *names: str, **more: Any) -> OrderView:
        """Return an order whose names are all validated."""
        return self.prove(self.order(*names, **more))

    def prove(self, view: OrderView) -> OrderView:
        """Store the result of a validation that accepted the first challenge of each authorization."""
        now = self.ctx.ports.clock.now()
        until = now + VALIDITY
        with self.ctx.ports.storage.housekeep() as uow:
            kept = uow.acme.authorizations
            for one in view.authorizations:
                if kept.move(
                    one.id,
                    (AuthorizationState.PENDING,),
                    AuthorizationState.VALID,
                    expires_at=until,
                    validated_at=now,
                ):
                    first = kept.list_challenges(one.id)[0]
                    kept.move_challenge(first.id, (first.state,), ChallengeState.VALID, validated_at=now)
        return self.show(view)


def prove_alone(client: Client, name: str) -> None:
    """Return a valid authorization for a DNS name that is in no order of the client."""
    ctx, now = client.ctx, client.ctx.ports.clock.now()
    one, challenges = build_pending_authorization(ctx, client.account.id, parse_identifier("dns", name), now)
    proved = replace(one, state=AuthorizationState.VALID, expires_at=now + VALIDITY, validated_at=now)
    with ctx.ports.storage.housekeep() as uow:
        uow.acme.authorizations.add(proved, challenges)


def make_client(
    ctx: Context, role: str = Role.REGISTRATION_AUTHORITY, scope: ScopeRequest | None = None, by: Actor = ADMIN
) -> Client:
    """Return a client with a token of its own, which has that role."""
    key = eab_key(ctx, by, role=role, scope=scope)
    return Client(ctx, acme_account(ctx, key, next(_NUMBERS)), key)


def request_of(view: OrderView) -> UUID:
    """Return the result of finalizing the order."""
    assert view.order.enrolment_id is not None
    return view.order.enrolment_id


def approved(ctx: Context, view: OrderView) -> EnrollmentState:
    """Return the state of an order's request once two people have approved it and the worker has done its part."""
    request_id = request_of(view)
    for officer in (OFFICER, DEPUTY):
        one = approvals.show_approval(ctx, officer, get_approval_id(ctx, officer, request_id))
        approvals.approve(ctx, officer, one.id, one.sha256)
    proceed(ctx, build_system_actor("worker"), request_id)
    with ctx.ports.storage.read() as reader:
        return reader.enrollments.get(request_id).state
