"""The choice of an OCSP response: a pre-signed one if there is one, else one signed on demand."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from pki_manager.domain.errors import PartUnavailable, PkiError, StorageUnavailable
from pki_manager.ports.clock import Clock
from pki_manager.ports.publish import PublishedResponse, PublishedStore
from pki_manager.protocols.asgi import (
    NO_STORE,
    Reply,
    build_cacheable_reply,
    build_reply,
    compute_reuse_seconds,
    encode_reply,
)
from pki_manager.protocols.ocsp.errors import get_status
from pki_manager.protocols.ocsp.live import LiveBatcher, LiveResponder
from pki_manager.x509.ocsp.request import OcspRequest, parse_request
from pki_manager.x509.ocsp.response import OcspError, encode_error_response

CONTENT_TYPE = b"application/ocsp-response"

_CACHED = 10_000
_LONGEST_KEY = 1024
_LIVE_IN_FLIGHT = 64

_log = logging.getLogger(__name__)


class _Cached(NamedTuple):
    answer: Reply
    encoded: bytes
    until: float


class OcspResponder:
    """OCSP without HTTP. All methods are called in the event loop's thread; only `live` uses other threads."""

    def __init__(
        self, store: PublishedStore, live: LiveResponder, clock: Clock, is_current: Callable[[], bool] = lambda: True
    ) -> None:
        self._store = store
        self._is_current = is_current
        self._live = LiveBatcher(live)
        self._clock = clock
        self._in_flight = 0
        self._cache: OrderedDict[bytes, _Cached] = OrderedDict()
        self._issuers: dict[tuple[str | None, bytes, bytes], UUID] = {}
        self._issuers_known = False
        self._errors = {
            error: build_reply(200, CONTENT_TYPE, encode_error_response(error), NO_STORE) for error in OcspError
        }

    def forget(self) -> None:
        """Clear the cache, after the published store has changed."""
        self._cache.clear()
        self._issuers_known = False

    def close(self) -> None:
        self._live.close()

    def cached(self, key: bytes, now: float) -> Reply | None:
        """Return the cached response for `key`, or None if there is none that can be sent. `now` is monotonic time."""
        found = self._find(key, now)
        return None if found is None else found.answer

    def encoded(self, key: bytes, now: float) -> bytes | None:
        """Return the response of `cached` as encoded for HTTP/1.1: what follows the status line of 200."""
        found = self._find(key, now)
        return None if found is None else found.encoded

    def _find(self, key: bytes, now: float) -> _Cached | None:
        found = self._cache.get(key)
        if found is None or now >= found.until:
            return None
        self._cache.move_to_end(key)
        return found

    def error(self, error: OcspError) -> Reply:
        return self._errors[error]

    async def answer(self, key: bytes, data: bytes) -> Reply:
        """Return the response to an OCSPRequest (DER), and cache a pre-signed one under `key`. Never raises."""
        try:
            return await self._answer(key, parse_request(data))
        except PkiError as error:
            status = get_status(error)
            if status is OcspError.INTERNAL_ERROR:
                _log.exception("OCSP request failed", extra=error.facts)
            return self._errors[status]
        except Exception:  # noqa: BLE001 - the client gets an OCSP error for any failure, and the log gets the reason
            _log.exception("OCSP request failed")
            return self._errors[OcspError.INTERNAL_ERROR]

    async def _answer(self, key: bytes, request: OcspRequest) -> Reply:
        issuer_key_id = self._issuer_of(request)
        if issuer_key_id is None:
            return self._errors[OcspError.UNAUTHORIZED]
        if request.nonce is None:
            now = self._clock.now()
            published = self._published(issuer_key_id, request, now)
            if published is not None:
                return self._serve(key, published, now)
        try:
            body = await self._answer_live(request)
        except PartUnavailable:
            published = self._published(issuer_key_id, request, self._clock.now())
            if published is None:
                return self._errors[OcspError.TRY_LATER]
            body = published.body
        return build_reply(200, CONTENT_TYPE, body, NO_STORE)

    def _issuer_of(self, request: OcspRequest) -> UUID | None:
        """Return the issuer key that all CertIDs name. None if it is unknown or they name several.

        Raises PartUnavailable while the store has no issuer: it is being filled, so `unauthorized` could be wrong.
        """
        if not self._issuers_known:
            self._load_issuers()
        if not self._issuers:
            raise PartUnavailable("No issuer is published.")
        named = {self._issuers.get((c.hash_name, c.name_hash, c.key_hash)) for c in request.cert_ids}
        return named.pop() if len(named) == 1 else None

    def _load_issuers(self) -> None:
        try:
            issuers = self._store.list_issuers()
        except StorageUnavailable:
            return
        self._issuers = {
            (hash_name, issuer.name_hash[hash_name], issuer.key_hash[hash_name]): issuer.issuer_key_id
            for issuer in issuers
            for hash_name in issuer.name_hash
        }
        self._issuers_known = True

    def _published(self, issuer_key_id: UUID, request: OcspRequest, now: datetime) -> PublishedResponse | None:
        """Return the pre-signed response to a request about one certificate, or None.

        It is also None while the store is unavailable or not current, and after the response's nextUpdate: the response
        for an expired certificate is not signed again.
        """
        first = request.cert_ids[0]
        if len(request.cert_ids) > 1 or first.hash_name is None or not self._is_current():
            return None
        try:
            found = self._store.find_response(issuer_key_id, first.serial, first.hash_name)
        except StorageUnavailable:
            return None
        return found if found is not None and now < found.next_update else None

    def _serve(self, key: bytes, published: PublishedResponse, now: datetime) -> Reply:
        """Return a pre-signed response, and cache it under `key`."""
        answer = build_cacheable_reply(
            CONTENT_TYPE, published.body, modified=published.this_update, expires=published.next_update, now=now
        )
        if len(key) <= _LONGEST_KEY:
            until = self._clock.monotonic() + compute_reuse_seconds(published.next_update, now)
            self._cache[key] = _Cached(answer, encode_reply(answer), until)
            if len(self._cache) > _CACHED:
                self._cache.popitem(last=False)
        return answer

    async def _answer_live(self, request: OcspRequest) -> bytes:
        """Sign a response on demand. Raises PartUnavailable also if too many requests are waiting."""
        if self._in_flight >= _LIVE_IN_FLIGHT:
            raise PartUnavailable("Too many OCSP requests are waiting for a signature. Retry later.")
        self._in_flight += 1
        try:
            return await self._live.answer(request)
        finally:
            self._in_flight -= 1
