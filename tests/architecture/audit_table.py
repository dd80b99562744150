"""The table of AUD-01: for each operation that changes something, a request and the audit events that it records.

A new operation gets a row here, by its operationId; without one `test_aud_01_every_operation_is_in_the_table` fails.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pki_manager.domain.jobs import JobKind, NewJob
from tests.architecture.audit_people import PEOPLE
from tests.architecture.audit_requests import REQUESTS
from tests.architecture.audit_row import Asked, Row, profile_definition
from tests.protocols.rest.door import Door, House, unique
from tests.support import outside
from tests.support.csrs import make_csr
from tests.support.foreign_ca import ForeignCa


def issue(door: Door) -> str:
    """Return the ID of a new certificate."""
    name = f"{unique('audit')}.example.com"
    reply = door.post("/certificates", {"ca": "Issuing CA", "profile": "tls-server", "csr": make_csr(name)})
    assert reply.status == 201, reply.body
    identifier: str = reply.json["id"]
    return identifier


def _new_certificate(_house: House, _door: Door) -> Asked:
    csr = make_csr(f"{unique('audit')}.example.com")
    return Asked(body={"ca": "Issuing CA", "profile": "tls-server", "csr": csr})


def _new_ca(_house: House, _door: Door) -> Asked:
    name = unique("Audit CA")
    return Asked(body={"name": name, "subject": f"CN={name}", "key_type": "ECDSA-P256", "parent": "Root CA"})


def _issued(_house: House, door: Door) -> Asked:
    return Asked((issue(door),), {"reason": "superseded"})


def _to_renew(_house: House, door: Door) -> Asked:
    return Asked((issue(door),), {})


def _to_rekey(_house: House, door: Door) -> Asked:
    return Asked((issue(door),), {"key_type": "ECDSA-P256", "passphrase": "correct horse battery"})


def _to_hold(_house: House, door: Door) -> Asked:
    return Asked((issue(door),))


def _held(_house: House, door: Door) -> Asked:
    held = issue(door)
    assert door.post(f"/certificates/{held}/hold").status == 200
    return Asked((held,))


def _key(_house: House, door: Door) -> Asked:
    csr = make_csr(f"{unique('audit')}.example.com", key=ec.generate_private_key(ec.SECP256R1()))
    made = door.post("/certificates", {"ca": "Issuing CA", "profile": "tls-server", "csr": csr})
    spki = x509.load_pem_x509_certificate(made.json["pem"].encode()).public_key()
    text = spki.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return Asked(body={"key": text, "reason": "superseded"})


def _expired(house: House, door: Door) -> Asked:
    name = f"{unique('audit')}.example.com"
    wish = {"ca": "Issuing CA", "profile": "tls-server", "csr": make_csr(name), "validity": "PT1H"}
    made = door.post("/certificates", wish)
    house.clock.advance(timedelta(hours=2))
    return Asked((made.json["id"],))


def _active_ca(house: House, door: Door) -> Asked:
    made = door.post("/cas", _new_ca(house, door).body)
    assert made.status == 201, made.body
    return Asked((made.json["id"],))


def _to_revoke(house: House, door: Door) -> Asked:
    return Asked(_active_ca(house, door).path, {"reason": "cessationOfOperation"})


def _suspended_ca(house: House, door: Door) -> Asked:
    asked = _active_ca(house, door)
    assert door.post(f"/cas/{asked.path[0]}/suspend").status == 200
    return asked


def _rotation_begun(house: House, door: Door) -> Asked:
    asked = _active_ca(house, door)
    tomorrow = (house.clock.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    reply = door.post(f"/cas/{asked.path[0]}/rotate", {"switch_at": tomorrow})
    assert reply.status == 200, reply.body
    return asked


def _to_cross_sign(_house: House, _door: Door) -> Asked:
    return Asked(("Root CA",), {"csr": make_csr(unique("Foreign CA"), sans=())})


def _to_rotate(house: House, door: Door) -> Asked:
    return Asked(_active_ca(house, door).path, {})


def _prepared_ca(_house: House, door: Door) -> Asked:
    name = unique("Audit CA")
    made = door.post("/cas", {"name": name, "subject": f"CN={name}", "external_parent": True})
    assert made.status == 201, made.body
    return Asked((made.json["id"],))


def _to_import(_house: House, _door: Door) -> Asked:
    name = unique("Imported CA")
    return Asked(body={"name": name, "certificate_chain": ForeignCa(name).chain_pem})


def _crl_to_upload(_house: House, door: Door) -> Asked:
    name = unique("External CA")
    ca = ForeignCa(name)
    crl = ca.crl()
    made = door.post("/cas/import", {"name": name, "certificate_chain": ca.chain_pem})
    assert made.status == 201, made.body
    return Asked(path=(made.json["id"],), body={"crl": crl})


def _to_take_over(_house: House, door: Door) -> Asked:
    name = unique("Imported CA")
    ca = ForeignCa(name)
    made = door.post("/cas/import", {"name": name, "certificate_chain": ca.chain_pem})
    assert made.status == 201, made.body
    return Asked(path=(made.json["id"],), body={"private_key": ca.pkcs8()})


def _answered_ca(house: House, door: Door) -> Asked:
    asked = _prepared_ca(house, door)
    request = x509.load_pem_x509_csr(door.post(f"/cas/{asked.path[0]}/csr").json["csr"].encode())
    return Asked(asked.path, {"certificate_chain": outside.answer(request.public_bytes(Encoding.DER))})


def _retired_key(house: House, door: Door) -> Asked:
    ca = _rotation_begun(house, door).path[0]
    reply = door.post(f"/cas/{ca}/cancel-rotation")
    (retired,) = (key["id"] for key in reply.json["keys"] if key["state"] == "retired")
    return Asked((retired,))


def _issuing_ca(_house: House, _door: Door) -> Asked:
    return Asked(("Issuing CA",))


def _new_profile(_house: House, _door: Door) -> Asked:
    return Asked(body=profile_definition(unique("audit")))


def _profile(_house: House, door: Door) -> Asked:
    body = profile_definition(unique("audit"))
    reply = door.post("/profiles", body)
    assert reply.status == 201, reply.body
    return Asked((reply.json["name"],))


def _changed_profile(house: House, door: Door) -> Asked:
    (name,) = _profile(house, door).path
    return Asked((name,), {**profile_definition(name), "description": "Changed"})


def _key_for_a_ca(_house: House, _door: Door) -> Asked:
    return Asked(body={"backend": "embedded", "key_type": "Ed25519"})


def _key_to_block(_house: House, _door: Door) -> Asked:
    return Asked(body={"spki_sha256": secrets.token_hex(32), "comment": "found in a repository"})


def _blocked_key(house: House, door: Door) -> Asked:
    asked = _key_to_block(house, door)
    made = door.post("/keys/blocked", asked.body)
    return Asked((made.json["spki_sha256"],))


def _job(house: House, _door: Door) -> Asked:
    with house.ctx.ports.storage.housekeep() as uow:
        made = uow.jobs.enqueue(NewJob(JobKind.PUBLISH_CRL, {"issuer_key": unique("key")}), house.clock.now())
    return Asked((str(made),))


def _cancelled_job(house: House, door: Door) -> Asked:
    asked = _job(house, door)
    assert door.post(f"/jobs/{asked.path[0]}/cancel").status == 200
    return asked


def _bulk(_house: House, door: Door) -> Asked:
    return Asked(csv=f"certificate\n{issue(door)}\n", query="?action=revoke")


def _nothing(_house: House, _door: Door) -> Asked:
    return Asked()


TABLE: Mapping[str, Row] = {
    **PEOPLE,
    **REQUESTS,
    "accept_clock": Row(_nothing, ("clock.accepted",)),
    "block_key": Row(_key_to_block, ("key.blocked",)),
    "cancel_rotation": Row(_rotation_begun, ("key.retired", "certificate.revoked")),
    "cancel_job": Row(_job, ("job.cancelled",)),
    "create_ca": Row(_new_ca, ("key.created", "certificate.issue_intended", "certificate.issued", "ca.created")),
    "create_key": Row(_key_for_a_ca, ("key.created",)),
    "create_profile": Row(_new_profile, ("profile.created",)),
    "import_ca": Row(_to_import, ("ca.imported",)),
    "take_over_ca": Row(_to_take_over, ("ca.taken_over",)),
    "install_ca_certificate": Row(_answered_ca, ("ca.certificate_installed", "ca.created")),
    "request_ca_certificate": Row(_prepared_ca, ("ca.request_intended", "ca.request_signed")),
    "cross_sign": Row(_to_cross_sign, ("certificate.issue_intended", "certificate.issued")),
    "destroy_key": Row(_retired_key, ("key.destroyed",)),
    "issue_certificate": Row(_new_certificate, ("certificate.issue_intended", "certificate.issued")),
    "delete_certificate": Row(_expired, ("certificate.deleted",)),
    "hold_certificate": Row(_to_hold, ("certificate.held",)),
    "publish_crl": Row(_issuing_ca, ("crl.intended", "crl.published")),
    "upload_crl": Row(_crl_to_upload, ("crl.uploaded",)),
    "rekey_certificate": Row(_to_rekey, ("certificate.issue_intended", "certificate.issued")),
    "release_certificate": Row(_held, ("certificate.released",)),
    "resume_ca": Row(_suspended_ca, ("ca.resumed",)),
    "retire_ca": Row(_active_ca, ("ca.retired",)),
    "revoke_by_key": Row(_key, ("certificate.revoked",)),
    "revoke_ca": Row(_to_revoke, ("certificate.revoked", "ca.revoked")),
    "rotate_ca": Row(
        _to_rotate, ("key.created", "certificate.issue_intended", "certificate.issued", "ca.key_switched")
    ),
    "submit_bulk": Row(_bulk, ("bulk.submitted",)),
    "suspend_ca": Row(_active_ca, ("ca.suspended",)),
    "renew_certificate": Row(_to_renew, ("certificate.issue_intended", "certificate.issued")),
    "retire_profile": Row(_profile, ("profile.retired",)),
    "retry_job": Row(_cancelled_job, ("job.retried",)),
    "revoke_certificate": Row(_issued, ("certificate.revoked",)),
    "unblock_key": Row(_blocked_key, ("key.unblocked",)),
    "update_profile": Row(_changed_profile, ("profile.updated",)),
}

READS: frozenset[str] = frozenset(
    {
        "start_oidc_sign_in",
        "begin_device_sign_in",
        "begin_passkey",
        "get_passkey_options",
        "check_backend",
        "check_device_sign_in",
        "check_import",
        "check_invitation",
        "check_profile",
        "preview_ca",
        "preview_profile",
        "decode",
        "lint",
        "verify",
    }
)
"""Operations that change nothing, or only short-lived state: they record no event."""


JOBS: Mapping[JobKind, tuple[str, ...]] = {
    JobKind.PUBLISH_CA_CERTIFICATE: (),  # publishes a certificate that was signed and recorded before
    JobKind.RENEW_OCSP_SIGNER: ("certificate.issue_intended", "certificate.issued", "ocsp_signer.renewed"),
    JobKind.RENEW_SCEP_RA: ("certificate.issue_intended", "certificate.issued", "scep_ra.renewed"),
    JobKind.ISSUE_REQUEST: ("certificate.issue_intended", "certificate.issued"),
    JobKind.PUBLISH_STATUS: ("ocsp.presigned",),
    JobKind.PUBLISH_NEW_STATUS: ("ocsp.presigned",),
    JobKind.PUBLISH_CRL: ("crl.intended", "crl.published"),
    JobKind.DESTROY_KEY: (),  # erases a key whose destruction was recorded before
    JobKind.BULK: ("bulk.submitted", "certificate.issue_intended", "certificate.issued", "bulk.ended"),
    JobKind.VALIDATE_CHALLENGE: ("acme_challenge.validated",),
}
"""Events that one background job of each kind records when it has work to do."""
