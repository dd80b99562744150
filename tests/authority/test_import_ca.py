"""A CA that had a life elsewhere: known, its history imported, its key taken over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from pki_manager.authority.bulk import results
from pki_manager.authority.bulk.submit import submit
from pki_manager.authority.cas.check_import import check_import
from pki_manager.authority.cas.import_ca import ImportCa, import_ca
from pki_manager.authority.cas.import_history import import_row
from pki_manager.authority.cas.rotate_ca import RotateCa, rotate_ca
from pki_manager.authority.cas.take_over_ca import KeySource, TakeOver, take_over
from pki_manager.authority.cas.views import show_ca
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.certificates.queries import get_certificate_chain, show_certificate
from pki_manager.authority.certificates.renew import renew
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status.hold import release
from pki_manager.authority.status.publish_crl import publish
from pki_manager.authority.status.publish_ocsp import get_status
from pki_manager.authority.status.revoke import revoke
from pki_manager.domain.bulk import BulkAction, BulkRowState
from pki_manager.domain.ca import CaState, KeyState
from pki_manager.domain.certificate import CertificateKind, CertificateState
from pki_manager.domain.errors import (
    Conflict,
    Forbidden,
    FreshAuthenticationRequired,
    InvalidInput,
    NotFound,
)
from pki_manager.domain.request import ValidityRequest
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import Role
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.ports.unit_of_work import Claim
from pki_manager.worker.outbox import run_outbox
from pki_manager.x509.ocsp.response import CertStatus
from tests.fakes.clock import START, FrozenClock
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN, as_role
from tests.support.foreign_ca import DAY, ForeignCa, told
from tests.support.importing import WORKER, faulty_rows, known, listed, row, rules, taken
from tests.support.outside import ROOT

HOLD, STOLEN = x509.ReasonFlags.certificate_hold, x509.ReasonFlags.key_compromise


def actions(ctx: Context, count: int) -> list[str]:
    with ctx.ports.storage.read() as reader:
        page = reader.audit.page(AuditFilter(), None, count)
    return [event.body.decode().split('"action":"')[1].split('"')[0] for event in reversed(page.items)]


def test_a_ca_is_external_until_its_key_is_here_and_nothing_of_it_is_published_before(ctx: Context) -> None:
    ca = ForeignCa()
    leaf = ca.issue("www.example.com")
    view = known(ctx, ca, ca.crl([(99, STOLEN)]))
    assert (view.state, view.keys[0].key.state, view.ca.name) == (CaState.EXTERNAL, KeyState.EXTERNAL, "Old")
    assert actions(ctx, 1) == ["ca.imported"]
    import_row(ctx, ADMIN, row(leaf))
    assert actions(ctx, 1) == ["certificate.imported"]
    run_outbox(ctx, WORKER)
    assert ctx.ports.published.find_object(f"/crl/{view.ca.id}/k1.crl") is None
    with pytest.raises(NotFound, match=r"CA .* has no current key"):
        enroll(ctx, ADMIN, Enroll(ca="Old", profile="tls-server", csr=make_csr("new.example.com")))
    view = taken(ctx, ca)
    assert actions(ctx, 1) == ["ca.taken_over"]
    assert (view.state, view.keys[0].key.state, view.keys[0].key.backend) == (
        CaState.ACTIVE,
        KeyState.CURRENT,
        "embedded",
    )
    run_outbox(ctx, WORKER)
    assert ctx.ports.published.find_object(f"/crl/{view.ca.id}/k1.crl") is not None
    made, _ = enroll(ctx, ADMIN, Enroll(ca="Old", profile="tls-server", csr=make_csr("new.example.com")))
    assert [one.subject for one in get_certificate_chain(ctx, ADMIN, made.id)][1:] == ["CN=Foreign Root"]
    x509.load_der_x509_certificate(made.der).verify_directly_issued_by(ca.certificate)


def test_the_crl_goes_on_with_its_number_and_lists_what_was_revoked_before(ctx: Context) -> None:
    ca = ForeignCa()
    stolen, held, good = (ca.issue(f"{name}.example.com") for name in ("stolen", "held", "good"))
    high = (int(START.timestamp()) + 10**9) * 10**6
    crl = ca.crl([(stolen.serial_number, STOLEN), (held.serial_number, HOLD), (4242, None)], number=high)
    known(ctx, ca, crl)
    late = told(START - timedelta(hours=1))
    for one in (stolen, held, good):
        import_row(ctx, ADMIN, row(one))
    import_row(
        ctx, ADMIN, row(serial_number="beef", revoked_at=late, reason="superseded", expires_at=told(START + DAY))
    )
    assert actions(ctx, 1) == ["ca.revocation_imported"]
    view = taken(ctx, ca)
    record = publish(ctx, ADMIN, view.keys[0].key.id)
    assert record.number == high + 1
    assert listed(ctx, view) == {
        stolen.serial_number: "keyCompromise",
        held.serial_number: "certificateHold",
        4242: None,
        0xBEEF: "superseded",
    }


def test_statuses_are_those_of_before_and_a_serial_number_that_never_was_is_unknown(ctx: Context) -> None:
    ca = ForeignCa()
    good, gone = ca.issue("good.example.com"), ca.issue("gone.example.com")
    known(ctx, ca, ca.crl([(gone.serial_number, None)]))
    ids = [import_row(ctx, ADMIN, row(one)) for one in (good, gone)]
    view = taken(ctx, ca)
    with ctx.ports.storage.read() as reader:
        key = reader.issuer_keys.get(view.keys[0].key.id)
        assert get_status(reader, key, good.serial_number) is CertStatus.GOOD
        assert getattr(get_status(reader, key, gone.serial_number), "reason", None) is RevocationReason.UNSPECIFIED
        assert get_status(reader, key, 4711) is CertStatus.UNKNOWN
        states = [reader.certificates.get(one).state(START) for one in ids if one is not None]
        assert states == [CertificateState.VALID, CertificateState.REVOKED]


def test_what_was_issued_before_is_renewed_revoked_and_released_like_any_other(ctx: Context) -> None:
    ca = ForeignCa()
    first, second, held = (ca.issue(f"{name}.example.com") for name in ("a", "b", "c"))
    known(ctx, ca)
    since = {"revoked_at": told(START - DAY), "reason": "certificateHold"}
    rows = [row(first, profile="tls-server"), row(second, profile="tls-server"), row(held, **since)]
    ids = [one for one in (import_row(ctx, ADMIN, each) for each in rows) if one is not None]
    view = taken(ctx, ca)
    new, _ = renew(ctx, ADMIN, ids[0], ValidityRequest())
    assert (new.renews, new.profile, new.subject) == (ids[0], "tls-server", "CN=a.example.com")
    revoke(ctx, ADMIN, ids[1], RevocationReason.SUPERSEDED)
    release(ctx, ADMIN, ids[2])
    assert listed(ctx, view) == {second.serial_number: "superseded"}
    with pytest.raises(Conflict, match="without a profile"):
        renew(ctx, ADMIN, ids[2], ValidityRequest())


def test_a_taken_over_root_is_rotated_like_any_other(ctx: Context, clock: FrozenClock) -> None:
    ca = ForeignCa()
    known(ctx, ca)
    taken(ctx, ca)
    view, _ = rotate_ca(ctx, ADMIN, RotateCa(ca="Old", cross_certify=True))
    assert [one.key.state for one in view.keys] == [KeyState.CURRENT, KeyState.DRAINING]
    kinds = {one.kind for key in view.keys for one in key.certificates}
    assert CertificateKind.CROSS in kinds


@pytest.mark.parametrize("form", ["pkcs8", "pkcs8 sealed", "pkcs8 der", "pkcs8 der sealed", "pkcs12", "traditional"])
def test_a_key_is_taken_in_every_form_that_keys_come_in(ctx: Context, form: str) -> None:
    ca = ForeignCa()
    known(ctx, ca)
    secret = "correct horse"
    source: Mapping[str, str] = {
        "pkcs8": {"private_key": ca.pkcs8()},
        "pkcs8 sealed": {"private_key": ca.pkcs8(secret), "passphrase": secret},
        "pkcs8 der": {"private_key": ca.pkcs8(encoding=Encoding.DER)},
        "pkcs8 der sealed": {"private_key": ca.pkcs8(secret, encoding=Encoding.DER), "passphrase": secret},
        "pkcs12": {"private_key": ca.pkcs12(secret), "passphrase": secret},
        "traditional": {"private_key": ca.traditional()},
    }[form]
    assert taken(ctx, ca, **source).state is CaState.ACTIVE


def test_a_key_that_does_not_open_or_is_another_one_takes_nothing_over(ctx: Context) -> None:
    ca = ForeignCa()
    known(ctx, ca)
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
            take_over(ctx, ADMIN, TakeOver(ca="Old", source=KeySource(**source)))
        assert rule in rules(caught.value), source
    with pytest.raises(NotFound, match=r"Key backend .* not found"):
        taken(ctx, ca, private_key=ca.pkcs8(), backend="elsewhere")
    with pytest.raises(NotFound, match=r"Key .* not found"):
        taken(ctx, ca, backend_key_id="never-made")
    assert show_ca(ctx, ADMIN, "Old").state is CaState.EXTERNAL
    assert "BEGIN" not in repr(KeySource(private_key=sealed, passphrase="right one"))


def test_a_key_that_lies_in_a_backend_is_found_by_its_id_and_held_to_the_certificate(ctx: Context) -> None:
    ca, other = ForeignCa(), ForeignCa("Other")
    known(ctx, ca)
    known(ctx, other, name="Other")
    mine = taken(ctx, ca)
    there = mine.keys[0].key.backend_key_id
    with pytest.raises(InvalidInput) as caught:
        taken(ctx, other, name="Other", backend="embedded", backend_key_id=there)
    assert rules(caught.value) == {"take_over.key"}


def test_a_key_is_taken_over_once(ctx: Context) -> None:
    ca = ForeignCa()
    known(ctx, ca)
    command = TakeOver(ca="Old", source=KeySource(private_key=ca.pkcs8()))
    claim = Claim("take_over_ca", "once", b"body")
    _, first = take_over(ctx, ADMIN, command, claim)
    _, again = take_over(ctx, ADMIN, command, claim)
    assert (first, again) == (False, True)
    with pytest.raises(Conflict, match="this installation already has its key"):
        take_over(ctx, ADMIN, command)
    with pytest.raises(Conflict, match=r"The key already belongs to CA .* of this installation"):
        known(ctx, ca)
    with pytest.raises(Conflict, match="before its key"):
        import_row(ctx, ADMIN, row(ca.issue("late.example.com")))
    with pytest.raises(Conflict, match="this installation already has its key"):
        take_over(ctx, ADMIN, replace(command, ca="Root CA"))


def test_issuing_ca_and_root_are_taken_over_in_either_order(ctx: Context) -> None:
    root = ForeignCa()
    below = ForeignCa("Foreign Issuing", parent=root)
    view = known(ctx, below)
    assert [one.ca.name for one in (view, show_ca(ctx, ADMIN, "Foreign Root"))] == ["Old", "Foreign Root"]
    taken(ctx, below)
    known(ctx, root, root.crl(), name="Renamed?")
    above = taken(ctx, root, name="Foreign Root")
    assert show_ca(ctx, ADMIN, "Old").ca.parent_id == above.ca.id
    made, _ = enroll(ctx, ADMIN, Enroll(ca="Old", profile="tls-server", csr=make_csr("x.example.com")))
    assert len(get_certificate_chain(ctx, ADMIN, made.id)) == 3


def test_a_cas_certificate_in_its_parents_history_becomes_the_cas_once_that_is_known(ctx: Context) -> None:
    root = ForeignCa()
    below = ForeignCa("Foreign Issuing", parent=root)
    known(ctx, root)
    first = import_row(ctx, ADMIN, row(below.certificate))
    assert first is not None
    assert show_certificate(ctx, ADMIN, first).kind is CertificateKind.CROSS
    view = known(ctx, below, name="Below")
    assert [one.id for one in view.keys[0].certificates] == [first]
    assert show_certificate(ctx, ADMIN, first).kind is CertificateKind.ISSUED
    assert import_row(ctx, ADMIN, row(root.certificate)) == show_ca(ctx, ADMIN, "Old").keys[0].certificates[0].id


def test_importing_a_row_again_changes_nothing_and_what_is_new_is_added(ctx: Context) -> None:
    ca = ForeignCa()
    leaf = ca.issue("www.example.com")
    known(ctx, ca, ca.crl([(leaf.serial_number, HOLD)]))
    first = import_row(ctx, ADMIN, row(leaf))
    before = actions(ctx, 50)
    assert import_row(ctx, ADMIN, row(leaf)) == first
    assert actions(ctx, 50) == before
    stolen = row(leaf, revoked_at=told(START - DAY), reason="keyCompromise", invalidity_date=told(START - 2 * DAY))
    assert import_row(ctx, ADMIN, stolen) == first
    assert first is not None
    revocation = show_certificate(ctx, ADMIN, first).revocation
    assert revocation is not None
    assert (revocation.reason, revocation.invalidity_date) == (RevocationReason.KEY_COMPROMISE, START - 2 * DAY)


def test_a_history_comes_as_a_bulk_job_that_is_checked_whole(ctx: Context) -> None:
    ca = ForeignCa()
    known(ctx, ca)
    good = [row(ca.issue(f"h{at}.example.com"), reference=f"line {at}") for at in range(5)]
    job, _ = submit(ctx, ADMIN, BulkAction.IMPORT, [*good, {**row(ROOT), "reference": "line 17"}])
    run_outbox(ctx, WORKER)
    with ctx.ports.storage.read() as reader:
        assert reader.bulk.count_rows(job)[BulkRowState.DONE] == 0
    (refused,) = results.list_rows(ctx, ADMIN, job, BulkRowState.REFUSED, None, 10).items
    assert refused.body["reference"] == "line 17"
    job, _ = submit(ctx, ADMIN, BulkAction.IMPORT, good)
    run_outbox(ctx, WORKER)
    with ctx.ports.storage.read() as reader:
        assert reader.bulk.count_rows(job)[BulkRowState.DONE] == 5


def test_a_check_tells_all_and_does_nothing(ctx: Context) -> None:
    ca = ForeignCa()
    good = [row(ca.issue("a.example.com")), row(serial_number="77", revoked_at=told(START - DAY))]
    bad = faulty_rows(ca)
    rows = [{name: text for name, text in one.items() if name != "ca"} for one in (*good, *bad.values())]
    before = actions(ctx, 100)
    command = ImportCa(name="Old", chain=ca.chain_pem, crl=ca.crl([(9, None)]))
    report = check_import(ctx, ADMIN, command, KeySource(private_key=ca.pkcs8()), rows)
    assert report.faults == ()
    assert [one.fault.rule if one.fault else None for one in report.rows] == [None, None, *bad]
    report = check_import(ctx, ADMIN, command, KeySource(private_key=ForeignCa().pkcs8()), ())
    assert [one.rule for one in report.faults] == ["take_over.key"]
    report = check_import(ctx, ADMIN, replace(command, name="Root CA"), None, ())
    assert [one.rule for one in report.faults] == ["name_taken"]
    twice = [{"serial_number": "0A", "revoked_at": told(START - DAY)}] * 2
    report = check_import(ctx, ADMIN, command, None, twice)
    assert [one.fault.rule if one.fault else None for one in report.rows] == [None, "import.repeated"]
    assert actions(ctx, 100) == before
    with pytest.raises(NotFound, match=r"CA .* not found"):
        show_ca(ctx, ADMIN, "Old")


def test_only_who_may_make_cas_may_import_them_and_has_proved_who_he_is(ctx: Context) -> None:
    ca = ForeignCa()
    command = ImportCa(name="Old", chain=ca.chain_pem)
    take = TakeOver(ca="Old", source=KeySource(private_key=ca.pkcs8()))
    for role in (Role.REQUESTER, Role.REGISTRATION_AUTHORITY, Role.AUDITOR):
        for act in (
            lambda who: import_ca(ctx, who, command),
            lambda who: check_import(ctx, who, command, None, ()),
        ):
            with pytest.raises(Forbidden, match="Requires the permission `ca:create`"):
                act(as_role(role))
    known(ctx, ca)
    with pytest.raises(Forbidden, match="Requires the permission `ca:create`"):
        take_over(ctx, as_role(Role.AUDITOR), take)
    with pytest.raises(Forbidden, match="Requires the permission `ca:create`"):
        import_row(ctx, as_role(Role.AUDITOR), row(ca.issue("a.example.com")))
    stale = replace(ADMIN, is_fresh=False)
    for late in (lambda: import_ca(ctx, stale, command), lambda: take_over(ctx, stale, take)):
        with pytest.raises(FreshAuthenticationRequired, match="This operation requires recent authentication"):
            late()
