"""Approvals that were frozen before a renaming remain valid: their bodies and digests are never rewritten."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from pki_manager.authority.certificates import profiles
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.requests import approval_rules, approvals
from pki_manager.authority.rights import roles
from pki_manager.authority.rights.roles import RoleRequest
from pki_manager.domain.approval import Approval, ApprovalState, compute_digest, encode_canonical
from pki_manager.domain.errors import ApprovalNeeded
from pki_manager.domain.events.audit import InstallationInitialized
from pki_manager.domain.profiles import codec
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.rights.actor import Actor, ActorKind, Role, Scope
from pki_manager.domain.rights.permission import Permission
from pki_manager.domain.rights.role import CustomRole, RoleState
from pki_manager.policy.builtin_profiles import OCSP_RESPONDER, TLS_SERVER
from pki_manager.policy.roles import list_builtin_grants
from tests.fakes.clock import START

NAMES = {
    b'"approval:approve"': b'"approval:give"',
    b'"include_crl_url"': b'"crl_pointer"',
    b'"include_ocsp_url"': b'"ocsp_pointer"',
    b'"lint_exceptions"': b'"excuses"',
    b'"unlisted_attributes"': b'"surplus"',
}
"""Names in JSON, and those of the version before."""


def administrator(name: str) -> Actor:
    grants = list_builtin_grants(Role.ADMINISTRATOR)
    return Actor(kind=ActorKind.LOCAL, id=f"local:{name}", name=name, via="rest", grants=grants)


ASKING, OTHER = administrator("asking"), administrator("other")


def former(body: bytes) -> bytes:
    """Canonical JSON as the version before wrote it."""
    for name, old in NAMES.items():
        body = body.replace(name, old)
    return encode_canonical(json.loads(body))


def create_profile(ctx: Context) -> None:
    definition = json.loads(json.dumps(codec.to_dict(replace(TLS_SERVER, name="web"))))
    profiles.create(ctx, ASKING, definition)


def create_role(ctx: Context) -> None:
    permissions = frozenset({Permission.APPROVAL_APPROVE})
    roles.create_role(ctx, ASKING, "officer", RoleRequest(description="", permissions=permissions))


@pytest.mark.parametrize(
    ("operation", "do"), [("profile.change", create_profile), ("role.change", create_role)], ids=["profile", "role"]
)
def test_an_operation_approved_before_the_renaming_is_done_when_it_is_sent_again(
    ctx: Context, operation: str, do: Callable[[Context], None]
) -> None:
    approval_rules.change_rules(ctx, ASKING, 0, [{"name": "two people", "operation": operation}])
    with pytest.raises(ApprovalNeeded) as waiting:
        do(ctx)
    assert isinstance(waiting.value.subject, Approval)
    body = former(waiting.value.subject.body)
    assert body != waiting.value.subject.body
    frozen = replace(waiting.value.subject, body=body, sha256=compute_digest(body))
    with ctx.ports.storage.begin(ASKING) as uow:
        uow.approvals.reset(frozen)
        uow.record(InstallationInitialized(object_id="installation"))
    approvals.approve(ctx, OTHER, frozen.id, frozen.sha256)
    do(ctx)
    with ctx.ports.storage.read() as reader:
        assert reader.approvals.get(frozen.id).state is ApprovalState.EXECUTED


@pytest.mark.parametrize("profile", [TLS_SERVER, OCSP_RESPONDER], ids=lambda profile: profile.name)
def test_the_digest_of_a_profile_is_the_one_of_the_version_before(profile: Profile) -> None:
    """The version before knew no extensions."""
    definition = {name: value for name, value in codec.to_dict(profile).items() if name != "extensions"}
    body = former(json.dumps(definition).encode())
    assert profiles.hash_definition(profile) == hashlib.sha256(body).hexdigest()


def test_the_digest_of_a_role_is_the_one_of_the_version_before() -> None:
    role = CustomRole(
        name="officer",
        version=1,
        description="",
        permissions=frozenset({Permission.APPROVAL_APPROVE, Permission.CA_READ}),
        scope=Scope(),
        state=RoleState.ACTIVE,
        created_at=START,
    )
    details = {"permissions": ["approval:give", "ca:read"], "cas": None, "profiles": None, "names": None}
    expected = encode_canonical({**details, "reach": "all"})
    assert roles.hash_definition(role) == hashlib.sha256(expected).hexdigest()
