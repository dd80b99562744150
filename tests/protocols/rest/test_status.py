"""`/certificates/{certificate}/status`: what is published, as the REST door tells it."""

from __future__ import annotations

from uuid import UUID, uuid4

from pki_manager.authority.status import ocsp_signer, publish_crl, publish_ocsp
from pki_manager.authority.status.follow_status import StatusFollower
from tests.protocols.rest.door import Door, House
from tests.protocols.rest.test_operations import issue
from tests.support.factories import ADMIN

ANSWER = {"status", "reason", "revoked_at", "this_update", "next_update", "late", "agrees"}


def publish(house: House, certificate: str) -> None:
    with house.ctx.ports.storage.read() as reader:
        found = reader.certificates.get(UUID(certificate))
    ocsp_signer.ensure(house.ctx, found.issuer_key_id)
    publish_ocsp.publish_statuses(house.ctx, ADMIN, found.issuer_key_id, [found.serial])
    publish_crl.publish_all_changes(house.ctx, ADMIN, found.issuer_key_id)


def test_both_sources_tell_of_a_revocation(house: House, door: Door) -> None:
    made = issue(door)
    target = f"/certificates/{made['id']}"
    revoked = door.post(f"{target}/revoke", {"reason": "superseded"}).json["revocation"]
    publish(house, made["id"])
    reply = door.get(f"{target}/status")
    assert reply.status == 200
    assert reply.json["no_rev_avail"] is False
    ocsp, (crl,) = reply.json["ocsp"], reply.json["crls"]
    assert set(ocsp) == ANSWER
    assert set(crl) == ANSWER | {"number", "delta_number", "shard"}
    for said in (ocsp, crl):
        assert (said["status"], said["reason"], said["agrees"], said["late"]) == ("revoked", "superseded", True, False)
        assert said["revoked_at"][:19] == revoked["time"][:19]
    assert crl["number"] == door.get("/cas/Issuing%20CA/crls/current").json["number"]
    assert door.get(f"/certificates/{made['serial_number']}/status").json["crls"] == [crl]


def test_reading_it_signs_nothing_and_leaves_no_event(house: House, door: Door) -> None:
    made = issue(door)
    before = door.get("/audit?limit=1").json["items"]
    assert door.get(f"/certificates/{made['id']}/status").json["ocsp"] is None
    assert door.get("/audit?limit=1").json["items"] == before


def test_the_status_of_the_installation_lists_its_hosts(house: House, door: Door) -> None:
    assert door.get("/status").json["nodes"] == []
    StatusFollower(house.ctx).follow(term=1)
    (node,) = door.get("/status").json["nodes"]
    assert set(node) == {"name", "leader", "last_seen", "published_lag_seconds"}
    assert (node["name"], node["leader"]) == (house.ctx.config.node_name, True)


def test_of_an_unknown_certificate_nothing_is_told(door: Door) -> None:
    made = issue(door)
    assert door.get(f"/certificates/{uuid4()}/status").status == 404
    stranger = door.as_role(None).get(f"/certificates/{made['id']}/status")
    assert stranger.status in (403, 404)
    assert "this_update" not in stranger.body.decode()
