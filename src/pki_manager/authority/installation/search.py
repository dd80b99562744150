"""Search for CAs, certificates, certificate requests, and users by name or number.

Each kind of object requires the permission to read it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice

from pki_manager.authority.kernel import guard
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.request_view import is_visible
from pki_manager.domain.ca import CertificateAuthority
from pki_manager.domain.certificate import Certificate, format_serial
from pki_manager.domain.errors import NotFound
from pki_manager.domain.ids import is_uuid, parse_uuid
from pki_manager.domain.names import AlternativeName
from pki_manager.domain.people.user import User
from pki_manager.domain.queue import QueuedRequest
from pki_manager.domain.rights.actor import Actor, build_user_actor_id
from pki_manager.policy import access, scopes
from pki_manager.policy.access import Permission
from pki_manager.ports.certificates import CertificateFilter
from pki_manager.ports.requests import RequestFilter
from pki_manager.ports.unit_of_work import Reader

MAX_MATCHES = 50

_REQUESTERS = 3
"""Maximum number of users found by the beginning of their username whose certificates and requests are included."""


class FoundKind(StrEnum):
    """The kind of an object that a search found."""

    CA = "ca"
    CERTIFICATE = "certificate"
    REQUEST = "request"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Found:
    """An object that a search found.

    `name` is the common name, `detail` distinguishes the object from others, `state` is its present state.
    """

    kind: FoundKind
    id: str
    name: str
    detail: str
    state: str


def search(ctx: Context, actor: Actor, text: str, limit: int) -> tuple[Found, ...]:
    """Return at most `limit` objects of each kind that the actor may read: CAs, certificates, requests, users.

    CAs are found by any part of their name; certificates by any part of a name, of the subject, or of the serial
    number, or by fingerprint; certificates and requests by ID or requester; users by the beginning of their username.
    """
    access.require_somewhere(actor, Permission.SELF_READ)
    words = text.strip()
    now = ctx.ports.clock.now()

    def read(reader: Reader) -> tuple[Found, ...]:
        users = _users(reader, actor, words, limit)
        owners = [words, *(build_user_actor_id(user.id) for user in users[:_REQUESTERS])]
        found = (
            (_of_ca(ca, now) for ca in _cas(reader, actor, words, limit)),
            (_of_certificate(one, now) for one in _certificates(reader, actor, words, owners, now, limit)),
            (_of_request(one) for one in _requests(reader, actor, words, owners, limit)),
            (_of_user(user) for user in users),
        )
        return tuple(one for kind in found for one in islice(dict.fromkeys(kind), limit))

    return ctx.ports.storage.read_recent(actor, read)


def _cas(reader: Reader, actor: Actor, words: str, limit: int) -> Sequence[CertificateAuthority]:
    return reader.cas.search_by_name(words, limit, scopes.compute_visibility(actor, Permission.CA_READ))


def _certificates(
    reader: Reader, actor: Actor, words: str, owners: list[str], now: datetime, limit: int
) -> Iterator[Certificate]:
    visible = scopes.compute_visibility(actor, Permission.CERTIFICATE_READ)
    conditions = [CertificateFilter(query=words, visible=visible)]
    conditions += [CertificateFilter(owner=owner, visible=visible) for owner in owners]
    for where in conditions:
        yield from guard.filter_readable(reader, actor, reader.certificates.page(where, now, None, limit).items)


def _requests(reader: Reader, actor: Actor, words: str, owners: list[str], limit: int) -> Iterator[QueuedRequest]:
    visible = scopes.compute_visibility(actor, Permission.REQUEST_READ)
    pages = (reader.requests.page(RequestFilter(owner=owner, visible=visible), None, limit) for owner in owners)
    found = [*_request_of_id(reader, words), *(request for page in pages for request in page.items)]
    yield from (request for request in found if is_visible(reader, actor, request))


def _request_of_id(reader: Reader, words: str) -> Iterator[QueuedRequest]:
    if "-" in words and is_uuid(words):  # without hyphens it may be a serial number
        try:
            yield reader.requests.get(parse_uuid(words, "request"))
        except NotFound:
            return


def _users(reader: Reader, actor: Actor, words: str, limit: int) -> list[User]:
    if not access.is_allowed(actor, Permission.USER_READ):
        return []
    return list(reader.users.list_by_login_prefix(words.lower(), limit))


def _of_ca(ca: CertificateAuthority, now: datetime) -> Found:
    return Found(FoundKind.CA, str(ca.id), ca.name, str(ca.subject), ca.state_at(now))


def _of_certificate(certificate: Certificate, now: datetime) -> Found:
    number = format_serial(certificate.serial)
    name = certificate.sans[0].value if certificate.sans else certificate.subject
    detail = f"{certificate.profile} {number}"
    return Found(FoundKind.CERTIFICATE, str(certificate.id), name or number, detail, certificate.state(now))


def _of_request(request: QueuedRequest) -> Found:
    enrolment = request.enrolment
    plan = json.loads(enrolment.plan_json)
    name = str(AlternativeName.parse(plan["sans"][0]).value) if plan["sans"] else plan["subject"]
    detail = f"{enrolment.profile} {request.requester_name}"
    return Found(FoundKind.REQUEST, str(enrolment.id), name or str(enrolment.id), detail, enrolment.state)


def _of_user(user: User) -> Found:
    return Found(FoundKind.USER, str(user.id), user.login, user.display_name, user.state)
