"""Enrolments and their intents."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pki_manager.domain.enrolment import EnrolmentState
from pki_manager.domain.errors import Conflict, NotFound
from pki_manager.storage.storage import SqlStorage
from tests.contract.storage.values import Hierarchy, make_certificate, make_enrolment, new_id
from tests.fakes.clock import START

SOON = START + timedelta(seconds=30)
LATER = START + timedelta(minutes=5)


def test_an_enrolment_comes_back_as_it_went_in(storage: SqlStorage, issuing: Hierarchy) -> None:
    with_intent = make_enrolment(issuing, 1, serial=5, deadline=SOON)
    without = replace(with_intent, id=new_id(2), state=EnrolmentState.REFUSED, intent=None, reason="no")
    with storage.housekeep() as unit:
        unit.enrolments.add(with_intent)
        unit.enrolments.add(without)
    with storage.read() as reader:
        assert reader.enrolments.get(with_intent.id) == with_intent
        assert reader.enrolments.get(without.id) == without
        with pytest.raises(NotFound):
            reader.enrolments.get(new_id(3))


def test_a_serial_is_intended_once_per_issuer_key(storage: SqlStorage, issuing: Hierarchy) -> None:
    with storage.housekeep() as unit:
        unit.enrolments.add(make_enrolment(issuing, 1, serial=5, deadline=SOON))
        unit.certificates.add(make_certificate(issuing, new_id(9), serial=6))
        for number, serial in ((2, 5), (3, 6)):
            with pytest.raises(Conflict):
                unit.enrolments.add(make_enrolment(issuing, number, serial=serial, deadline=SOON))


def test_an_enrolment_is_settled_exactly_once(storage: SqlStorage, issuing: Hierarchy) -> None:
    enrolment = make_enrolment(issuing, 1, serial=5, deadline=SOON)
    with storage.housekeep() as unit:
        unit.enrolments.add(enrolment)
        assert unit.enrolments.settle(enrolment.id, EnrolmentState.ISSUED, LATER, new_id(9), None)
        assert not unit.enrolments.settle(enrolment.id, EnrolmentState.FAILED, LATER, None, "late")
        assert not unit.enrolments.settle(new_id(2), EnrolmentState.FAILED, LATER, None, "unknown")
    with storage.read() as reader:
        assert reader.enrolments.get(enrolment.id) == replace(
            enrolment, state=EnrolmentState.ISSUED, changed_at=LATER, certificate_id=new_id(9)
        )


def test_an_enrolment_cannot_be_settled_into_just_any_state(storage: SqlStorage, issuing: Hierarchy) -> None:
    with storage.housekeep() as unit, pytest.raises(Conflict):
        unit.enrolments.settle(new_id(1), EnrolmentState.CANCELLED, LATER, None, None)


def test_only_one_takes_over_an_overdue_intent(storage: SqlStorage, issuing: Hierarchy) -> None:
    enrolment = make_enrolment(issuing, 1, serial=5, deadline=SOON)
    with storage.housekeep() as unit:
        unit.enrolments.add(enrolment)
        assert unit.enrolments.extend(enrolment.id, "host/worker-2", SOON, LATER)
        assert not unit.enrolments.extend(enrolment.id, "host/worker-3", SOON, LATER)
        taken = unit.enrolments.get(enrolment.id).intent
        assert taken is not None
        assert (taken.node, taken.deadline) == ("host/worker-2", LATER)
        unit.enrolments.settle(enrolment.id, EnrolmentState.FAILED, LATER, None, None)
        assert not unit.enrolments.extend(enrolment.id, "host/worker-3", LATER, LATER)


def test_overdue_intents_come_oldest_first(storage: SqlStorage, issuing: Hierarchy) -> None:
    deadlines = {1: LATER, 2: SOON, 3: START, 4: SOON}
    with storage.housekeep() as unit:
        for number, deadline in deadlines.items():
            unit.enrolments.add(make_enrolment(issuing, number, serial=number, deadline=deadline))
        unit.enrolments.settle(new_id(4), EnrolmentState.ISSUED, START, new_id(9), None)
    now = SOON + timedelta(microseconds=1)
    with storage.read() as reader:
        assert [found.id for found in reader.enrolments.overdue(now, 10)] == [new_id(3), new_id(2)]
        assert [found.id for found in reader.enrolments.overdue(now, 1)] == [new_id(3)]
        assert reader.enrolments.overdue(START, 10) == []
        counts = reader.enrolments.count_by_state()
    assert (counts[EnrolmentState.ISSUING], counts[EnrolmentState.ISSUED]) == (3, 1)
    assert set(counts) == set(EnrolmentState)
