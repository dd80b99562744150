"""Challenges looked at: what settles them, what is looked for again, and that each is looked at once."""

from __future__ import annotations

import ssl
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pki_manager.authority.acme.accounts import deactivate
from pki_manager.authority.acme.authorizations import (
    LIFETIME,
    deactivate_authorization,
    get_authorization,
    respond_to_challenge,
)
from pki_manager.authority.acme.validate import validate
from pki_manager.domain.acme.orders import AuthorizationState, Challenge, ChallengeKind, ChallengeState, Identifier
from pki_manager.domain.acme.proof import CaaRecord, Fetched, Presented
from pki_manager.domain.errors import Conflict, NameUnresolved, OutboundFailed, OutboundRefused, PkiError, TlsFailed
from pki_manager.domain.ids import create_uuid7
from pki_manager.domain.jobs import JobKind
from pki_manager.policy import acme as policy
from pki_manager.ports.unit_of_work import UnitOfWork
from tests.authority.acme.looks import (
    VALIDATOR,
    answered,
    digest,
    events,
    expected,
    look,
    real,
    shown,
    with_validation,
)
from tests.fakes.clock import FrozenClock
from tests.fakes.validation import FakeValidation
from tests.services.alpn import alpn_server
from tests.services.dns import DnsServer, dns_server
from tests.services.web import web_server
from tests.support.acme_clients import Client
from tests.support.alpn_certificates import Alpn

HTTP, DNS, ALPN = ChallengeKind.HTTP_01, ChallengeKind.DNS_01, ChallengeKind.TLS_ALPN_01
WWW = "www.example.com"


@pytest.fixture
def names() -> Iterator[DnsServer]:
    with dns_server() as one:
        one.records[WWW, "A"] = ["127.0.0.1"]
        yield one


@pytest.fixture
def web() -> Iterator[Any]:
    with web_server() as one:
        yield one


@pytest.fixture
def there() -> FakeValidation:
    return FakeValidation()


@pytest.fixture
def faked(client: Client, there: FakeValidation) -> Client:
    return with_validation(client, there)


def test_a_page_proves_a_name(client: Client, names: DnsServer, web: Any, clock: FrozenClock) -> None:
    client = real(client, names, http=web.server_address[1])
    challenge = answered(client, WWW, HTTP)
    web.answers[policy.build_http_path(challenge.token)] = (200, {}, f"{expected(client, challenge)}\n".encode())
    clock.advance(timedelta(minutes=1))
    assert look(client, challenge) == "valid"
    found, _ = shown(client, challenge)
    proved = get_authorization(client.ctx, client.account, challenge.authorization_id).authorization
    assert (found.validated_at, proved.validated_at) == (clock.now(), clock.now())
    assert proved.expires_at == clock.now() + client.ctx.config.acme_authorization_validity
    (event,) = events(client)
    assert (event["outcome"], event["object"]["id"], event["actor"]["id"]) == (
        "success",
        str(challenge.id),
        "system:validator",
    )
    assert event["details"] == {"identifier": f"dns:{WWW}", "challenge": "http-01", "addresses": ["127.0.0.1"]}


def test_an_address_is_proved_by_its_page(client: Client, names: DnsServer, web: Any) -> None:
    client = real(client, names, http=web.server_address[1])
    challenge = answered(client, "ip:127.0.0.1", HTTP)
    web.answers[policy.build_http_path(challenge.token)] = (200, {}, expected(client, challenge).encode())
    assert look(client, challenge) == "valid"


@pytest.mark.parametrize("name", [WWW, "*.example.com"])
def test_a_record_proves_a_name(client: Client, names: DnsServer, name: str) -> None:
    client = real(client, names)
    challenge = answered(client, name, DNS)
    value = urlsafe_b64encode(digest(client, challenge)).rstrip(b"=").decode()
    names.records[f"_acme-challenge.{name.removeprefix('*.')}", "TXT"] = ['"another"', f'"{value}"']
    assert look(client, challenge) == "valid"


def alpn_look(
    client: Client, names: DnsServer, folder: Path, name: str, make: Callable[[bytes], Alpn], **server: Any
) -> str:
    """`make` gets the right value for acmeIdentifier."""
    challenge = answered(client, name, ALPN)
    files = make(b"\x04\x20" + digest(client, challenge)).files(folder)
    with alpn_server(files, **server) as one:
        return look(real(client, names, tls=one.port), challenge)


@pytest.mark.parametrize(("name", "shows"), [(WWW, WWW), ("ip:127.0.0.1", "127.0.0.1")])
def test_a_certificate_proves_a_name(client: Client, names: DnsServer, tmp_path: Path, name: str, shows: str) -> None:
    found = alpn_look(client, names, tmp_path, name, lambda value: Alpn(names=(shows,), value=value))
    assert found == "valid"
    assert events(client)[0]["details"]["addresses"] == ["127.0.0.1"]


@pytest.mark.parametrize(
    "make",
    [
        lambda value: Alpn(value=value, oid="1.3.6.1.5.5.7.1.30.1"),
        lambda value: Alpn(value=value, critical=False),
        lambda value: Alpn(value=value, names=(WWW, "b.example.com")),
        lambda value: Alpn(value=value, names=("b.example.com",)),
        lambda value: Alpn(value=value, names=()),
        lambda value: Alpn(value=value, other_value=value),
        lambda value: Alpn(value=value[:-1] + b"\0"),
    ],
    ids=["draft-oid", "not-critical", "two-names", "other-name", "no-name", "twice", "other-digest"],
)
def test_acm_06_a_wrong_certificate_proves_nothing(
    client: Client, names: DnsServer, tmp_path: Path, make: Callable[[bytes], Alpn]
) -> None:
    assert alpn_look(client, names, tmp_path, WWW, make) == "incorrectResponse"


def test_acm_06_nor_does_a_server_that_has_not_taken_the_protocol(
    client: Client, names: DnsServer, tmp_path: Path
) -> None:
    right = {"make": lambda value: Alpn(value=value), "protocols": ()}
    assert alpn_look(client, names, tmp_path, WWW, **right) == "incorrectResponse"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_acm_06_nor_one_that_speaks_tls_1_1(client: Client, names: DnsServer, tmp_path: Path) -> None:
    old = ssl.TLSVersion.TLSv1_1
    assert alpn_look(client, names, tmp_path, WWW, lambda value: Alpn(value=value), newest=old) == "tls"


@pytest.mark.parametrize(("status", "before"), [(200, b"junk"), (404, b""), (404, b"not found: ")])
def test_acm_07_a_page_with_something_else_proves_nothing(
    client: Client, names: DnsServer, web: Any, status: int, before: bytes
) -> None:
    client = real(client, names, http=web.server_address[1])
    challenge = answered(client, WWW, HTTP)
    body = before + expected(client, challenge).encode()
    web.answers[policy.build_http_path(challenge.token)] = (status, {}, body)
    assert look(client, challenge) == "incorrectResponse"
    (event,) = events(client)
    assert event["outcome"] == "failed"
    assert event["reason"].startswith("incorrectResponse: ")
    assert expected(client, challenge) not in str(event)


@pytest.mark.parametrize("place", ["loop", "eleven", "port", "ftp", "private", "metadata"])
def test_acm_09_redirects_to_nowhere_prove_nothing(client: Client, names: DnsServer, web: Any, place: str) -> None:
    client = real(client, names, http=web.server_address[1])
    challenge = answered(client, WWW, HTTP)
    path = policy.build_http_path(challenge.token)
    places = {
        "loop": path,
        "eleven": "/hop1",
        "port": f"http://{WWW}:8080/",
        "ftp": f"ftp://{WWW}/",
        "private": f"http://127.0.0.1:{web.server_address[1]}/there",
        "metadata": "http://169.254.169.254/",
    }
    web.answers[path] = (302, {"Location": places[place]}, b"")
    for hop in range(1, 10):
        web.answers[f"/hop{hop}"] = (302, {"Location": f"/hop{hop + 1}"}, b"")
    web.answers["/hop10"] = (302, {"Location": "/there"}, b"")
    web.answers["/there"] = (200, {}, expected(client, challenge).encode())
    redirects_end = place in ("loop", "eleven")
    assert look(client, challenge, is_last=False) == ("incorrectResponse" if redirects_end else "connection")


def right_page(client: Client, there: FakeValidation, challenge: Challenge, *, name: str = WWW) -> None:
    url = f"http://{name}{policy.build_http_path(challenge.token)}"
    there.pages[url] = Fetched(200, expected(client, challenge).encode(), ("192.0.2.1",))


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (NameUnresolved("not in DNS"), "dns"),
        (TlsFailed("no session", addresses=("192.0.2.1",)), "tls"),
        (OutboundFailed("nobody there", addresses=("192.0.2.1",)), "connection"),
    ],
)
def test_what_does_not_answer_is_looked_for_again_and_is_invalid_in_the_end(
    faked: Client, there: FakeValidation, error: PkiError, kind: str
) -> None:
    challenge = answered(faked, WWW, ALPN)
    there.presented[WWW] = error
    with pytest.raises(type(error), match=error.detail):
        look(faked, challenge, is_last=False)
    found, state = shown(faked, challenge)
    assert (found.state, state) == (ChallengeState.PROCESSING, AuthorizationState.PENDING)
    assert events(faked) == []
    assert look(faked, challenge) == kind
    assert events(faked)[0]["details"]["addresses"] == list(error.facts.get("addresses", ()))


def test_where_nobody_may_go_is_not_looked_for_again(faked: Client, there: FakeValidation) -> None:
    challenge = answered(faked, WWW, ALPN)
    there.presented[WWW] = OutboundRefused("has no address to which connections from here are allowed")
    assert look(faked, challenge, is_last=False) == "connection"


def test_what_others_say_is_told_in_moderation(faked: Client, there: FakeValidation) -> None:
    challenge = answered(faked, WWW, ALPN)
    there.presented[WWW] = OutboundFailed("x" * 5000)
    assert look(faked, challenge) == "connection"
    problem = shown(faked, challenge)[0].problem
    assert problem is not None
    assert len(problem.detail) == 500


def test_a_certificate_that_is_none_proves_nothing(faked: Client, there: FakeValidation) -> None:
    challenge = answered(faked, WWW, ALPN)
    there.presented[WWW] = Presented("acme-tls/1", b"", ("192.0.2.1",))
    assert look(faked, challenge) == "incorrectResponse"


def test_acm_21_a_challenge_that_is_answered_often_is_looked_at_once(faked: Client, there: FakeValidation) -> None:
    challenge = answered(faked, WWW, HTTP)
    right_page(faked, there, challenge)
    for _ in range(100):
        respond_to_challenge(faked.ctx, faked.actor, faked.account, challenge.id)
    now = faked.ctx.ports.clock.now()
    with faked.ctx.ports.storage.housekeep() as uow:
        jobs = uow.jobs.take(now, timedelta(minutes=1), 200, JobKind.VALIDATE_CHALLENGE)
    assert [job.payload for job in jobs] == [{"challenge": str(challenge.id)}]
    assert look(faked, challenge) == "valid"
    assert len(there.asked) == 1


@pytest.mark.parametrize("is_right", [True, False])
def test_acm_21_a_settled_challenge_is_not_looked_at_again(
    faked: Client, there: FakeValidation, is_right: bool
) -> None:
    challenge = answered(faked, WWW, HTTP)
    if is_right:
        right_page(faked, there, challenge)
    before = look(faked, challenge)
    there.asked.clear()
    right_page(faked, there, challenge)
    for _ in range(3):
        assert look(faked, challenge) == before
        respond_to_challenge(faked.ctx, faked.actor, faked.account, challenge.id)
    assert there.asked == []
    assert len(events(faked)) == 1


def test_a_job_is_finished_in_the_unit_of_work_that_settles_its_challenge(faked: Client, there: FakeValidation) -> None:
    challenge = answered(faked, WWW, HTTP)

    def fail(_: UnitOfWork) -> None:
        raise Conflict("The job cannot be finished.")

    with pytest.raises(Conflict, match="cannot be finished"):
        validate(faked.ctx, VALIDATOR, challenge.id, is_last=True, finish=fail)
    assert shown(faked, challenge)[0].state is ChallengeState.PROCESSING
    finished: list[UnitOfWork] = []
    assert validate(faked.ctx, VALIDATOR, challenge.id, is_last=True, finish=finished.append)
    assert not validate(faked.ctx, VALIDATOR, challenge.id, is_last=True, finish=finished.append)
    assert len(finished) == 1
    assert shown(faked, challenge)[0].state is not ChallengeState.PROCESSING


def test_a_challenge_that_nobody_has_answered_is_not_looked_at(faked: Client, there: FakeValidation) -> None:
    (one,) = faked.order(WWW).authorizations
    for challenge in get_authorization(faked.ctx, faked.account, one.id).challenges:
        validate(faked.ctx, VALIDATOR, challenge.id, is_last=True)
        assert shown(faked, challenge) == (challenge, AuthorizationState.PENDING)
    assert (there.asked, events(faked)) == ([], [])


def test_a_name_that_was_given_up_is_not_looked_at(faked: Client, there: FakeValidation) -> None:
    challenge = answered(faked, WWW, HTTP)
    deactivate_authorization(faked.ctx, faked.actor, faked.account, challenge.authorization_id)
    validate(faked.ctx, VALIDATOR, challenge.id, is_last=True)
    assert shown(faked, challenge)[1] is AuthorizationState.DEACTIVATED
    assert (there.asked, events(faked)) == ([], [])


def test_nor_one_of_an_account_that_is_no_more(faked: Client, there: FakeValidation) -> None:
    challenge = answered(faked, WWW, HTTP)
    deactivate(faked.ctx, faked.actor, faked.account)
    validate(faked.ctx, VALIDATOR, challenge.id, is_last=True)
    assert (there.asked, events(faked)) == ([], [])


def test_nor_one_for_which_it_is_too_late(faked: Client, there: FakeValidation, clock: FrozenClock) -> None:
    challenge = answered(faked, WWW, HTTP)
    clock.advance(LIFETIME)
    validate(faked.ctx, VALIDATOR, challenge.id, is_last=True)
    validate(faked.ctx, VALIDATOR, create_uuid7(0, bytes(10)), is_last=True)
    assert (there.asked, events(faked)) == ([], [])


def test_what_is_given_up_while_it_is_looked_at_stays_so(
    faked: Client, there: FakeValidation, monkeypatch: pytest.MonkeyPatch
) -> None:
    challenge = answered(faked, WWW, HTTP)
    right_page(faked, there, challenge)
    real_http = there.request_http

    def http(identifier: Identifier, path: str) -> Fetched:
        deactivate_authorization(faked.ctx, faked.actor, faked.account, challenge.authorization_id)
        return real_http(identifier, path)

    monkeypatch.setattr(there, "request_http", http)
    validate(faked.ctx, VALIDATOR, challenge.id, is_last=True)
    found, state = shown(faked, challenge)
    assert (found.state, state) == (ChallengeState.PROCESSING, AuthorizationState.DEACTIVATED)
    assert events(faked) == []


def test_of_two_challenges_of_a_name_the_first_that_is_settled_counts(faked: Client, there: FakeValidation) -> None:
    challenge = answered(faked, WWW, HTTP)
    right_page(faked, there, challenge)
    view = get_authorization(faked.ctx, faked.account, challenge.authorization_id)
    other = next(one for one in view.challenges if one.kind is DNS)
    respond_to_challenge(faked.ctx, faked.actor, faked.account, other.id)
    assert look(faked, challenge) == "valid"
    validate(faked.ctx, VALIDATOR, other.id, is_last=True)
    found, state = shown(faked, other)
    assert (found.state, state) == (ChallengeState.PROCESSING, AuthorizationState.VALID)
    assert len(events(faked)) == 1


@pytest.fixture
def careful(client: Client, there: FakeValidation) -> Client:
    return with_validation(client, there, identities=["ca.example"])


def caa(value: str, *, tag: str = "issue") -> list[CaaRecord]:
    return [CaaRecord("example.com", False, tag, value)]


def test_caa_is_asked_when_a_name_is_proved(careful: Client, there: FakeValidation) -> None:
    account = f"{careful.ctx.config.acme_urls[0]}/acme/accounts/{careful.account.id}"
    challenge = answered(careful, WWW, HTTP)
    right_page(careful, there, challenge)
    there.caas[WWW] = caa(f"ca.example; accounturi={account}; validationmethods=http-01")
    assert look(careful, challenge) == "valid"
    assert there.asked[1:] == [f"CAA {WWW}"]


@pytest.mark.parametrize("value", [";", "other.example", "ca.example; validationmethods=dns-01"])
def test_a_name_that_caa_forbids_is_not_proved(careful: Client, there: FakeValidation, value: str) -> None:
    challenge = answered(careful, WWW, HTTP)
    right_page(careful, there, challenge)
    there.caas[WWW] = caa(value)
    assert look(careful, challenge, is_last=False) == "caa"
    assert events(careful)[0]["details"]["addresses"] == ["192.0.2.1"]


def test_nor_is_one_of_which_caa_is_not_told(careful: Client, there: FakeValidation) -> None:
    challenge = answered(careful, WWW, HTTP)
    right_page(careful, there, challenge)
    there.caas[WWW] = NameUnresolved("SERVFAIL")
    with pytest.raises(NameUnresolved, match="SERVFAIL"):
        look(careful, challenge, is_last=False)
    assert look(careful, challenge) == "dns"


def test_what_proves_nothing_asks_for_no_caa(careful: Client, there: FakeValidation) -> None:
    challenge = answered(careful, WWW, DNS)
    assert look(careful, challenge) == "incorrectResponse"
    assert there.asked == [f"TXT _acme-challenge.{WWW}"]


def test_an_address_has_no_caa(careful: Client, there: FakeValidation) -> None:
    challenge = answered(careful, "ip:192.0.2.1", HTTP)
    right_page(careful, there, challenge, name="192.0.2.1")
    assert look(careful, challenge) == "valid"
    assert len(there.asked) == 1
