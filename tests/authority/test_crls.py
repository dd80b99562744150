"""CRLs, full and delta: what they list, how they are numbered, when they are made."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509

from pki_manager.authority.cas.views import show_ca
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.signing import revocations
from pki_manager.authority.status import publish_crl
from pki_manager.authority.status.crls import list_crls
from pki_manager.authority.status.revoke import revoke
from pki_manager.domain.ca import CaState, IssuerKey
from pki_manager.domain.certificate import Certificate, CertificateState
from pki_manager.domain.errors import BackendUnavailable, Conflict, InFlight, InvalidInput
from pki_manager.domain.events.certificates import CertificateRevoked
from pki_manager.domain.jobs import Job, JobKind
from pki_manager.domain.revocation import Revocation, RevocationReason
from pki_manager.ports.unit_of_work import UnitOfWork
from tests.conftest import OpenStorage
from tests.fakes.clock import FrozenClock
from tests.fakes.signer import FakeSigner, FakeSigners, raises
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN, make_authority, with_ports

HOUR = timedelta(hours=1)


def issue(ctx: Context) -> Certificate:
    return enroll(ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("www.example.com")))[0]


@pytest.fixture
def leaf(ctx: Context) -> Certificate:
    return issue(ctx)


@pytest.fixture
def with_deltas(ctx: Context) -> Context:
    return replace(ctx, config=replace(ctx.config, delta_crl_interval=HOUR))


def key_of(ctx: Context) -> IssuerKey:
    return show_ca(ctx, ADMIN, "Issuing CA").keys[0].key


def published(ctx: Context, name: str) -> x509.CertificateRevocationList:
    found = ctx.ports.published.find_object(f"/crl/{key_of(ctx).ca_id}/k1{name}.crl")
    assert found is not None
    return x509.load_der_x509_crl(found.body)


def listed(crl: x509.CertificateRevocationList) -> dict[int, x509.ReasonFlags | None]:
    """Serial numbers and reasons."""
    found: dict[int, x509.ReasonFlags | None] = {}
    for entry in crl:
        try:
            found[entry.serial_number] = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
        except x509.ExtensionNotFound:
            found[entry.serial_number] = None
    return found


def number(crl: x509.CertificateRevocationList) -> int:
    return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


def base_number(crl: x509.CertificateRevocationList) -> int:
    return crl.extensions.get_extension_for_class(x509.DeltaCRLIndicator).value.crl_number


def hold(ctx: Context, leaf: Certificate) -> None:
    held = RevocationReason.CERTIFICATE_HOLD
    now = ctx.ports.clock.now()
    with ctx.ports.storage.begin(ADMIN) as uow:
        revocation = Revocation(leaf.issuer_key_id, leaf.serial, leaf.id, held, now, None, leaf.validity.not_after)
        revocations.add(uow, revocation, now)
        record(uow, leaf, held)


def release(ctx: Context, leaf: Certificate) -> None:
    with ctx.ports.storage.begin(ADMIN) as uow:
        revocations.release(uow, leaf.issuer_key_id, leaf.serial, ctx.ports.clock.now())
        record(uow, leaf, RevocationReason.UNSPECIFIED)


def record(uow: UnitOfWork, leaf: Certificate, reason: RevocationReason) -> None:
    uow.record(
        CertificateRevoked(
            object_id=str(leaf.id), ca="", serial_number="", revocation_reason=reason, invalidity_date=None
        )
    )


def crl_jobs(ctx: Context) -> list[Job]:
    with ctx.ports.storage.read() as reader:
        return [job for job in reader.jobs.page(None, None, 200).items if job.kind is JobKind.PUBLISH_CRL]


def test_rev_06_a_compromise_that_is_told_later_stands_in_the_crl(ctx: Context, leaf: Certificate) -> None:
    revoke(ctx, ADMIN, leaf.id, RevocationReason.CESSATION_OF_OPERATION)
    publish_crl.publish_now(ctx, ADMIN, "Issuing CA")
    again, _ = revoke(ctx, ADMIN, leaf.id, RevocationReason.KEY_COMPROMISE, ctx.ports.clock.now() - HOUR)
    assert again.revocation is not None
    publish_crl.publish_now(ctx, ADMIN, "Issuing CA")
    assert listed(published(ctx, "")) == {leaf.serial: x509.ReasonFlags.key_compromise}
    entry = published(ctx, "").get_revoked_certificate_by_serial_number(leaf.serial)
    assert entry is not None
    assert entry.revocation_date_utc == again.revocation.time.replace(microsecond=0)
    date = entry.extensions.get_extension_for_class(x509.InvalidityDate).value.invalidity_date_utc
    assert date == (ctx.ports.clock.now() - HOUR).replace(microsecond=0)
    with pytest.raises(Conflict, match="The certificate is already revoked"):
        revoke(ctx, ADMIN, leaf.id, RevocationReason.SUPERSEDED)


def test_a_hold_becomes_final(ctx: Context, leaf: Certificate) -> None:
    hold(ctx, leaf)
    final, _ = revoke(ctx, ADMIN, leaf.id, RevocationReason.SUPERSEDED)
    assert final.state(ctx.ports.clock.now()) is CertificateState.REVOKED


def test_rev_11_the_issuer_of_a_crl_is_the_ca_by_name_and_key(ctx: Context) -> None:
    publish_crl.publish_now(ctx, ADMIN, "Issuing CA")
    view = show_ca(ctx, ADMIN, "Issuing CA")
    certificate = x509.load_der_x509_certificate(view.keys[0].certificates[0].der)
    crl = published(ctx, "")
    assert crl.issuer.public_bytes() == certificate.subject.public_bytes()
    subject_key = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    assert crl.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier == subject_key


def test_without_an_interval_there_are_no_deltas(ctx: Context, leaf: Certificate) -> None:
    publish_crl.publish_due(ctx, ADMIN)
    revoke(ctx, ADMIN, leaf.id, RevocationReason.SUPERSEDED)
    publish_crl.publish_changes(ctx, ADMIN, leaf.issuer_key_id)
    assert leaf.serial in listed(published(ctx, ""))
    assert ctx.ports.published.find_object(f"/crl/{leaf.ca_id}/k1/delta.crl") is None
    with pytest.raises(x509.ExtensionNotFound, match="extension was found"):
        published(ctx, "").extensions.get_extension_for_class(x509.FreshestCRL)


def test_rev_12_a_delta_adds_to_the_full_crl_that_it_names(
    with_deltas: Context, leaf: Certificate, clock: FrozenClock
) -> None:
    old, other = leaf, issue(with_deltas)
    revoke(with_deltas, ADMIN, old.id, RevocationReason.UNSPECIFIED)
    clock.advance(HOUR)
    publish_crl.publish(with_deltas, ADMIN, leaf.issuer_key_id)
    clock.advance(HOUR)
    revoke(with_deltas, ADMIN, other.id, RevocationReason.AFFILIATION_CHANGED)
    publish_crl.publish_changes(with_deltas, ADMIN, leaf.issuer_key_id)
    full, delta = published(with_deltas, ""), published(with_deltas, "/delta")
    assert listed(full) == {old.serial: None}
    assert listed(delta) == {other.serial: x509.ReasonFlags.affiliation_changed}
    assert base_number(delta) == number(full) < number(delta)
    (point,) = full.extensions.get_extension_for_class(x509.FreshestCRL).value
    key = key_of(with_deltas)
    assert point.full_name is not None
    assert point.full_name[0].value == key.urls.crl.replace("k1.crl", "k1/delta.crl")
    for crl in (full, delta):
        with pytest.raises(x509.ExtensionNotFound, match="extension was found"):
            crl.extensions.get_extension_for_class(x509.IssuingDistributionPoint)


def test_rev_12_a_released_hold_is_removed_by_deltas_only(
    with_deltas: Context, leaf: Certificate, clock: FrozenClock
) -> None:
    key_id = leaf.issuer_key_id
    hold(with_deltas, leaf)
    publish_crl.publish(with_deltas, ADMIN, key_id)
    assert listed(published(with_deltas, "")) == {leaf.serial: x509.ReasonFlags.certificate_hold}
    clock.advance(HOUR)
    release(with_deltas, leaf)
    publish_crl.publish_changes(with_deltas, ADMIN, key_id)
    assert listed(published(with_deltas, "/delta")) == {leaf.serial: x509.ReasonFlags.remove_from_crl}
    publish_crl.publish(with_deltas, ADMIN, key_id)
    assert listed(published(with_deltas, "")) == {}
    clock.advance(HOUR)
    publish_crl.publish(with_deltas, ADMIN, key_id)
    publish_crl.publish(with_deltas, ADMIN, key_id, delta=True)
    assert listed(published(with_deltas, "/delta")) == {}


def test_a_delta_needs_a_full_crl(with_deltas: Context) -> None:
    with pytest.raises(Conflict, match="full"):
        publish_crl.publish(with_deltas, ADMIN, key_of(with_deltas).id, delta=True)
    publish_crl.publish_changes(with_deltas, ADMIN, key_of(with_deltas).id)
    assert list(published(with_deltas, "")) == []


def test_full_and_delta_crls_come_on_their_own_beats(with_deltas: Context, clock: FrozenClock) -> None:
    assert publish_crl.publish_due(with_deltas, ADMIN) == 4
    assert publish_crl.publish_due(with_deltas, ADMIN) == 0
    clock.advance(HOUR)
    assert publish_crl.publish_due(with_deltas, ADMIN) == 2
    delta = published(with_deltas, "/delta")
    assert delta.next_update_utc == delta.last_update_utc + 2 * HOUR
    clock.advance(with_deltas.config.crl_interval - HOUR)
    assert publish_crl.publish_due(with_deltas, ADMIN) == 4
    crls = sorted(list_crls(with_deltas, ADMIN, "Issuing CA", None, 10).items, key=lambda crl: crl.number)
    first, second = crls[0].number, crls[3].number
    assert [crl.base_number for crl in crls] == [None, first, first, None, second]
    assert len({crl.number for crl in crls}) == 5


def test_rev_09_what_another_process_has_begun_later_is_not_overtaken(ctx: Context) -> None:
    """A lower number that knows more than a higher one would let a revocation come and go."""
    key_id = key_of(ctx).id
    publish_crl.publish(ctx, ADMIN, key_id)
    with ctx.ports.storage.housekeep() as uow:
        begun = uow.issuer_keys.reserve_crl_number(key_id, ctx.ports.clock.now())
    record = publish_crl.publish(ctx, ADMIN, key_id)
    assert record.number == begun + 1, "a crash between number and signature leaves a gap"
    reserve = ctx.ports.storage.housekeep

    class Racing:
        def __getattr__(self, name: str) -> object:
            return getattr(ctx.ports.storage, name)

        def read(self) -> object:
            with reserve() as uow:
                uow.issuer_keys.reserve_crl_number(key_id, ctx.ports.clock.now())
            return ctx.ports.storage.read()

    with pytest.raises(InFlight, match="A newer CRL of this key is being issued"):
        publish_crl.publish(with_ports(ctx, storage=Racing()), ADMIN, key_id)
    assert number(published(ctx, "")) == record.number


def test_who_wants_a_crl_now_begins_anew_when_another_was_begun_later(
    ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the worker makes the one that follows a revocation at the same moment."""
    key_id, draft, overtaken = key_of(ctx).id, publish_crl.draft_crl, []

    def after_another(*given: Any, **more: Any) -> Any:
        if not overtaken:
            with ctx.ports.storage.housekeep() as uow:
                overtaken.append(uow.issuer_keys.reserve_crl_number(key_id, ctx.ports.clock.now()))
        return draft(*given, **more)

    monkeypatch.setattr(publish_crl, "draft_crl", after_another)
    record, replayed = publish_crl.publish_now(ctx, ADMIN, "Issuing CA")
    assert (record.number, replayed) == (overtaken[0] + 1, False)
    assert number(published(ctx, "")) == record.number


def test_rev_09_numbers_rise_over_processes(
    ctx: Context, open_storage: OpenStorage, tmp_path_factory: pytest.TempPathFactory, clock: FrozenClock
) -> None:
    folder = tmp_path_factory.mktemp("other")
    other = make_authority(folder, open_storage(chain="host/worker-2"), clock, signers=ctx.ports.signers)
    numbers = [publish_crl.publish_now(each, ADMIN, "Issuing CA")[0].number for each in (ctx, other) * 3]
    assert numbers == sorted(set(numbers))


def test_rev_09_an_old_backup_does_not_set_numbers_back(ctx: Context, clock: FrozenClock) -> None:
    """What was signed after the backup is forgotten with it; the clock is not."""
    key_id = key_of(ctx).id
    before = [publish_crl.publish(ctx, ADMIN, key_id).number for _ in range(3)]
    with ctx.ports.storage.read() as reader:
        backed_up = reader.issuer_keys.get(key_id).crl_number
    clock.advance(timedelta(days=2))
    lost = [publish_crl.publish(ctx, ADMIN, key_id).number for _ in range(20)]
    assert max(before) == backed_up
    clock.advance(timedelta(minutes=1))
    with ctx.ports.storage.read() as reader:
        assert reader.issuer_keys.get(key_id).crl_number == max(lost)
    restored = max(backed_up + 1, int(clock.now().timestamp() * 1_000_000))
    assert restored > max(lost)
    assert publish_crl.publish(ctx, ADMIN, key_id).number == restored


def test_a_long_crl_is_not_made_again_at_once(ctx: Context, leaf: Certificate) -> None:
    publish_crl.publish_now(ctx, ADMIN, "Issuing CA")
    now = ctx.ports.clock.now()
    revoke(ctx, ADMIN, leaf.id, RevocationReason.SUPERSEDED)
    assert min(job.run_at for job in crl_jobs(ctx)) <= now
    key = key_of(ctx)
    with ctx.ports.storage.housekeep() as uow:
        current = uow.crls.find_current(key.id)
        assert current is not None
        long = replace(current, id=ctx.new_id(), number=current.number + 1, entries=1_000_000)
        uow.crls.add(long)
        for job in uow.jobs.take(now, HOUR, 100):
            uow.jobs.finish([job.id], now)
    revoke(ctx, ADMIN, issue(ctx).id, RevocationReason.SUPERSEDED)
    (job,) = [job for job in crl_jobs(ctx) if job.run_at > now]
    assert job.run_at == current.this_update + timedelta(seconds=1000)


def test_crls_of_a_suspended_ca_go_on(ctx: Context) -> None:
    with ctx.ports.storage.housekeep() as uow:
        uow.cas.set_state(show_ca(ctx, ADMIN, "Issuing CA").ca.id, CaState.SUSPENDED)
    publish_crl.publish_due(ctx, ADMIN)
    assert list(published(ctx, "")) == []


def test_a_key_that_is_away_keeps_the_others_from_nothing(ctx: Context) -> None:
    away = FakeSigner("embedded")
    away.inject("sign", raises(BackendUnavailable("gone")), times=1)
    root, issuing = show_ca(ctx, ADMIN, "Root CA").keys[0].key, key_of(ctx)

    class OneAway(FakeSigners):
        def get(self, name: str) -> object:
            failing, self.first = self.first, False
            return away if failing else ctx.ports.signers.get(name)

        first = True

    with pytest.raises(BackendUnavailable, match="gone"):
        publish_crl.publish_due(with_ports(ctx, signers=OneAway(away)), ADMIN)
    with ctx.ports.storage.read() as reader:
        assert sorted((reader.crls.find_head(key.id) is None) for key in (root, issuing)) == [False, True]


def test_many_who_fetch_an_outdated_crl_cause_one(ctx: Context, clock: FrozenClock) -> None:
    """CRLs are made on the schedule's beat by one process, whatever the number of fetches."""
    publish_crl.publish_due(ctx, ADMIN)
    clock.advance(ctx.config.crl_validity)
    stale = published(ctx, "")
    threads = [threading.Thread(target=published, args=(ctx, "")) for _ in range(200)]
    for thread in threads:
        thread.start()
    assert publish_crl.publish_due(ctx, ADMIN) == 2
    for thread in threads:
        thread.join()
    assert publish_crl.publish_due(ctx, ADMIN) == 0
    assert number(published(ctx, "")) > number(stale)
    assert published(ctx, "").last_update_utc == clock.now().replace(microsecond=0)


def test_an_invalidity_date_lies_between_the_first_keys_and_now(ctx: Context, leaf: Certificate) -> None:
    now = ctx.ports.clock.now()
    for moment in (now + timedelta(seconds=1), datetime(1969, 12, 31, tzinfo=UTC), datetime.min.replace(tzinfo=UTC)):
        with pytest.raises(InvalidInput) as caught:
            revoke(ctx, ADMIN, leaf.id, RevocationReason.SUPERSEDED, moment)
        assert [error.rule for error in caught.value.errors] == ["revocation.past"]
    assert revoke(ctx, ADMIN, leaf.id, RevocationReason.SUPERSEDED, datetime(1970, 1, 1, tzinfo=UTC))
