"""Kinds of objects: if pkilint finds no error in one object of a kind, it finds none in the others.

pkilint checks structure, which objects of one profile and key share. A kind contains everything that pkilint checks,
except values that differ from object to object (numbers, names, dates, keys).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterable

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.certificate_view import CertificateFrame, CertificateView
from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.asn1.ocsp_view import OcspView
from pki_manager.x509.asn1.structures import Extension

Kind = tuple[Hashable, ...]

_VARYING = frozenset(
    {
        oid_octets.SUBJECT_ALT_NAME,
        oid_octets.SUBJECT_KEY_IDENTIFIER,
        oid_octets.AUTHORITY_KEY_IDENTIFIER,
        oid_octets.NAME_CONSTRAINTS,
        oid_octets.CRL_DISTRIBUTION_POINTS,
        oid_octets.AUTHORITY_INFO_ACCESS,
        oid_octets.SECURITY_IDENTIFIER,
    }
)
"""Extensions with many values of one structure. A kind of certificates contains only their presence.

Of all other extensions, which come from the profile, it contains the values.
"""


class KnownKinds:
    """The kinds in which no error was found. Limited: the least recently used are removed. Thread-safe."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kinds: OrderedDict[Kind, None] = OrderedDict()
        self._lock = threading.Lock()

    def holds(self, kind: Kind) -> bool:
        """Return whether the kind is known, and mark it as used."""
        with self._lock:
            if kind not in self._kinds:
                return False
            self._kinds.move_to_end(kind)
            return True

    def add(self, kind: Kind) -> None:
        """Add a kind. If there are too many, remove the least recently used one."""
        with self._lock:
            self._kinds[kind] = None
            self._kinds.move_to_end(kind)
            if len(self._kinds) > self._most:
                self._kinds.popitem(last=False)


def compute_certificate_kind(certificate: CertificateView) -> Kind:
    """Return the kind of a certificate: algorithms, key length, extensions, kinds of names, and types of values.

    Raises DerError if a part of it cannot be decoded.
    """
    return (
        *certificate.frame.once(_frame_kind),
        len(certificate.public_key.bits),
        certificate.not_before.tag,
        certificate.not_after.tag,
        frozenset(name.choice for name in certificate.subject_alt_names or ()),
        tuple((attribute.type, attribute.tag) for attribute in certificate.subject_attributes),
    )


def _frame_kind(frame: CertificateFrame) -> Kind:
    return (
        frame.version,
        frame.signature.raw,
        frame.key_algorithm.raw,
        frame.has_unique_ids,
        _certificate_extensions(frame.extensions),
    )


def _certificate_extensions(extensions: Iterable[Extension]) -> Kind:
    return tuple(
        (extension.oid, extension.critical, None if extension.oid in _VARYING else extension.value)
        for extension in extensions
    )


def compute_crl_kind(crl: CrlView) -> Kind:
    """Return the kind of a CRL: algorithm, types of dates, whether it has entries, extensions, reasons.

    Raises DerError if a part of it cannot be decoded.
    """
    return (
        crl.version,
        crl.signature.raw,
        crl.this_update.tag,
        crl.next_update.tag if crl.next_update else None,
        None if crl.revoked is None else bool(crl.revoked.count),
        _extensions(crl.extensions),
        frozenset(_extensions(extensions) for _, extensions in crl.entry_extensions),
        frozenset(code for _, code in crl.reasons),
    )


def compute_ocsp_kind(ocsp: OcspView) -> Kind:
    """Return the kind of an OCSP response: algorithms, responder ID type, statuses, extensions, certificates.

    Raises DerError if a part of it cannot be decoded.
    """
    if not ocsp.has_basic:
        return (ocsp.status, ocsp.response_type)
    basic = ocsp.basic
    answers = frozenset(
        (
            single.cert_id.hash_algorithm,
            single.status,
            single.reason,
            single.next_update is None,
            _extensions(single.extensions),
        )
        for single in basic.responses
    )
    return (
        ocsp.status,
        ocsp.response_type,
        basic.signature_algorithm.raw,
        basic.responder_tag,
        answers,
        _extensions(basic.extensions),
        tuple(certificate.public_key.raw for certificate in basic.certificates or ()),
    )


def _extensions(extensions: Iterable[Extension]) -> Kind:
    return tuple((extension.oid, extension.critical) for extension in extensions)
