"""Orders of ACME, the authorizations that they need, and the challenges of those."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from pki_manager.domain.acme.orders import (
    AcmeAccount,
    AcmeOrder,
    AcmeProblem,
    Authorization,
    AuthorizationState,
    Challenge,
    ChallengeKind,
    ChallengeState,
    Identifier,
    IdentifierKind,
)
from pki_manager.domain.errors import NotFound
from pki_manager.ports.unit_of_work import UnitOfWork
from pki_manager.storage.storage import SqlStorage
from tests.conftest import OpenStorage
from tests.contract.storage.groups import in_one_group
from tests.contract.storage.test_acme import account as account_of
from tests.contract.storage.test_acme import add_token
from tests.contract.storage.values import Hierarchy, make_certificate, make_enrolment, new_id
from tests.fakes.clock import START

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WWW = Identifier(IdentifierKind.DNS, "www.example.com")
WILD = Identifier(IdentifierKind.DNS, "*.example.com")
HOST = Identifier(IdentifierKind.IP, "2001:db8::1")
PENDING, VALID = AuthorizationState.PENDING, AuthorizationState.VALID


@pytest.fixture
def account(storage: SqlStorage) -> AcmeAccount:
    with storage.housekeep() as unit:
        made = account_of(1, add_token(unit, 1))
        assert unit.acme.accounts.add(made)
    return made


def order(number: int, account: AcmeAccount, of: Hierarchy, **changes: object) -> AcmeOrder:
    made = AcmeOrder(
        id=new_id(2000 + number),
        account_id=account.id,
        ca_id=of.ca.id,
        profile="tls-server",
        identifiers=(WWW, WILD, HOST),
        not_before=START,
        not_after=START + 90 * DAY,
        created_at=START,
        expires_at=START + DAY,
    )
    return replace(made, **changes)


def authorization(number: int, account: AcmeAccount, name: Identifier = WWW, **changes: object) -> Authorization:
    made = Authorization(
        id=new_id(3000 + number),
        account_id=account.id,
        identifier=name,
        state=PENDING,
        created_at=START,
        expires_at=START + DAY,
    )
    return replace(made, **changes)


def challenges(of: Authorization) -> tuple[Challenge, ...]:
    return tuple(
        Challenge(
            id=UUID(int=of.id.int + 1 + place),
            authorization_id=of.id,
            kind=kind,
            token=f"{kind} {of.id}",
            state=ChallengeState.PENDING,
        )
        for place, kind in enumerate(ChallengeKind)
    )


def add(unit: UnitOfWork, *authorizations: Authorization) -> list[UUID]:
    for one in authorizations:
        unit.acme.authorizations.add(one, challenges(one))
    return [one.id for one in authorizations]


def add_order(storage: SqlStorage, made: AcmeOrder, *authorizations: Authorization) -> AcmeOrder:
    """With an authorization of its own unless given some."""
    with storage.housekeep() as unit:
        own = replace(authorization(0, unit.acme.accounts.get(made.account_id)), id=UUID(int=made.id.int + 10))
        unit.acme.orders.add(made, add(unit, *(authorizations or (own,))))
    return made


def shown(storage: SqlStorage, order_id: UUID) -> AcmeOrder:
    with storage.read() as reader:
        return reader.acme.orders.get(order_id)


class TestOrders:
    def test_come_back_as_they_went_in_with_their_authorizations_in_order(
        self, storage: SqlStorage, issuing: Hierarchy, account: AcmeAccount
    ) -> None:
        needed = [authorization(3, account, WWW), authorization(1, account, WILD), authorization(2, account, HOST)]
        made = add_order(storage, order(1, account, issuing), *needed)
        with storage.read() as reader:
            assert reader.acme.orders.get(made.id) == made
            assert reader.acme.orders.list_authorizations(made.id) == needed
            assert reader.acme.orders.list_authorizations(new_id(9)) == []
            with pytest.raises(NotFound, match=r"ACME order .* not found"):
                reader.acme.orders.get(new_id(9))

    def test_share_authorizations(self, storage: SqlStorage, issuing: Hierarchy, account: AcmeAccount) -> None:
        one = authorization(1, account)
        add_order(storage, order(1, account, issuing), one)
        with storage.housekeep() as unit:
            unit.acme.orders.add(order(2, account, issuing), [one.id])
            assert unit.acme.orders.list_authorizations(new_id(2002)) == [one]

    def test_of_an_account_come_in_pages_newest_first(
        self, storage: SqlStorage, issuing: Hierarchy, account: AcmeAccount
    ) -> None:
        with storage.housekeep() as unit:
            other = account_of(2, add_token(unit, 2))
            unit.acme.accounts.add(other)
        made = [add_order(storage, order(number, account, issuing)) for number in range(3)]
        add_order(storage, order(4, other, issuing))
        with storage.read() as reader:
            first = reader.acme.orders.page_of(account.id, None, 2)
            assert first.items == (made[2], made[1])
            assert reader.acme.orders.page_of(account.id, first.next_cursor, 2).items == (made[0],)

    def test_are_open_until_they_are_finalized_or_expire(
        self, storage: SqlStorage, issuing: Hierarchy, account: AcmeAccount
    ) -> None:
        for number in range(3):
            add_order(storage, order(number, account, issuing, expires_at=START + (number + 1) * HOUR))
        with storage.housekeep() as unit:
            assert unit.acme.orders.open_orders(account.id, START) == 3
            assert unit.acme.orders.finalize(new_id(2000), new_id(1))
            assert unit.acme.orders.open_orders(account.id, START) == 2
            assert unit.acme.orders.open_orders(account.id, START + 2 * HOUR) == 1
            assert unit.acme.orders.open_orders(new_id(9), START) == 0

    def test_are_finalized_once(self, storage: SqlStorage, issuing: Hierarchy, account: AcmeAccount) -> None:
        made = add_order(storage, order(1, account, issuing))
        with storage.housekeep() as unit:
            assert unit.acme.orders.find_by_enrollment(new_id(1)) is None
            assert unit.acme.orders.finalize(made.id, new_id(1))
            assert not unit.acme.orders.finalize(made.id, new_id(2))
            assert not unit.acme.orders.finalize(new_id(9), new_id(2))
            assert unit.acme.orders.find_by_enrollment(new_id(1)) == replace(made, enrolment_id=new_id(1))
        assert shown(storage, made.id).enrolment_id == new_id(1)

    def test_are_finalized_once_by_units_of_one_commit(
        self, storage: SqlStorage, issuing: Hierarchy, account: AcmeAccount
    ) -> None:
        made, won = add_order(storage, order(1, account, issuing)), []

        def unit_of(number: int) -> None:
            with storage.housekeep() as unit:
                if unit.acme.orders.finalize(made.id, new_id(number)):
                    won.append(new_id(number))

        assert in_one_group(storage, *(lambda number=number: unit_of(number) for number in range(1, 6))) == [None] * 6
        assert won == [shown(storage, made.id).enrolment_id]

    def test_are_finalized_once_by_two_processes(
        self, open_storage: OpenStorage, storage: SqlStorage, issuing: Hierarchy, account: AcmeAccount
    ) -> None:
        made, other = add_order(storage, order(1, account, issuing)), open_storage(chain="host/worker-2")
        with storage.housekeep() as unit:
            assert unit.acme.orders.finalize(made.id, new_id(1))
        with other.housekeep() as unit:
            assert not unit.acme.orders.finalize(made.id, new_id(2))

    def test_are_not_finalized_by_what_is_not_kept(
        self, storage: SqlStorage, issuing: Hierarchy, account: AcmeAccount
    ) -> None:
        made = add_order(storage, order(1, account, issuing))

        def fail() -> None:
            with storage.housekeep() as unit:
                assert unit.acme.orders.finalize(made.id, new_id(1))
                unit.acme.orders.get(new_id(9))

        with pytest.raises(NotFound, match=r"ACME order .* not found"):
            fail()
        assert shown(storage, made.id) == made

    def test_are_found_by_the_serial_number_of_their_certificate(
        self, storage: SqlStorage, issuing: Hierarchy, account: AcmeAccount
    ) -> None:
        made = add_order(storage, order(1, account, issuing))
        with storage.housekeep() as unit:
            unit.enrollments.add(make_enrolment(issuing, 50, serial=7, deadline=START + HOUR))
            unit.acme.orders.finalize(made.id, new_id(50))
            found = unit.acme.orders.find_by_serial(issuing.key.id, 7)
            assert found is not None
            assert found.id == made.id
            assert unit.acme.orders.find_by_serial(issuing.key.id, 8) is None
            assert unit.acme.orders.find_by_serial(new_id(9), 7) is None
            assert unit.acme.orders.find_by_serial(issuing.key.id, -1) is None
            assert unit.acme.orders.find_by_serial(issuing.key.id, 1 << 200) is None

    def test_that_replace_a_certificate_are_found_until_it_is_forgotten(
        self, storage: SqlStorage, issuing: Hierarchy, account: AcmeAccount
    ) -> None:
        certificate = make_certificate(issuing, new_id(60), serial=60)
        with storage.housekeep() as unit:
            unit.certificates.add(certificate)
        made = [add_order(storage, order(number, account, issuing, replaces=certificate.id)) for number in range(2)]
        with storage.housekeep() as unit:
            assert unit.acme.orders.list_replacing(certificate.id) == made
            assert unit.acme.orders.list_replacing(new_id(9)) == []
            unit.certificates.delete(certificate.id)
        assert [shown(storage, one.id).replaces for one in made] == [None, None]


class TestAuthorizations:
    def test_come_back_as_they_went_in_with_their_challenges(self, storage: SqlStorage, account: AcmeAccount) -> None:
        one = authorization(1, account, HOST, state=VALID, validated_at=START)
        with storage.housekeep() as unit:
            add(unit, one, authorization(50, account))
        with storage.read() as reader:
            kept = reader.acme.authorizations
            assert kept.get(one.id) == one
            assert tuple(kept.list_challenges(one.id)) == challenges(one)
            assert kept.get_challenge(challenges(one)[1].id) == challenges(one)[1]
            assert tuple(kept.find_challenges([one.id, new_id(9)])[one.id]) == challenges(one)
            assert kept.find_challenges([]) == {}
            for ask in (kept.get, kept.get_challenge):
                with pytest.raises(NotFound, match=r"ACME .* not found"):
                    ask(new_id(9))

    def test_are_usable_while_they_are_valid_the_newest_of_each_name(
        self, storage: SqlStorage, account: AcmeAccount
    ) -> None:
        with storage.housekeep() as unit:
            other = account_of(2, add_token(unit, 2))
            unit.acme.accounts.add(other)
            good = authorization(20, account, state=VALID)
            add(
                unit,
                authorization(10, account, state=VALID),
                good,
                authorization(30, account),
                authorization(40, account, state=AuthorizationState.DEACTIVATED),
                authorization(50, account, WILD, state=VALID, expires_at=START),
                authorization(60, other, HOST, state=VALID),
                authorization(70, account, Identifier(IdentifierKind.DNS, HOST.value), state=VALID),
            )
        with storage.read() as reader:
            assert reader.acme.authorizations.find_usable(account.id, [WWW, WILD, HOST], START) == {WWW: good}
            assert reader.acme.authorizations.find_usable(account.id, [], START) == {}
            assert reader.acme.authorizations.find_usable(account.id, [WWW], good.expires_at) == {}

    def test_move_from_a_state_that_they_are_in(self, storage: SqlStorage, account: AcmeAccount) -> None:
        one, later = authorization(1, account), START + 7 * DAY
        with storage.housekeep() as unit:
            kept = unit.acme.authorizations
            add(unit, one)
            assert not kept.move(one.id, (VALID,), AuthorizationState.DEACTIVATED)
            assert kept.move(one.id, (PENDING,), VALID, expires_at=later, validated_at=START)
            assert not kept.move(one.id, (PENDING,), AuthorizationState.INVALID)
            assert kept.get(one.id) == replace(one, state=VALID, expires_at=later, validated_at=START)
            assert kept.move(one.id, (PENDING, VALID), AuthorizationState.DEACTIVATED)
            assert kept.get(one.id).expires_at == later

    def test_their_challenges_move_once(self, storage: SqlStorage, account: AcmeAccount) -> None:
        one = authorization(1, account)
        first, second, third, *others = challenges(one)
        problem = AcmeProblem("unauthorized", "the server's answer is not the key authorization")
        with storage.housekeep() as unit:
            kept = unit.acme.authorizations
            add(unit, one)
            assert kept.move_challenge(first.id, (ChallengeState.PENDING,), ChallengeState.PROCESSING)
            assert not kept.move_challenge(first.id, (ChallengeState.PENDING,), ChallengeState.PROCESSING)
            assert kept.move_challenge(second.id, (ChallengeState.PENDING,), ChallengeState.VALID, validated_at=START)
            assert kept.move_challenge(third.id, (ChallengeState.PENDING,), ChallengeState.INVALID, problem=problem)
            assert list(kept.list_challenges(one.id)) == [
                replace(first, state=ChallengeState.PROCESSING),
                replace(second, state=ChallengeState.VALID, validated_at=START),
                replace(third, state=ChallengeState.INVALID, problem=problem),
                *others,
            ]

    def test_acm_21_a_challenge_is_answered_once_by_units_of_one_commit(
        self, storage: SqlStorage, account: AcmeAccount
    ) -> None:
        one = authorization(1, account)
        with storage.housekeep() as unit:
            add(unit, one)
        challenge, moved = challenges(one)[0].id, []

        def answer() -> None:
            with storage.housekeep() as unit:
                before, after = (ChallengeState.PENDING,), ChallengeState.PROCESSING
                moved.append(unit.acme.authorizations.move_challenge(challenge, before, after))

        assert in_one_group(storage, *[answer] * 5) == [None] * 6
        assert sorted(moved) == [False] * 4 + [True]


class TestPruning:
    def test_forgets_what_was_abandoned_and_keeps_what_an_order_needs(
        self, storage: SqlStorage, issuing: Hierarchy, account: AcmeAccount
    ) -> None:
        ended, going = START - 40 * DAY, START + DAY
        shared, lost = authorization(10, account, expires_at=ended), authorization(20, account, expires_at=ended)
        abandoned = add_order(storage, order(1, account, issuing, expires_at=ended), shared, lost)
        finalized = order(2, account, issuing, expires_at=ended)
        recent = add_order(storage, order(3, account, issuing, expires_at=going), authorization(30, account))
        with storage.housekeep() as unit:
            unit.acme.orders.add(finalized, [shared.id])
            unit.acme.orders.finalize(finalized.id, new_id(1))
            alone = authorization(40, account, expires_at=ended)
            add(unit, alone)
        with storage.housekeep() as unit:
            assert unit.acme.prune(START, ended) == 0
            assert unit.acme.prune(START, START - 30 * DAY) == 3
        with storage.read() as reader:
            assert [one.id for one in reader.acme.orders.page_of(account.id, None, 9).items] == [
                recent.id,
                finalized.id,
            ]
            assert reader.acme.orders.list_authorizations(finalized.id) == [shared]
            assert reader.acme.authorizations.list_challenges(shared.id) == challenges(shared)
            for gone in (lost, alone):
                assert reader.acme.authorizations.list_challenges(gone.id) == ()
                with pytest.raises(NotFound, match=r"ACME authorization .* not found"):
                    reader.acme.authorizations.get(gone.id)
            with pytest.raises(NotFound, match=r"ACME order .* not found"):
                reader.acme.orders.get(abandoned.id)
