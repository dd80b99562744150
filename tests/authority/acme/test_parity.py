"""One decision, by whichever door: what REST's enrolment says of a request, ACME's finalization says too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count

import pytest

from pki_manager.authority.acme.finalize import finalize
from pki_manager.authority.cas.create_ca import CreateCa, create_ca
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.scope_request import ScopeRequest
from pki_manager.authority.requests.approval_rules import change_rules
from pki_manager.authority.requests.requests import SubmitRequest, submit_request
from pki_manager.domain.acme.orders import OrderState
from pki_manager.domain.errors import ApprovalNeeded, InvalidInput, PkiError, PolicyRefused
from pki_manager.domain.request import RequestedContents
from pki_manager.domain.rights.permission import Permission
from pki_manager.policy import access
from tests.support.acme_clients import Client, make_client
from tests.support.acme_csrs import csr, rsa_csr
from tests.support.factories import ADMIN

PROFILES = ("tls-server", "short-lived", "tls-client", "device", "ocsp-responder", "code-signing")

_NUMBERS = count()


@dataclass(frozen=True)
class Subject:
    """A name with a number in it, and how it is asked for."""

    name: str
    request: Callable[[str], bytes] = csr


SUBJECTS = {
    "fits": Subject("p{}.example.com"),
    "beside": Subject("p{}.badexample.com"),
    "wildcard": Subject("*.p{}.example.com"),
    "underscore": Subject("_p{}.example.com"),
    "address": Subject("ip:192.0.2.{}"),
    "common name": Subject("p{}.example.com", lambda name: csr(name, common_names=(name,))),
    "weak key": Subject("p{}.example.com", lambda name: rsa_csr(name, 1024)),
}
LIMITS: dict[str, tuple[str, ScopeRequest]] = {
    "whole": ("registration-authority", ScopeRequest()),
    "operator": ("ca-operator", ScopeRequest()),
    "requester": ("requester", ScopeRequest()),
    "other profile": ("registration-authority", ScopeRequest(profiles=("short-lived",))),
    "other names": ("registration-authority", ScopeRequest(names=("DNS:example.org",))),
    "these names": ("registration-authority", ScopeRequest(names=("DNS:example.com",))),
    "other CA": ("registration-authority", ScopeRequest(cas=("Other CA",))),
    "these names, asked for": ("requester", ScopeRequest(names=("DNS:example.com",))),
}


class Decision:
    """`said` is what came of it."""

    said = "yes"


@contextmanager
def deciding() -> Iterator[Decision]:
    made = Decision()
    try:
        yield made
    except ApprovalNeeded:
        made.said = "waits"
    except (InvalidInput, PolicyRefused):
        # A name that no certificate could have is no identifier: ACME has that word for it.
        made.said = "refused"
    except PkiError as error:
        made.said = error.code


def by_rest(client: Client, profile: str, name: str, der: bytes) -> str:
    """At once where the actor may at all, else through the queue."""
    ctx, actor = client.ctx, replace(client.actor, via="rest")
    with deciding() as decision:
        if access.is_allowed(actor, Permission.CERTIFICATE_ISSUE):
            enroll(ctx, actor, Enroll(ca="Issuing CA", profile=profile, csr=der))
        else:
            wish = SubmitRequest(requested=RequestedContents(), ca="Issuing CA", profile=profile, csr_der=der)
            asked, _ = submit_request(ctx, actor, wish)
            decision.said = "waits" if asked.approval is not None else "yes"
    return decision.said


def by_acme(client: Client, profile: str, name: str, der: bytes) -> str:
    with deciding() as decision:
        ready = client.ready(name, profile=profile)
        done = finalize(client.ctx, client.actor, client.account, ready.order.id, der)
        decision.said = {OrderState.VALID: "yes", OrderState.PROCESSING: "waits"}[done.state]
    return decision.said


def decisions(client: Client, way: Callable[[Client, str, str, bytes], str]) -> dict[tuple[str, str], str]:
    found = {}
    for profile in PROFILES:
        for told, subject in SUBJECTS.items():
            name = subject.name.format(next(_NUMBERS) % 250)
            found[profile, told] = way(client, profile, name, subject.request(name))
    return found


def require_same(acme: dict[tuple[str, str], str], rest: dict[tuple[str, str], str]) -> None:
    """The same answer to everything; and the same word for it, where no key and no subject is wrong beside the names.

    Those an order does not know yet: what its names alone forbid it is told first.
    """
    assert {case: plain(said) for case, said in acme.items()} == {case: plain(said) for case, said in rest.items()}
    for (profile, subject), said in rest.items():
        if subject not in {"weak key", "underscore"} and profile not in {"device", "code-signing"}:
            assert acme[profile, subject] == said, (profile, subject)


def plain(said: str) -> str:
    return said if said in {"yes", "waits"} else "no"


@pytest.mark.parametrize("limit", LIMITS)
def test_enr_17_acme_decides_as_rest_does(ctx: Context, limit: str) -> None:
    role, scope = LIMITS[limit]
    create_ca(ctx, ADMIN, CreateCa(name="Other CA", subject="CN=Other", key_type="ECDSA-P256", parent="Root CA"))
    client = make_client(ctx, role, scope)
    expected = decisions(client, by_rest)
    require_same(decisions(client, by_acme), expected)
    said = set(expected.values())
    assert said >= {"whole": {"yes", "refused"}, "requester": {"waits", "refused"}, "other profile": {"waits"}}.get(
        limit, set()
    )
    assert ("yes" in said) is (limit in {"whole", "operator", "these names"})


def test_enr_17_what_has_to_be_approved_waits_by_either_door(ctx: Context) -> None:
    change_rules(ctx, ADMIN, 0, [{"name": "servers", "operation": "certificate.issue", "profiles": ["tls-server"]}])
    client = make_client(ctx)
    expected = decisions(client, by_rest)
    require_same(decisions(client, by_acme), expected)
    assert expected["tls-server", "fits"] == "waits"
    assert "yes" not in expected.values()
