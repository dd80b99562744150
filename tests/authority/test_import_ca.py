"""A CA that had a life elsewhere: known, its history imported, its key taken over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import ExtendedKeyUsageOID

from pki_manager.authority.bulk import results
from pki_manager.authority.bulk.submit import submit
from pki_manager.authority.check_import import check_import
from pki_manager.authority.context import Authority
from pki_manager.authority.create_ca import CreateCa, create_ca
from pki_manager.authority.enrol import Enrol, enrol
from pki_manager.authority.hold import release
from pki_manager.authority.import_ca import ImportCa, import_ca
from pki_manager.authority.import_history import import_row
from pki_manager.authority.publish_crl import publish
from pki_manager.authority.publish_status import status_of
from pki_manager.authority.queries import CaView, certificate_chain, show_ca, show_certificate
from pki_manager.authority.renew import renew
from pki_manager.authority.revoke import revoke
from pki_manager.authority.rotate_ca import RotateCa, rotate_ca
from pki_manager.authority.take_over_ca import KeySource, TakeOver, take_over
from pki_manager.domain.actor import OCSP_SIGNER, Role, system
from pki_manager.domain.authority import CaState, KeyState
from pki_manager.domain.bulk import BulkAction, BulkRowState
from pki_manager.domain.certificate import CertificateKind, CertificateState
from pki_manager.domain.errors import (
    Conflict,
    Forbidden,
    FreshAuthenticationRequired,
    InvalidInput,
    LintRefused,
    Malformed,
    NameTaken,
    NotFound,
    PolicyRefused,
)
from pki_manager.domain.request import ValidityRequest
from pki_manager.domain.revocation import RevocationReason
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.ports.unit_of_work import Claim
from pki_manager.worker.outbox import run_outbox
from pki_manager.x509.ocsp import CertStatus
from tests.csrs import make_csr
from tests.factories import ADMIN, as_role
from tests.fakes.clock import START, FrozenClock
from tests.foreign_ca import DAY, ForeignCa, base64_of, told
from tests.outside import ROOT

WORKER = system("worker")
HOLD, STOLEN = x509.ReasonFlags.certificate_hold, x509.ReasonFlags.key_compromise


def known(authority: Authority, ca: ForeignCa, crl: str | None = None, name: str = "Old") -> CaView:
    return import_ca(authority, ADMIN, ImportCa(name=name, chain=ca.chain_pem, crl=crl))[0]


def taken(authority: Authority, ca: ForeignCa, name: str = "Old", **source: str) -> CaView:
    given = KeySource(**(source or {"private_key": ca.pkcs8()}))
    return take_over(authority, ADMIN, TakeOver(ca=name, source=given))[0]


def row(certificate: x509.Certificate | None = None, **more: str) -> dict[str, str]:
    return {"ca": "Old", **({"certificate": base64_of(certificate)} if certificate is not None else {}), **more}


def actions(authority: Authority, count: int) -> list[str]:
    with authority.storage.read() as reader:
        page = reader.audit.page(AuditFilter(), None, count)
    return [event.body.decode().split('"action":"')[1].split('"')[0] for event in reversed(page.items)]


def rules(error: PolicyRefused | InvalidInput) -> set[str]:
    return {one.rule.partition(" ")[0] for one in error.errors}


def listed(authority: Authority, view: CaView) -> dict[int, str | None]:
    """Serial number and reason of each entry of a new CRL."""
    crl = x509.load_der_x509_crl(publish(authority, ADMIN, view.keys[0].key.id).der)
    found: dict[int, str | None] = {}
    for entry in crl:
        reasons = [one.value.reason.value for one in entry.extensions if isinstance(one.value, x509.CRLReason)]
        found[entry.serial_number] = reasons[0] if reasons else None
    return found


def test_a_ca_is_external_until_its_key_is_here_and_nothing_of_it_is_published_before(authority: Authority) -> None:
    ca = ForeignCa()
    leaf = ca.issue("www.example.com")
    view = known(authority, ca, ca.crl([(99, STOLEN)]))
    assert (view.state, view.keys[0].key.state, view.ca.name) == (CaState.EXTERNAL, KeyState.EXTERNAL, "Old")
    assert actions(authority, 1) == ["ca.imported"]
    import_row(authority, ADMIN, row(leaf))
    assert actions(authority, 1) == ["certificate.imported"]
    run_outbox(authority, WORKER)
    assert authority.published.object(f"/crl/{view.ca.id}/k1.crl") is None
    with pytest.raises(NotFound):
        enrol(authority, ADMIN, Enrol(ca="Old", profile="tls-server", csr=make_csr("new.example.com")))
    view = taken(authority, ca)
    assert actions(authority, 1) == ["ca.taken_over"]
    assert (view.state, view.keys[0].key.state, view.keys[0].key.backend) == (
        CaState.ACTIVE,
        KeyState.CURRENT,
        "embedded",
    )
    run_outbox(authority, WORKER)
    assert authority.published.object(f"/crl/{view.ca.id}/k1.crl") is not None
    made, _ = enrol(authority, ADMIN, Enrol(ca="Old", profile="tls-server", csr=make_csr("new.example.com")))
    assert [one.subject for one in certificate_chain(authority, ADMIN, made.id)][1:] == ["CN=Foreign Root"]
    x509.load_der_x509_certificate(made.der).verify_directly_issued_by(ca.certificate)


def test_the_crl_goes_on_with_its_number_and_lists_what_was_revoked_before(authority: Authority) -> None:
    ca = ForeignCa()
    stolen, held, good = (ca.issue(f"{name}.example.com") for name in ("stolen", "held", "good"))
    high = int(START.timestamp()) + 10**9
    crl = ca.crl([(stolen.serial_number, STOLEN), (held.serial_number, HOLD), (4242, None)], number=high)
    known(authority, ca, crl)
    late = told(START - timedelta(hours=1))
    for one in (stolen, held, good):
        import_row(authority, ADMIN, row(one))
    import_row(
        authority, ADMIN, row(serial_number="beef", revoked_at=late, reason="superseded", expires_at=told(START + DAY))
    )
    assert actions(authority, 1) == ["ca.revocation_imported"]
    view = taken(authority, ca)
    record = publish(authority, ADMIN, view.keys[0].key.id)
    assert record.number == high + 1
    assert listed(authority, view) == {
        stolen.serial_number: "keyCompromise",
        held.serial_number: "certificateHold",
        4242: None,
        0xBEEF: "superseded",
    }


def test_statuses_are_those_of_before_and_a_serial_number_that_never_was_is_unknown(authority: Authority) -> None:
    ca = ForeignCa()
    good, gone = ca.issue("good.example.com"), ca.issue("gone.example.com")
    known(authority, ca, ca.crl([(gone.serial_number, None)]))
    ids = [import_row(authority, ADMIN, row(one)) for one in (good, gone)]
    view = taken(authority, ca)
    with authority.storage.read() as reader:
        key = reader.issuer_keys.get(view.keys[0].key.id)
        assert status_of(reader, key, good.serial_number) is CertStatus.GOOD
        assert getattr(status_of(reader, key, gone.serial_number), "reason", None) is RevocationReason.UNSPECIFIED
        assert status_of(reader, key, 4711) is CertStatus.UNKNOWN
        states = [reader.certificates.get(one).state(START) for one in ids if one is not None]
        assert states == [CertificateState.VALID, CertificateState.REVOKED]


def test_what_was_issued_before_is_renewed_revoked_and_released_like_any_other(authority: Authority) -> None:
    ca = ForeignCa()
    first, second, held = (ca.issue(f"{name}.example.com") for name in ("a", "b", "c"))
    known(authority, ca)
    since = {"revoked_at": told(START - DAY), "reason": "certificateHold"}
    rows = [row(first, profile="tls-server"), row(second, profile="tls-server"), row(held, **since)]
    ids = [one for one in (import_row(authority, ADMIN, each) for each in rows) if one is not None]
    view = taken(authority, ca)
    new, _ = renew(authority, ADMIN, ids[0], ValidityRequest())
    assert (new.renews, new.profile, new.subject) == (ids[0], "tls-server", "CN=a.example.com")
    revoke(authority, ADMIN, ids[1], RevocationReason.SUPERSEDED)
    release(authority, ADMIN, ids[2])
    assert listed(authority, view) == {second.serial_number: "superseded"}
    with pytest.raises(Conflict, match="without a profile"):
        renew(authority, ADMIN, ids[2], ValidityRequest())


def test_a_taken_over_root_is_rotated_like_any_other(authority: Authority, clock: FrozenClock) -> None:
    ca = ForeignCa()
    known(authority, ca)
    taken(authority, ca)
    view, _ = rotate_ca(authority, ADMIN, RotateCa(ca="Old", cross_certify=True))
    assert [one.key.state for one in view.keys] == [KeyState.CURRENT, KeyState.DRAINING]
    kinds = {one.kind for key in view.keys for one in key.certificates}
    assert CertificateKind.CROSS in kinds


@pytest.mark.parametrize("form", ["pkcs8", "pkcs8 sealed", "pkcs8 der", "pkcs8 der sealed", "pkcs12", "traditional"])
def test_a_key_is_taken_in_every_form_that_keys_come_in(authority: Authority, form: str) -> None:
    ca = ForeignCa()
    known(authority, ca)
    secret = "correct horse"
    source: Mapping[str, str] = {
        "pkcs8": {"private_key": ca.pkcs8()},
        "pkcs8 sealed": {"private_key": ca.pkcs8(secret), "passphrase": secret},
        "pkcs8 der": {"private_key": ca.pkcs8(encoding=Encoding.DER)},
        "pkcs8 der sealed": {"private_key": ca.pkcs8(secret, encoding=Encoding.DER), "passphrase": secret},
        "pkcs12": {"private_key": ca.pkcs12(secret), "passphrase": secret},
        "traditional": {"private_key": ca.traditional()},
    }[form]
    assert taken(authority, ca, **source).state is CaState.ACTIVE


def test_a_key_that_does_not_open_or_is_another_one_takes_nothing_over(authority: Authority) -> None:
    ca = ForeignCa()
    known(authority, ca)
    sealed = ca.pkcs8("right one")
    for source, rule in (
        ({"private_key": sealed, "passphrase": "wrong one"}, "private_key.opens"),
        ({"private_key": sealed}, "private_key.opens"),
        ({"private_key": "nothing"}, "pem.base64"),
        ({"private_key": ForeignCa("Other").pkcs8()}, "take_over.key"),
        ({}, "take_over.one_key"),
        ({"private_key": ca.pkcs8(), "backend_key_id": "ca-1"}, "take_over.one_key"),
    ):
        with pytest.raises(InvalidInput) as caught:
            take_over(authority, ADMIN, TakeOver(ca="Old", source=KeySource(**source)))
        assert rule in rules(caught.value), source
    with pytest.raises(NotFound):
        taken(authority, ca, private_key=ca.pkcs8(), backend="elsewhere")
    with pytest.raises(NotFound):
        taken(authority, ca, backend_key_id="never-made")
    assert show_ca(authority, ADMIN, "Old").state is CaState.EXTERNAL
    assert "BEGIN" not in repr(KeySource(private_key=sealed, passphrase="right one"))


def test_a_key_that_lies_in_a_backend_is_found_by_its_id_and_held_to_the_certificate(authority: Authority) -> None:
    ca, other = ForeignCa(), ForeignCa("Other")
    known(authority, ca)
    known(authority, other, name="Other")
    mine = taken(authority, ca)
    there = mine.keys[0].key.backend_key_id
    with pytest.raises(InvalidInput) as caught:
        taken(authority, other, name="Other", backend="embedded", backend_key_id=there)
    assert rules(caught.value) == {"take_over.key"}


def test_a_key_is_taken_over_once(authority: Authority) -> None:
    ca = ForeignCa()
    known(authority, ca)
    command = TakeOver(ca="Old", source=KeySource(private_key=ca.pkcs8()))
    claim = Claim("take_over_ca", "once", b"body")
    _, first = take_over(authority, ADMIN, command, claim)
    _, again = take_over(authority, ADMIN, command, claim)
    assert (first, again) == (False, True)
    with pytest.raises(Conflict):
        take_over(authority, ADMIN, command)
    with pytest.raises(Conflict):
        known(authority, ca)
    with pytest.raises(Conflict, match="before its key"):
        import_row(authority, ADMIN, row(ca.issue("late.example.com")))
    with pytest.raises(Conflict):
        take_over(authority, ADMIN, replace(command, ca="Root CA"))


def test_issuing_ca_and_root_are_taken_over_in_either_order(authority: Authority) -> None:
    root = ForeignCa()
    below = ForeignCa("Foreign Issuing", parent=root)
    view = known(authority, below)
    assert [one.ca.name for one in (view, show_ca(authority, ADMIN, "Foreign Root"))] == ["Old", "Foreign Root"]
    taken(authority, below)
    known(authority, root, root.crl(), name="Renamed?")
    above = taken(authority, root, name="Foreign Root")
    assert show_ca(authority, ADMIN, "Old").ca.parent_id == above.ca.id
    made, _ = enrol(authority, ADMIN, Enrol(ca="Old", profile="tls-server", csr=make_csr("x.example.com")))
    assert len(certificate_chain(authority, ADMIN, made.id)) == 3


def test_a_cas_certificate_in_its_parents_history_becomes_the_cas_once_that_is_known(authority: Authority) -> None:
    root = ForeignCa()
    below = ForeignCa("Foreign Issuing", parent=root)
    known(authority, root)
    first = import_row(authority, ADMIN, row(below.certificate))
    assert first is not None
    assert show_certificate(authority, ADMIN, first).kind is CertificateKind.CROSS
    view = known(authority, below, name="Below")
    assert [one.id for one in view.keys[0].certificates] == [first]
    assert show_certificate(authority, ADMIN, first).kind is CertificateKind.ISSUED
    assert (
        import_row(authority, ADMIN, row(root.certificate))
        == show_ca(authority, ADMIN, "Old").keys[0].certificates[0].id
    )


def test_what_is_no_ca_is_refused_with_every_reason(authority: Authority) -> None:
    ca = ForeignCa()
    leaf = ca.issue("leaf.example.com")
    text = leaf.public_bytes(Encoding.PEM).decode()
    with pytest.raises(PolicyRefused) as caught:
        import_ca(authority, ADMIN, ImportCa(name="Old", chain=text))
    assert rules(caught.value) == {"install.ca", "install.root"}
    weak = ForeignCa("Weak", key=rsa.generate_private_key(public_exponent=3, key_size=2048))
    with pytest.raises(PolicyRefused) as caught:
        known(authority, weak)
    assert rules(caught.value) == {"key.exponent"}
    with pytest.raises(PolicyRefused) as caught:
        known(authority, ForeignCa("Ended", days=-0.5))
    assert rules(caught.value) == {"import.expired"}
    forged = ForeignCa("Forged")
    forged.key = ForeignCa().key
    forged.certificate = forged._certify(forged.name, forged.certificate.public_key(), 10)
    with pytest.raises(PolicyRefused) as caught:
        known(authority, forged)
    assert rules(caught.value) == {"import.signature"}
    under = ForeignCa("Under", parent=ca)
    with pytest.raises(PolicyRefused):
        import_ca(
            authority,
            ADMIN,
            ImportCa(name="Old", chain=under.chain_pem.split("-----END")[0] + "-----END CERTIFICATE-----\n"),
        )
    with pytest.raises(NameTaken):
        known(authority, ca, name="Root CA")
    ours = "".join(one_pem(one) for one in chain_of_ours(authority))
    with pytest.raises(Conflict):
        import_ca(authority, ADMIN, ImportCa(name="Ours", chain=ours))


def one_pem(der: bytes) -> str:
    return x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM).decode()


def chain_of_ours(authority: Authority) -> list[bytes]:
    names = ("Issuing CA", "Root CA")
    return [show_ca(authority, ADMIN, name).keys[0].certificates[0].der for name in names]


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
def test_a_crl_that_is_not_the_cas_or_not_whole_is_refused(authority: Authority, build: Any, rule: str) -> None:
    ca = ForeignCa()
    with pytest.raises(InvalidInput) as caught:
        known(authority, ca, build(ca))
    if rule != "der.length":
        assert rules(caught.value) == {rule}
    with pytest.raises(NotFound):
        show_ca(authority, ADMIN, "Old")


def faulty_rows(ca: ForeignCa) -> dict[str, dict[str, str]]:
    """By the rule that each breaks."""
    good = ca.issue("good.example.com")
    earlier = {"revoked_at": told(START - DAY)}
    return {
        "import.issuer": row(ROOT),
        "import.signature": row(ForeignCa().issue("same-name.example.com")),
        "import.serial": row(good, serial_number="abcdef"),
        "import.certificate": row(serial_number="01"),
        "import.revoked_at": row(good, reason="superseded"),
        "revocation.past": row(good, revoked_at=told(START + DAY)),
        "revocation_reason.known": row(good, **earlier, reason="bored"),
        "moment.rfc3339": row(good, revoked_at="yesterday"),
        "pem.base64": {"ca": "Old", "certificate": "!"},
    }


def test_a_row_that_is_not_the_cas_own_is_refused_by_name(authority: Authority) -> None:
    ca = ForeignCa()
    known(authority, ca)
    for rule, one in faulty_rows(ca).items():
        with pytest.raises(InvalidInput) as caught:
            import_row(authority, ADMIN, one)
        assert rules(caught.value) == {rule}
    with pytest.raises(Malformed):
        import_row(authority, ADMIN, {"ca": "Old", "certificate": "MAMCAQE="})
    with pytest.raises(NotFound):
        import_row(authority, ADMIN, row(ca.issue("a.example.com"), profile="no such profile"))
    import_row(authority, ADMIN, row(ca.issue("a.example.com", serial=500)))
    with pytest.raises(Conflict, match="another certificate of a CA of this name"):
        import_row(authority, ADMIN, row(ca.issue("b.example.com", serial=500)))
    with pytest.raises(NotFound):
        import_row(authority, ADMIN, {**row(ca.issue("c.example.com")), "ca": "Nobody's"})


def test_importing_a_row_again_changes_nothing_and_what_is_new_is_added(authority: Authority) -> None:
    ca = ForeignCa()
    leaf = ca.issue("www.example.com")
    known(authority, ca, ca.crl([(leaf.serial_number, HOLD)]))
    first = import_row(authority, ADMIN, row(leaf))
    before = actions(authority, 50)
    assert import_row(authority, ADMIN, row(leaf)) == first
    assert actions(authority, 50) == before
    stolen = row(leaf, revoked_at=told(START - DAY), reason="keyCompromise", invalidity_date=told(START - 2 * DAY))
    assert import_row(authority, ADMIN, stolen) == first
    assert first is not None
    revocation = show_certificate(authority, ADMIN, first).revocation
    assert revocation is not None
    assert (revocation.reason, revocation.invalidity_date) == (RevocationReason.KEY_COMPROMISE, START - 2 * DAY)


def test_a_history_comes_as_a_bulk_job_that_is_checked_whole(authority: Authority) -> None:
    ca = ForeignCa()
    known(authority, ca)
    good = [row(ca.issue(f"h{at}.example.com"), reference=f"line {at}") for at in range(5)]
    job, _ = submit(authority, ADMIN, BulkAction.IMPORT, [*good, {**row(ROOT), "reference": "line 17"}])
    run_outbox(authority, WORKER)
    with authority.storage.read() as reader:
        assert reader.bulk.counts(job)[BulkRowState.DONE] == 0
    (refused,) = results.rows(authority, ADMIN, job, BulkRowState.REFUSED, None, 10).items
    assert refused.body["reference"] == "line 17"
    job, _ = submit(authority, ADMIN, BulkAction.IMPORT, good)
    run_outbox(authority, WORKER)
    with authority.storage.read() as reader:
        assert reader.bulk.counts(job)[BulkRowState.DONE] == 5


def test_a_check_tells_all_and_does_nothing(authority: Authority) -> None:
    ca = ForeignCa()
    good = [row(ca.issue("a.example.com")), row(serial_number="77", revoked_at=told(START - DAY))]
    bad = faulty_rows(ca)
    rows = [{name: text for name, text in one.items() if name != "ca"} for one in (*good, *bad.values())]
    before = actions(authority, 100)
    command = ImportCa(name="Old", chain=ca.chain_pem, crl=ca.crl([(9, None)]))
    report = check_import(authority, ADMIN, command, KeySource(private_key=ca.pkcs8()), rows)
    assert report.faults == ()
    assert [one.fault.rule if one.fault else None for one in report.rows] == [None, None, *bad]
    report = check_import(authority, ADMIN, command, KeySource(private_key=ForeignCa().pkcs8()), ())
    assert [one.rule for one in report.faults] == ["take_over.key"]
    report = check_import(authority, ADMIN, replace(command, name="Root CA"), None, ())
    assert [one.rule for one in report.faults] == ["name_taken"]
    twice = [{"serial_number": "0A", "revoked_at": told(START - DAY)}] * 2
    report = check_import(authority, ADMIN, command, None, twice)
    assert [one.fault.rule if one.fault else None for one in report.rows] == [None, "import.repeated"]
    assert actions(authority, 100) == before
    with pytest.raises(NotFound):
        show_ca(authority, ADMIN, "Old")


def test_only_who_may_make_cas_may_import_them_and_has_proved_who_he_is(authority: Authority) -> None:
    ca = ForeignCa()
    command = ImportCa(name="Old", chain=ca.chain_pem)
    take = TakeOver(ca="Old", source=KeySource(private_key=ca.pkcs8()))
    for role in (Role.REQUESTER, Role.REGISTRATION_AUTHORITY, Role.AUDITOR):
        for act in (
            lambda who: import_ca(authority, who, command),
            lambda who: check_import(authority, who, command, None, ()),
        ):
            with pytest.raises(Forbidden):
                act(as_role(role))
    known(authority, ca)
    with pytest.raises(Forbidden):
        take_over(authority, as_role(Role.AUDITOR), take)
    with pytest.raises(Forbidden):
        import_row(authority, as_role(Role.AUDITOR), row(ca.issue("a.example.com")))
    stale = replace(ADMIN, is_fresh=False)
    for late in (lambda: import_ca(authority, stale, command), lambda: take_over(authority, stale, take)):
        with pytest.raises(FreshAuthenticationRequired):
            late()


@pytest.mark.parametrize("string", ["PrintableString", "T61String", "BMPString"])
def test_a_ca_goes_on_under_its_name_as_it_was_always_written(authority: Authority, string: str) -> None:
    ca = ForeignCa(string=_ASN1Type[string])
    leaf = ca.issue("www.example.com")
    known(authority, ca, ca.crl())
    import_row(authority, ADMIN, row(leaf))
    view = taken(authority, ca)
    made, _ = enrol(authority, ADMIN, Enrol(ca="Old", profile="tls-server", csr=make_csr("new.example.com")))
    x509.load_der_x509_certificate(made.der).verify_directly_issued_by(ca.certificate)
    revoke(authority, ADMIN, made.id, RevocationReason.SUPERSEDED)
    assert listed(authority, view) == {made.serial: "superseded"}
    run_outbox(authority, WORKER)
    assert authority.published.response(view.keys[0].key.id, made.serial, "sha1") is not None


def test_a_rotated_cas_certificates_write_its_name_as_before(authority: Authority) -> None:
    ca = ForeignCa(string=_ASN1Type.PrintableString)
    known(authority, ca)
    taken(authority, ca)
    view, _ = rotate_ca(authority, ADMIN, RotateCa(ca="Old", cross_certify=True))
    certificates = [x509.load_der_x509_certificate(one.der) for key in view.keys for one in key.certificates]
    assert len(certificates) == 4
    assert {one.subject.public_bytes() for one in certificates} == {ca.name.public_bytes()}


def test_a_name_in_a_string_that_is_not_to_be_used_any_more_is_not_quietly_written_in_another(
    authority: Authority,
) -> None:
    """RFC 5280 §4.1.2.4: TeletexString is no more for new certificates; whoever compares octets would find two CAs."""
    ca = ForeignCa(string=_ASN1Type.T61String)
    known(authority, ca)
    taken(authority, ca)
    with pytest.raises(LintRefused):
        rotate_ca(authority, ADMIN, RotateCa(ca="Old"))


def test_the_names_of_create_and_import_are_one_space(authority: Authority) -> None:
    known(authority, ForeignCa())
    with pytest.raises(NameTaken):
        create_ca(authority, ADMIN, CreateCa(name="Old", subject="CN=Old", key_type="ECDSA-P256"))


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
    authority: Authority, root: tuple[Any, ...], own: tuple[Any, ...], refused: set[str]
) -> None:
    """Its OCSP signer is certified in any case: the CA names it itself."""
    ca = ForeignCa("Old CA", parent=ForeignCa("Old Root", purposes=root), purposes=own)
    known(authority, ca)
    taken(authority, ca)
    run_outbox(authority, WORKER)
    wishes = {
        "tls-server": Enrol(ca="Old", profile="tls-server", csr=make_csr("www.example.com")),
        "code-signing": Enrol(ca="Old", profile="code-signing", csr=make_csr("Example Ltd", sans=())),
    }
    for profile, wish in wishes.items():
        if profile in refused:
            with pytest.raises(PolicyRefused, match="extended key usage"):
                enrol(authority, ADMIN, wish)
        else:
            assert enrol(authority, ADMIN, wish)[0].profile == profile
    (key,) = show_ca(authority, ADMIN, "Old").keys
    with authority.storage.read() as reader:
        assert reader.certificates.newest(key.key.ca_id, "ocsp-responder", OCSP_SIGNER.id, key.key.id)
