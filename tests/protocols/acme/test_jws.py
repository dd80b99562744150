"""JWS as ACME wants them (RFC 8555 §6.2): every other kind is refused, each in the right words."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pki_manager.domain.errors import Malformed, PkiError
from pki_manager.protocols.acme import base64url, jws
from pki_manager.protocols.acme.account_key import AccountKey, load_known_key, read_key
from pki_manager.protocols.acme.errors import get_problem_type
from tests.protocols.acme.signing import Signer, b64, new_signer, number

URL = "https://pki.example/acme/new-account"
EC = new_signer()
RSA = new_signer("RSA-2048")
KINDS = ("P-256", "P-384", "P-521", "Ed25519", "RSA-2048", "RSA-4096")


def header(signer: Signer = EC, **more: Any) -> dict[str, Any]:
    return {"jwk": signer.jwk, "nonce": "n", "url": URL, **more}


def read(value: object) -> jws.SignedJws:
    return jws.read_body(json.dumps(value).encode())


def key_of(signer: Signer) -> AccountKey:
    return read_key(signer.jwk)


def verified(value: object) -> None:
    signed = read(value)
    signed.verify(signed.key or key_of(EC))


def kind_of(value: object) -> str:
    """The word that it is refused with, read and verified."""
    with pytest.raises(PkiError) as caught:
        verified(value)
    return get_problem_type(caught.value).kind


@pytest.mark.parametrize("kind", KINDS)
def test_a_request_is_read_and_verified_with_every_kind_of_key(kind: str) -> None:
    signer = new_signer(kind)
    signed = read(signer.jws(header(signer), {"a": 1}))
    assert signed.key is not None
    signed.verify(signed.key)
    assert (signed.url, signed.nonce, signed.key_id, json.loads(signed.payload)) == (URL, "n", None, {"a": 1})
    assert signed.key.thumbprint == load_known_key(signed.key.jwk).thumbprint == signer.thumbprint
    spki = signer.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert signed.key.spki_der == spki


def test_ed25519_is_taken_by_both_its_names() -> None:
    signer = new_signer("Ed25519")
    for name in ("EdDSA", "Ed25519"):
        signed = read(signer.jws(header(signer, alg=name), None))
        signed.verify(key_of(signer))


def test_acm_11_another_signature_is_none() -> None:
    good = EC.jws(header(), {"a": 1})
    assert kind_of({**good, "payload": b64(b'{"a":2}')}) == "malformed"
    assert kind_of({**good, "signature": b64(b"\0" * 64)}) == "malformed"
    assert kind_of({**good, "signature": ""}) == "malformed"
    assert kind_of(new_signer().jws(header(EC), {"a": 1})) == "malformed"


def test_acm_11_no_signature_and_macs_are_no_signatures() -> None:
    none = EC.jws(header(alg="none"), {})
    assert kind_of({**none, "signature": ""}) == "badSignatureAlgorithm"
    protected = b64(json.dumps({"alg": "HS256", **header(RSA)}).encode())
    public = RSA.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    mac = b64(hmac.digest(public, f"{protected}.".encode(), "sha256"))
    assert kind_of({"protected": protected, "payload": "", "signature": mac}) == "badSignatureAlgorithm"


@pytest.mark.parametrize("algorithm", ["ES384", "RS256", "EdDSA"])
def test_acm_11_the_algorithm_has_to_be_the_keys(algorithm: str) -> None:
    assert kind_of(EC.jws(header(alg=algorithm), {})) == "badSignatureAlgorithm"


@pytest.mark.parametrize("algorithm", ["RS1", "PS256", "RS512", "es256", "", 5, None, ["ES256"]], ids=repr)
def test_acm_11_other_algorithms_are_not_taken(algorithm: object) -> None:
    assert kind_of(EC.jws(header(alg=algorithm), {})) == "badSignatureAlgorithm"


def odd(**members: Any) -> dict[str, Any]:
    return {**EC.jws(header(), {}), **members}


def repeated() -> dict[str, Any]:
    jwk = json.dumps(EC.jwk).encode()
    return odd(protected=b64(b'{"alg":"ES256","url":"a","url":"b","nonce":"n","jwk":' + jwk + b"}"))


ODD: dict[str, Callable[[], object]] = {
    "two signatures": lambda: {"payload": "", "signatures": [odd(), odd()]},
    "one and several signatures": lambda: odd(signatures=[]),
    "an unprotected header": lambda: odd(header={"kid": "x"}),
    "an empty unprotected header": lambda: odd(header={}),
    "compact": lambda: ".".join(odd().values()),
    "a list": lambda: [odd()],
    "no payload": lambda: {name: odd()[name] for name in ("protected", "signature")},
    "a number for a payload": lambda: odd(payload=5),
    "padding": lambda: odd(payload="e30="),
    "base64": lambda: odd(payload="e3+/"),
    "stray bits": lambda: odd(payload="e31"),
    "jwk and kid": lambda: EC.jws(header(kid=URL), {}),
    "neither jwk nor kid": lambda: EC.jws({"nonce": "n", "url": URL}, {}),
    "a number for a kid": lambda: EC.jws({"nonce": "n", "url": URL, "kid": 5}, {}),
    "no url": lambda: EC.jws({"nonce": "n", "jwk": EC.jwk}, {}),
    "a number for a url": lambda: EC.jws(header(url=5), {}),
    "a number for a nonce": lambda: EC.jws(header(nonce=5), {}),
    "crit": lambda: EC.jws(header(crit=["b64"], b64=False), {}),
    "b64": lambda: EC.jws(header(b64=True), {}),
    "jku": lambda: EC.jws(header(jku="https://evil.test/keys"), {}),
    "a header that is no object": lambda: odd(protected=b64(b"[]")),
    "a header that is none": lambda: odd(protected=""),
    "a giant header": lambda: EC.jws(header(more="x" * 9000), {}),
    "a repeated member": repeated,
}


@pytest.mark.parametrize("name", ODD)
def test_acm_11_what_is_no_such_jws_is_malformed(name: str) -> None:
    assert kind_of(ODD[name]()) == "malformed"


@pytest.mark.parametrize("text", ["e30=", "e31", "e", "e3+/", "e3_\n", "é", 5, None])
def test_base64url_has_one_form(text: object) -> None:
    with pytest.raises(Malformed, match="payload: is not Base64url without padding"):
        base64url.decode(text, "payload")
    assert base64url.decode("e30", "payload") == b"{}"


def test_acm_22_a_thumbprint_is_of_the_required_members_alone() -> None:
    for signer in (EC, RSA, new_signer("Ed25519")):
        decorated = {"alg": "ES256", "kid": "mine", "use": "sig", "key_ops": ["encrypt"], "x5c": [], **signer.jwk}
        assert read_key(decorated).thumbprint == signer.thumbprint
        assert read_key(dict(reversed(decorated.items()))).jwk == read_key(signer.jwk).jwk
    signed = read(EC.jws(header(jwk={**EC.jwk, "use": "enc", "alg": "ECDH-ES", "key_ops": []}), {}))
    assert signed.key is not None
    signed.verify(signed.key)


def test_acm_22_the_thumbprint_of_rfc_7638_is_found() -> None:
    modulus = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjh"
        "Mstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL"
        "5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    found = read_key({"kty": "RSA", "n": modulus, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"})
    assert b64(found.thumbprint) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def close_primes() -> dict[str, str]:
    """Two primes next to each other, as Fermat finds them."""
    prime = rsa.generate_private_key(65537, 2048).private_numbers().p
    second = prime + 2
    while pow(2, second - 1, second) != 1:
        second += 2
    return {"kty": "RSA", "n": number(prime * second), "e": "AQAB"}


def rsa_jwk(modulus: int) -> dict[str, str]:
    return {"kty": "RSA", "n": number(modulus), "e": "AQAB"}


def zero_first(text: str) -> str:
    """The same number."""
    return b64(b"\0" + base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def short() -> dict[str, str]:
    """A point of the curve, without the zero that its coordinate begins with."""
    while not (point := new_signer()).jwk["x"].startswith("A"):
        pass
    octets = base64.urlsafe_b64decode(point.jwk["x"] + "=")
    return {**point.jwk, "x": b64(octets.lstrip(b"\0"))} if octets[0] == 0 else short()


BAD: dict[str, Callable[[], object]] = {
    "text": lambda: "key",
    "symmetric": lambda: {"kty": "oct", "k": b64(b"secret")},
    "private": lambda: {**EC.jwk, "d": "AAAA"},
    "RSA-1024": lambda: rsa_jwk((1 << 1024) - 159),
    "RSA-8192": lambda: rsa_jwk((1 << 8192) - 159),
    "RSA of 4097 bits": lambda: rsa_jwk((1 << 4096) + 1),
    "a modulus with a leading zero": lambda: {**RSA.jwk, "n": zero_first(RSA.jwk["n"])},
    "an exponent with a leading zero": lambda: {**RSA.jwk, "e": zero_first(RSA.jwk["e"])},
    "a coordinate with another zero": lambda: {**EC.jwk, "x": zero_first(EC.jwk["x"])},
    "exponent 3": lambda: {**RSA.jwk, "e": "Aw"},
    "even exponent": lambda: {**RSA.jwk, "e": number(65538)},
    "giant exponent": lambda: {**RSA.jwk, "e": number((1 << 4000) + 1)},
    "close primes": close_primes,
    "small factor": lambda: rsa_jwk(3 * ((1 << 2048) + 1)),
    "not on the curve": lambda: {**EC.jwk, "y": EC.jwk["x"]},
    "of another curve": lambda: {**EC.jwk, "crv": "P-384"},
    "a coordinate without its zero": short,
    "secp256k1": lambda: {**EC.jwk, "crv": "secp256k1"},
    "a curve that is no text": lambda: {**EC.jwk, "crv": ["P-256"]},
    "padding": lambda: {**EC.jwk, "x": EC.jwk["x"] + "="},
    "Ed448": lambda: {"kty": "OKP", "crv": "Ed448", "x": b64(b"\1" * 57)},
    "X25519": lambda: {"kty": "OKP", "crv": "X25519", "x": b64(b"\1" * 32)},
    "a short Ed25519 key": lambda: {"kty": "OKP", "crv": "Ed25519", "x": b64(b"\1" * 31)},
    "the neutral point": lambda: {"kty": "OKP", "crv": "Ed25519", "x": b64(b"\1" + b"\0" * 31)},
    "nothing": dict,
}


@pytest.mark.parametrize("name", BAD)
def test_weak_and_odd_keys_are_bad_public_keys(name: str) -> None:
    assert kind_of(EC.jws(header(jwk=BAD[name]()), {})) == "badPublicKey"
