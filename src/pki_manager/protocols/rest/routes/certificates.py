"""`/certificates`: issuing, finding, revoking, exporting."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from pki_manager.authority import enrol, queries, renew, revoke
from pki_manager.authority.access import Permission
from pki_manager.domain import certificate as domain
from pki_manager.domain import errors
from pki_manager.domain.certificate import CertificateState
from pki_manager.protocols.rest.answers.cas import Chain
from pki_manager.protocols.rest.answers.certificates import Certificate, CertificatePage
from pki_manager.protocols.rest.answers.page import paged
from pki_manager.protocols.rest.bodies import CertificateBody, RenewalBody, RevocationBody, validity_request
from pki_manager.protocols.rest.fields import DEFAULT_LIMIT, Cursor, Identifier, Limit, Moment
from pki_manager.protocols.rest.files import (
    CERTIFICATE_FILE,
    PEM_CHAIN,
    CertificateFormat,
    certificate_file,
    chain_answer,
)
from pki_manager.protocols.rest.operation import Call, Caller, Operation, operation

router = APIRouter(prefix="/certificates", tags=["certificates"], route_class=Operation)


_ISSUING: dict[str, Any] = operation(
    Permission.CERTIFICATE_ISSUE,
    errors.NotFound,
    errors.Conflict,
    errors.PolicyRefused,
    errors.LintRefused,
    errors.BackendUnavailable,
    errors.ClockBehind,
    posted=True,
)


@router.get("", **operation(Permission.CERTIFICATE_READ, errors.NotFound))
def list_certificates(
    call: Caller,
    ca: Annotated[str | None, Query(max_length=200, description="Id or name of the issuing CA")] = None,
    profile: Annotated[str | None, Query(max_length=200)] = None,
    state: CertificateState | None = None,
    query: Annotated[
        str | None, Query(max_length=512, description="Beginning or end of a name, serial number or fingerprint")
    ] = None,
    expires_before: Moment | None = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> CertificatePage:
    """Newest first; every given condition holds."""
    where = queries.CertificateQuery(ca=ca, profile=profile, state=state, query=query, expires_before=expires_before)
    page = queries.list_certificates(call.authority, call.actor, where, cursor, limit)
    now = call.authority.clock.now()
    return CertificatePage(**paged(page, lambda one: Certificate.of(one, now)))


@router.post(
    "",
    status_code=201,
    **_ISSUING,
)
def issue_certificate(call: Caller, body: CertificateBody, response: Response, request: Request) -> Certificate:
    """Issue now, from a PKCS#10 request."""
    command = enrol.Enrol(
        ca=body.ca,
        profile=body.profile,
        csr=body.csr,
        subject=body.subject,
        sans=tuple(body.sans) if body.sans is not None else None,
        validity=validity_request(body.validity),
    )
    certificate, _ = enrol.enrol(call.authority, call.actor, command, call.claim)
    return _created(call, certificate, response, request)


def _created(call: Call, made: domain.Certificate, response: Response, request: Request) -> Certificate:
    response.headers["Location"] = f"{request.scope.get('root_path', '')}/certificates/{made.id}"
    return Certificate.of(made, call.authority.clock.now())


@router.post("/{certificate}/renew", status_code=201, **_ISSUING)
def renew_certificate(
    call: Caller, certificate: Identifier, body: RenewalBody, response: Response, request: Request
) -> Certificate:
    """A new certificate for the same key and names, by the newest version of the profile."""
    made, _ = renew.renew(call.authority, call.actor, certificate, validity_request(body.validity), call.claim)
    return _created(call, made, response, request)


@router.get("/{certificate}", **operation(Permission.CERTIFICATE_READ, errors.NotFound))
def get_certificate(call: Caller, certificate: Identifier) -> Certificate:
    found = queries.show_certificate(call.authority, call.actor, certificate)
    return Certificate.of(found, call.authority.clock.now())


_CHAIN: dict[str, Any] = operation(Permission.CERTIFICATE_READ, errors.NotFound)
_CHAIN["responses"][200] = PEM_CHAIN


@router.get("/{certificate}/chain", response_model=Chain, **_CHAIN)
def get_certificate_chain(call: Caller, certificate: Identifier, request: Request) -> Response | Chain:
    """The certificate first, the root last; with `Accept: application/x-pem-file` the bare file."""
    return chain_answer(request, queries.certificate_chain(call.authority, call.actor, certificate))


_EXPORT: dict[str, Any] = operation(Permission.CERTIFICATE_READ, errors.NotFound)
_EXPORT["responses"][200] = CERTIFICATE_FILE


@router.get("/{certificate}/export", response_class=Response, **_EXPORT)
def export_certificate(
    call: Caller, certificate: Identifier, form: Annotated[CertificateFormat, Query(alias="format")]
) -> Response:
    """The certificate as a file; `chain` from it to the root, `fullchain` the same without the root."""
    return certificate_file(queries.certificate_chain(call.authority, call.actor, certificate), form)


@router.post(
    "/{certificate}/revoke",
    **operation(Permission.CERTIFICATE_REVOKE, errors.NotFound, errors.Conflict, errors.ClockBehind, posted=True),
)
def revoke_certificate(call: Caller, certificate: Identifier, body: RevocationBody) -> Certificate:
    """Revoke for good. OCSP and the next CRL say so within moments."""
    revoked, _ = revoke.revoke(call.authority, call.actor, certificate, body.reason, body.invalidity_date, call.claim)
    return Certificate.of(revoked, call.authority.clock.now())
