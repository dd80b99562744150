"""A server that starts on an older copy of its database, with the published store from before, another, or none."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import NoReturn

import pytest
import sqlalchemy as sa

from pki_manager.authority.cas.views import show_ca
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.status import publish_crl
from pki_manager.authority.status.follow_status import StatusFollower
from pki_manager.authority.status.revoke import revoke
from pki_manager.bootstrap import Installation
from pki_manager.domain.errors import StorageUnavailable
from pki_manager.domain.revocation import RevocationReason
from pki_manager.worker.worker import Worker
from pki_manager.x509.crl import CrlFacts, read_crl_facts
from pki_manager.x509.ocsp.facts import read_response_facts
from pki_manager.x509.ocsp.response import CertStatus
from tests.fakes.clock import FrozenClock
from tests.services.postgresql import PostgresServer
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN
from tests.support.held import held_installation

_SOME = timedelta(seconds=2)


@contextmanager
def running(
    folder: Path, database_url: str, clock: FrozenClock
) -> Iterator[tuple[Installation, Worker, StatusFollower]]:
    with held_installation(folder, database_url, clock) as installation:
        follower = StatusFollower(installation.ctx)
        worker = Worker(installation, follower=follower)
        yield installation, worker, follower
        worker.stop(1)
        installation.scheduler.resign()


def published_crl(installation: Installation) -> CrlFacts | None:
    ca = show_ca(installation.ctx, ADMIN, "Issuing CA").ca.id
    found = installation.published.find_object(f"/crl/{ca}.crl")
    return None if found is None else read_crl_facts(found.body)


def copy_database(url: str, postgresql: PostgresServer) -> str:
    """Copy a database that nothing uses. Return the URL of the copy."""
    if url.startswith("sqlcipher:"):
        path = Path(url.removeprefix("sqlcipher:"))
        return f"sqlcipher:{shutil.copyfile(path, path.with_name('copy.db'))}"
    return postgresql.url(postgresql.create_database(str(sa.make_url(url).database)))


@pytest.mark.parametrize("store", ["kept", "lost"])
def test_rev_09_after_a_restore_nothing_older_is_served_and_numbers_go_on(
    tmp_path: Path, database_url: str, postgresql: PostgresServer, clock: FrozenClock, store: str
) -> None:
    with running(tmp_path, database_url, clock) as (installation, worker, _):
        leaf, _ = enroll(
            installation.ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("www.example.com"))
        )
        worker.tick()
    copy = copy_database(database_url, postgresql)
    clock.advance(_SOME)
    with running(tmp_path, database_url, clock) as (installation, worker, _):
        revoke(installation.ctx, ADMIN, leaf.id, RevocationReason.SUPERSEDED)
        for _ in range(30):
            publish_crl.publish_now(installation.ctx, ADMIN, "Issuing CA")
        worker.tick()
        before = published_crl(installation)
    assert before is not None
    if store == "lost":
        shutil.rmtree(tmp_path / "published")
    clock.advance(_SOME)
    with running(tmp_path, copy, clock) as (installation, worker, follower):
        follower.follow()
        assert not follower.is_current()
        for _ in range(3):
            worker.tick()
        after = published_crl(installation)
        assert follower.is_current()
        assert after is not None
        assert (after.number or 0) > (before.number or 0)
        assert after.this_update > before.this_update
        # As the database says now: what happened after the copy is forgotten everywhere, and new facts are shown.
        assert leaf.serial not in after.serials
        found = installation.published.find_response(leaf.issuer_key_id, leaf.serial, "sha1")
        assert found is not None
        assert read_response_facts(found.body).singles[0].status is CertStatus.GOOD
        revoke(installation.ctx, ADMIN, leaf.id, RevocationReason.SUPERSEDED)
        worker.tick()
        found = installation.published.find_response(leaf.issuer_key_id, leaf.serial, "sha1")
        assert found is not None
        assert read_response_facts(found.body).singles[0].status is CertStatus.REVOKED


def test_a_full_disk_keeps_nothing_that_is_published_from_being_served(
    tmp_path: Path, sqlcipher_url: str, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a restart: the store is compared by reading alone."""
    with running(tmp_path, sqlcipher_url, clock) as (_, worker, _):
        for _ in range(2):
            worker.tick()
    with running(tmp_path, sqlcipher_url, clock) as (installation, _, follower):

        def full(*_: object, **__: object) -> NoReturn:
            raise StorageUnavailable("the disk is full")

        monkeypatch.setattr(installation.ctx.ports.storage, "housekeep", full)
        follower.follow()
        assert follower.is_current()
        monkeypatch.undo()
