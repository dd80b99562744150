"""Counting certificates: by state, CA, profile, key type, end and making."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from pki_manager.domain.certificate import Certificate, CertificateState, Validity
from pki_manager.domain.ids import create_uuid7
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import Reach, Scope, Visibility
from pki_manager.ports.certificates import CertificateFilter
from pki_manager.ports.unit_of_work import Reader
from pki_manager.storage.storage import SqlStorage
from tests.contract.storage.values import YEAR, Hierarchy, make_certificate, make_revocation, revoke
from tests.fakes.clock import START

DAY = timedelta(days=1)


def made(
    issuing: Hierarchy, serial: int, *, days: int = 30, age: timedelta = timedelta(0), **changed: object
) -> Certificate:
    """A certificate that ends in so many days and was made so long ago."""
    identifier = create_uuid7(int((START - age).timestamp() * 1000), bytes([0] * 9 + [serial]))
    certificate = make_certificate(issuing, identifier, serial=serial)
    validity = Validity(START - YEAR, START + days * DAY)
    return replace(certificate, **{"validity": validity, "owner_id": "user:2", **changed})


def test_every_count_is_of_what_there_is(storage: SqlStorage, issuing: Hierarchy) -> None:
    with storage.housekeep() as unit:
        unit.certificates.add(made(issuing, 1, days=3, key_type="ECDSA-P256", profile="a"))
        unit.certificates.add(made(issuing, 2, days=10, key_type="ML-DSA-65", profile="a", owner_id="user:1"))
        unit.certificates.add(made(issuing, 3, days=-1, key_type="ECDSA-P256", profile="b", age=2 * DAY))
        revoked = made(issuing, 4, days=3, key_type="RSA-2048", profile="b")
        unit.certificates.add(revoked)
        revoke(unit, make_revocation(issuing, 4, certificate_id=revoked.id))
    own = Visibility(scopes=(Scope(reach=Reach.OWN),), owner="user:1", teams=frozenset())
    weeks = [START, START + 7 * DAY, START + 14 * DAY]
    days = [START - 3 * DAY, START - DAY, START + DAY]
    with storage.read() as reader:
        census = reader.census
        everything, own_ones = census.count_totals(START, None), census.count_totals(START, own)
        assert everything.by_state == {
            CertificateState.VALID: 2,
            CertificateState.HELD: 0,
            CertificateState.REVOKED: 1,
            CertificateState.EXPIRED: 1,
        }
        assert everything.valid_by_ca == {issuing.ca.id: 2}
        assert everything.valid_by_profile == {"a": 2}
        assert everything.valid_by_key_type == {"ECDSA-P256": 1, "ML-DSA-65": 1}
        assert census.count_expiring(weeks, None) == [1, 1]
        assert census.count_issued(days, None) == [1, 3]
        assert own_ones.by_state[CertificateState.VALID] == 1
        assert own_ones.valid_by_profile == {"a": 1}
        assert own_ones.valid_by_key_type == {"ML-DSA-65": 1}
        assert census.count_expiring(weeks, own) == [0, 1]
        assert census.count_issued(days, own) == [0, 1]


def test_a_list_of_a_span_holds_what_the_count_of_that_span_says(storage: SqlStorage, issuing: Hierarchy) -> None:
    kept = [made(issuing, 1, days=3), made(issuing, 2, days=10, age=2 * DAY), made(issuing, 3, days=20, age=2 * DAY)]
    with storage.housekeep() as unit:
        for one in kept:
            unit.certificates.add(one)

    def found(reader: Reader, where: CertificateFilter) -> list[int]:
        return sorted(one.serial for one in reader.certificates.page(where, START, None, 10).items)

    days = [START - 3 * DAY, START - 2 * DAY, START - DAY, START + DAY]
    weeks = [START, START + 3 * DAY, START + 11 * DAY, START + 20 * DAY]
    with storage.read() as reader:
        issued = [found(reader, CertificateFilter(issued_from=one, issued_before=end)) for one, end in pairwise(days)]
        ending = [
            found(reader, CertificateFilter(expires_from=one, expires_before=end)) for one, end in pairwise(weeks)
        ]
        assert issued == [[], [2, 3], [1]]
        assert ending == [[], [1, 2], []]
        assert [len(one) for one in issued] == reader.census.count_issued(days, None)
        assert [len(one) for one in ending] == reader.census.count_expiring(weeks, None)
        assert found(reader, CertificateFilter(issued_from=datetime(1, 1, 1, tzinfo=UTC))) == [1, 2, 3]


def test_what_was_revoked_in_a_span_is_counted_and_listed_but_not_what_is_held(
    storage: SqlStorage, issuing: Hierarchy
) -> None:
    kept = [made(issuing, 1, owner_id="user:1"), made(issuing, 2), made(issuing, 3), made(issuing, 4)]
    with storage.housekeep() as unit:
        for one in kept:
            unit.certificates.add(one)
        revoke(
            unit,
            make_revocation(issuing, 1, certificate_id=kept[0].id, time=START - 2 * DAY),
            make_revocation(issuing, 2, certificate_id=kept[1].id, time=START - 2 * DAY),
            make_revocation(
                issuing, 3, certificate_id=kept[2].id, time=START - 2 * DAY, reason=RevocationReason.CERTIFICATE_HOLD
            ),
            make_revocation(issuing, 4, certificate_id=kept[3].id, time=START - DAY),
            make_revocation(issuing, 5, time=START - 2 * DAY),  # a burned serial number
        )
    own = Visibility(scopes=(Scope(reach=Reach.OWN),), owner="user:1", teams=frozenset())
    days = [START - 3 * DAY, START - 2 * DAY, START - DAY, START]

    def found(reader: Reader, visible: Visibility | None, start: datetime, stop: datetime | None) -> list[int]:
        where = CertificateFilter(revoked_from=start, revoked_before=stop, visible=visible)
        return sorted(one.serial for one in reader.certificates.page(where, START, None, 10).items)

    with storage.read() as reader:
        assert reader.census.count_revoked(days, None) == [0, 2, 1]
        assert reader.census.count_revoked(days, own) == [0, 1, 0]
        assert [found(reader, None, start, stop) for start, stop in pairwise(days)] == [[], [1, 2], [4]]
        assert found(reader, own, days[1], None) == [1]


def test_nothing_counts_as_nothing(storage: SqlStorage) -> None:
    with storage.read() as reader:
        assert set(reader.census.count_totals(START, None).by_state.values()) == {0}
        assert reader.census.count_totals(START, None).valid_by_key_type == {}
        assert reader.census.count_issued([START, START + DAY], None) == [0]
