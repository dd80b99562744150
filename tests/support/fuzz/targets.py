"""Every parser of what others send, by name: valid inputs to begin with, and the parser as the product calls it.

A parser may raise the product's own errors. Anything else is a fault.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.jwk import ECKey

from pki_manager.authority.cas.import_history import CrlSigner, read_row
from pki_manager.cli import yaml_file
from pki_manager.cli.history import openssl_index
from pki_manager.credentials.oidc import answers, id_token, keys, metadata
from pki_manager.domain import moment
from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import PkiError
from pki_manager.domain.names import AlternativeName, NameConstraints, NameKind
from pki_manager.domain.profiles import codec
from pki_manager.domain.profiles.terms import SanRule
from pki_manager.policy import names as name_rules
from pki_manager.policy.reasons import Findings
from pki_manager.ports.outbound import NetworkReach
from pki_manager.protocols import strict_json
from pki_manager.protocols.rest import bulk_rows
from pki_manager.signers.cosmian import wire
from pki_manager.storage.engine import paging, schema
from pki_manager.storage.engine.engines import open_sqlcipher
from pki_manager.x509 import acme_certificate, confined, crl, foreign, names, parse, pem
from pki_manager.x509 import path as paths
from pki_manager.x509.decode import decode_objects
from pki_manager.x509.lint import lint_certificate, lint_crl, lint_ocsp
from pki_manager.x509.ocsp import request
from tests.support.fuzz import acme as fuzz_acme
from tests.support.fuzz import cmp as fuzz_cmp
from tests.support.fuzz import est as fuzz_est
from tests.support.fuzz import scep as fuzz_scep
from tests.support.fuzz import seeds
from tests.support.fuzz.acme import CAA, alpn_certificates, judged_caa
from tests.support.paths import ISSUING, NOW
from tests.support.paths import crl as make_crl


@dataclass(frozen=True, slots=True)
class Target:
    """`seeds` are made when they are first needed; `tokens` are what inputs of the kind are made of, to be put in."""

    seeds: Callable[[], Sequence[bytes]]
    parse: Callable[[bytes], object]
    tokens: Sequence[bytes] = ()
    errors: tuple[type[Exception], ...] = field(default=(PkiError,))

    def attempt(self, data: bytes) -> None:
        """Nothing when the parser takes the input or refuses it in the product's own way."""
        with suppress(*self.errors):
            self.parse(data)


DER_TOKENS = (
    b"\x30\x80", b"\x80", b"\x84\xff\xff\xff\xff", b"\x00", b"\xff", b"\x30" * 40, b"\x02\x00", b"\x06\x00",
    b"\x03\x01\x08", b"\x02\x01\xff", b"\x17\x0d", b"\x18\x0f", b"\xa3", b"\x0c\x02\xc3\x28",
)  # fmt: skip


_JSON_TOKENS = (
    b"null", b"true", b"[]", b"{}", b"-1", b"1e999", b"-" + b"9" * 400, b'"\\ud800"', b'"\\u0000"', b"[" * 50, b'""',
)  # fmt: skip


def _trusted(data: bytes) -> object:
    leaf, _, root = seeds.chain()
    asked = paths.Question(
        certificate=leaf, intermediates=(data,), trust_anchors=(root,), time=NOW, crls=(make_crl(ISSUING),)
    )
    return paths.verify(asked)


def _anchored(data: bytes) -> object:
    leaf, issuing, _ = seeds.chain()
    return paths.verify(
        paths.Question(certificate=leaf, intermediates=(issuing,), trust_anchors=(data,), time=NOW, crls=())
    )


def _revoked(data: bytes) -> object:
    leaf, issuing, root = seeds.chain()
    asked = paths.Question(certificate=leaf, intermediates=(issuing,), trust_anchors=(root,), time=NOW, crls=(data,))
    return paths.verify(asked)


@cache
def _signer() -> CrlSigner:
    issuing = x509.load_der_x509_certificate(seeds.chain()[1])
    spki = issuing.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return CrlSigner(issuing.subject.public_bytes(), spki)


def _foreign_crl(data: bytes) -> object:
    return foreign.read_full_crl(data, _signer().subject_der, _signer().spki_der)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _names(data: bytes) -> None:
    """A subject, alternative names and subtrees as people write them, and what policy says of them."""
    rule, findings = SanRule(kinds=tuple(NameKind), wildcards=True), Findings()
    for line in _text(data).split("\n"):
        for read in (names.parse_dn, lambda text: NameConstraints.subtree(text, "permit"), Duration.parse, _moment):
            with suppress(PkiError):
                read(line)
        with suppress(PkiError):
            name_rules.judge_sans((AlternativeName.parse(line),), rule, findings)


def _moment(text: str) -> object:
    return moment.parse_moment(text, "time")


_NAMES = (
    b"CN=www.example.com,O=Example\\, Inc.,C=DE", b"DNS:*.xn--bcher-kva.example", b"IP:2001:db8::1", b"IP:10.0.0.0/8",
    b"email:a@example.com", b"URI:https://user@example.com:1/x?y#z", b"P1Y2M3DT4H", b"2027-01-01T00:00:00.5+01:00",
    b"UPN:alice@corp.example", b"dirName:O=Example", "email:ä@bücher.example".encode(), b"1.2.3=#0c0161",
)  # fmt: skip


_NAME_TOKENS = (b"DNS:", b"IP:", b"email:", b"URI:", b"xn--", b"*.", b"[", b"]", b"::", b"%", b"\\", b"#", b"+", b"@")


def _yaml(data: bytes) -> object:
    return codec.from_dict(yaml_file.read_mapping(data, "--in"))


def _bulk(data: bytes) -> None:
    for kind in bulk_rows.MEDIA_TYPES:
        with suppress(PkiError):
            for row in bulk_rows.read_rows(data, kind, {"ca": "Issuing CA"}):
                with suppress(PkiError):
                    read_row(row, _signer(), NOW)


_ROWS = (
    b'csr,sans,profile\r\n"a ""quoted"" cell",DNS:a.example DNS:b.example,tls-server\r\n',
    b'{"serial_number": "0a", "revoked_at": "2026-01-02T03:04:05Z", "reason": "keyCompromise"}\n{"sans": ["DNS:a"]}\n',
    b"serial_number,revoked_at,expires_at,invalidity_date\n1f,2026-01-02T03:04:05Z,2027-01-01T00:00:00Z,\n",
)


def _index(data: bytes) -> object:
    return list(openssl_index.read_index(_text(data)))


_INDEX = (
    b"R\t270101000000Z\t260101000000Z,keyTime,20250101000000Z\t0A\tunknown\t/CN=a\n",
    b"V\t20510101000000Z\t\t1000\tunknown\t/C=DE/CN=b\nE\t200101000000Z\t\t02\tunknown\t/CN=c\n",
)


def _ttlv(data: bytes) -> None:
    answer = wire.decode(data, "SignResponse")
    for read in (answer.text, answer.octets, answer.find_boolean, answer.find_text, answer.structure):
        with suppress(wire.NotKmip):
            read("SignatureData")
    for structure in answer.structures("Attributes"):
        list(structure.texts("UniqueIdentifier"))


_KMIP = (
    json.dumps({"tag": "SignResponse", "type": "Structure", "value": [
        {"tag": "UniqueIdentifier", "type": "TextString", "value": "k"},
        {"tag": "SignatureData", "type": "ByteString", "value": "00ff"},
        {"tag": "Attributes", "type": "Structure", "value": []}]}).encode(),
)  # fmt: skip


_KEY = ECKey.generate_key("P-256", {"kid": "one"})


_EXPECTED = id_token.Expected(
    issuer="https://id.example", client_id="us", nonce="n", access_token="a", since=NOW - timedelta(hours=1), now=NOW
)


_CLAIMS = json.dumps(
    {"iss": "https://id.example", "aud": ["us"], "azp": "us", "nonce": "n", "sub": "alice", "exp": NOW.timestamp() + 60,
     "iat": NOW.timestamp(), "nbf": 1, "auth_time": NOW.timestamp(), "at_hash": "AAAA"}
).encode()  # fmt: skip


def _claims(data: bytes) -> object:
    """Return the claims of any JSON that the provider signs."""
    token = jws.serialize_compact({"alg": "ES256", "kid": "one"}, data, _KEY)
    return id_token.verify(token, lambda *_: _KEY, frozenset({"ES256"}), _EXPECTED)


def _token(data: bytes) -> object:
    """Read any text as a token."""
    return id_token.verify(_text(data), lambda *_: _KEY, frozenset(id_token.ALGORITHMS), _EXPECTED)


def _provider(data: bytes) -> None:
    told = answers.parse_document(data)
    for key in told.get("keys", []) if isinstance(told.get("keys"), list) else ():
        keys._import(key)
    metadata.parse(told, "https://id.example", NetworkReach())


_PROVIDER = (
    json.dumps({"keys": [_KEY.as_dict(private=False), {"kty": "RSA", "n": "A" * 342, "e": "AQAB", "kid": "two"}],
                "issuer": "https://id.example", "token_endpoint": "https://id.example/t",
                "authorization_endpoint": "https://id.example/a", "jwks_uri": "https://id.example/k"}).encode(),
)  # fmt: skip


@cache
def _house() -> Callable[[str], int]:
    """An initialized authority behind its REST door; a target to the status of its answer."""
    from tests.protocols.rest.door import make_house

    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    key = bytes(range(32))
    engine = open_sqlcipher(folder / "pki.db", key)
    schema.upgrade(engine)
    engine.dispose()
    house = make_house(folder, folder / "pki.db", key, key)
    import atexit

    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return lambda target: house.door.get(target).status


_LISTS = (
    "certificates",
    "requests",
    "audit",
    "jobs",
    "users",
    "search",
    "cas",
    "profiles",
    "tokens",
    "crls",
    "approvals",
)


def _query(data: bytes) -> None:
    """`query=…&state=…` to each of the lists: what a filter is made of, percent-encoded or not."""
    wanted = quote(data, safe="=&%+")
    for name in _LISTS:
        status = _house()(f"/{name}?{wanted}")
        if status >= 500:
            raise AssertionError(f"/{name}?{wanted}: {status}")


_QUERIES = (
    b"query=www.example.com&state=valid&limit=5", b"q=CN=a", b"q=0x0a:0b&limit=200", b"query=*.example&ca=Issuing CA",
    b"expires_before=2027-01-01T00:00:00Z&profile=tls-server", b"cursor=AAAA", b"action=certificate.issued&actor=a",
    b"since=2026-01-01T00:00:00Z&until=9999-12-31T23:59:59Z",
)  # fmt: skip


def _cursor(data: bytes) -> None:
    text = _text(data)
    for types in ((str,), (int, str), (str, int)):
        with suppress(PkiError):
            paging.decode_cursor(text, *types)
    paging.decode_id(text)


def _private_key(data: bytes) -> object:
    return confined.open_private_key(data, "password", "key")


def _of_der(seeds: Callable[[], Sequence[bytes]], parser: Callable[[bytes], object]) -> Target:
    return Target(seeds, parser, DER_TOKENS)


_PEM_TOKENS = (b"-----BEGIN ", b"-----END ", b"-----", b"\r\n", b"=")


_QUERY_TOKENS = (b"&", b"=", b"%00", b"%ff", b"%ed%a0%80", b"0x", b"9" * 30, b"*", b":")


TARGETS: Mapping[str, Target] = {
    "csr": _of_der(lambda: (*seeds.requests(), seeds.pss_request()), parse.parse_csr),
    "certificate": _of_der(seeds.certificates, parse.parse_certificate),
    "crl": _of_der(seeds.crls, crl.read_crl_facts),
    "foreign-crl": _of_der(seeds.crls, _foreign_crl),
    "ocsp-request": _of_der(seeds.ocsp, request.parse_request),
    "decode-pkcs7": _of_der(seeds.containers, decode_objects),
    "decode-pkcs12": _of_der(seeds.pfx, lambda data: decode_objects(data, "password")),
    "private-key": _of_der(seeds.keys, _private_key),
    "decode-certificate": _of_der(seeds.certificates, decode_objects),
    "decode-request": _of_der(seeds.requests, decode_objects),
    "decode-crl": _of_der(seeds.crls, decode_objects),
    "decode-ocsp": _of_der(seeds.ocsp, decode_objects),
    "lint-certificate": _of_der(seeds.certificates, lambda data: lint_certificate(data, None, full=True)),
    "lint-crl": _of_der(seeds.crls, lambda data: lint_crl(data, None, full=True)),
    "lint-ocsp": _of_der(seeds.ocsp, lambda data: lint_ocsp(data, full=True)),
    "path-intermediates": _of_der(seeds.certificates, _trusted),
    "path-anchors": _of_der(seeds.certificates, _anchored),
    "path-crls": _of_der(seeds.crls, _revoked),
    "scep-message": _of_der(fuzz_scep.messages, fuzz_scep.read_message),
    "cms-enveloped": _of_der(fuzz_scep.envelopes, fuzz_scep.read_envelope),
    "scep-content": _of_der(fuzz_scep.contents, fuzz_scep.read_content),
    "est-body": Target(fuzz_est.bodies, fuzz_est.read_body, fuzz_est.TEXT_TOKENS),
    "est-key-request": _of_der(fuzz_est.key_requests, fuzz_est.read_key_request),
    "est-authorization": Target(fuzz_est.authorizations, fuzz_est.read_authorization, fuzz_est.TEXT_TOKENS),
    "cmp": _of_der(fuzz_cmp.messages, fuzz_cmp.read_all),
    "acme-certificate": _of_der(alpn_certificates, acme_certificate.read),
    "directory-name": _of_der(
        lambda: [parse.parse_certificate(one).subject_der for one in seeds.chain()], names.from_der
    ),
    "pem": Target(
        seeds.pem,
        lambda data: pem.read(data, pem.CSR_LABELS, "csr"),
        (b"-----BEGIN ", b"-----END ", b"-----", b"\r\n", b"="),
    ),
    "caa": Target(
        lambda: CAA, judged_caa, (b";", b"=", b" ", b"\t", b"accounturi", b"validationmethods", b"-", b".", b",")
    ),
    "names": Target(lambda: _NAMES, _names, _NAME_TOKENS),
    "profile-yaml": Target(
        seeds.profiles, _yaml, (b"&a ", b"*a", b"!!", b"<<: ", b"- ", b"|\n", b"? ", b"{", b"[", b": ")
    ),
    "bulk": Target(lambda: _ROWS, _bulk, (*_JSON_TOKENS, b'"', b",", b"\r", b"\n", b"=")),
    "index-txt": Target(lambda: _INDEX, _index, (b"\t", b"\\\t", b"R", b",keyTime,", b"Z", "²".encode())),
    "kmip": Target(lambda: _KMIP, _ttlv, _JSON_TOKENS, (PkiError, wire.NotKmip)),
    "oidc-claims": Target(lambda: (_CLAIMS,), _claims, _JSON_TOKENS),
    "oidc-token": Target(
        lambda: (jws.serialize_compact({"alg": "ES256"}, _CLAIMS, _KEY).encode(),), _token, (b".", b"=", b"eyJ")
    ),
    "oidc-provider": Target(lambda: _PROVIDER, _provider, (*_JSON_TOKENS, b'"https://["', b'"http://a@b/"')),
    "acme-body": Target(fuzz_acme.bodies, fuzz_acme.taken_body, (*_JSON_TOKENS, b'"kid"', b'"header"', b"=")),
    "acme-payload": Target(lambda: fuzz_acme.PAYLOADS, fuzz_acme.read_payload, (*_JSON_TOKENS, b".", b"=", b"-", b"_")),
    "json-body": Target(lambda: _ROWS[1:2], strict_json.read_json, _JSON_TOKENS),
    "cursor": Target(lambda: (paging.encode_cursor((1, "a")).encode(),), _cursor, (b"=", b"-", b"_")),
    "list-query": Target(
        lambda: _QUERIES, _query, (b"&", b"=", b"%00", b"%ff", b"%ed%a0%80", b"0x", b"9" * 30, b"*", b":")
    ),
}
"""By name. `python -m tools.fuzz SECONDS NAME` goes on at one of them."""
