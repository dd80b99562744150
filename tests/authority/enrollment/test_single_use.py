"""A single-use credential at the same moment: what races it, and what is left of it after a failure."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from pki_manager.authority.enrollment.credentials import revoke_credential
from pki_manager.authority.enrollment.request_certificate import request_certificate
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import BackendUnavailable, PkiError, Unauthenticated
from pki_manager.domain.rights.actor import EnrollmentProtocol
from tests.support.enrolling import application, client_of, credential
from tests.support.factories import ADMIN, with_ports
from tests.support.issuing import Tampering, actions

CLIENTS = 6


def at_once(request: Callable[[int], Certificate]) -> list[Certificate | PkiError]:
    """Run `request` in several threads that begin together."""
    begin = Barrier(CLIENTS, timeout=30)

    def run(number: int) -> Certificate | PkiError:
        begin.wait()
        try:
            return request(number)
        except PkiError as error:
            return error

    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(run, range(CLIENTS)))


def test_of_several_enrollments_at_once_one_has_the_single_use_credential(ctx: Context) -> None:
    client = client_of(ctx, credential(ctx, EnrollmentProtocol.SCEP))
    outcomes = at_once(lambda number: request_certificate(ctx, client, application(), b"%d" % number))
    assert sum(isinstance(outcome, Certificate) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, Unauthenticated) for outcome in outcomes) == CLIENTS - 1
    assert actions(ctx).count("credential.used") == 1


def test_the_same_exchange_at_once_leads_to_one_certificate(ctx: Context) -> None:
    client = client_of(ctx, credential(ctx, EnrollmentProtocol.SCEP))
    before = actions(ctx).count("certificate.issued")
    outcomes = at_once(lambda _: request_certificate(ctx, client, application(), b"same"))
    issued = {outcome.id for outcome in outcomes if isinstance(outcome, Certificate)}
    assert len(issued) == 1
    assert actions(ctx).count("certificate.issued") == before + 1
    (certificate_id,) = issued
    assert request_certificate(ctx, client, application(), b"same").id == certificate_id


def test_a_signature_that_fails_leaves_the_credential_to_its_client(ctx: Context) -> None:
    client = client_of(ctx, credential(ctx, EnrollmentProtocol.SCEP))

    def fail(_: bytes) -> bytes:
        raise BackendUnavailable("Key backend 'embedded' is unavailable.")

    with pytest.raises(BackendUnavailable, match=r"Key backend .* is unavailable"):
        request_certificate(with_ports(ctx, signers=Tampering(ctx, fail)), client, application(), b"1")
    assert request_certificate(ctx, client, application(), b"2").subject
    with pytest.raises(Unauthenticated, match="The enrollment credential is not valid"):
        request_certificate(ctx, client, application(), b"3")


def test_a_credential_that_was_revoked_after_it_authenticated_enrolls_nothing(ctx: Context) -> None:
    issued = credential(ctx, EnrollmentProtocol.EST)
    client = client_of(ctx, issued)
    revoke_credential(ctx, ADMIN, issued.view.credential.token.id)
    with pytest.raises(Unauthenticated, match="The enrollment credential is not valid"):
        request_certificate(ctx, client, application(), b"1")
