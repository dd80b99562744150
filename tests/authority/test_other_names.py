"""otherNames from a request to the certificate, judged by OpenSSL and pkilint."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pki_manager.authority.cas.views import show_ca
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.certificates.profiles import create
from pki_manager.authority.certificates.renew import renew
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import Malformed
from pki_manager.domain.names import AlternativeName, NameKind
from pki_manager.domain.other_names import SMTP_UTF8_MAILBOX, UPN
from pki_manager.domain.profiles.codec import to_dict
from pki_manager.domain.profiles.terms import SanRule, SubjectRule
from pki_manager.domain.request import ValidityRequest
from pki_manager.policy.builtin_profiles import TLS_CLIENT
from pki_manager.x509 import export
from tests.judges import pkilint
from tests.judges.services import require, run
from tests.support.factories import ADMIN

PERMANENT = "1.3.6.1.5.5.7.8.3"
NAMES = ("UPN:alice@corp.example", "SmtpUTF8Mailbox:ålice@corp.example", f"otherName:{PERMANENT};DER:30030c0161")


@pytest.fixture
def smartcards(ctx: Context) -> Context:
    rule = SanRule(kinds=(NameKind.OTHER,), other_names=(UPN, SMTP_UTF8_MAILBOX, PERMANENT))
    create(ctx, ADMIN, to_dict(replace(TLS_CLIENT, name="smartcards", subject=SubjectRule(("CN",)), sans=rule)))
    return ctx


def request(*values: tuple[str, bytes]) -> str:
    names = [x509.OtherName(x509.ObjectIdentifier(type_id), value) for type_id, value in values]
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Alice")])
    )
    builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    signed = builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM).decode()


def test_other_names_are_issued_stored_and_renewed(smartcards: Context, tmp_path: Path) -> None:
    mailbox = "ålice@corp.example".encode()
    csr = request(
        (UPN, b"\x0c\x12alice@corp.example"),
        (SMTP_UTF8_MAILBOX, bytes((0x0C, len(mailbox))) + mailbox),
        (PERMANENT, bytes.fromhex("30030c0161")),
    )
    leaf, _ = enroll(smartcards, ADMIN, Enroll(ca="Issuing CA", profile="smartcards", csr=csr))
    again, _ = renew(smartcards, ADMIN, leaf.id, ValidityRequest())
    for certificate in (leaf, again):
        assert certificate.sans == tuple(AlternativeName.parse(name) for name in NAMES)
        pem = tmp_path / "leaf.pem"
        pem.write_text(export.encode_certificate_pem(certificate.der))
        shown = run([require("openssl"), "x509", "-in", pem, "-noout", "-ext", "subjectAltName"]).stdout
        assert "othername: UPN::alice@corp.example" in shown
        assert "SmtpUTF8Mailbox::" in shown
        issuer = tmp_path / "issuer.pem"
        ca = show_ca(smartcards, ADMIN, "Issuing CA").keys[0].certificates[0]
        issuer.write_text(export.encode_certificate_pem(ca.der))
        assert pkilint.certificate(pem, issuer) == []


@pytest.mark.parametrize("value", ["00", "0c0561", "30800000", "0c01610c0161"])
def test_a_value_that_is_no_der_element_is_refused(smartcards: Context, value: str) -> None:
    """Asked for in the request body, where nothing but the encoding stands against it."""
    sans = (f"otherName:{PERMANENT};DER:{value}",)
    with pytest.raises(Malformed) as caught:
        enroll(
            smartcards,
            ADMIN,
            Enroll(ca="Issuing CA", profile="smartcards", csr=request((PERMANENT, b"\x05\x00")), sans=sans),
        )
    assert caught.value.errors[0].field == "sans"
