"""A CMP client that sends exactly what a test wants, to the endpoint in process."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from pki_manager.authority.enrollment.credentials import NewCredential, create_credential
from pki_manager.authority.kernel.context import Context
from pki_manager.cli.asgi import send_request
from pki_manager.domain.duration import Duration
from pki_manager.domain.rights.actor import EnrollmentProtocol, Role
from pki_manager.protocols.cmp.routes import MEDIA_TYPE, PREFIX, create_cmp
from pki_manager.x509 import parse
from tests.protocols.rest.door import Reply
from tests.support import cmp_messages as cmp
from tests.support.factories import ADMIN

_NUMBERS = count(1)


class Endpoint:
    """The application as it is mounted, without a server."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self._app = create_cmp(ctx)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._app({**scope, "root_path": PREFIX}, receive, send)

    def post(self, path: str, body: bytes, media_type: str = MEDIA_TYPE, method: str = "POST") -> Reply:
        answer = send_request(self, method, f"{PREFIX}{path}", headers=[("Content-Type", media_type)], body=body)
        return Reply(answer.status, answer.headers, answer.body)


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass
class CmpClient:
    """With a credential of its own; `path` is below the prefix."""

    endpoint: Endpoint
    secret: cmp.Secret
    path: str
    last: cmp.Request | None = None
    replies: list[Reply] = field(default_factory=list)

    @property
    def actor_id(self) -> str:
        return f"token:{self.secret.reference.decode()}"

    @property
    def ctx(self) -> Context:
        return self.endpoint.ctx

    def request(self, kind: int, body: bytes, **changes: Any) -> cmp.Request:
        made = cmp.Request(kind=kind, body=body, time=self.ctx.ports.clock.now(), protection=self.secret)
        return replace(made, **changes)

    def send(self, request: cmp.Request) -> cmp.Response:
        """The response, whose transaction and nonce are right; `last` is the request."""
        reply = self.endpoint.post(self.path, request.encode())
        assert reply.status == 200, reply.body
        self.last = request
        response = cmp.Response.parse(reply.body)
        assert (response.transaction_id, response.recipient_nonce) == (request.transaction_id, request.nonce)
        return response

    def enroll(self, name: str | None = None, key: ec.EllipticCurvePrivateKey | None = None, **changes: Any) -> Any:
        """ir of a new name for a new key."""
        key = key or new_key()
        name = name or unique()
        template = cmp.template(subject=name, sans=(name,), key=key)
        return self.send(self.request(cmp.IR, cmp.certificate_request(template, key), **changes))

    def follow(self, response: cmp.Response, kind: int, body: bytes, **changes: Any) -> cmp.Response:
        assert self.last is not None
        changes = {"time": self.ctx.ports.clock.now(), **changes}
        return self.send(self.last.follow(response, kind, body, **changes))

    def confirm(self, response: cmp.Response, **changes: Any) -> cmp.Response:
        return self.follow(response, cmp.CERT_CONF, cmp.confirmation(response.certificate, **changes))

    def confirmed(self, key: ec.EllipticCurvePrivateKey, name: str | None = None) -> cmp.Signature:
        """Enroll and confirm; what the client signs with afterwards."""
        response = self.enroll(name, key)
        assert self.confirm(response).kind == "pkiconf"
        return signature(key, response.certificate)

    def update(self, by: cmp.Signature, key: ec.EllipticCurvePrivateKey, **template: Any) -> cmp.Request:
        """kur for a new key."""
        facts = parse.parse_certificate(by.certificate)
        body = cmp.certificate_request(
            cmp.template(key=key, **template), key, controls=cmp.old_certificate(facts.issuer_der, facts.serial)
        )
        return self.request(cmp.KUR, body, protection=by, sender=facts.subject_der)


def signature(key: ec.EllipticCurvePrivateKey, certificate: bytes) -> cmp.Signature:
    identifier = parse.parse_certificate(certificate).subject_key_identifier
    return cmp.Signature(key=key, certificate=certificate, reference=identifier)


def unique() -> str:
    return f"d{next(_NUMBERS)}-{os.urandom(4).hex()}.example.com"


def new_client(
    endpoint: Endpoint, *, profile: str = "tls-server", role: str = Role.REGISTRATION_AUTHORITY, **limits: Any
) -> CmpClient:
    wanted = NewCredential(
        protocol=EnrollmentProtocol.CMP,
        name=f"cmp {next(_NUMBERS)}",
        lifetime=Duration.parse("P30D"),
        ca="Issuing CA",
        profile=profile,
        role=role,
        **limits,
    )
    made, _ = create_credential(endpoint.ctx, ADMIN, wanted)
    reference = str(made.view.credential.token.id).encode()
    secret = cmp.Secret(reference=reference, secret=(made.secret or "").encode())
    return CmpClient(endpoint, secret, f"/p/issuing-ca/{profile}")
