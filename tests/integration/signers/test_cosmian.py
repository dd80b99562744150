"""The way to a KMS: whom it trusts, how long it waits, what it takes for an answer; and KMIP as it is written."""

from __future__ import annotations

import json
import logging
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pki_manager.domain.algorithms import KEY_TYPES
from pki_manager.domain.errors import BackendUnavailable
from pki_manager.ports.signer import BackendState
from pki_manager.signers.cosmian.client import KmsClient
from pki_manager.signers.cosmian.connection import KmsConnection, find_owner_identity, get_runtime_identity
from pki_manager.signers.cosmian.inspect import Inspector
from pki_manager.signers.cosmian.keys import build_signing_parameters, create_key_pair
from pki_manager.signers.cosmian.signer import open_cosmian
from pki_manager.signers.cosmian.wire import KmipResponse, NotKmip, batch_items, decode, encode, structure, text
from pki_manager.signers.options import CosmianOptions
from pki_manager.system import SystemClock
from tests.services.proxy import Mood, proxy_to
from tests.services.tls import TestPki


def options(url: str, **more: object) -> CosmianOptions:
    return CosmianOptions.model_validate({"name": "kms", "kind": "cosmian", "url": url, **more})


@contextmanager
def client_of(given: CosmianOptions, seconds: float = 5) -> Iterator[KmsClient]:
    client = KmsClient(KmsConnection(given, get_runtime_identity(given)), seconds=seconds, clock=SystemClock())
    with closing(client):
        yield client


class _Me(BaseHTTPRequestHandler):
    """Says who asked: the client certificate's name, or what stood behind `Bearer`."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        held = self.connection.getpeercert() if isinstance(self.connection, ssl.SSLSocket) else None
        user = held["subject"][0][0][1] if held else self.headers.get("Authorization", "nobody")
        body = json.dumps({"user": user}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A handshake that the other side broke off is what some tests are about."""


@contextmanager
def served(certificate: tuple[Path, Path] | None, clients: Path | None = None) -> Iterator[int]:
    """A server of `/me` on a port of the loopback, with that certificate."""
    server = _Quiet(("127.0.0.1", 0), _Me)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        if clients is not None:
            context.load_verify_locations(clients)
            context.verify_mode = ssl.CERT_OPTIONAL
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def pki(tmp_path: Path) -> TestPki:
    return TestPki(tmp_path / "pki")


def test_kms_12_a_server_that_we_trust_is_asked_as_who_we_are(pki: TestPki) -> None:
    certificate, key = pki.client("pki-runtime")
    with served(pki.server, pki.ca) as port:
        given = options(
            f"https://127.0.0.1:{port}", ca_file=pki.ca, client_certificate_file=certificate, client_key_file=key
        )
        with client_of(given) as client:
            assert client.get("/me") == {"user": "pki-runtime"}


@pytest.mark.parametrize("fault", ["of another CA", "of another host", "expired", "trusted by nobody here"])
def test_kms_12_a_server_with_a_wrong_certificate_is_never_asked_anything(
    pki: TestPki, tmp_path: Path, fault: str
) -> None:
    token = tmp_path / "token"
    token.touch(mode=0o600)
    token.write_text("secret")
    shown, trusted = pki.server, pki.ca
    if fault == "of another CA":
        trusted = TestPki(tmp_path / "other", "Other CA").ca
    elif fault == "of another host":
        shown = pki.issue("elsewhere", names=("kms.example.com",))
    elif fault == "expired":
        shown = pki.issue("late", addresses=("127.0.0.1",), until=-timedelta(minutes=1))
    with served(shown) as port:
        files = {} if fault == "trusted by nobody here" else {"ca_file": trusted}
        given = options(f"https://127.0.0.1:{port}", token_file=token, **files)
        with client_of(given) as client, pytest.raises(BackendUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
            client.get("/me")
        with closing(open_cosmian(given, clock=SystemClock())) as signer:
            described = signer.describe()
            assert described.state is BackendState.UNAVAILABLE
            assert "certificate verify failed" in (described.reason or "")


def test_a_token_and_trust_anchors_that_change_are_used_without_a_restart(pki: TestPki, tmp_path: Path) -> None:
    token, anchors = tmp_path / "token", tmp_path / "anchors.pem"
    token.touch(mode=0o600)
    token.write_text("first\n")
    anchors.write_bytes(TestPki(tmp_path / "other", "Other CA").ca.read_bytes())
    with (
        served(pki.server) as port,
        client_of(options(f"https://127.0.0.1:{port}", ca_file=anchors, token_file=token)) as client,
    ):
        with pytest.raises(BackendUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
            client.get("/me")
        anchors.write_bytes(pki.ca.read_bytes())
        assert client.get("/me") == {"user": "Bearer first"}
        token.write_text("the second\n")
        with pytest.raises(BackendUnavailable, match="must contain exactly one token"):
            client.get("/me")
        token.write_text("second")
        assert client.get("/me") == {"user": "Bearer second"}


def test_a_secret_that_others_could_read_is_not_used(pki: TestPki, tmp_path: Path) -> None:
    certificate, key = pki.client("pki-runtime")
    key.chmod(0o640)
    given = options("https://127.0.0.1:1", ca_file=pki.ca, client_certificate_file=certificate, client_key_file=key)
    with client_of(given) as client, pytest.raises(BackendUnavailable, match="chmod 600"):
        client.get("/me")


def test_who_makes_keys_is_somebody_only_where_the_settings_say_so(tmp_path: Path) -> None:
    token = {"token_file": tmp_path / "a"}
    assert find_owner_identity(options("https://kms", **token)) is None
    nobody = options("http://localhost")
    assert find_owner_identity(nobody) == get_runtime_identity(nobody)
    both = options("https://kms", **token, owner_token_file=tmp_path / "b")
    owner = find_owner_identity(both)
    assert owner is not None
    assert (owner.token_file, get_runtime_identity(both).token_file) == (tmp_path / "b", tmp_path / "a")


def test_nobody_there_is_said_at_once() -> None:
    with (
        client_of(options("http://127.0.0.1:1")) as client,
        pytest.raises(BackendUnavailable, match="connection to the KMS failed"),
    ):
        client.get("/me")


@pytest.mark.parametrize("mood", [Mood.SILENT, Mood.TRICKLING], ids=lambda mood: mood.name.lower())
def test_every_call_has_a_deadline_however_slowly_the_answer_comes(mood: Mood) -> None:
    with proxy_to(1) as proxy, client_of(options(proxy.url), seconds=0.5) as client:
        proxy.mood = mood
        started = time.monotonic()
        with pytest.raises(BackendUnavailable, match=r"within 0\.5 s") as late:
            client.get("/me")
        assert time.monotonic() - started < 5
        assert late.value.facts == {"timed_out": True}


@pytest.mark.parametrize(
    ("mood", "told", "retry_after"),
    [(Mood.BUSY, "pause", 7), (Mood.BROKEN, "returned HTTP 5", 5), (Mood.GARBAGE, "invalid response", 5)],
    ids=lambda one: getattr(one, "name", str(one)).lower(),
)
def test_what_is_no_answer_is_never_taken_for_one(mood: Mood, told: str, retry_after: int) -> None:
    with proxy_to(1) as proxy, client_of(options(proxy.url)) as client:
        proxy.mood = mood
        for ask in (lambda: client.get("/me"), lambda: client.kmip(structure("Sign", text("UniqueIdentifier", "k")))):
            with pytest.raises(BackendUnavailable, match=told) as error:
                ask()
            assert error.value.retry_after == retry_after


P = b'{"tag":"SignResponse","value":'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'"SignResponse"',
        b'{"tag":"GetResponse","value":[]}',
        P + b"null}",
        P + b"[1]}",
        P + b'[]} {"tag":"SignResponse","value":[]}',
        b"[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_an_answer_that_is_no_kmip_is_refused(body: bytes) -> None:
    with pytest.raises(NotKmip, match=r"no JSON|no SignResponse|is no structure|holds what is no element"):
        decode(body, "SignResponse")


@pytest.mark.parametrize(
    "element",
    [
        '{"tag":"SignatureData","type":"ByteString","value":"0"}',
        '{"tag":"SignatureData","type":"ByteString","value":"xy"}',
        '{"tag":"SignatureData","type":"ByteString","value":7}',
        '{"tag":"SignatureData","type":"TextString","value":"00"}',
        '{"tag":"SignatureData","value":[]}',
        '{"tag":"Data","type":"ByteString","value":"00"}',
        ",".join(['{"tag":"SignatureData","type":"ByteString","value":"00"}'] * 2),
    ],
)
def test_a_signature_is_one_byte_string_and_nothing_else(element: str) -> None:
    answer = decode(P + f"[{element}]}}".encode(), "SignResponse")
    with pytest.raises(NotKmip, match=r"has \d elements SignatureData|is no byte string|is no hexadecimal"):
        answer.octets("SignatureData")


def answered(*numbers: str) -> KmipResponse:
    """A ResponseMessage with items of these ids."""
    items = [
        structure("BatchItem", {"tag": "UniqueBatchItemID", "type": "ByteString", "value": number})
        for number in numbers
    ]
    return decode(encode(structure("ResponseMessage", structure("ResponseHeader"), *items)), "ResponseMessage")


def test_the_answers_of_a_batch_are_told_apart_by_their_ids() -> None:
    items = batch_items(answered("00000001", "00000000", "00000002"), 3)
    assert [item.octets("UniqueBatchItemID")[-1] for item in items] == [0, 1, 2]


@pytest.mark.parametrize(
    "numbers",
    [
        ("00000000",),
        ("00000000", "00000000"),
        ("00000000", "00000002"),
        ("00000000", "00000001", "00000002"),
        ("00000000", "00000001", "00000001"),
        ("00", "01"),
        (),
    ],
    ids=lambda numbers: "-".join(numbers) or "none",
)
def test_a_batch_that_lacks_an_answer_or_has_a_foreign_one_is_none(numbers: tuple[str, ...]) -> None:
    with pytest.raises(NotKmip, match="answers to 2 operations, or answers to others"):
        batch_items(answered(*numbers), 2)


def test_type_stands_before_value_for_the_server_reads_as_a_stream() -> None:
    for row in KEY_TYPES.values():
        if row.signatures:
            order = create_key_pair(row, "k", datetime(2026, 1, 1, tzinfo=UTC))
            written = encode(order).decode()
            assert written.index('"tag":"CommonAttributes"') < written.index('"tag":"PrivateKeyAttributes"')
            for part in written.split('"value":')[:-1]:
                assert '"tag"' in part.rpartition("{")[2]


def test_every_hash_is_the_one_of_its_curve_and_always_said() -> None:
    said = {}
    for row in KEY_TYPES.values():
        for algorithm in row.signatures:
            written = encode(structure("x", *build_signing_parameters(algorithm))).decode()
            said[algorithm.name] = [part.partition('"')[0] for part in written.split('"value":"')[1:]]
    assert said["ECDSA-SHA256"] == ["SHA256", "ECDSAWithSHA256"]
    assert said["ECDSA-SHA384"] == ["SHA384", "ECDSAWithSHA384"]
    assert said["ECDSA-SHA512"] == ["SHA512", "ECDSAWithSHA512"]
    assert said["RSA-SHA256"] == ["SHA256", "SHA256WithRSAEncryption"]
    assert said["RSA-PSS-SHA512"] == ["SHA512", "RSASSAPSS"]
    assert said["Ed25519"] == said["Ed448"] == said["ML-DSA-65"] == []


def test_a_token_is_in_no_log(pki: TestPki, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    token = tmp_path / "token"
    token.touch(mode=0o600)
    token.write_text("canary-8d1f")
    with (
        served(pki.server) as port,
        client_of(options(f"https://127.0.0.1:{port}", ca_file=pki.ca, token_file=token)) as client,
    ):
        client.get("/me")
    assert "canary-8d1f" not in caplog.text


class _Told:
    """A KMS that says of itself what it is told to say."""

    def __init__(self, version: str, operations: tuple[str, ...] = ("Sign", "Get", "GetAttributes")) -> None:
        self._answers = {"/health": {"status": "UP"}, "/me": {"user": "pki-runtime"}, "/version": version}
        self._operations = operations

    def get(self, path: str, seconds: float | None = None) -> object:
        return self._answers[path]

    def kmip(self, operation: dict[str, object], operation_id: str | None = None) -> KmipResponse:
        return KmipResponse("QueryResponse", tuple({"tag": "Operation", "value": name} for name in self._operations))


@pytest.mark.parametrize(
    ("version", "warned", "lattices"),
    [
        ("5.28.0 (OpenSSL 3.6.3 9 Jun 2026-non-FIPS)", False, True),
        ("5.28.0 (OpenSSL 3.0.22 25 Aug 2026-non-FIPS)", False, False),
        ("5.28.0 (OpenSSL 3.6.3 9 Jun 2026)", False, False),
        ("5.27.9 (OpenSSL 3.6.3 9 Jun 2026-non-FIPS)", True, True),
        ("5.17.0 (OpenSSL 3.6.3 9 Jun 2026-non-FIPS)", True, False),
        ("unknown", True, False),
    ],
)
def test_kms_01_a_version_with_known_ways_around_key_protection_is_warned_about(
    version: str, warned: bool, lattices: bool
) -> None:
    seen = Inspector("kms", _Told(version), None).describe()
    assert (seen.state, seen.version) == (BackendState.AVAILABLE, version)
    assert any("known weaknesses in key protection" in warning for warning in seen.warnings) == warned
    assert ("ML-DSA-44" in seen.key_types) == lattices
    assert "ECDSA-P384" in seen.key_types


def test_a_kms_that_cannot_sign_is_of_no_use() -> None:
    seen = Inspector("kms", _Told("5.28.0", ("Get", "GetAttributes")), None).describe()
    assert (seen.state, seen.reason) == (BackendState.UNAVAILABLE, "The KMS does not support Sign.")
