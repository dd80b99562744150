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
from pki_manager.authority.kernel.context import Authority
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
    "applications.judge": "decides, by `policy.decide`",
    "approval_gate.ask": "asked by a verb once it has decided",
    "rights_gate.ask": "asked by a verb once it has decided",
    "frozen": "says what would be signed, within a verb",
    "approvals.approver": "says who somebody is",
    "approvals.cancel_in": "within a verb's unit",
    "approvals.expire_due": "the worker's",
    "approvers": "says who somebody is, and the scheduler's",
    "authors.authors_of": "says who somebody is",
    "authors.is_author": "says who somebody is",
    "burn": "within a verb: gives an intent up",
    "lineage.for_the_same_holder": "within a verb",
    "ca_states.change_ca": "within a verb; the object is guarded there",
    "create_ca.draft_of": "within a verb",
    "create_ca.parent_and_profile": "within a verb: is the check, of the parent that it names",
    "ends.find_ends": "for the metrics",
    "enrol.admit": "within a verb; decided by `policy.decide`",
    "enrol.decided_on": "within a verb; decided by `policy.decide`",
    "enrol.foresee_admission": "within a verb",
    "enrol.issue_own": "the authority for itself, or within a verb",
    "idempotency": "how a verb is done once",
    "initialise": "the first start",
    "invitations.first_administrator": "the first start",
    "invitations.new_link": "within a verb's unit",
    "issue": "within a verb: what a plan says",
    "issuer_key.make_key": "within a verb, before what it decided is done",
    "key_states.retire_drained": "the scheduler's",
    "profiles.keep_standing": "the first start",
    "publish_crl.publish_all_changes": "the worker's",
    "publish_crl.publish_changes": "the worker's",
    "publish_crl.publish": "the worker's",
    "publish_crl.publish_due": "the worker's",
    "sessions.own_id": "says who somebody is",
    "teams.team_id": "says which team somebody names",
    "publish_status": "the worker's",
    "refusals": "notes what was refused",
    "refused.record_refusal": "notes what was refused",
    "proceed.proceed": "the worker's; decided with the requester's rights",
    "revoke.revoke_in": "within a verb's unit",
    "rotate_ca": "the scheduler's, but for `rotate_ca` itself",
    "key_intents": "the scheduler's",
    "settle": "the scheduler's",
    "submit": "within a verb",
    "tokens.draft_token": "within a verb's unit; decided there",
    "tokens.target_of": "says what decides",
    "tls": "the server for itself",
    "enrol.needs_approval": "says what has become of the caller's own request",
    "enrol.replay": "says what has become of the caller's own request",
    "enrol_with_key.replay_keyed": "says what has become of the caller's own request",
    "guard": "is the check",
    "request_view": "is the check",
    "rights.require_may_decide": "is the check",
    "handover": "is the check",
    "blocked_keys.block_compromised": "within a verb's unit",
}


OF_AN_OBJECT = frozenset(
    {
        "approvals.approve",
        "approvals.reject",
        "approvals.withdraw",
        "edit_request.edit_request",
        "import_history.check_row",
        "import_history.import_row",
        "oidc.begin",
        "proceed.collect",
        "queries.certificate_id",
        "requests.approval_of",
        "requests.cancel_request",
        "requests.comment_request",
    }
)
"""Decided by the object alone, which is not there for who may not know of it."""


def _is_step(name: str) -> bool:
    module = name.rpartition(".")[0]
    return name in STEPS or (module in STEPS and name != "rotate_ca.rotate_ca")


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


def _arguments(verb: Callable[..., object], authority: Authority) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name, parameter in inspect.signature(verb).parameters.items():
        if name == "actor":
            given[name] = NOBODY
        elif name == "authority":
            given[name] = authority
        elif parameter.default is inspect.Parameter.empty:
            given[name] = GIVEN.get(str(parameter.annotation), Poison())
    return given


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory, sqlcipher_template: Path) -> Iterator[Authority]:
    """One for all: nobody changes anything."""
    folder = tmp_path_factory.mktemp("verbs")
    shutil.copyfile(sqlcipher_template, folder / "pki.db")
    made = make_house(folder, folder / "pki.db", DATABASE_KEY, MAC_KEY)
    yield made.authority
    made.authority.storage.close()


@pytest.mark.parametrize("name", VERBS)
def test_aut_01_a_verb_refuses_who_has_no_rights_before_it_looks_at_anything(authority: Authority, name: str) -> None:
    with pytest.raises(NotFound if name in OF_AN_OBJECT else AccessError) as refused:
        ALL[name](**_arguments(ALL[name], authority))
    if isinstance(refused.value, Forbidden):
        assert refused.value.rule in ("access.permission", "access.person"), refused.value


def test_what_is_no_verb_is_named_and_there() -> None:
    modules = {name.rpartition(".")[0] for name in ALL}
    assert STEPS.keys() <= modules | ALL.keys()
    assert len(VERBS) > 100
