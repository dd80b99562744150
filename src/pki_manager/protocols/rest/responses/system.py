"""Response bodies of the installation and the caller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from pki_manager.authority.installation.expirations import EndKind, NearEnd
from pki_manager.authority.installation.nodes import NodeState, SettingNotice
from pki_manager.authority.kernel.clock import ClockView
from pki_manager.authority.kernel.disk import PartState
from pki_manager.authority.people.guesses import Guesses
from pki_manager.authority.signing import status_urls
from pki_manager.domain.rights.actor import ActorKind
from pki_manager.protocols.rest.responses.people import OwnSession, UserResponse


class SecurityNotice(BaseModel):
    """Condition of the user's account that the user must check.

    `second_factor_failed`: sign-ins with the password ended with a wrong second factor, `count` times. The notice ends
    when the password is changed, or 30 days after the last one.
    """

    code: Literal["second_factor_failed"]
    message: str
    count: int
    last_at: datetime

    @classmethod
    def of(cls, guesses: Guesses) -> SecurityNotice:
        message = (
            f"{guesses.count} sign-ins with your password failed at the second factor. If these were not you, your "
            "password is known to someone else: change it."
        )
        return cls(code="second_factor_failed", message=message, count=guesses.count, last_at=guesses.last_at)


class Me(BaseModel):
    """The caller and their permissions. `user` and `session` are null if the caller is not a user.

    `is_fresh` is true if sensitive operations require no further authentication.
    """

    kind: ActorKind
    id: str
    name: str
    via: str
    role: str | None
    roles: list[str]
    permissions: list[str]
    is_fresh: bool
    user: UserResponse | None
    session: OwnSession | None
    security_notices: list[SecurityNotice]


class Part(BaseModel):
    name: str
    state: str
    reason: str | None


class Notice(BaseModel):
    """Condition that an operator must repair, with the commands to run in this order.

    `ca` is the name of the affected CA; null for the installation.
    """

    model_config = ConfigDict(from_attributes=True)

    code: str
    message: str
    ca: str | None
    commands: list[str]


class NearEndResponse(BaseModel):
    """CA that expires within 90 days, or an object of the server that was not renewed in time.

    Such objects are CRLs, OCSP signing certificates, and TLS certificates. `ca` is the name of the CA; null for the TLS
    certificate of the server.
    """

    model_config = ConfigDict(from_attributes=True)

    kind: EndKind
    ca: str | None
    ends_at: datetime


class NodeResponse(BaseModel):
    """Host of the installation. `leader` is true if one of its processes runs the scheduler.

    `last_seen` is the time of its last report, by its own clock. A host reports itself every 10 s; after 30 s without a
    report it counts as stopped. `published_lag_seconds` is the age of the oldest status change that the host has not
    published yet. It is 0 if there is none, and null if the host has published nothing.
    """

    model_config = ConfigDict(from_attributes=True)

    name: str
    leader: bool
    last_seen: datetime
    published_lag_seconds: float | None


class Status(BaseModel):
    """Components with their state. `notices` are conditions that do not stop the server but must be repaired.

    `near_ends` are CAs in your scope that expire soon, and objects that the server should have renewed. `nodes` are the
    hosts of the installation; the list is empty while the database is unavailable.
    """

    version: str
    ready: bool
    parts: list[Part]
    notices: list[Notice]
    near_ends: list[NearEndResponse]
    nodes: list[NodeResponse]

    @classmethod
    def of(
        cls,
        version: str,
        parts: Mapping[str, PartState],
        notices: Sequence[status_urls.StatusUrlNotice | SettingNotice],
        near_ends: Sequence[NearEnd],
        nodes: Sequence[NodeState],
    ) -> Status:
        return cls(
            version=version,
            ready=all(part.state == "ok" for part in parts.values()),
            parts=[Part(name=name, state=part.state, reason=part.reason) for name, part in parts.items()],
            notices=[Notice.model_validate(notice) for notice in notices],
            near_ends=[NearEndResponse.model_validate(end) for end in near_ends],
            nodes=[NodeResponse.model_validate(node) for node in nodes],
        )


class ClockState(BaseModel):
    """Whether signatures can rely on the clock of this host.

    `time` is the current time of the server; `last_signature` is null before the first. If the state is `ahead` or
    `behind`, the clock is wrong and nothing is signed; `reason` says what to do.
    """

    model_config = ConfigDict(from_attributes=True)

    state: Literal["ok", "ahead", "behind"]
    time: datetime
    last_signature: datetime | None
    reason: str | None

    @classmethod
    def of(cls, view: ClockView) -> ClockState:
        return cls.model_validate(view)
