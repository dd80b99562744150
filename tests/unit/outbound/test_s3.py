"""Responses of S3-compatible storage are read without expanding or loading anything."""

from __future__ import annotations

import pytest

from pki_manager.domain.errors import StorageUnavailable
from pki_manager.outbound.s3 import Bucket, S3Store
from pki_manager.outbound.signed_request import AccessKey
from pki_manager.ports.outbound import OutboundCall, OutboundResponse
from tests.fakes.clock import FrozenClock

BOMB = '<!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><ListBucketResult>&b;</ListBucketResult>'


class Answering:
    """Returns the same response to every request."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def send(self, call: OutboundCall) -> OutboundResponse:
        return OutboundResponse(200, {}, self._content)


def store(content: bytes) -> S3Store:
    key = AccessKey(access_key_id="id", secret_access_key="secret", region="us-east-1")
    endpoint = "https://storage.example.com"
    bucket = Bucket(target="cloud", endpoint=endpoint, name="pki", prefix="", credentials=key, ca_file=None)
    return S3Store(bucket, Answering(content), FrozenClock())


@pytest.mark.parametrize("content", [BOMB.encode(), BOMB.encode("utf-16")], ids=["UTF-8", "UTF-16"])
def test_a_response_with_a_document_type_is_refused(content: bytes) -> None:
    with pytest.raises(StorageUnavailable, match="document type"):
        store(content).list_files()


def test_a_response_that_is_not_xml_is_refused() -> None:
    with pytest.raises(StorageUnavailable, match="not XML"):
        store(b"{}").list_files()


def test_files_are_listed_by_their_names_and_sizes() -> None:
    listed = "<Contents><Key>a&amp;b</Key><Size>3</Size></Contents>"
    content = f'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{listed}</ListBucketResult>'
    assert [(name, size) for name, size in store(content.encode()).list_files()] == [("a&b", 3)]
