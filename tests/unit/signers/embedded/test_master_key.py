from __future__ import annotations

import base64
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pki_manager.domain.errors import HomeUnusable
from pki_manager.signers.embedded.master_key import (
    Argon2Cost,
    KeyFile,
    KeystoreHeader,
    PassphraseFile,
    create_key_file,
    from_credentials,
)
from pki_manager.system import SystemEntropy
from tests.support.keystores import CHEAP

HEADER = KeystoreHeader(1, bytes(range(32)), CHEAP)
KEY = bytes(range(100, 132))
LINE = "pki-manager master key v1\n"


def write(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_new_key_file_is_0600_under_any_umask_and_opens(tmp_path: Path):
    before = os.umask(0)
    try:
        assert create_key_file(tmp_path / "master.key", SystemEntropy())
    finally:
        os.umask(before)
    assert (tmp_path / "master.key").stat().st_mode & 0o7777 == 0o600
    assert len(KeyFile(tmp_path / "master.key").derive(HEADER)) == 32
    assert [file.name for file in tmp_path.iterdir()] == ["master.key"]


def test_a_key_file_is_never_overwritten(tmp_path: Path):
    path = write(tmp_path / "master.key", "mine")
    assert not create_key_file(path, SystemEntropy())
    assert path.read_text() == "mine"


def test_of_eight_that_make_the_key_file_one_does_and_none_fails(tmp_path: Path):
    path = tmp_path / "master.key"
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: create_key_file(path, SystemEntropy()), range(8)))
    assert made.count(True) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["master.key"]


def test_a_folder_that_cannot_hold_the_key_is_an_error_of_ours(tmp_path: Path):
    with pytest.raises(HomeUnusable, match="No such file"):
        create_key_file(tmp_path / "absent" / "master.key", SystemEntropy())


def test_two_key_files_differ(tmp_path: Path):
    create_key_file(tmp_path / "a", SystemEntropy())
    create_key_file(tmp_path / "b", SystemEntropy())
    assert KeyFile(tmp_path / "a").derive(HEADER) != KeyFile(tmp_path / "b").derive(HEADER)


def test_base64_and_hex_are_the_same_key(tmp_path: Path):
    in_base64 = write(tmp_path / "a", LINE + base64.b64encode(KEY).decode() + "\n")
    in_hex = write(tmp_path / "b", LINE + KEY.hex().upper())
    assert KeyFile(in_base64).derive(HEADER) == KeyFile(in_hex).derive(HEADER)


def test_the_kek_is_hkdf_sha256_of_the_key_and_never_the_key_itself(tmp_path: Path):
    """Computed apart, by RFC 5869 §2 with the standard library."""
    import hmac

    extracted = hmac.digest(HEADER.salt, KEY, "sha256")
    expected = hmac.digest(extracted, b"pki-manager keystore kek v1\x01", "sha256")
    assert KeyFile(write(tmp_path / "k", LINE + KEY.hex())).derive(HEADER) == expected


def test_another_salt_gives_another_kek(tmp_path: Path):
    other = KeystoreHeader(1, bytes(32), CHEAP)
    for source in (
        KeyFile(write(tmp_path / "k", LINE + KEY.hex())),
        PassphraseFile(write(tmp_path / "p", "correct horse")),
    ):
        assert source.derive(HEADER) != source.derive(other)


@pytest.mark.parametrize(
    "text",
    [
        "",
        LINE,
        KEY.hex(),
        LINE + KEY.hex()[:-2],
        LINE + KEY.hex() + "00",
        LINE + base64.b64encode(KEY[:-1]).decode(),
        LINE + base64.b64encode(KEY).decode().rstrip("="),
        LINE + "!" * 44,
        LINE + "\u00e9" * 44,
        LINE.replace("v1", "v2") + KEY.hex(),
        LINE + KEY.hex() + "\n" + KEY.hex(),
        LINE + KEY.hex() + "\n" * 5000,
    ],
    ids=str,
)
def test_a_malformed_key_file_is_refused_without_telling_its_content(tmp_path: Path, text: str):
    with pytest.raises(HomeUnusable) as refused:
        KeyFile(write(tmp_path / "master.key", text)).derive(HEADER)
    assert KEY.hex()[:16] not in refused.value.detail


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610, 0o644])
@pytest.mark.parametrize("source", [KeyFile, PassphraseFile])
def test_wider_permissions_are_refused_with_the_fix(tmp_path: Path, mode: int, source: type[KeyFile | PassphraseFile]):
    path = write(tmp_path / "master.key", LINE + KEY.hex(), mode)
    with pytest.raises(HomeUnusable, match=f"chmod 600 {path}"):
        source(path).derive(HEADER)


def test_a_read_only_key_file_is_fine(tmp_path: Path):
    assert KeyFile(write(tmp_path / "master.key", LINE + KEY.hex(), 0o400)).derive(HEADER)


@pytest.mark.parametrize("source", [KeyFile, PassphraseFile])
def test_a_foreign_owner_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: type[KeyFile | PassphraseFile]
):
    path = write(tmp_path / "master.key", LINE + KEY.hex())
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    with pytest.raises(HomeUnusable, match="belongs to user ID"):
        source(path).derive(HEADER)


def test_what_is_not_a_regular_file_is_refused_at_once(tmp_path: Path):
    os.mkfifo(tmp_path / "fifo", 0o600)
    (tmp_path / "folder").mkdir(0o700)
    for name in ("fifo", "folder"):
        with pytest.raises(HomeUnusable, match="not a regular file"):
            KeyFile(tmp_path / name).derive(HEADER)


def test_a_missing_key_file_is_an_error_of_ours(tmp_path: Path):
    with pytest.raises(HomeUnusable, match="No such file"):
        KeyFile(tmp_path / "master.key").derive(HEADER)


def test_a_passphrase_counts_without_its_line_end(tmp_path: Path):
    first = PassphraseFile(write(tmp_path / "a", "correct horse\n")).derive(HEADER)
    assert PassphraseFile(write(tmp_path / "b", "correct horse")).derive(HEADER) == first
    assert PassphraseFile(write(tmp_path / "c", "correct horse ")).derive(HEADER) != first


def test_a_passphrase_depends_on_every_cost_of_the_header(tmp_path: Path):
    source = PassphraseFile(write(tmp_path / "p", "correct horse"))
    costs = [CHEAP, Argon2Cost(72, 1, 1), Argon2Cost(64, 2, 1), Argon2Cost(64, 1, 2)]
    assert len({source.derive(KeystoreHeader(1, HEADER.salt, cost)) for cost in costs}) == 4


def test_the_default_cost_is_the_second_recommendation_of_rfc_9106():
    cost = Argon2Cost()
    assert (cost.memory_kib, cost.iterations, cost.lanes) == (64 * 1024, 3, 4)


def test_an_empty_passphrase_is_refused(tmp_path: Path):
    with pytest.raises(HomeUnusable, match="empty"):
        PassphraseFile(write(tmp_path / "p", "\n")).derive(HEADER)


def test_a_passphrase_file_too_large_is_refused_rather_than_cut(tmp_path: Path):
    assert PassphraseFile(write(tmp_path / "p", "x" * 4096)).derive(HEADER)
    with pytest.raises(HomeUnusable, match="larger than 4096"):
        PassphraseFile(write(tmp_path / "p", "x" * 4097)).derive(HEADER)


@pytest.mark.parametrize(
    "cost",
    [
        Argon2Cost(2**31, 1, 1),
        Argon2Cost(64, 2**31, 1),
        Argon2Cost(2**20, 1, 65),
        Argon2Cost(31, 1, 4),
        Argon2Cost(64, 0, 1),
        Argon2Cost(64, 1, -1),
    ],
)
def test_an_impossible_cost_is_refused_before_it_is_paid(tmp_path: Path, cost: Argon2Cost):
    source = PassphraseFile(write(tmp_path / "p", "correct horse"))
    with pytest.raises(HomeUnusable, match="cost"):
        source.derive(KeystoreHeader(1, HEADER.salt, cost))


def test_a_systemd_credential_may_be_a_key_or_a_passphrase(tmp_path: Path):
    (tmp_path / "k").mkdir()
    (tmp_path / "p").mkdir()
    key = write(tmp_path / "k" / "master.key", LINE + KEY.hex())
    passphrase = write(tmp_path / "p" / "master.passphrase", "correct horse")
    assert from_credentials(tmp_path / "k").derive(HEADER) == KeyFile(key).derive(HEADER)
    assert from_credentials(tmp_path / "p").derive(HEADER) == PassphraseFile(passphrase).derive(HEADER)


def test_a_credential_may_have_group_rights_and_never_everybodys(tmp_path: Path):
    path = write(tmp_path / "master.key", LINE + KEY.hex(), 0o440)
    assert from_credentials(tmp_path).derive(HEADER)
    path.chmod(0o444)
    with pytest.raises(HomeUnusable, match="chmod"):
        from_credentials(tmp_path).derive(HEADER)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a file of root's")
def test_a_credential_may_belong_to_root_and_a_key_file_of_ours_may_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = write(tmp_path / "master.key", LINE + KEY.hex())
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert from_credentials(tmp_path).derive(HEADER)
    with pytest.raises(HomeUnusable, match="belongs to user ID 0"):
        KeyFile(path).derive(HEADER)


def test_none_or_both_credentials_are_refused(tmp_path: Path):
    with pytest.raises(HomeUnusable, match="exactly one of"):
        from_credentials(tmp_path)
    write(tmp_path / "master.key", LINE + KEY.hex())
    write(tmp_path / "master.passphrase", "correct horse")
    with pytest.raises(HomeUnusable, match="exactly one of"):
        from_credentials(tmp_path)
