"""What ACME asks for and believes: identifiers, the three challenges, CAA."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode

import pytest

from pki_manager.domain.acme.orders import AcmeProblem, ChallengeKind, Identifier, IdentifierKind
from pki_manager.domain.acme.proof import ALPN, AlpnCertificate, CaaRecord, Fetched
from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.names import AlternativeName, NameKind
from pki_manager.policy import acme

WWW = Identifier(IdentifierKind.DNS, "www.example.com")
WILD = Identifier(IdentifierKind.DNS, "*.example.com")
HOST = Identifier(IdentifierKind.IP, "2001:db8::1")
EXPECTED = "token.thumbprint"
DIGEST = hashlib.sha256(EXPECTED.encode()).digest()
US, ACCOUNT = frozenset({"ca.example"}), "https://ca.example/acme/accounts/1"


@pytest.mark.parametrize(
    ("kind", "value", "told"),
    [
        ("dns", "WWW.Example.com", "dns:www.example.com"),
        ("dns", "*.example.com", "dns:*.example.com"),
        ("ip", "2001:DB8:0::1", "ip:2001:db8::1"),
        ("ip", "192.0.2.1", "ip:192.0.2.1"),
    ],
)
def test_an_identifier_has_one_form(kind: str, value: str, told: str) -> None:
    assert str(acme.parse_identifier(kind, value)) == told


@pytest.mark.parametrize(
    ("kind", "value", "rule"),
    [
        ("email", "a@example.com", "acme.identifier_kind"),
        ("DNS", "www.example.com", "acme.identifier_kind"),
        ("ip", "www.example.com", "acme.identifier"),
        ("ip", "10.0.0.0/8", "acme.identifier"),
    ],
)
def test_a_name_that_nobody_can_have_is_no_identifier(kind: str, value: str, rule: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        acme.parse_identifier(kind, value)
    assert [(one.field, one.rule) for one in caught.value.errors] == [("identifiers", rule)]


def test_what_proves_control_of_a_name() -> None:
    http, dns, tls = ChallengeKind.HTTP_01, ChallengeKind.DNS_01, ChallengeKind.TLS_ALPN_01
    assert acme.list_challenge_kinds(WWW) == (http, dns, tls)
    assert acme.list_challenge_kinds(WILD) == (dns,)
    assert acme.list_challenge_kinds(HOST) == (http, tls)


def test_where_it_is_looked_for() -> None:
    assert acme.build_http_path("abc") == "/.well-known/acme-challenge/abc"
    assert acme.build_txt_name(WWW) == "_acme-challenge.www.example.com"
    assert acme.build_txt_name(WILD) == "_acme-challenge.example.com"
    assert acme.build_key_authorization("abc", bytes(32)) == "abc." + "A" * 43


def kind_of(problem: AcmeProblem | None) -> str | None:
    return None if problem is None else problem.kind


@pytest.mark.parametrize("after", ["", "\n", "\r\n", " \t\r\n"])
def test_http_takes_the_key_authorization_and_white_space_after_it(after: str) -> None:
    assert acme.judge_http(Fetched(200, (EXPECTED + after).encode(), ()), EXPECTED) is None


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"junk " + EXPECTED.encode()),
        (200, b"<html>" + EXPECTED.encode() + b"</html>"),
        (200, b"\n" + EXPECTED.encode()),
        (200, EXPECTED.encode() + b"\x0b"),
        (200, EXPECTED.encode() + EXPECTED.encode()),
        (200, EXPECTED.upper().encode()),
        (200, b"token"),
        (200, b"\xff\xfe"),
        (200, b""),
        (404, EXPECTED.encode()),
        (404, b"not found: " + EXPECTED.encode()),
        (201, EXPECTED.encode()),
        (302, EXPECTED.encode()),
    ],
)
def test_acm_07_nothing_else_is_a_proof_by_http(status: int, body: bytes) -> None:
    assert kind_of(acme.judge_http(Fetched(status, body, ()), EXPECTED)) == "incorrectResponse"


def test_one_of_several_txt_records_is_enough() -> None:
    value = urlsafe_b64encode(DIGEST).rstrip(b"=")
    assert acme.judge_txt([b"v=spf1 -all", value], EXPECTED) is None
    for wrong in ([], [value + b"="], [value + b" "], [EXPECTED.encode()], [value.upper()], [value[:20], value[20:]]):
        assert kind_of(acme.judge_txt(wrong, EXPECTED)) == "incorrectResponse"


def test_acm_06_the_certificate_is_for_the_identifier_alone() -> None:
    www = WWW.san()

    def judged(names: tuple[AlternativeName, ...] = (www,), digest: bytes = DIGEST) -> str | None:
        return kind_of(acme.judge_alpn(AlpnCertificate(names, digest), WWW, EXPECTED))

    other = AlternativeName(NameKind.DNS, "other.example.com")
    assert judged() is None
    for names in ((), (www, other), (other,), (www, www), (AlternativeName(NameKind.EMAIL, www.value),)):
        assert judged(names=names) == "incorrectResponse"
    for digest in (bytes(32), DIGEST[:31], b""):
        assert judged(digest=digest) == "incorrectResponse"


def test_acm_06_the_protocol_has_to_be_taken() -> None:
    assert acme.judge_protocol(ALPN) is None
    for protocol in (None, "h2", "acme-tls/1.1", ""):
        assert kind_of(acme.judge_protocol(protocol)) == "incorrectResponse"


def record(tag: str, value: str = "", *, is_critical: bool = False) -> CaaRecord:
    return CaaRecord("example.com", is_critical, tag, value)


def caa(
    *records: CaaRecord, method: ChallengeKind = ChallengeKind.HTTP_01, is_wildcard: bool = False
) -> AcmeProblem | None:
    return acme.judge_caa(records, identities=US, account_uris=(ACCOUNT,), method=method, is_wildcard=is_wildcard)


@pytest.mark.parametrize(
    "records",
    [
        (),
        (record("iodef", "mailto:a@example.com"),),
        (record("unknown", "x"),),
        (record("iodef", "mailto:a@example.com", is_critical=True),),
        (record("issue", "ca.example"),),
        (record("issue", " \tCA.example \t; "),),
        (record("issue", "other.example"), record("issue", "ca.example")),
        (record("issue", "ca.example", is_critical=True),),
        (record("issue", "ca.example"), record("issuewild", ";")),
        (record("issue", f"ca.example; accounturi={ACCOUNT}"),),
        (record("issue", f"ca.example;AccountURI = {ACCOUNT} ; validationmethods=dns-01,http-01"),),
        (record("issuewild", ";"),),
    ],
)
def test_caa_that_lets_us_issue(records: tuple[CaaRecord, ...]) -> None:
    assert caa(*records) is None


@pytest.mark.parametrize(
    "records",
    [
        (record("issue", ";"),),
        (record("issue", ""),),
        (record("issue", "other.example"),),
        (record("issue", "ca.example.evil"),),
        (record("issue", "evilca.example"),),
        (record("issue", "ca.example."),),
        (record("issue", "ca.example other"),),
        (record("issue", "-ca.example"),),
        (record("issue", "ca.example; %%%%"),),
        (record("issue", "ca.example; a=b;"),),
        (record("issue", "ca.example; policy=strict"),),
        (record("issue", "ca.example; accounturi=https://ca.example/acme/accounts/2"),),
        (record("issue", f"ca.example; accounturi={ACCOUNT}; accounturi=https://other.example/"),),
        (record("issue", f"ca.example; accounturi={ACCOUNT}; ACCOUNTURI={ACCOUNT}"),),
        (record("issue", "ca.example; accounturi="),),
        (record("issue", "ca.example; validationmethods=dns-01"),),
        (record("issue", "ca.example; validationmethods="),),
        (record("issue", "ca.example; validationmethods=xhttp-01,http-012"),),
        (record("issue", "ca.example"), record("tbs", "unknown", is_critical=True)),
    ],
)
def test_caa_that_does_not(records: tuple[CaaRecord, ...]) -> None:
    problem = caa(*records)
    assert kind_of(problem) == "caa"
    assert problem is not None
    assert "example.com" in problem.detail


def test_caa_of_a_wildcard() -> None:
    """RFC 8659 §4.3: issuewild counts in place of issue, where there is one."""
    assert caa(record("issue", "ca.example"), is_wildcard=True) is None
    assert caa(record("issue", ";"), record("issuewild", "ca.example"), is_wildcard=True) is None
    assert kind_of(caa(record("issue", "ca.example"), record("issuewild", ";"), is_wildcard=True)) == "caa"
    assert kind_of(caa(record("issue", ";"), is_wildcard=True)) == "caa"


def test_caa_by_the_method_that_was_used() -> None:
    only = record("issue", "ca.example; validationmethods=dns-01,tls-alpn-01")
    allowed = [method for method in ChallengeKind if caa(only, method=method) is None]
    assert allowed == [ChallengeKind.DNS_01, ChallengeKind.TLS_ALPN_01]
