"""Paths: what makes one valid, every reason against one, and what a search may cost."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from pki_manager.domain.errors import Malformed
from pki_manager.domain.names import AlternativeName
from pki_manager.x509.path import Question, Verdict, verify
from pki_manager.x509.path import model as path_model
from tests.support import hierarchies
from tests.support.paths import (
    CLIENT_AUTH,
    DAY,
    ISSUING,
    LEAF,
    NOW,
    ROOT,
    SERVER_AUTH,
    Spec,
    chain,
    crl,
    ders,
    key,
    name_of,
    sign,
)


def ask(certificates: list[x509.Certificate], **changes: object) -> Verdict:
    leaf, *others, root = ders(certificates)
    asked = Question(certificate=leaf, intermediates=tuple(others), trust_anchors=(root,), time=NOW)
    return verify(replace(asked, **changes))


def codes(verdict: Verdict) -> set[str]:
    assert verdict.valid is not bool(verdict.reasons)
    return {reason.code for reason in verdict.reasons}


def test_a_good_chain_is_a_path() -> None:
    made = chain(LEAF, ISSUING, ROOT)
    verdict = ask(made, name=AlternativeName.parse("DNS:www.example.com"), usage=SERVER_AUTH)
    assert codes(verdict) == set()
    assert verdict.path == ders(made)


def test_an_anchor_itself_is_its_own_path() -> None:
    (root,) = ders(chain(ROOT))
    assert verify(Question(certificate=root, trust_anchors=(root,), time=NOW)).path == (root,)


@pytest.mark.parametrize(
    ("leaf", "issuing", "root", "code"),
    [
        ({"not_after": NOW - timedelta(seconds=1)}, {}, {}, "expired"),
        ({"not_before": NOW + timedelta(seconds=1)}, {}, {}, "not_yet_valid"),
        ({}, {"not_after": NOW - DAY / 2}, {}, "expired"),
        ({}, {}, {"not_after": NOW - DAY / 2}, "expired"),
        ({}, {"ca": False, "path_length": None}, {}, "not_a_ca"),
        ({}, {"usage": ("crl_sign",)}, {}, "key_usage"),
        ({}, {}, {"usage": ("crl_sign",)}, "key_usage"),
        ({}, {}, {"path_length": 0}, "path_length"),
        ({"critical": "1.2.3.4"}, {}, {}, "critical_extension"),
        ({}, {"critical": "1.2.3.4"}, {}, "critical_extension"),
        ({"purposes": (CLIENT_AUTH,)}, {}, {}, "extended_key_usage"),
        ({}, {"purposes": (CLIENT_AUTH,)}, {}, "extended_key_usage"),
        ({"usage": ("key_cert_sign",)}, {}, {}, "key_usage"),
        ({}, {"permitted": (x509.DNSName("example.org"),)}, {}, "name_constraints"),
        ({}, {"excluded": (x509.DNSName("www.example.com"),)}, {}, "name_constraints"),
        ({}, {}, {"excluded": (x509.DNSName("example.com"),)}, "name_constraints"),
        (
            {},
            {"permitted": (x509.DNSName("example.com"),), "excluded": (x509.DNSName("www.example.com"),)},
            {},
            "name_constraints",
        ),
        (
            {"sans": (x509.DNSName("*.example.com"),)},
            {"excluded": (x509.DNSName("a.example.com"),)},
            {},
            "name_constraints",
        ),
        (
            {"sans": (x509.IPAddress(ipaddress.ip_address("10.1.1.1")),)},
            {"permitted": (x509.IPAddress(ipaddress.ip_network("10.2.0.0/16")),)},
            {},
            "name_constraints",
        ),
        ({"sans": ()}, {"permitted": (x509.DNSName("example.org"),)}, {}, "name_constraints"),
        ({}, {"permitted": (x509.DirectoryName(name_of("Somebody")),)}, {}, "name_constraints"),
        (
            {"sans": (x509.RegisteredID(x509.ObjectIdentifier("1.2.3")),)},
            {"excluded": (x509.RegisteredID(x509.ObjectIdentifier("1.2.4")),)},
            {},
            "name_constraints",
        ),
        *(
            ({"sans": (name,)}, {"excluded": (type(name)("intern.example.com"),)}, {}, "name_constraints")
            for name in (
                x509.DNSName("a.intern.example.com."),
                x509.DNSName(".intern.example.com"),
                x509.DNSName("a..intern.example.com"),
                x509.DNSName("f*.intern.example.com"),
                x509.DNSName(""),
                x509.RFC822Name("a@intern.example.com."),
            )
        ),
        ({"sans": (x509.DNSName("mail.example.com"),)}, {}, {}, "name_mismatch"),
        ({"sans": ()}, {}, {}, "name_mismatch"),
    ],
)
def test_each_fault_is_a_reason(
    leaf: dict[str, object], issuing: dict[str, object], root: dict[str, object], code: str
) -> None:
    made = chain(replace(LEAF, **leaf), replace(ISSUING, **issuing), replace(ROOT, **root))
    verdict = ask(made, name=AlternativeName.parse("DNS:www.example.com"), usage=SERVER_AUTH)
    assert code in codes(verdict)
    assert verdict.path == ders(made)


@pytest.mark.parametrize(
    ("san", "wanted", "fits"),
    [
        ("*.example.com", "DNS:www.example.com", True),
        ("*.example.com", "DNS:WWW.Example.COM", True),
        ("*.example.com", "DNS:example.com", False),
        ("*.example.com", "DNS:a.b.example.com", False),
        ("*.com", "DNS:example.com", False),
        ("www.example.com", "DNS:www.example.com.", True),
        ("www.example.com", "IP:10.0.0.1", False),
        ("10.0.0.1", "IP:10.0.0.1", False),
        ("w*.example.com", "DNS:www.example.com", False),
    ],
)
def test_a_name_fits_as_rfc_9525_says(san: str, wanted: str, fits: bool) -> None:
    leaf = replace(LEAF, sans=(x509.DNSName(san),))
    verdict = ask(chain(leaf, ISSUING, ROOT), name=AlternativeName.parse(wanted))
    assert codes(verdict) == (set() if fits else {"name_mismatch"})


def test_a_signature_by_another_key_is_none() -> None:
    leaf, issuing, root = chain(LEAF, ISSUING, ROOT)
    forged = sign(LEAF, ISSUING, by=9)
    assert codes(ask([forged, issuing, root])) == {"signature"}
    turned = bytearray(leaf.public_bytes(Encoding.DER))
    turned[-1] ^= 1
    assert codes(ask([leaf, issuing, root], certificate=bytes(turned))) == {"signature"}


def test_without_the_issuer_there_is_no_path() -> None:
    made = chain(LEAF, ISSUING, ROOT)
    assert codes(ask(made, intermediates=())) == {"no_path"}
    assert codes(ask(made, trust_anchors=ders(chain(replace(ROOT, name="Other CA", key=5))))) == {"no_path"}
    assert codes(ask(made, max_depth=2)) == {"no_path"}


def test_order_and_repetition_of_intermediates_do_not_matter() -> None:
    upper = Spec(name="Upper CA", key=4)
    leaf, issuing, above, root = chain(LEAF, ISSUING, upper, ROOT)
    stranger = chain(replace(ROOT, name="Stranger", key=6))[0]
    given = ders([above, stranger, issuing, issuing, above])
    assert codes(ask([leaf, root], intermediates=given)) == set()


def test_of_two_ways_the_valid_one_is_taken() -> None:
    dead = sign(replace(ISSUING, not_after=NOW - DAY / 2), ROOT)
    leaf, issuing, root = chain(LEAF, ISSUING, ROOT)
    for given in ([dead, issuing], [issuing, dead]):
        assert ask([leaf, root], intermediates=ders(given)).path == ders([leaf, issuing, root])


def test_sha_1_is_not_trusted_even_where_it_would_verify() -> None:
    from tests.support.odd_objects import ROOT as VECTORS

    found = x509.load_pem_x509_certificate((VECTORS / "x509/ecdsa_root.pem").read_bytes())
    assert isinstance(found.signature_hash_algorithm, hashes.SHA384)
    old = x509.load_der_x509_certificate((VECTORS / "x509/custom/alternate-rsa-sha1-oid.der").read_bytes())
    (der,) = ders([old])
    turned = bytearray(der)
    turned[-1] ^= 1
    verdict = verify(Question(certificate=bytes(turned), trust_anchors=(der,), time=NOW))
    assert codes(verdict) <= {"signature_algorithm", "no_path"}


@pytest.mark.parametrize("key_type", ["RSA-2048", "ECDSA-P384", "ECDSA-P521", "Ed25519", "Ed448", "ML-DSA-65"])
def test_every_algorithm_of_the_table_signs_paths(key_type: str) -> None:
    root = hierarchies.make_root(key_type=key_type)
    issuing = hierarchies.make_subordinate(root, key_type=key_type)
    assert issuing.issuer.certificate_der is not None
    assert root.issuer.certificate_der is not None
    question = Question(
        certificate=issuing.issuer.certificate_der, trust_anchors=(root.issuer.certificate_der,), time=hierarchies.NOW
    )
    assert verify(question).valid


def test_dos_06_copies_of_self_signed_intermediates_end_the_search_at_once() -> None:
    loops = [sign(replace(ISSUING, name="Loop"), replace(ISSUING, name="Loop")) for _ in range(80)]
    leaf = sign(LEAF, replace(ISSUING, name="Loop"))
    root = chain(ROOT)[0]
    verdict = verify(
        Question(certificate=ders([leaf])[0], intermediates=ders(loops), trust_anchors=ders([root]), time=NOW)
    )
    assert codes(verdict) == {"no_path"}


def test_dos_06_a_thicket_of_cross_certificates_is_given_up() -> None:
    cas = [Spec(name="One name for all", key=100 + at) for at in range(8)]
    crossed = [sign(one, other) for one in cas for other in cas if one is not other]
    leaf = sign(LEAF, cas[0])
    verdict = verify(
        Question(certificate=ders([leaf])[0], intermediates=ders(crossed), trust_anchors=ders(chain(ROOT)), time=NOW)
    )
    assert codes(verdict) == {"limits"}


def test_dos_06_names_times_constraints_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    sans = tuple(x509.DNSName(f"h{at}.example.com") for at in range(600))
    trees = tuple(x509.DNSName(f"t{at}.example.org") for at in range(600))
    made = chain(replace(LEAF, sans=sans), replace(ISSUING, excluded=trees), ROOT)
    assert codes(ask(made)) == {"limits"}


def test_revocation_by_the_crls_that_are_given() -> None:
    leaf, issuing, root = made = chain(LEAF, ISSUING, ROOT)
    above = crl(ROOT)
    assert codes(ask(made, crls=(above, crl(ISSUING)))) == set()
    assert codes(ask(made, crls=(above, crl(ISSUING, leaf.serial_number)))) == {"revoked"}
    assert codes(ask(made, crls=(crl(ROOT, issuing.serial_number), crl(ISSUING)))) == {"revoked"}
    assert codes(ask(made, crls=(crl(ISSUING),))) == {"revocation_unknown"}
    assert root


@pytest.mark.parametrize(
    "wrong",
    [
        {"by": 9},
        {"next_update": NOW - timedelta(seconds=1)},
        {"this_update": NOW + timedelta(seconds=1)},
        {"extensions": [(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3"), b"\x05\x00"), True)]},
        {"extensions": [(x509.IssuingDistributionPoint(None, None, False, True, None, False, False), True)]},
        {"extensions": [(x509.IssuingDistributionPoint(None, None, False, False, None, True, False), True)]},
        {"extensions": [(x509.DeltaCRLIndicator(1), True)]},
    ],
)
def test_a_crl_that_cannot_tell_leaves_the_question_open(wrong: dict[str, object]) -> None:
    made = chain(LEAF, ISSUING, ROOT)
    found = crl(ISSUING, **wrong)
    assert codes(ask(made, crls=(crl(ROOT), found))) == {"revocation_unknown"}


def test_a_delta_has_the_last_word_over_its_full_list() -> None:
    leaf, *_ = made = chain(LEAF, ISSUING, ROOT)
    numbered = [(x509.CRLNumber(1), False)]
    delta = [(x509.CRLNumber(2), False), (x509.DeltaCRLIndicator(1), True)]
    held = crl(ISSUING, leaf.serial_number, extensions=numbered, reason=x509.ReasonFlags.certificate_hold)
    freed = crl(ISSUING, leaf.serial_number, extensions=delta, reason=x509.ReasonFlags.remove_from_crl)
    added = crl(ISSUING, leaf.serial_number, extensions=delta)
    assert codes(ask(made, crls=(crl(ROOT), freed, held))) == set()
    assert codes(ask(made, crls=(crl(ROOT), added, crl(ISSUING, extensions=numbered)))) == {"revoked"}


@pytest.mark.parametrize("field", ["certificate", "intermediates", "trust_anchors", "crls"])
def test_what_is_no_certificate_is_malformed_and_named(field: str) -> None:
    wrong: object = b"\x30\x00" if field == "certificate" else (b"\x30\x00",)
    with pytest.raises(Malformed) as refused:
        ask(chain(LEAF, ISSUING, ROOT), **{field: wrong})
    assert refused.value.errors[0].field.startswith(field)


def test_a_budget_counts_each_signature_once() -> None:
    budget = path_model.Budget(signatures=1)
    assert budget.known((b"a", b"b")) is None
    budget.remember((b"a", b"b"), good=True)
    assert budget.known((b"a", b"b")) is True
    with pytest.raises(path_model.OutOfBudget):
        budget.known((b"c", b"b"))
    assert key(1) is key(1)
