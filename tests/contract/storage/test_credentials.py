"""Enrollment credentials in the database: used once, found by secret, with their device lists and exchanges."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pki_manager.domain.errors import Malformed
from pki_manager.domain.rights.actor import EnrollmentProtocol, Reach, Scope, Visibility
from pki_manager.domain.rights.credential import Credential
from pki_manager.storage.storage import SqlStorage
from tests.contract.storage.test_acme import add_token
from tests.contract.storage.values import digest, new_id
from tests.fakes.clock import START

EST, SCEP = EnrollmentProtocol.EST, EnrollmentProtocol.SCEP


def add(storage: SqlStorage, number: int, **members: object) -> Credential:
    with storage.housekeep() as unit:
        named = {name: members.pop(name) for name in ("owner", "scope") if name in members}
        token = add_token(unit, number, **named)
        made = replace(Credential(token=token, protocol=EST, secret_sha256=digest(f"{number}")), **members)
        unit.credentials.add(made)
    return made


def test_a_credential_comes_back_as_it_went_in(storage: SqlStorage) -> None:
    one = add(storage, 1)
    other = add(storage, 2, protocol=EnrollmentProtocol.CMP, secret_sha256=None, sealed=b"sealed", single_use=True)
    with storage.read() as reader:
        assert [reader.credentials.find(new_id(number)) for number in (1, 2, 3)] == [one, other, None]
        assert reader.credentials.find_secret(EST, digest("1")) == one
        assert reader.credentials.find_secret(SCEP, digest("1")) is None
        assert reader.credentials.find_secret(EST, digest("2")) is None


def test_credentials_are_listed_newest_first_to_those_who_may_see_their_tokens(storage: SqlStorage) -> None:
    made = [add(storage, number, owner=owner) for number, owner in enumerate(("local:alice", "local:bob"), 1)]
    hers = Visibility(scopes=(Scope(reach=Reach.OWN),), owner="local:alice", teams=frozenset())
    with storage.read() as reader:
        first = reader.credentials.page(None, 1)
        assert [*first.items, *reader.credentials.page(first.next_cursor, 1).items] == made[::-1]
        assert reader.credentials.page(None, 9, hers).items == (made[0],)


def test_a_credential_is_used_by_one_enrollment(storage: SqlStorage) -> None:
    add(storage, 1, protocol=SCEP, single_use=True)
    with storage.housekeep() as unit:
        use = unit.credentials.use
        assert use(new_id(1), new_id(7), instead_of=None, now=START)
        assert not use(new_id(1), new_id(8), instead_of=None, now=START)
        assert not use(new_id(1), new_id(8), instead_of=new_id(9), now=START)
        assert use(new_id(1), new_id(8), instead_of=new_id(7), now=START)
    with storage.read() as reader:
        found = reader.credentials.find(new_id(1))
    assert found is not None
    assert (found.enrollment_id, found.used_at) == (new_id(8), START)


def test_credentials_without_a_secret_are_found_by_their_ca_and_profile(storage: SqlStorage) -> None:
    ca, certificate = new_id(50), new_id(60)
    scope = Scope(cas=frozenset({ca}), profiles=frozenset({"tls-server"}))
    made = [
        add(storage, 1, protocol=SCEP, scope=scope, validator="mdm"),
        add(storage, 2, protocol=EnrollmentProtocol.CMP, scope=scope, ra_certificate_id=certificate),
        add(storage, 3, protocol=SCEP, scope=scope, legacy_algorithms=True),
    ]
    for is_usable, now in ((True, START), (False, made[0].token.expires_at)):
        with storage.read() as reader:
            known = reader.credentials
            assert known.find_validated(ca, "tls-server", now) == (made[0] if is_usable else None)
            assert known.find_ra(certificate, ca, "tls-server", now) == (made[1] if is_usable else None)
            assert known.has_legacy(ca, "tls-server", now) is is_usable
            assert known.find_ra(new_id(61), ca, "tls-server", now) is None
            for other in ((ca, "tls-client"), (new_id(51), "tls-server")):
                assert known.find_validated(*other, now) is None
                assert known.find_ra(certificate, *other, now) is None
                assert not known.has_legacy(*other, now)


def test_devices_are_found_by_any_of_their_identities(storage: SqlStorage) -> None:
    add(storage, 1)
    devices = [frozenset({f"sn-{number}", f"host-{number}", "shared"}) for number in range(700)]
    with storage.housekeep() as unit:
        made = replace(Credential(token=add_token(unit, 2), protocol=SCEP), device_count=len(devices))
        unit.credentials.add(made, devices)
    with storage.read() as reader:
        find = reader.credentials.find_devices
        assert find(new_id(2), {"sn-699", "host-699", "unknown"}) == [{"sn-699", "host-699"}]
        assert find(new_id(2), {"sn-1", "host-2"}) == [{"sn-1"}, {"host-2"}]
        assert len(find(new_id(2), {"shared"})) == 700
        assert find(new_id(1), {"sn-1"}) == []
        assert find(new_id(2), set()) == []


def test_credentials_are_listed_by_their_protocol(storage: SqlStorage) -> None:
    made = [add(storage, number, protocol=protocol) for number, protocol in enumerate((EST, SCEP, EST), 1)]
    with storage.read() as reader:
        first = reader.credentials.page(None, 1, None, EST)
        assert [*first.items, *reader.credentials.page(first.next_cursor, 1, None, EST).items] == [made[2], made[0]]
        assert reader.credentials.page(None, 9, None, EnrollmentProtocol.CMP).items == ()


def test_devices_are_listed_in_the_order_of_their_list(storage: SqlStorage) -> None:
    add(storage, 1)
    devices = [frozenset({f"sn-{number}", "shared"}) for number in (9, 3, 7)]
    with storage.housekeep() as unit:
        made = replace(Credential(token=add_token(unit, 2), protocol=SCEP), device_count=len(devices))
        unit.credentials.add(made, devices)
    with storage.read() as reader:
        first = reader.credentials.page_devices(new_id(2), None, 2)
        last = reader.credentials.page_devices(new_id(2), first.next_cursor, 2)
        assert [*first.items, *last.items] == devices
        assert (len(first.items), last.next_cursor) == (2, None)
        assert reader.credentials.page_devices(new_id(1), None, 9).items == ()
        with pytest.raises(Malformed, match="cursor: is not a cursor of this list"):
            reader.credentials.page_devices(new_id(2), "nonsense", 2)


def test_an_exchange_begins_one_enrollment_at_a_time(storage: SqlStorage) -> None:
    key = digest("exchange")
    with storage.housekeep() as unit:
        begin = unit.credentials.add_exchange
        assert begin(key, new_id(1), instead_of=None, now=START)
        assert not begin(key, new_id(2), instead_of=None, now=START)
        assert not begin(key, new_id(2), instead_of=new_id(3), now=START)
        assert begin(key, new_id(2), instead_of=new_id(1), now=START + timedelta(days=1))
        assert unit.credentials.find_exchange(key) == new_id(2)
        assert unit.credentials.prune_exchanges(START + timedelta(days=1)) == 0
        assert unit.credentials.prune_exchanges(START + timedelta(days=2)) == 1
        assert unit.credentials.find_exchange(key) is None
