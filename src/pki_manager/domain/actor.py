"""Who asks, by which door, with which rights."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class ActorKind(StrEnum):
    ANONYMOUS = "anonymous"
    LOCAL = "local"
    TOKEN = "token"
    SYSTEM = "system"


class Role(StrEnum):
    ADMINISTRATOR = "administrator"
    CA_OPERATOR = "ca-operator"
    REGISTRATION_AUTHORITY = "registration-authority"
    REQUESTER = "requester"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """`id` is stable (`local:alice`, `token:<uuid>`, `system:worker`); `via` the door; `role` None means no rights."""

    kind: ActorKind
    id: str
    name: str
    via: str
    role: Role | None
    peer: str | None = None
    request_id: str | None = None
    team_id: UUID | None = None


def system(name: str) -> Actor:
    """The product itself: scheduler, worker, first start."""
    return Actor(kind=ActorKind.SYSTEM, id=f"system:{name}", name=name, via=name, role=Role.ADMINISTRATOR)


OCSP_SIGNER = system("ocsp")
"""Who owns the certificates of delegated OCSP signers."""

ANONYMOUS = Actor(kind=ActorKind.ANONYMOUS, id="anonymous", name="anonymous", via="rest", role=None)
