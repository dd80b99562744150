"""Backups in a bucket of a real S3-compatible server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from pki_manager.archive.keys import derive_recipients
from pki_manager.bootstrap import Installation, initialize, open_installation
from pki_manager.bootstrap.backup import ignore_progress
from pki_manager.bootstrap.backup_targets import create_in_target, find_target, list_stored, prune_target, store_of
from pki_manager.bootstrap.scheduled_backup import run_scheduled_backup
from pki_manager.domain.errors import ConfigurationInvalid, StorageUnavailable
from pki_manager.outbound import s3
from pki_manager.outbound.http import HttpOutbound
from pki_manager.outbound.s3 import ABANDONED, Bucket, S3Store
from pki_manager.outbound.signed_request import AccessKey, UnsignedRequest, build_signed_headers, query_text
from pki_manager.ports.outbound import OutboundCall, OutboundResponse
from pki_manager.settings import load
from tests.fakes.clock import FrozenClock
from tests.faults.test_backup_targets import RECIPIENT
from tests.services.s3 import ACCESS_KEY, SECRET_KEY, S3Server, s3_server
from tests.support.backups import IDENTITIES, restored
from tests.support.factories import ADMIN


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("s3")) as running:
        assert ask(running, "PUT", {}).is_success, "creates the bucket"
        yield running


def ask(server: S3Server, method: str, query: dict[str, str]) -> httpx2.Response:
    """Send a request about the bucket itself."""
    host = server.url.removeprefix("http://")
    request = UnsignedRequest(method=method, host=host, path="/pki", query=query, content=b"")
    headers = build_signed_headers(request, credentials(SECRET_KEY), datetime.now(UTC))
    return httpx2.request(method, f"{server.url}/pki?{query_text(query)}", headers=headers)


def credentials(secret: str) -> AccessKey:
    return AccessKey(access_key_id=ACCESS_KEY, secret_access_key=secret, region="us-east-1")


class Flaky(HttpOutbound):
    """Fails the requests whose number is in `failing`, as a server that is busy."""

    def __init__(self, failing: set[int]) -> None:
        super().__init__(clock=FrozenClock())
        self._failing = failing
        self._count = 0

    def send(self, call: OutboundCall) -> OutboundResponse:
        self._count += 1
        if self._count in self._failing:
            return OutboundResponse(503, {}, b"<Error><Code>SlowDown</Code><Message>Busy.</Message></Error>")
        return super().send(call)


def store(
    server: S3Server,
    *,
    secret: str = SECRET_KEY,
    name: str = "pki",
    prefix: str = "unit/",
    failing: set[int] | None = None,
) -> S3Store:
    bucket = Bucket(
        target="cloud", endpoint=server.url, name=name, prefix=prefix, credentials=credentials(secret), ca_file=None
    )
    return S3Store(bucket, Flaky(failing or set()), FrozenClock(datetime.now(UTC)))


@pytest.fixture(scope="module")
def opened(server: S3Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("cloud")
    (folder / "secret").touch(mode=0o600)
    (folder / "secret").write_text(SECRET_KEY + "\n")
    (folder / "recipient").write_text(RECIPIENT)
    environ = {"PKIM_BACKUP_TARGETS": json.dumps([table(folder, server.url)]), "PKIM_BACKUP_KEEP": "1"}
    initialize(load(folder / "home", environ), None)
    installation = open_installation(load(folder / "home", environ), slot="test")
    yield installation
    installation.close()


def table(folder: Path, url: str) -> dict[str, str]:
    return {
        "name": "cloud",
        "kind": "s3",
        "endpoint": url,
        "bucket": "pki",
        "prefix": "backups/",
        "access_key_id": ACCESS_KEY,
        "secret_access_key_file": str(folder / "secret"),
        "recipient_file": str(folder / "recipient"),
    }


def test_a_scheduled_backup_in_a_bucket_is_test_restored_and_old_ones_are_pruned(opened: Installation) -> None:
    target = find_target(opened.settings, "cloud")
    first = create_in_target(opened, ADMIN, target, progress=ignore_progress).place
    assert first.startswith("s3://pki/backups/pkim-")
    assert run_scheduled_backup(opened, ADMIN, target, lambda: False) is None
    (left,) = list_stored(opened.settings, target)
    assert left.place != first


def test_a_backup_from_a_bucket_is_restored(opened: Installation, tmp_path: Path) -> None:
    target = find_target(opened.settings, "cloud")
    made = create_in_target(
        opened, ADMIN, target, progress=ignore_progress, also_for=derive_recipients(IDENTITIES)
    ).backup
    with store_of(opened.settings, target).read(made.name, tmp_path) as path:
        found = restored(path, tmp_path / "home")
    assert found.header.id == made.id
    assert not path.exists(), "the copy is removed"
    prune_target(opened, ADMIN, target)


def test_a_file_of_several_parts_survives_a_busy_server(
    server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = bytes(range(256)) * 40 * 1024
    monkeypatch.setattr(s3, "PART", 5 * 1024 * 1024)
    bucket = store(server, failing={2, 4, 5, 8})
    with bucket.new_file("parts") as out:
        for start in range(0, len(content), 1_000_003):
            out.write(content[start : start + 1_000_003])
    assert dict(bucket.list_files())["parts"] == len(content)
    with bucket.read("parts", tmp_path) as path:
        assert path.read_bytes() == content
    bucket.delete("parts")
    bucket.delete("parts")
    assert "parts" not in dict(bucket.list_files())


def test_a_file_whose_writer_fails_does_not_appear(server: S3Server) -> None:
    bucket = store(server, prefix="failing/")

    def write() -> None:
        with bucket.new_file("half") as out:
            out.write(b"content")
            raise ValueError("stopped")

    with pytest.raises(ValueError, match="stopped"):
        write()
    assert bucket.list_files() == []


def test_an_upload_of_a_killed_process_is_aborted_after_a_day(
    server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket, uploads = store(server, prefix="killed/"), {"uploads": "", "prefix": "killed/"}
    left = bucket.new_file("left")
    left.__enter__()
    for age, remain in ((ABANDONED, True), (timedelta(0), False)):
        monkeypatch.setattr(s3, "ABANDONED", age)
        with bucket.new_file("next"):
            pass
        assert (b"<UploadId>" in ask(server, "GET", uploads).content) is remain


def test_a_file_that_the_server_did_not_keep_whole_is_an_error(
    server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = store(server, prefix="short/")
    monkeypatch.setattr(S3Store, "_size", lambda *_: 3)
    with pytest.raises(StorageUnavailable, match="did not keep the whole file"), bucket.new_file("short") as out:
        out.write(b"content")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"secret": "wrong"}, "SignatureDoesNotMatch"),
        ({"name": "missing"}, "NoSuchBucket"),
        ({"failing": {1, 2, 3}}, "SlowDown"),
    ],
)
def test_an_unusable_bucket_is_named_with_its_reason(server: S3Server, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(StorageUnavailable, match=f"'cloud' is unavailable: .*{reason}"):
        store(server, **changes).list_files()


def test_an_unreachable_server_is_named() -> None:
    with pytest.raises(StorageUnavailable, match="'cloud' is unavailable: The connection to"):
        store(S3Server("http://127.0.0.1:9")).list_files()


@pytest.mark.parametrize("missing", ["endpoint", "bucket", "access_key_id", "secret_access_key_file"])
def test_a_bucket_without_one_of_its_settings_is_refused_at_the_start(missing: str, tmp_path: Path) -> None:
    incomplete = {name: value for name, value in table(tmp_path, "https://s3.example.com").items() if name != missing}
    with pytest.raises(ConfigurationInvalid, match=missing):
        load(tmp_path / "home", {"PKIM_BACKUP_TARGETS": json.dumps([incomplete])})
