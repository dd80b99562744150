"""Which answer an OCSP request gets: published bytes, a live signature, or one of the errors of RFC 6960 §2.3."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from datetime import timedelta

import pytest

from pki_manager.domain.errors import Fault, NotFound, PkiError, StorageUnavailable, list_error_classes
from pki_manager.domain.revocation import RevocationReason
from pki_manager.protocols.ocsp.errors import STATUS
from pki_manager.protocols.status import StatusApp
from pki_manager.x509.asn1 import der
from pki_manager.x509.ocsp import response
from pki_manager.x509.ocsp.facts import read_response_facts, read_response_status
from pki_manager.x509.ocsp.request import OcspRequest
from pki_manager.x509.ocsp.response import CertStatus, OcspError
from tests.protocols.driver import Answer, ask
from tests.protocols.ocsp.conftest import GOOD, REVOKED, UNPUBLISHED, World
from tests.support.responders import DAY, ExampleCa, nonce_extension, ocsp_request

NONCE = b"0123456789abcdef0123456789abcdef"


def status(answer: Answer) -> CertStatus:
    (single,) = read_response_facts(answer.body).singles
    return single.status


def is_error(answer: Answer, error: OcspError) -> bool:
    """An OCSP-level answer that no cache may keep."""
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/ocsp-response"
    assert answer.headers["cache-control"] == "no-store"
    return read_response_status(answer.body) == error


@pytest.mark.parametrize("hash_name", ["sha1", "sha256"])
@pytest.mark.parametrize(("serial", "expected"), [(GOOD, CertStatus.GOOD), (REVOKED, CertStatus.REVOKED)])
def test_a_plain_question_gets_the_published_bytes(
    world: World, hash_name: str, serial: int, expected: CertStatus
) -> None:
    answer = world.post(ocsp_request(world.ca.cert_id(serial, hash_name)))
    published = world.store.find_response(world.ca.issuer_key_id, serial, hash_name)
    assert published is not None
    assert answer.body == published.body
    assert status(answer) is expected
    assert world.ca.answered == []


def test_rev_17_a_nonce_is_echoed_and_the_answer_is_not_cached(world: World) -> None:
    answer = world.post(ocsp_request(world.ca.cert_id(GOOD), extensions=[nonce_extension(NONCE)]))
    facts = read_response_facts(answer.body)
    assert facts.nonce == NONCE
    assert facts.singles[0].status is CertStatus.GOOD
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers
    other = world.post(ocsp_request(world.ca.cert_id(GOOD), extensions=[nonce_extension(b"other")]))
    assert read_response_facts(other.body).nonce == b"other"


def test_rev_17_a_nonce_of_10_kb_is_refused(world: World) -> None:
    answer = world.post(ocsp_request(world.ca.cert_id(GOOD), extensions=[nonce_extension(b"x" * 10_000)]))
    assert is_error(answer, OcspError.MALFORMED_REQUEST)


def test_several_certificates_are_answered_in_one_response(world: World) -> None:
    numbers = [GOOD, REVOKED, UNPUBLISHED, 4711]
    answer = world.post(ocsp_request(*map(world.ca.cert_id, numbers)))
    found = [(one.serial, one.status.value) for one in read_response_facts(answer.body).singles]
    assert found == [(GOOD, "good"), (REVOKED, "revoked"), (UNPUBLISHED, "good"), (4711, "unknown")]
    assert answer.headers["cache-control"] == "no-store"


def test_what_is_not_published_is_asked_of_the_live_responder(world: World) -> None:
    assert status(world.post(ocsp_request(world.ca.cert_id(UNPUBLISHED)))) is CertStatus.GOOD
    assert status(world.post(ocsp_request(world.ca.cert_id(4711)))) is CertStatus.UNKNOWN


def test_a_cert_id_without_hash_parameters_gets_the_published_bytes(world: World) -> None:
    name_hash, key_hash = world.ca.hashes["sha256"]
    cert_id = der.encode_sequence(
        der.encode_sequence(der.oid("2.16.840.1.101.3.4.2.1")),
        der.encode(der.OCTET_STRING, name_hash),
        der.encode(der.OCTET_STRING, key_hash),
        der.integer(GOOD),
    )
    assert status(world.post(ocsp_request(cert_id))) is CertStatus.GOOD
    assert world.ca.answered == []


def test_rev_02_a_serial_number_is_revoked_under_its_own_issuer_only(world: World) -> None:
    other = ExampleCa("Other CA")
    other.issue(REVOKED)
    other.publish(world.store, [REVOKED])
    world.clock.advance(timedelta(seconds=1))
    assert status(world.post(ocsp_request(other.cert_id(REVOKED)))) is CertStatus.GOOD
    assert status(world.post(ocsp_request(world.ca.cert_id(REVOKED)))) is CertStatus.REVOKED


def test_rev_02_a_name_hash_of_one_issuer_with_the_key_hash_of_another_is_unauthorized(world: World) -> None:
    other = ExampleCa("Other CA")
    other.publish(world.store, [])
    crossed = response.encode_cert_id_prefix("sha1", world.ca.hashes["sha1"][0], other.hashes["sha1"][1])
    assert is_error(world.post(ocsp_request(response.encode_cert_id(crossed, GOOD))), OcspError.UNAUTHORIZED)


def test_a_foreign_issuer_is_unauthorized(world: World) -> None:
    foreign = ExampleCa("Foreign CA")
    assert is_error(world.post(ocsp_request(foreign.cert_id(GOOD))), OcspError.UNAUTHORIZED)
    mixed = ocsp_request(world.ca.cert_id(GOOD), foreign.cert_id(GOOD))
    assert is_error(world.post(mixed), OcspError.UNAUTHORIZED)
    assert world.ca.answered == []


def test_two_issuers_of_ours_in_one_request_are_unauthorized(world: World) -> None:
    other = ExampleCa("Other CA")
    other.publish(world.store, [GOOD])
    mixed = ocsp_request(world.ca.cert_id(GOOD), other.cert_id(GOOD))
    assert is_error(world.post(mixed), OcspError.UNAUTHORIZED)


def test_an_unknown_hash_is_unauthorized(world: World) -> None:
    sha1_oid, sha224_oid = der.oid("1.3.14.3.2.26"), der.oid("1.2.3.4.5")
    assert len(sha1_oid) == len(sha224_oid) + 1
    cert_id = der.encode_sequence(
        der.encode_sequence(sha224_oid, b"\x05\x00"),
        *(der.encode(der.OCTET_STRING, value) for value in world.ca.hashes["sha1"]),
        der.integer(GOOD),
    )
    assert is_error(world.post(ocsp_request(cert_id)), OcspError.UNAUTHORIZED)


def test_an_outdated_response_is_never_served(world: World) -> None:
    world.ca.away = True
    request = ocsp_request(world.ca.cert_id(GOOD))
    world.clock.advance(DAY - timedelta(milliseconds=500))
    assert status(world.post(request)) is CertStatus.GOOD
    world.clock.advance(timedelta(milliseconds=499))
    assert status(world.post(request)) is CertStatus.GOOD
    world.clock.advance(timedelta(milliseconds=1))
    assert is_error(world.post(request), OcspError.TRY_LATER)


@pytest.mark.parametrize("extensions", [[], [nonce_extension(NONCE)]], ids=["plain", "nonce"])
@pytest.mark.parametrize(("serial", "expected"), [(GOOD, CertStatus.GOOD), (REVOKED, CertStatus.REVOKED)])
def test_in_place_of_an_outdated_response_one_is_signed_with_a_nonce_or_without(
    world: World, serial: int, expected: CertStatus, extensions: list[bytes]
) -> None:
    world.clock.advance(DAY)
    world.ca.now += DAY
    answer = world.post(ocsp_request(world.ca.cert_id(serial), extensions=extensions))
    assert status(answer) is expected
    assert read_response_facts(answer.body).singles[0].this_update == world.ca.now
    assert answer.headers["cache-control"] == "no-store"


def test_with_the_backend_away_a_nonce_is_dropped_rather_than_the_answer(world: World) -> None:
    world.ca.away = True
    answer = world.post(ocsp_request(world.ca.cert_id(REVOKED), extensions=[nonce_extension(NONCE)]))
    assert status(answer) is CertStatus.REVOKED
    assert read_response_facts(answer.body).nonce is None
    assert answer.headers["cache-control"] == "no-store"


def test_with_the_backend_away_there_is_no_outdated_answer_to_a_nonce(world: World) -> None:
    world.ca.away = True
    world.clock.advance(DAY)
    answer = world.post(ocsp_request(world.ca.cert_id(REVOKED), extensions=[nonce_extension(NONCE)]))
    assert is_error(answer, OcspError.TRY_LATER)


@pytest.mark.parametrize("numbers", [[UNPUBLISHED], [GOOD, REVOKED]])
def test_with_the_backend_away_what_must_be_signed_is_for_later(world: World, numbers: list[int]) -> None:
    world.ca.away = True
    assert is_error(world.post(ocsp_request(*map(world.ca.cert_id, numbers))), OcspError.TRY_LATER)


def test_rev_01_a_new_status_is_served_within_a_second_even_when_the_old_one_is_hot(world: World) -> None:
    requests = [ocsp_request(world.ca.cert_id(GOOD, name)) for name in ("sha1", "sha256")]
    assert [status(world.post(request)) for request in requests] == [CertStatus.GOOD] * 2
    world.ca.revoke(GOOD, RevocationReason.SUPERSEDED)
    world.ca.publish(world.store, [GOOD])
    world.clock.advance(timedelta(milliseconds=100))
    assert [status(world.post(request)) for request in requests] == [CertStatus.REVOKED] * 2


def test_a_new_issuer_is_known_within_a_second(world: World) -> None:
    other = ExampleCa("Other CA")
    other.issue(GOOD)
    request = ocsp_request(other.cert_id(GOOD))
    assert is_error(world.post(request), OcspError.UNAUTHORIZED)
    other.publish(world.store, [GOOD])
    world.clock.advance(timedelta(milliseconds=100))
    assert status(world.post(request)) is CertStatus.GOOD


def test_a_hot_answer_needs_no_store(world: World) -> None:
    request = ocsp_request(world.ca.cert_id(GOOD))
    first = world.post(request)
    world.store.find_response = no_store
    assert world.post(request) == first


def no_store(*_: object) -> None:
    raise AssertionError("the store was asked")


def away(*_: object) -> None:
    raise StorageUnavailable("the store is away")


def test_with_the_store_away_hot_answers_stay_and_others_are_signed_or_for_later(world: World) -> None:
    hot = ocsp_request(world.ca.cert_id(GOOD))
    cold = ocsp_request(world.ca.cert_id(REVOKED))
    first = world.post(hot)
    for method in ("get_version", "list_issuers", "find_response", "find_object"):
        setattr(world.store, method, away)
    world.clock.advance(timedelta(milliseconds=500))
    assert world.post(hot) == first
    assert status(world.post(cold)) is CertStatus.REVOKED
    world.ca.away = True
    assert is_error(world.post(cold), OcspError.TRY_LATER)


def test_while_the_store_is_still_empty_the_answer_is_for_later(world: World) -> None:
    world.store.list_issuers = list
    assert is_error(world.post(ocsp_request(world.ca.cert_id(GOOD))), OcspError.TRY_LATER)


class Broken:
    """A live responder with a fault: all of a round get it, one does, or one that was left for later."""

    def __init__(self, error: Exception, whose: str) -> None:
        self.error = error
        self.whose = whose

    def answer_together(self, requests: Sequence[OcspRequest]) -> Sequence[bytes | Exception | None]:
        if self.whose == "everybody's":
            raise self.error
        return [self.error if self.whose == "one's own" else None] * len(requests)

    def answer(self, request: OcspRequest) -> bytes:
        raise self.error


@pytest.mark.parametrize("whose", ["everybody's", "one's own", "later"])
@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (Fault("the signature is wrong", secret="secret"), OcspError.INTERNAL_ERROR),
        (NotFound("no such issuer"), OcspError.UNAUTHORIZED),
        (ZeroDivisionError("a bug"), OcspError.INTERNAL_ERROR),
    ],
)
def test_a_fault_of_the_live_responder_is_told_in_ocsp(
    world: World, error: Exception, expected: OcspError, whose: str
) -> None:
    world.app = StatusApp(world.store, Broken(error, whose), world.clock)
    assert is_error(world.post(ocsp_request(world.ca.cert_id(UNPUBLISHED))), expected)
    assert is_error(world.post(ocsp_request(world.ca.cert_id(UNPUBLISHED))), expected)
    world.app.close()


class Slow:
    """A live responder that keeps everybody waiting, and remembers the sizes of rounds."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.rounds: list[int] = []

    def answer_together(self, requests: Sequence[OcspRequest]) -> Sequence[bytes | Exception | None]:
        assert self.go.wait(30)
        self.rounds.append(len(requests))
        return [b"signed"] * len(requests)

    def answer(self, request: OcspRequest) -> bytes:
        assert self.go.wait(30)
        return b"signed"


class SlowBackend(Slow):
    """The same, by a key backend that has to be waited for."""

    def answer_together(self, requests: Sequence[OcspRequest]) -> Sequence[bytes | Exception | None]:
        return [None] * len(requests)


@pytest.mark.parametrize("kind", [Slow, SlowBackend])
def test_a_slow_signature_holds_up_no_published_answer(world: World, kind: type[Slow]) -> None:
    slow = kind()
    app = StatusApp(world.store, slow, world.clock)
    headers = {"Content-Type": "application/ocsp-request"}
    unpublished = ocsp_request(world.ca.cert_id(UNPUBLISHED))

    async def together() -> list[Answer | None]:
        waiting = [asyncio.create_task(ask(app, "POST", "/ocsp", body=unpublished, headers=headers)) for _ in range(64)]
        await asyncio.sleep(0)
        hot = await ask(app, "POST", "/ocsp", body=ocsp_request(world.ca.cert_id(GOOD)), headers=headers)
        surplus = await ask(app, "POST", "/ocsp", body=unpublished, headers=headers)
        slow.go.set()
        return [hot, surplus, *await asyncio.gather(*waiting)]

    hot, surplus, *waited = asyncio.run(together())
    app.close()
    assert hot is not None
    assert status(hot) is CertStatus.GOOD
    assert surplus is not None
    assert is_error(surplus, OcspError.TRY_LATER)
    assert [one.body for one in waited if one] == [b"signed"] * 64
    assert slow.rounds in ([], [64])


def test_who_goes_away_takes_nobody_else_along(world: World) -> None:
    slow = Slow()
    app = StatusApp(world.store, slow, world.clock)
    headers = {"Content-Type": "application/ocsp-request"}
    unpublished = ocsp_request(world.ca.cert_id(UNPUBLISHED))

    async def together() -> list[Answer | None]:
        first, gone, last = (
            asyncio.create_task(ask(app, "POST", "/ocsp", body=unpublished, headers=headers)) for _ in range(3)
        )
        await asyncio.sleep(0)
        gone.cancel()
        slow.go.set()
        return [await asyncio.wait_for(one, 30) for one in (first, last)]

    assert [one.body for one in asyncio.run(together()) if one] == [b"signed"] * 2
    app.close()


def test_what_waits_alone_waits_at_once(world: World) -> None:
    """Each signature here waits for a second one: one after the other, they would wait for ever."""
    both = threading.Barrier(2, timeout=10)

    class Meeting(SlowBackend):
        def answer(self, request: OcspRequest) -> bytes:
            both.wait()
            return b"signed"

    app = StatusApp(world.store, Meeting(), world.clock)
    headers = {"Content-Type": "application/ocsp-request"}
    unpublished = ocsp_request(world.ca.cert_id(UNPUBLISHED))

    async def together() -> list[Answer | None]:
        return await asyncio.gather(*(ask(app, "POST", "/ocsp", body=unpublished, headers=headers) for _ in range(2)))

    assert [one.body for one in asyncio.run(together()) if one] == [b"signed"] * 2
    app.close()


def test_every_error_of_the_tree_has_its_ocsp_status() -> None:
    assert set(STATUS) == set(list_error_classes(PkiError))
