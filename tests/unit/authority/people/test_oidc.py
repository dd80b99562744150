"""Sign-in with an identity provider."""

from __future__ import annotations

from pathlib import Path

import pytest

from pki_manager.authority.people import oidc, second_step
from pki_manager.authority.people.factors import PasskeyAnswer
from pki_manager.authority.people.second_step import Proof
from pki_manager.domain.errors import Forbidden, IdentityRefused, NotFound, SignInFailed
from pki_manager.domain.people.identity import SignInPurpose
from pki_manager.domain.people.session import Stage
from pki_manager.policy.access import Permission
from pki_manager.ports.identity import Callback
from pki_manager.storage.storage import SqlStorage
from tests.fakes.clock import FrozenClock
from tests.support.memory.events import POWERLESS, records, refuses
from tests.support.people import VISITOR
from tests.support.sign_in_ways import Case, make_case


@pytest.fixture
def case(tmp_path: Path, storage: SqlStorage, clock: FrozenClock) -> Case:
    """A user with an account at a provider, and with second factors."""
    return make_case(tmp_path, storage, clock)


def test_a_returning_user_is_asked_for_the_second_factor(case: Case) -> None:
    assert [one.name for one in oidc.list_providers(case.ctx)] == ["corp"]
    with records(case.ctx):
        visit = oidc.begin(case.ctx, VISITOR, None, "corp", SignInPurpose.SIGN_IN)
    callback = Callback(state=case.provider.state, code="code")
    waiting = oidc.finish(case.ctx, VISITOR, None, "corp", visit.secret, callback, "browser")
    assert (waiting.user.id, waiting.session.stage) == (case.user.id, Stage.SECOND_FACTOR)
    with records(case.ctx, "login.succeeded"):
        done = second_step.complete_sign_in(case.ctx, VISITOR, waiting, Proof(recovery_code=case.codes[0]))
    assert done.session.stage is Stage.ACTIVE


def test_a_callback_works_once_and_an_unknown_provider_is_not_found(case: Case) -> None:
    visit = oidc.begin(case.ctx, VISITOR, None, "corp", SignInPurpose.SIGN_IN)
    callback = Callback(state=case.provider.state, code="code")
    oidc.finish(case.ctx, VISITOR, None, "corp", visit.secret, callback, "browser")
    with records(case.ctx, "login.failed"), pytest.raises(IdentityRefused, match="sign-in"):
        oidc.finish(case.ctx, VISITOR, None, "corp", visit.secret, callback, "browser")
    with refuses(case.ctx, NotFound, "other"):
        oidc.begin(case.ctx, VISITOR, None, "other", SignInPurpose.SIGN_IN)
    here = case.here()
    with refuses(case.ctx, Forbidden, Permission.SELF_SECURE):
        oidc.begin(case.ctx, POWERLESS, here, "corp", SignInPurpose.LINK)


def test_a_provider_says_where_to_sign_out(case: Case) -> None:
    assert oidc.sign_out_url(case.ctx, "corp") == f"https://id.example/end?to={case.ctx.config.public_url}/sign-in"
    with refuses(case.ctx, NotFound, "other"):
        oidc.sign_out_url(case.ctx, "other")


def test_a_passkey_signs_in_alone(case: Case) -> None:
    options = second_step.get_passkey_options(case.ctx, VISITOR, None, case.key.origin)
    answer = PasskeyAnswer(case.key.sign(options), case.key.origin)
    with records(case.ctx, "login.succeeded"):
        opened = second_step.sign_in_by_passkey(case.ctx, VISITOR, answer, "browser")
    assert (opened.user.id, opened.session.stage) == (case.user.id, Stage.ACTIVE)
    with records(case.ctx, "login.failed"), pytest.raises(SignInFailed, match="second factor"):
        second_step.sign_in_by_passkey(case.ctx, VISITOR, answer, "browser")
