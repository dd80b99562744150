"""What is judged once for a frame holds for every certificate with it: nobody is spared, nobody blamed for another."""

from __future__ import annotations

import random
from dataclasses import fields, replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pki_manager.x509 import lint
from pki_manager.x509.asn1.certificate_view import CertificateFrame, CertificateView, kept_frame
from pki_manager.x509.asn1.tlv import DerError
from pki_manager.x509.lint import Finding, Severity
from pki_manager.x509.lint.registry import load_certificate_rules, load_public_tls_rules
from pki_manager.x509.lint.rule import Breach, applies_always, judge
from pki_manager.x509.lint.rulebook import CertificateRule, FrameRule, Rulebook
from tests.unit.x509.lint import objects as o
from tests.unit.x509.lint.cases import Pair
from tests.unit.x509.lint.certificate_cases import CERTIFICATE
from tests.unit.x509.lint.further_cases import FURTHER, MORE_BAD
from tests.unit.x509.lint.objects import CA, LEAF, ROOT, Cert
from tests.unit.x509.lint.public_tls_cases import PUBLIC_TLS

RULES = load_certificate_rules() + load_public_tls_rules()
CASES = {f"certificate.{name}": case for name, case in (CERTIFICATE | FURTHER).items()} | {
    f"public_tls.{name}": case for name, case in PUBLIC_TLS.items()
}
BAD = {rule: [*case.bad, *map(Pair, MORE_BAD.get(rule.partition(".")[2], ()))] for rule, case in CASES.items()}

OTHER_KEY = o.ec_key("another")
LATER = LEAF.but(
    serial=(1 << 126) + 1,
    subject=o.common_name("mail.example.com"),
    key=OTHER_KEY,
    not_before=o.utc("260102000000Z"),
    not_after=o.utc("260402000000Z"),
    san=o.san((o.DNS, "mail.example.com")),
    ski=o.ski(o.key_hash(OTHER_KEY)),
)
"""A sibling of LEAF: nothing that may differ between two certificates of one profile and issuer is the same."""


def view(pair: Pair) -> CertificateView:
    assert isinstance(pair.item, Cert)
    return CertificateView.read(pair.item.der(), CertificateView.read(pair.issuer.der()) if pair.issuer else None)


def afresh(pair: Pair) -> tuple[Finding, ...]:
    """What all rules say when each of them is asked, with the whole certificate before it."""
    return tuple(judge(RULES, view(pair)))


def found(pair: Pair) -> tuple[Finding, ...]:
    assert isinstance(pair.item, Cert)
    issuer = pair.issuer.der() if pair.issuer else None
    return lint.lint_certificate(pair.item.der(), issuer, full=False, public_tls=True)


@pytest.mark.parametrize("rule", sorted(CASES))
def test_every_fault_is_found_after_a_good_certificate_of_its_kind(rule: str) -> None:
    good = CASES[rule].good
    for pair in (good, *BAD[rule], good, *BAD[rule]):
        assert found(pair) == afresh(pair)
    assert all(rule in {finding.rule for finding in found(pair)} for pair in BAD[rule])
    assert rule not in {finding.rule for finding in found(good)}


def test_the_order_in_which_certificates_come_changes_nothing() -> None:
    pairs = [pair for rule, case in CASES.items() for pair in (case.good, *case.also, *BAD[rule])]
    wanted = [afresh(pair) for pair in pairs]
    rng = random.Random(7)
    for _ in range(3):
        for number in rng.sample(range(len(pairs)), len(pairs)):
            assert found(pairs[number]) == wanted[number]


@given(st.integers())
def test_no_changed_octet_is_covered_by_what_was_seen_before(seed: int) -> None:
    rng = random.Random(seed)
    broken = bytearray(LEAF.der())
    for _ in range(rng.randint(1, 2)):
        broken[rng.randrange(len(broken))] ^= 1 << rng.randrange(8)
    der, issuer = bytes(broken), CertificateView.read(CA.der())
    lint.lint_certificate(LEAF.der(), CA.der(), full=False, public_tls=True)
    try:
        wanted = tuple(judge(RULES, CertificateView.read(der, issuer)))
    except DerError:
        return
    assert lint.lint_certificate(der, CA.der(), full=False, public_tls=True) == wanted


def framed(item: Cert, issuer: CertificateView | None) -> CertificateFrame:
    return CertificateView.read(item.der(), issuer).frame


def test_siblings_share_their_frame() -> None:
    issuer = CertificateView.read(CA.der())
    assert framed(LATER, issuer) is framed(LEAF, issuer)


@pytest.mark.parametrize(
    "item",
    [
        LEAF.but(issuer=o.common_name("Other CA")),
        LEAF.but(algorithm=o.RSA_SHA256),
        LEAF.but(outer_algorithm=o.RSA_SHA256),
        LEAF.but(version=o.tlv(0xA0, o.num(1))),
        LEAF.but(unique_id=o.tlv(0x81, b"\0\1")),
        LEAF.but(key=o.ED25519),
        LEAF.but(key=o.ec_key("leaf", "1.3.132.0.34", 48)),
        LEAF.but(usage=o.key_usage(0, critical=None)),
        LEAF.but(usage=o.key_usage(0, 2)),
        LEAF.but(san=o.san((o.DNS, "www.example.com"), critical=True)),
        LEAF.but(san=o.san((o.DNS, "www.example.com"), critical=False)),
        LEAF.but(ski=o.ski(o.LEAF_ID, critical=True)),
        LEAF.but(san=None),
        LEAF.but(again=o.san((o.DNS, "www.example.com"))),
        LEAF.but(aki=o.aki(b"\2" * 20)),
        LEAF.but(more=o.extension("1.2.3.4", b"\5\0")),
    ],
)
def test_what_rules_can_see_in_a_frame_makes_it_another(item: Cert) -> None:
    issuer = CertificateView.read(CA.der())
    assert framed(item, issuer) is not framed(LEAF, issuer)


def test_under_another_certificate_of_the_issuer_the_frame_is_another() -> None:
    issuers = [CertificateView.read(item.der()) for item in (CA, CA.but(usage=o.key_usage(0)))]
    frames = [framed(LEAF, issuer) for issuer in (*issuers, None)]
    assert len(set(frames)) == 3


def test_a_frame_has_nothing_of_what_makes_a_certificate_this_one() -> None:
    frame = CertificateView.read(LEAF.der()).frame
    assert type(frame) is CertificateFrame
    only_in_one = {name for name in dir(CertificateView) if not hasattr(CertificateFrame, name)}
    only_in_one |= {one.name for one in fields(CertificateView)} - {one.name for one in fields(CertificateFrame)}
    assert {"serial", "subject_alt_names", "public_key", "not_after", "subject_key_identifier"} <= only_in_one
    assert [name for name in only_in_one if hasattr(frame, name)] == []
    shown = repr({one.name: getattr(frame, one.name) for one in fields(frame)}).encode("latin-1")
    for value in (b"www.example.com", repr(o.LEAF_ID)[2:-1].encode(), repr(o.LEAF_KEY[-65:])[2:-1].encode()):
        assert value not in shown


def rule_that(asked: list[object], *, since: date = date(2008, 5, 1)) -> FrameRule:
    def check(frame: CertificateFrame) -> list[Breach]:
        asked.append(frame)
        return [Breach("extensions", "it is not right")]

    return FrameRule(
        id="certificate.example",
        requirement="Nothing is right.",
        citation="RFC 5280 §4",
        since=since,
        severity=Severity.ERROR,
        applies_to=applies_always,
        check=check,
    )


def test_a_rule_about_frames_is_asked_once_and_given_nothing_else() -> None:
    asked: list[object] = []
    book = Rulebook([rule_that(asked)])
    for item in (LEAF, LATER, LEAF):
        assert [finding.rule for finding in book.judge(CertificateView.read(item.der()))] == ["certificate.example"]
    assert asked == [CertificateView.read(LEAF.der()).frame]
    assert type(asked[0]) is CertificateFrame


def test_whether_a_rule_applies_is_asked_once_of_the_frame_and_the_rest_each_time() -> None:
    asked: list[object] = []

    def applies(frame: CertificateFrame) -> bool:
        asked.append(frame)
        return True

    rule = CertificateRule(
        id="certificate.example",
        requirement="Only LATER is wrong.",
        citation="RFC 5280 §4",
        since=date(2008, 5, 1),
        severity=Severity.ERROR,
        applies_to=applies,
        check=lambda one: [Breach("serialNumber", "it is not right")] if one.serial[-1:] == b"\1" else [],
    )
    book = Rulebook([rule])
    assert [len(book.judge(CertificateView.read(item.der()))) for item in (LEAF, LATER, LEAF, LATER)] == [0, 1, 0, 1]
    assert [type(frame) for frame in asked] == [CertificateFrame]


def test_a_rule_that_cannot_tell_whether_it_applies_says_so_of_every_certificate() -> None:
    wrong = o.extension("2.5.29.19", b"\x30\x05\x30", critical=True)
    for item in (LEAF.but(basic=wrong), LATER.but(basic=wrong)):
        told = {finding.rule for finding in found(Pair(item)) if finding.message.startswith("cannot be judged")}
        assert {"certificate.common_name_in_san", "certificate.leaf_may_not_sign", "public_tls.names"} <= told
        assert found(Pair(item)) == afresh(Pair(item))


def test_what_is_kept_is_told_from_the_day_of_the_rule_on() -> None:
    book = Rulebook([rule_that([], since=date(2026, 1, 2))])
    days = [CertificateView.read(item.der()) for item in (LEAF, LATER, LEAF, LATER)]
    assert [len(book.judge(one)) for one in days] == [0, 1, 0, 1]


def test_findings_stand_in_the_order_of_the_rules() -> None:
    def check(_: CertificateView) -> list[Breach]:
        return [Breach("serialNumber", "it is not right"), Breach("serialNumber", "nor is this")]

    of_one = CertificateRule(
        id="certificate.one",
        requirement="Nothing is right.",
        citation="RFC 5280 §4",
        since=date(2008, 5, 1),
        severity=Severity.ERROR,
        applies_to=applies_always,
        check=check,
    )
    of_frame = rule_that([])
    rules = (of_one, of_frame, replace(of_one, id="certificate.two"), of_frame)
    one = CertificateView.read(LEAF.der())
    assert Rulebook(rules).judge(one) == tuple(judge(rules, one))
    assert [finding.rule.partition(".")[2] for finding in Rulebook(rules).judge(one)] == (
        ["one", "one", "example", "two", "two", "example"]
    )


@pytest.mark.parametrize(
    ("item", "issuer"),
    [
        (LEAF.but(more=o.extension("1.2.3.4", b"\0" * 1024)), CA),
        (LEAF.but(key=o.rsa_key((1 << 32767) + 1)), CA),
        (LEAF, CA.but(more=o.extension("1.2.3.4", b"\0" * 1024))),
        (ROOT.but(key=o.rsa_key((1 << 32767) + 1)), None),
    ],
    ids=["extensions", "key", "issuer", "key of a root"],
)
def test_nothing_is_kept_of_what_is_long(item: Cert, issuer: Cert | None) -> None:
    above = CertificateView.read(issuer.der()) if issuer else None
    before = kept_frame.cache_info().misses
    one = CertificateView.read(item.der(), above)
    assert one.frame is not CertificateView.read(item.der(), above).frame
    assert kept_frame.cache_info().misses == before
    assert found(Pair(item, issuer)) == afresh(Pair(item, issuer))
