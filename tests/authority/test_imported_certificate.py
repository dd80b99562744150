"""What an imported CA's certificate says goes on to hold: its name as it is written, and its purposes."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import ExtendedKeyUsageOID

from pki_manager.authority.cas.create_ca import CreateCa, create_ca
from pki_manager.authority.cas.import_history import import_row
from pki_manager.authority.cas.rotate_ca import RotateCa, rotate_ca
from pki_manager.authority.cas.views import show_ca
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status.revoke import revoke
from pki_manager.domain.errors import (
    LintRefused,
    NameTaken,
    PolicyRefused,
)
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import OCSP_SIGNER
from pki_manager.worker.outbox import run_outbox
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN
from tests.support.foreign_ca import ForeignCa
from tests.support.importing import WORKER, known, listed, row, taken


@pytest.mark.parametrize("string", ["PrintableString", "T61String", "BMPString"])
def test_a_ca_goes_on_under_its_name_as_it_was_always_written(ctx: Context, string: str) -> None:
    ca = ForeignCa(string=_ASN1Type[string])
    leaf = ca.issue("www.example.com")
    known(ctx, ca, ca.crl())
    import_row(ctx, ADMIN, row(leaf))
    view = taken(ctx, ca)
    made, _ = enroll(ctx, ADMIN, Enroll(ca="Old", profile="tls-server", csr=make_csr("new.example.com")))
    x509.load_der_x509_certificate(made.der).verify_directly_issued_by(ca.certificate)
    revoke(ctx, ADMIN, made.id, RevocationReason.SUPERSEDED)
    assert listed(ctx, view) == {made.serial: "superseded"}
    run_outbox(ctx, WORKER)
    assert ctx.ports.published.find_response(view.keys[0].key.id, made.serial, "sha1") is not None


def test_a_rotated_cas_certificates_write_its_name_as_before(ctx: Context) -> None:
    ca = ForeignCa(string=_ASN1Type.PrintableString)
    known(ctx, ca)
    taken(ctx, ca)
    view, _ = rotate_ca(ctx, ADMIN, RotateCa(ca="Old", cross_certify=True))
    certificates = [x509.load_der_x509_certificate(one.der) for key in view.keys for one in key.certificates]
    assert len(certificates) == 4
    assert {one.subject.public_bytes() for one in certificates} == {ca.name.public_bytes()}


def test_a_name_in_a_string_that_is_not_to_be_used_any_more_is_not_quietly_written_in_another(
    ctx: Context,
) -> None:
    """RFC 5280 §4.1.2.4: TeletexString is no more for new certificates; whoever compares octets would find two CAs."""
    ca = ForeignCa(string=_ASN1Type.T61String)
    known(ctx, ca)
    taken(ctx, ca)
    with pytest.raises(LintRefused, match="string type 0x14 is not allowed"):
        rotate_ca(ctx, ADMIN, RotateCa(ca="Old"))


def test_the_names_of_create_and_import_are_one_space(ctx: Context) -> None:
    known(ctx, ForeignCa())
    with pytest.raises(NameTaken, match=r"A CA named .* already exists"):
        create_ca(ctx, ADMIN, CreateCa(name="Old", subject="CN=Old", key_type="ECDSA-P256"))


EKU = ExtendedKeyUsageOID


@pytest.mark.parametrize(
    ("root", "own", "refused"),
    [
        ((), (EKU.SERVER_AUTH, EKU.CLIENT_AUTH), {"code-signing"}),
        ((), (EKU.CODE_SIGNING,), {"tls-server"}),
        ((EKU.SERVER_AUTH,), (), {"code-signing"}),
        ((EKU.SERVER_AUTH,), (EKU.CODE_SIGNING,), {"code-signing", "tls-server"}),
        ((), (EKU.CODE_SIGNING, EKU.ANY_EXTENDED_KEY_USAGE), set()),
    ],
    ids=["for TLS", "for code", "root for TLS", "for nothing in common", "for anything"],
)
def test_a_ca_whose_extended_key_usage_leaves_out_a_purpose_issues_nothing_for_it(
    ctx: Context, root: tuple[Any, ...], own: tuple[Any, ...], refused: set[str]
) -> None:
    """Its OCSP signer is certified in any case: the CA names it itself."""
    ca = ForeignCa("Old CA", parent=ForeignCa("Old Root", purposes=root), purposes=own)
    known(ctx, ca)
    taken(ctx, ca)
    run_outbox(ctx, WORKER)
    wishes = {
        "tls-server": Enroll(ca="Old", profile="tls-server", csr=make_csr("www.example.com")),
        "code-signing": Enroll(ca="Old", profile="code-signing", csr=make_csr("Example Ltd", sans=())),
    }
    for profile, wish in wishes.items():
        if profile in refused:
            with pytest.raises(PolicyRefused, match="purposes are allowed below"):
                enroll(ctx, ADMIN, wish)
        else:
            assert enroll(ctx, ADMIN, wish)[0].profile == profile
    (key,) = show_ca(ctx, ADMIN, "Old").keys
    with ctx.ports.storage.read() as reader:
        assert reader.certificates.find_newest(key.key.ca_id, "ocsp-responder", OCSP_SIGNER.id, key.key.id)
