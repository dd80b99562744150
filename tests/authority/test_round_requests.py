"""Several requests in one round: what each of its steps logs is told of the request that it was done for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from pki_manager.authority.certificates.enroll import Enroll
from pki_manager.authority.certificates.enroll_batch import EnrollCall, _order
from pki_manager.authority.certificates.issue import issue_batch
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.signing.issuance import IssueOrder
from pki_manager.domain.algorithms import KeyType, SignatureAlgorithm
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.current_request import CURRENT_REQUEST, set_current_request
from pki_manager.ports.signer import KeyRef, Signer, SigningOrder
from pki_manager.ports.unit_of_work import Claim
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN, with_ports

COUNT = 3


class Watching:
    """The real backends, signing elsewhere as far as anybody is told; it keeps for which request each signature was."""

    def __init__(self, real: Context, *, batches: bool) -> None:
        self._real = real.ports.signers
        self._batches = batches
        self.seen: list[str | None] = []

    def get(self, name: str) -> Signer:
        outer, real = self, self._real.get(name)

        class Wrapped:
            name = real.name

            def sign(self, ref: KeyRef, data: bytes, algorithm: SignatureAlgorithm, operation_id: str) -> bytes:
                outer.seen.append(CURRENT_REQUEST.get())
                return real.sign(ref, data, algorithm, operation_id)

            def sign_batch(self, orders: Sequence[SigningOrder]) -> list[bytes]:
                outer.seen.extend(one.request_id for one in orders)
                return [real.sign(one.ref, one.data, one.algorithm, one.operation_id) for one in orders]

        return Wrapped()

    def is_remote(self, name: str) -> bool:
        return True

    def find_batching(self, name: str, key_type: KeyType) -> Signer | None:
        return self.get(name) if self._batches else None


@pytest.mark.parametrize("batches", [True, False], ids=["in one exchange", "each in a thread"])
def test_a_signature_of_a_round_is_told_of_the_request_that_it_is_for(ctx: Context, *, batches: bool) -> None:
    """Not of the one whose thread does the work."""
    watching = Watching(ctx, batches=batches)
    ctx = with_ports(ctx, signers=watching)
    orders = [order_of(ctx, number) for number in range(COUNT)]
    with set_current_request("leader"):
        outcomes = issue_batch(ctx, orders)
        assert CURRENT_REQUEST.get() == "leader"
    assert all(isinstance(one, Certificate) for one in outcomes)
    assert sorted(map(str, watching.seen)) == [f"request-{number}" for number in range(COUNT)]


def order_of(ctx: Context, number: int) -> IssueOrder:
    actor = replace(ADMIN, request_id=f"request-{number}")
    wish = Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr(f"www{number}.example.com"))
    order = _order(ctx, EnrollCall(actor, wish, Claim("issue", str(number), bytes(32))))
    assert order is not None
    return order
