"""How deep the gate looks: own rules at everything, pkilint at every CA and at the first of each kind."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from pki_manager.authority.signing.lint_gate import make_certificate_lint, make_crl_lint, make_ocsp_lint
from pki_manager.domain.ca import Issuer
from pki_manager.domain.names import AlternativeName, DistinguishedName
from pki_manager.domain.profiles.extensions import ExtensionType, PlannedExtension
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.profiles.terms import LintDepth, LintException
from pki_manager.domain.revocation import RevokedEntry
from pki_manager.policy.builtin_profiles import BUILTIN_PROFILES
from pki_manager.x509.lint import Finding, KnownKinds, Severity, pkilint_bridge
from tests.support.hierarchies import (
    NOW,
    Context,
    ca_changes,
    make_plan,
    make_root,
    make_subordinate,
    private_key,
    spki,
)
from tests.unit.x509.lint import objects as o
from tests.unit.x509.lint.objects import Ocsp

PROFILES = {profile.name: profile for profile in BUILTIN_PROFILES}
WRONG = Finding("pkilint:odd", Severity.ERROR, "pkilint", "it is odd", "certificate")


class Pkilint:
    """Counts who is judged in full, and says `findings` about it."""

    def __init__(self) -> None:
        self.judged: list[bytes] = []
        self.findings: tuple[Finding, ...] = ()

    def judge(self, der: bytes, issuer: bytes | None = None) -> tuple[Finding, ...]:
        self.judged.append(der)
        return self.findings


@pytest.fixture
def pkilint(monkeypatch: pytest.MonkeyPatch) -> Pkilint:
    counting = Pkilint()
    for name in ("lint_certificate", "lint_crl", "lint_ocsp"):
        monkeypatch.setattr(pkilint_bridge, name, counting.judge)
    return counting


@pytest.fixture
def known() -> KnownKinds:
    """No kind is known yet."""
    return KnownKinds(4096)


@pytest.fixture(scope="module")
def hierarchy() -> Context:
    return make_subordinate(make_root())


@pytest.fixture
def issuing(hierarchy: Context) -> Context:
    return hierarchy


def profile(lint: LintDepth = LintDepth.RULES, **changes: object) -> Profile:
    return replace(PROFILES["tls-server"], lint=lint, **changes)


def leaf(issuing: Context, serial: int, san: str = "DNS:a.example", *attributes: tuple[str, str]) -> bytes:
    plan = make_plan(
        DistinguishedName.of(*(attributes or (("CN", "server"),))),
        spki(private_key("ECDSA-P256")),
        sans=(AlternativeName.parse(san),),
    )
    return issuing.certify(plan, (1 << 126) + serial)


def run(known: KnownKinds, issuer: Issuer, der: bytes, by: Profile) -> tuple[Finding, ...]:
    return make_certificate_lint(known, by, issuer)(der)


def test_of_each_kind_the_first_certificate_is_judged_in_full(
    pkilint: Pkilint, known: KnownKinds, issuing: Context
) -> None:
    first, second = leaf(issuing, 1), leaf(issuing, 2, "DNS:b.example")
    for der in (first, second, second):
        assert run(known, issuing.issuer, der, profile()) == ()
    assert pkilint.judged == [first]


@pytest.mark.parametrize(
    "other",
    [
        lambda issuing: leaf(issuing, 3, "IP:192.0.2.1"),
        lambda issuing: leaf(issuing, 3, "DNS:a.example", ("O", "Example"), ("CN", "server")),
        lambda issuing: issuing.certify(
            make_plan(DistinguishedName.of(("CN", "server")), spki(private_key("ECDSA-P384")), key_type="ECDSA-P384"),
            1 << 126,
        ),
        lambda issuing: issuing.certify(
            make_plan(DistinguishedName.of(("CN", "server")), spki(private_key("ECDSA-P256")), crl_url=None), 1 << 126
        ),
    ],
    ids=["kind of name", "subject attributes", "key type", "extensions"],
)
def test_a_certificate_of_another_kind_is_judged_in_full(
    pkilint: Pkilint, known: KnownKinds, issuing: Context, other: Callable[[Context], bytes]
) -> None:
    first, second = leaf(issuing, 1), other(issuing)
    for der in (first, second, second):
        run(known, issuing.issuer, der, profile())
    assert pkilint.judged == [first, second]


OWN, SID = "1.3.6.1.4.1.32473.1", "1.3.6.1.4.1.311.25.2"


@pytest.mark.parametrize(
    ("oid", "kind", "values", "judged"),
    [
        (OWN, ExtensionType.UTF8_STRING, ("a", "b"), 2),
        (SID, ExtensionType.SID, ("S-1-5-21-1-2-3-4", "S-1-5-21-1-2-3-5"), 1),
    ],
)
def test_a_custom_extension_is_judged_in_full_for_each_value_and_a_sid_once(
    pkilint: Pkilint,
    known: KnownKinds,
    issuing: Context,
    oid: str,
    kind: ExtensionType,
    values: tuple[str, str],
    judged: int,
) -> None:
    subject, key = DistinguishedName.of(("CN", "server")), spki(private_key("ECDSA-P256"))
    for number, value in enumerate(values):
        extensions = (PlannedExtension(oid, kind, value),)
        der = issuing.certify(make_plan(subject, key, extensions=extensions), (1 << 126) + number)
        for _ in range(2):
            assert run(known, issuing.issuer, der, profile()) == ()
    assert len(pkilint.judged) == judged


def test_another_profile_version_and_another_issuer_key_begin_anew(
    pkilint: Pkilint, known: KnownKinds, issuing: Context
) -> None:
    der = leaf(issuing, 1)
    elsewhere = replace(issuing.issuer, key=replace(issuing.issuer.key, id=uuid4()))
    for issuer, by in ((issuing.issuer, profile()), (issuing.issuer, profile(version=2)), (elsewhere, profile())):
        run(known, issuer, der, by)
        run(known, issuer, der, by)
    assert pkilint.judged == [der] * 3


def test_a_finding_refuses_and_the_kind_is_not_taken_for_clean(
    pkilint: Pkilint, known: KnownKinds, issuing: Context
) -> None:
    der = leaf(issuing, 1)
    pkilint.findings = (WRONG,)
    assert run(known, issuing.issuer, der, profile()) == (WRONG,)
    assert run(known, issuing.issuer, der, profile()) == (WRONG,)
    pkilint.findings = ()
    assert run(known, issuing.issuer, der, profile()) == ()
    pkilint.findings = (WRONG,)
    assert run(known, issuing.issuer, der, profile()) == ()


def test_an_excused_finding_neither_refuses_nor_costs_again(
    pkilint: Pkilint, known: KnownKinds, issuing: Context
) -> None:
    pkilint.findings = (WRONG,)
    excusing = profile(lint_exceptions=(LintException("pkilint:odd", "we like it odd"),))
    for _ in range(2):
        assert run(known, issuing.issuer, leaf(issuing, 1), excusing) == ()
    assert len(pkilint.judged) == 1


def test_a_certificate_that_own_rules_refuse_makes_no_kind_known(
    pkilint: Pkilint, known: KnownKinds, issuing: Context
) -> None:
    wrong = leaf(issuing, 1, "DNS:a.example").replace(b"a.example", b"a..xample")
    assert {finding.severity for finding in run(known, issuing.issuer, wrong, profile())} == {Severity.ERROR}
    run(known, issuing.issuer, leaf(issuing, 2), profile())
    assert len(pkilint.judged) == 2


@pytest.mark.parametrize("name", ["root-ca", "issuing-ca", "ocsp-responder"])
def test_ca_and_ocsp_signer_certificates_are_always_judged_in_full(
    pkilint: Pkilint, known: KnownKinds, issuing: Context, name: str
) -> None:
    der = issuing.certify(make_plan(DistinguishedName.of(("CN", "x")), issuing.issuer.key.spki_der, **ca_changes(0)), 1)
    for _ in range(2):
        run(known, issuing.issuer, der, replace(PROFILES[name], lint=LintDepth.RULES))
    assert len(pkilint.judged) == 2


def test_a_profile_that_asks_for_full_gets_it_every_time(pkilint: Pkilint, known: KnownKinds, issuing: Context) -> None:
    for _ in range(2):
        run(known, issuing.issuer, leaf(issuing, 1), profile(LintDepth.FULL))
    assert len(pkilint.judged) == 2


def test_what_cannot_be_decoded_is_refused_and_no_kind(pkilint: Pkilint, known: KnownKinds, issuing: Context) -> None:
    for _ in range(2):
        assert run(known, issuing.issuer, b"\x30\x00", profile())[0].rule == "certificate.encoding"
    for lint in (make_crl_lint(known, issuing.issuer), make_ocsp_lint(known, issuing.issuer.key.id)):
        assert lint(b"\x30\x00")[0].severity is Severity.ERROR


def test_of_crls_the_first_of_a_kind_is_judged_in_full(pkilint: Pkilint, known: KnownKinds, issuing: Context) -> None:
    def entry(serial: int, reason: str | None) -> RevokedEntry:
        return RevokedEntry(serial=serial, time=NOW - timedelta(days=serial), reason=reason, invalidity_date=None)

    empty, plain = issuing.crl(), issuing.crl([entry(1, "superseded")])
    longer = issuing.crl([entry(1, "superseded"), entry(2, "superseded")], number=2)
    other = issuing.crl([entry(1, "superseded"), entry(2, "keyCompromise")], number=3)
    for der in (empty, plain, longer, other, empty, plain, longer, other):
        assert make_crl_lint(known, issuing.issuer)(der) == ()
    assert pkilint.judged == [empty, plain, other]


def test_of_ocsp_responses_the_first_of_a_kind_is_judged_in_full(pkilint: Pkilint, known: KnownKinds) -> None:
    judge = make_ocsp_lint(known, uuid4())
    good, revoked = Ocsp(responses=(o.single(),)), Ocsp(responses=(o.single(status=o.revoked("20260201000000Z", 4)),))
    again = Ocsp(responses=(o.single(1 << 101),))
    for response in (good, revoked, again, revoked):
        assert judge(response.der()) == ()
    assert pkilint.judged == [good.der(), revoked.der()]


def test_of_too_many_kinds_the_one_not_asked_for_longest_is_forgotten() -> None:
    known = KnownKinds(2)
    known.add(("a",))
    known.add(("b",))
    assert known.holds(("a",))
    known.add(("c",))
    assert [known.holds((kind,)) for kind in "abc"] == [True, False, True]


def test_threads_share_the_known_kinds() -> None:
    known, faults = KnownKinds(8), []

    def work(number: int) -> None:
        try:
            for step in range(2000):
                known.add((number, step % 16))
                known.holds((number, step % 7))
        except (KeyError, RuntimeError) as error:
            faults.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
