"""Descriptions of PKCS #7 and PKCS #12 containers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from pki_manager.x509 import confined
from pki_manager.x509.asn1 import tlv
from pki_manager.x509.asn1.tlv import Tlv
from pki_manager.x509.decode import pkcs12_form
from pki_manager.x509.decode.keys import describe_private_key
from pki_manager.x509.decode.model import Decoded, Json, ObjectKind
from pki_manager.x509.decode.oid_names import CONTENT_TYPES
from pki_manager.x509.decode.signed import decode_certificate, decode_crl
from pki_manager.x509.decode.text import Warnings, escape_invisible, object_identifier

MAX_CONTENTS = 200

_SIGNED_DATA = "signedData"


def decode_pkcs7(element: Tlv, label: str | None) -> Decoded:
    """Return the certificates and CRLs of SignedData (DER, RFC 5652 §3). Of other content, return only the type."""
    warnings = Warnings()
    content_type = object_identifier(element.children()[0])
    called = CONTENT_TYPES.get(content_type, content_type)
    details: dict[str, Json] = {"content_type": called}
    contents: tuple[Decoded, ...] = ()
    if called == _SIGNED_DATA:
        details |= warnings.attempt("signedData", lambda: _signers(element), {})
        contents = warnings.attempt("signedData", lambda: tuple(_signed_contents(element, warnings)), ())
    return Decoded(
        kind=ObjectKind.PKCS7,
        label=label,
        size=len(element.raw),
        fingerprint_sha256=hashlib.sha256(element.raw).hexdigest(),
        details=details,
        warnings=warnings.all(),
        contents=contents,
    )


def _signed_data(element: Tlv) -> Tlv:
    return tlv.read_only_child(tlv.read_fields(element, tlv.SEQUENCE, 2)[1])


def _signers(element: Tlv) -> dict[str, Json]:
    fields = tlv.read_fields(_signed_data(element), tlv.SEQUENCE, 3)
    inner = object_identifier(tlv.read_fields(fields[2], tlv.SEQUENCE, 1)[0])
    signers = fields[-1].children() if fields[-1].tag == tlv.SET and len(fields) > 3 else []
    return {"signed_content_type": CONTENT_TYPES.get(inner, inner), "signers": len(signers)}


def _signed_contents(element: Tlv, warnings: Warnings) -> Iterator[Decoded]:
    """Yield the objects in certificates [0] and crls [1] (RFC 5652 §5.1).

    Other objects, such as attribute certificates, are skipped with a warning.
    """
    readers = {0xA0: decode_certificate, 0xA1: decode_crl}
    fields = _signed_data(element).children()
    found = list(chain.from_iterable(((f.tag, item) for item in f.children()) for f in fields if f.tag in readers))
    if len(found) > MAX_CONTENTS:
        warnings.add(f"{len(found)} objects; the first {MAX_CONTENTS} are listed")
    for tag, item in found[:MAX_CONTENTS]:
        if item.tag == tlv.SEQUENCE:
            yield readers[tag](item, None)
        else:
            warnings.add("holds an object that is neither a certificate nor a CRL")


def decode_pkcs12(element: Tlv, label: str | None, password: str | None) -> Decoded:
    """Return the contents of a PFX (RFC 7292 §4), opened in a child process.

    Without the right password, only its protection is shown. Raises InvalidInput if opening it costs more than
    `pkcs12_form` permits (checked before any key is derived), or if the child exceeded its limits.
    """
    warnings = Warnings()
    found = pkcs12_form.list_derivations(element)
    protection: list[Json] = [{"scheme": one.scheme, "iterations": one.iterations} for one in found]
    details: dict[str, Json] = {"protection": protection, "opened": False}
    contents: tuple[Decoded, ...] = ()
    opened = confined.open_pkcs12(element.raw, password)
    if opened is None:
        wrong = "the password is wrong, or the file is damaged" if password else "it needs its password"
        warnings.add(f"nothing inside is shown: {wrong}")
    else:
        details["opened"] = True
        contents = _opened(opened, warnings)
    return Decoded(
        kind=ObjectKind.PKCS12,
        label=label,
        size=len(element.raw),
        fingerprint_sha256=hashlib.sha256(element.raw).hexdigest(),
        details=details,
        warnings=warnings.all(),
        contents=contents,
    )


def _opened(opened: confined.Pkcs12, warnings: Warnings) -> tuple[Decoded, ...]:
    found = []
    if opened.key_spki is not None:
        found.append(describe_private_key(opened.key_spki))
    if len(opened.certificates) > MAX_CONTENTS:
        warnings.add(f"{len(opened.certificates)} certificates; the first {MAX_CONTENTS} are listed")
    for certificate in opened.certificates[:MAX_CONTENTS]:
        one = decode_certificate(tlv.read_whole(certificate.der, tlv.SEQUENCE), None)
        name = (
            {} if certificate.friendly_name is None else {"friendly_name": escape_invisible(certificate.friendly_name)}
        )
        found.append(replace(one, details={**one.details, **name}))
    return tuple(found)
