"""The strict judgement: lint errors of the path's certificates and CRLs are reasons; without it, they are not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography import x509

from pki_manager.x509.path import Question, Verdict, verify
from pki_manager.x509.path import model as path_model
from tests.paths import ISSUING, LEAF, NOW, ROOT, SERVER_AUTH, Spec, chain, crl, ders, sign


def ask(certificates: list[x509.Certificate], crls: tuple[bytes, ...] = (), *, strict: bool = True) -> Verdict:
    leaf, *others, root = ders(certificates)
    asked = Question(
        certificate=leaf, intermediates=tuple(others), trust_anchors=(root,), crls=crls, time=NOW, usage=SERVER_AUTH
    )
    return verify(replace(asked, strict=strict))


def broken(verdict: Verdict) -> set[str]:
    assert {reason.code for reason in verdict.reasons} <= {"lint"}
    return {reason.message.split()[2].rstrip(":") for reason in verdict.reasons}


NUMBERED = [(x509.CRLNumber(1), False)]


def odd(spec: Spec, **changes: object) -> Spec:
    return replace(spec, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("leaf", "issuing", "rule"),
    [
        (odd(LEAF, sans=(x509.DNSName("under_score.example.com"),)), ISSUING, "certificate.san_dns_syntax"),
        (odd(LEAF, usage=("digital_signature", "key_cert_sign")), ISSUING, "certificate.leaf_may_not_sign"),
        (LEAF, odd(ISSUING, path_length=0, usage=("digital_signature", "key_cert_sign", "content_commitment")), ""),
    ],
    ids=["host name", "leaf that signs", "CA"],
)
def test_a_broken_rule_is_a_reason_only_if_asked_for(leaf: Spec, issuing: Spec, rule: str) -> None:
    made = chain(leaf, issuing, ROOT)
    assert ask(made, strict=False).valid
    found = broken(ask(made))
    assert not rule or rule in found


def test_serial_numbers_that_are_not_positive_or_too_guessable_are_reasons() -> None:
    _, issuing, root = chain(LEAF, ISSUING, ROOT)
    small = sign(LEAF, ISSUING, serial=1)
    assert ask([small, issuing, root], strict=False).valid
    assert "certificate.serial_entropy" in broken(ask([small, issuing, root]))


def test_a_crl_of_a_ca_in_the_path_is_judged_too() -> None:
    made = chain(LEAF, ISSUING, ROOT)
    crls = (crl(ROOT, extensions=NUMBERED), crl(ISSUING))
    assert ask(made, crls, strict=False).valid
    assert any("crl" in rule for rule in broken(ask(made, crls)))


def test_certificates_that_are_not_in_the_path_are_not_judged() -> None:
    leaf, issuing, root = chain(LEAF, ISSUING, ROOT)
    other = sign(odd(ISSUING, name="Other CA", key=7, critical="1.2.3.4"), ROOT)
    with_other = ask([leaf, issuing, other, root])
    assert broken(with_other) == broken(ask([leaf, issuing, root]))


def test_so_many_objects_are_linted_and_no_more() -> None:
    budget = path_model.Budget(lints=1)
    budget.lint((b"a", b"b"))
    budget.lint((b"a", b"b"))
    with pytest.raises(path_model.OutOfBudget):
        budget.lint((b"c", b"b"))


WEB = Spec(
    name="www.example.com",
    key=3,
    ca=False,
    usage=("digital_signature",),
    purposes=(SERVER_AUTH,),
    sans=(x509.DNSName("www.example.com"),),
)


@pytest.mark.parametrize(
    ("leaf", "root", "told"),
    [
        (WEB, ROOT, ""),
        (odd(WEB, name="WWW.example.com"), ROOT, "common name"),
        (odd(WEB, name="other.example.com"), ROOT, "common name"),
        (odd(WEB, name="web server"), ROOT, ""),
        (WEB, odd(ROOT, purposes=(SERVER_AUTH,)), "a root has an extended key usage"),
    ],
)
def test_for_tls_servers_rules_of_the_public_web_count(leaf: Spec, root: Spec, told: str) -> None:
    found = [reason.message for reason in ask(chain(leaf, ISSUING, root)).reasons if "§7.1" in reason.message]
    assert [message for message in found if told in message] == found
    assert bool(found) is bool(told)
