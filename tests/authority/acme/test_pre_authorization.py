"""ACME accounts of a pre-authorized EAB key: names inside its limits need no validation."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from pki_manager.authority.acme.finalize import finalize
from pki_manager.authority.acme.orders import OrderView
from pki_manager.authority.acme.revoke import revoke_by_account
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.scope_request import ScopeRequest
from pki_manager.authority.rights.tokens import revoke_token
from pki_manager.domain.acme.orders import AuthorizationState, OrderState
from pki_manager.domain.acme.proof import CaaRecord
from pki_manager.domain.duration import Duration
from pki_manager.domain.enrollment import EnrollmentState
from pki_manager.domain.errors import Forbidden, InvalidInput, PolicyRefused, Unauthenticated
from pki_manager.domain.rights.actor import EnrollmentProtocol, Role
from pki_manager.ports.audit_trail import AuditFilter
from tests.authority.acme.finalizing import certificates, finish
from tests.fakes.clock import FrozenClock
from tests.fakes.validation import FakeValidation
from tests.support.acme import acme_account, eab_key
from tests.support.acme_accounts import look_up
from tests.support.acme_clients import Client, approved, make_client
from tests.support.acme_csrs import csr
from tests.support.enrolling import credential
from tests.support.factories import ADMIN, with_ports
from tests.support.issuing import actions, issue_one

LIMITS = ScopeRequest(names=("DNS:example.com", "IP:192.0.2.0/24"))
NAMES = ("a.example.com", "b.example.com")
HOUR = Duration.parse("PT1H")


def trusted(ctx: Context, number: int = 5000, role: Role = Role.REGISTRATION_AUTHORITY) -> Client:
    key = eab_key(ctx, role=role, lifetime=HOUR, scope=LIMITS, pre_authorized=True)
    return Client(ctx, look_up(ctx, acme_account(ctx, key, number).id).account, key)


@pytest.fixture
def client(ctx: Context) -> Client:
    return trusted(ctx)


def test_an_order_is_ready_at_once_and_the_reason_is_recorded(client: Client, ctx: Context) -> None:
    view = client.order(*NAMES, "*.a.example.com", "ip:192.0.2.7")
    assert view.state is OrderState.READY
    assert client.show(view).authorizations == view.authorizations
    assert all(one.pre_authorized and one.validated_at is None for one in view.authorizations)
    with ctx.ports.storage.read() as reader:
        assert not any(reader.acme.authorizations.list_challenges(one.id) for one in view.authorizations)
        bodies = [json.loads(one.body) for one in reader.audit.page(AuditFilter(), None, 50).items]
    events = {
        one["object"]["id"]: one["details"] for one in bodies if one["action"] == "acme_authorization.pre_authorized"
    }
    assert events == {
        str(one.id): {
            "identifier": str(one.identifier), "account": str(client.account.id), "token": str(client.token.id)
        }
        for one in view.authorizations
    }  # fmt: skip


def test_names_within_the_limits_get_a_certificate_without_validation(client: Client, ctx: Context) -> None:
    done = finish(client, client.order(*NAMES), csr(*NAMES))
    (made,) = certificates(ctx)
    assert (done.state, done.certificate_id) == (OrderState.VALID, made.id)


@pytest.mark.parametrize("name", ["www.example.org", "*.example.org", "ip:198.51.100.1", "badexample.com"])
def test_names_outside_the_limits_are_refused(client: Client, ctx: Context, name: str) -> None:
    with pytest.raises(Forbidden, match="certificate:issue"):
        client.order("a.example.com", name)
    assert "acme_authorization.pre_authorized" not in actions(ctx)


def test_pre_authorization_is_off_by_default(ctx: Context) -> None:
    view = make_client(ctx, scope=LIMITS).order(*NAMES)
    assert view.state is OrderState.PENDING
    assert {one.state for one in view.authorizations} == {AuthorizationState.PENDING}


def test_a_key_needs_limits_for_names_and_must_bind_its_accounts(ctx: Context) -> None:
    for scope in (ScopeRequest(), ScopeRequest(cas=("Issuing CA",)), ScopeRequest(names=())):
        with pytest.raises(InvalidInput, match="names"):
            eab_key(ctx, scope=scope, pre_authorized=True)
    with pytest.raises(InvalidInput, match="register without"):
        eab_key(ctx, scope=LIMITS, is_open=True, pre_authorized=True)
    for protocol in set(EnrollmentProtocol) - {EnrollmentProtocol.ACME}:
        with pytest.raises(InvalidInput, match="ACME only"):
            credential(ctx, protocol, pre_authorized=True)
    assert credential(ctx, EnrollmentProtocol.ACME, pre_authorized=True).view.credential.pre_authorized
    assert not credential(ctx, EnrollmentProtocol.ACME).view.credential.pre_authorized


@pytest.mark.parametrize("end", ["revoked", "expired"])
def test_the_key_is_read_again_in_the_transaction_that_issues(
    client: Client, ctx: Context, clock: FrozenClock, meanwhile: Callable[[Callable[[], object]], None], end: str
) -> None:
    view, actor = client.order(*NAMES), client.actor
    if end == "revoked":
        meanwhile(lambda: revoke_token(ctx, ADMIN, client.token.id))
    else:
        meanwhile(lambda: clock.advance(HOUR.after(clock.now()) - clock.now()))
    with pytest.raises(Unauthenticated, match="EAB key"):
        finalize(ctx, actor, client.account, view.order.id, csr(*NAMES))
    assert certificates(ctx) == ()


def test_a_key_that_was_revoked_while_the_request_waited_authorizes_nothing(ctx: Context) -> None:
    client = trusted(ctx, role=Role.REQUESTER)
    waiting = finish(client, client.order(*NAMES), csr(*NAMES))
    assert waiting.state is OrderState.PROCESSING
    revoke_token(ctx, ADMIN, client.token.id)
    assert approved(ctx, waiting) is EnrollmentState.REFUSED
    assert certificates(ctx) == ()


def test_a_request_that_waited_is_issued_while_the_key_is_valid(ctx: Context) -> None:
    client = trusted(ctx, role=Role.REQUESTER)
    waiting: OrderView = finish(client, client.order(*NAMES), csr(*NAMES))
    assert approved(ctx, waiting) is EnrollmentState.ISSUED


def test_pre_authorization_does_not_let_an_account_revoke_certificates_of_others(client: Client, ctx: Context) -> None:
    certificate = issue_one(ctx)
    client.order("www.example.com")
    with pytest.raises(Forbidden, match="has not validated all of its names"):
        revoke_by_account(ctx, client.actor, client.account, certificate.der, None)


@pytest.mark.parametrize(
    ("value", "is_permitted"),
    [("ca.example", True), ("other.example", False), ("ca.example; validationmethods=dns-01", False)],
)
def test_caa_is_checked_before_issuance(ctx: Context, value: str, is_permitted: bool) -> None:
    dns = FakeValidation()
    config = replace(ctx.config, acme_caa_identities=frozenset({"ca.example"}))
    client = trusted(with_ports(replace(ctx, config=config), validation=dns))
    dns.caas["a.example.com"] = [CaaRecord(domain="a.example.com", is_critical=False, tag="issue", value=value)]
    view = client.order("a.example.com")
    if is_permitted:
        assert finish(client, view, csr("a.example.com")).state is OrderState.VALID
    else:
        with pytest.raises(PolicyRefused, match="CAA"):
            finish(client, view, csr("a.example.com"))
