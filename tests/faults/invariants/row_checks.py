"""Invariants of the audit log and of rows: I7 and I8."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from uuid import UUID

from pki_manager.authority.audit.audit_log import AuditReport, verify_audit
from pki_manager.authority.audit.record_check import BATCH, find_certificate_fault, find_state_fault
from pki_manager.authority.installation.stored_check import check_stored
from pki_manager.domain.ca import KeyState
from pki_manager.domain.certificate import format_serial
from pki_manager.domain.revocation import RevocationReason
from pki_manager.storage.tables.acme import acme_orders
from pki_manager.storage.tables.cmp import cmp_transactions
from pki_manager.storage.tables.enrollment import enrollment_credentials
from pki_manager.storage.tables.pki import certificates, enrollments
from pki_manager.storage.tables.requests import approvals
from tests.faults.invariants.evidence import Checked, Evidence, count_lost, count_lost_by_foreign_keys
from tests.support.factories import ADMIN

_WITHOUT_FOREIGN_KEY = (
    (acme_orders.c.enrolment_id, enrollments.c.id),
    (cmp_transactions.c.enrollment_id, enrollments.c.id),
    (enrollment_credentials.c.enrollment_id, enrollments.c.id),
    (enrollments.c.approval_id, approvals.c.id),
)
_OF_CERTIFICATES = (enrollments.c.certificate_id, enrollments.c.renews, certificates.c.renews)
"""References to certificates. An expired certificate can be deleted."""


def check_audit(evidence: Evidence) -> Checked:
    """I7: the audit chains are valid, every event has its row, and every row its event."""
    report = verify_audit(evidence.opened.ctx, ADMIN)
    found = (*_describe(report), *_find_events_without_row(evidence), *_find_rows_without_event(evidence))
    return Checked(report.events, found)


def _describe(report: AuditReport) -> Iterator[str]:
    for problem in report.problems:
        yield f"audit log, {problem.chain}, number {problem.seq}: {problem.message}"


def _find_events_without_row(evidence: Evidence) -> Iterator[str]:
    stored = {str(one.id): one.sha256 for one in evidence.certificates.values()}
    deleted = evidence.list_deleted()
    for event in evidence.list_events("certificate.issued", "certificate.imported"):
        if event.object_id not in deleted and stored.get(event.object_id) != event.details["fingerprint_sha256"]:
            yield f"certificate {event.object_id} is in the audit log and is not stored"
    permanent = frozenset(
        (evidence.keys[key].ca_id, serial)
        for (key, serial), row in evidence.revocations.items()
        if row.reason != RevocationReason.CERTIFICATE_HOLD.value
    )
    for event in evidence.list_events("certificate.revoked"):
        if event.serial not in permanent:
            yield f"the revocation of {event.details['serial_number']} is in the audit log and is not stored"
    digests = {(str(row.issuer_key_id), row.number): hashlib.sha256(row.der).hexdigest() for row in evidence.crls}
    for event in evidence.list_events("crl.published"):
        number, digest = event.details["number"], event.details["crl_sha256"]
        if digests.get((event.object_id, number), digest) != digest:
            yield f"CRL {number} of key {event.object_id} differs from the one in the audit log"


def _find_rows_without_event(evidence: Evidence) -> Iterator[str]:
    """Look at what this installation signed. The history of an imported CA has one event for each CRL."""
    imported = {UUID(event.object_id) for event in evidence.list_events("ca.imported")}
    own = {
        id_: key
        for id_, key in evidence.keys.items()
        if key.state != KeyState.EXTERNAL.value and key.ca_id not in imported
    }
    actions = ("certificate.revoked", "certificate.held", "certificate.issue_failed", "certificate.imported")
    recorded = {event.serial for event in evidence.list_events(*actions)}
    recorded_alone = {int(one.details["serial_number"], 16) for one in evidence.list_events("ca.revocation_imported")}
    for key, serial in evidence.revocations:
        if key in own and (own[key].ca_id, serial) not in recorded and serial not in recorded_alone:
            yield f"the revocation of {format_serial(serial)} has no audit event"
    published = {(one.object_id, one.details["number"]) for one in evidence.list_events("crl.published")}
    for row in evidence.crls:
        if row.issuer_key_id in own and (str(row.issuer_key_id), row.number) not in published:
            yield f"CRL {row.number} of key {row.issuer_key_id} has no audit event"


def check_rows(evidence: Evidence) -> Checked:
    """I8: every reference leads to a row or a key, and every stored value equals the signed one."""
    rows, found = len(evidence.certificates), [*_find_wrong_values(evidence), *_find_lost_keys(evidence)]
    lost = [*count_lost_by_foreign_keys(evidence.connection)]
    lost += [count_lost(evidence.connection, column, target) for column, target in _WITHOUT_FOREIGN_KEY]
    deleted = [UUID(one) for one in evidence.list_deleted()]
    lost += [count_lost(evidence.connection, one, certificates.c.id, deleted) for one in _OF_CERTIFICATES]
    for name, referring, missing in lost:
        rows += referring
        if missing:
            found.append(f"{missing} of {referring} references {name} lead to no row")
    return Checked(rows, tuple(found))


def _find_wrong_values(evidence: Evidence) -> Iterator[str]:
    after: UUID | None = None
    with evidence.opened.ctx.ports.storage.read() as reader:
        while batch := reader.certificates.list_after(after, BATCH):
            yield from filter(None, map(find_certificate_fault, batch))
            if fault := find_state_fault(reader, after, batch[-1].id):
                yield fault
            after = batch[-1].id


def _find_lost_keys(evidence: Evidence) -> Iterator[str]:
    """Compare issuer keys with their key backends. Keys of an unavailable backend are left out."""
    for fault in check_stored(evidence.opened.ctx, ADMIN):
        if fault.is_known:
            yield f"{fault.subject}: {fault.message}"
