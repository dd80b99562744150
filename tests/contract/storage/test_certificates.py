"""Certificates: adding, finding, listing, counting."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from pki_manager.domain.certificate import Certificate, CertificateState
from pki_manager.domain.errors import Conflict, NotFound
from pki_manager.domain.revocation import RevocationReason
from pki_manager.ports.certificates import CertificateFilter
from pki_manager.storage.storage import SqlStorage
from tests.contract.storage.values import (
    YEAR,
    Hierarchy,
    digest,
    hierarchy,
    make_certificate,
    make_revocation,
    new_id,
    revoke,
)
from tests.fakes.clock import START

LARGEST_SERIAL = (1 << 159) - 1


def add(storage: SqlStorage, *certificates: Certificate) -> None:
    with storage.housekeep() as unit:
        for certificate in certificates:
            unit.certificates.add(certificate)


def listed(storage: SqlStorage, now: datetime = START, **where: object) -> list[int]:
    """The serial numbers that a filter finds."""
    with storage.read() as reader:
        page = reader.certificates.page(CertificateFilter(**where), now, None, 200)
    return [certificate.serial for certificate in page.items]


def test_a_certificate_comes_back_as_it_went_in(storage: SqlStorage, issuing: Hierarchy) -> None:
    full = make_certificate(issuing, new_id(1), serial=LARGEST_SERIAL)
    bare = replace(
        make_certificate(issuing, new_id(2), serial=1, names=(), subject="", subject_key_id=issuing.key.id),
        owner_id=None,
        team_id=None,
        renews=None,
    )
    add(storage, full, bare)
    with storage.read() as reader:
        assert reader.certificates.get(full.id) == full
        assert reader.certificates.get(bare.id) == bare
        with pytest.raises(NotFound, match=r"Certificate .* not found"):
            reader.certificates.get(new_id(3))


def test_a_serial_is_unique_per_issuer_name(storage: SqlStorage, issuing: Hierarchy) -> None:
    add(storage, make_certificate(issuing, new_id(1), serial=5))
    with pytest.raises(Conflict, match="The issuer already has a certificate with this serial"):
        add(storage, make_certificate(issuing, new_id(2), serial=5))
    elsewhere = hierarchy(2)
    with storage.housekeep() as unit:
        unit.cas.add(elsewhere.ca)
        unit.issuer_keys.add(elsewhere.key)
        unit.certificates.add(make_certificate(elsewhere, new_id(3), serial=5))


def test_a_certificate_is_found_by_issuer_key_and_serial(storage: SqlStorage, issuing: Hierarchy) -> None:
    certificate = make_certificate(issuing, new_id(1), serial=77)
    add(storage, certificate)
    with storage.read() as reader:
        assert reader.certificates.find_serial(issuing.key.id, 77) == certificate
        for serial in (78, 1 << 200, -1):
            assert reader.certificates.find_serial(issuing.key.id, serial) is None
        assert reader.certificates.find_serial(new_id(5), 77) is None


def test_a_revocation_is_part_of_the_certificate(storage: SqlStorage, issuing: Hierarchy) -> None:
    certificate = make_certificate(issuing, new_id(1), serial=7)
    revocation = make_revocation(issuing, 7, certificate_id=certificate.id)
    add(storage, certificate)
    with storage.housekeep() as unit:
        revoke(unit, revocation)
    with storage.read() as reader:
        assert reader.certificates.get(certificate.id) == replace(certificate, revocation=revocation)


def test_lists_are_newest_first_and_stable_while_certificates_arrive(storage: SqlStorage, issuing: Hierarchy) -> None:
    add(storage, *(make_certificate(issuing, new_id(number), serial=number) for number in range(10, 20)))
    seen: list[int] = []
    cursor = None
    for arriving in range(20, 24):
        with storage.read() as reader:
            page = reader.certificates.page(CertificateFilter(), START, cursor, 3)
        seen += [certificate.serial for certificate in page.items]
        cursor = page.next_cursor
        add(storage, make_certificate(issuing, new_id(arriving), serial=arriving))
    assert seen == list(range(19, 9, -1))
    assert cursor is None


def test_lists_by_state(storage: SqlStorage, issuing: Hierarchy) -> None:
    past, soon, later = START + timedelta(days=1), START + timedelta(days=20), START + YEAR
    ends = {1: past, 2: soon, 3: later, 4: past, 5: later, 6: later}
    add(storage, *(make_certificate(issuing, new_id(n), serial=n, not_after=end) for n, end in ends.items()))
    with storage.housekeep() as unit:
        hold = RevocationReason.CERTIFICATE_HOLD
        revoke(unit, make_revocation(issuing, 4, certificate_id=new_id(4)))
        revoke(unit, make_revocation(issuing, 5, certificate_id=new_id(5), reason=hold))
    now = START + timedelta(days=2)
    assert listed(storage, now, state=CertificateState.VALID) == [6, 3, 2]
    assert listed(storage, now, state=CertificateState.EXPIRED) == [1]
    assert listed(storage, now, state=CertificateState.REVOKED) == [4]
    assert listed(storage, now, state=CertificateState.HELD) == [5]
    month = START + timedelta(days=30)
    assert listed(storage, now, expires_before=month) == [4, 2, 1]
    assert listed(storage, now, expires_before=month, state=CertificateState.VALID) == [2]
    assert listed(storage, past, state=CertificateState.EXPIRED) == []
    with storage.read() as reader:
        assert reader.census.count_totals(now, None).by_state == {
            CertificateState.VALID: 3,
            CertificateState.EXPIRED: 1,
            CertificateState.REVOKED: 1,
            CertificateState.HELD: 1,
        }


def test_lists_by_ca_and_profile(storage: SqlStorage, issuing: Hierarchy) -> None:
    other = hierarchy(2)
    with storage.housekeep() as unit:
        unit.cas.add(other.ca)
        unit.issuer_keys.add(other.key)
    add(
        storage,
        make_certificate(issuing, new_id(1), serial=1),
        make_certificate(issuing, new_id(2), serial=2, profile="tls-client"),
        make_certificate(other, new_id(3), serial=3),
    )
    assert listed(storage, ca_id=issuing.ca.id) == [2, 1]
    assert listed(storage, profile="tls-server") == [3, 1]
    assert listed(storage, ca_id=issuing.ca.id, profile="tls-server") == [1]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("www.example", [1]),
        ("WWW.Example.COM", [1]),
        (".example.com", [2, 1]),
        ("192.0.2.", [1]),
        ("alice@", [3]),
        ("müller, inc.", [3]),
        ("xample", [3, 2, 1]),
        ("xa", []),
        ("%", []),
        ("_", []),
        ("ab12", [2]),
        ("AB:12", [2]),
        ("0000ab12", [2]),
        (digest(f"fingerprint of {new_id(3)}").hex(), [3]),
        ("  ", [3, 2, 1]),
        ("\U0010ffff", []),
    ],
)
def test_a_query_finds_names_serials_and_fingerprints(
    storage: SqlStorage, issuing: Hierarchy, query: str, found: list[int]
) -> None:
    add(
        storage,
        make_certificate(issuing, new_id(1), serial=0x11, subject="CN=www.example.com"),
        make_certificate(issuing, new_id(2), serial=0xAB12, names=("DNS:api.example.com",), subject=""),
        make_certificate(
            issuing,
            new_id(3),
            serial=0x33,
            names=("email:Alice@example.org",),
            subject="CN=Alice+UID=a1,O=Müller\\, Inc.",
        ),
    )
    numbers = {0x11: 1, 0xAB12: 2, 0x33: 3}
    assert [numbers[serial] for serial in listed(storage, query=query)] == found


def test_certificates_of_a_ca_key_are_found_newest_first(storage: SqlStorage, issuing: Hierarchy) -> None:
    made = [make_certificate(issuing, new_id(n), serial=n, subject_key_id=issuing.key.id) for n in (1, 2)]
    add(storage, *made, make_certificate(issuing, new_id(3), serial=3))
    with storage.read() as reader:
        assert list(reader.certificates.list_by_subject_key(issuing.key.id)) == made[::-1]


def test_unexpired_certificates_come_in_batches_by_id(storage: SqlStorage, issuing: Hierarchy) -> None:
    ends = {1: START + YEAR, 2: START, 3: START + YEAR, 4: START + YEAR}
    add(storage, *(make_certificate(issuing, new_id(n), serial=n, not_after=end) for n, end in ends.items()))
    now = START + timedelta(seconds=1)
    with storage.read() as reader:
        first = reader.certificates.list_unexpired(issuing.key.id, now, None, 2)
        rest = reader.certificates.list_unexpired(issuing.key.id, now, first[-1].id, 2)
    assert [certificate.serial for certificate in first] == [1, 3]
    assert [certificate.serial for certificate in rest] == [4]


def test_the_newest_certificate_of_a_requester(storage: SqlStorage, issuing: Hierarchy) -> None:
    add(storage, *(make_certificate(issuing, new_id(n), serial=n, requested_by="system:tls") for n in (1, 2)))
    add(storage, make_certificate(issuing, new_id(3), serial=3))
    with storage.read() as reader:
        newest = reader.certificates.find_newest(issuing.ca.id, "tls-server", "system:tls")
        assert newest is not None
        assert newest.serial == 2
        assert reader.certificates.find_newest(issuing.ca.id, "ocsp", "system:tls") is None


def test_a_query_that_finds_many_is_answered_the_same(storage: SqlStorage, issuing: Hierarchy) -> None:
    add(
        storage,
        make_certificate(issuing, new_id(1), serial=1, names=("DNS:old.example.org",), subject=""),
        *(make_certificate(issuing, new_id(n), serial=n, names=("DNS:www.example.com",)) for n in range(2, 1203)),
        make_certificate(issuing, new_id(1300), serial=1300, names=("DNS:other.example.org",), subject=""),
    )
    assert listed(storage, query=".example.com") == list(range(1202, 1002, -1))
    assert listed(storage, query=".example.org") == [1300, 1]


def test_certificates_are_found_by_key_and_by_serial(storage: SqlStorage, issuing: Hierarchy) -> None:
    first, second, third = (make_certificate(issuing, new_id(number), serial=number) for number in (1, 2, 3))
    second = replace(second, spki_sha256=first.spki_sha256)
    add(storage, first, second, third)
    with storage.read() as reader:
        found = reader.certificates
        assert [one.serial for one in found.list_by_key(first.spki_sha256)] == [2, 1]
        assert found.list_by_key(digest("nobody")) == []
        assert set(found.find_ids_by_serials([1, 3, LARGEST_SERIAL + 1, 1 << 200])) == {first.id, third.id}
        assert found.find_ids_by_serials([]) == []


def test_a_deleted_certificate_leaves_its_revocation(storage: SqlStorage, issuing: Hierarchy) -> None:
    one = make_certificate(issuing, new_id(1), serial=1)
    add(storage, one)
    with storage.housekeep() as unit:
        unit.revocations.add(make_revocation(issuing, 1, certificate_id=one.id), b"entry", START)
        unit.certificates.delete(one.id)
    with storage.read() as reader:
        with pytest.raises(NotFound, match=r"Certificate .* not found"):
            reader.certificates.get(one.id)
        assert listed(storage, query="www.example.com") == []
        kept = reader.revocations.find(issuing.key.id, 1)
        assert kept is not None
        assert (kept.certificate_id, reader.revocations.read_entries(issuing.key.id).count) == (None, 1)
    with storage.housekeep() as unit, pytest.raises(NotFound, match=r"Certificate .* not found"):
        unit.certificates.delete(one.id)
