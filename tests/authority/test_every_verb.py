"""Every verb of the heart, found by its signature, refuses somebody without rights before it looks at anything else.

A new function of `authority/` that takes an actor is a verb, and so is asked here, or is named below as a step of one.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn
from uuid import UUID

import pytest

import pki_manager.authority
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.approval import ApprovalState
from pki_manager.domain.bulk import BulkAction
from pki_manager.domain.errors import AccessError, Forbidden, NotFound
from pki_manager.domain.rights.actor import Actor, ActorKind
from pki_manager.ports.audit_trail import AuditFilter
from tests.conftest import DATABASE_KEY, MAC_KEY
from tests.protocols.rest.door import make_house

NOBODY = Actor(kind=ActorKind.TOKEN, id="token:0", name="nobody", via="rest")
NOTHING = UUID("01a20d6d-5a00-7000-8000-000000000000")


class Poison:
    """An argument that may not be looked at before the caller was."""

    def __getattr__(self, name: str) -> NoReturn:
        raise AssertionError(f"{name} of an argument was looked at before the right to do so")

    def __bool__(self) -> NoReturn:
        raise AssertionError("an argument was looked at before the right to do so")


GIVEN: Mapping[str, object] = {
    "UUID": NOTHING,
    "str": "Issuing CA",
    "str | None": None,
    "int": 1,
    "bytes": b"",
    "datetime | None": None,
    "UUID | None": None,
    "Claim | None": None,
    "AuditFilter": AuditFilter(),
    "BulkAction": BulkAction.REVOKE,
    "Mapping[str, str]": {"ca": "Issuing CA"},
    "ApprovalState | None": ApprovalState.WAITING,
}

STEPS: Mapping[str, str] = {
    "acme.validate": "the worker's",
    "cmp.transactions.revoke_unconfirmed": "the worker's",
    "cmp.transactions.revoke_overdue": "the worker's",
    "cmp.transactions.find_transaction": "within a verb; the credential is checked there",
    "installation.backups.record_failure": "within a verb: notes what failed",
    "rights.credential_tokens.add_credential_token": "within a verb's unit; decided there",
    "certificates.applications.judge": "decides, by `policy.decide`",
    "kernel.approval_gate.ask": "asked by a verb once it has decided",
    "kernel.rights_gate.ask": "asked by a verb once it has decided",
    "cas.signing_terms": "says what would be signed, within a verb",
    "requests.approvals.get_approver": "says who somebody is",
    "requests.approvals.cancel_in": "within a verb's unit",
    "requests.approvals.expire_due": "the worker's",
    "kernel.approvers": "says who somebody is, and the scheduler's",
    "kernel.authors.list_authors": "says who somebody is",
    "kernel.authors.is_author": "says who somebody is",
    "certificates.burn_serial": "within a verb: gives an intent up",
    "certificates.predecessors.allow_same_holder": "within a verb",
    "cas.ca_states.change_ca": "within a verb; the object is guarded there",
    "cas.create_ca.build_ca_draft": "within a verb",
    "cas.create_ca.get_parent_and_profile": "within a verb: is the check, of the parent that it names",
    "installation.expirations.find_ends": "for the metrics",
    "certificates.enroll.admit": "within a verb; decided by `policy.decide`",
    "certificates.enroll.decide_application": "within a verb; decided by `policy.decide`",
    "certificates.enroll.preview_admission": "within a verb",
    "certificates.enroll.issue_own": "the authority for itself, or within a verb",
    "kernel.idempotency": "how a verb is done once",
    "kernel.recovery.require_issuing": "within a verb: whether anything is issued at present",
    "installation.initialize": "the first start",
    "people.invitations.create_first_administrator": "the first start",
    "people.invitations.create_link": "within a verb's unit",
    "cas.issuer_key.make_key": "within a verb, before what it decided is done",
    "signing.key_states.retire_drained": "the scheduler's",
    "certificates.profiles.keep_builtin_profiles": "the first start",
    "status.publish_crl.publish_all_changes": "the worker's",
    "status.publish_crl.publish_changes": "the worker's",
    "status.publish_crl.publish": "the worker's",
    "status.publish_crl.publish_due": "the worker's",
    "people.sessions.require_own_id": "says who somebody is",
    "rights.teams.find_team_id": "says which team somebody names",
    "status.publish_ocsp": "the worker's",
    "kernel.refusal_log": "notes what was refused",
    "kernel.refusal_events.record_refusal": "notes what was refused",
    "requests.issue_approved.proceed": "the worker's; decided with the requester's rights",
    "status.revoke.revoke_in": "within a verb's unit",
    "cas.rotate_ca": "the scheduler's, but for `rotate_ca` itself",
    "cas.key_intents": "the scheduler's",
    "certificates.reconcile": "the scheduler's",
    "certificates.submit": "within a verb",
    "rights.tokens.draft_token": "within a verb's unit; decided there",
    "rights.tokens.build_target": "says what decides",
    "installation.tls": "the server for itself",
    "certificates.enroll.build_needs_approval_error": "says what has become of the caller's own request",
    "certificates.enroll.replay": "says what has become of the caller's own request",
    "certificates.enroll_with_key.replay_keyed": "says what has become of the caller's own request",
    "kernel.guard": "is the check",
    "kernel.request_view": "is the check",
    "kernel.current_rights.require_may_decide": "is the check",
    "kernel.delegation": "is the check",
    "status.blocked_keys.block_compromised": "within a verb's unit",
}


OF_AN_OBJECT = frozenset(
    {
        "requests.approvals.approve",
        "requests.approvals.reject",
        "requests.approvals.withdraw",
        "requests.edit_request.edit_request",
        "cas.import_history.check_row",
        "cas.import_history.import_row",
        "people.oidc.begin",
        "requests.issue_approved.collect",
        "requests.issue_approved.issue_with_key",
        "certificates.queries.find_certificate_id",
        "requests.requests.get_approval_id",
        "requests.requests.cancel_request",
        "requests.requests.comment_request",
    }
)
"""Decided by the object alone, which is not there for who may not know of it."""


def _is_step(name: str) -> bool:
    module = name.rpartition(".")[0]
    return name in STEPS or (module in STEPS and name != "cas.rotate_ca.rotate_ca")


def _functions() -> Iterator[tuple[str, Callable[..., object]]]:
    package = pki_manager.authority
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        module = importlib.import_module(found.name)
        for name, value in vars(module).items():
            own = inspect.isfunction(value) and value.__module__ == found.name and not name.startswith("_")
            if own and "actor" in inspect.signature(value).parameters:
                yield f"{found.name.removeprefix(package.__name__ + '.')}.{name}", value


ALL = dict(_functions())
VERBS = sorted(name for name in ALL if not _is_step(name))


def _arguments(verb: Callable[..., object], ctx: Context) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name, parameter in inspect.signature(verb).parameters.items():
        if name == "actor":
            given[name] = NOBODY
        elif name == "ctx":
            given[name] = ctx
        elif parameter.default is inspect.Parameter.empty:
            given[name] = GIVEN.get(str(parameter.annotation), Poison())
    return given


@pytest.fixture(scope="module")
def ctx(tmp_path_factory: pytest.TempPathFactory, sqlcipher_template: Path) -> Iterator[Context]:
    """One for all: nobody changes anything."""
    folder = tmp_path_factory.mktemp("verbs")
    shutil.copyfile(sqlcipher_template, folder / "pki.db")
    made = make_house(folder, folder / "pki.db", DATABASE_KEY, MAC_KEY)
    yield made.ctx
    made.ctx.ports.storage.close()


@pytest.mark.parametrize("name", VERBS)
def test_aut_01_a_verb_refuses_who_has_no_rights_before_it_looks_at_anything(ctx: Context, name: str) -> None:
    with pytest.raises(NotFound if name in OF_AN_OBJECT else AccessError) as refused:
        ALL[name](**_arguments(ALL[name], ctx))
    if isinstance(refused.value, Forbidden):
        assert refused.value.rule in ("access.permission", "access.person"), refused.value


def test_what_is_no_verb_is_named_and_there() -> None:
    modules = {name.rpartition(".")[0] for name in ALL}
    assert STEPS.keys() <= modules | ALL.keys()
    assert len(VERBS) > 100
