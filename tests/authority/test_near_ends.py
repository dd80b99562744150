"""What ends soon is listed before relying parties notice: CAs, CRLs, OCSP signers, and the TLS certificate."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pki_manager.authority.installation import queries
from pki_manager.authority.installation.expirations import CA_DAYS, EndKind, NearEnd, find_ends, list_near_ends
from pki_manager.authority.installation.tls import TLS_FOLDER, ensure_tls_certificate
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status import ocsp_signer, publish_crl
from pki_manager.domain.errors import AccessError
from pki_manager.domain.rights.actor import Scope, build_system_actor
from pki_manager.domain.rights.permission import Permission
from tests.fakes.clock import FrozenClock
from tests.support.factories import ADMIN, as_role
from tests.support.odd_rights import but, limited

WORKER = build_system_actor("worker")
SECOND = timedelta(seconds=1)


def kinds(ctx: Context) -> list[tuple[EndKind, str | None]]:
    return [(end.kind, end.ca) for end in list_near_ends(ctx, ADMIN)]


def publish(ctx: Context) -> None:
    publish_crl.publish_due(ctx, WORKER)
    ocsp_signer.ensure_all(ctx)


def test_nothing_is_near_its_end_in_a_new_installation(ctx: Context) -> None:
    publish(ctx)
    assert list_near_ends(ctx, ADMIN) == ()


def test_a_ca_is_near_its_end_for_90_days_until_it_has_ended(ctx: Context, clock: FrozenClock) -> None:
    end = next(one.not_after for one in find_ends(ctx, ADMIN).cas if one.ca == "Issuing CA")
    assert end is not None
    listed = (EndKind.CA, "Issuing CA")
    clock.set(end - CA_DAYS - SECOND)
    assert listed not in kinds(ctx)
    clock.set(end - CA_DAYS)
    assert NearEnd(EndKind.CA, "Issuing CA", end) in list_near_ends(ctx, ADMIN)
    with pytest.raises(AccessError, match="Requires the permission `status:read`"):
        list_near_ends(ctx, as_role(None))
    clock.set(end + SECOND)
    assert listed not in kinds(ctx)


def test_only_the_cas_that_the_actor_may_read_are_listed(ctx: Context) -> None:
    with ctx.ports.storage.read() as reader:
        root = next(ca.id for ca in reader.cas.list_all() if ca.name == "Root CA")
    assert {one.ca for one in find_ends(ctx, ADMIN).cas} == {"Root CA", "Issuing CA"}
    of_root = limited(Permission.CA_READ, Scope(cas=frozenset({root})))
    assert [one.ca for one in find_ends(ctx, of_root).cas] == ["Root CA"]
    assert find_ends(ctx, but(Permission.CA_READ)).cas == ()


def test_crls_and_ocsp_signers_are_listed_from_the_last_tenth_of_their_lifetime_on(
    ctx: Context, clock: FrozenClock
) -> None:
    publish(ctx)
    ends = next(one for one in find_ends(ctx, ADMIN).cas if one.ca == "Issuing CA")
    assert ends.crl is not None
    assert ends.ocsp_signer is not None
    signer = ends.ocsp_signer
    for kind, end, life in (
        (EndKind.CRL, ends.crl, ctx.config.crl_validity),
        (EndKind.OCSP_SIGNER, signer.not_after, signer.not_after - signer.not_before),
    ):
        clock.set(end - life / 10 - SECOND)
        assert (kind, "Issuing CA") not in kinds(ctx)
        for moment in (end - life / 10, end + timedelta(days=1)):
            clock.set(moment)
            assert NearEnd(kind, "Issuing CA", end) in list_near_ends(ctx, ADMIN)


def test_the_tls_certificate_of_this_host_is_listed(ctx: Context, clock: FrozenClock) -> None:
    home = ctx.config.checkpoints.parent
    ensure_tls_certificate(ctx, WORKER, names=["DNS:localhost"], directory=home / TLS_FOLDER, password=b"a password")
    validity = find_ends(ctx, ADMIN).tls
    assert validity is not None
    last = validity.not_after - (validity.not_after - validity.not_before) / 10
    clock.set(last - SECOND)
    assert (EndKind.TLS, None) not in kinds(ctx)
    clock.set(last)
    assert NearEnd(EndKind.TLS, None, validity.not_after) in list_near_ends(ctx, ADMIN)


def test_readiness_names_a_crl_and_an_ocsp_signer_that_were_not_renewed(ctx: Context, clock: FrozenClock) -> None:
    publish(ctx)
    ends = next(one for one in find_ends(ctx, ADMIN).cas if one.ca == "Issuing CA")
    assert ends.crl is not None
    assert ends.ocsp_signer is not None
    signer = ends.ocsp_signer
    for name, end, life in (
        ("crl", ends.crl, ctx.config.crl_validity),
        ("ocsp_signer", signer.not_after, signer.not_after - signer.not_before),
    ):
        for moment, state in (
            (end - life / 10 - SECOND, "ok"),
            (end - life / 10, "overdue"),
            (end, "overdue"),
            (end + SECOND, "expired"),
        ):
            clock.set(moment)
            part = queries.get_readiness(ctx)[name]
            assert part.state == state
            assert (part.reason is None) == (state == "ok")
