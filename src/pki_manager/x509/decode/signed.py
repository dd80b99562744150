"""Descriptions of certificates, CSRs, CRLs, and OCSP messages."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import partial

from pki_manager.x509.asn1 import tlv
from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.asn1.ocsp_view import BY_NAME, BasicResponse, OcspView, SingleResponse
from pki_manager.x509.asn1.oids import EXTENSION_REQUESTS
from pki_manager.x509.asn1.structures import Extension, Time, read_algorithm, read_extensions, read_signed
from pki_manager.x509.asn1.tlv import DerError, Tlv
from pki_manager.x509.crl_entries import read_entry, read_revoked_elements
from pki_manager.x509.decode.extensions import decode_extensions, format_reason_code
from pki_manager.x509.decode.keys import describe_spki
from pki_manager.x509.decode.model import Decoded, DecodedExtension, Json, ObjectKind
from pki_manager.x509.decode.text import Warnings, algorithm, extension_name, hexadecimal, integer, name, oid, time

MAX_ENTRIES = 1000
"""Maximum number of CRL entries, or of single responses in an OCSP response, that are listed. All are counted."""

_RESPONSE_STATUS = {0: "successful", 1: "malformedRequest", 2: "internalError", 3: "tryLater", 5: "sigRequired"}
_STATUS = ("good", "revoked", "unknown")


def sha256_of(raw: bytes) -> str:
    """Return the SHA-256 hash in hex."""
    return hashlib.sha256(raw).hexdigest()


def sha1_of(raw: bytes) -> str:
    """Return the SHA-1 hash in hex, by which older programs identify a certificate."""
    return hashlib.sha1(raw, usedforsecurity=False).hexdigest()


def decode_certificate(element: Tlv, label: str | None) -> Decoded:
    """Describe a certificate (RFC 5280 §4.1) of any version. Raises DerError if its outer structure is wrong."""
    warnings = Warnings()
    view = CertificateView.read(element.raw)
    extensions = decode_extensions(view.extensions, warnings)
    _warn_of_form(view, warnings)
    return Decoded(
        kind=ObjectKind.CERTIFICATE,
        label=label,
        size=len(element.raw),
        fingerprint_sha256=sha256_of(element.raw),
        fingerprint_sha1=sha1_of(element.raw),
        version=view.version,
        serial_number=integer(view.serial),
        subject=name(view.subject, warnings, "subject"),
        issuer=name(view.issuer, warnings, "issuer"),
        not_before=view.not_before.moment,
        not_after=view.not_after.moment,
        sans=_sans(extensions),
        key=describe_spki(tlv.read_whole(view.public_key.raw, tlv.SEQUENCE), warnings),
        signature_algorithm=algorithm(view.signature_algorithm),
        extensions=extensions,
        details={"self_issued": view.is_self_issued, "unique_identifiers": view.has_unique_ids},
        warnings=warnings.all(),
    )


def _warn_of_form(view: CertificateView, warnings: Warnings) -> None:
    time(view.not_before, warnings, "notBefore")
    time(view.not_after, warnings, "notAfter")
    if view.serial[:1] >= b"\x80" or not view.serial.strip(b"\0"):
        warnings.add("the serial number is not positive (RFC 5280 §4.1.2.2)")
    if len(view.serial) > 20:
        warnings.add("the serial number has more than 20 octets (RFC 5280 §4.1.2.2)")
    if view.signature.raw != view.signature_algorithm.raw:
        warnings.add("the two signature algorithms are not the same (RFC 5280 §4.1.1.2)")
    if view.version != 3 and view.extensions:
        warnings.add(f"version {view.version} has no extensions (RFC 5280 §4.1.2.1)")


def _sans(extensions: Iterable[DecodedExtension]) -> tuple[str, ...]:
    values = (one.value for one in extensions if one.name == "subjectAltName" and isinstance(one.value, list))
    return tuple(str(entry) for value in values for entry in value)


def decode_request(element: Tlv, label: str | None) -> Decoded:
    """Describe a PKCS #10 request (RFC 2986 §4); its signature is not verified."""
    warnings = Warnings()
    signed = read_signed(element)
    cursor = tlv.Cursor(signed.tbs)
    version, subject, spki = cursor.take(tlv.INTEGER), cursor.take(tlv.SEQUENCE), cursor.take(tlv.SEQUENCE)
    attributes = cursor.optional(0xA0)
    cursor.end()
    requested: tuple[Extension, ...] = ()
    others: list[Json] = []
    for attribute in attributes.children() if attributes else ():
        kind, values = tlv.read_fields(attribute, tlv.SEQUENCE, 2)[:2]
        dotted_oid = oid(tlv.require_tag(kind, tlv.OBJECT_IDENTIFIER).value)
        if dotted_oid in EXTENSION_REQUESTS:
            requested += warnings.attempt("extensionRequest", partial(_only_extensions, values), ())
        else:
            # The attribute can be a challenge password (RFC 2985 §5.4.1): only the type is shown, never the value.
            others.append(dotted_oid)
    extensions = decode_extensions(requested, warnings)
    return Decoded(
        kind=ObjectKind.REQUEST,
        label=label,
        size=len(element.raw),
        fingerprint_sha256=sha256_of(element.raw),
        fingerprint_sha1=sha1_of(element.raw),
        version=tlv.read_integer(version) + 1 if len(version.value) <= 4 else None,
        subject=name(subject.raw, warnings, "subject"),
        sans=_sans(extensions),
        key=describe_spki(spki, warnings),
        signature_algorithm=algorithm(signed.algorithm),
        extensions=extensions,
        details={"other_attributes": others},
        warnings=warnings.all(),
    )


def _only_extensions(values: Tlv) -> tuple[Extension, ...]:
    return read_extensions(tlv.read_only_child(values))


def decode_crl(element: Tlv, label: str | None) -> Decoded:
    """Describe a CRL (RFC 5280 §5.1) with at most MAX_ENTRIES entries."""
    warnings = Warnings()
    view = CrlView.read(element.raw)
    entries = read_revoked_elements(element)
    if len(entries) > MAX_ENTRIES:
        warnings.add(f"{len(entries)} entries; the first {MAX_ENTRIES} are listed")
    if view.signature.raw != view.signature_algorithm.raw:
        warnings.add("the two signature algorithms are not the same (RFC 5280 §5.1.1.2)")
    return Decoded(
        kind=ObjectKind.CRL,
        label=label,
        size=len(element.raw),
        fingerprint_sha256=sha256_of(element.raw),
        fingerprint_sha1=sha1_of(element.raw),
        version=view.version or 1,
        issuer=name(view.issuer, warnings, "issuer"),
        signature_algorithm=algorithm(view.signature_algorithm),
        extensions=decode_extensions(view.extensions, warnings),
        details={
            "this_update": time(view.this_update, warnings, "thisUpdate"),
            "next_update": _optional_time(view.next_update, warnings, "nextUpdate"),
            "entries": len(entries),
            "revoked": [_entry(entry, warnings) for entry in entries[:MAX_ENTRIES]],
        },
        warnings=warnings.all(),
    )


def _optional_time(found: Time | None, warnings: Warnings, where: str) -> str | None:
    return None if found is None else time(found, warnings, where)


def _entry(element: Tlv, warnings: Warnings) -> Json:
    entry = read_entry(element)
    answer: dict[str, Json] = {
        "serial_number": integer(entry.serial),
        "time": time(entry.time, warnings, "revocationDate"),
    }
    return answer | {one.name: one.value for one in decode_extensions(entry.extensions, warnings)}


def decode_ocsp_request(element: Tlv, label: str | None) -> Decoded:
    """Describe an OCSPRequest (RFC 6960 §4.1.1)."""
    warnings = Warnings()
    fields = element.children()
    cursor = tlv.Cursor(fields[0])
    cursor.optional(0xA0)
    requestor, requests, extensions = cursor.optional(0xA1), cursor.take(tlv.SEQUENCE), cursor.optional(0xA2)
    cursor.end()
    items = requests.children()
    read = () if extensions is None else read_extensions(tlv.read_only_child(extensions))
    return Decoded(
        kind=ObjectKind.OCSP_REQUEST,
        label=label,
        size=len(element.raw),
        fingerprint_sha256=sha256_of(element.raw),
        fingerprint_sha1=sha1_of(element.raw),
        extensions=decode_extensions(read, warnings),
        details={
            "signed": len(fields) > 1,
            "requestor_named": requestor is not None,
            "certificates": [_cert_id(tlv.read_fields(one, tlv.SEQUENCE, 1)[0]) for one in items[:MAX_ENTRIES]],
        },
        warnings=warnings.all(),
    )


def _cert_id(element: Tlv) -> Json:
    hashed, name_hash, key_hash, serial = tlv.read_fields(element, tlv.SEQUENCE, 4)[:4]
    return {
        "hash": algorithm(read_algorithm(hashed)),
        "issuer_name_hash": hexadecimal(tlv.require_tag(name_hash, tlv.OCTET_STRING).value),
        "issuer_key_hash": hexadecimal(tlv.require_tag(key_hash, tlv.OCTET_STRING).value),
        "serial_number": integer(tlv.require_tag(serial, tlv.INTEGER).value),
    }


def decode_ocsp_response(element: Tlv, label: str | None) -> Decoded:
    """Describe an OCSPResponse (RFC 6960 §4.2.1) with its certificates as contents.

    Raises DerError if its outer structure is wrong.
    """
    warnings = Warnings()
    view = OcspView.read(element.raw)
    basic = warnings.attempt("response", lambda: view.basic, None) if view.has_basic else None
    details: dict[str, Json] = {"status": _RESPONSE_STATUS.get(view.status, f"unknown ({view.status})")}
    if basic is not None:
        details |= _basic(basic, warnings)
    certificates = _embedded_certificates(view) if basic is not None else ()
    return Decoded(
        kind=ObjectKind.OCSP_RESPONSE,
        label=label,
        size=len(element.raw),
        fingerprint_sha256=sha256_of(element.raw),
        fingerprint_sha1=sha1_of(element.raw),
        signature_algorithm=algorithm(basic.signature_algorithm) if basic else None,
        extensions=decode_extensions(basic.extensions, warnings) if basic else (),
        details=details,
        warnings=warnings.all(),
        contents=tuple(decode_certificate(one, None) for one in certificates),
    )


def _basic(basic: BasicResponse, warnings: Warnings) -> dict[str, Json]:
    by_name = basic.responder_tag == BY_NAME
    return {
        "responder": name(basic.responder, warnings, "responderID") if by_name else basic.responder.hex(),
        "produced_at": time(basic.produced_at, warnings, "producedAt"),
        "responses": [_single(single, warnings) for single in basic.responses[:MAX_ENTRIES]],
    }


def _single(single: SingleResponse, warnings: Warnings) -> Json:
    hashed = oid(single.cert_id.hash_algorithm)
    answer: dict[str, Json] = {
        "serial_number": integer(single.cert_id.serial),
        "hash": extension_name(hashed),
        "issuer_name_hash": hexadecimal(single.cert_id.issuer_name_hash),
        "issuer_key_hash": hexadecimal(single.cert_id.issuer_key_hash),
        "status": _STATUS[single.status],
        "this_update": time(single.this_update, warnings, "thisUpdate"),
        "next_update": _optional_time(single.next_update, warnings, "nextUpdate"),
    }
    if single.revoked_at is not None:
        answer["revoked_at"] = time(single.revoked_at, warnings, "revocationTime")
        answer["reason"] = None if single.reason is None else format_reason_code(single.reason)
    return answer


def _embedded_certificates(view: OcspView) -> list[Tlv]:
    rest = read_signed(tlv.read_whole(view.response or b"", tlv.SEQUENCE)).rest
    if not rest:
        return []
    found = tlv.require_tag(tlv.read_only_child(tlv.require_tag(rest[0], 0xA0)), tlv.SEQUENCE).children()
    if len(found) > MAX_ENTRIES:
        raise DerError("an OCSP response contains too many certificates")
    return found
