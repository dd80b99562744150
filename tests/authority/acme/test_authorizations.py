"""Authorizations and challenges: answered once, given up, and nobody else's business."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import UUID

import pytest

from pki_manager.authority.acme import authorizations as module
from pki_manager.authority.acme.authorizations import (
    LIFETIME,
    deactivate_authorization,
    get_authorization,
    get_challenge,
    respond_to_challenge,
)
from pki_manager.authority.acme.finalize import finalize, get_certificate_chains
from pki_manager.authority.acme.orders import NewOrder, OrderView, create_order, get_order
from pki_manager.authority.installation.jobs import cancel_job
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.acme.orders import AuthorizationState, Challenge, ChallengeState, OrderState
from pki_manager.domain.errors import Conflict, Forbidden, NotFound, TooManyAttempts
from pki_manager.domain.jobs import JobKind
from tests.fakes.clock import FrozenClock
from tests.support.acme_clients import Client, make_client
from tests.support.acme_csrs import csr
from tests.support.factories import ADMIN
from tests.support.issuing import actions


def first_challenge(client: Client, view: OrderView) -> Challenge:
    return get_authorization(client.ctx, client.account, view.authorizations[0].id).challenges[0]


def say(client: Client, challenge_id: UUID) -> Challenge:
    return respond_to_challenge(client.ctx, client.actor, client.account, challenge_id)


def looks(ctx: Context) -> list[dict[str, str]]:
    """What is to be looked at."""
    with ctx.ports.storage.read() as reader:
        jobs = reader.jobs.page(None, None, 100).items
    return [job.payload for job in jobs if job.kind is JobKind.VALIDATE_CHALLENGE]


def test_an_answer_is_looked_at(client: Client, ctx: Context) -> None:
    asked = first_challenge(client, client.order("a.example.com"))
    assert say(client, asked.id).state is ChallengeState.PROCESSING
    shown, view = get_challenge(ctx, client.account, asked.id)
    assert (shown.state, view.state) == (ChallengeState.PROCESSING, AuthorizationState.PENDING)
    assert looks(ctx) == [{"challenge": str(asked.id)}]
    assert actions(ctx)[0] == "acme_challenge.answered"


def test_acm_21_a_hundred_answers_are_looked_at_once(client: Client, ctx: Context) -> None:
    asked, actor = first_challenge(client, client.order("a.example.com")), client.actor
    with ThreadPoolExecutor(10) as pool:
        came = list(pool.map(lambda _: respond_to_challenge(ctx, actor, client.account, asked.id), range(100)))
    assert {one.state for one in came} == {ChallengeState.PROCESSING}
    assert looks(ctx) == [{"challenge": str(asked.id)}]
    assert actions(ctx).count("acme_challenge.answered") == 1


def test_an_account_has_so_many_challenges_that_wait_and_no_more(
    client: Client, ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_PROCESSING", 2)
    one, two, three = (first_challenge(client, client.order(f"{name}.example.com")) for name in ("a", "b", "c"))
    say(client, one.id)
    say(client, two.id)
    with pytest.raises(TooManyAttempts, match="The account already has 2 challenges in progress"):
        say(client, three.id)
    assert get_challenge(ctx, client.account, three.id)[0].state is ChallengeState.PENDING
    assert say(client, one.id).state is ChallengeState.PROCESSING
    sibling = client.sibling()
    say(sibling, first_challenge(sibling, sibling.order("d.example.com")).id)
    with ctx.ports.storage.housekeep() as uow:
        uow.jobs.take(ctx.ports.clock.now(), LIFETIME, 1, JobKind.VALIDATE_CHALLENGE)
    assert say(client, three.id).state is ChallengeState.PROCESSING


def test_a_validation_that_an_operator_cancels_settles_its_challenge(client: Client, ctx: Context) -> None:
    view = client.order("a.example.com")
    asked = first_challenge(client, view)
    say(client, asked.id)
    with ctx.ports.storage.read() as reader:
        (job,) = [one for one in reader.jobs.page(None, None, 9).items if one.kind is JobKind.VALIDATE_CHALLENGE]
    cancel_job(ctx, ADMIN, job.id)
    shown, of = get_challenge(ctx, client.account, asked.id)
    assert (shown.state, of.state) == (ChallengeState.INVALID, AuthorizationState.INVALID)
    assert shown.problem is not None
    assert "cancelled" in shown.problem.detail
    assert client.show(view).state is OrderState.INVALID
    assert actions(ctx)[:2] == ["acme_challenge.validated", "job.cancelled"]


@pytest.mark.parametrize("state", [ChallengeState.VALID, ChallengeState.INVALID])
def test_acm_21_what_is_settled_is_only_shown(client: Client, ctx: Context, state: ChallengeState) -> None:
    asked = first_challenge(client, client.order("a.example.com"))
    say(client, asked.id)
    with ctx.ports.storage.housekeep() as uow:
        (job,) = uow.jobs.take(ctx.ports.clock.now(), LIFETIME, 9, JobKind.VALIDATE_CHALLENGE)
        uow.jobs.finish([job.id], ctx.ports.clock.now())
        uow.acme.authorizations.move_challenge(asked.id, (ChallengeState.PROCESSING,), state)
    assert say(client, asked.id).state is state
    assert len(looks(ctx)) == 1
    assert actions(ctx).count("acme_challenge.answered") == 1


def test_another_challenge_of_a_name_that_is_proved_is_not_looked_at(client: Client, ctx: Context) -> None:
    proved = client.ready("a.example.com")
    other = get_authorization(ctx, client.account, proved.authorizations[0].id).challenges[1]
    assert say(client, other.id).state is ChallengeState.PENDING
    assert looks(ctx) == []


@pytest.mark.parametrize("end", ["expired", "given up", "invalid"])
def test_what_cannot_become_valid_any_more_is_a_conflict(
    client: Client, ctx: Context, clock: FrozenClock, end: str
) -> None:
    ordered = client.order("a.example.com")
    asked, needed = first_challenge(client, ordered), ordered.authorizations[0]
    if end == "expired":
        clock.advance(LIFETIME)
    elif end == "given up":
        deactivate_authorization(ctx, client.actor, client.account, needed.id)
    else:
        with ctx.ports.storage.housekeep() as uow:
            uow.acme.authorizations.move(needed.id, (AuthorizationState.PENDING,), AuthorizationState.INVALID)
    with pytest.raises(Conflict, match=r"The authorization is \w+ and cannot be validated"):
        say(client, asked.id)
    assert looks(ctx) == []


def test_who_may_ask_for_nothing_any_more_neither_answers_nor_orders_nor_finalizes(
    client: Client, ctx: Context
) -> None:
    asked, ready = first_challenge(client, client.order("a.example.com")), client.ready("b.example.com")
    wish = NewOrder(ca="Issuing CA", profile="tls-server", identifiers=(("dns", "c.example.com"),))
    robbed = replace(client.actor, grants=())
    for attempt in (
        lambda: respond_to_challenge(ctx, robbed, client.account, asked.id),
        lambda: create_order(ctx, robbed, client.account, wish),
        lambda: finalize(ctx, robbed, client.account, ready.order.id, csr("b.example.com")),
    ):
        with pytest.raises((Forbidden, NotFound), match="Requires the permission `request:submit`"):
            attempt()
    assert looks(ctx) == []
    assert client.show(ready).state is OrderState.READY


def test_a_name_is_given_up_once_and_for_all(client: Client, ctx: Context) -> None:
    proved = client.ready("a.example.com")
    needed = proved.authorizations[0].id
    for _ in range(2):
        view = deactivate_authorization(ctx, client.actor, client.account, needed)
        assert view.state is AuthorizationState.DEACTIVATED
    assert actions(ctx).count("acme_authorization.deactivated") == 1
    assert client.show(proved).state is OrderState.INVALID


def test_what_is_neither_pending_nor_valid_is_not_given_up(client: Client, ctx: Context, clock: FrozenClock) -> None:
    failed, ended = (client.order(name).authorizations[0].id for name in ("a.example.com", "b.example.com"))
    with ctx.ports.storage.housekeep() as uow:
        uow.acme.authorizations.move(failed, (AuthorizationState.PENDING,), AuthorizationState.INVALID)
    with pytest.raises(Conflict, match="is invalid"):
        deactivate_authorization(ctx, client.actor, client.account, failed)
    clock.advance(LIFETIME)
    assert get_authorization(ctx, client.account, ended).state is AuthorizationState.EXPIRED


def test_acm_14_nothing_of_another_account_is_shown_or_changed(client: Client, ctx: Context) -> None:
    ready, other = client.ready("a.example.com"), make_client(ctx)
    needed, asked = ready.authorizations[0].id, first_challenge(client, ready).id
    done = client.ready("b.example.com")
    finalize(ctx, client.actor, client.account, done.order.id, csr("b.example.com"))
    before = actions(ctx)
    for attempt in (
        lambda: get_order(ctx, other.account, ready.order.id),
        lambda: finalize(ctx, other.actor, other.account, ready.order.id, csr("a.example.com")),
        lambda: get_certificate_chains(ctx, other.account, done.order.id),
        lambda: get_authorization(ctx, other.account, needed),
        lambda: deactivate_authorization(ctx, other.actor, other.account, needed),
        lambda: get_challenge(ctx, other.account, asked),
        lambda: respond_to_challenge(ctx, other.actor, other.account, asked),
    ):
        with pytest.raises(Forbidden, match="belongs to another account"):
            attempt()
    assert [one for one in actions(ctx) if one not in before] == []
    assert client.show(ready).state is OrderState.READY


def test_acm_14_nor_of_another_account_of_the_same_token(client: Client, ctx: Context) -> None:
    sibling = client.sibling()
    ready = client.ready("a.example.com")
    for attempt in (
        lambda: get_order(ctx, sibling.account, ready.order.id),
        lambda: finalize(ctx, sibling.actor, sibling.account, ready.order.id, csr("a.example.com")),
        lambda: deactivate_authorization(ctx, sibling.actor, sibling.account, ready.authorizations[0].id),
    ):
        with pytest.raises(Forbidden, match="belongs to another account"):
            attempt()


def test_what_is_nowhere_is_not_found(client: Client, ctx: Context) -> None:
    nowhere = ctx.new_id()
    for attempt in (
        lambda: get_order(ctx, client.account, nowhere),
        lambda: get_authorization(ctx, client.account, nowhere),
        lambda: get_challenge(ctx, client.account, nowhere),
        lambda: say(client, nowhere),
        lambda: finalize(ctx, client.actor, client.account, nowhere, csr("a.example.com")),
    ):
        with pytest.raises(NotFound, match=r"ACME \w+ .* not found"):
            attempt()
