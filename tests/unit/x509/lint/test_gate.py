"""The gate never raises, never looks at a signature, and takes pkilint in when asked."""

from __future__ import annotations

import random
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pki_manager.domain.names import AlternativeName, DistinguishedName
from pki_manager.domain.revocation import RevokedEntry
from pki_manager.x509 import lint, names
from pki_manager.x509.lint import Finding, Severity, pkilint_bridge
from pki_manager.x509.lint.pkilint_bridge import CRASH
from tests.support.hierarchies import NOW, Context, make_plan, make_root, make_subordinate, private_key, spki
from tests.unit.x509.lint import objects as o
from tests.unit.x509.lint.objects import CA, LEAF, Crl, Ocsp

SERIAL = (1 << 126) + 7


@pytest.fixture(scope="module")
def root() -> Context:
    return make_root()


@pytest.fixture(scope="module")
def issuing(root: Context) -> Context:
    return make_subordinate(root)


def certificate_of(ctx: Context) -> bytes:
    assert ctx.issuer.certificate_der
    return ctx.issuer.certificate_der


def leaf_of(issuing: Context, *sans: str, subject: DistinguishedName | None = None) -> bytes:
    plan = make_plan(
        subject or DistinguishedName.of(("CN", "server")),
        spki(private_key("ECDSA-P256")),
        sans=tuple(AlternativeName.parse(san) for san in sans),
    )
    return issuing.certify(plan, SERIAL)


def rules(found: tuple[Finding, ...]) -> set[str]:
    return {finding.rule for finding in found}


def test_what_the_product_builds_has_no_finding_of_own_rules_or_pkilint(root: Context, issuing: Context) -> None:
    assert lint.lint_certificate(certificate_of(root), None, full=True) == ()
    assert lint.lint_certificate(certificate_of(root), certificate_of(root), full=True) == ()
    assert lint.lint_certificate(certificate_of(issuing), certificate_of(root), full=True) == ()
    leaf = leaf_of(issuing, "DNS:www.example.com", "IP:192.0.2.1", "email:a@example.com")
    assert lint.lint_certificate(leaf, certificate_of(issuing), full=True) == ()
    entries = [RevokedEntry(serial=SERIAL, time=NOW, reason="keyCompromise", invalidity_date=NOW)]
    assert lint.lint_crl(issuing.crl(entries), certificate_of(issuing), full=True) == ()
    assert lint.lint_crl(issuing.crl(), certificate_of(issuing), full=True) == ()


@pytest.mark.parametrize(
    "san", ["DNS:localhost", "DNS:*.example.com", "DNS:printer", "email:root@localhost", "URI:spiffe://cluster/ns/a"]
)
def test_names_of_a_private_network_are_not_refused(issuing: Context, san: str) -> None:
    assert lint.lint_certificate(leaf_of(issuing, san), certificate_of(issuing), full=True) == ()


def test_the_signature_value_is_not_looked_at(root: Context, issuing: Context) -> None:
    for der, issuer in ((certificate_of(root), None), (certificate_of(issuing), certificate_of(root))):
        wrong = der[:-1] + bytes((der[-1] ^ 1,))
        assert lint.lint_certificate(wrong, issuer, full=True) == ()


def test_iss_16_an_issuer_in_another_string_type_is_found_by_both_judges(root: Context, issuing: Context) -> None:
    other = certificate_of(issuing).replace(b"\x0c\x07Root CA", b"\x13\x07Root CA")
    assert other != certificate_of(issuing)
    found = rules(lint.lint_certificate(other, certificate_of(root), full=True))
    assert "certificate.issuer_name_match" in found
    assert "pkilint:pkix.issuer_and_subject_dn_not_binary_equal" in found


def test_iss_17_a_foreign_authority_key_identifier_is_found_by_both_judges(root: Context, issuing: Context) -> None:
    leaf, foreign = leaf_of(issuing, "DNS:a.example"), certificate_of(make_subordinate(root))
    own = rules(lint.lint_certificate(leaf, foreign, full=False))
    assert "certificate.authority_key_identifier_match" in own
    full = rules(lint.lint_certificate(leaf, foreign, full=True))
    assert any(rule.startswith("pkilint:") and "key_identifier" in rule for rule in full)


@pytest.mark.parametrize("value", ["10.0.0.1", "192.0.2.255"])
def test_nam_04_an_ip_address_as_dns_name_is_refused(value: str) -> None:
    found = lint.lint_certificate(LEAF.but(san=o.san((o.DNS, value))).der(), CA.der(), full=False)
    assert "certificate.san_dns_ip_address" in rules(found)


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (LEAF.but(usage=o.key_usage()), "pkix.no_ku_bits_set"),
        (LEAF.but(serial=0), "pkix.certificate_serial_number_out_of_range"),
        (LEAF.but(not_after=o.generalized("20260401000000Z")), None),
        (LEAF.but(aia=o.extension("1.3.6.1.5.5.7.1.1", b"\x30\x05\x30")), "itu.invalid_asn1_syntax"),
    ],
    ids=["key usage", "serial", "time", "encoding"],
)
def test_pkilint_refuses_a_certificate_that_is_known_bad(broken: o.Cert, code: str | None) -> None:
    found = pkilint_bridge.lint_certificate(broken.der())
    errors = {finding.rule for finding in found if finding.severity is Severity.ERROR}
    assert errors, found
    assert code is None or f"pkilint:{code}" in errors


def test_pkilint_refuses_a_crl_that_is_known_bad() -> None:
    found = pkilint_bridge.lint_crl(Crl().but(number=None, entries=()).der())
    assert {finding.severity for finding in found} == {Severity.ERROR}
    assert len(found) >= 2


def test_pkilint_refuses_an_ocsp_response_that_is_known_bad() -> None:
    backwards = Ocsp(responses=(o.single(next_update="20260201000000Z"),))
    assert rules(pkilint_bridge.lint_ocsp(backwards.der())) == {"pkilint:pkix.ocsp_negative_validity_period"}
    assert pkilint_bridge.lint_ocsp(Ocsp().der()) == ()


def test_a_crash_of_pkilint_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def certificate(self, der: bytes, issuer_der: bytes | None) -> list[object]:
            raise RecursionError("too deep")

    monkeypatch.setattr(pkilint_bridge, "load_validators", Broken)
    (finding,) = lint.lint_certificate(LEAF.der(), None, full=True)
    assert (finding.rule, finding.severity) == (CRASH, Severity.ERROR)
    assert "too deep" in finding.message


def test_a_panic_of_the_decoder_below_pkilint_is_an_error() -> None:
    point = o.tlv(0xA0, o.tlv(0xA0, o.tlv(o.URI, b"http://pki.example.com/1.crl")))
    some_reasons = o.seq(point, o.tlv(0x83, b"\6\x40"))
    der = Crl().but(idp=o.extension("2.5.29.28", some_reasons, critical=True)).der()
    assert lint.lint_crl(der, CA.der(), full=False) == ()
    (finding,) = lint.lint_crl(der, CA.der(), full=True)
    assert (finding.rule, finding.severity) == (CRASH, Severity.ERROR)


@pytest.mark.parametrize("signal", [KeyboardInterrupt, SystemExit])
def test_an_end_of_the_process_is_not_held_up(monkeypatch: pytest.MonkeyPatch, signal: type[BaseException]) -> None:
    class Ending:
        def crl(self, der: bytes) -> list[object]:
            raise signal

    monkeypatch.setattr(pkilint_bridge, "load_validators", Ending)
    with pytest.raises(signal) as ended:
        pkilint_bridge.lint_crl(Crl().der())
    assert type(ended.value) is signal


def test_a_validator_that_falls_over_inside_pkilint_is_an_error_too(monkeypatch: pytest.MonkeyPatch) -> None:
    from pkilint.pkix.certificate.certificate_validator import CorrectVersionValidator

    def fall_over(self: object, node: object) -> None:
        raise ValueError("odd")

    monkeypatch.setattr(CorrectVersionValidator, "validate", fall_over)
    (finding,) = pkilint_bridge.lint_certificate(LEAF.der())
    assert (finding.rule, finding.severity, finding.message) == (CRASH, Severity.ERROR, "odd")


def test_what_is_no_certificate_is_a_finding_not_an_exception() -> None:
    for junk in (b"", b"\x30", b"\x30\x80\0\0", LEAF.der()[:-1], LEAF.der() + b"\0", b"\x04\x00", Crl().der()):
        (finding,) = lint.lint_certificate(junk, None, full=True)
        assert (finding.rule, finding.severity) == ("certificate.encoding", Severity.ERROR)
    assert rules(lint.lint_crl(LEAF.der(), None, full=True)) == {"crl.encoding"}
    assert rules(lint.lint_ocsp(b"\x30\x00", full=True)) == {"ocsp.encoding"}


def test_an_issuer_that_is_no_certificate_is_a_finding() -> None:
    (finding,) = lint.lint_certificate(LEAF.der(), b"\x30\x00", full=True)
    assert (finding.rule, finding.where) == ("certificate.encoding", "issuer certificate")


@given(st.integers(), st.sampled_from(["certificate", "crl", "ocsp"]))
def test_no_corruption_makes_the_own_rules_raise(seed: int, kind: str) -> None:
    rng = random.Random(seed)
    source = {"certificate": LEAF.der, "crl": Crl().der, "ocsp": Ocsp().der}[kind]()
    broken = bytearray(source)
    for _ in range(rng.randint(1, 4)):
        broken[rng.randrange(len(broken))] = rng.choice((0, 0x80, 0xFF, 0x30, 0x1F, rng.randrange(256)))
    if kind == "certificate":
        lint.lint_certificate(bytes(broken), CA.der(), full=False)
        lint.lint_certificate(LEAF.der(), bytes(broken), full=False)
    elif kind == "crl":
        lint.lint_crl(bytes(broken), CA.der(), full=False)
    else:
        lint.lint_ocsp(bytes(broken), full=False)


def test_many_threads_get_the_same_answer() -> None:
    bad, answers = LEAF.but(usage=o.key_usage()).der(), []
    threads = [
        threading.Thread(target=lambda: answers.append(lint.lint_certificate(bad, CA.der(), full=True)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    assert len(set(answers)) == 1


def test_threads_that_share_an_issuer_get_each_its_own_answer(issuing: Context) -> None:
    mixed = certificate_of(issuing)
    right, other = leaf_of(issuing, "DNS:a.example"), leaf_of(make_subordinate(make_root()), "DNS:a.example")
    wanted = {der: pkilint_bridge.lint_certificate(der, mixed) for der in (right, other)}
    assert wanted[right] == ()
    assert wanted[other] != ()
    faults: list[bytes] = []

    def work() -> None:
        faults.extend(der for der in (right, other) * 5 if pkilint_bridge.lint_certificate(der, mixed) != wanted[der])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_a_long_text_in_a_name_is_judged_by_its_characters() -> None:
    subject = names.encode_dn(DistinguishedName.of(("O", "é" * 64)))
    assert lint.lint_certificate(LEAF.but(subject=subject).der(), CA.der(), full=False) == ()
