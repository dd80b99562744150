"""Actors: the user or program behind a request, the interface it uses, and its permissions."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from pki_manager.domain.names import AlternativeName
from pki_manager.domain.rights.permission import Limit, Permission


class EnrollmentProtocol(StrEnum):
    """A protocol through which clients enroll. Its value is also the `via` of actors that use the protocol.

    Such a client acts as the token of its credential; it is not known who holds the credential.
    """

    ACME = "acme"
    EST = "est"
    SCEP = "scep"
    CMP = "cmp"


ENROLLMENT_DOORS = frozenset(protocol.value for protocol in EnrollmentProtocol)


class ActorKind(StrEnum):
    """The kind of an actor."""

    ANONYMOUS = "anonymous"
    LOCAL = "local"
    USER = "user"
    TOKEN = "token"
    SYSTEM = "system"


class Role(StrEnum):
    """Built-in role. Custom roles have other names."""

    ADMINISTRATOR = "administrator"
    CA_OPERATOR = "ca-operator"
    REGISTRATION_AUTHORITY = "registration-authority"
    REQUESTER = "requester"
    AUDITOR = "auditor"


class Reach(StrEnum):
    """Ownership scope: the user's own objects, own objects and those of the user's teams, or all objects."""

    OWN = "own"
    TEAM = "team"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The objects that a grant is limited to. A field that is None does not limit; an empty set permits no object.

    `names` are subtrees as in name constraints: `DNS:example.com` with everything below it, `IP:10.0.0.0/8`,
    `email:example.com`; every name of the object must be in one of them.
    """

    cas: frozenset[UUID] | None = None
    profiles: frozenset[str] | None = None
    names: frozenset[AlternativeName] | None = None
    reach: Reach = Reach.ALL

    @property
    def limited(self) -> frozenset[Limit]:
        """Return the dimensions in which this scope is limited."""
        kept = {Limit.CA: self.cas, Limit.PROFILE: self.profiles, Limit.NAMES: self.names}
        own = frozenset((Limit.REACH,)) if self.reach is not Reach.ALL else frozenset()
        return own | {limit for limit, value in kept.items() if value is not None}


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True, kw_only=True)
class Visibility:
    """The objects of a list that the caller can see: those in at least one of the scopes.

    `owner` is the caller's owner ID, `teams` are the caller's teams.
    """

    scopes: tuple[Scope, ...]
    owner: str
    teams: frozenset[UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Permissions on the objects of a scope. `role` is the name of the role in responses and in the audit log."""

    role: str
    permissions: frozenset[Permission]
    scope: Scope = EVERYTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The user or program that makes a request.

    `id` is stable (`local:alice`, `user:<uuid>`, `token:<uuid>`, `system:worker`). `via` is the interface. `user_id` is
    the user or service account behind a session or a token, else None. `team_ids` are that user's teams, `team_id` is
    the one that new objects belong to. Without grants an actor has no permissions. `is_fresh` says whether a user has
    just authenticated; it is always true for programs and local operators.
    """

    kind: ActorKind
    id: str
    name: str
    via: str
    grants: tuple[Grant, ...] = ()
    owner_id: str = ""
    user_id: UUID | None = None
    team_ids: frozenset[UUID] = field(default_factory=frozenset)
    team_id: UUID | None = None
    peer: str | None = None
    request_id: str | None = None
    rule: str | None = None
    is_fresh: bool = True

    @property
    def owner(self) -> str:
        """Return the owner ID of objects that this actor creates: that of the user behind it, else the actor's ID."""
        return self.owner_id or self.id

    @property
    def has_unknown_holder(self) -> bool:
        """Return whether the actor uses an enrollment credential, whose holder is not known."""
        return self.via in ENROLLMENT_DOORS

    @property
    def roles(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(grant.role for grant in self.grants))


def build_user_actor_id(user_id: UUID) -> str:
    """Return the actor ID of a user, which owns all objects that the user creates through any interface."""
    return f"user:{user_id}"


def list_people_behind(actor: Actor) -> tuple[str, ...]:
    """Return the IDs behind an actor, the person first. Rules about a person's own objects compare these IDs."""
    person = actor.owner if actor.user_id is None else build_user_actor_id(actor.user_id)
    return tuple(dict.fromkeys((person, actor.owner)))


def build_system_actor(name: str) -> Actor:
    """Return an actor of the program itself, for example the scheduler or the worker."""
    everything = Grant(role=Role.ADMINISTRATOR, permissions=frozenset(Permission))
    return Actor(kind=ActorKind.SYSTEM, id=f"system:{name}", name=name, via=name, grants=(everything,))


OCSP_SIGNER = build_system_actor("ocsp")
"""Actor that owns the certificates of delegated OCSP signers."""

SCEP_RA = build_system_actor("scep-ra")
"""Actor that owns the certificates of SCEP registration authorities."""

CMP_RESPONDER = build_system_actor("cmp")
"""Actor that owns the certificates of CMP responders."""

ANONYMOUS = Actor(kind=ActorKind.ANONYMOUS, id="anonymous", name="anonymous", via="rest")
