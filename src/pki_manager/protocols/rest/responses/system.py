"""The installation and the caller as they are answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from pki_manager.authority.installation.expirations import EndKind
from pki_manager.authority.installation.expirations import NearEnd as FoundEnd
from pki_manager.authority.kernel.clock import ClockView
from pki_manager.authority.kernel.disk import PartState
from pki_manager.authority.signing import status_urls
from pki_manager.domain.rights.actor import ActorKind
from pki_manager.protocols.rest.responses.people import OwnSession, User


class Me(BaseModel):
    """Who the caller is here, and what that allows. `user` and `session` are null for who is no user.

    `is_fresh`: whether dangerous things need no further proof of who it is.
    """

    kind: ActorKind
    id: str
    name: str
    via: str
    role: str | None
    roles: list[str]
    permissions: list[str]
    is_fresh: bool
    user: User | None
    session: OwnSession | None


class Part(BaseModel):
    name: str
    state: str
    reason: str | None


class Notice(BaseModel):
    """A condition that an operator has to repair, with the commands that do it, in this order.

    `ca` is the name of the CA concerned; null for the installation.
    """

    model_config = ConfigDict(from_attributes=True)

    code: str
    message: str
    ca: str | None
    commands: list[str]


class NearEnd(BaseModel):
    """A CA that ends within 90 days, or a CRL, OCSP signer, or TLS certificate that was not renewed in time.

    `ca` is the name of the CA; null for the server's TLS certificate.
    """

    model_config = ConfigDict(from_attributes=True)

    kind: EndKind
    ca: str | None
    ends_at: datetime


class Status(BaseModel):
    """Components with their state, and `notices`: conditions that do not stop the server but have to be repaired.

    `near_ends`: CAs of the caller's scope that end soon, and what the server should have renewed.
    """

    version: str
    ready: bool
    parts: list[Part]
    notices: list[Notice]
    near_ends: list[NearEnd]

    @classmethod
    def of(
        cls,
        version: str,
        parts: Mapping[str, PartState],
        notices: Sequence[status_urls.Notice],
        near_ends: Sequence[FoundEnd],
    ) -> Status:
        return cls(
            version=version,
            ready=all(part.state == "ok" for part in parts.values()),
            parts=[Part(name=name, state=part.state, reason=part.reason) for name, part in parts.items()],
            notices=[Notice.model_validate(notice) for notice in notices],
            near_ends=[NearEnd.model_validate(end) for end in near_ends],
        )


class ClockState(BaseModel):
    """Whether signatures can rely on this host's clock.

    `time` is what the server takes for the time; `last_signature` is null before the first. `ahead` and `behind`: the
    clock is wrong, nothing is signed, and `reason` says what to do.
    """

    model_config = ConfigDict(from_attributes=True)

    state: Literal["ok", "ahead", "behind"]
    time: datetime
    last_signature: datetime | None
    reason: str | None

    @classmethod
    def of(cls, view: ClockView) -> ClockState:
        return cls.model_validate(view)
