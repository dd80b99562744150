"""Chains, and what is wrong with status URLs."""

from __future__ import annotations

from pki_manager.authority.cas.views import show_ca
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.issuers import get_current_certificate, sort_by_preference
from pki_manager.authority.signing.chains import drop_root, find_chains
from pki_manager.authority.signing.status_urls import find_notices, list_notices
from tests.support.factories import ADMIN
from tests.support.issuing import issue_one


def test_a_chain_is_sent_without_its_root(ctx: Context) -> None:
    issued = issue_one(ctx)
    with ctx.ports.storage.read() as reader:
        usual = find_chains(reader, issued, ctx.ports.clock.now()).usual
    assert [one.subject for one in drop_root(usual)][1:] == ["CN=Issuing CA"]
    assert list(drop_root(usual[-1:])) == list(usual[-1:])


def test_the_certificate_of_a_key_is_its_best_one(ctx: Context) -> None:
    key = show_ca(ctx, ADMIN, "Issuing CA").keys[0]
    with ctx.ports.storage.read() as reader:
        assert get_current_certificate(reader, key.key) == key.certificates[0]
    assert sort_by_preference(key.certificates) == list(key.certificates)


def test_notices_of_status_urls_are_the_same_while_the_database_is_available(ctx: Context) -> None:
    assert list_notices(ctx) == find_notices(ctx)
