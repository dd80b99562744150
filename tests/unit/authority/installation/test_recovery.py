"""Recovery: who may carry it out, and what ends with it."""

from __future__ import annotations

import pytest

from pki_manager.authority.installation.backups import record_restore
from pki_manager.authority.installation.recovery import (
    RecoveryImport,
    finish_recovery,
    import_seen,
    revoke_window,
    show_recovery,
)
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.recovery import load_recovery
from pki_manager.authority.people import invitations, sessions, users
from pki_manager.authority.people.users import Person
from pki_manager.domain.errors import Conflict, Forbidden, Malformed, SignInFailed
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import Role
from pki_manager.policy.access import Permission
from tests.support.factories import ADMIN
from tests.support.issuing import issue_one
from tests.support.memory.events import POWERLESS, records, refuses
from tests.support.people import PASSWORD, VISITOR, secret_of


@pytest.fixture
def recovering(ctx: Context) -> Context:
    restore(ctx)
    return ctx


def restore(ctx: Context) -> None:
    record_restore(ctx, ADMIN, backup_id="b1", time=ctx.ports.clock.now().isoformat(), node="old/worker-1")


def test_a_recovery_is_for_administrators(recovering: Context) -> None:
    with refuses(recovering, Forbidden, Permission.STATUS_READ):
        show_recovery(recovering, POWERLESS)
    for change in (
        lambda: import_seen(recovering, POWERLESS, b""),
        lambda: revoke_window(recovering, POWERLESS, RevocationReason.UNSPECIFIED),
        lambda: finish_recovery(recovering, POWERLESS),
    ):
        with refuses(recovering, Forbidden, Permission.AUDIT_ACCEPT):
            change()


def test_outside_of_a_recovery_nothing_is_imported_or_revoked(ctx: Context) -> None:
    assert show_recovery(ctx, ADMIN) is None
    for change in (
        lambda: import_seen(ctx, ADMIN, b""),
        lambda: revoke_window(ctx, ADMIN, RevocationReason.UNSPECIFIED),
        lambda: finish_recovery(ctx, ADMIN),
    ):
        with refuses(ctx, Conflict, "not in recovery"):
            change()


def test_a_file_without_a_certificate_or_crl_is_refused(recovering: Context) -> None:
    with refuses(recovering, Malformed, "recovery.empty"):
        import_seen(recovering, ADMIN, b"no certificate")


def test_a_certificate_that_is_known_changes_nothing(ctx: Context) -> None:
    leaf = issue_one(ctx)
    restore(ctx)
    with records(ctx):
        assert import_seen(ctx, ADMIN, leaf.der) == RecoveryImport(known=1)
        assert revoke_window(ctx, ADMIN, RevocationReason.UNSPECIFIED) == 0


def test_the_end_of_a_recovery_is_audited(recovering: Context) -> None:
    with records(recovering, "recovery.finished"):
        finish_recovery(recovering, ADMIN)
    assert load_recovery(recovering) is None
    assert not recovering.state.in_recovery.is_set()
    assert show_recovery(recovering, ADMIN) is None


def test_the_end_of_a_recovery_ends_sessions_and_open_links(recovering: Context) -> None:
    ada = invite(recovering, "ada")
    signed_in = invitations.accept(recovering, VISITOR, ada, PASSWORD, "browser")
    unused = invite(recovering, "bob")
    finish_recovery(recovering, ADMIN)
    assert sessions.recognize(recovering, signed_in.secret) is None
    with pytest.raises(SignInFailed, match="link"):
        invitations.check(recovering, unused)


def invite(ctx: Context, login: str) -> str:
    """Return the secret of an invitation link."""
    (_, link), _ = users.create_user(ctx, ADMIN, login, Person(display_name=login, email=None, role=Role.AUDITOR))
    return secret_of(link.url)
