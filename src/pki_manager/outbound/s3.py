"""Files in a bucket of S3-compatible storage. They are written in parts, so that a large file needs little memory."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from pki_manager.domain.errors import OutboundFailed, OutboundRefused, StorageUnavailable
from pki_manager.outbound.signed_request import AccessKey, UnsignedRequest, build_signed_headers, query_text
from pki_manager.ports.clock import Clock
from pki_manager.ports.outbound import NetworkReach, Outbound, OutboundCall, OutboundResponse

PART = 16 * 1024 * 1024
"""Size of a part in octets. Storage accepts 10,000 parts, so a file can have up to 160 GiB."""

ABANDONED = timedelta(days=1)
"""Age after which an unfinished upload is aborted, because its process must have been killed."""

_SECONDS = 300.0
_PAUSES = (1.0, 4.0)
"""Delays in seconds before a failed request is repeated."""

_MOST_OCTETS = 4 * 1024 * 1024
_EVERYWHERE = (ip_network("0.0.0.0/0"), ip_network("::/0"))
_SERVER_ERROR = 500
_TOO_MANY = 429
_NOT_FOUND = 404
_LONGEST_MESSAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A bucket for the files of a backup target.

    `endpoint` is the base URL of the storage, `prefix` is put before each file name.
    """

    target: str
    endpoint: str
    name: str
    prefix: str
    credentials: AccessKey = field(repr=False)
    ca_file: Path | None

    @property
    def reach(self) -> NetworkReach:
        """Return where requests to the bucket can go: any network, because the operator configured the endpoint.

        Plain HTTP is permitted if the endpoint begins with `http://`.
        """
        is_plain = self.endpoint.startswith("http://")
        return NetworkReach(networks=_EVERYWHERE, plain_http=is_plain, ca_file=self.ca_file)


class S3Store:
    """Storage of a backup target's files in a bucket. Every method raises StorageUnavailable if a request fails."""

    def __init__(self, bucket: Bucket, outbound: Outbound, clock: Clock) -> None:
        self._bucket = bucket
        self._outbound = outbound
        self._clock = clock

    @contextmanager
    def new_file(self, name: str) -> Iterator[MultipartUpload]:
        """Yield a new file for writing, which appears in the bucket if the block ends without an error.

        Uploads that killed processes left behind are aborted first. Raises StorageUnavailable if a request fails.
        """
        self._abort_abandoned()
        root = _parse(self._send("POST", name, {"uploads": ""}).content)
        upload = MultipartUpload(self, name, _text(root, "UploadId"))
        try:
            yield upload
            upload.finish()
        except BaseException:
            with suppress(StorageUnavailable):
                self.abort(name, upload.id)
            raise

    def place_of(self, name: str) -> str:
        return f"s3://{self._bucket.name}/{self._bucket.prefix}{name}"

    def list_files(self) -> Sequence[tuple[str, int]]:
        prefix, found, token = self._bucket.prefix, list[tuple[str, int]](), ""
        while True:
            query = {"list-type": "2", "prefix": prefix} | ({"continuation-token": token} if token else {})
            root = _parse(self._send("GET", None, query).content)
            for item in root.findall("{*}Contents"):
                found.append((_text(item, "Key").removeprefix(prefix), int(_text(item, "Size"))))
            token = root.findtext("{*}NextContinuationToken") or ""
            if not token:
                return found

    def delete(self, name: str) -> None:
        self._send("DELETE", name, {})

    @contextmanager
    def read(self, name: str, scratch: Path) -> Iterator[Path]:
        """Yield the path of a copy of the file in the directory `scratch`. The copy is deleted when the block ends.

        Raises StorageUnavailable if a request fails or the copy cannot be written.
        """
        path, size = scratch / name, self._size(name)
        try:
            with path.open("xb") as file:
                for start in range(0, size, PART):
                    octets = {"Range": f"bytes={start}-{min(start + PART, size) - 1}"}
                    file.write(self._send("GET", name, {}, headers=octets).content)
            yield path
        except OSError as error:
            raise StorageUnavailable(f"{path} cannot be written: {error.strerror}.") from error
        finally:
            path.unlink(missing_ok=True)

    def put_part(self, name: str, upload: str, number: int, content: bytes) -> str:
        """Upload a part and return its ETag."""
        query = {"partNumber": str(number), "uploadId": upload}
        return self._send("PUT", name, query, content).headers.get("etag", "")

    def complete(self, name: str, upload: str, etags: Sequence[str], size: int) -> None:
        """Create the file from the uploaded parts.

        Raises StorageUnavailable unless the storage then reports the full size.
        """
        root = ET.Element("CompleteMultipartUpload")
        for number, etag in enumerate(etags, start=1):
            part = ET.SubElement(root, "Part")
            ET.SubElement(part, "PartNumber").text = str(number)
            ET.SubElement(part, "ETag").text = etag
        failure: StorageUnavailable | None = None
        try:
            # The status is 200 before the storage knows the outcome: only the size shows it.
            self._send("POST", name, {"uploadId": upload}, ET.tostring(root))
        except StorageUnavailable as error:
            failure = error
        if self._size(name) != size:
            raise failure or self._failed("it did not keep the whole file")

    def abort(self, name: str, upload: str) -> None:
        self._send("DELETE", name, {"uploadId": upload})

    def _abort_abandoned(self) -> None:
        prefix = self._bucket.prefix
        root = _parse(self._send("GET", None, {"uploads": "", "prefix": prefix}).content)
        for item in root.findall("{*}Upload"):
            if datetime.fromisoformat(_text(item, "Initiated")) + ABANDONED < self._clock.now():
                with suppress(StorageUnavailable):
                    self.abort(_text(item, "Key").removeprefix(prefix), _text(item, "UploadId"))

    def _size(self, name: str) -> int:
        """Return the size of a file in octets; 0 if it does not exist."""
        response = self._send("HEAD", name, {}, missing_is_fine=True)
        return 0 if response.status == _NOT_FOUND else int(response.headers.get("content-length", "0"))

    def _send(
        self,
        method: str,
        name: str | None,
        query: Mapping[str, str],
        content: bytes = b"",
        *,
        headers: Mapping[str, str] | None = None,
        missing_is_fine: bool = False,
    ) -> OutboundResponse:
        """Send a request.

        It is repeated if it fails or the storage is busy. Raises StorageUnavailable if it fails finally.
        """
        for pause in (*_PAUSES, None):
            try:
                response = self._outbound.send(self._call(method, name, query, content, headers or {}))
            except OutboundRefused as error:
                raise self._failed(error.detail) from error
            except OutboundFailed as error:
                if pause is None:
                    raise self._failed(error.detail) from error
            else:
                if response.status < 300 or (missing_is_fine and response.status == _NOT_FOUND):
                    return response
                if pause is None or (response.status < _SERVER_ERROR and response.status != _TOO_MANY):
                    raise self._failed(f"{method} returned HTTP {response.status}{_reason(response.content)}")
            self._clock.sleep(pause)
        raise AssertionError("unreachable")

    def _call(
        self, method: str, name: str | None, query: Mapping[str, str], content: bytes, headers: Mapping[str, str]
    ) -> OutboundCall:
        bucket = self._bucket
        parts = urlsplit(bucket.endpoint)
        key = "" if name is None else f"/{bucket.prefix}{name}"
        path = f"{parts.path.rstrip('/')}/{bucket.name}{key}"
        request = UnsignedRequest(method=method, host=parts.netloc, path=path, query=query, content=content)
        text = query_text(query)
        return OutboundCall(
            url=f"{parts.scheme}://{parts.netloc}{path}{'?' if text else ''}{text}",
            reach=bucket.reach,
            method=method,
            headers={**headers, **build_signed_headers(request, bucket.credentials, self._clock.now())},
            content=content,
            seconds=_SECONDS,
            max_octets=max(_MOST_OCTETS, PART),
        )

    def _failed(self, reason: str) -> StorageUnavailable:
        return StorageUnavailable(f"Backup target {self._bucket.target!r} is unavailable: {reason.rstrip('.')}.")


class MultipartUpload:
    """A file that is being written. `id` is the ID that the storage assigned to the upload."""

    def __init__(self, store: S3Store, name: str, upload_id: str) -> None:
        self.id = upload_id
        self._store = store
        self._name = name
        self._pending = bytearray()
        self._etags: list[str] = []
        self._size = 0

    def write(self, content: bytes) -> int:
        self._pending += content
        self._size += len(content)
        while len(self._pending) >= PART:
            self._put(PART)
        return len(content)

    def finish(self) -> None:
        """Upload the remaining octets and complete the file, so that it appears in the bucket."""
        if self._pending or not self._etags:
            self._put(len(self._pending))
        self._store.complete(self._name, self.id, self._etags, self._size)

    def _put(self, octets: int) -> None:
        content = bytes(self._pending[:octets])
        self._etags.append(self._store.put_part(self._name, self.id, len(self._etags) + 1, content))
        del self._pending[:octets]


def _parse(content: bytes) -> ET.Element:
    """Parse an XML response of limited size. Raises StorageUnavailable if it is invalid or has a document type."""
    if b"<!DOCTYPE" in content or b"\0" in content:  # the second in UTF-16, where the first looks otherwise
        raise StorageUnavailable("The storage returned a response with a document type, which S3 does not have.")
    try:
        return ET.fromstring(content)  # noqa: S314 - without a document type there are no entities to expand or load
    except ET.ParseError as error:
        raise StorageUnavailable("The storage returned a response that is not XML.") from error


def _text(element: ET.Element, name: str) -> str:
    return element.findtext(f"{{*}}{name}") or ""


def _reason(content: bytes) -> str:
    """Return code and message of an error response of the storage, without control characters. It can be empty."""
    found = re.search(rb"<Code>(.*?)</Code>.*?<Message>(.*?)</Message>", content, re.DOTALL)
    text = b": ".join(found.groups()).decode("utf-8", "replace") if found else ""
    return f" ({''.join(filter(str.isprintable, text))[:_LONGEST_MESSAGE]})" if text else ""
