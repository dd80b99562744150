"""What issuing keeps in memory never outlives a change of it, whoever makes the change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.kernel.directory import Directory, Stale, View
from pki_manager.domain.ca import CaState
from pki_manager.domain.errors import Conflict, NotFound, PartUnavailable
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN


def order(name: str = "www.example.com") -> Enroll:
    return Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr(name))


def suspend(ctx, state: CaState = CaState.SUSPENDED) -> None:
    """As another process does it: nothing in this one's memory hears of it."""
    with ctx.ports.storage.housekeep() as uow:
        ca = uow.cas.find("Issuing CA")
        uow.cas.set_state(ca.id, state)


def test_a_view_serves_until_the_directory_changes(ctx) -> None:
    views = []
    ctx.state.directory.consult(views.append)
    enroll(ctx, ADMIN, order())
    ctx.state.directory.consult(views.append)
    assert views[0] is views[1]
    suspend(ctx)
    ctx.state.directory.consult(lambda view: (view.confirm(), views.append(view)))
    assert views[2] is not views[0]


def test_a_ca_that_was_stopped_since_issues_nothing(ctx) -> None:
    enroll(ctx, ADMIN, order())
    suspend(ctx)
    with pytest.raises(Conflict, match=r"CA .* is suspended and cannot issue certificates"):
        enroll(ctx, ADMIN, order())
    suspend(ctx, CaState.ACTIVE)
    enroll(ctx, ADMIN, order())


def test_a_profile_that_was_changed_since_is_the_one_that_counts(ctx) -> None:
    first, _ = enroll(ctx, ADMIN, order())
    with ctx.ports.storage.housekeep() as uow:
        profile = uow.profiles.get("tls-server")
        uow.profiles.add(replace(profile, version=profile.version + 1), ctx.ports.clock.now())
    second, _ = enroll(ctx, ADMIN, order())
    assert second.profile_version == first.profile_version + 1


def test_what_was_not_there_a_moment_ago_is_found(ctx) -> None:
    missing = replace(order(), profile="newer")
    with pytest.raises(NotFound, match=r"Profile .* not found"):
        enroll(ctx, ADMIN, missing)
    with ctx.ports.storage.housekeep() as uow:
        uow.profiles.add(replace(uow.profiles.get("tls-server"), name="newer", version=1), ctx.ports.clock.now())
    assert enroll(ctx, ADMIN, missing)[0].profile == "newer"


def test_a_view_that_is_no_longer_true_says_so(ctx) -> None:
    with ctx.ports.storage.read() as reader:
        view = View(ctx.ports.storage, reader.meta.get_directory_revision())
    view.confirm()
    suspend(ctx)
    with pytest.raises(Stale):
        view.confirm()
    with pytest.raises(Stale):
        view.issuer("Issuing CA")


def test_a_directory_that_never_rests_is_told_as_unavailable(ctx) -> None:
    def work(_: View) -> None:
        raise Stale

    with pytest.raises(PartUnavailable, match="CAs or profiles changed repeatedly"):
        Directory(ctx.ports.storage).consult(work)


def test_issuing_does_not_move_the_revision(ctx) -> None:
    with ctx.ports.storage.read() as reader:
        before = reader.meta.get_directory_revision()
    enroll(ctx, ADMIN, order())
    with ctx.ports.storage.read() as reader:
        assert reader.meta.get_directory_revision() == before
