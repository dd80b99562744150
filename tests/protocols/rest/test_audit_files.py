"""The audit trail as files, over the wire."""

from __future__ import annotations

import csv
import io
import json

from pki_manager.authority.audit.range_proof import verify_range
from pki_manager.domain.rights.actor import Role
from tests.protocols.rest.door import Door, House, unique


def test_jsonl_proves_itself(house: House, door: Door) -> None:
    door.post("/tokens", {"name": unique("export"), "role": "auditor", "expires": "P1D"})
    reply = door.get("/audit/export?format=jsonl")
    assert (reply.status, reply.headers["content-type"]) == (200, "application/jsonl")
    report = verify_range(reply.body.splitlines(), door.get("/audit/verify").json["key_sha256"])
    assert report.valid
    assert report.events == door.get("/audit/verify").json["events"]


def test_csv_is_what_a_search_finds_and_no_formula(house: House, door: Door) -> None:
    made = door.post("/teams", {"name": f"=cmd|'{unique('team')}'!A1"}).json
    reply = door.get(f"/audit/export?format=csv&object_id={made['id']}&via=test&outcome=success")
    assert reply.headers["content-type"].startswith("text/csv")
    (row,) = csv.DictReader(io.StringIO(reply.body.decode()))
    assert (row["action"], row["object_id"], row["via"]) == ("team.created", made["id"], "test")
    assert json.loads(row["details"])["name"] == made["name"]
    assert row["rule"] == "role:administrator"
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row.values())


def test_a_stretch_with_gaps_is_refused(door: Door) -> None:
    reply = door.get("/audit/export?format=jsonl&action=token.created")
    assert (reply.status, reply.fields) == (422, {"format"})
    for query in ("format=xml", "", "format=csv&nothing=1", "format=csv&outcome=well"):
        assert door.get(f"/audit/export?{query}").status == 422


def test_who_may_not_read_the_trail_gets_no_file(house: House) -> None:
    denied = house.door.with_token(house.secrets[Role.CA_OPERATOR])
    for form in ("jsonl", "csv"):
        assert denied.get(f"/audit/export?format={form}").status == 403
