"""Recovery from an older copy: nothing is issued until what is missing was added, and no number is used twice."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from pki_manager.authority.audit.audit_log import accept_truncation, verify_audit, write_checkpoint
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.installation.queries import get_readiness
from pki_manager.authority.installation.recovery import (
    RecoveryImport,
    finish_recovery,
    import_seen,
    revoke_window,
    show_recovery,
)
from pki_manager.authority.kernel.recovery import put_recovery
from pki_manager.authority.status import publish_crl
from pki_manager.authority.status.revoke import revoke
from pki_manager.bootstrap import Installation, initialize, open_installation
from pki_manager.bootstrap.backup import create_backup
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import Conflict, HomeUnusable
from pki_manager.domain.revocation import RevocationReason
from pki_manager.settings import load
from pki_manager.x509 import pem
from pki_manager.x509.crl import read_crl_facts
from tests.faults.test_backup import ENGINES, new_url
from tests.services.postgresql import PostgresServer
from tests.support.backups import RECIPIENTS, restored
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN


@dataclass(frozen=True)
class Lost:
    """What happened after the backup, as other machines saw it."""

    backup: Path
    issued: Certificate
    revoked: Certificate
    untouched: Certificate
    crl: bytes


def issue(installation: Installation, name: str) -> Certificate:
    leaf, _ = enroll(installation.ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr(name)))
    return leaf


def new_crl(installation: Installation) -> bytes:
    return publish_crl.publish_now(installation.ctx, ADMIN, "Issuing CA").value.der


@pytest.fixture(scope="module")
def lost(tmp_path_factory: pytest.TempPathFactory) -> Lost:
    folder = tmp_path_factory.mktemp("lost")
    initialize(load(folder / "home", {}))
    installation = open_installation(load(folder / "home", {}), slot="worker-1")
    revoked, untouched = issue(installation, "revoked.example.com"), issue(installation, "valid.example.com")
    create_backup(installation, ADMIN, folder / "backup.age", RECIPIENTS)
    issued = issue(installation, "issued.example.com")
    revoke(installation.ctx, ADMIN, revoked.id, RevocationReason.KEY_COMPROMISE)
    crl = new_crl(installation)
    installation.close()
    return Lost(folder / "backup.age", issued, revoked, untouched, crl)


@pytest.fixture(params=ENGINES)
def recovering(
    request: pytest.FixtureRequest, lost: Lost, tmp_path: Path, postgresql: PostgresServer
) -> Iterator[Installation]:
    restored(lost.backup, tmp_path / "home", new_url(request.param, postgresql), recorded=True)
    installation = open_installation(load(tmp_path / "home", {}), slot="worker-1")
    yield installation
    installation.close()


def is_revoked(installation: Installation, certificate: Certificate) -> bool:
    with installation.ctx.ports.storage.read() as reader:
        return reader.certificates.get(certificate.id).revocation is not None


def test_a_restored_installation_issues_nothing_until_the_recovery_is_finished(recovering: Installation) -> None:
    assert get_readiness(recovering.ctx)["recovery"].state == "recovery"
    with pytest.raises(Conflict, match="in recovery"):
        issue(recovering, "www.example.com")
    finish_recovery(recovering.ctx, ADMIN)
    assert "recovery" not in get_readiness(recovering.ctx)
    assert show_recovery(recovering.ctx, ADMIN) is None
    issue(recovering, "www.example.com")
    with pytest.raises(Conflict, match="not in recovery"):
        finish_recovery(recovering.ctx, ADMIN)


def test_a_running_process_notices_that_another_one_finished_the_recovery(
    recovering: Installation, tmp_path: Path
) -> None:
    with pytest.raises(Conflict, match="in recovery"):
        issue(recovering, "www.example.com")
    other = open_installation(load(tmp_path / "home", {}), slot="cli")
    finish_recovery(other.ctx, ADMIN)
    other.close()
    issue(recovering, "www.example.com")


def test_certificates_and_revocations_seen_elsewhere_are_added_once(recovering: Installation, lost: Lost) -> None:
    log = json.dumps({"message": "issued", "pem": pem.write(pem.CERTIFICATE, lost.issued.der)}).encode()
    assert import_seen(recovering.ctx, ADMIN, log) == RecoveryImport(certificates=1)
    assert import_seen(recovering.ctx, ADMIN, lost.issued.der) == RecoveryImport(known=1)
    added = import_seen(recovering.ctx, ADMIN, pem.write(pem.CRL, lost.crl).encode())
    assert added.revocations >= 1
    assert import_seen(recovering.ctx, ADMIN, lost.crl).revocations == 0
    with recovering.ctx.ports.storage.read() as reader:
        found = reader.certificates.find_serial(lost.issued.issuer_key_id, lost.issued.serial)
        revocation = reader.revocations.find(lost.revoked.issuer_key_id, lost.revoked.serial)
    assert found is not None
    assert found.der == lost.issued.der
    assert revocation is not None
    assert revocation.reason is RevocationReason.KEY_COMPROMISE
    assert is_revoked(recovering, lost.revoked)
    assert not is_revoked(recovering, lost.untouched)
    recovery = show_recovery(recovering.ctx, ADMIN)
    assert recovery is not None
    assert (recovery.imported, recovery.revoked) == (1, added.revocations)
    assert verify_audit(recovering.ctx, ADMIN).valid


def test_a_crl_from_before_the_window_is_not_applied(recovering: Installation, lost: Lost) -> None:
    recovery = show_recovery(recovering.ctx, ADMIN)
    assert recovery is not None
    later = (recovering.ctx.ports.clock.now() + timedelta(hours=1)).isoformat()
    with recovering.ctx.ports.storage.housekeep() as uow:
        put_recovery(uow, replace(recovery, since=later))
    assert import_seen(recovering.ctx, ADMIN, lost.crl) == RecoveryImport(other=1)


def test_rev_09_crl_numbers_continue_above_those_of_an_imported_crl(recovering: Installation, lost: Lost) -> None:
    import_seen(recovering.ctx, ADMIN, lost.crl)
    before, after = read_crl_facts(lost.crl), read_crl_facts(new_crl(recovering))
    assert (after.number or 0) > (before.number or 0)
    assert before.serials <= after.serials


def test_certificates_of_other_cas_are_not_added(recovering: Installation, tmp_path: Path) -> None:
    initialize(load(tmp_path / "other", {}))
    other = open_installation(load(tmp_path / "other", {}), slot="worker-1")
    leaf, crl = issue(other, "www.example.com"), new_crl(other)
    other.close()
    for der in (leaf.der, crl):
        assert import_seen(recovering.ctx, ADMIN, der) == RecoveryImport(other=1)


def test_all_certificates_of_the_window_are_revoked_by_choice(recovering: Installation, lost: Lost) -> None:
    import_seen(recovering.ctx, ADMIN, lost.issued.der)
    assert revoke_window(recovering.ctx, ADMIN, RevocationReason.SUPERSEDED) == 1
    assert revoke_window(recovering.ctx, ADMIN, RevocationReason.SUPERSEDED) == 0
    with recovering.ctx.ports.storage.read() as reader:
        revocation = reader.revocations.find(lost.issued.issuer_key_id, lost.issued.serial)
    assert revocation is not None
    assert revocation.reason is RevocationReason.SUPERSEDED
    assert not is_revoked(recovering, lost.revoked), "it was issued before"


@pytest.mark.parametrize("engine", ENGINES)
def test_an_older_copy_of_the_database_starts_in_recovery_once_it_is_accepted(
    engine: str, tmp_path: Path, postgresql: PostgresServer
) -> None:
    home, url = tmp_path / "home", new_url(engine, postgresql)
    settings = load(home, {} if url is None else {"PKIM_DATABASE_URL": url})
    initialize(settings)
    if url is None:
        shutil.copyfile(home / "pki.db", tmp_path / "copy.db")
    else:
        copy = postgresql.create_database(str(sa.make_url(url).database))
    installation = open_installation(settings, slot="worker-1")
    issue(installation, "www.example.com")
    write_checkpoint(installation.ctx)
    installation.close()
    if url is None:
        for path in home.glob("pki.db*"):
            path.unlink()
        shutil.copyfile(tmp_path / "copy.db", home / "pki.db")
    else:
        settings = load(home, {"PKIM_DATABASE_URL": postgresql.url(copy)})
    with pytest.raises(HomeUnusable, match="older than its own checkpoints"):
        open_installation(settings, slot="worker-1")
    reading = open_installation(settings, slot="cli", only_reads=True)
    assert accept_truncation(reading.ctx, ADMIN)
    reading.close()
    opened = open_installation(settings, slot="worker-1")
    with pytest.raises(Conflict, match="in recovery"):
        issue(opened, "www.example.com")
    opened.close()
