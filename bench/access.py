"""The cost of an access decision for a user with many limited grants: only the last one permits it, or none does."""

from __future__ import annotations

import time
from uuid import UUID

from bench.load import report
from pki_manager.domain.names import AlternativeName, NameKind
from pki_manager.domain.rights.actor import Actor, ActorKind, Grant, Reach, Scope
from pki_manager.domain.rights.permission import Permission
from pki_manager.policy.access import Target, is_allowed

_COUNT = 20_000
_GRANTS = 20
_CA = UUID(int=1)
_NAMES = tuple(AlternativeName(NameKind.DNS, f"host-{number}.last.example.com") for number in range(10))


def main() -> None:
    actor = Actor(
        kind=ActorKind.USER,
        id="user:1",
        name="one",
        via="rest",
        grants=tuple(map(_grant, range(_GRANTS))),
        team_ids=frozenset(),
    )
    for told, ca in (("yes, by the last grant", _CA), ("no", UUID(int=2))):
        target = Target(ca=ca, profile="tls-server", owner="user:1", names=_NAMES)
        if is_allowed(actor, Permission.CERTIFICATE_ISSUE, target) is not (ca == _CA):
            raise SystemExit(f"the decision is not: {told}")
        began = time.process_time()
        for _ in range(_COUNT):
            is_allowed(actor, Permission.CERTIFICATE_ISSUE, target)
        spent = (time.process_time() - began) / _COUNT * 1e6
        report("pki-manager", f"access decision, {_GRANTS} grants, {len(_NAMES)} names: {told}", spent, "us")


def _grant(number: int) -> Grant:
    domain = "last.example.com" if number == _GRANTS - 1 else f"d{number}.example.com"
    scope = Scope(
        cas=frozenset({_CA}),
        profiles=frozenset({"tls-server", "tls-client"}),
        names=frozenset({AlternativeName(NameKind.DNS, domain)}),
        reach=Reach.OWN,
    )
    return Grant(role=f"role-{number}", permissions=frozenset({Permission.CERTIFICATE_ISSUE}), scope=scope)
