"""Requests that come with something no certificate may have, all the way to the door of the signer, on each engine."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import cryptography_vectors
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pki_manager.authority.cas.create_ca import CreateCa, create_ca
from pki_manager.authority.cas.views import show_ca
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import InvalidInput, PkiError, PolicyRefused
from pki_manager.domain.names import DistinguishedName
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.x509 import names
from pki_manager.x509.asn1 import der
from tests.support.factories import ADMIN

ANY_PURPOSE = x509.ObjectIdentifier("2.5.29.37.0")
SMARTCARD_LOGON = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.2")


@cache
def key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def request(*sans: x509.GeneralName, common_name: str | None = None, **extensions: x509.ExtensionType) -> bytes:
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)] if common_name else []
    builder = x509.CertificateSigningRequestBuilder(x509.Name(attributes))
    for value in (x509.SubjectAlternativeName(sans or [x509.DNSName("www.example.com")]), *extensions.values()):
        builder = builder.add_extension(value, critical=False)
    return builder.sign(key(), hashes.SHA256()).public_bytes(Encoding.DER)


def vector(name: str) -> Callable[[], bytes]:
    def read() -> bytes:
        with cryptography_vectors.open_vector_file(f"x509/requests/{name}", "rb") as file:
            return bytes(file.read())

    return read


def rsa(bits: int) -> Callable[[], bytes]:
    def make() -> bytes:
        command = ["openssl", "req", "-new", "-nodes", "-newkey", f"rsa:{bits}", "-keyout", "/dev/null"]
        more = ["-subj", "/CN=www.example.com", "-outform", "DER"]
        return subprocess.run([*command, *more], capture_output=True, check=True).stdout

    return make


def small_order() -> bytes:
    """A request "signed" by the Ed25519 point that is nobody's: R and A are the neutral element and S is 0."""
    neutral = (1).to_bytes(32, "little")
    algorithm = der.encode_sequence(der.oid("1.3.101.112"))
    subject = names.encode_dn(DistinguishedName.of(("CN", "www.example.com")))
    spki = der.encode_sequence(algorithm, der.bit_string(neutral))
    info = der.encode_sequence(der.integer(0), subject, spki, der.encode(0xA0))
    return der.encode_sequence(info, algorithm, der.bit_string(neutral + bytes(32)))


def many(count: int, length: int) -> bytes:
    label = "a" * 60
    names_ = [f"{n:03}.{label}.{label}.{label}.{'b' * 50}.com"[:length] for n in range(count)]
    return request(*map(x509.DNSName, names_))


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "key_01_rsa_1024": (rsa(1024), "key.known"),
    "key_11_md4": (vector("rsa_md4.pem"), "csr.signature_algorithm"),
    "key_11_sha1": (vector("rsa_sha1.pem"), "csr.signature_hash"),
    # With SHA-1 the library calls every DSA signature wrong.
    "key_11_dsa": (vector("dsa_sha1.pem"), "csr.proof_of_possession"),
    "key_09_small_order": (small_order, "key.low_order"),
    "nam_01_nul": (lambda: request(x509.DNSName("good.com\0.evil.com")), "san.dns.syntax"),
    "nam_02_reserved": (lambda: request(x509.DNSName("ab--cd.example.com")), "san.dns.reserved"),
    "nam_02_broken": (lambda: request(x509.DNSName("xn--a-a.example.com")), "san.dns.idna"),
    "nam_02_bidi": (lambda: request(common_name="www.example.com\u202e"), "subject.characters"),
    "nam_04_address": (lambda: request(x509.DNSName("10.0.0.1")), "san.dns.address"),
    "top_wildcard": (lambda: request(x509.DNSName("*.com")), "san.dns.wildcard"),
    "iss_22_size": (lambda: many(100, 250), "names.size"),
    "dos_04_names": (lambda: many(1001, 20), "san.count"),
    "other_name": (lambda: request(x509.OtherName(SMARTCARD_LOGON, b"\x0c\x01a")), "san.kind"),
    "mailbox": (lambda: request(x509.RFC822Name("a@example.com")), "san.kind"),
}


@pytest.fixture
def watched(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> Context:
    """Whose signer must not be called."""
    from pki_manager.signers.embedded.signer import EmbeddedSigner

    monkeypatch.setattr(EmbeddedSigner, "sign", lambda *_: pytest.fail("the signer was called"))
    return ctx


def rules(error: PkiError) -> set[str]:
    return {one.rule for one in error.errors}


def test_key_01_key_09_key_11_nam_01_nam_02_nam_04_iss_22_dos_04_bad_requests_reach_no_signer(
    watched: Context,
) -> None:
    for name, (make, rule) in BAD.items():
        with pytest.raises((PolicyRefused, InvalidInput)) as caught:
            enroll(watched, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=make()))
        assert rule in rules(caught.value), f"{name}: {rules(caught.value)}"
        if isinstance(caught.value, PolicyRefused):
            with watched.ports.storage.read() as reader:
                newest = reader.audit.page(AuditFilter(), None, 1).items[0].body
            assert b"certificate.issue_refused" in newest, name
            assert rule.encode() in newest, name


def test_iss_17_iss_21_what_a_request_asks_in_vain_is_told_and_not_in_the_certificate(ctx: Context) -> None:
    foreign = b"\x01" * 20
    csr = request(
        purposes=x509.ExtendedKeyUsage(
            [
                ANY_PURPOSE,
                ExtendedKeyUsageOID.OCSP_SIGNING,
                ExtendedKeyUsageOID.TIME_STAMPING,
                ExtendedKeyUsageOID.CODE_SIGNING,
                SMARTCARD_LOGON,
            ]
        ),
        own=x509.SubjectKeyIdentifier(foreign),
        issuers=x509.AuthorityKeyIdentifier(foreign, None, None),
        ca=x509.BasicConstraints(ca=True, path_length=5),
        strange=x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"),
    )
    made, _ = enroll(ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=csr))
    assert set(made.ignored_extensions) == {"2.5.29.37", "2.5.29.14", "2.5.29.35", "2.5.29.19", "1.2.3.4"}
    with ctx.ports.storage.read() as reader:
        assert reader.certificates.get(made.id).ignored_extensions == made.ignored_extensions
    held = x509.load_der_x509_certificate(made.der).extensions
    assert list(held.get_extension_for_class(x509.ExtendedKeyUsage).value) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert not held.get_extension_for_class(x509.BasicConstraints).value.ca
    assert held.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest != foreign
    issuer = show_ca(ctx, ADMIN, "Issuing CA").keys[0].key
    identifier = held.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    assert identifier == issuer.subject_key_identifier
    plain, _ = enroll(ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=request()))
    assert plain.ignored_extensions == ()


def test_nam_07_nam_09_the_constraints_of_the_whole_chain_bind_what_a_request_brings(ctx: Context) -> None:
    """Those of the CA above count like the issuing CA's own, and a CA below cannot widen them."""
    upper = CreateCa(
        name="Upper",
        subject="CN=Upper",
        key_type="ECDSA-P256",
        parent="Root CA",
        path_length=1,
        permitted=("DNS:example.com", "IP:10.0.0.0/8"),
        excluded=("DNS:secret.example.com",),
    )
    create_ca(ctx, ADMIN, upper)
    lower = replace(
        upper, name="Lower", subject="CN=Lower", parent="Upper", path_length=None, permitted=(), excluded=()
    )
    for wider in ("DNS:com", "DNS:secret.example.com", "IP:0.0.0.0/0"):
        with pytest.raises(PolicyRefused) as caught:
            create_ca(ctx, ADMIN, replace(lower, permitted=(wider,)))
        assert rules(caught.value) == {"name_constraints.issuer"}
    create_ca(ctx, ADMIN, replace(lower, permitted=("DNS:www.example.com", "IP:10.1.0.0/16")))
    deepest = replace(lower, name="Deepest", subject="CN=Deepest", parent="Lower")
    with pytest.raises(PolicyRefused) as caught:
        create_ca(ctx, ADMIN, deepest)
    assert rules(caught.value) == {"path_length.issuer"}

    def ask(ca: str, name: str) -> set[str]:
        csr = request(x509.DNSName(name) if name[0].isalpha() or name[0] == "*" else _address(name))
        try:
            enroll(ctx, ADMIN, Enroll(ca=ca, profile="tls-server", csr=csr))
        except PolicyRefused as refusal:
            return rules(refusal)
        return set()

    permitted, excluded = {"name_constraints.permitted"}, {"name_constraints.excluded"}
    assert ask("Lower", "www.example.com") == ask("Lower", "10.1.2.3") == set()
    assert ask("Lower", "mail.example.com") == ask("Lower", "10.2.0.1") == ask("Lower", "2001:db8::1") == permitted
    assert ask("Upper", "evilexample.com") == ask("Upper", "example.com.evil.net") == permitted
    assert ask("Upper", "a.secret.example.com") == ask("Upper", "*.example.com") == excluded


def _address(text: str) -> x509.IPAddress:
    import ipaddress

    return x509.IPAddress(ipaddress.ip_address(text))
