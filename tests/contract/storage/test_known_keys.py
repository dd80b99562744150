"""Public keys by their hash: standing, and blocks that come and go."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from pki_manager.domain.certificate import Certificate, Validity
from pki_manager.domain.errors import InvalidInput, NotFound
from pki_manager.domain.known_key import BlockedKey, BlockReason, KeyUsageHistory, ReservedKeys
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import OCSP_SIGNER
from pki_manager.storage.storage import SqlStorage
from pki_manager.storage.unit_of_work import SqlUnitOfWork
from tests.contract.storage.values import (
    ACTOR,
    EVENT,
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

KEY_COMPROMISE, CERTIFICATE_HOLD = RevocationReason.KEY_COMPROMISE, RevocationReason.CERTIFICATE_HOLD

KEY = digest("a key")


def blocked(number: int = 1, key: bytes = KEY, **changes: object) -> BlockedKey:
    base = BlockedKey(
        id=new_id(number),
        spki_sha256=key,
        reason=BlockReason.OPERATOR,
        comment="seen in a repository",
        blocked_by="local:alice",
        blocked_at=START,
        certificate_id=None,
    )
    return replace(base, **changes)


def test_a_key_that_nobody_knows_has_no_standing(storage: SqlStorage) -> None:
    with storage.read() as reader:
        assert reader.known_keys.get_usage_history(KEY) == KeyUsageHistory()
        assert reader.known_keys.find_blocked(KEY) is None


def keep(uow: SqlUnitOfWork, *made: Certificate) -> None:
    for one in made:
        uow.certificates.add(one)
    uow.record(EVENT)


def certificates(house: Hierarchy, *owners: str) -> list[Certificate]:
    """One with KEY for each owner."""
    return [
        replace(make_certificate(house, new_id(100 + n), serial=n), spki_sha256=KEY, owner_id=owner)
        for n, owner in enumerate(owners, 1)
    ]


@pytest.fixture
def house(storage: SqlStorage) -> Hierarchy:
    made = hierarchy()
    with storage.begin(ACTOR) as uow:
        uow.cas.add(made.ca)
        uow.issuer_keys.add(made.key)
        uow.record(EVENT)
    return made


def test_the_standing_says_whose_key_it_is(storage: SqlStorage, house: Hierarchy) -> None:
    first, *others = certificates(house, "token:b", "token:a", "token:c", OCSP_SIGNER.id)
    with storage.begin(ACTOR) as uow:
        keep(uow, first)
    with storage.read() as reader:
        assert reader.known_keys.get_usage_history(KEY) == KeyUsageHistory(owners=frozenset({"token:b"}))
    with storage.begin(ACTOR) as uow:
        keep(uow, *others)
    with storage.read() as reader:
        standing = reader.known_keys.get_usage_history(KEY)
        assert standing.is_an_ocsp_signers
        assert not standing.is_a_cas
        assert len(standing.owners) == 2
        assert reader.known_keys.get_usage_history(hashlib.sha256(house.key.spki_der).digest()).is_a_cas


def test_the_keys_that_are_reserved_are_told_and_a_new_one_raises_the_revision(
    storage: SqlStorage, house: Hierarchy
) -> None:
    def read() -> tuple[ReservedKeys, int]:
        with storage.read() as reader:
            return reader.known_keys.get_reserved(), reader.meta.get_directory_revision()

    authorities = frozenset({hashlib.sha256(house.key.spki_der).digest()})
    reserved, revision = read()
    assert reserved == ReservedKeys(authorities=authorities, ocsp_signers=frozenset(), any_blocked=False)
    (signer,) = certificates(house, OCSP_SIGNER.id)
    with storage.begin(ACTOR) as uow:
        keep(uow, replace(signer, requested_by=OCSP_SIGNER.id))
    reserved, after = read()
    assert (reserved.ocsp_signers, after) == (frozenset({KEY}), revision + 1)
    with storage.begin(ACTOR) as uow:
        uow.known_keys.block(blocked())
        uow.record(EVENT)
    assert read()[0].any_blocked


def test_a_block_comes_is_listed_and_goes_and_its_record_stays(storage: SqlStorage) -> None:
    with storage.begin(ACTOR) as uow:
        assert uow.known_keys.block(blocked())
        assert not uow.known_keys.block(blocked(2))
        uow.known_keys.block(blocked(3, digest("another")))
        uow.record(EVENT)
    with storage.read() as reader:
        assert reader.known_keys.find_blocked(KEY) == blocked()
        assert reader.known_keys.get_usage_history(KEY).blocked
        page = reader.known_keys.page(None, 1)
        assert [key.id for key in page.items] == [new_id(3)]
        assert [key.id for key in reader.known_keys.page(page.next_cursor, 10).items] == [new_id(1)]
    with storage.begin(ACTOR) as uow:
        uow.known_keys.unblock(KEY, START + YEAR)
        uow.record(EVENT)
    with storage.read() as reader:
        assert reader.known_keys.get_usage_history(KEY) == KeyUsageHistory()
        assert reader.known_keys.get_blocked(new_id(1)).unblocked_at == START + YEAR
        assert len(reader.known_keys.page(None, 10).items) == 1
    with storage.begin(ACTOR) as uow:
        with pytest.raises(NotFound, match=r"Blocked key .* not found"):
            uow.known_keys.unblock(KEY, START)
        assert uow.known_keys.block(blocked(4))
        uow.record(EVENT)


def test_a_compromise_takes_the_place_of_an_operators_word(storage: SqlStorage, house: Hierarchy) -> None:
    (certificate,) = certificates(house, "token:a")
    compromised = blocked(2, reason=BlockReason.COMPROMISED, certificate_id=certificate.id)
    with storage.begin(ACTOR) as uow:
        keep(uow, certificate)
        uow.known_keys.block(blocked())
        assert not uow.known_keys.block(compromised)
        found = uow.known_keys.find_blocked(KEY)
    assert found is not None
    assert (found.id, found.reason, found.certificate_id) == (new_id(1), compromised.reason, certificate.id)


def test_certificates_left_to_revoke_are_neither_revoked_nor_expired(storage: SqlStorage, house: Hierarchy) -> None:
    made = certificates(house, "a", "b", "c", "d")
    made[3] = replace(made[3], validity=Validity(START, START))
    with storage.begin(ACTOR) as uow:
        keep(uow, *made)
        for one, reason in ((made[0], KEY_COMPROMISE), (made[1], CERTIFICATE_HOLD)):
            revoke(uow, make_revocation(house, one.serial, certificate_id=one.id, reason=reason))
    with storage.read() as reader:
        now = START + timedelta(seconds=1)
        assert set(reader.known_keys.list_unrevoked(KEY, now, 10)) == {made[1].id, made[2].id}
        assert len(reader.known_keys.list_unrevoked(KEY, now, 1)) == 1


def test_a_record_that_is_not_there_is_not_found(storage: SqlStorage) -> None:
    with storage.read() as reader:
        with pytest.raises(NotFound, match=r"Blocked key .* not found"):
            reader.known_keys.get_blocked(new_id(9))
        with pytest.raises(InvalidInput, match="cursor: is not a cursor of this list"):
            reader.known_keys.page("nonsense", 10)
