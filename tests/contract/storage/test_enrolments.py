"""Enrolments and their intents."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pki_manager.domain.enrollment import EnrollmentState
from pki_manager.domain.errors import Conflict, NotFound, StorageUnavailable
from pki_manager.storage.storage import SqlStorage
from tests.contract.storage.groups import in_one_group
from tests.contract.storage.values import Hierarchy, hierarchy, make_certificate, make_enrolment, new_id
from tests.fakes.clock import START

SOON = START + timedelta(seconds=30)
LATER = START + timedelta(minutes=5)


def test_an_enrolment_comes_back_as_it_went_in(storage: SqlStorage, issuing: Hierarchy) -> None:
    with_intent = make_enrolment(issuing, 1, serial=5, deadline=SOON)
    without = replace(with_intent, id=new_id(2), state=EnrollmentState.REFUSED, intent=None, reason="no")
    with storage.housekeep() as unit:
        unit.enrollments.add(with_intent)
        unit.enrollments.add(without)
    with storage.read() as reader:
        assert reader.enrollments.get(with_intent.id) == with_intent
        assert reader.enrollments.get(without.id) == without
        with pytest.raises(NotFound, match=r"Request .* not found"):
            reader.enrollments.get(new_id(3))


@pytest.mark.parametrize("taken", [5, 6])
def test_a_serial_is_intended_once_per_issuer_key(storage: SqlStorage, issuing: Hierarchy, taken: int) -> None:
    """By an enrolment, or by a certificate that none has reserved it for: the commit fails, and keeps nothing."""
    with storage.housekeep() as unit:
        unit.enrollments.add(make_enrolment(issuing, 1, serial=5, deadline=SOON))
        unit.certificates.add(make_certificate(issuing, new_id(9), serial=6))
    with pytest.raises(StorageUnavailable, match="The database is unavailable"), storage.housekeep() as unit:  # noqa: PT012 - at its end
        unit.enrollments.add(make_enrolment(issuing, 2, serial=7, deadline=SOON))
        unit.enrollments.add(make_enrolment(issuing, 3, serial=taken, deadline=SOON))
    with storage.housekeep() as unit:
        unit.enrollments.add(make_enrolment(issuing, 4, serial=7, deadline=SOON))
    with storage.read() as reader:
        assert [found.id for found in reader.enrollments.list_overdue(LATER, 10)] == [new_id(1), new_id(4)]


def test_the_same_serial_of_another_issuer_key_is_another_one(storage: SqlStorage, issuing: Hierarchy) -> None:
    other = hierarchy(2)
    with storage.housekeep() as unit:
        unit.cas.add(other.ca)
        unit.issuer_keys.add(other.key)
        unit.certificates.add(make_certificate(other, new_id(9), serial=5))
    with storage.housekeep() as unit:
        unit.enrollments.add(make_enrolment(issuing, 1, serial=5, deadline=SOON))
    with storage.read() as reader:
        assert reader.enrollments.get(new_id(1)).begun().serial == 5


def test_held_enrolments_are_settled_exactly_once(storage: SqlStorage, issuing: Hierarchy) -> None:
    """Three together, which takes two statements; who has failed before is not there to be settled."""
    ids = [new_id(number) for number in range(1, 6)]
    issued, moments = EnrollmentState.ISSUED, [LATER + timedelta(seconds=number) for number in range(7)]
    with storage.housekeep() as unit:
        for number in range(1, 6):
            unit.enrollments.add(make_enrolment(issuing, number, serial=number, deadline=SOON))
        unit.enrollments.settle(ids[4], EnrollmentState.FAILED, START, None, "lost")
    with storage.housekeep() as unit:
        unit.enrollments.hold(ids[0], [*ids, new_id(6)])
        wanted = enumerate([*ids[:3], ids[2], ids[4], new_id(6), new_id(7)])
        settled = [unit.enrollments.settle(one, issued, moments[at], new_id(90 + at), None) for at, one in wanted]
        assert settled == [True, True, True, False, False, False, False]
        assert unit.enrollments.settle(ids[3], EnrollmentState.FAILED, LATER, None, "away")
        assert unit.enrollments.get(ids[1]).certificate_id == new_id(91)
    with storage.read() as reader:
        found = [reader.enrollments.get(one) for one in ids]
    assert [one.state for one in found] == [*[issued] * 3, *[EnrollmentState.FAILED] * 2]
    assert [one.changed_at for one in found[:3]] == moments[:3]
    assert [one.certificate_id for one in found] == [new_id(90), new_id(91), new_id(92), None, None]


def test_a_held_enrolment_that_is_not_there_to_be_settled_fails_the_commit(
    storage: SqlStorage, issuing: Hierarchy
) -> None:
    enrolment = make_enrolment(issuing, 1, serial=5, deadline=SOON)
    with storage.housekeep() as unit:
        unit.enrollments.add(enrolment)
    with pytest.raises(StorageUnavailable, match="The database is unavailable"), storage.housekeep() as unit:  # noqa: PT012 - at its end
        unit.enrollments.hold(enrolment.id, [enrolment.id, new_id(2)])
        assert unit.requests.give_back(enrolment.id, LATER, "away")
        assert unit.enrollments.settle(enrolment.id, EnrollmentState.ISSUED, LATER, new_id(9), None)
    with storage.read() as reader:
        assert reader.enrollments.get(enrolment.id) == enrolment


def test_what_is_held_is_held_to_the_end_of_those_together(storage: SqlStorage, issuing: Hierarchy) -> None:
    """Whoever comes later in the same commit asks again."""
    enrolment = make_enrolment(issuing, 1, serial=5, deadline=SOON)
    with storage.housekeep() as unit:
        unit.enrollments.add(enrolment)

    def holding() -> None:
        with storage.housekeep() as unit:
            unit.enrollments.hold(enrolment.id, [enrolment.id, new_id(2)])

    def giving_back() -> None:
        with storage.housekeep() as unit:
            assert unit.requests.give_back(enrolment.id, LATER, "away")

    def settling() -> None:
        with storage.housekeep() as unit:
            assert not unit.enrollments.settle(enrolment.id, EnrollmentState.ISSUED, LATER, new_id(9), None)

    assert in_one_group(storage, holding, giving_back, settling) == [None] * 4


def test_an_enrolment_is_settled_exactly_once(storage: SqlStorage, issuing: Hierarchy) -> None:
    enrolment = make_enrolment(issuing, 1, serial=5, deadline=SOON)
    with storage.housekeep() as unit:
        unit.enrollments.add(enrolment)
        assert unit.enrollments.settle(enrolment.id, EnrollmentState.ISSUED, LATER, new_id(9), None)
        assert not unit.enrollments.settle(enrolment.id, EnrollmentState.FAILED, LATER, None, "late")
        assert not unit.enrollments.settle(new_id(2), EnrollmentState.FAILED, LATER, None, "unknown")
    with storage.read() as reader:
        assert reader.enrollments.get(enrolment.id) == replace(
            enrolment, state=EnrollmentState.ISSUED, changed_at=LATER, certificate_id=new_id(9)
        )


def test_an_enrolment_cannot_be_settled_into_just_any_state(storage: SqlStorage, issuing: Hierarchy) -> None:
    with (
        storage.housekeep() as unit,
        pytest.raises(Conflict, match="A request that is issuing cannot become cancelled"),
    ):
        unit.enrollments.settle(new_id(1), EnrollmentState.CANCELLED, LATER, None, None)


def test_only_one_takes_over_an_overdue_intent(storage: SqlStorage, issuing: Hierarchy) -> None:
    enrolment = make_enrolment(issuing, 1, serial=5, deadline=SOON)
    with storage.housekeep() as unit:
        unit.enrollments.add(enrolment)
        assert unit.enrollments.extend(enrolment.id, "host/worker-2", SOON, LATER)
        assert not unit.enrollments.extend(enrolment.id, "host/worker-3", SOON, LATER)
        taken = unit.enrollments.get(enrolment.id).intent
        assert taken is not None
        assert (taken.node, taken.deadline) == ("host/worker-2", LATER)
        unit.enrollments.settle(enrolment.id, EnrollmentState.FAILED, LATER, None, None)
        assert not unit.enrollments.extend(enrolment.id, "host/worker-3", LATER, LATER)


def test_overdue_intents_come_oldest_first(storage: SqlStorage, issuing: Hierarchy) -> None:
    deadlines = {1: LATER, 2: SOON, 3: START, 4: SOON}
    with storage.housekeep() as unit:
        for number, deadline in deadlines.items():
            unit.enrollments.add(make_enrolment(issuing, number, serial=number, deadline=deadline))
        unit.enrollments.settle(new_id(4), EnrollmentState.ISSUED, START, new_id(9), None)
    now = SOON + timedelta(microseconds=1)
    with storage.read() as reader:
        assert [found.id for found in reader.enrollments.list_overdue(now, 10)] == [new_id(3), new_id(2)]
        assert [found.id for found in reader.enrollments.list_overdue(now, 1)] == [new_id(3)]
        assert reader.enrollments.list_overdue(START, 10) == []
        counts = reader.enrollments.count_by_state()
    assert (counts[EnrollmentState.ISSUING], counts[EnrollmentState.ISSUED]) == (3, 1)
    assert set(counts) == set(EnrollmentState)
