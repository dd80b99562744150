"""The consequences of an operation in words and numbers, for approvers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pki_manager.authority.status.revoke import list_cas_below
from pki_manager.domain.approval import Approval, Operation
from pki_manager.domain.ca import CaState
from pki_manager.domain.ids import is_uuid
from pki_manager.ports.unit_of_work import Reader


@dataclass(frozen=True, slots=True)
class Consequence:
    """One consequence of an operation. `code` is stable.

    `count` is the number of objects that `text` is about, None if none are counted.
    """

    code: str
    text: str
    count: int | None = None


def list_consequences(approval: Approval, reader: Reader | None, now: datetime) -> tuple[Consequence, ...]:
    """Return the consequences of the operation that follow from its frozen body.

    With a reader, the numbers of affected objects at `now` are included.
    """
    body = json.loads(approval.body)
    said = _SAID.get(approval.operation)
    found = () if said is None else tuple(said(body))
    if reader is None or approval.operation not in _COUNTED or not is_uuid(approval.object_id):
        return found
    return (*_counted(reader, UUID(approval.object_id), approval.operation, now), *found)


def _counted(reader: Reader, ca_id: UUID, operation: Operation, now: datetime) -> Iterator[Consequence]:
    valid = reader.census.count_totals(now, None).valid_by_ca.get(ca_id, 0)
    if operation is Operation.CA_REVOKE:
        yield Consequence("certificates.untrusted", "Valid certificates of this CA are no longer trusted.", valid)
        children = [one for one in list_cas_below(reader, reader.cas.get(ca_id)) if one.state is CaState.ACTIVE]
        yield Consequence("cas.suspended", "Active CAs below this CA are suspended.", len(children))
    else:
        yield Consequence("certificates.kept", "Valid certificates of this CA stay valid.", valid)


def _revocation(body: Mapping[str, Any]) -> Iterator[Consequence]:
    number = len(body.get("certificates", ()))
    yield Consequence("ca_certificates.revoked", "Certificates of the CA itself are revoked.", number)
    yield Consequence("ca.stops", f"CA {body.get('name')!r} stops issuing. This cannot be undone.")


def _retirement(body: Mapping[str, Any]) -> Iterator[Consequence]:
    yield Consequence("ca.stops", f"CA {body.get('name')!r} stops issuing permanently. Its CRLs and OCSP go on.")


def _resumption(body: Mapping[str, Any]) -> Iterator[Consequence]:
    yield Consequence("ca.issues", f"CA {body.get('name')!r} can issue certificates again.")


def _signing(body: Mapping[str, Any]) -> Iterator[Consequence]:
    """Yield the consequences of signing a CA certificate: what the new CA could do."""
    terms = body.get("terms")
    if terms is None:
        yield Consequence("ca.external", "The certificate comes from a CA outside, which sets its limits.")
        return
    planned, profile, issuer = terms["planned"], terms["profile"], terms["issuer"]
    who = "itself, as a root" if issuer is None else f"CA {issuer['name']!r}"
    yield Consequence("certificate.signed", f"{planned['subject']} gets a CA certificate, signed by {who}.")
    constraints = planned["basic_constraints"] or {}
    depth = constraints.get("path_length")
    yield Consequence("ca.path_length", _levels(depth), depth)
    names = planned["name_constraints"]
    if not any(names.values()):
        yield Consequence("ca.unconstrained", "The CA can issue for every name.")
    text = f"The limits are those of profile {profile['name']!r}, version {profile['version']}."
    yield Consequence("profile.frozen", text)


def _levels(depth: int | None) -> str:
    if depth is None:
        return "Path length is not limited."
    return "Subordinate CAs are not possible." if depth == 0 else "Levels of subordinate CAs that are possible."


def _destruction(body: Mapping[str, Any]) -> Iterator[Consequence]:
    yield Consequence("key.destroyed", f"A private key of CA {body.get('name')!r} is erased. This cannot be undone.")


def _bulk(body: Mapping[str, Any]) -> Iterator[Consequence]:
    rows = body.get("rows", len(body.get("certificates", ())))
    yield Consequence("certificates.affected", "Certificates or rows are processed.", rows)


def _profile(body: Mapping[str, Any]) -> Iterator[Consequence]:
    verbs = {"create": "can be used", "update": "changes", "retire": "can no longer be used"}
    definition = body.get("definition", {})
    name, verb = definition.get("name"), verbs.get(str(body.get("verb")), "changes")
    yield Consequence("profile.changes", f"Profile {name!r} {verb} for new certificates. Issued ones stay as they are.")


def _rights(body: Mapping[str, Any]) -> Iterator[Consequence]:
    subject = body.get("login") or body["object"]["id"]
    yield Consequence("rights.change", f"{body.get('verb')}: the permissions of {subject!r} change.")
    for role in body.get("custom_roles", ()):
        text = f"Role {role['name']!r} comes with it; number of its permissions:"
        yield Consequence("role.given", text, len(role["permissions"]))
    if "permissions" in body:
        yield Consequence("permissions.given", "Permissions of the role.", len(body["permissions"]))


def _rules(body: Mapping[str, Any]) -> Iterator[Consequence]:
    text = "All approval rules are replaced; number of rules afterwards:"
    yield Consequence("rules.replaced", text, len(body["rules"]))


_SAID: Mapping[Operation, Callable[[Mapping[str, Any]], Iterator[Consequence]]] = {
    Operation.CERTIFICATE_BULK_FILE: _bulk,
    Operation.CERTIFICATE_BULK_REVOKE: _bulk,
    Operation.CA_CREATE: _signing,
    Operation.CA_INSTALL: _signing,
    Operation.CA_ROTATE: _signing,
    Operation.CA_CROSS_SIGN: _signing,
    Operation.CA_RESUME: _resumption,
    Operation.CA_RETIRE: _retirement,
    Operation.CA_REVOKE: _revocation,
    Operation.KEY_DESTROY: _destruction,
    Operation.ROLE_CHANGE: _rights,
    Operation.PROFILE_CHANGE: _profile,
    Operation.RULES_CHANGE: _rules,
}
_COUNTED = frozenset({Operation.CA_RETIRE, Operation.CA_REVOKE, Operation.CA_RESUME})
