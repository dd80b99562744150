"""Revocations and CRLs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from pki_manager.domain.certificate import CertificateState
from pki_manager.domain.errors import Conflict, NotFound
from pki_manager.domain.revocation import RevocationReason
from pki_manager.ports.certificates import CertificateFilter
from pki_manager.ports.revocations import CrlHead, EncodedEntries
from pki_manager.storage.storage import SqlStorage
from pki_manager.x509.crl import encode_entry
from tests.contract.storage.values import (
    Hierarchy,
    hierarchy,
    make_certificate,
    make_crl,
    make_revocation,
    new_id,
    revoke,
)
from tests.fakes.clock import START

DAY = timedelta(days=1)
HOLD = RevocationReason.CERTIFICATE_HOLD


def encoded(of: Hierarchy, *serials: int, reason: RevocationReason = RevocationReason.KEY_COMPROMISE) -> EncodedEntries:
    """What a CRL lists for revocations as `make_revocation` makes them."""
    entries = [encode_entry(make_revocation(of, serial, reason=reason).entry) for serial in serials]
    return EncodedEntries(len(entries), b"".join(entries))


def test_a_revocation_comes_back_as_it_went_in(storage: SqlStorage, issuing: Hierarchy) -> None:
    burned = make_revocation(issuing, 5)
    certificate = make_certificate(issuing, new_id(1), serial=6)
    revoked = make_revocation(issuing, 6, certificate_id=certificate.id)
    with storage.housekeep() as unit:
        unit.certificates.add(certificate)
        revoke(unit, burned, revoked)
    with storage.read() as reader:
        assert reader.revocations.find(issuing.key.id, 5) == burned
        assert reader.revocations.find(issuing.key.id, 6) == revoked
        assert reader.revocations.find(issuing.key.id, 1 << 300) is None


def test_a_serial_is_revoked_once(storage: SqlStorage, issuing: Hierarchy) -> None:
    with storage.housekeep() as unit:
        revoke(unit, make_revocation(issuing, 5))
        with pytest.raises(Conflict, match="The certificate is already revoked"):
            revoke(unit, make_revocation(issuing, 5))


def test_entries_are_those_of_the_key_in_the_order_of_serials(storage: SqlStorage, issuing: Hierarchy) -> None:
    other = hierarchy(2)
    with storage.housekeep() as unit:
        unit.cas.add(other.ca)
        unit.issuer_keys.add(other.key)
        revoke(unit, make_revocation(other, 1), *(make_revocation(issuing, serial) for serial in (1 << 150, 9, 300)))
    with storage.read() as reader:
        assert reader.revocations.read_entries(issuing.key.id) == encoded(issuing, 9, 300, 1 << 150)
        assert reader.revocations.read_entries(issuing.key.id).count == 3


def test_thousands_of_entries_are_complete(storage: SqlStorage, issuing: Hierarchy) -> None:
    serials = range(1, 12_502)
    with storage.housekeep() as unit:
        revoke(unit, *(make_revocation(issuing, serial) for serial in serials))
    with storage.read() as reader:
        assert reader.revocations.read_entries(issuing.key.id) == encoded(issuing, *serials)


def test_an_entry_leaves_after_one_crl_past_its_expiry(storage: SqlStorage, issuing: Hierarchy) -> None:
    """RFC 5280 §3.3: it must not be removed until it has appeared on one CRL issued beyond the validity period."""
    with storage.housekeep() as unit:
        revoke(unit, make_revocation(issuing, 1, not_after=START + DAY))
        revoke(unit, make_revocation(issuing, 2, not_after=START + 9 * DAY))
        unit.revocations.mark_listed(issuing.key.id, START + DAY)
        assert unit.revocations.read_entries(issuing.key.id).count == 2
        unit.revocations.mark_listed(issuing.key.id, START + 2 * DAY)
        assert unit.revocations.read_entries(issuing.key.id) == encoded(issuing, 2)
        assert unit.revocations.find(issuing.key.id, 1) is not None


def test_a_revocation_that_came_after_the_entries_were_read_stays_for_the_next_crl(
    storage: SqlStorage, issuing: Hierarchy
) -> None:
    with storage.housekeep() as unit:
        revoke(unit, make_revocation(issuing, 1, time=START + 2 * DAY, not_after=START + DAY))
        unit.revocations.mark_listed(issuing.key.id, START + 2 * DAY)
        assert unit.revocations.read_entries(issuing.key.id).count == 1


def test_a_delta_lists_what_came_or_changed_since_its_base_and_around_it(
    storage: SqlStorage, issuing: Hierarchy
) -> None:
    final = make_revocation(issuing, 1)
    with storage.housekeep() as unit:
        revoke(unit, *(make_revocation(issuing, serial) for serial in (1, 2, 3)))
        unit.revocations.mark_listed(issuing.key.id, START + DAY)
        assert unit.revocations.read_changed_entries(issuing.key.id, START + DAY).count == 0
        revoke(unit, replace(make_revocation(issuing, 4), time=START + DAY - timedelta(seconds=5)))
        unit.revocations.supersede(final, encode_entry(final.entry), START + DAY)
        assert unit.revocations.read_changed_entries(issuing.key.id, START + DAY).count == 2


def test_rev_06_a_superseded_revocation_is_the_one_that_is_listed(storage: SqlStorage, issuing: Hierarchy) -> None:
    certificate = make_certificate(issuing, new_id(1), serial=5)
    held = make_revocation(issuing, 5, certificate_id=certificate.id, reason=HOLD)
    final = held.superseded(RevocationReason.KEY_COMPROMISE, None)
    with storage.housekeep() as unit:
        unit.certificates.add(certificate)
        revoke(unit, held)
        unit.revocations.supersede(final, encode_entry(final.entry), START)
        with pytest.raises(NotFound, match="The certificate is not revoked"):
            unit.revocations.supersede(replace(final, serial=6), encode_entry(final.entry), START)
    with storage.read() as reader:
        assert reader.revocations.find(issuing.key.id, 5) == final
        assert reader.revocations.read_entries(issuing.key.id) == encoded(issuing, 5)
        assert in_state(storage, CertificateState.REVOKED) == [certificate.id]


def in_state(storage: SqlStorage, state: CertificateState) -> list[UUID]:
    with storage.read() as reader:
        page = reader.certificates.page(CertificateFilter(state=state), START, None, 10)
        return [certificate.id for certificate in page.items]


def test_rev_14_only_a_hold_is_released(storage: SqlStorage, issuing: Hierarchy) -> None:
    with storage.housekeep() as unit:
        revoke(unit, make_revocation(issuing, 5))
        for serial in (5, 6, 1 << 300):
            with pytest.raises(Conflict, match="The certificate is not on hold"):
                unit.revocations.release(issuing.key.id, serial, START)
        assert unit.revocations.read_entries(issuing.key.id).count == 1
        assert list(unit.revocations.list_released(issuing.key.id, START)) == []


def test_rev_12_a_released_hold_is_told_until_a_full_crl_has_shown_it(storage: SqlStorage, issuing: Hierarchy) -> None:
    certificate = make_certificate(issuing, new_id(1), serial=5)
    with storage.housekeep() as unit:
        unit.certificates.add(certificate)
        revoke(unit, make_revocation(issuing, 5, certificate_id=certificate.id, reason=HOLD))
    assert in_state(storage, CertificateState.HELD) == [certificate.id]
    with storage.housekeep() as unit:
        unit.revocations.release(issuing.key.id, 5, START + DAY)
        assert unit.revocations.find(issuing.key.id, 5) is None
        assert unit.revocations.read_entries(issuing.key.id).count == 0
    assert in_state(storage, CertificateState.VALID) == [certificate.id]
    with storage.housekeep() as unit:
        unit.revocations.mark_listed(issuing.key.id, START + DAY)
        assert list(unit.revocations.list_released(issuing.key.id, START)) == [(5, START + DAY)]
        unit.revocations.mark_listed(issuing.key.id, START + 2 * DAY)
        assert list(unit.revocations.list_released(issuing.key.id, START)) == []


def test_what_is_held_again_is_no_longer_released(storage: SqlStorage, issuing: Hierarchy) -> None:
    with storage.housekeep() as unit:
        for _ in range(2):
            revoke(unit, make_revocation(issuing, 5, reason=HOLD))
            unit.revocations.release(issuing.key.id, 5, START)
        assert list(unit.revocations.list_released(issuing.key.id, START)) == [(5, START)]
        revoke(unit, make_revocation(issuing, 5, reason=HOLD))
        assert list(unit.revocations.list_released(issuing.key.id, START)) == []
        assert unit.revocations.read_changed_entries(issuing.key.id, START) == encoded(issuing, 5, reason=HOLD)


def test_the_newest_crl_is_told_without_its_bytes(storage: SqlStorage, issuing: Hierarchy) -> None:
    with storage.housekeep() as unit:
        for number, base in ((1, None), (2, 1), (3, 1), (4, None), (5, 1)):
            unit.crls.add(replace(make_crl(issuing, number), base_number=base))
    with storage.read() as reader:
        newest = make_crl(issuing, 4)
        assert reader.crls.find_head(issuing.key.id) == CrlHead(
            4, newest.this_update, newest.next_update, newest.entries
        )
        assert reader.crls.find_current(issuing.key.id) == newest
        assert reader.crls.find_current(issuing.key.id, 1) == replace(make_crl(issuing, 5), base_number=1)
        assert reader.crls.find_head(issuing.key.id, 4) is None
        assert reader.crls.find_head(new_id(9)) is None


def test_old_crls_are_forgotten_but_never_the_newest(storage: SqlStorage, issuing: Hierarchy) -> None:
    with storage.housekeep() as unit:
        for number, base in ((1, None), (2, 1), (3, None), (4, 3)):
            unit.crls.add(replace(make_crl(issuing, number), base_number=base))
        assert unit.crls.prune(make_crl(issuing, 1).next_update) == 0
        assert unit.crls.prune(make_crl(issuing, 1).next_update + DAY) == 3
        assert unit.crls.find_current(issuing.key.id) == make_crl(issuing, 3)


def test_superseded_crls_do_not_pile_up(storage: SqlStorage, issuing: Hierarchy) -> None:
    """The newest ten of each key and shard stay, and the last one of each hour before."""
    with storage.housekeep() as unit:
        for number in range(1, 41):
            issued_at = START + timedelta(minutes=6 * number)
            record = replace(make_crl(issuing, number), this_update=issued_at, next_update=issued_at + 7 * DAY)
            unit.crls.add(record)
            part = replace(record, id=new_id(100 + number), number=100 + number, shard=1)
            if number > 30:
                unit.crls.add(part)
        assert unit.crls.prune(START + timedelta(hours=5)) == 27
        assert unit.crls.prune(START + timedelta(hours=5)) == 0
    with storage.read() as reader:
        kept = [crl.number for crl in reader.crls.page([issuing.key.id], None, 100).items if crl.shard is None]
        assert kept == [*range(40, 30, -1), 29, 19, 9]
        assert len(reader.crls.page([issuing.key.id], None, 100).items) == 23


def test_crls_are_kept_and_the_full_one_of_the_highest_number_is_current(
    storage: SqlStorage, issuing: Hierarchy
) -> None:
    with storage.housekeep() as unit:
        for number in (2, 3, 1):
            unit.crls.add(make_crl(issuing, number))
        unit.crls.add(replace(make_crl(issuing, 4), base_number=3))
        with pytest.raises(Conflict, match="The issuer key already has a CRL with the number 3"):
            unit.crls.add(make_crl(issuing, 3))
    with storage.read() as reader:
        assert reader.crls.find_current(issuing.key.id) == make_crl(issuing, 3)
        assert reader.crls.get(new_id(1)) == make_crl(issuing, 1)
        assert reader.crls.get(new_id(4)).base_number == 3
        assert reader.crls.find(new_id(9)) is None
        with pytest.raises(NotFound, match=r"CRL .* not found"):
            reader.crls.get(new_id(9))
        assert reader.crls.find_current(new_id(9)) is None
        first = reader.crls.page([issuing.key.id], None, 2)
        rest = reader.crls.page([issuing.key.id], first.next_cursor, 2)
        assert [crl.number for crl in (*first.items, *rest.items)] == [4, 3, 2, 1]
        assert reader.crls.page([], None, 2).items == ()


def test_rev_22_a_shard_lists_its_own_and_the_whole_list_all(storage: SqlStorage, issuing: Hierarchy) -> None:
    key = issuing.key.id
    with storage.housekeep() as unit:
        for serial in (5, 6, 7):
            revocation = make_revocation(issuing, serial)
            unit.revocations.add(revocation, encode_entry(revocation.entry), START, 1 + serial % 2)
    with storage.read() as reader:
        assert reader.revocations.read_entries(key, 2) == encoded(issuing, 5, 7)
        assert reader.revocations.read_entries(key, 1) == encoded(issuing, 6)
        assert reader.revocations.read_entries(key, 3) == encoded(issuing)
        assert reader.revocations.read_entries(key) == encoded(issuing, 5, 6, 7)
        assert reader.revocations.read_changed_entries(key, START, 1) == encoded(issuing, 6)


def test_the_newest_crl_of_a_shard_is_its_own(storage: SqlStorage, issuing: Hierarchy) -> None:
    with storage.housekeep() as unit:
        for number, shard, base in ((1, None, None), (2, 1, None), (3, 2, None), (4, 1, 2), (5, 1, None)):
            unit.crls.add(replace(make_crl(issuing, number), shard=shard, base_number=base))
    with storage.read() as reader:
        key = issuing.key.id
        heads = [reader.crls.find_head(key, shard=shard) for shard in (None, 1, 2)]
        assert [head.number for head in heads if head] == [1, 5, 3]
        assert reader.crls.find_current(key, 2, shard=1) == replace(make_crl(issuing, 4), shard=1, base_number=2)
        assert reader.crls.find_head(key, shard=3) is None
        times = {shard: make_crl(issuing, number).this_update for shard, number in ((None, 1), (1, 5), (2, 3))}
        assert reader.crls.find_this_updates(key) == times
        ends = {shard: make_crl(issuing, number).next_update for shard, number in ((None, 1), (1, 5), (2, 3))}
        assert reader.crls.find_next_updates([key]) == {key: ends}
    with storage.housekeep() as unit:
        assert unit.crls.prune(make_crl(issuing, 5).next_update + DAY) == 2
        assert set(unit.crls.find_this_updates(key)) == {None, 1, 2}
