"""CRLs that were signed elsewhere, for a CA whose key is not here: checked, served, and watched."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509

from pki_manager.authority.cas.upload_crl import upload_crl
from pki_manager.authority.cas.views import CaView
from pki_manager.authority.installation.expirations import EndKind, NearEnd, get_publication_states, list_near_ends
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status.crls import get_current_crl, list_crls
from pki_manager.authority.status.follow_status import StatusFollower
from pki_manager.domain.errors import (
    Conflict,
    Forbidden,
    FreshAuthenticationRequired,
    InvalidInput,
    Malformed,
    NotFound,
    PkiError,
    PolicyRefused,
)
from pki_manager.domain.rights.actor import Role
from pki_manager.domain.rights.permission import Permission
from tests.fakes.clock import START, FrozenClock
from tests.support.factories import ADMIN, as_role
from tests.support.foreign_ca import DAY, ForeignCa
from tests.support.importing import known
from tests.support.issuing import actions
from tests.support.odd_rights import ELSEWHERE, limited

MONTH = 30 * DAY


@pytest.fixture
def root() -> ForeignCa:
    return ForeignCa()


@pytest.fixture
def view(ctx: Context, root: ForeignCa) -> CaView:
    """The root as an external CA, named `Old`."""
    return known(ctx, root)


def point(*urls: str) -> x509.IssuingDistributionPoint:
    names = [x509.UniformResourceIdentifier(url) for url in urls]
    return x509.IssuingDistributionPoint(names, None, False, False, None, False, False)


def body(ctx: Context, path: str) -> bytes | None:
    found = ctx.ports.published.find_object(path)
    return None if found is None else found.body


def test_an_uploaded_crl_is_served_at_the_address_of_its_ca(ctx: Context, root: ForeignCa, view: CaView) -> None:
    text = root.crl([(5, x509.ReasonFlags.key_compromise)], end=START + MONTH)
    record = upload_crl(ctx, ADMIN, "Old", text)
    assert (record.number, record.entries, record.next_update) == (7, 1, START + MONTH)
    der = base64.b64decode(text)
    assert [body(ctx, f"/crl/{view.ca.id}{end}") for end in ("/k1.crl", ".crl")] == [der, der]
    assert actions(ctx)[0] == "crl.uploaded"
    assert get_current_crl(ctx, ADMIN, "Old") == record
    assert list_crls(ctx, ADMIN, "Old", None, 10).items == (record,)
    with ctx.ports.storage.read() as reader:
        assert reader.revocations.find(view.keys[0].key.id, 5) is not None


def test_the_same_crl_again_changes_nothing(ctx: Context, root: ForeignCa, view: CaView) -> None:
    text = root.crl()
    record = upload_crl(ctx, ADMIN, "Old", text)
    before = actions(ctx)
    assert upload_crl(ctx, ADMIN, str(view.ca.id), text) == record
    assert actions(ctx) == before


def test_a_store_that_is_filled_anew_has_the_uploaded_crl(ctx: Context, root: ForeignCa, view: CaView) -> None:
    text = root.crl()
    upload_crl(ctx, ADMIN, "Old", text)
    ctx.ports.published.clear(0)
    assert body(ctx, f"/crl/{view.ca.id}.crl") is None
    StatusFollower(ctx).lead(ADMIN)
    assert body(ctx, f"/crl/{view.ca.id}.crl") == base64.b64decode(text)


FAULTS = {
    "the same number": ({"number": 8}, "crl.number"),
    "a lower number": ({"number": 3}, "crl.number"),
    "no number": ({"number": None}, "crl.number"),
    "from the future": ({"begin": START + DAY, "end": START + MONTH}, "crl.this_update"),
    "older than the published one": ({"begin": START - 2 * DAY}, "crl.this_update"),
    "expired": ({"end": START - timedelta(hours=1)}, "crl.next_update"),
    "another address": ({"extensions": [point("http://elsewhere.example/root.crl")]}, "crl.distribution_point"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_crl_that_does_not_follow_the_last_one_is_refused(
    ctx: Context, root: ForeignCa, view: CaView, case: str
) -> None:
    first = root.crl(number=8)
    upload_crl(ctx, ADMIN, "Old", first)
    members, rule = FAULTS[case]
    with pytest.raises(PolicyRefused) as caught:
        upload_crl(ctx, ADMIN, "Old", root.crl([(5, None)], **{"number": 9, **members}))
    assert [(one.field, one.rule) for one in caught.value.errors] == [("crl", rule)]
    assert caught.value.detail.startswith("The CRL cannot be published: it must ")
    assert body(ctx, f"/crl/{view.ca.id}.crl") == base64.b64decode(first)


def test_a_distribution_point_of_this_ca_is_accepted(ctx: Context, root: ForeignCa, view: CaView) -> None:
    url = f"{ctx.config.status_url}/crl/{view.ca.id}/k1.crl"
    assert upload_crl(ctx, ADMIN, "Old", root.crl(extensions=[point("http://other.example/x", url)])).number == 7


def other_key(root: ForeignCa) -> str:
    """A CRL with the right name and another key."""
    return ForeignCa().crl(number=9)


@pytest.mark.parametrize(
    ("text", "kind", "rule"),
    [
        (lambda root: ForeignCa("Other Root").crl(), InvalidInput, "import.crl_issuer"),
        (other_key, InvalidInput, "import.signature"),
        (lambda root: root.crl(extensions=[x509.DeltaCRLIndicator(6)]), InvalidInput, "import.crl_full"),
        (lambda root: "AAAA", Malformed, None),
    ],
    ids=["another CA", "another key", "delta", "not a CRL"],
)
def test_what_is_not_a_full_crl_of_the_ca_is_refused(
    ctx: Context, root: ForeignCa, view: CaView, text, kind: type[PkiError], rule: str | None
) -> None:
    with pytest.raises(kind) as caught:
        upload_crl(ctx, ADMIN, "Old", text(root))
    assert rule in (None, caught.value.errors[0].rule)
    assert list_crls(ctx, ADMIN, "Old", None, 10).items == ()


def test_a_ca_that_signs_its_own_crls_takes_none(ctx: Context, root: ForeignCa) -> None:
    with pytest.raises(Conflict, match="signs its CRLs in this installation"):
        upload_crl(ctx, ADMIN, "Issuing CA", root.crl())


def test_uploading_needs_a_permission_and_recent_authentication(ctx: Context, root: ForeignCa, view: CaView) -> None:
    for role, kind in ((Role.AUDITOR, Forbidden), (Role.REQUESTER, Forbidden), (None, Forbidden)):
        with pytest.raises(kind, match="permission"):
            upload_crl(ctx, as_role(role), "Old", root.crl())
    with pytest.raises(FreshAuthenticationRequired, match="recent authentication"):
        upload_crl(ctx, replace(ADMIN, is_fresh=False), "Old", root.crl())
    with pytest.raises(NotFound, match="nowhere"):
        upload_crl(ctx, ADMIN, "nowhere", root.crl())
    assert upload_crl(ctx, as_role(Role.CA_OPERATOR), "Old", root.crl()).number == 7


def test_an_operator_is_warned_before_an_uploaded_crl_expires(
    ctx: Context, root: ForeignCa, view: CaView, clock: FrozenClock
) -> None:
    end = START + MONTH
    near = NearEnd(EndKind.CRL, "Old", end, is_uploaded=True)
    upload_crl(ctx, ADMIN, "Old", root.crl(end=end))
    assert near not in list_near_ends(ctx, ADMIN)
    clock.set(end - 13 * DAY)
    assert near in list_near_ends(ctx, ADMIN)
    state = get_publication_states(ctx)["crl"]
    assert state.state == "overdue"
    assert "`pkim crl upload`" in (state.reason or "")
    clock.set(end + DAY)
    assert get_publication_states(ctx)["crl"].state == "expired"


def test_a_caller_limited_to_another_ca_uploads_none(ctx: Context, root: ForeignCa, view: CaView) -> None:
    with pytest.raises(Forbidden, match="crl:publish"):
        upload_crl(ctx, limited(Permission.CRL_PUBLISH, ELSEWHERE), "Old", root.crl())
    with pytest.raises(NotFound, match="has not published a CRL"):
        get_current_crl(ctx, ADMIN, "Old")
