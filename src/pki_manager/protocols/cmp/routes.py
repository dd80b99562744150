"""CMP over HTTP (RFC 9811), mounted at `/.well-known/cmp`: one path for each CA and profile."""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from pki_manager.authority.enrollment.authenticate import Origin
from pki_manager.authority.enrollment.labels import get_ca_of_part
from pki_manager.authority.kernel import refusal_log
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.ca import CertificateAuthority
from pki_manager.domain.errors import Fault, FieldError, Forbidden, NotFound, PkiError, TooLarge, UnsupportedMedia
from pki_manager.protocols.cmp import errors
from pki_manager.protocols.cmp.operations import CmpCall, CmpResult, find_operation
from pki_manager.protocols.cmp.protection import CmpTarget, Protection, Sender, authenticate, require_fresh, respond_to
from pki_manager.protocols.http import Boundary, request_id
from pki_manager.x509.asn1 import der
from pki_manager.x509.cmp import build
from pki_manager.x509.cmp.build import ResponseHeader
from pki_manager.x509.cmp.identifiers import BodyType
from pki_manager.x509.cmp.message import MAX_OCTETS, Message, MessageHeader, read_message

PREFIX = "/.well-known/cmp"
MEDIA_TYPE = "application/pkixcmp"

_NONCE_OCTETS = 16
_NO_NAME = der.encode_sequence()


def create_cmp(ctx: Context) -> ASGIApp:
    """Return the ASGI application, to be mounted at PREFIX."""
    endpoint = _Endpoint(ctx)
    bounded = Middleware(
        Boundary,
        new_request_id=lambda: str(ctx.new_id()),
        fault=lambda _: endpoint.unprotected(Fault(""), None, 500),
        max_body=MAX_OCTETS,
    )
    app = Starlette(
        routes=[Route("/p/{ca}/{profile}", endpoint.post, methods=["POST"])],
        middleware=[bounded],
        exception_handlers={HTTPException: _on_http},
    )
    app.router.redirect_slashes = False
    return app


@dataclass(frozen=True, slots=True, kw_only=True)
class _Received:
    ca: str
    profile: str
    target: str
    origin: Origin
    body: bytes = field(repr=False)


class _Endpoint:
    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def post(self, request: Request) -> Response:
        """Handle a CMP message that a client sent by POST (RFC 9811 §3.1)."""
        if request.headers.get("content-type", "").split(";")[0].strip().lower() != MEDIA_TYPE:
            return self.unprotected(UnsupportedMedia(f"CMP messages are sent as {MEDIA_TYPE}."), None, 415)
        try:
            body = await request.body()
        except ClientDisconnect:
            return Response(status_code=400)
        except TooLarge as error:
            return self.unprotected(error, None, 413)
        received = _Received(
            **request.path_params,
            target=request.url.path,
            origin=Origin(peer=request.client.host if request.client else None, request_id=request_id(request.scope)),
            body=body,
        )
        return await run_in_threadpool(self._respond, received)

    def _respond(self, received: _Received) -> Response:
        """Return the response to a message.

        The response is unprotected if the bytes are not a message, or if their sender cannot be authenticated for this
        URL.
        """
        try:
            message = read_message(received.body)
        except PkiError as error:
            return self.unprotected(error, None, 400)
        try:
            sender = authenticate(self._ctx, message, CmpTarget(received.ca, received.profile), received.origin)
            ca = self._find_addressed(received, sender)
            protection = respond_to(self._ctx, message.header, sender, ca)
        except PkiError as error:
            return self.unprotected(error, message.header)
        nonce = self._ctx.ports.entropy.token(_NONCE_OCTETS)
        result = self._result(received, message, sender, ca, nonce)
        return self._protected(message.header, result, protection, nonce)

    def _find_addressed(self, received: _Received, sender: Sender) -> CertificateAuthority:
        """Return the CA as `_addressed` does, and record a refusal in the audit log."""
        try:
            return self._addressed(received, sender)
        except Forbidden as error:
            refusal_log.record_refusal(self._ctx, sender.client.actor, "cmp.request", received.target, error)
            raise

    def _addressed(self, received: _Received, sender: Sender) -> CertificateAuthority:
        """Return the CA in the path. Raises Forbidden unless the client's credential is for that CA and profile."""
        credential = sender.client.credential
        try:
            with self._ctx.ports.storage.read() as reader:
                ca = get_ca_of_part(reader, received.ca)
        except NotFound:
            ca = None
        if ca is None or (ca.id, received.profile) != (credential.ca_id, credential.profile):
            text = "The credential is for another CA or profile than the path of this URL names."
            raise Forbidden(text, errors=(FieldError("path", errors.WRONG_CA, text),))
        return ca

    def _result(
        self, received: _Received, message: Message, sender: Sender, ca: CertificateAuthority, nonce: bytes
    ) -> CmpResult:
        name = f"cmp.{message.kind.name.lower()}"
        try:
            transaction_id = require_fresh(self._ctx, message.header)
            operation = find_operation(message.kind)
            name = operation.name
            call = CmpCall(
                message=message,
                sender=sender,
                ca=ca,
                profile=received.profile,
                transaction_id=transaction_id,
                nonce=nonce,
            )
            return operation.run(self._ctx, call)
        except PkiError as error:
            if errors.is_internal(error):
                raise
            refusal_log.record_refusal(self._ctx, sender.client.actor, name, received.target, error)
            return CmpResult(kind=BodyType.ERROR, content=build.build_error(errors.build_status(error)))

    def _protected(self, request: MessageHeader, result: CmpResult, protection: Protection, nonce: bytes) -> Response:
        transaction = result.transaction
        implicit = transaction is not None and transaction.implicit_confirm
        header = build.encode_header(
            ResponseHeader(
                request=request,
                sender=protection.sender,
                time=self._ctx.ports.clock.now(),
                nonce=nonce,
                key_id=protection.key_id,
                implicit_confirm=implicit,
                confirm_by=None if transaction is None or implicit else transaction.expires_at,
                protection_algorithm=protection.identifier,
            )
        )
        body = build.encode_body(result.kind, result.content)
        certificates = tuple(dict.fromkeys((*protection.extra_certs, *result.certificates)))
        mac = protection.protect(build.encode_protected_part(header, body))
        return Response(build.encode_message(header, body, mac, certificates), media_type=MEDIA_TYPE)

    def unprotected(self, error: PkiError, request: MessageHeader | None, status: int = 200) -> Response:
        """Return an error message without protection. Raises `error` if it is internal and a message was read."""
        if request is not None and errors.is_internal(error):
            raise error
        header = ResponseHeader(
            request=request,
            sender=_NO_NAME,
            time=self._ctx.ports.clock.now(),
            nonce=self._ctx.ports.entropy.token(_NONCE_OCTETS),
        )
        body = build.encode_body(BodyType.ERROR, build.build_error(errors.build_status(error)))
        return Response(build.encode_message(build.encode_header(header), body, None), status, media_type=MEDIA_TYPE)


async def _on_http(_request: Request, error: Exception) -> Response:
    """Return the response to an error of the framework: unknown path or method."""
    if not isinstance(error, HTTPException):
        raise error
    return PlainTextResponse(f"{error.detail}\n", error.status_code, error.headers)
