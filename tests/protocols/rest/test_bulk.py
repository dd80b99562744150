"""`/certificates/bulk`: files of rows, their limits, their results."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from cryptography import x509

from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.rights.actor import Role, build_system_actor
from pki_manager.protocols.rest.bulk_rows import CSV, MAX_OCTETS, NDJSON, read_rows
from pki_manager.worker.outbox import run_outbox
from tests.protocols.rest.door import Door, House, Reply, unique
from tests.support.csrs import make_csr

ISSUE = "/certificates/bulk?action=issue&ca=Issuing%20CA&profile=tls-server"


def send(door: Door, target: str, body: str | bytes, kind: str = CSV, **headers: str) -> Reply:
    content = body.encode() if isinstance(body, str) else body
    return door.send("POST", target, content, [("Content-Type", kind), *headers.items()])


def csv_file(*names: str) -> str:
    rows = "".join(f'ref-{name},"{make_csr(name)}"\r\n' for name in names)
    return f"reference,csr\r\n{rows}"


def test_a_csv_file_is_issued_and_its_certificates_are_one_archive(house: House, door: Door) -> None:
    names = [f"{unique('bulk')}.example.com" for _ in range(3)]
    reply = send(door, ISSUE, csv_file(*names))
    assert reply.status == 202, reply.body
    job = reply.json
    assert reply.headers["location"] == f"/certificates/bulk/{job['id']}"
    assert (job["action"], job["state"], job["phase"]) == ("issue", "queued", "checking")
    assert job["rows"] == {"total": 3, "received": 3, "checked": 0, "done": 0, "refused": 0}
    run_outbox(house.ctx, build_system_actor("worker"))
    done = door.get(f"/certificates/bulk/{job['id']}").json
    assert (done["state"], done["phase"], done["rows"]["done"]) == ("done", "working", 3)
    rows = door.get(f"/certificates/bulk/{job['id']}/rows").json["items"]
    assert [row["reference"] for row in rows] == [f"ref-{name}" for name in names]
    archive = door.get(f"/certificates/bulk/{job['id']}/file?format=pem")
    assert archive.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(archive.body)) as packed:
        found = [x509.load_pem_x509_certificate(packed.read(name)) for name in sorted(packed.namelist())]
        assert min(packed.namelist()).startswith("00001-")
    sans = [one.extensions.get_extension_for_class(x509.SubjectAlternativeName).value for one in found]
    assert [san.get_values_for_type(x509.DNSName) for san in sans] == [[name] for name in names]


def test_ndjson_rows_may_say_more_than_the_query(house: House, door: Door) -> None:
    first, second = f"{unique('bulk')}.example.com", f"{unique('bulk')}.example.com"
    lines = [
        {"csr": make_csr(first), "sans": [f"DNS:{first}", f"DNS:{second}"], "validity": "P7D", "subject": None},
        {"csr": make_csr(second)},
    ]
    reply = send(door, ISSUE, "\n".join(map(json.dumps, lines)) + "\n", NDJSON)
    assert reply.status == 202, reply.body
    run_outbox(house.ctx, build_system_actor("worker"))
    rows = door.get(f"/certificates/bulk/{reply.json['id']}/rows?state=done").json["items"]
    certificate = door.get(f"/certificates/{rows[0]['certificate']}").json
    assert certificate["sans"] == [f"DNS:{first}", f"DNS:{second}"]
    assert len(rows) == 2


def test_rows_are_read_page_by_page(house: House, door: Door) -> None:
    reply = send(door, ISSUE, csv_file(*(f"{unique('bulk')}.example.com" for _ in range(5))))
    path = f"/certificates/bulk/{reply.json['id']}/rows"
    first = door.get(f"{path}?limit=3").json
    rest = door.get(f"{path}?limit=3&cursor={first['next_cursor']}").json
    assert [row["number"] for row in first["items"] + rest["items"]] == [1, 2, 3, 4, 5]
    assert rest["next_cursor"] is None
    assert door.get(f"{path}?cursor=x").status == 400


@pytest.mark.parametrize(
    ("kind", "body", "status", "field", "rule"),
    [
        (CSV, b"", 422, "rows", "bulk.empty"),
        (CSV, b"csr\n", 422, "rows", "bulk.empty"),
        (CSV, b"csr,csr\na,b\n", 400, "rows", "bulk.header"),
        (CSV, b"csr,\na,b\n", 400, "rows", "bulk.header"),
        (CSV, b"csr\na,b\n", 400, "line 2", "bulk.cells"),
        (CSV, b'csr\n"a\n', 400, "line 2", "bulk.csv"),
        (CSV, b"csr\n\xff\n", 400, "rows", "bulk.utf8"),
        (CSV, b"csr\na\x00\n", 400, "rows", "bulk.nul"),
        (CSV, b"csr,private_key\na,b\n", 422, "rows.1.private_key", "schema.extra_forbidden"),
        (NDJSON, b"[]\n", 400, "line 1", "bulk.json"),
        (NDJSON, b"{}\n{\n", 400, "line 2", "bulk.json"),
        (NDJSON, b'{"csr":"a","csr":"b"}\n', 400, "line 1", "bulk.json"),
        (NDJSON, b'{"csr":1}\n', 422, "rows.1.csr", "bulk.value"),
        (NDJSON, b'{"csr":"a","sans":["DNS:a b"]}\n', 422, "rows.1.sans", "bulk.value"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_by_line_and_field(
    door: Door, kind: str, body: bytes, status: int, field: str, rule: str
) -> None:
    reply = send(door, ISSUE, body, kind)
    assert reply.status == status, reply.body
    error = reply.json["errors"][0]
    assert (error["field"], error["rule"]) == (field, rule)


def test_only_files_of_known_kinds_and_sizes_are_read(door: Door) -> None:
    assert send(door, ISSUE, "{}", "application/json").status == 415
    assert door.send("POST", ISSUE, b"csr\n").status == 415
    assert send(door, ISSUE, b"x" * (MAX_OCTETS + 1)).status == 413
    assert send(door, ISSUE, b"csr\n" + b'"' + b"x" * 2_000_000 + b'"').status == 400
    assert send(door, "/certificates/bulk?action=make", csv_file("a.example.com")).status == 422
    assert send(door, "/certificates/bulk", csv_file("a.example.com")).status == 422


def test_a_default_that_rows_of_the_action_do_not_have_is_refused(door: Door) -> None:
    reply = send(door, "/certificates/bulk?action=revoke&profile=tls-server", "certificate\n01\n")
    assert reply.status == 422
    assert reply.fields == {"rows.1.profile"}


def test_the_same_key_and_file_are_one_job(door: Door) -> None:
    body, headers = csv_file(f"{unique('bulk')}.example.com"), {"Idempotency-Key": unique("bulk")}
    first = send(door, ISSUE, body, **headers)
    again = send(door, ISSUE, body, **headers)
    assert (again.status, again.json["id"]) == (202, first.json["id"])
    other = send(door, ISSUE, csv_file(f"{unique('bulk')}.example.com"), **headers)
    assert (other.status, other.json["code"]) == (422, "idempotency_key_reused")


def test_formats_that_are_containers_themselves_are_not_archived(door: Door) -> None:
    job = send(door, ISSUE, csv_file(f"{unique('bulk')}.example.com")).json["id"]
    for form in ("p12", "jks", "zip"):
        assert door.get(f"/certificates/bulk/{job}/file?format={form}").status == 422


def test_what_is_no_bulk_job_is_not_found(door: Door) -> None:
    nothing = "/certificates/bulk/01a20d6d-5a00-7000-8000-000000000000"
    assert [door.get(nothing + rest).status for rest in ("", "/rows", "/file")] == [404, 404, 404]


def test_whoever_may_not_run_bulk_jobs_learns_nothing_of_the_file(house: House, door: Door) -> None:
    reply = send(door.with_token(house.secrets[Role.REQUESTER]), ISSUE, b"\xff")
    assert reply.status == 403


def test_field_values_of_json_rows_are_named_as_the_columns_of_a_csv_file() -> None:
    text = '{"csr": "x", "fields": {"sid": "S-1", "asset": null}}\n{"csr": "y", "fields.sid": "S-2"}\n'
    rows = [{"csr": "x", "fields.sid": "S-1"}, {"csr": "y", "fields.sid": "S-2"}]
    assert read_rows(text.encode(), NDJSON, {}) == rows
    csv = "csr,fields.sid\nx,S-1\ny,S-2\n"
    assert read_rows(csv.encode(), CSV, {}) == rows
    with pytest.raises(InvalidInput, match=r"Row 1: fields\.sid must be text") as caught:
        read_rows(b'{"csr": "x", "fields": {"sid": 5}}', NDJSON, {})
    assert [error.field for error in caught.value.errors] == ["rows.1.fields.sid"]
