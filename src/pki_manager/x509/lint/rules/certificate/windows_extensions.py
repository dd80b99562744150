from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets, tlv
from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.asn1.tlv import DerError
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import CertificateRule


def _read_security_identifier(data: bytes) -> None:
    """Raise DerError unless the data is GeneralNames with one otherName that contains a SID."""
    name = tlv.read_only_child(tlv.read_whole(data, tlv.SEQUENCE))
    type_id, value, *_ = tlv.read_fields(name, 0xA0, 2)
    if tlv.require_tag(type_id, tlv.OBJECT_IDENTIFIER).value != oid_octets.SID_STRING:
        raise DerError("the otherName has another type-id than 1.3.6.1.4.1.311.25.2.1")
    text = tlv.require_tag(tlv.read_only_child(tlv.require_tag(value, 0xA0)), tlv.OCTET_STRING).value
    if not text.startswith(b"S-1-") or not text.isascii():
        raise DerError("the value is not a SID as ASCII text")


def _read_template(data: bytes) -> None:
    """Raise DerError unless the data is an OID with one or two version numbers."""
    template, *versions = tlv.read_fields(tlv.read_whole(data, tlv.SEQUENCE), tlv.SEQUENCE, 2)
    tlv.require_tag(template, tlv.OBJECT_IDENTIFIER)
    if len(versions) > 2 or not all(0 <= tlv.read_integer(version) < 1 << 32 for version in versions):
        raise DerError("the versions are not one or two numbers below 2^32")


def _read_template_name(data: bytes) -> None:
    """Raise DerError unless the data is a BMPString."""
    tlv.read_whole(data, tlv.BMP_STRING)


_READERS: dict[bytes, tuple[str, Callable[[bytes], None]]] = {
    oid_octets.SECURITY_IDENTIFIER: ("szOID_NTDS_CA_SECURITY_EXT", _read_security_identifier),
    oid_octets.CERTIFICATE_TEMPLATE: ("certificateTemplate", _read_template),
    oid_octets.TEMPLATE_NAME: ("enrollCerttypeExtension", _read_template_name),
}


def _check(certificate: CertificateView) -> Iterator[Breach]:
    for oid, (name, read) in _READERS.items():
        extension = certificate.by_oid.get(oid)
        if extension is None:
            continue
        try:
            read(extension.value)
        except DerError as error:
            yield Breach(f"extensions.{name}", f"Windows cannot decode it: {error}")


RULE = CertificateRule(
    id="certificate.windows_extensions",
    requirement="The template and SID extensions of Windows have the structure that Windows decodes.",
    citation="MS-WCCE §2.2.2.7.7.1, §2.2.2.7.7.2, §2.2.2.7.7.4",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: not _READERS.keys().isdisjoint(certificate.by_oid),
    check=_check,
)
