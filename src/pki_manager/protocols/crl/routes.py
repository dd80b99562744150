"""CRLs and CA certificates over HTTP (RFC 5280 §4.2.1.13, §4.2.2.1): published files by their path."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from pki_manager.domain.errors import StorageUnavailable
from pki_manager.ports.clock import Clock
from pki_manager.ports.publish import PublishedObject, PublishedStore
from pki_manager.protocols.asgi import (
    Reply,
    build_cacheable_reply,
    build_not_allowed,
    build_text_reply,
    compute_reuse_seconds,
)

_NOT_FOUND = build_text_reply(404, "not found")
_UNAVAILABLE = build_text_reply(503, "not available now", (b"retry-after", b"5"))
_READ_ONLY = build_not_allowed("GET", "HEAD")


class _Cached(NamedTuple):
    file: PublishedObject
    answer: Reply
    until: float


class PublishedFiles:
    """The files of the published store, as responses.

    An outdated CRL is still served, because its contents are true and it contains its date.
    """

    def __init__(self, store: PublishedStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._cache: dict[str, _Cached] = {}
        self._epoch = 0

    def forget(self) -> None:
        """Clear the cache, after the published store has changed."""
        self._cache.clear()
        self._epoch += 1

    async def reply(self, method: str, raw_path: bytes, now: float) -> Reply:
        """Return the response for a path as received, before decoding. `now` is monotonic time."""
        if method not in ("GET", "HEAD"):
            return _READ_ONLY
        path = raw_path.decode("latin-1")
        cached = self._cache.get(path)
        if cached is not None:
            return cached.answer if now < cached.until else self._render(cached.file, now)
        return await self._load(path, now)

    async def _load(self, path: str, now: float) -> Reply:
        """Load a file in a thread, because CRLs can be large.

        If the store changes meanwhile, the file is sent but not cached.
        """
        epoch = self._epoch
        try:
            file = await asyncio.to_thread(self._store.find_object, path)
        except StorageUnavailable:
            return _UNAVAILABLE
        if file is None:
            return _NOT_FOUND
        return self._render(file, now, keep=epoch == self._epoch)

    def _render(self, file: PublishedObject, now: float, *, keep: bool = True) -> Reply:
        wall = self._clock.now()
        answer = build_cacheable_reply(
            file.content_type.encode(), file.body, modified=file.modified, expires=file.expires, now=wall
        )
        if keep:
            self._cache[file.path] = _Cached(file, answer, now + compute_reuse_seconds(file.expires, wall))
        return answer
