"""What is told of a key's CRLs and OCSP answers: until when what is published holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pki_manager.authority.cas.keys import IssuerKeyView, list_keys, show_key
from pki_manager.authority.cas.rotate_ca import RotateCa, rotate_ca
from pki_manager.authority.cas.views import list_cas, show_ca
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.installation.dashboard import show_dashboard
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status import publish_crl, publish_ocsp
from pki_manager.domain.ca import KeyState
from pki_manager.storage.storage import SqlStorage
from tests.contract.storage.values import hierarchy, make_certificate, make_crl, new_id
from tests.fakes.clock import FrozenClock
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN
from tests.support.statements import selects

HALF_A_DAY = timedelta(hours=12)


def key_of(ctx: Context, ca: str = "Issuing CA") -> IssuerKeyView:
    (key,) = list_keys(ctx, ADMIN, ca, None, 10).items
    return key


def test_what_is_told_of_a_key_is_what_its_published_answers_say(ctx: Context, clock: FrozenClock) -> None:
    leaf, _ = enroll(ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("www.example.com")))
    publish_ocsp.refresh(ctx, ADMIN, everything=True)
    crl, _ = publish_crl.publish_now(ctx, ADMIN, "Issuing CA")
    told = key_of(ctx)
    answer = ctx.ports.published.find_response(leaf.issuer_key_id, leaf.serial, "sha1")
    assert answer is not None
    assert told.ocsp_next_update == answer.next_update
    assert told.crl_next_update == crl.next_update
    assert show_key(ctx, ADMIN, told.key.id).ocsp_next_update == answer.next_update
    clock.advance(HALF_A_DAY)
    publish_ocsp.refresh(ctx, ADMIN)
    assert key_of(ctx).ocsp_next_update == answer.next_update + HALF_A_DAY


def test_no_answer_is_said_to_outlive_its_signer(ctx: Context, clock: FrozenClock) -> None:
    publish_ocsp.refresh(ctx, ADMIN, everything=True)
    signer = key_of(ctx).ocsp_signer
    assert signer is not None
    clock.advance(signer.validity.not_after - clock.now() - timedelta(hours=1))
    # As when its renewal fails: the round is told of, the certificate is the old one.
    with ctx.ports.storage.housekeep() as uow:
        uow.meta.put(f"ocsp_round:{signer.issuer_key_id}", clock.now().isoformat())
    assert key_of(ctx).ocsp_next_update == signer.validity.not_after


def test_a_key_that_has_published_nothing_yet_holds_until_no_time(ctx: Context) -> None:
    rotate_ca(ctx, ADMIN, RotateCa(ca="Issuing CA"))
    keys = {key.key.state: key for key in list_keys(ctx, ADMIN, "Issuing CA", None, 10).items}
    assert keys[KeyState.CURRENT].crl_next_update is None
    assert keys[KeyState.CURRENT].ocsp_next_update is None


def test_a_list_tells_of_each_key_what_is_told_of_it_alone(ctx: Context, clock: FrozenClock) -> None:
    clock.advance(HALF_A_DAY)
    rotate_ca(ctx, ADMIN, RotateCa(ca="Issuing CA"))
    publish_ocsp.refresh(ctx, ADMIN, everything=True)
    clock.advance(HALF_A_DAY)
    publish_crl.publish_now(ctx, ADMIN, "Root CA")
    listed = list_keys(ctx, ADMIN, None, None, 10).items
    assert len({(one.ca.id, one.ocsp_signer, one.last_used, one.crl_next_update) for one in listed}) == 3
    alone = [replace(show_key(ctx, ADMIN, one.key.id), use=None, dependants=()) for one in listed]
    assert list(listed) == alone
    cas = list_cas(ctx, ADMIN, None, 10).items
    assert list(cas) == [show_ca(ctx, ADMIN, one.ca.name) for one in cas]
    assert [len(one.keys) for one in cas] == [1, 2]


def fill(storage: SqlStorage, numbers: range) -> None:
    """CAs with a key, its certificate, that of its OCSP signer, and a CRL each; signed by nobody."""
    with storage.housekeep() as uow:
        for number in numbers:
            one = hierarchy(number)
            own, signer = new_id(number * 1_000_000 + 500), new_id(number * 1_000_000 + 501)
            uow.cas.add(one.ca)
            uow.issuer_keys.add(one.key)
            uow.certificates.add(make_certificate(one, own, serial=1, subject_key_id=one.key.id))
            signed = make_certificate(one, signer, serial=2, profile="ocsp-responder", requested_by="system:ocsp")
            uow.certificates.add(signed)
            uow.crls.add(replace(make_crl(one, number), id=new_id(number * 1_000_000 + 502)))


@pytest.mark.parametrize("ask", [list_keys, list_cas, show_dashboard], ids=lambda ask: ask.__name__)
def test_many_keys_take_as_many_statements_as_few(ctx: Context, storage: SqlStorage, ask) -> None:
    def count() -> int:
        page = {list_keys: (None, None, 200), list_cas: (None, 200)}.get(ask, ())
        with selects(storage._engine) as asked:
            ask(ctx, ADMIN, *page)
        return len(asked)

    fill(storage, range(1, 3))
    few = count()
    fill(storage, range(3, 21))
    assert 0 < count() == few
