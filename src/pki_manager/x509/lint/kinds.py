"""Kinds of objects: what pkilint found right in one of a kind it will find right in the others.

pkilint judges structure, and objects made from one profile under one key share theirs. A kind holds all of it that
pkilint looks at, short of the values that differ from object to object (numbers, names, dates, keys).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterable

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.asn1.frame import CertificateFrame
from pki_manager.x509.asn1.ocsp_view import OcspView
from pki_manager.x509.asn1.structures import Extension

Kind = tuple[Hashable, ...]

_FIXED = frozenset(
    {oid_octets.BASIC_CONSTRAINTS, oid_octets.KEY_USAGE, oid_octets.EXTENDED_KEY_USAGE, oid_octets.CERTIFICATE_POLICIES}
)
"""Extensions whose few values come from the profile: they count by value, the others by their presence."""


class KnownKinds:
    """The kinds in which nothing was found wrong; of too many, those not asked for longest are forgotten.

    Threads share it.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kinds: OrderedDict[Kind, None] = OrderedDict()
        self._lock = threading.Lock()

    def holds(self, kind: Kind) -> bool:
        with self._lock:
            if kind not in self._kinds:
                return False
            self._kinds.move_to_end(kind)
            return True

    def add(self, kind: Kind) -> None:
        with self._lock:
            self._kinds[kind] = None
            self._kinds.move_to_end(kind)
            if len(self._kinds) > self._most:
                self._kinds.popitem(last=False)


def certificate_kind(certificate: CertificateView) -> Kind:
    """Algorithms, key length, extensions, kinds of alternative names, types of subject attributes, types of dates.

    DerError when a part of it cannot be decoded.
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
        _extensions(frame.extensions),
    )


def crl_kind(crl: CrlView) -> Kind:
    """Algorithm, types of dates, whether anything is listed, extensions of the list and of its entries, reasons.

    DerError when a part of it cannot be decoded.
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


def ocsp_kind(ocsp: OcspView) -> Kind:
    """Algorithms, who answers, statuses with their reasons, extensions, and the certificates sent along.

    DerError when a part of it cannot be decoded.
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
    return tuple(
        (extension.oid, extension.critical, extension.value if extension.oid in _FIXED else None)
        for extension in extensions
    )
