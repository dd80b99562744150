"""Keys made here: told once, encrypted, and found nowhere afterwards."""

from __future__ import annotations

import base64
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)

from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.certificates.enroll_with_key import EnrollWithKey, enroll_with_key
from pki_manager.authority.certificates.generated_keys import KeyForm, KeyOrder
from pki_manager.authority.certificates.queries import show_certificate
from pki_manager.authority.certificates.rekey import Rekey, rekey
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status.revoke import revoke
from pki_manager.domain.algorithms import KEY_TYPES
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import InvalidInput, PolicyRefused
from pki_manager.domain.revocation import RevocationReason
from pki_manager.policy.builtin_profiles import TLS_SERVER
from pki_manager.ports.unit_of_work import Claim
from pki_manager.x509 import parse
from pki_manager.x509.made_key import make_key
from tests.fakes.clock import FrozenClock
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN

PASSPHRASE = "correct horse battery"
QUICK = [name for name in TLS_SERVER.key_types if name not in ("RSA-3072", "RSA-4096")]


def order(key_type: str = "ECDSA-P256", form: KeyForm = KeyForm.P12) -> KeyOrder:
    return KeyOrder(key_type=key_type, passphrase=PASSPHRASE, form=form)


def wish(key: KeyOrder | None = None, name: str = "www.example.com") -> EnrollWithKey:
    return EnrollWithKey(ca="Issuing CA", profile="tls-server", key=key or order(), sans=(f"DNS:{name}",))


def issue(ctx: Context, name: str = "www.example.com") -> Certificate:
    return enroll(ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr(name)))[0]


@pytest.mark.parametrize("key_type", QUICK)
def test_a_made_key_is_that_of_the_certificate(ctx: Context, key_type: str) -> None:
    keyed, replayed = enroll_with_key(ctx, ADMIN, wish(order(key_type, KeyForm.PEM)))
    assert not replayed
    assert keyed.key_file is not None
    key = load_pem_private_key(keyed.key_file, PASSPHRASE.encode())
    public = key.public_key()
    assert public == _certified(keyed.certificate)
    assert keyed.certificate.key_type == key_type


def _certified(certificate: Certificate) -> object:
    return x509.load_der_x509_certificate(certificate.der).public_key()


@pytest.mark.parametrize("form", [KeyForm.P12, KeyForm.P12_LEGACY])
def test_a_pkcs12_file_holds_key_certificate_and_chain(ctx: Context, form: KeyForm) -> None:
    keyed, _ = enroll_with_key(ctx, ADMIN, wish(order(form=form)))
    assert keyed.key_file is not None
    held = pkcs12.load_pkcs12(keyed.key_file, PASSPHRASE.encode())
    assert held.cert is not None
    assert held.key is not None
    assert held.cert.certificate.public_bytes(Encoding.DER) == keyed.certificate.der
    assert [one.certificate.subject.rfc4514_string() for one in held.additional_certs] == [
        "CN=Issuing CA",
        "CN=Root CA",
    ]
    with pytest.raises(ValueError, match="password"):
        pkcs12.load_pkcs12(keyed.key_file, b"another passphrase")


def test_a_replay_has_the_certificate_and_not_the_key(ctx: Context) -> None:
    claim = Claim("issue_certificate", "once", b"body")
    first, _ = enroll_with_key(ctx, ADMIN, wish(), claim)
    again, replayed = enroll_with_key(ctx, ADMIN, wish(), claim)
    assert replayed
    assert again.key_file is None
    assert again.certificate.id == first.certificate.id


@pytest.mark.parametrize("passphrase", ["", "short", "x" * 129, "pässphrase", "tab\tand more"])
def test_a_passphrase_out_of_bounds_is_refused_and_not_repeated(ctx: Context, passphrase: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        enroll_with_key(ctx, ADMIN, wish(KeyOrder(key_type="ECDSA-P256", passphrase=passphrase)))
    assert refused.value.errors[0].field == "passphrase"
    if passphrase:
        assert passphrase not in str(refused.value)


def test_policy_judges_as_ever(ctx: Context) -> None:
    with pytest.raises(PolicyRefused, match="must have only lower-case letters"):
        enroll_with_key(ctx, ADMIN, wish(name="bad_name.example.com"))


def test_nothing_prints_a_key_or_its_passphrase(ctx: Context) -> None:
    keyed, _ = enroll_with_key(ctx, ADMIN, wish())
    told = repr((wish(), order(), keyed, make_key(KEY_TYPES["ECDSA-P256"])))
    assert PASSPHRASE not in told
    assert repr(keyed.key_file) not in told
    assert "PrivateKey object" not in told


def test_kms_07_a_made_key_is_in_no_file_of_the_installation(ctx: Context, tmp_path: Path) -> None:
    keyed, _ = enroll_with_key(ctx, ADMIN, wish(order(form=KeyForm.PEM)), Claim("issue", "canary", b"body"))
    assert keyed.key_file is not None
    key = load_pem_private_key(keyed.key_file, PASSPHRASE.encode())
    number = key.private_numbers().private_value.to_bytes(32, "big")
    pkcs8 = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    canaries = {number, number.hex().encode(), pkcs8, base64.b64encode(pkcs8)[:60], keyed.key_file, PASSPHRASE.encode()}
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    for path in files:
        content = path.read_bytes()
        assert not [canary for canary in canaries if canary in content], path
    with ctx.ports.storage.read() as reader:
        events = b"".join(
            event.body for chain in reader.audit.list_heads() for event in reader.audit.iterate_chain(chain.chain)
        )
    assert events
    assert not [canary for canary in canaries if canary in events]


def test_a_rekey_has_the_same_names_and_another_key(ctx: Context, clock: FrozenClock) -> None:
    old = issue(ctx)
    clock.advance(timedelta(seconds=1))
    request = make_csr("other.example.com", key=ec.generate_private_key(ec.SECP256R1()))
    keyed, _ = rekey(ctx, ADMIN, old.id, Rekey(key=request))
    new = keyed.certificate
    assert keyed.key_file is None
    assert (new.subject, new.sans, new.renews) == (old.subject, old.sans, old.id)
    assert new.spki_sha256 == parse.parse_csr(request).key.spki_sha256 != old.spki_sha256
    assert show_certificate(ctx, ADMIN, old.id).renewed_by == new.id


def test_a_revoked_certificate_is_rekeyed_with_a_key_made_here(ctx: Context) -> None:
    old = issue(ctx)
    revoke(ctx, ADMIN, old.id, RevocationReason.KEY_COMPROMISE)
    claim = Claim("rekey", "once", b"body")
    keyed, _ = rekey(ctx, ADMIN, old.id, Rekey(key=order()), claim)
    assert keyed.key_file is not None
    assert keyed.certificate.sans == old.sans
    again, replayed = rekey(ctx, ADMIN, old.id, Rekey(key=order()), claim)
    assert (again.certificate.id, again.key_file, replayed) == (keyed.certificate.id, None, True)


def test_a_rekey_with_the_same_key_is_none(ctx: Context) -> None:
    csr = make_csr("www.example.com")
    old, _ = enroll(ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=csr))
    with pytest.raises(InvalidInput, match="renew"):
        rekey(ctx, ADMIN, old.id, Rekey(key=csr))
