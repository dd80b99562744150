"""Requests of the access tests for operations that only read: the path to a real object, and the text that shows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote

from pki_manager.domain.rights.actor import build_system_actor
from pki_manager.worker.outbox import run_outbox
from tests.architecture.audit_row import Asked, profile_definition
from tests.architecture.audit_table import TABLE, issue
from tests.protocols.rest.door import Door, House, unique
from tests.support.csrs import make_csr


@dataclass(frozen=True)
class Read:
    """A read of an object. `marker` is in the response for callers who may see the object, and in no other response."""

    asked: Asked
    marker: str = ""


Prepare = Callable[[House, Door], Read]


def _of(operation: str, query: str = "") -> Prepare:
    """Return the object that a changing operation would change."""

    def prepare(house: House, door: Door) -> Read:
        asked = TABLE[operation].prepare(house, door)
        return Read(Asked(asked.path[:1], query=query), asked.path[0])

    return prepare


def _listed(operation: str) -> Prepare:
    def prepare(house: House, door: Door) -> Read:
        return Read(Asked(query="?limit=200"), TABLE[operation].prepare(house, door).path[0])

    return prepare


def _certificate(query: str = "") -> Prepare:
    return lambda _house, door: Read(Asked((issue(door),), query=query))


def _nothing(query: str = "") -> Prepare:
    return lambda _house, _door: Read(Asked(query=query))


def _crl(query: str = "") -> Prepare:
    def prepare(_house: House, door: Door) -> Read:
        made = door.post("/cas/Issuing%20CA/crls").json
        return Read(Asked(("Issuing CA", made["id"]), query=query), made["id"])

    return prepare


def _current_crl(query: str = "") -> Prepare:
    def prepare(_house: House, door: Door) -> Read:
        made = door.post("/cas/Issuing%20CA/crls").json
        return Read(Asked(("Issuing CA",), query=query), made["id"])

    return prepare


def _bulk(query: str = "") -> Prepare:
    def prepare(house: House, door: Door) -> Read:
        asked = TABLE["submit_bulk"].prepare(house, door)
        content, kind = asked.content()
        job = door.send("POST", "/certificates/bulk" + asked.query, content, kind).json["id"]
        run_outbox(house.ctx, build_system_actor("worker"))
        return Read(Asked((job,), query=query))

    return prepare


def _pem(door: Door) -> str:
    pem: str = door.get(f"/certificates/{issue(door)}").json["pem"]
    return pem


def _data(member: str) -> Prepare:
    return lambda _house, door: Read(Asked(body={member: _pem(door)}))


def _searched(_house: House, door: Door) -> Read:
    certificate = issue(door)
    name = door.get(f"/certificates/{certificate}").json["sans"][0].removeprefix("DNS:")
    return Read(Asked(query=f"?q={name}"), certificate)


def _heard(_house: House, door: Door) -> Read:
    """Return the events since a position, once. The stream for browsers sends the same events continuously."""
    position = door.get("/events").json["position"]
    certificate = issue(door)
    return Read(Asked(headers=(("Last-Event-ID", position),)), certificate)


def _without_marker(prepare: Prepare) -> Prepare:
    """Reads whose response does not name the object."""
    return lambda house, door: replace(prepare(house, door), marker="")


def _a_key(_house: House, door: Door) -> Read:
    key = door.get("/cas/Issuing%20CA").json["keys"][0]["id"]
    return Read(Asked((key,)), key)


def _all_keys(house: House, door: Door) -> Read:
    return Read(Asked(query="?limit=200"), _a_key(house, door).marker)


def _a_ca(_house: House, door: Door) -> Read:
    return Read(Asked(("Issuing CA",)), door.get("/cas/Issuing%20CA").json["id"])


def _cas(house: House, door: Door) -> Read:
    return Read(Asked(query="?limit=200"), _a_ca(house, door).marker)


def _profiles(_house: House, _door: Door) -> Read:
    return Read(Asked(query="?limit=200"), '"tls-server"')


def _a_blocked_key(house: House, door: Door) -> Read:
    (key,) = TABLE["unblock_key"].prepare(house, door).path
    return Read(Asked((key,)), key)


READING: Mapping[str, Prepare] = {
    "get_bulk": _bulk(),
    "list_bulk_rows": _bulk(),
    "get_bulk_file": _bulk(),
    "list_certificates": lambda _house, door: Read(Asked(query="?limit=200"), issue(door)),
    "get_certificate": _certificate(),
    "get_certificate_chain": _certificate(),
    "get_certificate_status": _without_marker(_certificate()),
    "export_certificate": _certificate("?format=pem"),
    "list_cas": _cas,
    "get_ca": _a_ca,
    "get_ca_chain": _without_marker(_a_ca),
    "list_crls": _without_marker(_a_ca),
    "get_current_crl": _current_crl(),
    "export_current_crl": _without_marker(_current_crl("?format=pem")),
    "get_crl": _crl(),
    "export_crl": _without_marker(_crl("?format=pem")),
    "list_requests": _listed("cancel_request"),
    "get_request": _of("cancel_request"),
    "list_approvals": _nothing(),
    "get_approval_rules": _nothing(),
    "get_approval": _of("approve"),
    "list_profiles": _profiles,
    "get_profile": lambda _house, _door: Read(Asked(("tls-server",))),
    "list_tokens": _listed("revoke_token"),
    "list_credentials": _listed("revoke_credential"),
    "get_credential": _of("revoke_credential"),
    "list_credential_devices": _without_marker(_of("revoke_credential")),
    "list_enrollment_protocols": _nothing(),
    "get_recipes": _nothing("?ca=Issuing%20CA&profile=tls-server"),
    "list_acme_accounts": _listed("revoke_acme_account"),
    "get_acme_account": _of("revoke_acme_account"),
    "list_users": _nothing(),
    "get_user": _of("disable_user"),
    "get_user_grants": _without_marker(_of("disable_user")),
    "list_user_identities": _without_marker(_of("disable_user")),
    "list_sessions": _nothing(),
    "get_me": _nothing(),
    "list_own_sessions": _nothing(),
    "list_roles": _nothing(),
    "list_permissions": _nothing(),
    "list_settings": _nothing(),
    "search": _searched,
    "stream_events": _heard,
    "get_role": _of("retire_role"),
    "list_teams": _nothing(),
    "get_team": _of("add_team_member"),
    "list_service_accounts": _nothing(),
    "get_service_account": _of("disable_service_account"),
    "list_factors": _nothing(),
    "list_blocked_keys": _nothing(),
    "get_blocked_key": _a_blocked_key,
    "list_keys": _all_keys,
    "get_key": _a_key,
    "list_backends": _nothing(),
    "get_backend": lambda _house, _door: Read(Asked(("embedded",))),
    "list_jobs": _nothing(),
    "get_job": _of("cancel_job"),
    "list_audit": _nothing(),
    "verify_audit": _nothing(),
    "export_audit": _nothing("?format=csv"),
    "get_clock": _nothing(),
    "get_status": _nothing(),
    "get_dashboard": _nothing(),
    "decode": _data("data"),
    "lint": _data("data"),
    "verify": _data("certificate"),
    "check_profile": lambda _house, _door: Read(Asked(body=profile_definition(unique("check")))),
    "preview_profile": lambda _house, _door: Read(
        Asked(body={"definition": profile_definition(unique("trial")), "csr": make_csr("www.example.com")})
    ),
    "preview_ca": lambda _house, _door: Read(
        Asked(body={"name": unique("Preview"), "subject": "CN=Preview", "parent": "Root CA"})
    ),
    "check_import": lambda house, door: Read(TABLE["import_ca"].prepare(house, door)),
    "check_backend": lambda _house, _door: Read(Asked(("embedded",))),
}


def target(path: str, asked: Asked) -> str:
    """Return the path of the operation with the names of the object, and the query."""
    names = iter(asked.path)
    return quote("/".join(next(names) if part.startswith("{") else part for part in path.split("/"))) + asked.query
