"""EST (RFC 7030) in process: who enrolls, what is returned, and how requests are refused."""

from __future__ import annotations

import base64
import textwrap
from dataclasses import dataclass, replace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from pki_manager.authority.certificates.enroll import Enroll
from pki_manager.authority.certificates.enroll import enroll as issue_by_rest
from pki_manager.authority.enrollment.credentials import IssuedCredential, revoke_credential
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.requests.approvals import approve
from pki_manager.authority.requests.issue_approved import proceed
from pki_manager.authority.requests.requests import RequestQuery, get_approval_id, list_requests
from pki_manager.authority.status.revoke import revoke
from pki_manager.cli.asgi import send_request
from pki_manager.domain import errors
from pki_manager.domain.errors import PkiError
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import EnrollmentProtocol, Role
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.protocols.est.errors import STATUS
from pki_manager.protocols.est.routes import PREFIX, create_est
from pki_manager.x509 import pem
from tests.fakes.clock import FrozenClock
from tests.protocols.rest.door import Reply
from tests.support.csrs import make_csr
from tests.support.enrolling import DAY, client_of, credential
from tests.support.factories import ADMIN
from tests.support.issuing import actions

LABEL = "issuing-ca.tls-server"
CSR = "application/pkcs10"
RSA_2048 = base64.b64encode(
    bytes.fromhex(
        "3029"  # CsrAttrs
        "301106092a864886f70d010101310402020800"  # rsaEncryption with 2048
        "06092a864886f70d01010b"  # sha256WithRSAEncryption
        "06092a864886f70d01090e"  # extensionRequest
    )
)


@dataclass(frozen=True)
class Door:
    """The application as it is mounted, without a server."""

    ctx: Context
    scheme: str = "https"

    def send(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        by: IssuedCredential | str | None = None,
        certificate: bytes | None = None,
        media_type: str = CSR,
    ) -> Reply:
        app = create_est(self.ctx)

        async def mounted(scope: Any, receive: Any, send: Any) -> None:
            await app({**scope, "root_path": PREFIX, "scheme": self.scheme}, receive, send)

        headers = [("Content-Type", media_type)] if method == "POST" else []
        if by is not None:
            headers.append(("Authorization", by if isinstance(by, str) else basic(by)))
        tls = {"tls": {"client_cert_der": certificate}}
        answer = send_request(mounted, method, PREFIX + path, headers=headers, body=body, extensions=tls)
        return Reply(answer.status, answer.headers, answer.body)

    def enroll(self, csr: bytes, label: str = f"/{LABEL}", **options: Any) -> Reply:
        return self.send("POST", f"{label}/simpleenroll", base64.b64encode(csr), **options)

    def renew(self, csr: bytes, label: str = f"/{LABEL}", **options: Any) -> Reply:
        return self.send("POST", f"{label}/simplereenroll", base64.b64encode(csr), **options)


@pytest.fixture
def door(ctx: Context) -> Door:
    return Door(ctx)


def basic(issued: IssuedCredential) -> str:
    userpass = f"{issued.view.credential.token.id}:{issued.secret}"
    return f"Basic {base64.b64encode(userpass.encode()).decode()}"


def csr_of(name: str = "www.example.com", **options: Any) -> bytes:
    return pem.read(make_csr(name, **options), pem.CSR_LABELS, "csr")


def certificates(reply: Reply) -> list[x509.Certificate]:
    """What a certs-only response holds; its Base64 is on one line."""
    assert reply.status == 200, reply.body
    assert reply.body.count(b"\n") == 1
    return pkcs7.load_der_pkcs7_certificates(base64.b64decode(reply.body))


def der(reply: Reply) -> bytes:
    (found,) = certificates(reply)
    return found.public_bytes(Encoding.DER)


@pytest.mark.parametrize("label", ["", f"/{LABEL}"])
def test_ca_certificates_are_returned_without_authentication(door: Door, label: str) -> None:
    reply = door.send("GET", f"{label}/cacerts")
    assert {one.subject.rfc4514_string() for one in certificates(reply)} == {"CN=Issuing CA", "CN=Root CA"}
    assert reply.headers["content-type"] == "application/pkcs7-mime"


def test_csr_attributes_name_the_key_type_of_the_profile_and_the_request_for_extensions(door: Door) -> None:
    reply = door.send("GET", f"/{LABEL}/csrattrs")
    assert (reply.status, reply.headers["content-type"]) == (200, "application/csrattrs")
    assert reply.body == RSA_2048 + b"\n"
    assert door.send("GET", "/csrattrs").status == 401
    assert door.send("GET", "/csrattrs", by=credential(door.ctx)).body == reply.body
    assert door.send("GET", "/no-such-label/csrattrs").status == 404


@pytest.mark.parametrize("label", ["", f"/{LABEL}"])
def test_a_client_with_a_password_gets_a_certificate(door: Door, label: str) -> None:
    reply = door.enroll(csr_of(), label, by=credential(door.ctx))
    assert reply.headers["content-type"] == "application/pkcs7-mime; smime-type=certs-only"
    (found,) = certificates(reply)
    assert found.subject.rfc4514_string() == "CN=www.example.com"


def test_enr_12_base64_is_read_with_and_without_line_breaks(door: Door) -> None:
    issued, text = credential(door.ctx), base64.b64encode(csr_of()).decode()
    bodies = (text, "\r\n".join(textwrap.wrap(text, 64)), "\n".join(textwrap.wrap(text, 76)) + "\n", f"  {text}\t")
    replies = {door.send("POST", "/simpleenroll", body.encode(), by=issued).body for body in bodies}
    assert len(replies) == 1


@pytest.mark.parametrize(
    ("media_type", "body", "status"),
    [
        ("application/json", b"", 415),
        ("", b"", 415),
        (CSR, b"", 400),
        (CSR, b"not base64!", 400),
        (CSR, base64.b64encode(b"\x30\x03\x02\x01\x00"), 400),
        (CSR, base64.b64encode(b"hello"), 400),
        (CSR, make_csr("www.example.com").encode(), 400),
        (CSR, b"A" * 70_000, 413),
    ],
)
def test_enr_12_other_content_is_refused_with_text(door: Door, media_type: str, body: bytes, status: int) -> None:
    reply = door.send("POST", "/simpleenroll", body, by=credential(door.ctx), media_type=media_type)
    assert reply.status == status, reply.body
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    assert len(reply.body) > 10


def test_enr_02_without_a_valid_password_there_is_no_certificate(door: Door) -> None:
    issued, revoked = credential(door.ctx), credential(door.ctx)
    scep = credential(door.ctx, EnrollmentProtocol.SCEP)
    revoke_credential(door.ctx, ADMIN, revoked.view.credential.token.id)
    before = actions(door.ctx).count("certificate.issued")
    wrong = basic(issued).replace("Basic ", "Bearer ")
    for by in (None, "", wrong, "Basic", "Basic !", "Basic YWxpY2U=", "Basic YTpi", revoked, scep):
        reply = door.enroll(csr_of(), by=by)
        assert (reply.status, reply.headers["www-authenticate"]) == (401, 'Basic realm="EST", charset="UTF-8"')
    assert actions(door.ctx).count("certificate.issued") == before


def test_plain_http_is_refused(door: Door) -> None:
    plain = Door(door.ctx, scheme="http")
    for reply in (plain.send("GET", "/cacerts"), plain.enroll(csr_of(), by=credential(door.ctx))):
        assert (reply.status, b"TLS" in reply.body) == (403, True)


@pytest.mark.parametrize("label", ["/no-such-label", "/issuing-ca.", "/root-ca.tls-server", "/issuing-ca.tls-client"])
def test_a_credential_is_for_its_label_only(door: Door, label: str) -> None:
    assert door.enroll(csr_of(), label, by=credential(door.ctx)).status in (403, 404)


@pytest.mark.parametrize("name", ["www.example.org", "a b", ""])
def test_enr_17_a_name_gets_the_same_decision_and_event_as_by_rest(door: Door, name: str) -> None:
    issued = credential(door.ctx)
    csr = csr_of(name or "x", sans=(name,) if name and " " not in name else ())
    actor = client_of(door.ctx, issued).actor
    with pytest.raises(PkiError) as refused:
        issue_by_rest(door.ctx, actor, Enroll(ca="Issuing CA", profile="tls-server", csr=csr))
    by_rest = actions(door.ctx)
    reply = door.enroll(csr, by=issued)
    by_est = actions(door.ctx)
    assert reply.status == STATUS[type(refused.value)]
    assert refused.value.detail in reply.body.decode()
    assert by_est[: len(by_est) - len(by_rest)] == (by_rest[:1] if refused.value.audited else ["access.denied"])


def test_a_request_that_waits_is_collected_by_the_same_message(door: Door) -> None:
    issued, csr = credential(door.ctx, role=Role.REQUESTER), csr_of()
    for _ in range(2):
        reply = door.enroll(csr, by=issued)
        assert (reply.status, reply.headers["retry-after"]) == (202, "30")
    (request,) = list_requests(door.ctx, ADMIN, RequestQuery(), None, 10).items
    request_id = request.request.enrolment.id
    for number in range(2):
        approval_id = get_approval_id(door.ctx, ADMIN, request_id)
        with door.ctx.ports.storage.read() as reader:
            approval = reader.approvals.get(approval_id)
        approve(door.ctx, replace(ADMIN, id=f"local:approver-{number}"), approval_id, approval.sha256)
    proceed(door.ctx, ADMIN, request_id)
    assert len(certificates(door.enroll(csr, by=issued))) == 1


def test_a_certificate_is_renewed_with_another_key_and_the_same_names(door: Door) -> None:
    issued = credential(door.ctx)
    first = der(door.enroll(csr_of(), by=issued))
    second = der(door.renew(csr_of(), certificate=first))
    third = der(door.renew(csr_of(), "", certificate=second, by=issued))
    assert len({first, second, third}) == 3
    found = [x509.load_der_x509_certificate(one) for one in (first, third)]
    assert found[0].subject == found[1].subject
    assert found[0].public_key() != found[1].public_key()


def test_a_renewal_can_keep_the_key(door: Door) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    first = der(door.enroll(csr_of(key=key), by=credential(door.ctx)))
    assert der(door.renew(csr_of(key=key), certificate=first)) != first


@pytest.mark.parametrize(
    ("name", "sans"), [("mail.example.com", None), ("www.example.com", ("www.example.com", "mail.example.com"))]
)
def test_a_renewal_with_other_names_is_refused(door: Door, name: str, sans: tuple[str, ...] | None) -> None:
    first = der(door.enroll(csr_of(), by=credential(door.ctx)))
    reply = door.renew(csr_of(name, sans=sans), certificate=first)
    assert (reply.status, b"certificate being renewed" in reply.body) == (400, True)


def test_enr_04_no_renewal_by_a_revoked_expired_or_foreign_certificate(door: Door, clock: FrozenClock) -> None:
    issued = credential(door.ctx)
    revoked, later = (der(door.enroll(csr_of(), by=issued)) for _ in range(2))
    with door.ctx.ports.storage.read() as reader:
        serial = x509.load_der_x509_certificate(revoked).serial_number
        (certificate_id,) = reader.certificates.find_ids_by_serials([serial])
    revoke(door.ctx, ADMIN, certificate_id, RevocationReason.SUPERSEDED)
    for certificate in (None, revoked, later[:-1] + bytes([later[-1] ^ 1]), b"nonsense"):
        assert door.renew(csr_of(), certificate=certificate).status == 401
        assert door.renew(csr_of(), certificate=certificate, by=issued).status == 401
    clock.advance(400 * DAY)
    assert door.renew(csr_of(), certificate=later).status == 401


def test_a_renewal_needs_the_credential_in_force_and_the_label_of_the_certificate(door: Door) -> None:
    issued = credential(door.ctx)
    first = der(door.enroll(csr_of(), by=issued))
    other = credential(door.ctx, profile="tls-client", names=None)
    assert door.renew(csr_of(), "/issuing-ca.tls-client", certificate=first).status == 403
    assert door.renew(csr_of(), "", certificate=first, by=other).status == 403
    revoke_credential(door.ctx, ADMIN, issued.view.credential.token.id)
    assert door.renew(csr_of(), certificate=first).status == 401


def test_a_certificate_that_was_not_requested_with_a_credential_renews_with_a_password_only(door: Door) -> None:
    by_rest, _ = issue_by_rest(door.ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=csr_of()))
    assert door.renew(csr_of(), certificate=by_rest.der).status == 401
    assert door.renew(csr_of(), certificate=by_rest.der, by=credential(door.ctx)).status == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/simpleenroll", 405),
        ("POST", "/cacerts", 405),
        ("GET", "/", 404),
        ("GET", f"/{LABEL}/fullcmc", 404),
        ("GET", f"/{LABEL}/serverkeygen", 405),
    ],
)
def test_other_paths_and_methods_are_not_there(door: Door, method: str, path: str, status: int) -> None:
    assert door.send(method, path).status == status


def test_every_error_has_a_status() -> None:
    assert set(STATUS) == set(errors.list_error_classes())


def test_no_secret_is_in_the_audit_log(door: Door) -> None:
    issued = credential(door.ctx)
    door.enroll(csr_of(), by=issued)
    door.enroll(csr_of("www.example.org"), by=issued)
    with door.ctx.ports.storage.read() as reader:
        events = reader.audit.page(AuditFilter(), None, 200).items
    assert not any((issued.secret or "").encode() in event.body for event in events)
