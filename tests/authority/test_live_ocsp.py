"""OCSP responses signed on demand: lint of one response stands for others of the same shape and second."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status import ocsp_signer, sign_on_demand
from pki_manager.authority.status.revoke import revoke
from pki_manager.authority.status.sign_on_demand import LiveAnswers
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.revocation import RevocationReason
from pki_manager.x509.ocsp.facts import read_response_facts
from tests.fakes.clock import FrozenClock
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN
from tests.support.ocsp_requests import key_of, request_for


@pytest.fixture
def leaf(ctx: Context) -> Certificate:
    return enroll(ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("www.example.com")))[0]


def test_live_answers_of_one_shape_and_second_are_linted_once(
    ctx: Context, leaf: Certificate, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    linted: list[bytes] = []
    monkeypatch.setattr(sign_on_demand, "make_ocsp_lint", lambda *_: lambda data: linted.append(data) or ())
    key, live = key_of(ctx), LiveAnswers(ctx)
    ocsp_signer.ensure(ctx, key.id)

    def ask(*nonces: bytes, serial: int = leaf.serial) -> int:
        """How many of the answers are linted."""
        before = len(linted)
        answers = live.answer_together([request_for(key, serial, nonce=nonce) for nonce in nonces])
        facts = [read_response_facts(answer) for answer in answers if isinstance(answer, bytes)]
        assert [one.nonce for one in facts] == list(nonces)
        assert all(one.produced_at == clock.now().replace(microsecond=0) for one in facts)
        return len(linted) - before

    assert ask(b"a" * 16, b"b" * 16, b"c" * 16) == 1
    assert ask(b"d" * 16) == 0
    assert ask(b"e" * 17) == 1
    assert ask(b"f" * 16, serial=leaf.serial ^ 2) == 1  # of unknown status
    clock.advance(timedelta(seconds=1))
    assert ask(b"g" * 16) == 1
    revoke(ctx, ADMIN, leaf.id, RevocationReason.SUPERSEDED)
    assert ask(b"h" * 16) == 1
