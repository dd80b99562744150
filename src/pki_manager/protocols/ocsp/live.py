"""Batches of OCSP responses signed on demand, between the event loop and the threads that sign."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from pki_manager.protocols.async_batcher import AsyncBatcher
from pki_manager.x509.ocsp.request import OcspRequest

_THREADS = 16


class LiveResponder(Protocol):
    """Signer of OCSP responses on demand. Its methods block, and are called in several threads."""

    def answer_together(self, requests: Sequence[OcspRequest]) -> Sequence[bytes | Exception | None]:
        """Return, for each request, the result or the error of `answer`; None for one that would delay the others.

        An error that this method itself raises is raised for all of them.
        """
        ...

    def answer(self, request: OcspRequest) -> bytes:
        """Return a signed OCSPResponse (DER) for a request whose CertIDs name one published issuer key.

        Raises PartUnavailable if the database or the key backend is unavailable.
        """
        ...


class LiveBatcher:
    """Batcher of on-demand signatures for one event loop; all methods are called in its thread."""

    def __init__(self, live: LiveResponder) -> None:
        self._live = live
        self._batcher: AsyncBatcher[OcspRequest, bytes] = AsyncBatcher(live.answer_together, "ocsp-live")
        self._singly = ThreadPoolExecutor(_THREADS, thread_name_prefix="ocsp-live-alone")

    def close(self) -> None:
        """Release the threads after the responses in progress."""
        self._batcher.close()
        self._singly.shutdown(wait=False)

    async def answer(self, request: OcspRequest) -> bytes:
        """Return the signed OCSPResponse (DER) of the responder, or raise its error."""
        response = await self._batcher.join(request)
        if response is None:
            response = await asyncio.get_running_loop().run_in_executor(self._singly, self._live.answer, request)
        return response
