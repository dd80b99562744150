"""CAs and certificates of the newer key types over the real use cases, on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography import x509

from pki_manager.authority.cas.create_ca import CreateCa, create_ca
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.certificates.enroll_with_key import EnrollWithKey, enroll_with_key
from pki_manager.authority.certificates.generated_keys import KeyForm, KeyOrder
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status import ocsp_signer, publish_crl
from pki_manager.domain.algorithms import SIGNATURES
from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.profiles.terms import EMAIL_PROTECTION
from pki_manager.policy.builtin_profiles import TLS_CLIENT
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN


@pytest.mark.parametrize(
    ("key_type", "asked", "signs", "status_signs"),
    [
        ("ML-DSA-65", None, "ML-DSA-65", "ML-DSA-44"),
        ("Ed448", None, "Ed448", "Ed448"),
        ("RSA-2048", "RSA-PSS-SHA384", "RSA-PSS-SHA384", "RSA-PSS-SHA384"),
    ],
)
def test_a_ca_signs_all_it_issues_with_its_algorithm(
    ctx: Context, key_type: str, asked: str | None, signs: str, status_signs: str
) -> None:
    command = CreateCa(name="Newer", subject="CN=Newer", key_type=key_type, signature_algorithm=asked)
    key = create_ca(ctx, ADMIN, replace(command, parent="Root CA"))[0].keys[0].key
    assert (key.key_type, key.signature_algorithm) == (key_type, signs)
    leaf, _ = enroll(ctx, ADMIN, Enroll(ca="Newer", profile="tls-server", csr=make_csr("www.example.com")))
    crl, _ = publish_crl.publish_now(ctx, ADMIN, "Newer")
    ocsp_signer.ensure(ctx, key.id)
    certificate, revocations = x509.load_der_x509_certificate(leaf.der), x509.load_der_x509_crl(crl.der)
    signed: tuple[x509.Certificate | x509.CertificateRevocationList, ...] = (certificate, revocations)
    assert {one.signature_algorithm_oid.dotted_string for one in signed} == {SIGNATURES[signs].oid}
    assert {one.signature_hash_algorithm.name if one.signature_hash_algorithm else None for one in signed} == {
        SIGNATURES[signs].hash_name
    }
    assert ocsp_signer.load(ctx, key.id).signer.algorithm is SIGNATURES[status_signs]


@pytest.mark.parametrize(
    ("key_type", "asked", "field"),
    [
        ("ML-KEM-768", None, "key_type"),
        ("ECDSA-P256", "RSA-PSS-SHA256", "signature_algorithm"),
    ],
)
def test_a_ca_that_could_not_sign_so_is_refused_before_a_key_is_made(
    ctx: Context, monkeypatch: pytest.MonkeyPatch, key_type: str, asked: str | None, field: str
) -> None:
    backend = type(ctx.ports.signers.get("embedded"))
    monkeypatch.setattr(backend, "generate", lambda *_: pytest.fail("a key was made"))
    command = CreateCa(name="Newer", subject="CN=Newer", key_type=key_type, signature_algorithm=asked)
    with pytest.raises(InvalidInput) as caught:
        create_ca(ctx, ADMIN, command)
    assert [error.field for error in caught.value.errors] == [field]


@pytest.mark.parametrize("key_type", ["ML-KEM-768", "ML-KEM-1024"])
def test_a_kem_key_that_was_made_here_is_certified_for_key_encipherment_alone(ctx: Context, key_type: str) -> None:
    profile = replace(
        TLS_CLIENT,
        name="encapsulation",
        key_types=(key_type,),
        key_usage=("keyEncipherment",),
        extended_key_usage=(EMAIL_PROTECTION,),
    )
    with ctx.ports.storage.housekeep() as uow:
        uow.profiles.add(profile, ctx.ports.clock.now())
    order = KeyOrder(key_type=key_type, passphrase="correct horse battery", form=KeyForm.PEM)
    wish = EnrollWithKey(ca="Issuing CA", profile=profile.name, key=order, subject="CN=device 1")
    certificate = x509.load_der_x509_certificate(enroll_with_key(ctx, ADMIN, wish)[0].certificate.der)
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    bits = (usage.digital_signature, usage.key_encipherment, usage.data_encipherment, usage.key_agreement)
    assert bits == (False, True, False, False)
