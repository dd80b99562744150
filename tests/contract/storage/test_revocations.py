"""Revocations and CRLs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pki_manager.domain.errors import Conflict, NotFound
from pki_manager.domain.revocation import RevokedEntry
from pki_manager.storage.storage import SqlStorage
from tests.contract.storage.values import Hierarchy, hierarchy, make_certificate, make_crl, make_revocation, new_id
from tests.fakes.clock import START

DAY = timedelta(days=1)


def test_a_revocation_comes_back_as_it_went_in(storage: SqlStorage, issuing: Hierarchy) -> None:
    burned = make_revocation(issuing, 5)
    certificate = make_certificate(issuing, new_id(1), serial=6)
    revoked = make_revocation(issuing, 6, certificate_id=certificate.id)
    with storage.housekeep() as unit:
        unit.certificates.add(certificate)
        unit.revocations.add(burned)
        unit.revocations.add(revoked)
    with storage.read() as reader:
        assert reader.revocations.find(issuing.key.id, 5) == burned
        assert reader.revocations.find(issuing.key.id, 6) == revoked
        assert reader.revocations.find(issuing.key.id, 1 << 300) is None


def test_a_serial_is_revoked_once(storage: SqlStorage, issuing: Hierarchy) -> None:
    with storage.housekeep() as unit:
        unit.revocations.add(make_revocation(issuing, 5))
        with pytest.raises(Conflict):
            unit.revocations.add(make_revocation(issuing, 5))


def test_entries_are_those_of_the_key_in_the_order_of_serials(storage: SqlStorage, issuing: Hierarchy) -> None:
    other = hierarchy(2)
    with storage.housekeep() as unit:
        unit.cas.add(other.ca)
        unit.issuer_keys.add(other.key)
        unit.revocations.add(make_revocation(other, 1))
        for serial in (1 << 150, 9, 300):
            unit.revocations.add(make_revocation(issuing, serial))
    with storage.read() as reader:
        entries = list(reader.revocations.entries(issuing.key.id))
        assert reader.revocations.count(issuing.key.id) == 3
    assert [entry.serial for entry in entries] == [9, 300, 1 << 150]
    assert entries[0] == RevokedEntry(9, START, "keyCompromise", START - timedelta(hours=1))


def test_thousands_of_entries_are_streamed_completely(storage: SqlStorage, issuing: Hierarchy) -> None:
    with storage.housekeep() as unit:
        for serial in range(1, 2502):
            unit.revocations.add(make_revocation(issuing, serial))
    with storage.read() as reader:
        assert [entry.serial for entry in reader.revocations.entries(issuing.key.id)] == list(range(1, 2502))


def test_an_entry_leaves_after_one_crl_past_its_expiry(storage: SqlStorage, issuing: Hierarchy) -> None:
    """RFC 5280 §3.3: it must not be removed until it has appeared on one CRL issued beyond the validity period."""
    with storage.housekeep() as unit:
        unit.revocations.add(make_revocation(issuing, 1, not_after=START + DAY))
        unit.revocations.add(make_revocation(issuing, 2, not_after=START + 9 * DAY))
        unit.revocations.mark_listed(issuing.key.id, START + DAY)
        assert unit.revocations.count(issuing.key.id) == 2
        unit.revocations.mark_listed(issuing.key.id, START + 2 * DAY)
        assert [entry.serial for entry in unit.revocations.entries(issuing.key.id)] == [2]
        assert unit.revocations.find(issuing.key.id, 1) is not None


def test_a_revocation_that_came_after_the_entries_were_read_stays_for_the_next_crl(
    storage: SqlStorage, issuing: Hierarchy
) -> None:
    with storage.housekeep() as unit:
        unit.revocations.add(make_revocation(issuing, 1, time=START + 2 * DAY, not_after=START + DAY))
        unit.revocations.mark_listed(issuing.key.id, START + 2 * DAY)
        assert unit.revocations.count(issuing.key.id) == 1


def test_crls_are_kept_and_the_highest_number_is_current(storage: SqlStorage, issuing: Hierarchy) -> None:
    with storage.housekeep() as unit:
        for number in (2, 3, 1):
            unit.crls.add(make_crl(issuing, number))
        with pytest.raises(Conflict):
            unit.crls.add(make_crl(issuing, 3))
    with storage.read() as reader:
        assert reader.crls.current(issuing.key.id) == make_crl(issuing, 3)
        assert reader.crls.get(new_id(1)) == make_crl(issuing, 1)
        assert reader.crls.find(new_id(9)) is None
        with pytest.raises(NotFound):
            reader.crls.get(new_id(9))
        assert reader.crls.current(new_id(9)) is None
        first = reader.crls.page([issuing.key.id], None, 2)
        rest = reader.crls.page([issuing.key.id], first.next_cursor, 2)
        assert [crl.number for crl in (*first.items, *rest.items)] == [3, 2, 1]
        assert reader.crls.page([], None, 2).items == ()
