"""The life of a CA: rotated, suspended, retired, revoked, and cross-signed."""

from __future__ import annotations

from datetime import timedelta

from pki_manager.authority.cas.ca_request import request_certificate
from pki_manager.authority.cas.cancel_rotation import cancel_rotation
from pki_manager.authority.cas.create_ca import CreateCa, create_ca
from pki_manager.authority.cas.cross_sign import CrossSign, cross_sign
from pki_manager.authority.cas.install_ca import InstallCertificate, install_certificate
from pki_manager.authority.cas.retire_ca import retire_ca
from pki_manager.authority.cas.revoke_ca import revoke_ca
from pki_manager.authority.cas.rotate_ca import RotateCa, advance_all, retire_all_drained, rotate_ca
from pki_manager.authority.cas.suspend_ca import resume_ca, suspend_ca
from pki_manager.authority.cas.views import CaView, show_ca
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status.revoke import RevocationDetails
from pki_manager.domain.ca import CaState
from pki_manager.domain.certificate import CertificateKind
from pki_manager.domain.errors import Conflict, Forbidden, InvalidInput
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import build_system_actor
from pki_manager.policy.access import Permission
from tests.fakes.clock import FrozenClock
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN
from tests.support.memory.events import POWERLESS, records, refuses

WORKER = build_system_actor("worker")
ISSUED = ("key.created", "certificate.issue_intended", "certificate.issued")
OTHER_ROOT = CreateCa(name="Other Root", subject="CN=Other Root", key_type="ECDSA-P256")


def states(view: CaView) -> list[str]:
    return [one.key.state.value for one in view.keys]


def test_a_rotation_at_once_makes_the_next_key_the_current_one(ctx: Context) -> None:
    with records(ctx, *ISSUED, "ca.key_switched"):
        view, _ = rotate_ca(ctx, ADMIN, RotateCa(ca="Issuing CA"))
    assert states(view) == ["current", "draining"]
    with refuses(ctx, Forbidden, Permission.CA_ROTATE):
        rotate_ca(ctx, POWERLESS, RotateCa(ca="Issuing CA"))


def test_a_planned_rotation_waits_for_its_time(ctx: Context, clock: FrozenClock) -> None:
    planned = clock.now() + timedelta(days=1)
    view, _ = rotate_ca(ctx, ADMIN, RotateCa(ca="Issuing CA", switch_at=planned))
    assert states(view) == ["current", "next"]
    with records(ctx):
        assert advance_all(ctx, WORKER) == 0
    clock.set(planned)
    with records(ctx, "ca.key_switched"):
        assert advance_all(ctx, WORKER) == 1
    assert states(show_ca(ctx, ADMIN, "Issuing CA")) == ["current", "draining"]


def test_a_planned_rotation_can_be_cancelled(ctx: Context, clock: FrozenClock) -> None:
    rotate_ca(ctx, ADMIN, RotateCa(ca="Issuing CA", switch_at=clock.now() + timedelta(days=1)))
    view, _ = cancel_rotation(ctx, ADMIN, "Issuing CA")
    assert "next" not in states(view)
    with refuses(ctx, Conflict, "Issuing CA"):
        cancel_rotation(ctx, ADMIN, "Issuing CA")
    with refuses(ctx, Forbidden, Permission.CA_ROTATE):
        cancel_rotation(ctx, POWERLESS, "Issuing CA")


def test_a_draining_key_that_nothing_needs_is_retired(ctx: Context, clock: FrozenClock) -> None:
    view, _ = rotate_ca(ctx, ADMIN, RotateCa(ca="Issuing CA"))
    clock.set(view.keys[1].certificates[0].validity.not_after + timedelta(days=1))
    assert retire_all_drained(ctx, WORKER) == 1
    assert "retired" in states(show_ca(ctx, ADMIN, "Issuing CA"))


def test_a_suspended_ca_is_resumed(ctx: Context) -> None:
    with records(ctx, "ca.suspended"):
        suspended, _ = suspend_ca(ctx, ADMIN, "Issuing CA")
    assert suspended.state is CaState.SUSPENDED
    with refuses(ctx, Conflict, "suspended"):
        suspend_ca(ctx, ADMIN, "Issuing CA")
    with records(ctx, "ca.resumed"):
        resumed, _ = resume_ca(ctx, ADMIN, "Issuing CA")
    assert resumed.state is CaState.ACTIVE
    with refuses(ctx, Conflict, "active"):
        resume_ca(ctx, ADMIN, "Issuing CA")


def test_a_retired_ca_stays_retired(ctx: Context) -> None:
    with records(ctx, "ca.retired"):
        retired, _ = retire_ca(ctx, ADMIN, "Issuing CA")
    assert retired.state is CaState.RETIRED
    with refuses(ctx, Conflict, "retired"):
        retire_ca(ctx, ADMIN, "Issuing CA")


def test_a_revoked_ca_takes_its_certificate_with_it(ctx: Context) -> None:
    why = RevocationDetails(RevocationReason.CESSATION_OF_OPERATION)
    with records(ctx, "certificate.revoked", "ca.revoked"):
        revoked, _ = revoke_ca(ctx, ADMIN, "Issuing CA", why)
    assert revoked.state is CaState.REVOKED
    with refuses(ctx, Forbidden, Permission.CA_REVOKE):
        revoke_ca(ctx, POWERLESS, "Root CA", why)


def test_changes_of_state_need_their_permission(ctx: Context) -> None:
    for change in (suspend_ca, resume_ca, retire_ca):
        with refuses(ctx, Forbidden, Permission.CA_CONTROL):
            change(ctx, POWERLESS, "Issuing CA")


def test_a_root_cross_signs_another_root(ctx: Context) -> None:
    create_ca(ctx, ADMIN, OTHER_ROOT)
    with records(ctx, "certificate.issue_intended", "certificate.issued"):
        crossed, _ = cross_sign(ctx, ADMIN, CrossSign(ca="Other Root", subject_ca="Root CA"))
    assert (crossed.kind, crossed.subject) == (CertificateKind.CROSS, "CN=Root CA")
    with refuses(ctx, Forbidden, Permission.CA_CROSS_SIGN):
        cross_sign(ctx, POWERLESS, CrossSign(ca="Other Root", subject_ca="Root CA"))


def test_a_pending_ca_has_a_request_and_installs_only_its_own_certificate(ctx: Context) -> None:
    pending = CreateCa(name="Branch CA", subject="CN=Branch CA", key_type="ECDSA-P256", external_parent=True)
    view, _ = create_ca(ctx, ADMIN, pending)
    assert view.state is CaState.PENDING
    with records(ctx, "ca.request_intended", "ca.request_signed"):
        request, _ = request_certificate(ctx, ADMIN, "Branch CA")
    assert request.startswith(b"\x30")
    with refuses(ctx, InvalidInput, "chain"):
        install_certificate(ctx, ADMIN, InstallCertificate(ca="Branch CA", chain=make_csr("www.example.com")))
    with refuses(ctx, Forbidden, Permission.CA_INSTALL):
        install_certificate(ctx, POWERLESS, InstallCertificate(ca="Branch CA", chain=""))
