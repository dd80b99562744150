"""A CA's key rotated: next, current, draining, retired, destroyed, and what is served for each on the way."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509

from pki_manager.authority.cas.create_ca import CreateCa, create_ca
from pki_manager.authority.cas.destroy_key import destroy_key
from pki_manager.authority.cas.keys import show_key
from pki_manager.authority.cas.revoke_ca import revoke_ca
from pki_manager.authority.cas.rotate_ca import RotateCa, advance_all, retire_all_drained, rotate_ca
from pki_manager.authority.cas.suspend_ca import suspend_ca
from pki_manager.authority.cas.views import CaView, show_ca
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.issuers import find_ca
from pki_manager.authority.signing.chains import find_chains
from pki_manager.authority.status import publish_ocsp
from pki_manager.authority.status.publish_crl import publish_due
from pki_manager.authority.status.revoke import RevocationDetails, revoke
from pki_manager.domain.ca import CaState, KeyState
from pki_manager.domain.certificate import Certificate, CertificateKind
from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from pki_manager.domain.request import ValidityRequest
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import Role, build_system_actor
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.ports.signer import KeyRef
from pki_manager.ports.unit_of_work import Claim
from pki_manager.worker.outbox import run_outbox
from tests.fakes.clock import FrozenClock
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN, as_role

WORKER = build_system_actor("worker")
DAY = timedelta(days=1)


def issue(ctx: Context, ca: str = "Issuing CA", validity: str = "P30D") -> Certificate:
    wish = ValidityRequest(duration=Duration.parse(validity, "validity"))
    command = Enroll(ca=ca, profile="tls-server", csr=make_csr("www.example.com"), validity=wish)
    return enroll(ctx, ADMIN, command)[0]


def rotate(ctx: Context, ca: str = "Issuing CA", **wish: object) -> CaView:
    return rotate_ca(ctx, ADMIN, RotateCa(ca=ca, **wish))[0]


def states(view: CaView) -> list[tuple[int, str]]:
    return [(one.key.number, one.key.state.value) for one in view.keys]


def actions(ctx: Context, count: int) -> list[str]:
    """Oldest first."""
    with ctx.ports.storage.read() as reader:
        page = reader.audit.page(AuditFilter(), None, count)
    return [event.body.decode().split('"action":"')[1].split('"')[0] for event in reversed(page.items)]


def chains(ctx: Context, certificate: Certificate) -> list[list[tuple[str, CertificateKind]]]:
    with ctx.ports.storage.read() as reader:
        found = find_chains(reader, certificate, ctx.ports.clock.now())
    return [[(one.subject, one.kind) for one in chain] for chain in (found.usual, *found.others)]


def test_a_rotation_at_once_makes_the_next_key_the_current_one(ctx: Context) -> None:
    before = show_ca(ctx, ADMIN, "Issuing CA")
    first = issue(ctx)
    view = rotate(ctx, key_type="ECDSA-P384")
    assert actions(ctx, 4) == [
        "key.created",
        "certificate.issue_intended",
        "certificate.issued",
        "ca.key_switched",
    ]
    assert states(view) == [(2, "current"), (1, "draining")]
    assert view.ca.validity == view.keys[0].certificates[0].validity
    new, old = view.keys[0].key, view.keys[1].key
    assert (new.key_type, old.key_type) == ("ECDSA-P384", "ECDSA-P256")
    assert new.urls.crl.endswith(f"/crl/{view.ca.id}/k2.crl")
    assert new.urls.certificate.endswith(f"/ca/{view.ca.id}/k2.cer")
    second = issue(ctx)
    assert (first.issuer_key_id, second.issuer_key_id) == (old.id, new.id)
    parsed = x509.load_der_x509_certificate(second.der)
    parsed.verify_directly_issued_by(x509.load_der_x509_certificate(view.keys[0].certificates[0].der))
    points = parsed.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    assert points[0].full_name[0].value == new.urls.crl
    made = x509.load_der_x509_certificate(view.keys[0].certificates[0].der)
    was = x509.load_der_x509_certificate(before.keys[0].certificates[0].der)
    assert made.subject.public_bytes() == was.subject.public_bytes()
    wanted = x509.BasicConstraints
    assert made.extensions.get_extension_for_class(wanted) == was.extensions.get_extension_for_class(wanted)


def test_a_rotation_for_later_waits_for_its_time(ctx: Context, clock: FrozenClock) -> None:
    at = clock.now() + 3 * DAY
    assert states(rotate(ctx, switch_at=at)) == [(1, "current"), (2, "next")]
    assert issue(ctx).issuer_key_id == show_ca(ctx, ADMIN, "Issuing CA").keys[0].key.id
    clock.advance(3 * DAY - timedelta(seconds=1))
    assert advance_all(ctx, WORKER) == 0
    clock.advance(timedelta(seconds=1))
    assert advance_all(ctx, WORKER) == 1
    assert advance_all(ctx, WORKER) == 0
    view = show_ca(ctx, ADMIN, "Issuing CA")
    assert states(view) == [(2, "current"), (1, "draining")]
    assert issue(ctx).issuer_key_id == view.keys[0].key.id


def test_both_keys_have_their_own_crl_and_ocsp_signer_from_the_first_moment(ctx: Context, clock: FrozenClock) -> None:
    old = issue(ctx)
    view = rotate(ctx, switch_at=clock.now() + DAY)
    run_outbox(ctx, WORKER)
    for key in (one.key for one in view.keys):
        base = f"{view.ca.id}/k{key.number}"
        crl = ctx.ports.published.find_object(f"/crl/{base}.crl")
        certificate = ctx.ports.published.find_object(f"/ca/{base}.cer")
        assert crl is not None
        assert certificate is not None
        issuer = x509.load_der_x509_certificate(certificate.body)
        assert x509.load_der_x509_crl(crl.body).is_signature_valid(issuer.public_key())
    clock.advance(DAY)
    advance_all(ctx, WORKER)
    new = issue(ctx)
    revoke(ctx, ADMIN, old.id, RevocationReason.SUPERSEDED)
    run_outbox(ctx, WORKER)
    first, second = (ctx.ports.published.find_object(f"/crl/{view.ca.id}/k{n}.crl") for n in (1, 2))
    assert first is not None
    assert second is not None
    assert [entry.serial_number for entry in x509.load_der_x509_crl(first.body)] == [old.serial]
    assert list(x509.load_der_x509_crl(second.body)) == []
    newest = ctx.ports.published.find_object(f"/crl/{view.ca.id}.crl")
    assert newest is not None
    assert newest.body == second.body
    for certificate in (old, new):
        assert ctx.ports.published.find_response(certificate.issuer_key_id, certificate.serial, "sha1") is not None


def test_the_ocsp_signers_of_two_keys_do_not_supplant_each_other(ctx: Context) -> None:
    view = rotate(ctx)
    run_outbox(ctx, WORKER)
    signers = [show_key(ctx, ADMIN, one.key.id).ocsp_signer for one in view.keys]
    run_outbox(ctx, WORKER)
    publish_ocsp.refresh(ctx, WORKER, everything=True)
    assert [show_key(ctx, ADMIN, one.key.id).ocsp_signer for one in view.keys] == signers
    assert all(signer is not None for signer in signers)


def test_a_rotated_root_is_certified_by_its_old_key_and_the_other_way_round(ctx: Context) -> None:
    leaf = issue(ctx)
    view = rotate(ctx, "Root CA", cross_certify=True)
    new, old = view.keys
    assert sorted(one.kind.value for one in new.certificates) == ["cross", "self-signed"]
    assert sorted(one.kind.value for one in old.certificates) == ["cross", "self-signed"]
    (new_with_old,) = (one for one in new.certificates if one.kind is CertificateKind.CROSS)
    (old_with_new,) = (one for one in old.certificates if one.kind is CertificateKind.CROSS)
    assert (new_with_old.issuer_key_id, old_with_new.issuer_key_id) == (old.key.id, new.key.id)
    assert new_with_old.validity.not_after == old.certificates[-1].validity.not_after
    issuing, root = ("CN=Issuing CA", CertificateKind.ISSUED), "CN=Root CA"
    assert [chain[1:] for chain in chains(ctx, leaf)] == [
        [issuing, (root, CertificateKind.CROSS), (root, CertificateKind.SELF_SIGNED)],
        [issuing, (root, CertificateKind.SELF_SIGNED)],
    ]
    again = rotate(ctx, "Issuing CA")
    assert again.keys[0].certificates[0].issuer_key_id == new.key.id


def test_cross_certificates_are_for_roots(ctx: Context) -> None:
    with pytest.raises(InvalidInput) as caught:
        rotate(ctx, cross_certify=True)
    assert caught.value.errors[0].rule == "rotate.cross"
    assert states(show_ca(ctx, ADMIN, "Issuing CA")) == [(1, "current")]


def test_the_time_of_the_switch_lies_in_the_current_certificates_life(ctx: Context, clock: FrozenClock) -> None:
    for at in (clock.now() - timedelta(seconds=1), clock.now() + 4000 * DAY):
        with pytest.raises(InvalidInput) as caught:
            rotate(ctx, switch_at=at)
        assert caught.value.errors[0].field == "switch_at"


def test_one_rotation_at_a_time(ctx: Context, clock: FrozenClock) -> None:
    rotate(ctx, switch_at=clock.now() + DAY)
    with pytest.raises(Conflict, match="k2, which becomes current"):
        rotate(ctx)


def test_only_an_active_ca_is_rotated(ctx: Context) -> None:
    suspend_ca(ctx, ADMIN, "Issuing CA")
    with pytest.raises(Conflict, match="suspended"):
        rotate(ctx)
    with pytest.raises(NotFound, match=r"CA .* not found"):
        rotate(ctx, "Nobody")


def test_rotating_needs_the_right_to_it(ctx: Context) -> None:
    with pytest.raises(Forbidden, match="Requires the permission `ca:rotate`"):
        rotate_ca(ctx, as_role(Role.REGISTRATION_AUTHORITY), RotateCa(ca="Issuing CA"))


def test_a_rotation_asked_for_twice_under_one_key_is_one(ctx: Context) -> None:
    claim = Claim("rotate_ca", "once", bytes(32))
    command = RotateCa(ca="Issuing CA")
    first, again = (rotate_ca(ctx, ADMIN, command, claim) for _ in range(2))
    assert (first[1], again[1]) == (False, True)
    assert states(again[0]) == [(2, "current"), (1, "draining")]


def test_the_old_key_is_retired_when_its_last_certificate_has_expired_and_then_destroyed(
    ctx: Context, clock: FrozenClock
) -> None:
    last = issue(ctx, validity="P20D")
    old = rotate(ctx).keys[1].key
    run_outbox(ctx, WORKER)
    with pytest.raises(
        Conflict, match="1 of its certificates have not expired, 0 of them CA certificates, the last until"
    ):
        destroy_key(ctx, ADMIN, old.id)
    use = show_key(ctx, ADMIN, old.id).use
    assert use is not None
    assert (use.certificates, use.authorities, use.last_not_after) == (1, 0, last.validity.not_after)
    clock.advance(21 * DAY)
    assert retire_all_drained(ctx, WORKER) == 0, "what was revoked has to be on a CRL after that end"
    publish_due(ctx, WORKER)
    assert retire_all_drained(ctx, WORKER) == 1
    assert actions(ctx, 1) == ["key.retired"]
    assert states(show_ca(ctx, ADMIN, "Issuing CA")) == [(2, "current"), (1, "retired")]
    publish_due(ctx, WORKER)
    view, _ = destroy_key(ctx, ADMIN, old.id)
    assert view.key.state is KeyState.DESTROYED
    assert actions(ctx, 1) == ["key.destroyed"]
    signer = ctx.ports.signers.get("embedded")
    for name in (old.backend_key_id, old.ocsp_key_id):
        with pytest.raises(NotFound, match=r"Key .* not found"):
            signer.get_public_key(KeyRef("embedded", name))
    run_outbox(ctx, WORKER)
    with pytest.raises(Conflict, match="already destroyed"):
        destroy_key(ctx, ADMIN, old.id)
    assert issue(ctx)


def test_the_key_that_signs_is_not_destroyed(ctx: Context, clock: FrozenClock) -> None:
    view = rotate(ctx, switch_at=clock.now() + DAY)
    with pytest.raises(Conflict, match="is the current key of a CA that is active"):
        destroy_key(ctx, ADMIN, view.keys[0].key.id)
    with pytest.raises(Conflict, match="is the next key of the CA"):
        destroy_key(ctx, ADMIN, view.keys[1].key.id)


def test_a_revoked_next_key_does_not_take_over(ctx: Context, clock: FrozenClock) -> None:
    view = rotate(ctx, switch_at=clock.now() + DAY)
    revoke(ctx, ADMIN, view.keys[1].certificates[0].id, RevocationReason.CESSATION_OF_OPERATION)
    assert states(show_ca(ctx, ADMIN, "Issuing CA")) == [(1, "current"), (2, "retired")]
    clock.advance(2 * DAY)
    assert advance_all(ctx, WORKER) == 0
    assert show_ca(ctx, ADMIN, "Issuing CA").state is CaState.ACTIVE
    assert states(rotate(ctx)) == [(3, "current"), (2, "retired"), (1, "draining")]


def test_revoking_what_a_draining_key_has_does_not_stop_the_ca(ctx: Context) -> None:
    view = rotate(ctx)
    revoke(ctx, ADMIN, view.keys[1].certificates[0].id, RevocationReason.SUPERSEDED)
    assert show_ca(ctx, ADMIN, "Issuing CA").state is CaState.ACTIVE
    revoke(ctx, ADMIN, view.keys[0].certificates[0].id, RevocationReason.SUPERSEDED)
    assert show_ca(ctx, ADMIN, "Issuing CA").state is CaState.REVOKED


def test_revoking_a_ca_revokes_what_all_its_keys_have(ctx: Context, clock: FrozenClock) -> None:
    rotate(ctx)
    rotate(ctx, switch_at=clock.now() + DAY)
    view, _ = revoke_ca(ctx, ADMIN, "Issuing CA", RevocationDetails(RevocationReason.CA_COMPROMISE))
    assert view.state is CaState.REVOKED
    assert all(one.revocation is not None for key in view.keys for one in key.certificates)
    assert states(view) == [(2, "current"), (3, "retired"), (1, "draining")]


@pytest.mark.parametrize("revoked_first", [[1], [0, 1]], ids=["a key before", "both keys before"])
def test_a_ca_proves_compromised_with_all_its_keys_whatever_they_were_revoked_for(
    ctx: Context, revoked_first: list[int]
) -> None:
    keys = rotate(ctx).keys
    for at in revoked_first:
        revoke(ctx, ADMIN, keys[at].certificates[0].id, RevocationReason.SUPERSEDED)
    why = RevocationDetails(RevocationReason.KEY_COMPROMISE)
    view, _ = revoke_ca(ctx, ADMIN, "Issuing CA", why)
    held = [one.revocation for key in view.keys for one in key.certificates]
    assert [one.reason if one else None for one in held] == [RevocationReason.KEY_COMPROMISE] * 2
    with pytest.raises(Conflict, match="already revoked"):
        revoke_ca(ctx, ADMIN, "Issuing CA", why)


def test_a_certificate_that_tells_of_the_compromise_already_does_not_keep_the_others_from_it(
    ctx: Context,
) -> None:
    keys = rotate(ctx).keys
    revoke(ctx, ADMIN, keys[1].certificates[0].id, RevocationReason.KEY_COMPROMISE)
    revoke_ca(ctx, ADMIN, "Issuing CA", RevocationDetails(RevocationReason.SUPERSEDED))
    view, _ = revoke_ca(ctx, ADMIN, "Issuing CA", RevocationDetails(RevocationReason.KEY_COMPROMISE))
    held = [one.revocation for key in view.keys for one in key.certificates]
    assert [one.reason if one else None for one in held] == [RevocationReason.KEY_COMPROMISE] * 2


def test_the_limits_of_the_whole_chain_bind_the_next_key_too(ctx: Context) -> None:
    above = CreateCa(
        name="Policy",
        subject="CN=Policy",
        key_type="ECDSA-P256",
        parent="Root CA",
        path_length=1,
        permitted=("DNS:example.com",),
    )
    create_ca(ctx, ADMIN, above)
    below = CreateCa(
        name="Below", subject="CN=Below", key_type="ECDSA-P256", parent="Policy", permitted=("DNS:www.example.com",)
    )
    create_ca(ctx, ADMIN, below)
    view = rotate(ctx, "Below")
    made = x509.load_der_x509_certificate(view.keys[0].certificates[0].der)
    constraints = made.extensions.get_extension_for_class(x509.NameConstraints).value
    assert [name.value for name in constraints.permitted_subtrees or ()] == ["www.example.com"]
    assert made.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0
    with ctx.ports.storage.read() as reader:
        assert len(reader.issuer_keys.list_by_ca(find_ca(reader, "Below").id)) == 2
