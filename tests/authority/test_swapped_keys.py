"""CAs whose keys lie in two backends that were mixed up: keys exchanged, or another key under the same id."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from pki_manager.authority.cas.create_ca import CreateCa, create_ca
from pki_manager.authority.cas.views import show_ca
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status.publish_crl import publish
from pki_manager.domain.algorithms import KEY_TYPES
from pki_manager.domain.ca import CaState, IssuerKey
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.enrollment import EnrollmentState
from pki_manager.domain.errors import Fault
from pki_manager.domain.events.cas import CaRequestIntended
from pki_manager.storage.tables.pki import issuer_keys
from tests.fakes.signer import FakeSigner, FakeSigners
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN, with_ports

P256 = KEY_TYPES["ECDSA-P256"]


@dataclass(frozen=True)
class House:
    """An installation with two more backends, and in each the key of the CA of that name."""

    ctx: Context
    one: FakeSigner
    two: FakeSigner

    def key(self, ca: str) -> IssuerKey:
        return show_ca(self.ctx, ADMIN, ca).keys[0].key

    def issue(self, ca: str) -> Certificate:
        wish = Enroll(ca=ca, profile="tls-server", csr=make_csr("www.example.com"))
        return enroll(self.ctx, ADMIN, wish)[0]

    def issued(self) -> int:
        with self.ctx.ports.storage.read() as reader:
            return reader.enrollments.count_by_state()[EnrollmentState.ISSUED]


@pytest.fixture
def house(ctx: Context) -> House:
    one, two = FakeSigner("one"), FakeSigner("two")
    signers = FakeSigners(ctx.ports.signers.get("embedded"), one, two)
    house = House(with_ports(ctx, signers=signers), one, two)
    for name in ("one", "two"):
        wish = CreateCa(name=name, subject=f"CN={name}", key_type=P256.name, parent="Root CA", backend=name)
        create_ca(house.ctx, ADMIN, wish)
        house.issue(name)
    return house


def exchanged(house: House) -> None:
    """Each backend has the other one's key, under the id of its own."""
    first, second = house.key("one").backend_key_id, house.key("two").backend_key_id
    here, there = house.one._keys, house.two._keys
    here[first], there[second] = there[second], here[first]


def recorded_elsewhere(house: House) -> None:
    """Each key has a namesake in the other backend, and that is where it is looked for."""
    keys = {"two": house.key("one"), "one": house.key("two")}
    for backend, key in keys.items():
        getattr(house, backend).generate(P256, key.backend_key_id)
        with house.ctx.ports.storage.begin(ADMIN) as uow:
            change = sa.update(issuer_keys).where(issuer_keys.c.id == key.id).values(backend=backend)
            vars(uow.issuer_keys)["_transaction"].execute(change)  # no use case moves a key
            uow.record(CaRequestIntended(object_id=str(key.ca_id), key_id=str(key.id)))  # nothing changes unrecorded


@pytest.mark.parametrize("mix_up", [exchanged, recorded_elsewhere], ids=lambda mix_up: mix_up.__name__)
def test_kms_02_keys_that_were_mixed_up_between_two_backends_sign_nothing_that_is_used(
    house: House, mix_up: Callable[[House], None]
) -> None:
    mix_up(house)
    before = house.issued()
    for ca in ("one", "two"):
        with pytest.raises(Fault, match="does not verify with the key"):
            publish(house.ctx, ADMIN, house.key(ca).id)
        with pytest.raises(Fault, match="does not verify with the key"):
            house.issue(ca)
        assert show_ca(house.ctx, ADMIN, ca).state is CaState.SUSPENDED
    assert house.issued() == before
    assert house.issue("Issuing CA").subject
