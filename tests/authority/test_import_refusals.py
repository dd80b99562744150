"""What is no CA, no CRL of it or no certificate of it is refused, with every reason."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from pki_manager.authority.cas.import_ca import ImportCa, import_ca
from pki_manager.authority.cas.import_history import import_row
from pki_manager.authority.cas.views import show_ca
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import (
    Conflict,
    InvalidInput,
    Malformed,
    NameTaken,
    NotFound,
    PolicyRefused,
)
from tests.support.factories import ADMIN
from tests.support.foreign_ca import ForeignCa
from tests.support.importing import faulty_rows, known, row, rules


def test_what_is_no_ca_is_refused_with_every_reason(ctx: Context) -> None:
    ca = ForeignCa()
    leaf = ca.issue("leaf.example.com")
    text = leaf.public_bytes(Encoding.PEM).decode()
    with pytest.raises(PolicyRefused) as caught:
        import_ca(ctx, ADMIN, ImportCa(name="Old", chain=text))
    assert rules(caught.value) == {"install.ca", "install.root"}
    weak = ForeignCa("Weak", key=rsa.generate_private_key(public_exponent=3, key_size=2048))
    with pytest.raises(PolicyRefused) as caught:
        known(ctx, weak)
    assert rules(caught.value) == {"key.exponent"}
    with pytest.raises(PolicyRefused) as caught:
        known(ctx, ForeignCa("Ended", days=-0.5))
    assert rules(caught.value) == {"import.expired"}
    forged = ForeignCa("Forged")
    forged.key = ForeignCa().key
    forged.certificate = forged._certify(forged.name, forged.certificate.public_key(), 10)
    with pytest.raises(PolicyRefused) as caught:
        known(ctx, forged)
    assert rules(caught.value) == {"import.signature"}
    under = ForeignCa("Under", parent=ca)
    with pytest.raises(PolicyRefused, match="must end with the self-signed root certificate"):
        import_ca(
            ctx,
            ADMIN,
            ImportCa(name="Old", chain=under.chain_pem.split("-----END")[0] + "-----END CERTIFICATE-----\n"),
        )
    with pytest.raises(NameTaken, match=r"A CA named .* already exists"):
        known(ctx, ca, name="Root CA")
    ours = "".join(one_pem(one) for one in chain_of_ours(ctx))
    with pytest.raises(Conflict, match=r"The key already belongs to CA .* of this installation"):
        import_ca(ctx, ADMIN, ImportCa(name="Ours", chain=ours))


def one_pem(der: bytes) -> str:
    return x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM).decode()


def chain_of_ours(ctx: Context) -> list[bytes]:
    names = ("Issuing CA", "Root CA")
    return [show_ca(ctx, ADMIN, name).keys[0].certificates[0].der for name in names]


@pytest.mark.parametrize(
    ("build", "rule"),
    [
        (lambda ca: ForeignCa().crl(), "import.signature"),
        (lambda ca: ForeignCa("Other").crl(), "import.crl_issuer"),
        (lambda ca: ca.crl(extensions=[x509.DeltaCRLIndicator(3)]), "import.crl_full"),
        (
            lambda ca: ca.crl(extensions=[x509.IssuingDistributionPoint(None, None, True, False, None, False, False)]),
            "import.crl_full",
        ),
        (lambda ca: ca.crl(number=1 << 63), "import.crl_number"),
        (lambda ca: ca.crl([(5, x509.ReasonFlags.remove_from_crl)]), "import.crl_full"),
        (lambda ca: "AAAA", "der.length"),
    ],
    ids=["another key's", "another CA's", "delta", "users only", "number", "removal", "no CRL"],
)
def test_a_crl_that_is_not_the_cas_or_not_whole_is_refused(ctx: Context, build: Any, rule: str) -> None:
    ca = ForeignCa()
    with pytest.raises(InvalidInput) as caught:
        known(ctx, ca, build(ca))
    if rule != "der.length":
        assert rules(caught.value) == {rule}
    with pytest.raises(NotFound, match=r"CA .* not found"):
        show_ca(ctx, ADMIN, "Old")


def test_a_row_that_is_not_the_cas_own_is_refused_by_name(ctx: Context) -> None:
    ca = ForeignCa()
    known(ctx, ca)
    for rule, one in faulty_rows(ca).items():
        with pytest.raises(InvalidInput) as caught:
            import_row(ctx, ADMIN, one)
        assert rules(caught.value) == {rule}
    with pytest.raises(Malformed, match="certificate: is not a version 3 certificate"):
        import_row(ctx, ADMIN, {"ca": "Old", "certificate": "MAMCAQE="})
    with pytest.raises(NotFound, match=r"Profile .* not found"):
        import_row(ctx, ADMIN, row(ca.issue("a.example.com"), profile="no such profile"))
    import_row(ctx, ADMIN, row(ca.issue("a.example.com", serial=500)))
    with pytest.raises(Conflict, match="Another certificate of a CA with this name"):
        import_row(ctx, ADMIN, row(ca.issue("b.example.com", serial=500)))
    with pytest.raises(NotFound, match=r"Nobody's.* not found"):
        import_row(ctx, ADMIN, {**row(ca.issue("c.example.com")), "ca": "Nobody's"})
