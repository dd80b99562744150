"""Challenges that are answered, and what has become of them when somebody has looked."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256
from ipaddress import ip_network
from typing import Any

from pki_manager.authority.acme.authorizations import get_authorization, respond_to_challenge
from pki_manager.authority.acme.validate import validate
from pki_manager.domain.acme.orders import AuthorizationState, Challenge, ChallengeKind, ChallengeState
from pki_manager.domain.rights.actor import build_system_actor
from pki_manager.outbound.validation import NetworkValidation, ValidationOptions
from pki_manager.policy import acme as policy
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.ports.validation import Validation
from pki_manager.system import SystemClock
from tests.services.dns import DnsServer
from tests.support.acme_clients import Client
from tests.support.factories import with_ports

VALIDATOR = build_system_actor("validator")


def with_validation(client: Client, validation: Validation, *, identities: Iterable[str] = ()) -> Client:
    """The same one, of an authority that looks there; `identities` are those of CAA."""
    config = replace(client.ctx.config, acme_caa_identities=frozenset(identities))
    return replace(client, ctx=with_ports(replace(client.ctx, config=config), validation=validation))


def real(client: Client, names: DnsServer, *, http: int = 80, tls: int = 443) -> Client:
    """Of an authority that looks at servers of the loopback."""
    options = ValidationOptions(
        networks=(ip_network("127.0.0.0/8"),), http_port=http, tls_port=tls, dns_servers=(names.server,)
    )
    return with_validation(client, NetworkValidation(options, clock=SystemClock()))


def answered(client: Client, name: str, kind: ChallengeKind) -> Challenge:
    """Of a new order for that name."""
    (one,) = client.order(name).authorizations
    view = get_authorization(client.ctx, client.account, one.id)
    challenge = next(each for each in view.challenges if each.kind is kind)
    return respond_to_challenge(client.ctx, client.actor, client.account, challenge.id)


def expected(client: Client, challenge: Challenge) -> str:
    """The key authorization."""
    return policy.build_key_authorization(challenge.token, client.account.thumbprint)


def digest(client: Client, challenge: Challenge) -> bytes:
    return sha256(expected(client, challenge).encode()).digest()


def look(client: Client, challenge: Challenge, *, is_last: bool = True) -> str:
    """`valid`, or the kind of problem that made it and its authorization invalid."""
    validate(client.ctx, VALIDATOR, challenge.id, is_last=is_last)
    found, state = shown(client, challenge)
    if found.problem is None:
        assert (found.state, state) == (ChallengeState.VALID, AuthorizationState.VALID)
        return "valid"
    assert (found.state, state) == (ChallengeState.INVALID, AuthorizationState.INVALID)
    return found.problem.kind


def shown(client: Client, challenge: Challenge) -> tuple[Challenge, AuthorizationState]:
    view = get_authorization(client.ctx, client.account, challenge.authorization_id)
    return next(each for each in view.challenges if each.id == challenge.id), view.state


def events(client: Client) -> list[dict[str, Any]]:
    """Those of validations, newest first."""
    with client.ctx.ports.storage.read() as reader:
        page = reader.audit.page(AuditFilter(action="acme_challenge.validated"), None, 200)
    return [json.loads(event.body) for event in page.items]
