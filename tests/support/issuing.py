"""Issuing one certificate, for tests of the steps."""

from __future__ import annotations

from collections.abc import Callable

from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.algorithms import KeyType, SignatureAlgorithm
from pki_manager.domain.certificate import Certificate
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.ports.signer import KeyRef, Signer
from pki_manager.ports.unit_of_work import Claim
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN

REQUEST = Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("www.example.com"))


class Tampering:
    """The real key backends, with a hook around every signature."""

    def __init__(self, real: Context, before: Callable[[bytes], bytes]) -> None:
        self._real = real.ports.signers
        self._before = before
        self.calls = 0

    def get(self, name: str) -> Signer:
        outer, real = self, self._real.get(name)

        class Wrapped:
            name = real.name
            generate, get_public_key, destroy, describe = (
                real.generate,
                real.get_public_key,
                real.destroy,
                real.describe,
            )

            def sign(self, ref: KeyRef, data: bytes, algorithm: SignatureAlgorithm, operation_id: str) -> bytes:
                outer.calls += 1
                return real.sign(ref, outer._before(data), algorithm, operation_id)

        return Wrapped()

    def is_remote(self, name: str) -> bool:
        return self._real.is_remote(name)

    def find_batching(self, name: str, key_type: KeyType) -> None:
        return None

    def describe(self):
        return self._real.describe()


def actions(ctx: Context) -> list[str]:
    """Return the audit events, newest first."""
    with ctx.ports.storage.read() as reader:
        page = reader.audit.page(AuditFilter(), None, 200)
    return [event.body.decode().split('"action":"')[1].split('"')[0] for event in page.items]


def issue_one(ctx: Context, request: Enroll = REQUEST, claim: Claim | None = None) -> Certificate:
    return enroll(ctx, ADMIN, request, claim)[0]
