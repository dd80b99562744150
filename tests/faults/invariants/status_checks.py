"""Invariants of revocation status: I4 and I5."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from uuid import UUID

from pki_manager.authority.audit.record_check import find_crl_fault
from pki_manager.domain.ca import KeyState
from pki_manager.domain.certificate import format_serial
from pki_manager.x509.crl import read_crl_facts
from pki_manager.x509.ocsp.facts import read_response_facts
from pki_manager.x509.ocsp.response import CertStatus
from tests.faults.invariants.evidence import Checked, Event, Evidence

_CRL_PATH = re.compile(r"/crl/([0-9a-f-]{36})[./].*")
"""The path of a CRL in the published status store, with the ID of the CA."""


def check_crl_numbers(evidence: Evidence) -> Checked:
    """I4: no CRL number of a key is used twice, and the numbers never fall."""
    intended = evidence.list_events("crl.intended")
    received = evidence.records.list_received("crl")
    rows = len(intended) + len(evidence.crls) + len(received)
    return Checked(rows, (*_find_reserved_faults(evidence, intended), *_find_crl_faults(evidence)))


def _find_reserved_faults(evidence: Evidence, intended: Sequence[Event]) -> Iterator[str]:
    for (key, number), count in Counter((one.object_id, one.details["number"]) for one in intended).items():
        if count > 1:
            yield f"CRL number {number} of key {key} was used twice"
        if number > evidence.keys[UUID(key)].crl_number:
            yield f"the last CRL number of key {key} is stored as less than {number}, which was used"
    chains = defaultdict(list)
    for one in intended:
        chains[one.object_id, one.chain].append(one.details["number"])
    for (key, chain), numbers in chains.items():
        for before, after in pairwise(numbers):
            if before > after:
                yield f"CRL number {after} of key {key} follows {before} in chain {chain}"


def _find_crl_faults(evidence: Evidence) -> Iterator[str]:
    for row in evidence.crls:
        signed = read_crl_facts(row.der).number
        if signed != row.number:
            yield f"CRL {row.number} of key {row.issuer_key_id} is signed with number {signed}"
    of_ca = defaultdict(list)
    for record in evidence.records.list_received("crl"):
        of_ca[record["ca"]].append(record["number"])
    for ca, numbers in of_ca.items():
        for before, after in pairwise(numbers):
            if before > after:
                yield f"a client received CRL {after} of {ca} after CRL {before}"


def check_status(evidence: Evidence) -> Checked:
    """I5: published status equals stored status, and no response says good of a revoked certificate."""
    statuses = evidence.records.list_received("status")
    published = evidence.published
    rows = len(published.responses) + len(published.crls) + len(statuses)
    found = (*_find_wrong_responses(evidence), *_find_wrong_crls(evidence), *_find_wrong_statuses(evidence))
    return Checked(rows, found)


def _find_wrong_responses(evidence: Evidence) -> Iterator[str]:
    known = {(one.issuer_key_id, one.serial) for one in evidence.certificates.values()}
    known |= {(one.issuer_key_id, one.serial) for one in evidence.intents.values()}
    for key, serial, body, revision in evidence.published.responses:
        said = read_response_facts(body).singles[0].status
        is_revoked = (key, serial) in evidence.revocations
        wanted = CertStatus.REVOKED if is_revoked else CertStatus.GOOD if (key, serial) in known else CertStatus.UNKNOWN
        is_pending = evidence.status_revisions.get((key, serial), -1) > max(revision, evidence.published.revision)
        if said is not wanted and not is_pending:
            name, stored = said.name.lower(), wanted.name.lower()
            yield f"the OCSP response for {format_serial(serial)} is {name}, and the stored status is {stored}"


def _find_wrong_crls(evidence: Evidence) -> Iterator[str]:
    stored = defaultdict(dict)
    for row in evidence.crls:
        stored[evidence.keys[row.issuer_key_id].ca_id][hashlib.sha256(row.der).digest()] = row.number
    for path, body, number in evidence.published.crls:
        match = _CRL_PATH.fullmatch(path)
        numbers = stored[UUID(match[1])] if match else {}
        is_superseded = number not in numbers.values() and number < max(numbers.values(), default=-1)
        if hashlib.sha256(body).digest() not in numbers and not is_superseded:
            yield f"the published CRL {path} with number {number} is not stored"
    with evidence.opened.ctx.ports.storage.read() as reader:
        for key in evidence.keys.values():
            fault = None if key.state == KeyState.EXTERNAL.value else find_crl_fault(reader, key.id)
            if fault is not None:
                yield fault


def _find_wrong_statuses(evidence: Evidence) -> Iterator[str]:
    """A status `revoked` without an acknowledgement is correct: the client may not have received the response."""
    revoked: set[int] = set()
    for record in evidence.records.list_received("revocation", "release", "status"):
        serial = int(record["serial_number"], 16)
        is_good = record["received"] == "status" and record["status"] == "good"
        if is_good and serial in revoked:
            yield f"a client received the status good of {record['serial_number']} after its revocation"
        if record["received"] == "release":
            revoked.discard(serial)
        elif not is_good:
            revoked.add(serial)
    stored = {serial for _, serial in evidence.revocations}
    seen = {int(one["serial_number"], 16) for one in evidence.records.list_received("status")} & revoked
    for serial in sorted(seen - stored):
        yield f"a client received the status revoked of {format_serial(serial)}, which is not revoked"
