"""The validator: what hangs holds up nothing else, what fails is tried again, and each challenge is looked at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from pki_manager.authority.acme.authorizations import get_authorization, respond_to_challenge
from pki_manager.authority.audit import audit_log
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.kernel.context import Context
from pki_manager.bootstrap import Installation
from pki_manager.domain.acme.orders import AuthorizationState, Challenge, ChallengeKind, ChallengeState
from pki_manager.domain.acme.proof import Fetched
from pki_manager.domain.errors import Fault, StorageUnavailable
from pki_manager.domain.jobs import Job, JobKind, JobState
from pki_manager.policy import acme as policy
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.worker import validator as module
from pki_manager.worker.outbox import MAX_TRIES
from pki_manager.worker.validator import AT_ONCE, TRIES, TURNS, Validator
from pki_manager.worker.worker import Worker
from tests.fakes.clock import FrozenClock
from tests.fakes.hanging_validation import Hanging
from tests.support.acme_clients import Client, make_client
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN, with_ports


@pytest.fixture
def there() -> Iterator[Hanging]:
    one = Hanging("slow.example.com")
    yield one
    one.released.set()


@pytest.fixture
def client(installation: Installation, there: Hanging) -> Client:
    return make_client(with_ports(installation.ctx, validation=there))


@pytest.fixture
def validator(client: Client, there: Hanging) -> Iterator[Validator]:
    one = Validator(client.ctx)
    yield one
    there.released.set()
    settle(one)


def settle(validator: Validator) -> None:
    """Until nothing is being looked at."""
    for _ in range(2000):
        if validator.running == 0:
            return
        time.sleep(0.01)
    pytest.fail("a look does not end")


def answered(client: Client, name: str) -> Challenge:
    (one,) = client.order(name).authorizations
    view = get_authorization(client.ctx, client.account, one.id)
    challenge = next(each for each in view.challenges if each.kind is ChallengeKind.HTTP_01)
    return respond_to_challenge(client.ctx, client.actor, client.account, challenge.id)


def proved(client: Client, there: Hanging, name: str) -> Challenge:
    """Answered, and its page is there."""
    challenge = answered(client, name)
    there.pages[f"http://{name}{policy.build_http_path(challenge.token)}"] = Fetched(
        200, policy.build_key_authorization(challenge.token, client.account.thumbprint).encode(), ()
    )
    return challenge


def state_of(client: Client, challenge: Challenge) -> AuthorizationState:
    return get_authorization(client.ctx, client.account, challenge.authorization_id).state


def job_of(client: Client) -> Job:
    with client.ctx.ports.storage.read() as reader:
        (found,) = [job for job in reader.jobs.page(None, None, 200).items if job.kind is JobKind.VALIDATE_CHALLENGE]
    return found


def test_one_round_looks_at_what_was_answered(client: Client, there: Hanging, validator: Validator) -> None:
    challenge = proved(client, there, "www.example.com")
    validator.tick()
    settle(validator)
    assert state_of(client, challenge) is AuthorizationState.VALID
    assert (job_of(client).state, validator.done, validator.last_error) == (JobState.DONE, 1, None)


def test_what_this_process_was_told_does_not_wait_for_the_next_round(
    client: Client, there: Hanging, validator: Validator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TICK", 3600)
    validator.start()
    proved(client, there, "slow.example.com")
    there.wait_for(1)
    there.released.set()
    assert validator.stop(20)


def test_a_server_that_hangs_holds_up_nothing_else(
    installation: Installation, client: Client, there: Hanging, validator: Validator
) -> None:
    slow = proved(client, there, "slow.example.com")
    validator.tick()
    there.wait_for(1)
    other = proved(client, there, "www.example.com")
    validator.tick()
    for _ in range(2000):
        if state_of(client, other) is AuthorizationState.VALID:
            break
        time.sleep(0.01)
    assert state_of(client, other) is AuthorizationState.VALID

    worker = Worker(installation)
    leaf, _ = enroll(installation.ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("a.example")))
    worker.tick()
    assert installation.published.find_response(leaf.issuer_key_id, leaf.serial, "sha1") is not None
    worker.stop(1)

    assert state_of(client, slow) is AuthorizationState.PENDING
    there.released.set()
    settle(validator)
    assert state_of(client, slow) is AuthorizationState.VALID


def test_what_does_not_answer_is_looked_for_again_and_then_no_more(
    client: Client, there: Hanging, validator: Validator, clock: FrozenClock
) -> None:
    challenge = answered(client, "www.example.com")
    for tries in range(1, TRIES):
        validator.tick()
        settle(validator)
        job = job_of(client)
        assert (job.state, job.tries, job.last_error) == (JobState.QUEUED, tries, "www.example.com cannot be reached")
        assert state_of(client, challenge) is AuthorizationState.PENDING
        validator.tick()
        settle(validator)
        assert len(there.asked) == tries
        clock.advance(timedelta(seconds=2))
    validator.tick()
    settle(validator)
    assert state_of(client, challenge) is AuthorizationState.INVALID
    assert (job_of(client).state, len(there.asked)) == (JobState.DONE, TRIES)


def test_it_may_be_there_the_second_time(
    client: Client, there: Hanging, validator: Validator, clock: FrozenClock
) -> None:
    challenge = answered(client, "www.example.com")
    validator.tick()
    settle(validator)
    url = there.asked[0]
    there.pages[url] = Fetched(
        200, policy.build_key_authorization(challenge.token, client.account.thumbprint).encode(), ()
    )
    clock.advance(timedelta(seconds=2))
    validator.tick()
    settle(validator)
    assert state_of(client, challenge) is AuthorizationState.VALID


def test_acm_21_of_two_processes_one_looks_at_a_challenge(client: Client, there: Hanging) -> None:
    challenge = proved(client, there, "slow.example.com")
    one, other = Validator(client.ctx), Validator(client.ctx)
    one.tick()
    there.wait_for(1)
    other.tick()
    assert (one.running, other.running) == (1, 0)
    for _ in range(100):
        respond_to_challenge(client.ctx, client.actor, client.account, challenge.id)
    one.tick()
    other.tick()
    assert (one.running, other.running) == (1, 0)
    there.released.set()
    settle(one)
    assert (state_of(client, challenge), len(there.asked)) == (AuthorizationState.VALID, 1)


def test_of_one_account_so_many_are_looked_at_at_once_and_the_rest_waits(
    client: Client, there: Hanging, validator: Validator
) -> None:
    most = TURNS.most_of_share
    challenges = [proved(client, there, "slow.example.com") for _ in range(most + 2)]
    validator.tick()
    there.wait_for(most)
    validator.tick()
    assert validator.running == most
    there.released.set()
    settle(validator)
    validator.tick()
    settle(validator)
    assert {state_of(client, one) for one in challenges} == {AuthorizationState.VALID}


def test_servers_of_one_account_that_hang_hold_up_no_other_account(
    client: Client, there: Hanging, validator: Validator
) -> None:
    """Of the same token or of another one, however many challenges the first account has answered before."""
    for _ in range(AT_ONCE * 2):
        proved(client, there, "slow.example.com")
    validator.tick()
    there.wait_for(TURNS.most_of_share)
    others = [client.sibling(), make_client(client.ctx)]
    wanted = [(other, proved(other, there, f"www{number}.example.com")) for number, other in enumerate(others)]
    validator.tick()
    for other, challenge in wanted:
        await_valid(other, challenge)
    assert there.hanging == TURNS.most_of_share


def test_accounts_of_one_token_leave_room_for_those_of_another(
    client: Client, there: Hanging, validator: Validator
) -> None:
    for sibling in (client, *(client.sibling() for _ in range(AT_ONCE // TURNS.most_of_share))):
        for _ in range(TURNS.most_of_share):
            proved(sibling, there, "slow.example.com")
    validator.tick()
    there.wait_for(TURNS.most_of_pool)
    assert validator.running == TURNS.most_of_pool < AT_ONCE
    other = make_client(client.ctx)
    challenge = proved(other, there, "www.example.com")
    validator.tick()
    await_valid(other, challenge)


def await_valid(client: Client, challenge: Challenge) -> None:
    for _ in range(2000):
        if state_of(client, challenge) is AuthorizationState.VALID:
            return
        time.sleep(0.01)
    pytest.fail("the challenge does not become valid")


def failing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(module, "validate", fail)


def test_what_goes_wrong_with_us_leaves_the_job_for_later(
    client: Client, there: Hanging, validator: Validator, monkeypatch: pytest.MonkeyPatch, clock: FrozenClock
) -> None:
    challenge = proved(client, there, "www.example.com")
    with monkeypatch.context() as patch:
        failing(patch, Fault("ours"))
        validator.tick()
        settle(validator)
    assert (job_of(client).state, job_of(client).last_error) == (JobState.QUEUED, "ours")
    clock.advance(timedelta(seconds=2))
    validator.tick()
    settle(validator)
    assert state_of(client, challenge) is AuthorizationState.VALID


def test_an_internal_error_that_lasts_settles_the_challenge_as_invalid(
    client: Client, there: Hanging, validator: Validator, monkeypatch: pytest.MonkeyPatch, clock: FrozenClock
) -> None:
    challenge = proved(client, there, "www.example.com")
    failing(monkeypatch, Fault("ours"))
    for _ in range(MAX_TRIES):
        assert state_of(client, challenge) is AuthorizationState.PENDING
        validator.tick()
        settle(validator)
        clock.advance(timedelta(minutes=5))
    assert job_of(client).state is JobState.FAILED
    assert state_of(client, challenge) is AuthorizationState.INVALID
    with client.ctx.ports.storage.read() as reader:
        settled = reader.acme.authorizations.get_challenge(challenge.id)
        (event,) = reader.audit.page(AuditFilter(action="acme_challenge.validated"), None, 200).items
    assert settled.state is ChallengeState.INVALID
    assert settled.problem is not None
    assert settled.problem.kind == "serverInternal"
    assert all(part in str(event.body) for part in (str(challenge.id), "serverInternal", "failed"))


def test_a_database_that_is_away_is_told_and_does_not_end_it(
    client: Client, there: Hanging, validator: Validator, monkeypatch: pytest.MonkeyPatch
) -> None:
    challenge = proved(client, there, "www.example.com")
    with monkeypatch.context() as patch:

        def away() -> int:
            raise StorageUnavailable("the database is away")

        patch.setattr(client.ctx.ports.storage, "change_counter", away)
        validator.tick()
        assert validator.last_error == "the database is away"
    validator.tick()
    settle(validator)
    assert validator.last_error is None
    assert state_of(client, challenge) is AuthorizationState.VALID


def test_a_look_whose_end_cannot_be_written_is_taken_up_when_its_lease_is_over(
    client: Client, there: Hanging, validator: Validator, monkeypatch: pytest.MonkeyPatch, clock: FrozenClock
) -> None:
    challenge = proved(client, there, "slow.example.com")
    validator.tick()
    there.wait_for(1)
    with monkeypatch.context() as patch:

        def away(*_: object) -> None:
            raise StorageUnavailable("the database is away")

        patch.setattr(client.ctx.ports.storage, "begin", away)
        patch.setattr(client.ctx.ports.storage, "housekeep", away)
        there.released.set()
        settle(validator)
        assert validator.last_error == "the database is away"
    assert state_of(client, challenge) is AuthorizationState.PENDING
    clock.advance(module.LEASE)
    validator.tick()
    settle(validator)
    assert state_of(client, challenge) is AuthorizationState.VALID


def test_the_worker_takes_it_along_and_its_last_checkpoint_covers_what_it_did(
    installation: Installation, there: Hanging, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Worker(replace(installation, ctx=client.ctx))
    challenge = proved(client, there, "slow.example.com")
    worker.start()
    there.wait_for(1)
    assert worker.state.validating == 1
    covered: list[AuthorizationState] = []
    real = audit_log.write_checkpoint

    def write_checkpoint(ctx: Context) -> object:
        covered.append(state_of(client, challenge))
        return real(ctx)

    monkeypatch.setattr(audit_log, "write_checkpoint", write_checkpoint)
    threading.Timer(0.3, there.released.set).start()
    assert worker.stop(20)
    assert worker.state.validating == 0
    assert covered[-1] is AuthorizationState.VALID
    assert audit_log.verify_audit(installation.ctx, ADMIN).valid


def test_the_end_does_not_wait_for_a_server_that_hangs(
    installation: Installation, there: Hanging, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pki_manager.worker.worker.VALIDATOR_SECONDS", 0.1)
    worker = Worker(replace(installation, ctx=client.ctx))
    proved(client, there, "slow.example.com")
    worker.start()
    there.wait_for(1)
    assert worker.stop(20)
    assert worker.state.validating == 1


def test_after_the_end_nothing_more_is_begun(client: Client, there: Hanging, validator: Validator) -> None:
    validator.start()
    assert validator.stop(20)
    challenge = proved(client, there, "www.example.com")
    assert validator.running == 0
    assert state_of(client, challenge) is AuthorizationState.PENDING


def test_what_is_away_in_it_is_among_what_fails(
    installation: Installation, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Worker(replace(installation, ctx=client.ctx))
    worker._validator.last_error = "the database is away"
    assert worker.state.failures == {"validations": "the database is away"}
