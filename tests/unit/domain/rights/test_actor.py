"""Actors that are not users."""

from pki_manager.domain.rights.actor import ANONYMOUS, ActorKind, system


def test_the_product_itself_and_nobody_as_actors():
    assert (system("worker").kind, system("worker").id) == (ActorKind.SYSTEM, "system:worker")
    assert (ANONYMOUS.kind, ANONYMOUS.grants) == (ActorKind.ANONYMOUS, ())
