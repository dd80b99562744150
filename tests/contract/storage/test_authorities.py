"""CAs and issuer keys."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pki_manager.domain.ca import CaState, KeyState
from pki_manager.domain.certificate import Validity
from pki_manager.domain.errors import Conflict, Fault, InvalidInput, Malformed, NameTaken, NotFound
from pki_manager.domain.names import DistinguishedName, NameAttribute, NameConstraints
from pki_manager.ports.cas import CaTerms
from pki_manager.storage.storage import SqlStorage
from tests.contract.storage.values import Hierarchy, digest, hierarchy, issuer_key, new_id
from tests.fakes.clock import START


def test_a_ca_comes_back_as_it_went_in(storage: SqlStorage) -> None:
    multi = DistinguishedName(((NameAttribute("O", "Ö"), NameAttribute("OU", "a,b")), (NameAttribute("CN", "☃"),)))
    root = replace(
        hierarchy(1).ca,
        subject=multi,
        path_length=None,
        name_constraints=NameConstraints(),
        validity=None,
        owner_id=None,
    )
    child = hierarchy(2, parent=root.id).ca
    with storage.housekeep() as unit:
        unit.cas.add(root)
        unit.cas.add(child)
    with storage.read() as reader:
        assert reader.cas.get(root.id) == root
        assert reader.cas.list_all() == [root, child]


def test_a_ca_is_found_by_name_and_by_id(storage: SqlStorage, issuing: Hierarchy) -> None:
    with storage.read() as reader:
        assert reader.cas.find("CA 1") == issuing.ca
        assert reader.cas.find(str(issuing.ca.id)) == issuing.ca
        assert reader.cas.find(str(new_id(5))) is None
        assert reader.cas.find("ca 1") is None


def test_a_taken_ca_name_is_refused_and_the_unit_stays_usable(storage: SqlStorage, issuing: Hierarchy) -> None:
    with storage.housekeep() as unit:
        with pytest.raises(NameTaken, match=r"A CA named .* already exists"):
            unit.cas.add(replace(hierarchy(2).ca, name=issuing.ca.name))
        unit.meta.put("after", "conflict")
    with storage.read() as reader:
        assert reader.meta.get("after") == "conflict"


def test_the_state_and_validity_of_a_ca_can_change(storage: SqlStorage, issuing: Hierarchy) -> None:
    validity = Validity(START, START + timedelta(days=1))
    with storage.housekeep() as unit:
        unit.cas.set_state(issuing.ca.id, CaState.SUSPENDED)
        assert unit.cas.get(issuing.ca.id) == replace(issuing.ca, state=CaState.SUSPENDED)
        unit.cas.set_state(issuing.ca.id, CaState.ACTIVE, validity)
        assert unit.cas.get(issuing.ca.id) == replace(issuing.ca, validity=validity)
        with pytest.raises(NotFound, match=r"CA .* not found"):
            unit.cas.set_state(new_id(5), CaState.ACTIVE)


def test_cas_are_paged_in_the_order_of_creation(storage: SqlStorage) -> None:
    made = [hierarchy(number).ca for number in range(1, 6)]
    with storage.housekeep() as unit:
        for ca in reversed(made):
            unit.cas.add(ca)
    with storage.read() as reader:
        first = reader.cas.page(None, 2)
        second = reader.cas.page(first.next_cursor, 2)
        third = reader.cas.page(second.next_cursor, 2)
    assert [*first.items, *second.items, *third.items] == made
    assert third.next_cursor is None


@pytest.mark.parametrize("cursor", ["", "x", "é", "bm9wZQ", "=" * 9, "[[[[" * 5000])
def test_a_cursor_that_is_none_of_ours_is_malformed(storage: SqlStorage, cursor: str) -> None:
    with storage.read() as reader, pytest.raises(Malformed, match="cursor"):
        reader.cas.page(cursor, 2)


def test_a_tampered_or_foreign_cursor_is_malformed(storage: SqlStorage) -> None:
    with storage.housekeep() as unit:
        for number in (1, 2):
            unit.cas.add(hierarchy(number).ca)
    with storage.read() as reader:
        cursor = reader.cas.page(None, 1).next_cursor
        assert cursor is not None
        for position in (0, len(cursor) // 2, len(cursor) - 2):
            changed = "A" if cursor[position] != "A" else "B"
            with pytest.raises(Malformed, match="cursor: is not a cursor of this list"):
                reader.cas.page(cursor[:position] + changed + cursor[position + 1 :], 1)


def test_a_page_has_at_least_one_row_and_at_most_200(storage: SqlStorage) -> None:
    with storage.housekeep() as unit:
        for number in range(1, 203):
            unit.cas.add(hierarchy(number).ca)
    with storage.read() as reader:
        assert len(reader.cas.page(None, 1000).items) == 200
        with pytest.raises(InvalidInput, match="limit"):
            reader.cas.page(None, 0)


def test_an_issuer_key_comes_back_as_it_went_in(storage: SqlStorage, issuing: Hierarchy) -> None:
    with storage.read() as reader:
        assert reader.issuer_keys.get(issuing.key.id) == issuing.key
        assert reader.issuer_keys.get_current(issuing.ca.id) == issuing.key
        assert reader.issuer_keys.find_by_spki(digest("spki 1 1")) == issuing.key
        assert reader.issuer_keys.find_by_spki(digest("other")) is None


def test_the_keys_of_a_ca_are_listed_current_first_then_newest_first(storage: SqlStorage) -> None:
    ca = hierarchy(1).ca
    states = (KeyState.RETIRED, KeyState.CURRENT, KeyState.NEXT)
    keys = [issuer_key(ca.id, 1, number=number, state=state) for number, state in enumerate(states, 1)]
    with storage.housekeep() as unit:
        unit.cas.add(ca)
        for key in keys:
            unit.issuer_keys.add(key)
    with storage.read() as reader:
        assert [key.number for key in reader.issuer_keys.list_by_ca(ca.id)] == [2, 3, 1]
        assert list(reader.issuer_keys.list_all()) == keys


def test_a_ca_has_one_current_key(storage: SqlStorage, issuing: Hierarchy) -> None:
    with storage.housekeep() as unit, pytest.raises(Conflict, match="The CA already has this key"):
        unit.issuer_keys.add(issuer_key(issuing.ca.id, 1, number=2))


def test_a_ca_without_a_current_key_says_so(storage: SqlStorage) -> None:
    with storage.housekeep() as unit:
        unit.cas.add(hierarchy(1).ca)
        with pytest.raises(NotFound, match=r"CA .* has no current key"):
            unit.issuer_keys.get_current(hierarchy(1).ca.id)
        with pytest.raises(NotFound, match=r"Issuer key .* not found"):
            unit.issuer_keys.get(new_id(5))


def test_a_key_of_no_ca_is_a_fault_and_leaves_nothing(storage: SqlStorage) -> None:
    with pytest.raises(Fault, match=r"refused a statement: .*(?i:foreign ?key)"), storage.housekeep() as unit:  # noqa: PT012 - the unit is the statement
        unit.meta.put("before", "fault")
        unit.issuer_keys.add(hierarchy(1).key)
    with storage.read() as reader:
        assert reader.meta.get("before") is None


def test_rev_09_crl_numbers_rise_with_the_clock_and_without_it(storage: SqlStorage, issuing: Hierarchy) -> None:
    started = int(START.timestamp()) * 1_000_000
    with storage.housekeep() as unit:
        keys = unit.issuer_keys
        assert keys.reserve_crl_number(issuing.key.id, START) == started
        assert keys.reserve_crl_number(issuing.key.id, START) == started + 1
        assert keys.reserve_crl_number(issuing.key.id, START - timedelta(days=9)) == started + 2
        assert keys.reserve_crl_number(issuing.key.id, START + timedelta(minutes=1)) == started + 60_000_000
        with pytest.raises(NotFound, match=r"Issuer key .* not found"):
            keys.reserve_crl_number(new_id(5), START)
    with storage.read() as reader:
        assert reader.issuer_keys.get(issuing.key.id).crl_number == started + 60_000_000


def test_rev_09_crl_numbers_continue_those_counted_in_seconds(storage: SqlStorage, issuing: Hierarchy) -> None:
    """Earlier versions counted seconds; a number that a key brought along may be higher than the clock."""
    last = int((START + timedelta(days=400)).timestamp())
    with storage.housekeep() as unit:
        unit.issuer_keys.raise_crl_number(issuing.key.id, last)
        assert unit.issuer_keys.reserve_crl_number(issuing.key.id, START) > last
        unit.issuer_keys.raise_crl_number(issuing.key.id, 1 << 62)
        assert unit.issuer_keys.reserve_crl_number(issuing.key.id, START) == (1 << 62) + 1


def test_rev_09_an_issuer_key_read_earlier_does_not_set_its_crl_number_back(
    storage: SqlStorage, issuing: Hierarchy
) -> None:
    with storage.housekeep() as unit:
        reserved = unit.issuer_keys.reserve_crl_number(issuing.key.id, START)
        unit.issuer_keys.identify(replace(issuing.key, crl_number=0))
        unit.issuer_keys.raise_crl_number(issuing.key.id, 0)
        assert unit.issuer_keys.get(issuing.key.id).crl_number == reserved


def test_what_a_certificate_says_of_a_ca_is_stored_without_the_state_that_was_read_before(
    storage: SqlStorage, issuing: Hierarchy
) -> None:
    read_earlier = issuing.ca
    terms = CaTerms(
        subject_der=b"new subject",
        parent_id=None,
        path_length=3,
        name_constraints=read_earlier.name_constraints,
        policies=read_earlier.policies,
        validity=read_earlier.validity,
    )
    with storage.housekeep() as unit:
        unit.cas.set_state(read_earlier.id, CaState.SUSPENDED)
        unit.cas.certify(read_earlier.id, terms)
        stored = unit.cas.get(read_earlier.id)
    assert stored == replace(read_earlier, subject_der=b"new subject", path_length=3, state=CaState.SUSPENDED)


def test_a_key_is_taken_over_only_while_it_is_external(storage: SqlStorage, issuing: Hierarchy) -> None:
    """Two requests that read the same external key cannot both set where it is."""
    with storage.housekeep() as unit:
        unit.issuer_keys.set_state(issuing.key.id, KeyState.EXTERNAL)
        reserved = unit.issuer_keys.reserve_crl_number(issuing.key.id, START)
    taken = replace(issuing.key, backend_key_id="first", crl_number=0, state=KeyState.CURRENT)
    with storage.housekeep() as unit:
        assert unit.issuer_keys.take_over(taken)
        assert not unit.issuer_keys.take_over(replace(taken, backend_key_id="second"))
        stored = unit.issuer_keys.get(issuing.key.id)
    assert (stored.backend_key_id, stored.state, stored.crl_number) == ("first", KeyState.CURRENT, reserved)


def test_an_identified_key_keeps_the_state_that_another_process_gave_it(
    storage: SqlStorage, issuing: Hierarchy
) -> None:
    with storage.housekeep() as unit:
        unit.issuer_keys.set_state(issuing.key.id, KeyState.RETIRED)
        unit.issuer_keys.identify(replace(issuing.key, subject_key_identifier=b"new"))
        stored = unit.issuer_keys.get(issuing.key.id)
    assert (stored.subject_key_identifier, stored.state) == (b"new", KeyState.RETIRED)
