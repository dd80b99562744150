"""KEY-07 and KEY-12: keys that nothing is issued for, whichever way they are asked for."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from hashlib import sha1, sha256

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pki_manager.authority.cas.create_ca import CreateCa, create_ca
from pki_manager.authority.cas.revoke_ca import revoke_ca
from pki_manager.authority.cas.views import show_ca
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.certificates.renew import renew
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status import blocked_keys, ocsp_signer
from pki_manager.authority.status.revoke import RevocationDetails, preview_revocation, revoke, revoke_by_key
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import Conflict, Forbidden, InvalidInput, NotFound, PolicyRefused
from pki_manager.domain.known_key import BlockReason
from pki_manager.domain.request import ValidityRequest
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import Role
from pki_manager.ports.unit_of_work import Claim
from pki_manager.signers.embedded.signer import EmbeddedSigner
from tests.fakes.clock import FrozenClock
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN, as_role, with_config

DIGEST = "ab" * 32


def request(key: ec.EllipticCurvePrivateKey, profile: str = "tls-server") -> Enroll:
    return Enroll(ca="Issuing CA", profile=profile, csr=make_csr("www.example.com", key=key))


def issue(ctx: Context, key: ec.EllipticCurvePrivateKey) -> Certificate:
    return enroll(ctx, ADMIN, request(key))[0]


def rules(refused: PolicyRefused) -> set[str]:
    return {error.rule for error in refused.errors}


def spki_of(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def hash_of(key: ec.EllipticCurvePrivateKey) -> str:
    return sha256(spki_of(key)).hexdigest()


@pytest.fixture
def key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def test_key_07_a_compromised_key_is_refused_by_every_path_and_its_other_certificates_are_named(
    ctx: Context, key: ec.EllipticCurvePrivateKey
) -> None:
    compromised, other, superseded = (issue(ctx, key) for _ in range(3))
    revoke(ctx, ADMIN, superseded.id, RevocationReason.SUPERSEDED)
    revoke(ctx, ADMIN, compromised.id, RevocationReason.KEY_COMPROMISE)
    for profile in ("tls-server", "tls-client"):
        with pytest.raises(PolicyRefused) as caught:
            enroll(ctx, ADMIN, request(key, profile))
        assert rules(caught.value) == {"key.blocked"}
    with pytest.raises(PolicyRefused) as caught:
        renew(ctx, ADMIN, other.id, ValidityRequest())
    assert rules(caught.value) == {"key.blocked"}
    view = blocked_keys.show_blocked(ctx, ADMIN, hash_of(key))
    assert (view.key.reason, view.key.certificate_id) == (BlockReason.COMPROMISED, compromised.id)
    assert view.certificates == (other.id,)


def test_key_07_a_compromised_ca_has_its_key_blocked(ctx: Context) -> None:
    view, _ = create_ca(ctx, ADMIN, CreateCa(name="Sub", subject="CN=Sub", key_type="ECDSA-P256", parent="Root CA"))
    (certificate,) = view.keys[0].certificates
    revoke(ctx, ADMIN, certificate.id, RevocationReason.CA_COMPROMISE)
    blocked = blocked_keys.show_blocked(ctx, ADMIN, certificate.spki_sha256.hex()).key
    assert (blocked.reason, blocked.certificate_id) == (BlockReason.COMPROMISED, certificate.id)


@pytest.mark.parametrize(
    ("reason", "rule"),
    [
        (RevocationReason.CA_COMPROMISE, "revocation.authority"),
        (RevocationReason.AA_COMPROMISE, "revocation.attributes"),
    ],
)
def test_an_authoritys_reason_is_not_for_the_certificates_of_others(
    ctx: Context, key: ec.EllipticCurvePrivateKey, reason: RevocationReason, rule: str
) -> None:
    """RFC 5280 §5.3.1 takes the reasons from X.509, where they tell of the issuer that the certificate speaks for."""
    leaf = issue(ctx, key)
    ways: tuple[Callable[[], object], ...] = (
        lambda: revoke(ctx, ADMIN, leaf.id, reason),
        lambda: revoke_by_key(ctx, ADMIN, leaf.spki_sha256, RevocationDetails(reason)),
        lambda: preview_revocation(ctx, ADMIN, leaf.id, RevocationDetails(reason)),
    )
    for way in ways:
        with pytest.raises(InvalidInput) as caught:
            way()
        assert [(error.field, error.rule) for error in caught.value.errors] == [("reason", rule)]
    revoke(ctx, ADMIN, leaf.id, RevocationReason.KEY_COMPROMISE)
    with pytest.raises(InvalidInput, match=r"reason: must not be [ac]ACompromise"):
        revoke(ctx, ADMIN, leaf.id, reason)


def test_the_reason_of_attribute_certificates_is_for_no_ca_either(ctx: Context) -> None:
    view, _ = create_ca(ctx, ADMIN, CreateCa(name="Sub", subject="CN=Sub", key_type="ECDSA-P256", parent="Root CA"))
    (certificate,) = view.keys[0].certificates
    why = RevocationDetails(RevocationReason.AA_COMPROMISE)
    ways: tuple[Callable[[], object], ...] = (
        lambda: revoke(ctx, ADMIN, certificate.id, why.reason),
        lambda: revoke_ca(ctx, ADMIN, str(view.ca.id), why),
        lambda: preview_revocation(ctx, ADMIN, certificate.id, why),
    )
    for way in ways:
        with pytest.raises(InvalidInput) as caught:
            way()
        assert [(error.field, error.rule) for error in caught.value.errors] == [("reason", "revocation.attributes")]
    revoke_ca(ctx, ADMIN, str(view.ca.id), RevocationDetails(RevocationReason.CA_COMPROMISE))


def test_key_07_other_reasons_leave_the_key_alone(ctx: Context, key: ec.EllipticCurvePrivateKey) -> None:
    revoke(ctx, ADMIN, issue(ctx, key).id, RevocationReason.CESSATION_OF_OPERATION)
    assert issue(ctx, key)


def test_key_07_an_operator_blocks_and_unblocks(ctx: Context, key: ec.EllipticCurvePrivateKey) -> None:
    made = issue(ctx, key)
    view, _ = blocked_keys.block_key(ctx, ADMIN, hash_of(key).upper(), "found in a repository")
    assert view.certificates == (made.id,)
    with pytest.raises(PolicyRefused) as caught:
        issue(ctx, key)
    assert rules(caught.value) == {"key.blocked"}
    with pytest.raises(Conflict, match=r"The key .* is already blocked"):
        blocked_keys.block_key(ctx, ADMIN, hash_of(key))
    assert [one.comment for one in blocked_keys.list_blocked(ctx, ADMIN, None, 10).items] == ["found in a repository"]
    blocked_keys.unblock_key(ctx, ADMIN, hash_of(key))
    assert issue(ctx, key)
    with pytest.raises(NotFound, match=r"Blocked key .* not found"):
        blocked_keys.unblock_key(ctx, ADMIN, hash_of(key))


def test_key_07_a_compromise_is_for_good(ctx: Context, key: ec.EllipticCurvePrivateKey) -> None:
    made = issue(ctx, key)
    blocked_keys.block_key(ctx, ADMIN, hash_of(key))
    revoke(ctx, ADMIN, made.id, RevocationReason.KEY_COMPROMISE)
    with pytest.raises(Conflict, match="stays blocked"):
        blocked_keys.unblock_key(ctx, ADMIN, hash_of(key))


def test_key_07_a_key_that_is_blocked_while_it_is_judged_is_not_certified(
    ctx: Context, key: ec.EllipticCurvePrivateKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The block lands after policy has said yes, and before the intent is stored."""
    from pki_manager.authority.certificates import enroll as enrol_module
    from pki_manager.authority.certificates import issue as issue_module

    real, calls = issue_module.issue, []

    def block_first(*arguments: object) -> Certificate:
        if not calls:
            calls.append(blocked_keys.block_key(ctx, ADMIN, hash_of(key)))
        return real(*arguments)

    monkeypatch.setattr(enrol_module, "issue", block_first)
    with pytest.raises(PolicyRefused) as caught:
        issue(ctx, key)
    assert rules(caught.value) == {"key.blocked"}


def test_key_07_the_operators_file_counts_for_every_path(ctx: Context, key: ec.EllipticCurvePrivateKey) -> None:
    listed = with_config(ctx, blocked_keys=frozenset({bytes.fromhex(hash_of(key))}))
    with pytest.raises(PolicyRefused) as caught:
        issue(listed, key)
    assert rules(caught.value) == {"key.blocked"}
    assert issue(ctx, key)


def test_key_07_a_debian_key_is_found_by_the_name_that_openssl_gives_its_modulus(ctx: Context) -> None:
    key = rsa.generate_private_key(65537, 2048)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    command = ["openssl", "rsa", "-pubin", "-noout", "-modulus"]
    shown = subprocess.run(command, input=public, capture_output=True, check=True).stdout
    listed = with_config(ctx, blocked_keys=frozenset({sha1(shown, usedforsecurity=False).digest()[-10:]}))
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "www.example.com")])
    csr = (
        x509.CertificateSigningRequestBuilder(name).sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    )
    with pytest.raises(PolicyRefused) as caught:
        enroll(listed, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=csr))
    assert rules(caught.value) == {"key.blocked"}
    assert enroll(ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=csr))


def test_key_07_the_authoritys_own_keys_are_judged_too(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backend that hands out a blocked key gets no CA and no OCSP signer for it."""
    stolen = ec.generate_private_key(ec.SECP256R1())
    blocked_keys.block_key(ctx, ADMIN, hash_of(stolen))
    monkeypatch.setattr(EmbeddedSigner, "get_public_key", lambda *_: spki_of(stolen))
    monkeypatch.setattr(EmbeddedSigner, "destroy", lambda *_: None)
    with pytest.raises(PolicyRefused) as caught:
        create_ca(ctx, ADMIN, CreateCa(name="Sub", subject="CN=Sub", key_type="ECDSA-P256", parent="Root CA"))
    assert rules(caught.value) == {"key.blocked"}
    key_id = show_ca(ctx, ADMIN, "Issuing CA").keys[0].key.id
    with pytest.raises(PolicyRefused) as caught:
        ocsp_signer.ensure(ctx, key_id)
    assert rules(caught.value) == {"key.blocked"}


def test_key_12_an_ocsp_signers_key_is_no_end_entitys(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    own = ec.generate_private_key(ec.SECP256R1())
    key_id = show_ca(ctx, ADMIN, "Issuing CA").keys[0].key.id
    with monkeypatch.context() as patched:
        patched.setattr(EmbeddedSigner, "get_public_key", lambda *_: spki_of(own))
        certificate = ocsp_signer.ensure(ctx, key_id)
    assert certificate.spki_sha256.hex() == hash_of(own)
    with pytest.raises(PolicyRefused) as caught:
        issue(ctx, own)
    assert rules(caught.value) == {"key.authority"}


def test_an_ocsp_signer_is_renewed_with_its_own_key(ctx: Context, clock: FrozenClock) -> None:
    key_id = show_ca(ctx, ADMIN, "Issuing CA").keys[0].key.id
    first = ocsp_signer.ensure(ctx, key_id)
    clock.advance((first.validity.not_after - first.validity.not_before) * 0.9)
    second = ocsp_signer.ensure(ctx, key_id)
    assert second.id != first.id
    assert second.spki_sha256 == first.spki_sha256


def test_blocking_is_a_right_of_its_own_and_takes_hashes_only(ctx: Context) -> None:
    reader = as_role(Role.REGISTRATION_AUTHORITY)
    for act in (blocked_keys.block_key, blocked_keys.unblock_key):
        with pytest.raises(Forbidden, match="Requires the permission `key:block`"):
            act(ctx, reader, DIGEST)
        for wrong in ("", "ab", "zz" * 32, DIGEST + "\n", "\u0661" * 64):
            with pytest.raises(InvalidInput, match="must be a SHA-256 of 64 hex digits"):
                act(ctx, ADMIN, wrong)
    with pytest.raises(InvalidInput, match="must have at most 500 printable characters"):
        blocked_keys.block_key(ctx, ADMIN, DIGEST, "a\0b")
    assert blocked_keys.list_blocked(ctx, reader, None, 10).items == ()


def test_both_verbs_can_be_repeated(ctx: Context) -> None:
    for act in (blocked_keys.block_key, blocked_keys.unblock_key):
        claim = Claim(act.__name__, "key-1", b"body")
        first, replayed = act(ctx, ADMIN, DIGEST, claim=claim)
        assert not replayed
        assert act(ctx, ADMIN, DIGEST, claim=claim) == (first, True)
