"""Comparison of stored rows with what was signed: certificates, CRLs, and the audit log.

A change made directly in the database could make a revoked certificate valid again, or show other dates.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from uuid import UUID

from pki_manager.domain.certificate import Certificate, CertificateFacts
from pki_manager.domain.errors import PkiError
from pki_manager.domain.events.certificates import CertificateRevoked
from pki_manager.ports.audit_trail import StoredEvent
from pki_manager.ports.unit_of_work import Reader
from pki_manager.x509 import parse
from pki_manager.x509.crl import read_crl_facts, read_entry_serials

BATCH = 100
"""Number of certificates that are read at once."""

_REVOKED = f'"{CertificateRevoked.ACTION}"'.encode()


def find_event_fault(reader: Reader, event: StoredEvent) -> str | None:
    """Return how the stored rows disagree with an audit event; None if they agree.

    Every recorded revocation must still be stored: it cannot be undone, and is kept longer than its certificate.
    """
    if _REVOKED not in event.body:
        return None
    body = json.loads(event.body)
    if body["action"] != CertificateRevoked.ACTION:
        return None
    details = body["details"]
    serial = int(details["serial_number"], 16)
    for key in reader.issuer_keys.list_by_ca(UUID(details["ca"])):
        revocation = reader.revocations.find(key.id, serial)
        if revocation is not None and not revocation.is_hold:
            return None
    return f"the revocation of serial number {details['serial_number']} is missing from the database"


def find_certificate_fault(certificate: Certificate) -> str | None:
    """Return a text that names the first stored value that differs from the certificate's signed bytes.

    None if all values match.
    """
    try:
        facts = parse.parse_certificate(certificate.der)
    except PkiError as error:
        return f"certificate {certificate.id} cannot be read: {error.detail}"
    differing = next(_differences(certificate, facts), None)
    return differing and f"the stored {differing} of certificate {certificate.id} differs from its signed value"


def _differences(stored: Certificate, facts: CertificateFacts) -> Iterator[str]:
    signed = {
        "fingerprint": (stored.fingerprint_sha256, hashlib.sha256(stored.der).digest()),
        "serial number": (stored.serial, facts.serial),
        "issuer": (stored.issuer_name_sha256, hashlib.sha256(facts.issuer_der).digest()),
        "subject": (stored.subject, str(facts.subject)),
        "subject alternative name": (stored.sans, facts.sans),
        "notBefore": (stored.validity.not_before, facts.validity.not_before),
        "notAfter": (stored.validity.not_after, facts.validity.not_after),
        "public key hash": (stored.spki_sha256, facts.key.spki_sha256),
    }
    return (name for name, (here, there) in signed.items() if here != there)


def find_state_fault(reader: Reader, after: UUID | None, last: UUID) -> str | None:
    """Return a text that names a certificate whose listed state disagrees with its revocation; None if all agree.

    Checks the certificates from `after` (exclusive) to `last`.
    """
    for certificate_id in reader.certificates.list_with_wrong_state(after, last):
        return f"the listed state of certificate {certificate_id} differs from its revocation"
    return None


def find_crl_fault(reader: Reader, issuer_key_id: UUID) -> str | None:
    """Return how the newest full CRL of a key differs from the stored revocations. None if they agree.

    Revocations and releases after the CRL was issued are not differences.
    """
    record = reader.crls.find_current(issuer_key_id)
    if record is None:
        return None
    listed = frozenset(read_crl_facts(record.der).serials)
    revoked = read_entry_serials(reader.revocations.read_entries(issuer_key_id).der)
    # Entries of expired certificates leave `read_entries` after the CRL that lists them last.
    extra = {serial for serial in listed - revoked if reader.revocations.find(issuer_key_id, serial) is None}
    extra -= {serial for serial, _ in reader.revocations.list_released(issuer_key_id, record.this_update)}
    missing = revoked - listed
    if missing:
        missing -= read_entry_serials(reader.revocations.read_changed_entries(issuer_key_id, record.this_update).der)
    if not (extra or missing) or reader.crls.find_current(issuer_key_id) != record:
        return None
    what = "is on it, and its revocation is missing from the database" if extra else "is revoked and is not on it"
    return f"CRL {record.number} of key {issuer_key_id}: serial number {min(extra or missing):x} {what}"
