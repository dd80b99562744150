"""What happens to a certificate after it was issued, as the REST door tells it."""

from __future__ import annotations

from cryptography import x509

from tests.protocols.rest.door import Door
from tests.protocols.rest.test_operations import issue, load


def test_a_renewal_is_created_and_both_certificates_name_each_other(door: Door) -> None:
    old = issue(door)
    reply = door.post(f"/certificates/{old['id']}/renew", {"validity": "P7D"})
    assert reply.status == 201
    new = reply.json
    assert door.get(reply.headers["location"]).json == new
    assert (new["renews"], new["subject"], new["sans"]) == (old["id"], old["subject"], old["sans"])
    assert door.get(f"/certificates/{old['id']}").json == {**old, "renewed_by": new["id"]}
    before, after = load(old["pem"]), load(new["pem"])
    assert before.public_key() == after.public_key()
    assert after.extensions.get_extension_for_class(x509.SubjectAlternativeName)


def test_a_renewal_that_cannot_be_meant_is_refused(door: Door) -> None:
    old = issue(door)
    assert door.post(f"/certificates/{old['id']}/renew", {"validity": "P1000D"}).status == 422
    assert door.post(f"/certificates/{old['id']}/renew", {"csr": "x"}).fields == {"csr"}
