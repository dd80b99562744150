"""`pkim request` and `pkim approval`: what waits for people, by the commands of each of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import pkcs12

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.current_actor import resolve_actor
from pki_manager.authority.rights import tokens
from pki_manager.bootstrap import open_installation
from pki_manager.domain.duration import Duration
from pki_manager.domain.rights.actor import Role, build_system_actor
from pki_manager.settings import load
from pki_manager.worker.outbox import run_outbox
from tests.installation.cli.program import Pkim
from tests.protocols.rest.door import unique
from tests.support.csrs import make_csr
from tests.support.people import make_user

WAITING, CONFLICT, FORBIDDEN, MISSING, REFUSED, BAD_INPUT = 8, 6, 5, 4, 3, 2


@dataclass(frozen=True)
class People:
    """Each with a token and commands of his own."""

    requester: Pkim
    first: Pkim
    second: Pkim
    administrator: Pkim
    work: Callable[[], object]


@pytest.fixture(scope="module")
def people(home: Path, server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    installation = open_installation(load(home, {}), slot="worker-2")
    ctx, folder = installation.ctx, tmp_path_factory.mktemp("tokens")

    def commands(name: str, role: Role) -> Pkim:
        (folder / name).write_text(_token(ctx, role))
        return Pkim(("--url", server_url, "--token-file", str(folder / name)))

    yield People(
        requester=commands("requester", Role.REQUESTER),
        first=commands("first", Role.REGISTRATION_AUTHORITY),
        second=commands("second", Role.REGISTRATION_AUTHORITY),
        administrator=commands("administrator", Role.ADMINISTRATOR),
        work=lambda: run_outbox(ctx, build_system_actor("worker")),
    )
    installation.close()


def _token(ctx: Context, role: Role) -> str:
    user = make_user(ctx, role)
    with ctx.ports.storage.read() as reader:
        actor = resolve_actor(ctx, reader, user.actor_id, user.login, "rest")
    assert actor is not None
    new, _ = tokens.create_token(ctx, actor, unique("t"), role, Duration.parse("P1D"))
    return new.secret or ""


@pytest.fixture(scope="module")
def two_needed(local_home: Pkim, people: People, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Rules for these tests: two approvers for `tls-client`, of another administrator to retire a CA."""
    file = tmp_path_factory.mktemp("rules") / "rules.json"

    def write(*rules: dict[str, object]) -> None:
        version = local_home.json("approval", "rules")["version"]
        file.write_text(json.dumps({"version": version, "rules": rules}))

    put = ("approval", "rules", "--in", str(file))
    write(
        {"name": "two", "operation": "certificate.issue", "profiles": ["tls-client"], "needed": 2},
        {"name": "retiring", "operation": "ca.retire", "roles": ["administrator"]},
    )
    local_home.json(*put)
    assert [rule["name"] for rule in people.first.json("approval", "rules")["rules"]] == ["two", "retiring"]
    yield
    write()
    waiting = json.loads(local_home.run(*put, "--output", "json", expect=WAITING).stdout)
    people.administrator.json("approval", "approve", waiting["id"])
    assert local_home.json(*put)["rules"] == []


@pytest.fixture(scope="module")
def local_home(home: Path) -> Pkim:
    return Pkim(("--home", str(home)))


def submit(people: People, tmp_path: Path, *more: str, profile: str = "tls-server") -> Any:
    """A request that waits, as answered."""
    name = f"{unique('cli')}.example.com"
    if "--key-type" not in more:
        (tmp_path / f"{name}.csr").write_text(make_csr(name))
        more = ("--csr", str(tmp_path / f"{name}.csr"), *more)
    asked = ("request", "submit", "--ca", "Issuing CA", "--profile", profile, *more, "--output", "json")
    made = json.loads(people.requester.run(*asked, expect=WAITING).stdout)
    assert made["state"] == "awaiting_approval"
    return made


def approve(pkim: Pkim, request: str, *more: str, expect: int = 0) -> Any:
    return json.loads(pkim.run("request", "approve", request, *more, "--output", "json", expect=expect).stdout)


def test_a_request_is_commented_edited_approved_and_issued(people: People, tmp_path: Path) -> None:
    made = submit(people, tmp_path, "--comment", "for the shop")
    request, name = made["id"], made["plan"]["sans"][0]
    assert [one["text"] for one in made["comments"]] == ["for the shop"]
    assert request in {one["id"] for one in people.requester.json("request", "list", "--mine")["items"]}
    waiting = people.first.json("request", "list", "--needs-my-approval", "--state", "awaiting_approval")["items"]
    assert request in {one["id"] for one in waiting}
    said = people.first.json("request", "comment", request, "www. too?")
    assert [one["text"] for one in said["comments"]] == ["for the shop", "www. too?"]
    wider = ("--san", name, "--san", name.replace("DNS:", "DNS:www."), "--validity", "P20D")
    refused = people.requester.failure("request", "edit", request, "--field", "sid=S-1-5-7", expect=REFUSED)
    assert [one["field"] for one in refused["errors"]] == ["fields.sid"]
    edited = people.requester.run("request", "edit", request, *wider, "--output", "json", expect=WAITING)
    assert json.loads(edited.stdout)["plan_sha256"] != made["plan_sha256"]
    old = people.first.failure("request", "approve", request, "--plan", made["plan_sha256"], expect=CONFLICT)
    assert old["code"] == "conflict"
    assert approve(people.first, request)["state"] == "ready"
    people.work()
    done = people.requester.json("request", "show", request)
    assert done["state"] == "issued"
    issued = people.requester.json("cert", "show", done["certificate"])
    assert issued["sans"] == [name, name.replace("DNS:", "DNS:www.")]
    again = people.first.failure("request", "approve", request, expect=CONFLICT)
    assert again["code"] == "conflict"


def test_nobody_approves_his_own_and_strangers_see_nothing(people: People, tmp_path: Path) -> None:
    request = submit(people, tmp_path)["id"]
    assert people.requester.failure("request", "approve", request, expect=FORBIDDEN)["status"] == 403
    assert people.first.failure("request", "show", "nonsense", expect=BAD_INPUT)["errors"][0]["field"] == "request"
    assert people.first.failure("request", "cancel", request, expect=FORBIDDEN)["code"] == "forbidden"


def test_a_request_is_rejected_with_its_reason(people: People, tmp_path: Path) -> None:
    request = submit(people, tmp_path)["id"]
    assert people.first.failure("request", "reject", request, "--reason", " ", expect=BAD_INPUT)["errors"] == [
        {"field": "reason", "rule": "approval.reason", "message": "must have 1 to 500 printable characters"}
    ]
    assert people.first.json("request", "reject", request, "--reason", "not ours")["state"] == "rejected"
    shown = people.requester.json("request", "show", request)
    assert (shown["state"], shown["reason"]) == ("rejected", "not ours")


def test_a_request_is_cancelled_by_who_asked(people: People, tmp_path: Path) -> None:
    request = submit(people, tmp_path)["id"]
    assert people.requester.json("request", "cancel", request)["state"] == "cancelled"
    assert people.requester.failure("request", "cancel", request, expect=CONFLICT)["code"] == "conflict"


@pytest.mark.usefixtures("two_needed")
def test_consent_is_withdrawn_while_others_are_waited_for(people: People, tmp_path: Path) -> None:
    request = submit(people, tmp_path, profile="tls-client")["id"]
    half = approve(people.first, request, expect=WAITING)
    assert (half["state"], len(half["approvals"]["given"])) == ("awaiting_approval", 1)
    assert people.first.json("request", "withdraw", request)["approvals"]["given"] == []
    approve(people.first, request, expect=WAITING)
    assert approve(people.second, request)["state"] == "ready"


def test_the_key_of_an_approved_request_is_collected_once(people: People, tmp_path: Path) -> None:
    name = f"{unique('made')}.example.com"
    request = submit(people, tmp_path, "--key-type", "ECDSA-P256", "--san", f"DNS:{name}")["id"]
    word, p12 = tmp_path / "word", tmp_path / "made.p12"
    word.write_text("correct horse battery\n")
    collect = ("request", "collect", request, "--passphrase-file", str(word), "--p12")
    assert people.requester.failure(*collect, str(p12), expect=CONFLICT)["code"] == "conflict"
    assert not p12.exists()
    approve(people.first, request)
    assert people.first.failure(*collect, str(p12), expect=FORBIDDEN)["code"] == "forbidden"
    made = people.requester.json(*collect, str(p12))
    assert made["secret_delivered"] is False
    key, certificate, _ = pkcs12.load_key_and_certificates(p12.read_bytes(), b"correct horse battery")
    assert key is not None
    assert certificate is not None
    assert p12.stat().st_mode & 0o777 == 0o600
    again = people.requester.json(*collect, str(tmp_path / "again.p12"))
    assert (again["id"], again["secret_delivered"]) == (made["id"], True)
    assert not (tmp_path / "again.p12").exists()


def retire(local: Pkim) -> tuple[str, Any]:
    """The retirement of a CA that was made for it, which waits."""
    name = unique("Old CA")
    local.json("ca", "create", "--name", name, "--subject", f"CN={name}", "--parent", "Root CA")
    told = json.loads(local.run("ca", "retire", name, "--output", "json", expect=WAITING).stdout)
    return name, told


@pytest.mark.usefixtures("two_needed")
def test_an_act_waits_is_approved_and_then_done(people: People, local_home: Pkim) -> None:
    name, approval = retire(local_home)
    identifier, other = approval["id"], people.administrator
    assert identifier in {one["id"] for one in local_home.json("approval", "list", "--mine")["items"]}
    waiting = other.json("approval", "list", "--needs-my-approval", "--state", "waiting")["items"]
    assert identifier in {one["id"] for one in waiting}
    assert other.json("approval", "show", identifier)["sha256"] == approval["sha256"]
    assert (
        local_home.failure("approval", "approve", identifier, expect=FORBIDDEN)["errors"][0]["rule"] == "approval.own"
    )
    wrong = other.failure("approval", "approve", identifier, "--sha256", "00" * 32, expect=CONFLICT)
    assert wrong["code"] == "conflict"
    assert other.json("approval", "approve", identifier)["state"] == "approved"
    assert other.json("approval", "withdraw", identifier)["state"] == "waiting"
    assert other.json("approval", "approve", identifier)["state"] == "approved"
    assert local_home.json("ca", "retire", name)["state"] == "retired"
    assert other.json("approval", "show", identifier)["state"] == "executed"


@pytest.mark.usefixtures("two_needed")
def test_an_act_is_rejected_cancelled_or_forced(people: People, local_home: Pkim) -> None:
    _, rejected = retire(local_home)
    told = people.administrator.json("approval", "reject", rejected["id"], "--reason", "still needed")
    assert told["state"] == "rejected"
    _, cancelled = retire(local_home)
    assert people.administrator.failure("approval", "cancel", cancelled["id"], expect=FORBIDDEN)["status"] == 403
    assert local_home.json("approval", "cancel", cancelled["id"])["state"] == "cancelled"
    name, forced = retire(local_home)
    broken = local_home.json("approval", "override", forced["id"], "--reason", "nobody else is awake")
    assert (broken["state"], broken["approvals"]["overridden_by"]) == ("approved", broken["requested_by"])
    assert local_home.json("ca", "retire", name)["state"] == "retired"
    actions = [one["action"] for one in local_home.json("audit", "list", "--limit", "50")["items"]]
    assert "approval.overridden" in actions


def test_an_approval_that_is_none(people: People) -> None:
    missing = people.administrator.failure("approval", "show", "01a20d6d-5a00-7000-8000-000000000000", expect=MISSING)
    assert missing["code"] == "not_found"
