"""Which key of a token signs: the one that was made under that id, and no other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pkcs11
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from pkcs11.constants import Attribute, ObjectClass
from pkcs11.exceptions import AttributeSensitive

from pki_manager.domain.algorithms import KEY_TYPES
from pki_manager.domain.errors import BackendUnavailable, Conflict, NotFound
from pki_manager.ports.signer import BackendState, KeyRef
from pki_manager.signers.pkcs11.signer import Pkcs11Signer
from tests.contract.signer.verification import verifies
from tests.installation.signers.pkcs11.conftest import P256, Bench
from tests.services.softhsm2 import PIN
from tests.support.canary import clothes, dressed, hits
from tests.support.keystores import tamper


def objects(signer: Pkcs11Signer, key_id: str, look: Callable[[pkcs11.Object], object]) -> list[object]:
    """What `look` gives for each object with that id."""
    wanted = {Attribute.ID: key_id.encode()}
    return signer._token.use(lambda seat: [look(found) for found in list(seat.session.get_objects(wanted))])


def rename(signer: Pkcs11Signer, old: str, new: str) -> None:
    """Label and id, of both halves."""

    def put(found: pkcs11.Object) -> None:
        found[Attribute.LABEL] = new
        found[Attribute.ID] = new.encode()

    assert len(objects(signer, old, put)) == 2, "a private and a public half"


@pytest.mark.parametrize("name", ["ECDSA-P256", "RSA-2048", "Ed25519"])
def test_a_key_is_made_in_the_token_and_cannot_leave_it(bench: Bench, name: str) -> None:
    signer = bench.open()
    signer.generate(KEY_TYPES[name], "made")

    def look(found: pkcs11.Object) -> object:
        if found.object_class is not ObjectClass.PRIVATE_KEY:
            return None
        kept = (Attribute.SENSITIVE, Attribute.ALWAYS_SENSITIVE, Attribute.NEVER_EXTRACTABLE, Attribute.LOCAL)
        secret = Attribute.PRIVATE_EXPONENT if name.startswith("RSA") else Attribute.VALUE
        with pytest.raises(AttributeSensitive):
            _ = found[secret]
        return [found[attribute] for attribute in (*kept, Attribute.EXTRACTABLE, Attribute.TOKEN, Attribute.PRIVATE)]

    assert [True, True, True, True, False, True, True] in objects(signer, "made", look)


def test_kms_02_keys_whose_ids_were_swapped_sign_nothing(bench: Bench) -> None:
    signer = bench.open()
    one, two, other = (signer.generate(P256, key_id) for key_id in ("one", "two", "other"))
    rename(signer, "one", "aside")
    rename(signer, "two", "one")
    rename(signer, "aside", "two")
    fresh = bench.open()
    for ref in (one, two):
        with pytest.raises(BackendUnavailable, match="was replaced by another key") as refused:
            fresh.sign(ref, b"x", P256.signature, "op")
        assert refused.value.facts["key"] == ref.key_id, "the backend's other keys would be held up"
        with pytest.raises(BackendUnavailable, match=r"The key .* in the token was replaced by another key"):
            fresh.get_public_key(ref)
    assert fresh.sign(other, b"x", P256.signature, "op")
    seen = fresh.check([one, two, other])
    assert (seen.state, len(seen.warnings)) == (BackendState.AVAILABLE, 2)


@pytest.mark.parametrize(("key_id", "label"), [("doubled", "x"), ("another", "doubled")], ids=["id", "label"])
def test_kms_02_two_private_keys_under_one_id_or_label_are_refused(bench: Bench, key_id: str, label: str) -> None:
    signer = bench.open()
    ref, other = signer.generate(P256, "doubled"), signer.generate(P256, "other")
    bench.make_pair(key_id, label)
    fresh = bench.open()
    with pytest.raises(BackendUnavailable, match="Another private key") as refused:
        fresh.sign(ref, b"x", P256.signature, "op")
    assert refused.value.facts["key"] == "doubled"
    assert fresh.sign(other, b"x", P256.signature, "op")


def test_kms_02_no_key_is_made_where_another_has_its_label(bench: Bench) -> None:
    bench.make_pair("theirs", "taken")
    with pytest.raises(BackendUnavailable, match="Another private key"):
        bench.open().generate(P256, "taken")


def test_kms_02_two_backends_do_not_sign_with_each_others_keys(bench: Bench) -> None:
    """Even on one token, which settings refuse: a key belongs to the backend that recorded it."""
    one, two = bench.open(name="one"), bench.open(name="two")
    ref = one.generate(P256, "mine")
    with pytest.raises(NotFound, match=r"Key .* not found"):
        two.sign(KeyRef("two", "mine"), b"x", P256.signature, "op")
    with pytest.raises(NotFound, match=r"Key .* not found"):
        two.sign(ref, b"x", P256.signature, "op")


def test_a_key_that_a_killed_maker_left_in_the_token_is_taken(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    signer = bench.open()

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(signer._records, "add", killed)
        with pytest.raises(KeyboardInterrupt):
            signer.generate(P256, "left")
    with pytest.raises(NotFound, match=r"Key .* not found"):
        signer.get_public_key(KeyRef("hsm", "left"))
    points = objects(signer, "left", lambda found: found.object_class)
    spki = signer.get_public_key(bench.open().generate(P256, "left"))
    assert sorted(points) == sorted(objects(signer, "left", lambda found: found.object_class)), "one more was made"
    assert verifies(spki, signer.sign(KeyRef("hsm", "left"), b"x", P256.signature, "op"), b"x", P256.signature)


def test_a_key_that_its_owner_made_is_taken_when_it_cannot_leave_the_token(bench: Bench) -> None:
    bench.make_pair("theirs", "theirs", "--sensitive")
    signer = bench.open()
    with pytest.raises(Conflict, match="already exists and is ECDSA-P256, not ECDSA-P384"):
        signer.generate(KEY_TYPES["ECDSA-P384"], "theirs")
    ref = signer.generate(P256, "theirs")
    assert verifies(signer.get_public_key(ref), signer.sign(ref, b"x", P256.signature, "op"), b"x", P256.signature)


def test_a_key_that_may_leave_the_token_is_not_taken(bench: Bench) -> None:
    bench.make_pair("loose", "loose", "--extractable")
    with pytest.raises(Conflict, match="can be exported"):
        bench.open().generate(P256, "loose")


def test_a_key_of_a_type_that_we_do_not_know_is_not_taken(bench: Bench) -> None:
    bench.tool("--keypairgen", "--key-type", "EC:secp256k1", "--id", b"k1".hex(), "--label", "k1", "--sensitive")
    with pytest.raises(Conflict, match="a type that this version does not support"):
        bench.open().generate(P256, "k1")


def test_a_public_half_of_another_key_is_noticed_before_it_is_believed(bench: Bench) -> None:
    bench.make_pair("half", "half", "--sensitive")
    bench.make_pair("whole", "whole", "--sensitive")
    for key_id, kind in (("half", "pubkey"), ("whole", "privkey")):
        bench.tool("--delete-object", "--type", kind, "--id", key_id.encode().hex())
    signer = bench.open()

    def put(found: pkcs11.Object) -> None:
        found[Attribute.ID] = b"half"

    objects(signer, "whole", put)
    with pytest.raises(BackendUnavailable, match="was replaced by another key"):
        signer.generate(P256, "half")


def test_kms_06_a_record_that_was_altered_is_refused(bench: Bench) -> None:
    signer = bench.open()
    one, two = signer.generate(P256, "one"), signer.generate(P256, "two")
    tamper(bench.home, "UPDATE records SET spki = (SELECT spki FROM records WHERE id = 'hsm/two') WHERE id = 'hsm/one'")
    fresh = bench.open()
    with pytest.raises(BackendUnavailable, match="damaged or was exchanged"):
        fresh.get_public_key(one)
    assert fresh.get_public_key(two)


def test_a_destroyed_key_leaves_no_half_in_the_token_and_its_id_is_free(bench: Bench) -> None:
    signer = bench.open()
    first = signer.get_public_key(signer.generate(P256, "gone"))
    signer.destroy(KeyRef("hsm", "gone"))
    assert objects(signer, "gone", lambda found: found) == []
    assert signer.get_public_key(signer.generate(P256, "gone")) != first


def test_destroying_leaves_keys_that_were_never_ours(bench: Bench) -> None:
    key_id = str(uuid4())
    bench.make_pair(key_id, key_id)
    signer = bench.open()
    signer.destroy(KeyRef("hsm", key_id))
    assert len(objects(signer, key_id, lambda found: found)) == 2


def test_kms_07_a_known_key_that_signs_in_the_token_is_in_no_file_of_ours(bench: Bench, tmp_path: Path) -> None:
    """Put into the token by SoftHSM2's own tool, so that its bytes are known, and used as ours from then on."""
    key = ec.generate_private_key(ec.SECP256R1())
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    pem = tmp_path / "canary.pem"
    pem.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    name = ("--label", "canary", "--id", b"canary".hex())
    bench.hsm.utility("--import", str(pem), "--token", bench.label, "--pin", PIN, *name)
    signer = bench.open()
    ref = signer.generate(P256, "canary")
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert signer.get_public_key(ref) == spki
    assert verifies(spki, signer.sign(ref, b"x", P256.signature, "op"), b"x", P256.signature)
    patterns = [*clothes(der), *dressed(PIN.encode())]
    assert {name for name, _ in hits(bench.home, patterns)} == {"canary.pem", "pin"}, "the search itself is blind"
    shown = repr((signer, signer._token.settings, signer.describe())).encode()
    assert [pattern for pattern in patterns if pattern in shown] == []
