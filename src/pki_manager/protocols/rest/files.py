"""Answers that are files: PEM and DER, by content negotiation or by `?format=`."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from pki_manager.domain.certificate import Certificate
from pki_manager.protocols.rest.answers.cas import Chain
from pki_manager.x509 import export

PEM = "application/x-pem-file"
DER_CERTIFICATE = "application/pkix-cert"
DER_CRL = "application/pkix-crl"

_TEXT: dict[str, Any] = {"schema": {"type": "string"}}
_BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}

PEM_CHAIN: dict[str, Any] = {"content": {PEM: _TEXT}}
"""The further representation of a chain, for OpenAPI."""
CERTIFICATE_FILE: dict[str, Any] = {"content": {PEM: _TEXT, DER_CERTIFICATE: _BINARY}}
CRL_FILE: dict[str, Any] = {"content": {PEM: _TEXT, DER_CRL: _BINARY}}


class CertificateFormat(StrEnum):
    """`chain` runs from the certificate to the root; `fullchain` is what a TLS server sends: without the root."""

    PEM = "pem"
    DER = "der"
    CHAIN = "chain"
    FULLCHAIN = "fullchain"


class CrlFormat(StrEnum):
    PEM = "pem"
    DER = "der"


def chain_answer(request: Request, chain: Sequence[Certificate]) -> Response | Chain:
    """JSON, or the bare PEM file where the caller asks for that."""
    text = export.chain_pem(link.der for link in chain)
    return Response(text, media_type=PEM) if _wants_pem(request) else Chain(chain_pem=text)


def _wants_pem(request: Request) -> bool:
    ranges = (part.partition(";")[0].strip().lower() for part in request.headers.get("accept", "").split(","))
    return PEM in ranges


def certificate_file(chain: Sequence[Certificate], form: CertificateFormat) -> Response:
    """`chain` starts with the certificate itself."""
    if form is CertificateFormat.DER:
        return _file(chain[0].der, DER_CERTIFICATE, "certificate.cer")
    links = {
        CertificateFormat.PEM: chain[:1],
        CertificateFormat.CHAIN: chain,
        CertificateFormat.FULLCHAIN: _without_root(chain),
    }[form]
    return _file(export.chain_pem(link.der for link in links).encode(), PEM, f"{form}.pem")


def _without_root(chain: Sequence[Certificate]) -> Sequence[Certificate]:
    """RFC 8446 §4.4.2: the peer has the trust anchor already. A root alone stays what it is."""
    rooted = chain[-1].subject_key_id == chain[-1].issuer_key_id
    return chain[:-1] if rooted and len(chain) > 1 else chain


def crl_file(der: bytes, form: CrlFormat) -> Response:
    if form is CrlFormat.DER:
        return _file(der, DER_CRL, "ca.crl")
    return _file(export.crl_pem(der).encode(), PEM, "crl.pem")


def _file(content: bytes, media_type: str, name: str) -> Response:
    return Response(content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})
