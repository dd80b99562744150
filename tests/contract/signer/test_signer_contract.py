"""What every key backend must do (ports/signer.py), run on each adapter."""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, mldsa, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from pki_manager.domain.algorithms import KEY_TYPES, SIGNATURES, KeyFamily, KeyType, SignatureAlgorithm
from pki_manager.domain.errors import Conflict, InvalidInput, NotFound
from pki_manager.ports.signer import BackendState, BatchingSigner, KeyRef, Signer, SigningOrder
from tests.contract.signer.adapters import destroy_there, generate_there, sign_there
from tests.contract.signer.conftest import Backend
from tests.contract.signer.verification import verifies

P256 = KEY_TYPES["ECDSA-P256"]
ED25519 = KEY_TYPES["Ed25519"]
SIGNING = [row for row in KEY_TYPES.values() if row.signatures]
every_key_type = pytest.mark.parametrize("key_type", SIGNING, ids=lambda row: row.name)
FITTING = [
    pytest.param(key_type, algorithm, id=f"{key_type.name}-{algorithm.name}")
    for key_type in SIGNING
    for algorithm in key_type.signatures
]
UNFIT = [
    pytest.param(key_type, algorithm, id=f"{key_type.name}-{algorithm.name}")
    for key_type in (KEY_TYPES["RSA-2048"], P256, ED25519, KEY_TYPES["Ed448"], KEY_TYPES["ML-DSA-44"])
    for algorithm in SIGNATURES.values()
    if algorithm not in key_type.signatures
]


def standing(signer: Signer, key_type: KeyType) -> KeyRef:
    """The session's key of that type: made by whoever asks first. Skipped for a type that the backend says it lacks."""
    if key_type.name not in signer.describe().key_types:
        pytest.skip(f"the {signer.name} backend makes no {key_type.name} keys")
    return signer.generate(key_type, f"standing-{key_type.name}")


def fresh(signer: Signer, key_type: KeyType = P256) -> KeyRef:
    return signer.generate(key_type, str(uuid4()))


def kind_of(spki: bytes) -> tuple[KeyFamily, int, str | None]:
    key = load_der_public_key(spki)
    assert key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) == spki
    match key:
        case rsa.RSAPublicKey():
            assert key.public_numbers().e == 65537
            return KeyFamily.RSA, key.key_size, None
        case ec.EllipticCurvePublicKey():
            return KeyFamily.EC, key.key_size, key.curve.name
        case ed25519.Ed25519PublicKey():
            return KeyFamily.ED25519, 256, None
        case ed448.Ed448PublicKey():
            return KeyFamily.ED448, 456, None
        case mldsa.MLDSA44PublicKey():
            return KeyFamily.ML_DSA, 44, None
        case mldsa.MLDSA65PublicKey():
            return KeyFamily.ML_DSA, 65, None
        case mldsa.MLDSA87PublicKey():
            return KeyFamily.ML_DSA, 87, None
    raise AssertionError(type(key))


@every_key_type
def test_a_generated_key_is_of_its_type(backend: Backend, key_type: KeyType):
    spki = backend.signer.get_public_key(standing(backend.signer, key_type))
    assert kind_of(spki) == (key_type.family, key_type.size, key_type.curve)


@every_key_type
def test_generating_again_under_the_same_id_gives_the_same_key(backend: Backend, key_type: KeyType):
    first = standing(backend.signer, key_type)
    spki = backend.signer.get_public_key(first)
    assert standing(backend.signer, key_type) == first == KeyRef(backend.signer.name, first.key_id)
    assert backend.signer.get_public_key(first) == spki


def test_a_key_that_is_there_is_adopted_and_one_that_is_not_is_not_made(backend: Backend):
    ref = fresh(backend.signer)
    assert backend.signer.adopt(P256, ref.key_id) == ref
    with pytest.raises(Conflict, match="is ECDSA-P256"):
        backend.signer.adopt(ED25519, ref.key_id)
    nobodys = str(uuid4())
    with pytest.raises(NotFound, match=r"Key .* not found"):
        backend.signer.adopt(P256, nobodys)
    with pytest.raises(NotFound, match=r"Key .* not found"):
        backend.signer.get_public_key(KeyRef(ref.backend, nobodys))


def test_another_id_gives_another_key(backend: Backend):
    keys = {backend.signer.get_public_key(fresh(backend.signer)) for _ in range(3)}
    assert len(keys) == 3


def test_the_same_id_with_another_type_is_a_conflict_and_changes_nothing(backend: Backend):
    ref = fresh(backend.signer)
    spki = backend.signer.get_public_key(ref)
    with pytest.raises(Conflict, match="is ECDSA-P256"):
        backend.signer.generate(ED25519, ref.key_id)
    assert backend.signer.get_public_key(ref) == spki


@pytest.mark.parametrize(("key_type", "algorithm"), FITTING)
def test_a_signature_verifies_under_the_public_key(backend: Backend, key_type: KeyType, algorithm: SignatureAlgorithm):
    ref = standing(backend.signer, key_type)
    signature = backend.signer.sign(ref, b"to be signed", algorithm, str(uuid4()))
    spki = backend.signer.get_public_key(ref)
    assert verifies(spki, signature, b"to be signed", algorithm)
    assert not verifies(spki, signature, b"to be signet", algorithm)


def test_several_signatures_are_made_in_one_exchange_and_each_has_its_own_end(backend: Backend):
    if not isinstance(backend.signer, BatchingSigner) or not backend.signer.can_batch(P256):
        pytest.skip(f"the {backend.signer.name} backend makes one signature at a time")
    first, second = standing(backend.signer, P256), standing(backend.signer, ED25519)
    lost = KeyRef(backend.signer.name, str(uuid4()))
    gone = fresh(backend.signer)
    backend.signer.sign(gone, b"known by now", P256.signature, str(uuid4()))
    destroy_there(backend.adapter.name, backend.home, gone.key_id)
    wanted = [
        (first, P256.signature),
        (lost, P256.signature),
        (second, ED25519.signature),
        (first, ED25519.signature),
        (gone, P256.signature),
        (second, ED25519.signature),
    ]
    orders = [
        SigningOrder(ref, f"message {number}".encode(), algorithm, str(uuid4()))
        for number, (ref, algorithm) in enumerate(wanted)
    ]
    answers = backend.signer.sign_batch(orders)
    kinds = [bytes, NotFound, bytes, InvalidInput, NotFound, bytes]
    assert [type(answer) for answer in answers] == kinds
    for order, answer in zip(orders, answers, strict=True):
        if isinstance(answer, bytes):
            assert verifies(backend.signer.get_public_key(order.ref), answer, order.data, order.algorithm)
    assert backend.signer.sign_batch([]) == []


@pytest.mark.parametrize("data", [b"", bytes(1_000_000)], ids=["empty", "a megabyte"])
def test_a_message_of_any_size_is_signed_whole(backend: Backend, data: bytes):
    ref = standing(backend.signer, P256)
    signature = backend.signer.sign(ref, data, P256.signature, str(uuid4()))
    assert verifies(backend.signer.get_public_key(ref), signature, data, P256.signature)


@pytest.mark.parametrize(("key_type", "algorithm"), UNFIT)
def test_an_algorithm_that_does_not_fit_the_key_is_refused(
    backend: Backend, key_type: KeyType, algorithm: SignatureAlgorithm
):
    ref = standing(backend.signer, key_type)
    with pytest.raises(InvalidInput, match=f"must be a signature algorithm for {key_type.name} keys"):
        backend.signer.sign(ref, b"x", algorithm, str(uuid4()))


@pytest.mark.parametrize("count", [4_000, pytest.param(100_000, marks=pytest.mark.long)])
def test_kms_11_ecdsa_signatures_with_leading_zeros_are_valid_der(backend: Backend, count: int):
    ref = standing(backend.signer, P256)
    spki = backend.signer.get_public_key(ref)
    short = 0
    for number in range(count):
        data = number.to_bytes(4, "big")
        signature = backend.signer.sign(ref, data, P256.signature, "kms-11")
        r, s = decode_dss_signature(signature)
        assert encode_dss_signature(r, s) == signature, "not the one DER encoding of these numbers"
        if min(r, s) < 1 << 248:  # its first octet is zero
            short += 1
            assert verifies(spki, signature, data, P256.signature)
    assert short, "no short number among them: the test means nothing"


def test_an_unknown_key_is_not_found(backend: Backend):
    ref = KeyRef(backend.signer.name, str(uuid4()))
    with pytest.raises(NotFound, match=r"Key .* not found"):
        backend.signer.get_public_key(ref)
    with pytest.raises(NotFound, match=r"Key .* not found"):
        backend.signer.sign(ref, b"x", P256.signature, str(uuid4()))


def test_kms_02_a_key_of_another_backend_is_not_found_even_with_a_known_id(backend: Backend):
    ours = fresh(backend.signer)
    ref = KeyRef("elsewhere", ours.key_id)
    with pytest.raises(NotFound, match=r"Key .* not found"):
        backend.signer.get_public_key(ref)
    with pytest.raises(NotFound, match=r"Key .* not found"):
        backend.signer.sign(ref, b"x", P256.signature, str(uuid4()))
    backend.signer.destroy(ref)
    assert backend.signer.get_public_key(ours)


def test_a_destroyed_key_is_gone_and_others_stay(backend: Backend):
    doomed, other = fresh(backend.signer), fresh(backend.signer)
    backend.signer.sign(doomed, b"x", P256.signature, str(uuid4()))
    backend.signer.destroy(doomed)
    backend.signer.destroy(doomed)
    with pytest.raises(NotFound, match=r"Key .* not found"):
        backend.signer.sign(doomed, b"x", P256.signature, str(uuid4()))
    with pytest.raises(NotFound, match=r"Key .* not found"):
        backend.signer.get_public_key(doomed)
    assert backend.signer.get_public_key(other)


def test_a_backend_describes_itself(backend: Backend):
    description = backend.signer.describe()
    assert (description.name, description.kind) == (backend.signer.name, backend.adapter.name)
    assert (description.state, description.reason) == (BackendState.AVAILABLE, None)
    assert set(description.key_types) <= {row.name for row in SIGNING}
    assert P256.name in description.key_types


def test_a_type_that_the_backend_does_not_name_is_not_made(backend: Backend):
    for row in SIGNING:
        if row.name not in backend.signer.describe().key_types:
            with pytest.raises(InvalidInput, match=r"must be a key type that the (token|KMS) supports"):
                backend.signer.generate(row, str(uuid4()))


def test_a_key_that_cannot_sign_is_not_made(backend: Backend):
    key_id = str(uuid4())
    with pytest.raises(InvalidInput, match=r"must be a key type that (can sign|the .* supports)"):
        backend.signer.generate(KEY_TYPES["ML-KEM-768"], key_id)
    with pytest.raises(NotFound, match=r"Key .* not found"):
        backend.signer.get_public_key(KeyRef(backend.signer.name, key_id))


def test_eight_threads_that_make_one_key_get_one_key(backend: Backend):
    key_id = str(uuid4())
    with ThreadPoolExecutor(8) as pool:
        spkis = set(pool.map(lambda _: backend.signer.get_public_key(backend.signer.generate(P256, key_id)), range(8)))
    assert len(spkis) == 1


def test_eight_threads_sign_at_once_each_its_own(backend: Backend):
    refs = [fresh(backend.signer) for _ in range(4)]
    work = [(refs[number % 4], str(number).encode()) for number in range(400)]
    with ThreadPoolExecutor(8) as pool:
        signatures = list(pool.map(lambda item: backend.signer.sign(item[0], item[1], P256.signature, "threads"), work))
    for (ref, data), signature in zip(work, signatures, strict=True):
        assert verifies(backend.signer.get_public_key(ref), signature, data, P256.signature)


def test_another_process_signs_with_the_same_key(durable: Backend, processes: ProcessPoolExecutor):
    ref = fresh(durable.signer)
    spki = durable.signer.get_public_key(ref)
    name, home = durable.adapter.name, durable.home
    assert processes.submit(generate_there, name, home, P256.name, ref.key_id).result(30) == spki
    signature = processes.submit(sign_there, name, home, P256.name, ref.key_id, b"from there").result(30)
    assert verifies(spki, signature, b"from there", P256.signature)


def test_processes_that_make_one_key_at_once_get_one_key(durable: Backend, processes: ProcessPoolExecutor):
    ids = [str(uuid4()) for _ in range(6)]
    name, home = durable.adapter.name, durable.home
    there = [(key_id, processes.submit(generate_there, name, home, P256.name, key_id)) for key_id in ids for _ in "ab"]
    here = {key_id: durable.signer.get_public_key(durable.signer.generate(P256, key_id)) for key_id in ids}
    assert all(future.result(30) == here[key_id] for key_id, future in there)


def test_a_key_destroyed_by_another_process_soon_signs_nowhere(durable: Backend, processes: ProcessPoolExecutor):
    ref = fresh(durable.signer)
    durable.signer.sign(ref, b"x", P256.signature, "before")
    assert processes.submit(destroy_there, durable.adapter.name, durable.home, ref.key_id).result(30) is None

    def signed_in_vain() -> bool:
        time.sleep(0.05)
        durable.signer.sign(ref, b"x", P256.signature, "after")
        return True

    with pytest.raises(NotFound, match=r"Key .* not found"):
        all(signed_in_vain() for _ in range(100))
