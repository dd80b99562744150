"""Actors that are not users."""

from pki_manager.domain.rights.actor import ANONYMOUS, ActorKind, build_system_actor


def test_the_product_itself_and_nobody_as_actors():
    assert (build_system_actor("worker").kind, build_system_actor("worker").id) == (ActorKind.SYSTEM, "system:worker")
    assert (ANONYMOUS.kind, ANONYMOUS.grants) == (ActorKind.ANONYMOUS, ())
