"""Encryption in the age format: read and written by the real `age`, and refused wherever it was changed."""

from __future__ import annotations

import io
import os
import pty
import shutil
import subprocess
from pathlib import Path

import pytest

from pki_manager.archive.age import CHUNK, AgeReader, AgeWriter
from pki_manager.archive.keys import (
    BackupIdentities,
    DecryptionKey,
    EncryptionKey,
    Passphrase,
    Recipients,
    derive_recipients,
    format_identities,
    parse_identities,
    parse_passphrase,
    parse_recipients,
)
from pki_manager.domain.errors import InvalidInput, Malformed
from tests.fakes.entropy import SeededEntropy

PASSPHRASE = Passphrase(b"correct horse battery staple")
QUICK = 8


def sealed(content: bytes, key: EncryptionKey) -> bytes:
    out = io.BytesIO()
    writer = AgeWriter(out, key, entropy=SeededEntropy(), work_factor=QUICK)
    for start in range(0, len(content), 1000):
        writer.write(content[start : start + 1000])
    writer.finish()
    return out.getvalue()


def opened(file: bytes, key: DecryptionKey) -> bytes:
    return io.BufferedReader(AgeReader(io.BytesIO(file), key, field="--key")).read()


def content_of(size: int) -> bytes:
    return bytes(position * 31 % 256 for position in range(size))


@pytest.fixture(scope="module")
def program() -> str:
    found = shutil.which("age")
    if found is None:
        pytest.fail("age is not installed: run `make tools`")
    return found


@pytest.fixture(scope="module")
def identity_file(program: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key pair by `age-keygen`."""
    path = tmp_path_factory.mktemp("age") / "identity.txt"
    subprocess.run([f"{program}-keygen", "-o", str(path)], check=True, capture_output=True)
    return path


@pytest.fixture(scope="module")
def identities(identity_file: Path) -> BackupIdentities:
    return parse_identities(identity_file.read_bytes(), "--identity")


@pytest.fixture(scope="module")
def recipients(program: str, identity_file: Path) -> Recipients:
    done = subprocess.run([f"{program}-keygen", "-y", str(identity_file)], check=True, capture_output=True)
    return parse_recipients(done.stdout, "--recipient")


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_what_is_encrypted_is_decrypted_again(size: int, recipients: Recipients, identities: BackupIdentities) -> None:
    assert opened(sealed(content_of(size), recipients), identities) == content_of(size)
    assert opened(sealed(content_of(size), PASSPHRASE), PASSPHRASE) == content_of(size)


@pytest.mark.parametrize("size", [0, CHUNK, 2 * CHUNK + 1])
def test_age_decrypts_our_files_with_an_identity(
    size: int, program: str, recipients: Recipients, identity_file: Path
) -> None:
    file = sealed(content_of(size), recipients)
    done = subprocess.run([program, "-d", "-i", str(identity_file)], input=file, check=True, capture_output=True)
    assert done.stdout == content_of(size)


@pytest.mark.parametrize("size", [0, CHUNK, 2 * CHUNK + 1])
def test_we_decrypt_files_of_age(size: int, program: str, identity_file: Path, identities: BackupIdentities) -> None:
    recipient = subprocess.run([f"{program}-keygen", "-y", str(identity_file)], check=True, capture_output=True).stdout
    other = ["-r", "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"]
    arguments = [program, *other, "-r", recipient.decode().strip()]
    done = subprocess.run(arguments, input=content_of(size), check=True, capture_output=True)
    assert opened(done.stdout, identities) == content_of(size)


def test_age_decrypts_our_files_with_a_passphrase(program: str, tmp_path: Path) -> None:
    (tmp_path / "file.age").write_bytes(sealed(b"content", PASSPHRASE))
    child, terminal = pty.fork()
    if child == 0:
        os.execv(program, [program, "-d", "-o", str(tmp_path / "plain"), str(tmp_path / "file.age")])
    seen = b""
    while b"passphrase" not in seen:
        seen += os.read(terminal, 1024)
    os.write(terminal, PASSPHRASE.text + b"\n")
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    assert status == 0
    assert (tmp_path / "plain").read_bytes() == b"content"


def test_every_changed_octet_is_noticed(recipients: Recipients, identities: BackupIdentities) -> None:
    file = sealed(b"content", recipients)
    for position in range(len(file)):
        changed = bytearray(file)
        changed[position] ^= 1
        with pytest.raises(InvalidInput, match=r"is damaged|is not a backup|does not decrypt this backup"):
            opened(bytes(changed), identities)


def test_every_cut_is_noticed(recipients: Recipients, identities: BackupIdentities) -> None:
    file = sealed(b"content", recipients)
    for size in range(len(file)):
        with pytest.raises(InvalidInput, match=r"is damaged or incomplete|or only its beginning"):
            opened(file[:size], identities)


@pytest.mark.parametrize("change", ["last chunk missing", "chunks swapped", "chunk repeated", "octet appended"])
def test_chunks_keep_their_order_and_their_end(
    change: str, recipients: Recipients, identities: BackupIdentities
) -> None:
    file = sealed(content_of(3 * CHUNK), recipients)
    size = CHUNK + 16
    head, one, two, three = file[: -3 * size], file[-3 * size : -2 * size], file[-2 * size : -size], file[-size:]
    changed = {
        "last chunk missing": head + one + two,
        "chunks swapped": head + two + one + three,
        "chunk repeated": head + one + one + two + three,
        "octet appended": file + b"\0",
    }[change]
    with pytest.raises(Malformed, match="The backup is damaged or incomplete"):
        opened(changed, identities)


def test_the_wrong_key_is_refused_by_the_name_of_its_option(
    recipients: Recipients, identities: BackupIdentities
) -> None:
    for_recipient, by_passphrase = sealed(b"", recipients), sealed(b"", PASSPHRASE)
    wrong: list[tuple[bytes, DecryptionKey]] = [
        (for_recipient, BackupIdentities((bytes(31) + b"\1",))),
        (for_recipient, PASSPHRASE),
        (by_passphrase, Passphrase(b"another passphrase")),
        (by_passphrase, identities),
    ]
    for file, key in wrong:
        with pytest.raises(InvalidInput) as caught:
            opened(file, key)
        assert [error.field for error in caught.value.errors] == ["--key"]


def test_an_impossible_work_factor_is_refused_unread() -> None:
    file = sealed(b"", PASSPHRASE).replace(b" 8\n", b" 30\n", 1)
    with pytest.raises(Malformed, match="its header was changed"):
        opened(file, PASSPHRASE)


@pytest.mark.parametrize(
    "text",
    ["", "# a comment alone", "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwk", "ssh-ed25519 AA"],
)
def test_a_recipients_file_without_a_valid_recipient_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_recipients(text.encode(), "--recipient")
    assert text[:20] not in caught.value.detail or not text


def test_a_short_passphrase_is_refused() -> None:
    with pytest.raises(InvalidInput, match="a passphrase of at least 12 characters"):
        parse_passphrase(b"short\nand a second line", "--passphrase-file")
    assert parse_passphrase(b"twelve chars\r\n", "--passphrase-file") == Passphrase(b"twelve chars")


def test_age_reads_the_identities_that_are_written(
    program: str, identities: BackupIdentities, recipients: Recipients, tmp_path: Path
) -> None:
    path = tmp_path / "identity.txt"
    path.write_bytes(format_identities(identities))
    done = subprocess.run([f"{program}-keygen", "-y", str(path)], check=True, capture_output=True)
    assert parse_recipients(done.stdout, "--recipient") == recipients == derive_recipients(identities)
