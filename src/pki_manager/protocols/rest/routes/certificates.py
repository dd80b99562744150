"""`/certificates`: issuance, search, and export."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from pki_manager.authority.certificates import queries
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.certificates.enroll_batch import EnrollCall, enroll_here
from pki_manager.authority.certificates.enroll_with_key import EnrollWithKey, enroll_with_key
from pki_manager.authority.certificates.generated_keys import KeyOrder
from pki_manager.authority.kernel.access import Permission
from pki_manager.authority.status import revoke
from pki_manager.authority.status.published_status import get_published_status
from pki_manager.domain import certificate as domain
from pki_manager.domain import errors
from pki_manager.domain.approval import Operation
from pki_manager.domain.certificate import CertificateState
from pki_manager.domain.errors import PkiError
from pki_manager.protocols.rest.bodies.common import (
    CertificateBody,
    RevocationByKeyBody,
    build_field_values,
    build_validity_request,
)
from pki_manager.protocols.rest.fast.batched import Arguments, Batched
from pki_manager.protocols.rest.fast.encode_response import encode_model
from pki_manager.protocols.rest.fields import DEFAULT_LIMIT, CertificateName, Cursor, Identifier, Limit, Moment
from pki_manager.protocols.rest.files import (
    CERTIFICATE_FILE,
    PEM_CHAIN,
    CertificateFormat,
    build_certificate_file,
    build_chain_response,
)
from pki_manager.protocols.rest.operation import Call, Caller, OperationRoute, operation
from pki_manager.protocols.rest.responses.cas import Chain
from pki_manager.protocols.rest.responses.certificates import (
    CertificatePage,
    CertificateResponse,
    KeyedCertificate,
    RevokedByKey,
)
from pki_manager.protocols.rest.responses.page import build_page
from pki_manager.protocols.rest.responses.status import CertificateStatus
from pki_manager.x509 import keys

router = APIRouter(prefix="/certificates", tags=["certificates"], route_class=OperationRoute)


def issuing(*gates: Operation) -> dict[str, Any]:
    """Return the route arguments of an operation that issues certificates.

    An operation that can return a private key (a gate for key export) needs recent authentication.
    """
    with_key = (errors.FreshAuthenticationRequired,) if Operation.CERTIFICATE_EXPORT_KEY in gates else ()
    return operation(
        Permission.CERTIFICATE_ISSUE,
        errors.NotFound,
        errors.Conflict,
        errors.PolicyRefused,
        errors.LintRefused,
        errors.BackendUnavailable,
        errors.ClockBehind,
        errors.ClockAhead,
        *with_key,
        posted=True,
        heavy="key_type" if with_key else False,
        gates=gates,
    )


@router.get("", summary="List certificates", **operation(Permission.CERTIFICATE_READ, errors.NotFound))
def list_certificates(
    call: Caller,
    ca: Annotated[str | None, Query(max_length=200, description="ID or name of the issuing CA")] = None,
    profile: Annotated[str | None, Query(max_length=200)] = None,
    state: CertificateState | None = None,
    query: Annotated[
        str | None,
        Query(
            max_length=512,
            description="Any part of a name, of the subject, or of the serial number, or a fingerprint. Fewer than "
            "three characters match the start of a name",
        ),
    ] = None,
    expires_before: Moment | None = None,
    expires_from: Moment | None = None,
    issued_from: Moment | None = None,
    issued_before: Moment | None = None,
    revoked_from: Moment | None = None,
    revoked_before: Moment | None = None,
    key: Annotated[Identifier | None, Query(description="ID of the CA key that signed the certificate")] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> CertificatePage:
    """List certificates, newest first. Filters are combined with AND."""
    where = queries.CertificateQuery(
        ca=ca,
        profile=profile,
        state=state,
        query=query,
        expires_before=expires_before,
        expires_from=expires_from,
        issued_from=issued_from,
        issued_before=issued_before,
        revoked_from=revoked_from,
        revoked_before=revoked_before,
        key=key,
    )
    page = queries.list_certificates(call.ctx, call.actor, where, cursor, limit)
    now = call.ctx.ports.clock.now()
    return CertificatePage(**build_page(page, lambda one: CertificateResponse.of(one, now)))


def _fits(arguments: Arguments) -> bool:
    """Return whether a request can join a batch. It cannot if a key must be generated, which takes long."""
    body: CertificateBody = arguments["body"]
    return body.csr is not None and body.key_type is None


def _issue_batch(requests: Sequence[Arguments]) -> Sequence[Response | Exception | None]:
    calls = [_enroll_call(one) for one in requests]
    results = iter(enroll_here(requests[0]["call"].ctx, [one for one in calls if one is not None]))
    return [None if order is None else _answer(one, next(results)) for one, order in zip(requests, calls, strict=True)]


def _enroll_call(arguments: Arguments) -> EnrollCall | None:
    """Return the command of a request, or None if its body is invalid, which the endpoint then reports."""
    call: Call = arguments["call"]
    with suppress(PkiError):
        return EnrollCall(call.actor, _command(arguments["body"]), call.claim)
    return None


def _answer(arguments: Arguments, result: domain.Certificate | PkiError | None) -> Response | PkiError | None:
    if not isinstance(result, domain.Certificate):
        return result
    answer = encode_model(CertificateResponse.of(result, arguments["call"].ctx.ports.clock.now()), 201)
    located(result, answer, arguments["request"])
    return answer


def _command(body: CertificateBody) -> Enroll:
    """Return the command that issues a certificate for the CSR in a body."""
    key = body.key()
    return Enroll(
        ca=body.ca,
        profile=body.profile,
        csr="" if isinstance(key, KeyOrder) else key,
        subject=body.subject,
        sans=None if body.sans is None else tuple(body.sans),
        validity=build_validity_request(body.validity),
        fields=build_field_values(body.fields),
    )


@router.post(
    "",
    summary="Issue a certificate",
    status_code=201,
    **issuing(Operation.CERTIFICATE_ISSUE, Operation.CERTIFICATE_EXPORT_KEY),
)
@Batched(_fits, _issue_batch).of
def issue_certificate(
    call: Caller, body: CertificateBody, response: Response, request: Request
) -> KeyedCertificate | CertificateResponse:
    """Issue a certificate from a CSR, or generate its key with `key_type`.

    A generated key is returned only once, encrypted with `passphrase`.
    """
    key = body.key()
    if isinstance(key, KeyOrder):
        command = EnrollWithKey(
            ca=body.ca,
            profile=body.profile,
            key=key,
            subject=body.subject,
            sans=tuple(body.sans or ()),
            validity=build_validity_request(body.validity),
            fields=build_field_values(body.fields),
        )
        keyed, replayed = enroll_with_key(call.ctx, call.actor, command, call.claim)
        located(keyed.certificate, response, request)
        return KeyedCertificate.made(keyed, call.ctx.ports.clock.now(), replayed=replayed)
    certificate, _ = enroll(call.ctx, call.actor, _command(body), call.claim)
    located(certificate, response, request)
    return CertificateResponse.of(certificate, call.ctx.ports.clock.now())


def located(made: domain.Certificate, response: Response, request: Request) -> None:
    """Set the Location header of a new certificate (RFC 9110 §15.3.2)."""
    response.headers["Location"] = f"{request.scope.get('root_path', '')}/certificates/{made.id}"


@router.post(
    "/revoke-by-key",
    summary="Revoke certificates by key",
    **operation(
        Permission.CERTIFICATE_REVOKE,
        errors.NotFound,
        errors.Conflict,
        posted=True,
        gates=[Operation.CERTIFICATE_BULK_REVOKE, Operation.CA_REVOKE],
    ),
)
def revoke_by_key(call: Caller, body: RevocationByKeyBody) -> RevokedByKey:
    """Revoke every unexpired certificate of one public key, from all CAs. If one of them cannot be revoked, none is."""
    spki_sha256 = keys.parse_spki_sha256(body.key, "key")
    why = revoke.RevocationDetails(body.reason, body.invalidity_date)
    revoked, _ = revoke.revoke_by_key(call.ctx, call.actor, spki_sha256, why, call.claim)
    return RevokedByKey.of(spki_sha256, revoked, call.ctx.ports.clock.now())


def certificate_id(call: Call, certificate: str) -> UUID:
    """Return the ID of the certificate that a path names.

    Raises NotFound if there is none; Conflict for a serial number that several CAs issued.
    """
    return queries.find_certificate_id(call.ctx, call.actor, certificate)


@router.get(
    "/{certificate}",
    summary="Get a certificate",
    **operation(Permission.CERTIFICATE_READ, errors.NotFound, errors.Conflict),
)
def get_certificate(call: Caller, certificate: CertificateName) -> CertificateResponse:
    """Return a certificate by ID or serial number.

    Returns 409 if several CAs issued a certificate with this serial number. Use the ID then.
    """
    found = queries.show_certificate(call.ctx, call.actor, certificate_id(call, certificate))
    return CertificateResponse.of(found, call.ctx.ports.clock.now())


_CHAIN: dict[str, Any] = operation(Permission.CERTIFICATE_READ, errors.NotFound, errors.Conflict)
_CHAIN["responses"][200] = PEM_CHAIN


@router.get("/{certificate}/chain", summary="Get a certificate chain", response_model=Chain, **_CHAIN)
def get_certificate_chain(call: Caller, certificate: CertificateName, request: Request) -> Response | Chain:
    """Return the chain of a certificate: the certificate first, the root last.

    With `Accept: application/x-pem-file`, the response is the PEM file.
    """
    return build_chain_response(
        request, queries.get_certificate_chains(call.ctx, call.actor, certificate_id(call, certificate))
    )


@router.get(
    "/{certificate}/status",
    summary="Get the published status",
    **operation(Permission.CERTIFICATE_READ, errors.NotFound, errors.Conflict),
)
def get_certificate_status(call: Caller, certificate: CertificateName) -> CertificateStatus:
    """Return the published OCSP and CRL status of a certificate, and whether it matches the database. Signs nothing."""
    found = get_published_status(call.ctx, call.actor, certificate_id(call, certificate))
    return CertificateStatus.of(found)


_EXPORT: dict[str, Any] = operation(Permission.CERTIFICATE_READ, errors.NotFound, errors.Conflict)
_EXPORT["responses"][200] = CERTIFICATE_FILE


@router.get("/{certificate}/export", summary="Export a certificate", response_class=Response, **_EXPORT)
def export_certificate(
    call: Caller,
    certificate: CertificateName,
    form: Annotated[CertificateFormat, Query(alias="format")],
    *,
    legacy: Annotated[
        bool,
        Query(
            description="Whether to encrypt `p12` with 3DES and SHA-1, for software from before 2018. Default: `false`"
        ),
    ] = False,
) -> Response:
    """Return a certificate as a file. `chain` includes the chain up to the root, `fullchain` the same without the root.

    `p12` and `jks` (a truststore of the CA certificates) contain no private key. Their password is `changeit`.
    """
    chain = queries.get_certificate_chain(call.ctx, call.actor, certificate_id(call, certificate))
    return build_certificate_file(chain, form, legacy=legacy)
