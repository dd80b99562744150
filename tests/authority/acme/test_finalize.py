"""From an order that is ready to its one certificate, and whatever must not become one."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from pki_manager.authority.acme import finalize as module
from pki_manager.authority.acme.authorizations import LIFETIME, deactivate_authorization
from pki_manager.authority.acme.finalize import finalize, get_certificate_chains
from pki_manager.authority.acme.order_status import require_ready
from pki_manager.authority.certificates import draft, profiles
from pki_manager.authority.certificates import issue as issue_module
from pki_manager.authority.certificates.reconcile import reconcile_overdue
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.acme.orders import OrderState
from pki_manager.domain.errors import (
    BackendUnavailable,
    Conflict,
    InvalidInput,
    LintRefused,
    Malformed,
    PolicyRefused,
    Unauthenticated,
)
from pki_manager.domain.names import AlternativeName, NameAttribute, NameKind
from pki_manager.domain.profiles.codec import to_dict
from pki_manager.domain.profiles.terms import SanRule
from pki_manager.domain.rights.actor import build_system_actor
from pki_manager.policy.builtin_profiles import TLS_MUTUAL, TLS_SERVER
from pki_manager.ports.unit_of_work import Reader, UnitOfWork
from pki_manager.x509 import pem
from pki_manager.x509.lint.finding import Finding, Severity
from tests.authority.acme.finalizing import certificates, finish, revoke_account
from tests.conftest import OpenStorage
from tests.fakes.clock import FrozenClock
from tests.support.acme_clients import VALIDITY, Client, request_of
from tests.support.acme_csrs import csr, rsa_csr
from tests.support.factories import ADMIN, make_authority, with_ports
from tests.support.issuing import Tampering, actions

NAMES = ("a.example.com", "b.example.com")


def test_a_ready_order_becomes_a_certificate_for_its_names(client: Client, ctx: Context) -> None:
    ready = client.ready(*NAMES, "ip:192.0.2.1")
    done = finish(client, ready, csr("ip:192.0.2.1", "B.EXAMPLE.COM", NAMES[0], common_names=("a.example.com",)))
    (made,) = certificates(ctx)
    assert (done.state, done.certificate_id) == (OrderState.VALID, made.id)
    assert [str(name) for name in made.sans] == ["DNS:a.example.com", "DNS:b.example.com", "IP:192.0.2.1"]
    assert made.requested_by == f"token:{client.token.id}"
    assert actions(ctx)[:3] == ["certificate.issued", "certificate.issue_intended", "acme_order.finalized"]
    blocks = pem.read_many(
        get_certificate_chains(ctx, client.account, ready.order.id).chains[0], pem.CERTIFICATE, "chain"
    )
    with ctx.ports.storage.read() as reader:
        (issuing,) = reader.certificates.list_by_subject_key(made.issuer_key_id)
    assert blocks == (made.der, issuing.der)


@pytest.mark.parametrize("names", [("a.example.com",), ()], ids=["in both", "as common name"])
def test_a_name_may_stand_in_the_subject_alone(client: Client, ctx: Context, names: tuple[str, ...]) -> None:
    finish(client, client.ready("a.example.com"), csr(*names, common_names=("A.example.com",)))
    assert [str(name) for name in certificates(ctx)[0].sans] == ["DNS:a.example.com"]


CLAIMS = (
    (NameOID.COUNTRY_NAME, "US"),
    (NameOID.STATE_OR_PROVINCE_NAME, "Somewhere"),
    (NameOID.LOCALITY_NAME, "Town"),
    (NameOID.ORGANIZATION_NAME, "system:masters"),
    (NameOID.ORGANIZATIONAL_UNIT_NAME, "Domain Admins"),
    (NameOID.SERIAL_NUMBER, "1"),
    (NameOID.USER_ID, "root"),
    (NameOID.GIVEN_NAME, "Root"),
    (NameOID.SURNAME, "Root"),
    (NameOID.TITLE, "Chief"),
    (NameOID.PSEUDONYM, "root"),
    (NameOID.DOMAIN_COMPONENT, "corp"),
    (NameOID.STREET_ADDRESS, "1 Road"),
    (NameOID.DN_QUALIFIER, "1"),
    (x509.ObjectIdentifier("1.2.3.4"), "admin"),
)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: str(claim[0].dotted_string))
@pytest.mark.parametrize("common_names", [("A.example.com",), ()], ids=["common name", "no common name"])
def test_nam_11_of_a_subject_the_certificate_has_a_proved_name_at_most(
    client: Client, ctx: Context, common_names: tuple[str, ...], claim: tuple[x509.ObjectIdentifier, str]
) -> None:
    finish(client, client.ready("a.example.com"), csr("a.example.com", common_names=common_names, claims=(claim,)))
    assert certificates(ctx)[0].subject == ("CN=a.example.com" if common_names else "")


def test_nam_12_an_account_gets_the_fixed_attributes_of_the_profile_and_no_identity_of_its_own(
    client: Client, ctx: Context
) -> None:
    """The profile of a careful operator for nodes: names are limited, the purpose is to sign in as a client."""
    nodes = replace(
        TLS_MUTUAL,
        name="nodes",
        sans=SanRule(kinds=(NameKind.DNS,), permitted=(AlternativeName(NameKind.DNS, "example.com"),)),
        subject=replace(TLS_MUTUAL.subject, attributes=("CN", "O", "UID"), fixed=(NameAttribute("OU", "Nodes"),)),
    )
    profiles.create(ctx, ADMIN, to_dict(nodes))
    ready = client.ready("a.example.com", profile="nodes")
    done = finish(client, ready, csr("a.example.com", common_names=("a.example.com",), claims=CLAIMS))
    assert (done.state, done.certificate_id is not None) == (OrderState.VALID, True)
    with ctx.ports.storage.read() as reader:
        assert reader.certificates.get(done.certificate_id).subject == "CN=a.example.com,OU=Nodes"


def test_an_order_by_a_profile_that_requires_what_acme_never_brings_is_refused_at_once(
    client: Client, ctx: Context
) -> None:
    rule = replace(TLS_SERVER.subject, required=("O",))
    profiles.create(ctx, ADMIN, to_dict(replace(TLS_SERVER, name="named", subject=rule)))
    with pytest.raises(PolicyRefused) as refused:
        client.order("a.example.com", profile="named")
    assert [error.rule for error in refused.value.errors] == ["subject.required"]


def refused_names(client: Client, ctx: Context, der: bytes, *ordered: str) -> str:
    ready = client.ready(*(ordered or NAMES))
    with pytest.raises(InvalidInput) as caught:
        finish(client, ready, der)
    assert [error.rule for error in caught.value.errors] == ["acme.csr_names"]
    assert client.show(ready).state is OrderState.READY
    assert certificates(ctx) == ()
    return caught.value.detail


def test_acm_01_a_name_that_was_not_ordered_is_refused(client: Client, ctx: Context) -> None:
    assert "c.example.com" in refused_names(client, ctx, csr(*NAMES, "c.example.com"))


def test_acm_01_not_in_the_subject_either(client: Client, ctx: Context) -> None:
    assert "c.example.com" in refused_names(client, ctx, csr(*NAMES, common_names=("c.example.com",)))


def test_acm_01_a_wildcard_stands_for_no_other_name(client: Client, ctx: Context) -> None:
    refused_names(client, ctx, csr("a.example.com"), "*.example.com")


def test_acm_02_a_name_that_is_missing_is_refused(client: Client, ctx: Context) -> None:
    assert "b.example.com is missing" in refused_names(client, ctx, csr(NAMES[0]))


def test_nam_11_an_email_address_in_the_subject_is_refused(client: Client, ctx: Context) -> None:
    told = refused_names(client, ctx, csr(*NAMES, common_names=NAMES[:1], email="root@example.com"))
    assert "root@example.com" in told


def test_nam_11_a_second_common_name_is_refused(client: Client, ctx: Context) -> None:
    refused_names(client, ctx, csr(*NAMES, common_names=NAMES))
    refused_names(client, ctx, csr(*NAMES, common_names=("a.example.com", "a.example.com")))


def test_nam_11_a_name_that_nobody_can_prove_is_refused(client: Client, ctx: Context) -> None:
    refused_names(client, ctx, csr(*NAMES, "email:root@example.com"))


def test_a_request_that_is_no_der_is_malformed(client: Client) -> None:
    ready = client.ready("a.example.com")
    for bad in (b"", b"\x30\x00", pem.write("CERTIFICATE REQUEST", csr("a.example.com")).encode()):
        with pytest.raises(Malformed, match=r"csr: is not (Base64url-encoded DER|a certificate request|base64)"):
            finish(client, ready, bad)
    assert client.show(ready).state is OrderState.READY


def test_an_order_that_is_not_ready_is_not_finalized(client: Client, ctx: Context, clock: FrozenClock) -> None:
    pending, done = client.order(*NAMES), client.ready("a.example.com")
    finish(client, done, csr("a.example.com"))
    for one, names in ((pending, NAMES), (done, ("a.example.com",))):
        with pytest.raises(Conflict, match="not ready"):
            finish(client, one, csr(*names))
    ready = client.ready(*NAMES)
    clock.advance(LIFETIME)
    with pytest.raises(Conflict, match="is invalid, not ready"):
        finish(client, ready, csr(*NAMES))
    assert len(certificates(ctx)) == 1


def test_acm_19_twenty_finalizations_at_once_make_one_certificate(
    client: Client, ctx: Context, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    ready = client.ready(*NAMES)
    requests = [csr(*NAMES) for _ in range(20)]
    meanwhile(Barrier(len(requests)).wait)
    actor, begun = client.actor, actions(ctx).count("certificate.issue_intended")
    with ThreadPoolExecutor(len(requests)) as pool:
        came = list(
            pool.map(lambda der: finalize(ctx, actor, client.account, ready.order.id, der), requests),
        )
    (made,) = certificates(ctx)
    assert client.show(ready).certificate_id == made.id
    assert {view.order.enrolment_id for view in came} == {client.show(ready).order.enrolment_id}
    assert actions(ctx).count("acme_order.finalized") == 1
    assert actions(ctx).count("certificate.issue_intended") == begun + 1


def test_acm_19_two_processes_at_once_make_one_certificate(
    client: Client,
    ctx: Context,
    tmp_path: Path,
    open_storage: OpenStorage,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both have seen the order ready in the very units that are to begin its certificate, where the engine lets two."""
    second = make_authority(tmp_path, open_storage(chain="host/worker-2"), clock, node="host/worker-2")
    both = Barrier(2)

    def together(reader: Reader | UnitOfWork, *rest: Any) -> None:
        require_ready(reader, *rest)
        if hasattr(reader, "record"):
            with suppress(BrokenBarrierError):
                both.wait(1)

    monkeypatch.setattr(module, "require_ready", together)
    ready, actor = client.ready(*NAMES), client.actor
    with ThreadPoolExecutor(2) as pool:
        came = list(
            pool.map(
                lambda by: finalize(by, actor, client.account, ready.order.id, csr(*NAMES)),
                (ctx, second),
            )
        )
    (made,) = certificates(ctx)
    assert {view.order.enrolment_id for view in came} == {request_of(client.show(ready))}
    assert client.show(ready).certificate_id == made.id


def test_a_name_that_is_given_up_meanwhile_gets_no_certificate(
    client: Client, ctx: Context, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    ready = client.ready(*NAMES)
    lost = ready.authorizations[1].id
    meanwhile(lambda: deactivate_authorization(ctx, client.actor, client.account, lost))
    with pytest.raises(Conflict, match=r"b.example.com is deactivated"):
        finish(client, ready, csr(*NAMES))
    assert certificates(ctx) == ()
    assert client.show(ready).order.enrolment_id is None


def test_a_name_whose_proof_ends_meanwhile_gets_no_certificate(
    client: Client, ctx: Context, clock: FrozenClock, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    client.ready("a.example.com")
    clock.advance(VALIDITY - timedelta(hours=2))
    ready = client.order("a.example.com")
    assert ready.state is OrderState.READY
    meanwhile(lambda: clock.advance(timedelta(hours=3)))
    with pytest.raises(Conflict, match=r"a.example.com is expired"):
        finish(client, ready, csr("a.example.com"))
    assert certificates(ctx) == ()


def test_an_account_that_is_revoked_meanwhile_gets_no_certificate(
    client: Client, ctx: Context, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    ready = client.ready(*NAMES)
    meanwhile(lambda: revoke_account(client))
    with pytest.raises(Unauthenticated, match="The account is not valid"):
        finish(client, ready, csr(*NAMES))
    assert certificates(ctx) == ()


def test_what_lint_refuses_leaves_the_order_ready_and_is_audited(
    client: Client, ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = client.ready(*NAMES)
    finding = Finding("test.rule", Severity.ERROR, "RFC 5280 §4", "would break it", "tbsCertificate")
    monkeypatch.setattr(draft, "make_certificate_lint", lambda *_: lambda _der: (finding,))
    with pytest.raises(LintRefused, match="would break it"):
        finish(client, ready, csr(*NAMES))
    assert client.show(ready).state is OrderState.READY
    assert actions(ctx)[0] == "certificate.issue_refused"


def test_an_order_whose_signature_fails_comes_to_nothing(client: Client, ctx: Context) -> None:
    def away(_data: bytes) -> bytes:
        raise BackendUnavailable("gone")

    ready, broken = client.ready(*NAMES), with_ports(ctx, signers=Tampering(ctx, away))
    with pytest.raises(BackendUnavailable, match="gone"):
        finalize(broken, client.actor, client.account, ready.order.id, csr(*NAMES))
    shown = client.show(ready)
    assert shown.state is OrderState.INVALID
    assert shown.problem is not None
    assert shown.problem.kind == "serverInternal"
    again = client.order(*NAMES)
    assert finish(client, again, csr(*NAMES)).state is OrderState.VALID


def test_an_order_whose_process_dies_half_way_is_processing_until_it_is_settled(
    client: Client, ctx: Context, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    ready = client.ready(*NAMES)
    with monkeypatch.context() as patched:
        patched.setattr(issue_module, "sign_intents", die)
        with pytest.raises(Killed):
            finish(client, ready, csr(*NAMES))
    assert client.show(ready).state is OrderState.PROCESSING
    with pytest.raises(Conflict, match="is processing"):
        finish(client, ready, csr(*NAMES))
    clock.advance(ctx.config.signing_deadline + timedelta(seconds=1))
    assert reconcile_overdue(ctx, build_system_actor("scheduler")) == 1
    (made,) = certificates(ctx)
    assert (client.show(ready).state, client.show(ready).certificate_id) == (OrderState.VALID, made.id)


def test_what_the_profile_does_not_allow_is_refused_as_for_everybody(client: Client, ctx: Context) -> None:
    ready = client.ready("a.example.com")
    weak = rsa_csr("a.example.com", 1024)
    with pytest.raises(PolicyRefused) as caught:
        finish(client, ready, weak)
    assert [error.rule for error in caught.value.errors] == ["key.known"]
    assert client.show(ready).state is OrderState.READY
