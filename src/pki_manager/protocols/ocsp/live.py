"""Live answers between the event loop and the threads that sign: what comes at once is answered together (`Rounds`)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from pki_manager.protocols.async_batcher import Rounds
from pki_manager.x509.ocsp.request import OcspRequest

_THREADS = 16


class LiveResponder(Protocol):
    """Signs on the spot. Its methods block, and are called from several threads."""

    def answer_together(self, requests: Sequence[OcspRequest]) -> Sequence[bytes | Exception | None]:
        """For each what `answer` gives or raises; None for what would hold up the others: `answer` is asked for it.

        What is raised is everybody's.
        """
        ...

    def answer(self, request: OcspRequest) -> bytes:
        """A signed OCSPResponse (DER) for a request whose CertIDs all name one published issuer key.

        PartUnavailable where database or key backend is away.
        """
        ...


class LiveRounds:
    """All methods belong to the event loop's thread."""

    def __init__(self, live: LiveResponder) -> None:
        self._live = live
        self._rounds: Rounds[OcspRequest, bytes] = Rounds(live.answer_together, "ocsp-live")
        self._alone = ThreadPoolExecutor(_THREADS, thread_name_prefix="ocsp-live-alone")

    def close(self) -> None:
        """Let go of the threads; answers under way still come."""
        self._rounds.close()
        self._alone.shutdown(wait=False)

    async def answer(self, request: OcspRequest) -> bytes:
        """What the live responder gives or raises."""
        answer = await self._rounds.join(request)
        if answer is None:
            answer = await asyncio.get_running_loop().run_in_executor(self._alone, self._live.answer, request)
        return answer
