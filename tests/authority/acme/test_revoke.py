"""Revoking through ACME: whose certificate it is, which key signs, and what is no certificate of ours."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pki_manager.authority.acme.authorizations import deactivate_authorization
from pki_manager.authority.acme.finalize import finalize
from pki_manager.authority.acme.revoke import revoke_by_account, revoke_by_key
from pki_manager.authority.cas.views import get_ca_chain
from pki_manager.authority.certificates.enroll import Enroll
from pki_manager.authority.certificates.queries import show_certificate
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.scope_request import ScopeRequest
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import Conflict, Forbidden, InvalidInput, Malformed
from pki_manager.domain.revocation import RevocationReason
from pki_manager.x509 import pem
from tests.support.acme_clients import Client, make_client, prove_alone
from tests.support.acme_csrs import Key, csr, new_key, spki_of
from tests.support.factories import ADMIN
from tests.support.issuing import actions, issue_one

NAMES = ("a.example.com", "b.example.com")


def certify(client: Client, key: Key, *names: str) -> Certificate:
    wanted = names or NAMES
    done = finalize(client.ctx, client.actor, client.account, client.ready(*wanted).order.id, csr(*wanted, key=key))
    assert done.certificate_id is not None
    return show_certificate(client.ctx, ADMIN, done.certificate_id)


def by_account(client: Client, certificate: Certificate | bytes, reason: int | None = None) -> None:
    der = certificate if isinstance(certificate, bytes) else certificate.der
    revoke_by_account(client.ctx, client.actor, client.account, der, reason)


def by_key(ctx: Context, certificate: Certificate | bytes, key: Key, reason: int | None = None) -> None:
    der = certificate if isinstance(certificate, bytes) else certificate.der
    revoke_by_key(ctx, der, spki_of(key), reason, peer="192.0.2.7", request_id="r")


def revocation(ctx: Context, certificate: Certificate) -> RevocationReason | None:
    told = show_certificate(ctx, ADMIN, certificate.id).revocation
    return None if told is None else told.reason


def forged(certificate: Certificate, key: Key) -> bytes:
    """Of the same issuer and serial number, signed by somebody else for a key of his own."""
    real = x509.load_der_x509_certificate(certificate.der)
    builder = x509.CertificateBuilder().subject_name(real.subject).issuer_name(real.issuer).public_key(key.public_key())
    builder = builder.serial_number(real.serial_number).not_valid_before(real.not_valid_before_utc)
    return builder.not_valid_after(real.not_valid_after_utc).sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def test_an_account_revokes_what_it_got(client: Client, ctx: Context) -> None:
    certificate = certify(client, new_key())
    by_account(client, certificate, 4)
    assert revocation(ctx, certificate) is RevocationReason.SUPERSEDED
    assert actions(ctx)[0] == "certificate.revoked"


def test_acm_24_a_stranger_revokes_nothing(client: Client, ctx: Context) -> None:
    certificate, stranger = certify(client, new_key()), make_client(ctx)
    stranger.ready(NAMES[0])
    stranger.order(NAMES[1])
    with pytest.raises(Forbidden, match="belongs to another account"):
        by_account(stranger, certificate)
    with pytest.raises(Forbidden, match="is not signed with the key"):
        by_key(ctx, certificate, new_key())
    assert revocation(ctx, certificate) is None


def test_acm_24_the_certificates_own_key_revokes_it(client: Client, ctx: Context) -> None:
    key = new_key()
    certificate = certify(client, key)
    by_key(ctx, certificate, key, 1)
    assert revocation(ctx, certificate) is RevocationReason.KEY_COMPROMISE
    with ctx.ports.storage.read() as reader:
        assert reader.known_keys.find_blocked(certificate.spki_sha256) is not None


def test_acm_24_a_forged_certificate_of_the_same_number_revokes_nothing(client: Client, ctx: Context) -> None:
    key, other = new_key(), new_key()
    certificate = certify(client, key)
    for der, signer in ((forged(certificate, other), other), (forged(certificate, key), key)):
        with pytest.raises(Malformed, match="certificate issued by this installation"):
            by_key(ctx, der, signer)
        with pytest.raises(Malformed, match="certificate issued by this installation"):
            by_account(client, der)
    assert revocation(ctx, certificate) is None


@pytest.mark.parametrize("reason", [None, 0, 4])
def test_acm_24_twice_is_a_conflict(client: Client, ctx: Context, reason: int | None) -> None:
    key = new_key()
    certificate = certify(client, key)
    by_account(client, certificate)
    with pytest.raises(Conflict, match="already revoked"):
        by_account(client, certificate, reason)
    with pytest.raises(Conflict, match="already revoked"):
        by_key(ctx, certificate, key, reason)


def test_that_its_key_is_compromised_can_be_said_later(client: Client, ctx: Context) -> None:
    key = new_key()
    certificate = certify(client, key)
    by_account(client, certificate, 4)
    by_key(ctx, certificate, key, 1)
    assert revocation(ctx, certificate) is RevocationReason.KEY_COMPROMISE
    with pytest.raises(Conflict, match="The certificate is already revoked"):
        by_key(ctx, certificate, key, 1)


@pytest.mark.parametrize("reason", [2, 6, 7, 8, 9, 10, 99, -1])
def test_acm_24_other_reasons_are_refused(client: Client, ctx: Context, reason: int) -> None:
    key = new_key()
    certificate = certify(client, key)
    for attempt in (
        lambda: by_account(client, certificate, reason),
        lambda: by_key(ctx, certificate, key, reason),
    ):
        with pytest.raises(InvalidInput) as caught:
            attempt()
        assert caught.value.errors[0].rule == "acme.revocation_reason"
    assert revocation(ctx, certificate) is None


def test_who_has_proved_all_names_revokes_too_as_long_as_he_has(client: Client, ctx: Context) -> None:
    certificate, other = certify(client, new_key()), make_client(ctx)
    proved = other.ready(*NAMES)
    deactivate_authorization(ctx, other.actor, other.account, proved.authorizations[0].id)
    with pytest.raises(Forbidden, match="belongs to another account"):
        by_account(other, certificate)
    other.ready(*NAMES)
    by_account(other, certificate)
    assert revocation(ctx, certificate) is RevocationReason.UNSPECIFIED


def test_a_certificate_without_names_that_can_be_proved_is_nobodys(client: Client, ctx: Context) -> None:
    root = get_ca_chain(ctx, ADMIN, "Issuing CA")
    for certificate in root:
        with pytest.raises(Forbidden, match="belongs to another account"):
            by_account(client, certificate)


def test_what_no_order_brought_is_of_who_has_proved_all_its_names_and_of_nobody_else(
    client: Client, ctx: Context
) -> None:
    certificate = issue_one(ctx)
    with pytest.raises(Forbidden, match="belongs to another account"):
        by_account(client, certificate)
    client.ready("www.example.com")
    by_account(client, certificate)
    assert revocation(ctx, certificate) is not None


@pytest.mark.parametrize("sans", [(), ("DNS:www.example.com", "email:root@example.com")], ids=["none", "others too"])
def test_names_that_cannot_be_proved_are_nobodys(client: Client, ctx: Context, sans: tuple[str, ...]) -> None:
    request = Enroll(ca="Issuing CA", profile="tls-client", csr=csr(common_names=("alice",)), sans=sans)
    certificate = issue_one(ctx, request)
    client.ready("www.example.com")
    with pytest.raises(Forbidden, match="has not validated all of its names"):
        by_account(client, certificate)


def test_the_tokens_own_rights_count_all_the_same(ctx: Context) -> None:
    client = make_client(ctx, scope=ScopeRequest(names=("DNS:a.example.com",)))
    mine = certify(client, new_key(), "a.example.com")
    certificate = issue_one(ctx)
    assert [str(name) for name in certificate.sans] == ["DNS:www.example.com"]
    prove_alone(client, "www.example.com")
    with pytest.raises(Forbidden, match="The account cannot revoke this certificate"):
        by_account(client, certificate)
    by_account(client, mine)


def test_a_cas_certificate_is_not_revoked_by_its_key(ctx: Context) -> None:
    issuing = get_ca_chain(ctx, ADMIN, "Issuing CA")[0]
    spki = x509.load_der_x509_certificate(issuing.der).public_key()
    der = spki.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(Forbidden, match="is not signed with the key"):
        revoke_by_key(ctx, issuing.der, der, None, peer=None, request_id="r")


def test_what_is_no_certificate_is_malformed(client: Client, ctx: Context) -> None:
    for bad in (b"", b"\x30\x00", pem.write("CERTIFICATE", certify(client, new_key()).der).encode()):
        with pytest.raises(
            Malformed, match=r"ends within an element|an invalid DER tag|is not a version 3 certificate"
        ):
            by_account(client, bad)
        with pytest.raises(
            Malformed, match=r"ends within an element|an invalid DER tag|is not a version 3 certificate"
        ):
            by_key(ctx, bad, new_key())
