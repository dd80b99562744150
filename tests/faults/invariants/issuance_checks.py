"""Invariants of certificates: I1, I2, I3, and I6."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta

from pki_manager.domain.certificate import format_serial
from pki_manager.domain.enrollment import EnrollmentState
from tests.faults.invariants.evidence import Checked, Evidence

OVERDUE = timedelta(minutes=5)
"""How long after its deadline an intent can wait for the scheduler. A restarted server needs some seconds."""


def check_acknowledged(evidence: Evidence) -> Checked:
    """I1: every result that a client received is stored."""
    received = evidence.records.list_received("certificate", "revocation", "release")
    return Checked(len(received), tuple(_find_unstored(evidence)))


def _find_unstored(evidence: Evidence) -> Iterator[str]:
    stored = {(one.serial, one.sha256) for one in evidence.certificates.values()}
    deleted = evidence.list_events("certificate.deleted")
    stored |= {(event.serial[1], event.details["fingerprint_sha256"]) for event in deleted}
    for record in evidence.records.list_received("certificate"):
        if (int(record["serial_number"], 16), record["sha256"]) not in stored:
            yield f"a client received certificate {record['serial_number']}, which is not stored"
    revoked = {serial for _, serial in evidence.revocations}
    for serial, is_revoked in _read_received_revocations(evidence).items():
        if is_revoked and serial not in revoked:
            yield f"the revocation of {format_serial(serial)} was acknowledged and is not stored"


def _read_received_revocations(evidence: Evidence) -> dict[int, bool]:
    """Return the last acknowledged change of each serial number: True for a revocation or a hold."""
    changes = evidence.records.list_received("revocation", "release")
    return {int(one["serial_number"], 16): one["received"] == "revocation" for one in changes}


def check_origin(evidence: Evidence) -> Checked:
    """I2: every certificate has its intent, its lint result, and its audit events, the intent first."""
    return Checked(len(evidence.certificates), tuple(_find_without_origin(evidence)))


def _find_without_origin(evidence: Evidence) -> Iterator[str]:
    events = evidence.list_events("certificate.issue_intended")
    intended = {event.serial: event for event in reversed(events)}
    issued = {event.object_id: event for event in evidence.list_events("certificate.issued")}
    elsewhere = _list_foreign(evidence)
    for one in evidence.certificates.values():
        serial = one.ca_id, one.serial
        name = f"certificate {one.id}"
        if str(one.id) in elsewhere or one.sha256 in elsewhere:
            continue
        before, after = intended.get(serial), issued.get(str(one.id))
        intent = evidence.intents.get(serial)
        if intent is None or intent.tbs_sha256 != one.tbs_sha256:
            yield f"{name} has no intent with its contents"
        if before is None or before.details["tbs_sha256"] != one.tbs_sha256:
            yield f"{name} has no audit event of its intent"
        if after is None:
            yield f"{name} has no audit event of its issuance"
        elif before is not None and before.chain == after.chain and before.seq > after.seq:
            yield f"{name} was issued before its intent was recorded"
        if not one.lint_version:
            yield f"{name} has no lint result"


def _list_foreign(evidence: Evidence) -> frozenset[str]:
    """Return the IDs and fingerprints of certificates that were signed elsewhere, by the audit log."""
    found: set[str] = set()
    for event in evidence.list_events("certificate.imported"):
        found.add(event.object_id)
    for event in evidence.list_events("ca.certificate_installed"):
        found |= {event.details["fingerprint_sha256"], *event.details["above"]}
    for event in evidence.list_events("ca.imported"):
        found.add(event.details["fingerprint_sha256"])
    return frozenset(found)


def check_serials(evidence: Evidence) -> Checked:
    """I3: no serial number of a CA is used twice."""
    intended = Counter(event.serial for event in evidence.list_events("certificate.issue_intended"))
    stored = Counter((one.issuer_name_sha256, one.serial) for one in evidence.certificates.values())
    received = defaultdict(set)
    for record in evidence.records.list_received("certificate"):
        received[int(record["serial_number"], 16)].add(record["sha256"])
    twice = {serial for (_, serial), number in (*intended.items(), *stored.items()) if number > 1}
    twice |= {serial for serial, digests in received.items() if len(digests) > 1}
    rows = intended.total() + stored.total() + len(received)
    return Checked(rows, tuple(f"serial number {format_serial(serial)} was used twice" for serial in sorted(twice)))


def check_settled(evidence: Evidence) -> Checked:
    """I6: everything that may have been signed is stored, or its serial number is revoked, or its intent waits."""
    intended = evidence.list_events("certificate.issue_intended")
    return Checked(len(intended) + len(evidence.intents), tuple(_find_unsettled(evidence)))


def _find_unsettled(evidence: Evidence) -> Iterator[str]:
    stored = evidence.index_serials().keys() | {one.serial for one in evidence.list_events("certificate.deleted")}
    revoked = evidence.list_revoked()
    issuing = {key for key, one in evidence.intents.items() if one.state == EnrollmentState.ISSUING.value}
    for event in evidence.list_events("certificate.issue_intended"):
        if event.serial not in stored | revoked | issuing:
            yield f"serial number {event.details['serial_number']} has neither a certificate nor a revocation"
    for serial, one in evidence.intents.items():
        if one.state == EnrollmentState.ISSUING.value and one.deadline + OVERDUE < evidence.now:
            yield f"the intent {one.id} is not settled; its deadline was {one.deadline:%Y-%m-%d %H:%M:%S} UTC"
        elif one.state == EnrollmentState.ISSUED.value and serial not in stored:
            yield f"the enrollment {one.id} is issued and has no certificate"
        elif one.state == EnrollmentState.FAILED.value and serial not in revoked:
            yield f"the enrollment {one.id} failed and its serial number is not revoked"
