"""The same request through each enrollment protocol: REST, ACME, EST, SCEP, and CMP, as a client with the same limits.

Each protocol is used like its clients use it, in process. The result is what the client learned and what was stored.
"""

from __future__ import annotations

import base64
import ipaddress
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from pki_manager.authority.kernel import refusal_log
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.scope_request import ScopeRequest
from pki_manager.authority.rights import tokens
from pki_manager.authority.rights.credential_tokens import PERMISSIONS
from pki_manager.domain.duration import Duration
from pki_manager.domain.rights.actor import EnrollmentProtocol, Role
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.protocols.scep.routes import create_scep
from tests.protocols.acme.client import AcmeClient, new_client
from tests.protocols.acme.client import Door as AcmeDoor
from tests.protocols.acme.signing import b64
from tests.protocols.cmp.client import CmpClient, Endpoint
from tests.protocols.est.test_est import Door as EstDoor
from tests.protocols.rest.door import House, unique
from tests.protocols.scep.client import ScepClient
from tests.support import cmp_messages as cmp
from tests.support.enrolling import credential
from tests.support.factories import ADMIN
from tests.support.scep_messages import client_key

_COMPARED = ("certificate.", "request.", "access.", "operation.", "approval.")
"""Prefixes of the audit actions that every protocol must record in the same way. Others are specific to a protocol."""


@dataclass(frozen=True)
class Limit:
    """The limits of a client: the same for a REST token and for a credential of each protocol.

    `path_profile` is the profile in the path of the client's requests, if it is not that of its credential.
    """

    role: Role = Role.REGISTRATION_AUTHORITY
    names: tuple[str, ...] | None = None
    path_profile: str | None = None


@dataclass(frozen=True)
class Subject:
    """The contents of a request. `{}` in a name is replaced by a new text. `orderable`: ACME has such identifiers."""

    sans: tuple[str, ...] = ("{}.example.com",)
    common_name: str | None = None
    email: str | None = None
    bits: int = 2048
    extensions: tuple[x509.ExtensionType, ...] = ()
    orderable: bool = True


@dataclass(frozen=True)
class Filled:
    """Return a request for new names."""

    names: tuple[str, ...]
    subject: Subject
    common_name: str | None

    @property
    def key(self) -> rsa.RSAPrivateKey:
        return _weak_key() if self.subject.bits < 2048 else client_key(0)

    def csr(self, challenge: str | None = None) -> bytes:
        """DER."""
        attributes = (
            [] if self.common_name is None else [x509.NameAttribute(x509.NameOID.COMMON_NAME, self.common_name)]
        )
        if self.subject.email is not None:
            attributes.append(x509.NameAttribute(x509.NameOID.EMAIL_ADDRESS, self.subject.email))
        builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(attributes))
        if self.names:
            builder = builder.add_extension(x509.SubjectAlternativeName([*map(_general, self.names)]), critical=False)
        for extension in self.subject.extensions:
            builder = builder.add_extension(extension, critical=False)
        if challenge is not None:
            builder = builder.add_attribute(x509.oid.AttributeOID.CHALLENGE_PASSWORD, challenge.encode())
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)


@dataclass(frozen=True)
class Outcome:
    """The result for the client (`issued`, `waits`, or `refused`), and the audit events without values that vary."""

    verdict: str
    events: tuple[str, ...]
    text: str = field(compare=False, repr=False, default="")


_TABLES = ("enrolments", "certificates", "certificate_names", "approvals", "enrollment_exchanges", "cmp_transactions")
Ask = Callable[[House, Limit, str, Filled], tuple[str, str]]
"""Return the result, and the response to the client."""


@dataclass(frozen=True)
class Site:
    """An installation and its database."""

    house: House
    engine: sa.Engine


def outcome(site: Site, door: Ask, limit: Limit, profile: str, subject: Subject) -> Outcome:
    """Request new names through a protocol. A refused request may store nothing except its audit event."""
    label = unique("p")
    filled = Filled(
        tuple(one.format(label) if "{}" in one else one for one in subject.sans),
        subject,
        None if subject.common_name is None else subject.common_name.format(label),
    )
    refusal_log.flush_refusals(site.house.ctx)
    before, stored = _newest(site.house.ctx), _stored(site.engine)
    verdict, text = door(site.house, limit, profile, filled)
    if verdict == "refused":
        assert _stored(site.engine) == stored, f"a refused request left rows: {text}"
    return Outcome(verdict, _events(site.house.ctx, before), text)


def by_rest(house: House, limit: Limit, profile: str, request: Filled) -> tuple[str, str]:
    scope = ScopeRequest(cas=("Issuing CA",), profiles=(profile,), names=limit.names)
    less = tokens.Narrowing(permissions=PERMISSIONS, scope=scope)
    lifetime = Duration.parse("P1D")
    made, _ = tokens.create_token(house.ctx, ADMIN, unique("token"), limit.role, lifetime, narrowing=less)
    pem = x509.load_der_x509_csr(request.csr()).public_bytes(Encoding.PEM).decode()
    path = "/requests" if limit.role is Role.REQUESTER else "/certificates"
    reply = house.door.with_token(made.secret).post(path, {"ca": "Issuing CA", "profile": profile, "csr": pem})
    if reply.status == 201:
        is_waiting = path == "/requests" and reply.json["state"] != "issued"
        return "waits" if is_waiting else "issued", ""
    return "waits" if reply.status == 202 else "refused", reply.body.decode()


def by_acme(house: House, limit: Limit, profile: str, request: Filled) -> tuple[str, str]:
    scope = ScopeRequest(cas=("Issuing CA",), profiles=(profile,), names=limit.names)
    client: AcmeClient = new_client(AcmeDoor(house.ctx), role=limit.role, scope=scope)
    names = dict.fromkeys((*request.names, *([request.common_name] if request.common_name else ())))
    identifiers = [
        {"type": one.partition(":")[0] if one.startswith("ip:") else "dns", "value": one.removeprefix("ip:")}
        for one in names
    ]
    order = client.post(client.url(f"/Issuing%20CA/{profile}/new-order"), {"identifiers": identifiers})
    if order.status != 201:
        return "refused", order.body.decode()
    client.prove(order)
    done = client.post(order.json["finalize"], {"csr": b64(request.csr())})
    if done.status != 200:
        return "refused", done.body.decode()
    return {"valid": "issued", "processing": "waits"}[done.json["status"]], ""


def by_est(house: House, limit: Limit, profile: str, request: Filled) -> tuple[str, str]:
    made = credential(house.ctx, EnrollmentProtocol.EST, profile=profile, role=limit.role, names=limit.names)
    reply = EstDoor(house.ctx).send(
        "POST", f"/issuing-ca.{limit.path_profile or profile}/simpleenroll", base64.b64encode(request.csr()), by=made
    )
    return {200: "issued", 202: "waits"}.get(reply.status, "refused"), reply.body.decode()


def by_est_server_key(house: House, limit: Limit, profile: str, request: Filled) -> tuple[str, str]:
    made = credential(
        house.ctx, EnrollmentProtocol.EST, profile=profile, role=limit.role, names=limit.names, server_keys=True
    )
    reply = EstDoor(house.ctx).send(
        "POST", f"/issuing-ca.{limit.path_profile or profile}/serverkeygen", base64.b64encode(request.csr()), by=made
    )
    return {200: "issued", 202: "waits"}.get(reply.status, "refused"), reply.body.decode()


def by_scep(house: House, limit: Limit, profile: str, request: Filled) -> tuple[str, str]:
    made = credential(house.ctx, EnrollmentProtocol.SCEP, profile=profile, role=limit.role, names=limit.names)
    client = _ScepClient(create_scep(house.ctx), path=f"/issuing-ca/{limit.path_profile or profile}", request=request)
    answer = client.say(request.csr(made.secret), transaction_id=unique("transaction"))
    return {"0": "issued", "3": "waits"}.get(answer.status, "refused"), answer.text or ""


def by_cmp(house: House, limit: Limit, profile: str, request: Filled) -> tuple[str, str]:
    made = credential(house.ctx, EnrollmentProtocol.CMP, profile=profile, role=limit.role, names=limit.names)
    reference = str(made.view.credential.token.id).encode()
    secret = cmp.Secret(reference=reference, secret=(made.secret or "").encode())
    client = CmpClient(Endpoint(house.ctx), secret, f"/p/issuing-ca/{limit.path_profile or profile}")
    answer = client.send(client.request(cmp.P10CR, request.csr()))
    if answer.kind == "error":
        return "refused", answer.text
    return {0: "issued", 1: "issued", 3: "waits"}.get(int(answer.status["status"]), "refused"), answer.text


DOORS: Mapping[str, Ask] = {
    "acme": by_acme,
    "est": by_est,
    "est server key": by_est_server_key,
    "scep": by_scep,
    "cmp": by_cmp,
}
"""All protocols that must decide like REST."""


@dataclass
class _ScepClient(ScepClient):
    """Return a client that signs with the key of a request."""

    request: Filled = field(kw_only=True)

    @property
    def key(self) -> rsa.RSAPrivateKey:
        return self.request.key


@cache
def _weak_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 1024)


def _general(name: str) -> x509.GeneralName:
    kind, _, value = name.partition(":")
    match kind if value else "":
        case "ip":
            return x509.IPAddress(ipaddress.ip_address(value))
        case "email":
            return x509.RFC822Name(value)
        case "uri":
            return x509.UniformResourceIdentifier(value)
    return x509.DNSName(name)


def _newest(ctx: Context) -> set[tuple[str, int]]:
    with ctx.ports.storage.read() as reader:
        return {(head.chain, head.seq) for head in reader.audit.list_heads()}


def _events(ctx: Context, before: set[tuple[str, int]]) -> tuple[str, ...]:
    known = dict(before)
    with ctx.ports.storage.read() as reader:
        stored = [one for one in reader.audit.page(AuditFilter(), None, 50).items if one.seq > known.get(one.chain, 0)]
    bodies = [json.loads(one.body) for one in reversed(stored)]
    return tuple(_compared(body) for body in bodies if body["action"].startswith(_COMPARED))


def _compared(body: Mapping[str, Any]) -> str:
    """Return the action and the outcome of an event, and of a refusal the profile and every rule."""
    details = body.get("details", {})
    rules = " ".join(details.get("rules", ()))
    return " ".join(filter(None, (body["action"], body["outcome"], body.get("reason"), details.get("profile"), rules)))


def _stored(engine: sa.Engine) -> Mapping[str, int]:
    """Return the number of rows in each table that a request can add to."""
    with engine.connect() as connection:
        counted = {name: connection.scalar(sa.select(sa.func.count()).select_from(sa.table(name))) for name in _TABLES}
    return {name: number or 0 for name, number in counted.items()}
