"""What is told of a key's CRLs and OCSP answers: until when what is published holds."""

from __future__ import annotations

from datetime import timedelta

from pki_manager.authority import publish_crl, publish_status
from pki_manager.authority.context import Authority
from pki_manager.authority.enrol import Enrol, enrol
from pki_manager.authority.keys import IssuerKeyView, list_keys, show_key
from pki_manager.authority.rotate_ca import RotateCa, rotate_ca
from pki_manager.domain.authority import KeyState
from tests.csrs import make_csr
from tests.factories import ADMIN
from tests.fakes.clock import FrozenClock

HALF_A_DAY = timedelta(hours=12)


def key_of(authority: Authority, ca: str = "Issuing CA") -> IssuerKeyView:
    (key,) = list_keys(authority, ADMIN, ca, None, 10).items
    return key


def test_what_is_told_of_a_key_is_what_its_published_answers_say(authority: Authority, clock: FrozenClock) -> None:
    leaf, _ = enrol(authority, ADMIN, Enrol(ca="Issuing CA", profile="tls-server", csr=make_csr("www.example.com")))
    publish_status.refresh(authority, ADMIN, everything=True)
    crl, _ = publish_crl.publish_now(authority, ADMIN, "Issuing CA")
    told = key_of(authority)
    answer = authority.published.response(leaf.issuer_key_id, leaf.serial, "sha1")
    assert answer is not None
    assert told.ocsp_next_update == answer.next_update
    assert told.crl_next_update == crl.next_update
    assert show_key(authority, ADMIN, told.key.id).ocsp_next_update == answer.next_update
    clock.advance(HALF_A_DAY)
    publish_status.refresh(authority, ADMIN)
    assert key_of(authority).ocsp_next_update == answer.next_update + HALF_A_DAY


def test_no_answer_is_said_to_outlive_its_signer(authority: Authority, clock: FrozenClock) -> None:
    publish_status.refresh(authority, ADMIN, everything=True)
    signer = key_of(authority).ocsp_signer
    assert signer is not None
    clock.advance(signer.validity.not_after - clock.now() - timedelta(hours=1))
    # As when its renewal fails: the round is told of, the certificate is the old one.
    with authority.storage.housekeep() as uow:
        uow.meta.put(f"ocsp_round:{signer.issuer_key_id}", clock.now().isoformat())
    assert key_of(authority).ocsp_next_update == signer.validity.not_after


def test_a_key_that_has_published_nothing_yet_holds_until_no_time(authority: Authority) -> None:
    rotate_ca(authority, ADMIN, RotateCa(ca="Issuing CA"))
    keys = {key.key.state: key for key in list_keys(authority, ADMIN, "Issuing CA", None, 10).items}
    assert keys[KeyState.CURRENT].crl_next_update is None
    assert keys[KeyState.CURRENT].ocsp_next_update is None
