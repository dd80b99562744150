"""Several enrollments at once."""

from __future__ import annotations

from pki_manager.authority.certificates.enroll import Enroll
from pki_manager.authority.certificates.enroll_batch import EnrollCall, enroll_here
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.rights.actor import Actor
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN
from tests.support.memory.events import POWERLESS, recorded_actions


def call(name: str, actor: Actor = ADMIN) -> EnrollCall:
    return EnrollCall(actor, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr(name)))


def test_a_batch_issues_what_it_can_and_leaves_the_rest_to_enroll(ctx: Context) -> None:
    calls = [call("a.example.com"), call("b.example.com", POWERLESS), call("c.example.com")]
    first, refused, last = enroll_here(ctx, calls)
    assert recorded_actions(ctx)[-2:] == ["certificate.issued"] * 2
    assert isinstance(first, Certificate)
    assert isinstance(last, Certificate)
    assert refused is None
    assert [san.value for one in (first, last) for san in one.sans] == ["a.example.com", "c.example.com"]
