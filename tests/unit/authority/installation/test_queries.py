"""What an installation says of itself."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from datetime import timedelta

import pytest

from pki_manager.authority.installation import backup_schedule, backups
from pki_manager.authority.installation.backup_schedule import get_backup_states
from pki_manager.authority.installation.backups import BackupFile
from pki_manager.authority.installation.dashboard import show_dashboard
from pki_manager.authority.installation.expirations import find_ends, list_near_ends
from pki_manager.authority.installation.initialize import create_hierarchy, find_plan, is_initialized
from pki_manager.authority.installation.jobs import cancel_job, retry_job
from pki_manager.authority.installation.nodes import find_leader, get_nodes, list_nodes
from pki_manager.authority.installation.queries import get_counts, get_readiness, list_jobs, list_settings, show_job
from pki_manager.authority.installation.search import search
from pki_manager.authority.installation.stored_check import check_stored
from pki_manager.authority.installation.tools import decode, lint_objects
from pki_manager.authority.installation.verify_path import PathQuestion, verify_path
from pki_manager.authority.kernel.clock import accept_clock, show_clock
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.disk import find_free_bytes, get_home
from pki_manager.domain.certificate import CertificateState
from pki_manager.domain.errors import Conflict, Forbidden, Malformed
from pki_manager.domain.jobs import JobState
from pki_manager.policy.access import Permission
from pki_manager.ports.status_log import StoreReport
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN
from tests.support.issuing import issue_one
from tests.support.memory.events import POWERLESS, records, refuses

FILE = BackupFile(id="b1", time="2026-11-24T12:00:00+00:00", name="b1.backup", sha256="ab" * 32, octets=10)


def test_an_installation_is_initialized_once(ctx: Context) -> None:
    assert is_initialized(ctx)
    with ctx.ports.storage.read() as reader:
        plan = find_plan(reader)
    assert plan is not None
    with records(ctx):
        hierarchy = create_hierarchy(ctx, ADMIN, plan)
    assert hierarchy.issuing is not None
    assert hierarchy.issuing.ca.name == "Issuing CA"


def test_the_dashboard_and_the_metrics_count_certificates(ctx: Context) -> None:
    issue_one(ctx)
    assert show_dashboard(ctx, ADMIN).valid_by_profile["tls-server"] == 1
    assert get_counts(ctx, ADMIN).certificates[CertificateState.VALID] >= 1
    with refuses(ctx, Forbidden, Permission.METRICS_READ):
        get_counts(ctx, POWERLESS)


def test_nothing_ends_soon_in_a_new_installation(ctx: Context) -> None:
    with records(ctx):
        assert list_near_ends(ctx, ADMIN) == ()
        find_ends(ctx, ADMIN)
        assert check_stored(ctx, ADMIN) == ()


def test_jobs_are_listed_cancelled_and_retried(ctx: Context) -> None:
    issue_one(ctx)
    job = list_jobs(ctx, ADMIN, JobState.QUEUED, None, 10).items[0]
    assert show_job(ctx, ADMIN, job.id) == job
    with records(ctx, "job.cancelled"):
        assert cancel_job(ctx, ADMIN, job.id)[0].state is JobState.CANCELLED
    with refuses(ctx, Conflict, "cancelled"):
        cancel_job(ctx, ADMIN, job.id)
    with records(ctx, "job.retried"):
        assert retry_job(ctx, ADMIN, job.id)[0].state is JobState.QUEUED
    for change in (cancel_job, retry_job):
        with refuses(ctx, Forbidden, Permission.JOB_CONTROL):
            change(ctx, POWERLESS, job.id)
    for read in (lambda: list_jobs(ctx, POWERLESS, None, None, 10), lambda: show_job(ctx, POWERLESS, job.id)):
        with refuses(ctx, Forbidden, Permission.JOB_READ):
            read()


def test_settings_are_for_their_readers(ctx: Context) -> None:
    assert list_settings(ctx, ADMIN) == ctx.config.settings
    with refuses(ctx, Forbidden, Permission.SETTING_READ):
        list_settings(ctx, POWERLESS)


def test_every_part_is_ready(ctx: Context) -> None:
    parts = get_readiness(ctx)
    stored = {"database", "published", "crl", "ocsp_signer", "key_backend:embedded"}
    assert stored | {"disk", "disk_space", "clock"} == set(parts)
    # How full the disk of this machine is, is not ours.
    assert {part.state for name, part in parts.items() if name != "disk_space"} == {"ok"}
    assert find_free_bytes(ctx)
    assert get_home(ctx).is_dir()


def test_the_hosts_are_for_those_who_may_read_the_status(ctx: Context) -> None:
    with ctx.ports.storage.housekeep() as uow:
        uow.status_log.note_store(
            StoreReport(store=ctx.new_id(), node="pki-a/worker-1", seen_at=ctx.ports.clock.now(), revision=None, term=3)
        )
    assert [(node.name, node.leader) for node in list_nodes(ctx, ADMIN)] == [("pki-a", True)]
    assert get_nodes(ctx) == list_nodes(ctx, ADMIN)
    assert find_leader(ctx) == "pki-a"
    with refuses(ctx, Forbidden, Permission.STATUS_READ):
        list_nodes(ctx, POWERLESS)


def test_a_search_finds_what_the_reader_may_know(ctx: Context) -> None:
    assert "Issuing CA" in {found.name for found in search(ctx, ADMIN, "Issuing", 10)}
    assert search(ctx, ADMIN, "Nowhere", 10) == ()
    with refuses(ctx, Forbidden, Permission.SELF_READ):
        search(ctx, POWERLESS, "Issuing", 10)


def test_the_clock_is_accepted_by_a_person(ctx: Context) -> None:
    assert show_clock(ctx, ADMIN).state == "ok"
    with records(ctx, "clock.accepted"):
        assert accept_clock(ctx, ADMIN)[0].state == "ok"
    with refuses(ctx, Forbidden, Permission.CLOCK_ACCEPT):
        accept_clock(ctx, POWERLESS)
    with refuses(ctx, Forbidden, Permission.STATUS_READ):
        show_clock(ctx, POWERLESS)


def test_backups_are_recorded_by_target(ctx: Context) -> None:
    backups.require_backup(ADMIN)
    assert backups.find_last_success(ctx, ADMIN) is None
    with records(ctx, "backup.created"):
        backups.record_backup(ctx, ADMIN, "disk", FILE)
    assert backups.list_last_backups(ctx, ADMIN) == {"disk": FILE}
    assert backups.find_last_success(ctx, ADMIN) == FILE.created_at
    with records(ctx, "backup.pruned"):
        backups.record_pruning(ctx, ADMIN, "disk", FILE.name)
    with records(ctx, "database.copied"):
        backups.record_copy(ctx, ADMIN, "postgresql+psycopg://db.example.com/pkim")
    with records(ctx, "backup.restored"):
        backups.record_restore(ctx, ADMIN, backup_id="b1", time=FILE.time, node="host")
    with records(ctx, "backup.created"):
        backups.record_failure(ctx, ADMIN, "disk", "b2", "The disk is full.")
    with refuses(ctx, Forbidden, Permission.BACKUP_CREATE):
        backups.record_backup(ctx, POWERLESS, "disk", FILE)
    with pytest.raises(Forbidden, match=Permission.BACKUP_CREATE):
        backups.require_backup(POWERLESS)


def test_objects_are_decoded_and_linted() -> None:
    csr = make_csr("www.example.com")
    assert len(decode(ADMIN, csr, None)) == 1
    assert len(lint_objects(ADMIN, csr)) == 1
    with pytest.raises(Malformed, match="data"):
        decode(ADMIN, "-----", None)
    for read in (lambda: decode(POWERLESS, csr, None), lambda: lint_objects(POWERLESS, csr)):
        with pytest.raises(Forbidden, match=Permission.TOOLS_USE):
            read()


def test_a_path_leads_to_the_root_of_this_installation(ctx: Context) -> None:
    issued = issue_one(ctx)
    verdict = verify_path(ctx, ADMIN, PathQuestion(certificate=b64encode(issued.der).decode()))
    assert verdict.valid
    with refuses(ctx, Malformed, "base64"):
        verify_path(ctx, ADMIN, PathQuestion(certificate=str(issued.id)))
    with refuses(ctx, Forbidden, Permission.TOOLS_USE):
        verify_path(ctx, POWERLESS, PathQuestion(certificate=""))


def test_backups_and_their_test_restores_become_due(ctx: Context) -> None:
    scheduled = replace(ctx, config=replace(ctx.config, backup_interval=timedelta(hours=6), backup_targets=("disk",)))
    now = ctx.ports.clock.now()
    assert get_backup_states(ctx) == {}
    assert get_backup_states(scheduled)["backup:disk"].state == "missing"
    assert backup_schedule.is_backup_due(scheduled, ADMIN, "disk")
    assert not backup_schedule.is_backup_due(ctx, ADMIN, "disk"), "nothing is scheduled"
    backups.record_backup(scheduled, ADMIN, "disk", replace(FILE, time=now.isoformat()))
    assert not backup_schedule.is_backup_due(scheduled, ADMIN, "disk")
    assert backup_schedule.is_restore_test_due(scheduled, ADMIN, "disk")
    with records(ctx, "backup.verified"):
        backup_schedule.record_restore_test(scheduled, ADMIN, "disk", FILE.id, rows=7, reason=None)
    assert backup_schedule.find_last_restore_test(scheduled, ADMIN) == now
    assert not backup_schedule.is_restore_test_due(scheduled, ADMIN, "disk")
    assert get_backup_states(scheduled)["backup:disk"].state == "ok"
    with records(ctx, "backup.verified"):
        backup_schedule.record_restore_test(scheduled, ADMIN, "disk", FILE.id, rows=0, reason="It is cut off.")
    test = backup_schedule.list_restore_tests(scheduled, ADMIN)["disk"]
    assert (test.passed_at, test.reason) == (now.isoformat(), "It is cut off.")
    assert backup_schedule.is_restore_test_due(scheduled, ADMIN, "disk"), "the next backup is tested after a failure"
    assert get_backup_states(scheduled)["backup:disk"].state == "unrestorable"


def test_the_schedule_of_backups_is_for_those_who_may_read_metrics(ctx: Context) -> None:
    for read in (
        lambda: backup_schedule.is_backup_due(ctx, POWERLESS, "disk"),
        lambda: backup_schedule.is_restore_test_due(ctx, POWERLESS, "disk"),
        lambda: backup_schedule.find_last_restore_test(ctx, POWERLESS),
        lambda: backup_schedule.list_restore_tests(ctx, POWERLESS),
    ):
        with refuses(ctx, Forbidden, Permission.METRICS_READ):
            read()
    with refuses(ctx, Forbidden, Permission.BACKUP_CREATE):
        backup_schedule.record_restore_test(ctx, POWERLESS, "disk", FILE.id, rows=0, reason=None)
