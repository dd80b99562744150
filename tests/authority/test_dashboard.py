"""The overview counts what the caller may read, and nothing else."""

from __future__ import annotations

from uuid import UUID

import pytest

from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.installation.dashboard import Dashboard, show_dashboard
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.names import AlternativeName, NameKind
from pki_manager.domain.rights.actor import Actor, ActorKind, Grant, Reach, Scope
from pki_manager.policy.access import Permission
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN

READING = frozenset({Permission.CERTIFICATE_READ, Permission.CA_READ})


def reader(permissions: frozenset[Permission] = READING, **scope: object) -> Actor:
    grant = Grant(role="reader", permissions=permissions, scope=Scope(**scope))
    return Actor(kind=ActorKind.USER, id="user:reader", name="reader", via="rest", grants=(grant,))


@pytest.fixture
def issued(ctx: Context) -> Certificate:
    order = Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("www.example.com"))
    return enroll(ctx, ADMIN, order)[0]


def total(shown: Dashboard) -> tuple[int, ...]:
    """Of every count the sum."""
    parts = (shown.by_state, shown.valid_by_ca, shown.valid_by_profile, shown.valid_by_key_type)
    return *(sum(part.values()) for part in parts), *(
        sum(s.number for s in part) for part in (shown.ending, shown.issued)
    )


@pytest.mark.parametrize(
    "scope",
    [
        {"cas": frozenset({UUID(int=1)})},
        {"profiles": frozenset({"tls-client"})},
        {"names": frozenset({AlternativeName(NameKind.DNS, "example.org")})},
        {"reach": Reach.TEAM},
        {"reach": Reach.OWN},
    ],
    ids=["ca", "profile", "names", "team", "own"],
)
def test_what_lies_outside_of_the_scope_is_in_no_count(
    ctx: Context, issued: Certificate, scope: dict[str, object]
) -> None:
    assert min(total(show_dashboard(ctx, ADMIN))) > 0
    assert total(show_dashboard(ctx, reader(**scope))) == (0,) * 6


def test_who_is_limited_to_a_ca_sees_its_count_and_its_health_alone(ctx: Context, issued: Certificate) -> None:
    shown = show_dashboard(ctx, reader(cas=frozenset({issued.ca_id})))
    assert set(shown.valid_by_ca) == {issued.ca_id}
    assert [one.ca.id for one in shown.cas] == [issued.ca_id]
    assert len(show_dashboard(ctx, ADMIN).cas) > 1


def test_cas_and_jobs_are_for_who_may_read_those(ctx: Context, issued: Certificate) -> None:
    shown = show_dashboard(ctx, reader(frozenset({Permission.CERTIFICATE_READ})))
    assert (shown.cas, shown.failed_jobs) == ((), None)
    assert show_dashboard(ctx, ADMIN).failed_jobs == 0
