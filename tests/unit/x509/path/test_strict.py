"""The strict judgement: lint errors of the path's certificates and CRLs are reasons; without it, they are not."""

from __future__ import annotations

import ipaddress
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from pki_manager.x509.path import Question, Verdict, verify
from pki_manager.x509.path import model as path_model
from tests.support.paths import ISSUING, LEAF, NOW, ROOT, SERVER_AUTH, Spec, chain, crl, ders, sign


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
    return replace(spec, **changes)


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
ADDRESS = odd(WEB, sans=(x509.IPAddress(ipaddress.ip_address("10.0.0.1")),))


@pytest.mark.parametrize(
    ("leaf", "root", "told"),
    [
        (WEB, ROOT, ""),
        (odd(WEB, name="WWW.example.com"), ROOT, "common name"),
        (odd(WEB, name="other.example.com"), ROOT, "common name"),
        (odd(WEB, name="web server"), ROOT, ""),
        (odd(WEB, name="1047"), ROOT, ""),
        (odd(WEB, name="example.com"), ROOT, ""),
        (odd(WEB, name="com.example"), ROOT, "common name"),
        (odd(WEB, name="ample.com"), ROOT, "common name"),
        (odd(WEB, name="sub.www.example.com"), ROOT, "common name"),
        (odd(WEB, name="10.0.0.1"), ROOT, "common name"),
        (odd(WEB, sans=()), ROOT, "common name"),
        (ADDRESS, ROOT, ""),
        (odd(ADDRESS, name="10.0.0.1"), ROOT, ""),
        (odd(ADDRESS, name="10.0.0.2"), ROOT, "common name"),
        (odd(ADDRESS, name="010.0.0.1"), ROOT, "common name"),
        (odd(ADDRESS, name="10.1"), ROOT, "common name"),
        (odd(ADDRESS, name="0x0A000001"), ROOT, "common name"),
        (odd(ADDRESS, name="167772161"), ROOT, "common name"),
        (odd(ADDRESS, name="2001:DB8::1"), ROOT, "common name"),
        (WEB, odd(ROOT, purposes=(SERVER_AUTH,)), "a root has an extended key usage"),
    ],
)
def test_for_tls_servers_rules_of_the_public_web_count(leaf: Spec, root: Spec, told: str) -> None:
    found = [reason.message for reason in ask(chain(leaf, ISSUING, root)).reasons if "§7.1" in reason.message]
    assert [message for message in found if told in message] == found
    assert bool(found) is bool(told)


NO_USAGE = {"certificate.ca_may_sign", "pkilint:pkix.ca_certificate_no_ku_extension"}


def test_key_usage_can_be_missing_in_an_anchor_only() -> None:
    assert not NO_USAGE & broken(ask(chain(LEAF, ISSUING, odd(ROOT, usage=None))))
    assert NO_USAGE & broken(ask(chain(LEAF, odd(ISSUING, usage=None), ROOT))) == NO_USAGE


def test_an_anchor_needs_no_issuer_key_identifier_if_its_own_key_signed_it() -> None:
    rule = "certificate.authority_key_identifier_present"
    leaf, issuing, root = chain(LEAF, ISSUING, ROOT)
    other = odd(ROOT, name="Other", key=7)
    own_key, cross = (sign(ROOT, other, by=by, identified=False) for by in (ROOT.key, other.key))
    assert rule not in broken(ask([leaf, issuing, own_key]))
    assert rule in broken(ask([leaf, issuing, cross]))
    assert rule in broken(ask([leaf, sign(ISSUING, ROOT, identified=False), root]))


@pytest.mark.parametrize(
    ("method", "is_broken"),
    [(AuthorityInformationAccessOID.CA_ISSUERS, False), (AuthorityInformationAccessOID.OCSP, True)],
)
def test_only_locations_of_issuers_can_be_something_else_than_a_uri(
    method: x509.ObjectIdentifier, is_broken: bool
) -> None:
    access = x509.AuthorityInformationAccess([x509.AccessDescription(method, x509.DNSName("pki.example.com"))])
    leaf = odd(LEAF, extensions=(x509.Extension(access.oid, False, access),))
    assert ("certificate.authority_info_access_uri" in broken(ask(chain(leaf, ISSUING, ROOT)))) is is_broken
