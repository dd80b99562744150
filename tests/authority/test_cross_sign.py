"""CAs that certify CAs: each other's, another time their own child, and somebody else's by its request."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from pki_manager.authority.cas.create_ca import CreateCa, create_ca
from pki_manager.authority.cas.cross_sign import CrossSign, cross_sign
from pki_manager.authority.cas.rotate_ca import RotateCa, rotate_ca
from pki_manager.authority.cas.views import show_ca
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.certificates.queries import get_certificate_chains
from pki_manager.authority.certificates.renew import renew
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status.revoke import revoke
from pki_manager.domain.ca import CaState
from pki_manager.domain.certificate import Certificate, CertificateKind
from pki_manager.domain.errors import Conflict, Forbidden, InvalidInput, PolicyRefused
from pki_manager.domain.request import ValidityRequest
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import Role
from pki_manager.ports.unit_of_work import Claim
from pki_manager.x509 import names
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN, as_role


def sign(ctx: Context, ca: str = "Root CA", **wish: object) -> Certificate:
    return cross_sign(ctx, ADMIN, CrossSign(ca=ca, **wish))[0]


def anchors(ctx: Context) -> set[str]:
    """The roots that a new certificate of `Issuing CA` leads to."""
    leaf, _ = enroll(ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("www.example.com")))
    chains = get_certificate_chains(ctx, ADMIN, leaf.id)
    return {str(chain[-1].id) for chain in (chains.usual, *chains.others)}


def test_another_root_that_certifies_ours_is_another_way_up(ctx: Context) -> None:
    create_ca(ctx, ADMIN, CreateCa(name="Other Root", subject="CN=Other Root", key_type="ECDSA-P256"))
    made = sign(ctx, "Other Root", subject_ca="Root CA")
    assert made.kind is CertificateKind.CROSS
    assert made.subject == "CN=Root CA"
    held = [one for name in ("Root CA", "Other Root") for one in show_ca(ctx, ADMIN, name).keys[0].certificates]
    assert anchors(ctx) == {str(one.id) for one in held if one.kind is CertificateKind.SELF_SIGNED}
    revoke(ctx, ADMIN, made.id, RevocationReason.CESSATION_OF_OPERATION)
    assert show_ca(ctx, ADMIN, "Root CA").state is CaState.ACTIVE
    assert len(anchors(ctx)) == 1


def test_after_a_roots_rotation_a_ca_below_is_certified_again_for_its_key(ctx: Context) -> None:
    before = show_ca(ctx, ADMIN, "Issuing CA").keys[0]
    view, _ = rotate_ca(ctx, ADMIN, RotateCa(ca="Root CA"))
    made = sign(ctx, subject_ca="Issuing CA")
    assert made.kind is CertificateKind.ISSUED
    assert (made.issuer_key_id, made.subject_key_id) == (view.keys[0].key.id, before.key.id)
    assert len(anchors(ctx)) == 2
    revoke(ctx, ADMIN, before.certificates[0].id, RevocationReason.SUPERSEDED)
    assert show_ca(ctx, ADMIN, "Issuing CA").state is CaState.ACTIVE
    assert anchors(ctx) == {str(view.keys[0].certificates[0].id)}


def test_somebody_elses_ca_is_certified_by_its_request(ctx: Context) -> None:
    made = sign(ctx, csr=make_csr("Partner CA", sans=()), permitted=("DNS:partner.example",), path_length=0)
    assert (made.kind, made.subject_key_id) == (CertificateKind.CROSS, None)
    parsed = x509.load_der_x509_certificate(made.der)
    assert parsed.extensions.get_extension_for_class(x509.BasicConstraints).value == x509.BasicConstraints(True, 0)
    subtrees = parsed.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees
    assert [name.value for name in subtrees or ()] == ["partner.example"]
    with pytest.raises(Conflict, match="The certificate of a CA cannot be renewed"):
        renew(ctx, ADMIN, made.id, ValidityRequest())
    revoke(ctx, ADMIN, made.id, RevocationReason.CESSATION_OF_OPERATION)


def test_a_foreign_name_is_written_as_its_request_writes_it(ctx: Context) -> None:
    """Its own certificates and CRLs say it so, and some compare names octet by octet."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Partner CA", _type=_ASN1Type.PrintableString)])
    asked = x509.CertificateSigningRequestBuilder(name).sign(key, hashes.SHA256())
    made = sign(ctx, csr=asked.public_bytes(Encoding.PEM).decode())
    assert x509.load_der_x509_certificate(made.der).subject.public_bytes() == name.public_bytes()
    assert made.subject == "CN=Partner CA"
    assert names.encode_dn(names.parse_dn(made.subject)) != name.public_bytes()


def test_the_issuing_cas_limits_bind(ctx: Context) -> None:
    with pytest.raises(PolicyRefused) as caught:
        sign(ctx, "Issuing CA", csr=make_csr("Partner CA", sans=()))
    assert caught.value.errors[0].rule == "path_length.issuer"
    with pytest.raises(PolicyRefused, match="subject: must not be the name of the issuing CA"):
        sign(ctx, csr=make_csr("Root CA", sans=()))
    with pytest.raises(PolicyRefused, match="key: must not be the key of the issuing CA"):
        sign(ctx, subject_ca="Root CA")


def test_it_is_said_which_ca_and_by_whom(ctx: Context) -> None:
    with pytest.raises(InvalidInput, match="subject_ca: cannot be set together with `csr`"):
        sign(ctx)
    with pytest.raises(InvalidInput, match="path_length: can be set only with `csr`"):
        sign(ctx, subject_ca="Issuing CA", path_length=0)
    with pytest.raises(Forbidden, match="Requires the permission `ca:cross-sign`"):
        cross_sign(ctx, as_role(Role.REGISTRATION_AUTHORITY), CrossSign(ca="Root CA", subject_ca="Issuing CA"))
    command, claim = CrossSign(ca="Root CA", subject_ca="Issuing CA"), Claim("cross_sign", "once", bytes(32))
    first = cross_sign(ctx, ADMIN, command, claim)
    assert cross_sign(ctx, ADMIN, command, claim) == (first[0], True)
