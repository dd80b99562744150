"""Bulk jobs for tests: rows, submission, and the result of each row."""

from __future__ import annotations

import json
from dataclasses import replace
from uuid import UUID

from pki_manager.authority.bulk import results
from pki_manager.authority.bulk.submit import submit
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.bulk import BulkAction, BulkRowState
from pki_manager.domain.rights.actor import Actor, Role, build_system_actor
from pki_manager.policy.roles import list_builtin_grants
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.ports.certificates import CertificateFilter
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN

WORKER = build_system_actor("worker")


def issue_rows(count: int, **more: str) -> list[dict[str, str]]:
    return [
        {"ca": "Issuing CA", "profile": "tls-server", "csr": make_csr(f"n{number}.example.com"), **more}
        for number in range(1, count + 1)
    ]


def as_role(role: Role, name: str = "other") -> Actor:
    return replace(ADMIN, id=f"local:{name}", name=name, grants=list_builtin_grants(role))


def leaf(ctx: Context, name: str = "www.example.com") -> str:
    return str(enroll(ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr(name)))[0].id)


def ask(ctx: Context, action: BulkAction, rows: list[dict[str, str]], actor: Actor = ADMIN) -> UUID:
    return submit(ctx, actor, action, rows)[0]


def progress(ctx: Context, job: UUID) -> results.BulkProgress:
    return results.get_progress(ctx, ADMIN, job)


def states(ctx: Context, job: UUID) -> list[tuple[BulkRowState, str | None]]:
    page = results.list_rows(ctx, ADMIN, job, None, None, 200)
    return [(row.state, row.code) for row in page.items]


def count(ctx: Context) -> int:
    where = CertificateFilter(profile="tls-server")
    with ctx.ports.storage.read() as reader:
        return len(reader.certificates.page(where, ctx.ports.clock.now(), None, 200).items)


def actions(ctx: Context) -> list[str]:
    with ctx.ports.storage.read() as reader:
        page = reader.audit.page(AuditFilter(), None, 200)
    return [json.loads(event.body)["action"] for event in reversed(page.items)]
