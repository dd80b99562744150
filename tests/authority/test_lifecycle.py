"""Hold, release, revocation again and by key, deletion: what may follow what, and what status services are told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from pki_manager.authority.cas.create_ca import CreateCa, create_ca
from pki_manager.authority.certificates.delete import delete
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.certificates.queries import find_certificate_id, show_certificate
from pki_manager.authority.certificates.renew import renew
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status.hold import hold, release
from pki_manager.authority.status.publish_crl import publish
from pki_manager.authority.status.publish_ocsp import get_status
from pki_manager.authority.status.revoke import RevocationDetails, revoke, revoke_by_key
from pki_manager.domain.certificate import Certificate, CertificateState, format_serial
from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from pki_manager.domain.request import ValidityRequest
from pki_manager.domain.revocation import Revocation, RevocationReason
from pki_manager.domain.rights.actor import Role
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.ports.unit_of_work import Claim
from pki_manager.x509.ocsp.response import CertStatus
from tests.fakes.clock import FrozenClock
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN, as_role

COMPROMISE = RevocationReason.KEY_COMPROMISE
SUPERSEDED = RevocationReason.SUPERSEDED


def issue(ctx: Context, name: str = "www.example.com", key: ec.EllipticCurvePrivateKey | None = None):
    csr = make_csr(name, key=key or ec.generate_private_key(ec.SECP256R1()))
    return enroll(ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=csr))[0]


def state(ctx: Context, certificate: Certificate) -> CertificateState:
    return show_certificate(ctx, ADMIN, certificate.id).state(ctx.ports.clock.now())


def ocsp(ctx: Context, certificate: Certificate) -> str:
    """What an OCSP answer would say: `good`, `unknown`, or the reason of a revocation."""
    with ctx.ports.storage.read() as reader:
        key = reader.issuer_keys.get(certificate.issuer_key_id)
        told = get_status(reader, key, certificate.serial)
    return told.reason.value if isinstance(told, Revocation) else {CertStatus.GOOD: "good"}.get(told, "unknown")


def listed(ctx: Context, certificate: Certificate) -> str | None:
    """The reason under which a new CRL lists it."""
    from cryptography import x509

    crl = x509.load_der_x509_crl(publish(ctx, ADMIN, certificate.issuer_key_id).der)
    entry = crl.get_revoked_certificate_by_serial_number(certificate.serial)
    if entry is None:
        return None
    return str(entry.extensions.get_extension_for_class(x509.CRLReason).value.reason.value)


def events(ctx: Context, object_id: UUID) -> list[str]:
    """Actions on an object, oldest first."""
    with ctx.ports.storage.read() as reader:
        page = reader.audit.page(AuditFilter(object_id=str(object_id)), None, 50)
    return [event.body.decode().split('"action":"')[1].split('"')[0] for event in reversed(page.items)]


def test_rev_14_a_hold_is_shown_and_released(ctx: Context, clock: FrozenClock) -> None:
    one = issue(ctx)
    held, _ = hold(ctx, ADMIN, one.id)
    assert held.state(clock.now()) is CertificateState.HELD
    assert (ocsp(ctx, one), listed(ctx, one)) == ("certificateHold", "certificateHold")
    clock.advance(timedelta(hours=1))
    released, _ = release(ctx, ADMIN, one.id)
    assert released.state(clock.now()) is CertificateState.VALID
    assert (ocsp(ctx, one), listed(ctx, one)) == ("good", None)
    hold(ctx, ADMIN, one.id)
    assert state(ctx, one) is CertificateState.HELD
    kinds = [action for action in events(ctx, one.id) if action != "certificate.issued"]
    assert kinds == ["certificate.held", "certificate.released", "certificate.held"]


FINAL_FOR_A_LEAF = sorted(
    set(RevocationReason)
    - {RevocationReason.CERTIFICATE_HOLD, RevocationReason.CA_COMPROMISE, RevocationReason.AA_COMPROMISE}
)


@pytest.mark.parametrize("reason", FINAL_FOR_A_LEAF)
def test_rev_14_nothing_but_a_hold_is_released(ctx: Context, reason: RevocationReason) -> None:
    one = issue(ctx)
    with pytest.raises(Conflict, match="not on hold"):
        release(ctx, ADMIN, one.id)
    revoke(ctx, ADMIN, one.id, reason)
    with pytest.raises(Conflict, match="not on hold"):
        release(ctx, ADMIN, one.id)
    with pytest.raises(Conflict, match="already revoked"):
        hold(ctx, ADMIN, one.id)
    assert state(ctx, one) is CertificateState.REVOKED


def test_a_hold_can_become_final_and_then_stays(ctx: Context) -> None:
    one = issue(ctx)
    hold(ctx, ADMIN, one.id)
    revoke(ctx, ADMIN, one.id, SUPERSEDED)
    assert (ocsp(ctx, one), listed(ctx, one)) == ("superseded", "superseded")
    with pytest.raises(Conflict, match="The certificate is revoked and not on hold"):
        release(ctx, ADMIN, one.id)


def test_what_is_on_hold_is_neither_held_nor_renewed(ctx: Context) -> None:
    one = issue(ctx)
    hold(ctx, ADMIN, one.id)
    with pytest.raises(Conflict, match="already held"):
        hold(ctx, ADMIN, one.id)
    with pytest.raises(Conflict, match="on hold"):
        renew(ctx, ADMIN, one.id, ValidityRequest())


def test_a_hold_and_a_release_under_one_key_happen_once(ctx: Context) -> None:
    one = issue(ctx)
    for verb, name in ((hold, "hold"), (release, "release")):
        claim = Claim(name, "once", b"body")
        first, replayed = verb(ctx, ADMIN, one.id, claim)
        again, replayed_again = verb(ctx, ADMIN, one.id, claim)
        assert (again, replayed, replayed_again) == (first, False, True)


def test_a_ca_and_an_expired_certificate_are_not_held(ctx: Context, clock: FrozenClock) -> None:
    with ctx.ports.storage.read() as reader:
        issuing = reader.cas.find("Issuing CA")
        assert issuing is not None
        own = reader.certificates.list_by_subject_key(reader.issuer_keys.get_current(issuing.id).id)[0]
    with pytest.raises(Conflict, match="Suspend"):
        hold(ctx, ADMIN, own.id)
    one = issue(ctx)
    clock.advance(timedelta(days=100))
    with pytest.raises(Conflict, match="expired"):
        hold(ctx, ADMIN, one.id)


def test_rev_06_a_compromise_found_later_is_shown_by_ocsp_and_crl(ctx: Context, clock: FrozenClock) -> None:
    one = issue(ctx)
    revoke(ctx, ADMIN, one.id, SUPERSEDED)
    assert (ocsp(ctx, one), listed(ctx, one)) == ("superseded", "superseded")
    clock.advance(timedelta(hours=2))
    since = clock.now() - timedelta(hours=1)
    again, _ = revoke(ctx, ADMIN, one.id, COMPROMISE, since)
    assert again.revocation is not None
    assert (again.revocation.reason, again.revocation.invalidity_date) == (COMPROMISE, since)
    assert (ocsp(ctx, one), listed(ctx, one)) == ("keyCompromise", "keyCompromise")
    for reason in (COMPROMISE, SUPERSEDED):
        with pytest.raises(Conflict, match="already revoked"):
            revoke(ctx, ADMIN, one.id, reason)
    assert events(ctx, one.id).count("certificate.revoked") == 2


def test_an_expired_certificate_is_not_revoked(ctx: Context, clock: FrozenClock) -> None:
    one = issue(ctx)
    clock.advance(timedelta(days=100))
    with pytest.raises(Conflict, match="expired"):
        revoke(ctx, ADMIN, one.id, SUPERSEDED)


def test_every_certificate_of_a_key_is_revoked_at_once(ctx: Context, clock: FrozenClock) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    create_ca(ctx, ADMIN, CreateCa(name="Other", subject="CN=Other", key_type="ECDSA-P256"))
    mine = [issue(ctx, f"{name}.example.com", key) for name in ("a", "b", "c")]
    stranger = issue(ctx)
    revoke(ctx, ADMIN, mine[0].id, SUPERSEDED)
    hold(ctx, ADMIN, mine[1].id)
    why, claim = RevocationDetails(COMPROMISE), Claim("revoke_by_key", "once", b"body")
    found, _ = revoke_by_key(ctx, ADMIN, mine[0].spki_sha256, why, claim)
    assert {one.id for one in found} == {one.id for one in mine}
    assert {ocsp(ctx, one) for one in mine} == {"keyCompromise"}
    assert state(ctx, stranger) is CertificateState.VALID
    again, replayed = revoke_by_key(ctx, ADMIN, mine[0].spki_sha256, why, claim)
    assert (again, replayed) == (found, True)
    with pytest.raises(Conflict, match="already revoked"):
        revoke_by_key(ctx, ADMIN, mine[0].spki_sha256, why)
    with pytest.raises(NotFound, match="The key has no unexpired certificate"):
        revoke_by_key(ctx, ADMIN, bytes(32), why)
    with pytest.raises(InvalidInput, match="certificateHold"):
        revoke_by_key(ctx, ADMIN, stranger.spki_sha256, RevocationDetails(RevocationReason.CERTIFICATE_HOLD))


def test_rev_24_a_record_goes_when_it_has_expired_and_its_revocation_stays(ctx: Context, clock: FrozenClock) -> None:
    revoked, unrevoked = issue(ctx), issue(ctx)
    revoke(ctx, ADMIN, revoked.id, COMPROMISE)
    for one in (revoked, unrevoked):
        with pytest.raises(Conflict, match="not expired"):
            delete(ctx, ADMIN, one.id)
    clock.set(revoked.validity.not_after + timedelta(seconds=1))
    for one in (revoked, unrevoked):
        delete(ctx, ADMIN, one.id)
        with pytest.raises(NotFound, match=r"Certificate .* not found"):
            show_certificate(ctx, ADMIN, one.id)
        with pytest.raises(NotFound, match=r"Certificate .* not found"):
            find_certificate_id(ctx, ADMIN, format_serial(one.serial))
        assert events(ctx, one.id)[-1] == "certificate.deleted"
    assert ocsp(ctx, revoked) == "keyCompromise"
    assert listed(ctx, revoked) == "keyCompromise"
    assert listed(ctx, unrevoked) is None
    with pytest.raises(NotFound, match=r"Certificate .* not found"):
        delete(ctx, ADMIN, revoked.id)


def test_what_was_asked_for_under_a_key_is_told_to_be_gone_once_it_is_deleted(ctx: Context, clock: FrozenClock) -> None:
    """At once, and not as something that is still being worked on."""
    csr = make_csr("www.example.com", key=ec.generate_private_key(ec.SECP256R1()))
    hour = ValidityRequest(duration=Duration.parse("PT1H"))  # while it is known what was asked for under a key
    order = Enroll(ca="Issuing CA", profile="tls-server", csr=csr, validity=hour)
    made, holding, renewing = (Claim(name, "once", b"body") for name in ("enrol", "hold", "renew"))
    one, _ = enroll(ctx, ADMIN, order, made)
    renewed, _ = renew(ctx, ADMIN, one.id, hour, renewing)
    hold(ctx, ADMIN, one.id, holding)
    clock.set(max(one.validity.not_after, renewed.validity.not_after) + timedelta(seconds=1))
    began = clock.monotonic()
    delete(ctx, ADMIN, renewed.id)
    with pytest.raises(Conflict, match="has been deleted"):
        renew(ctx, ADMIN, one.id, hour, renewing)
    delete(ctx, ADMIN, one.id)
    with pytest.raises(Conflict, match="has been deleted"):
        enroll(ctx, ADMIN, order, made)
    with pytest.raises(Conflict, match="has been deleted"):
        hold(ctx, ADMIN, one.id, holding)
    assert clock.monotonic() == began


def test_a_cas_certificate_is_kept(ctx: Context, clock: FrozenClock) -> None:
    with ctx.ports.storage.read() as reader:
        root = reader.cas.find("Root CA")
        assert root is not None
        own = reader.certificates.list_by_subject_key(reader.issuer_keys.get_current(root.id).id)[0]
    clock.set(own.validity.not_after + timedelta(days=1))
    with pytest.raises(Conflict, match="cannot be deleted"):
        delete(ctx, ADMIN, own.id)


VERBS: dict[str, Callable[[Context, object, UUID], object]] = {
    "hold": hold,
    "release": release,
    "delete": delete,
    "revoke": lambda ctx, actor, one: revoke(ctx, actor, one, SUPERSEDED),
    "by key": lambda ctx, actor, one: revoke_by_key(ctx, actor, bytes(32), RevocationDetails(SUPERSEDED)),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("role", [None, Role.AUDITOR])
def test_aut_02_without_the_grant_nothing_changes(ctx: Context, verb: str, role: Role | None) -> None:
    one = issue(ctx)
    with pytest.raises(Forbidden, match="Requires the permission"):
        VERBS[verb](ctx, as_role(role), one.id)
    assert state(ctx, one) is CertificateState.VALID
