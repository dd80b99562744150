"""Responses that are files, by content negotiation or `?format=`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from pki_manager.authority.signing.chains import Chains, drop_root
from pki_manager.domain.certificate import Certificate, format_serial
from pki_manager.domain.errors import InvalidInput
from pki_manager.protocols.rest.responses.cas import Chain
from pki_manager.x509 import export

PEM = "application/x-pem-file"
DER_CERTIFICATE = "application/pkix-cert"
DER_CRL = "application/pkix-crl"
PKCS7 = "application/x-pkcs7-certificates"
PKCS12 = "application/x-pkcs12"
ZIP = "application/zip"

_TEXT: dict[str, Any] = {"schema": {"type": "string"}}
_BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}

PEM_CHAIN: dict[str, Any] = {"content": {PEM: _TEXT}}
"""Additional PEM representation of a chain, for OpenAPI."""
CERTIFICATE_FILE: dict[str, Any] = {
    "content": {PEM: _TEXT} | dict.fromkeys((DER_CERTIFICATE, PKCS7, PKCS12, ZIP), _BINARY)
}
ARCHIVE_FILE: dict[str, Any] = {"content": {ZIP: _BINARY}}
CRL_FILE: dict[str, Any] = {"content": {PEM: _TEXT, DER_CRL: _BINARY}}


class CertificateFormat(StrEnum):
    """File format.

    `chain` includes the chain up to a root; `fullchain` is the chain without the root, as for TLS servers.

    After a root CA was rotated with cross-certification, both are valid with the old and the new root. `p7b` and `p12`
    contain the chain, `jks` the CA certificates as a Java truststore, and `zip` one file of each format. No format
    contains a private key.
    """

    PEM = "pem"
    DER = "der"
    CHAIN = "chain"
    FULLCHAIN = "fullchain"
    P7B = "p7b"
    P12 = "p12"
    JKS = "jks"
    ZIP = "zip"


class CrlFormat(StrEnum):
    PEM = "pem"
    DER = "der"


def build_chain_response(request: Request, chains: Chains) -> Response | Chain:
    """Return the chain as JSON, or as a PEM file if the Accept header of the request contains that type."""
    text, *others = (export.encode_chain_pem(link.der for link in chain) for chain in (chains.usual, *chains.others))
    return Response(text, media_type=PEM) if _wants_pem(request) else Chain(chain_pem=text, alternatives=others)


def _wants_pem(request: Request) -> bool:
    ranges = (part.partition(";")[0].strip().lower() for part in request.headers.get("accept", "").split(","))
    return PEM in ranges


_NAMES: Mapping[CertificateFormat, tuple[str, str]] = {
    CertificateFormat.PEM: ("certificate.pem", PEM),
    CertificateFormat.DER: ("certificate.cer", DER_CERTIFICATE),
    CertificateFormat.CHAIN: ("chain.pem", PEM),
    CertificateFormat.FULLCHAIN: ("fullchain.pem", PEM),
    CertificateFormat.P7B: ("chain.p7b", PKCS7),
    CertificateFormat.P12: ("chain.p12", PKCS12),
    CertificateFormat.JKS: ("truststore.p12", PKCS12),
    CertificateFormat.ZIP: ("certificate.zip", ZIP),
}
"""File name and media type of each format.

Names are fixed: they never contain input of a caller or text of a certificate (RFC 6266 §4.3).
"""


def build_certificate_file(chain: Sequence[Certificate], form: CertificateFormat, *, legacy: bool = False) -> Response:
    """Return a certificate as a file. `chain` starts with the certificate.

    Raises InvalidInput if `legacy` is set for a format other than `p12`.
    """
    if legacy and form is not CertificateFormat.P12:
        raise InvalidInput.of("legacy", "export.legacy", "can be set only for the format `p12`")
    if form is CertificateFormat.ZIP:
        one_of_each = (other for other in CertificateFormat if other is not CertificateFormat.ZIP)
        content = export.build_archive(
            {_NAMES[other][0]: _content(chain, other, legacy=False) for other in one_of_each}
        )
    else:
        content = _content(chain, form, legacy=legacy)
    name, media_type = _NAMES[form]
    return _file(content, media_type, name)


def _content(chain: Sequence[Certificate], form: CertificateFormat, *, legacy: bool) -> bytes:
    ders = [link.der for link in chain]
    match form:
        case CertificateFormat.DER:
            return ders[0]
        case CertificateFormat.P7B:
            return export.encode_certificates_only(ders)
        case CertificateFormat.P12:
            return export.encode_pkcs12_certificates(ders, legacy=legacy)
        case CertificateFormat.JKS:
            return export.encode_java_truststore([link.der for link in chain if link.subject_key_id is not None])
        case CertificateFormat.PEM:
            ders = ders[:1]
        case CertificateFormat.FULLCHAIN:
            ders = [link.der for link in drop_root(chain)]
    return export.encode_chain_pem(ders).encode()


def build_certificates_archive(
    chains: Iterable[tuple[int, Sequence[Certificate]]], form: CertificateFormat
) -> Response:
    """Return a ZIP archive with one file for each chain. File names contain row number and serial number.

    Raises InvalidInput for the formats `p12`, `jks`, and `zip`, which are containers.
    """
    if form not in _IN_ARCHIVES:
        raise InvalidInput.of("format", "bulk.format", f"must be one of {', '.join(_IN_ARCHIVES)}")
    suffix = _NAMES[form][0].rpartition(".")[2]
    files = {
        f"{number:05}-{format_serial(chain[0].serial)}.{suffix}": _content(chain, form, legacy=False)
        for number, chain in chains
    }
    return _file(export.build_archive(files), ZIP, "certificates.zip")


_IN_ARCHIVES = (
    CertificateFormat.PEM,
    CertificateFormat.DER,
    CertificateFormat.CHAIN,
    CertificateFormat.FULLCHAIN,
    CertificateFormat.P7B,
)


def build_crl_file(der: bytes, form: CrlFormat) -> Response:
    """Return a CRL as a file."""
    if form is CrlFormat.DER:
        return _file(der, DER_CRL, "ca.crl")
    return _file(export.encode_crl_pem(der).encode(), PEM, "crl.pem")


def _file(content: bytes, media_type: str, name: str) -> Response:
    return Response(content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})
