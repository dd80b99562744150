"""Sign-out at an identity provider that ends sessions here."""

from __future__ import annotations

from pathlib import Path

import pytest

from pki_manager.authority.people.backchannel_logout import sign_out
from pki_manager.authority.people.second_step import Proof, complete_sign_in
from pki_manager.authority.people.sessions import SignedIn, list_own
from pki_manager.domain.errors import Malformed, NotFound
from pki_manager.domain.people.identity import SignInPurpose
from pki_manager.storage.storage import SqlStorage
from tests.fakes.clock import FrozenClock
from tests.support.memory.events import records, refuses
from tests.support.people import VISITOR, acting
from tests.support.sign_in_ways import Case, make_case


@pytest.fixture
def case(tmp_path: Path, storage: SqlStorage, clock: FrozenClock) -> Case:
    """A user with an account at a provider, and with second factors."""
    return make_case(tmp_path, storage, clock)


def by_provider(case: Case) -> SignedIn:
    waiting = case.back(case.ctx, case.visit(SignInPurpose.SIGN_IN))
    return complete_sign_in(case.ctx, VISITOR, waiting, Proof(recovery_code=case.codes[1]))


def open_sessions(case: Case, signed_in: SignedIn) -> set[object]:
    return {one.id for one in list_own(case.ctx, acting(case.ctx, signed_in), None, 10).items}


def test_sessions_that_began_at_the_provider_end_and_others_stay(case: Case) -> None:
    by_password, from_provider = case.here(), by_provider(case)
    before = open_sessions(case, by_password)
    with records(case.ctx, "identity.signed_out"):
        assert sign_out(case.ctx, VISITOR, "corp", "token 1") == 1
    assert before - open_sessions(case, by_password) == {from_provider.session.id}


def test_a_token_counts_once(case: Case) -> None:
    sign_out(case.ctx, VISITOR, "corp", "token 1")
    with refuses(case.ctx, Malformed, "oidc.jti"):
        sign_out(case.ctx, VISITOR, "corp", "token 1")


def test_a_user_who_is_unknown_here_has_no_sessions_and_an_event(case: Case) -> None:
    case.provider.subject = "unknown"
    with records(case.ctx, "identity.signed_out"):
        assert sign_out(case.ctx, VISITOR, "corp", "token 1") == 0


def test_an_invalid_token_and_an_unknown_provider_end_nothing(case: Case) -> None:
    with refuses(case.ctx, Malformed, "oidc.signature"):
        sign_out(case.ctx, VISITOR, "corp", "forged")
    with refuses(case.ctx, NotFound, "other"):
        sign_out(case.ctx, VISITOR, "other", "token 1")
